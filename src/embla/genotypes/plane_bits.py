"""What the loops that write planes and those that read them share: array types, and counting bits."""

from typing import Any, Final

import numpy as np
from numba import njit, types


def given(kind: Any, dimensions: int = 1) -> Any:
    """The type of an array that is only read."""
    return types.Array(kind, dimensions, "C", readonly=True)


BYTES, U16S, I32S, I64S = given(types.uint8), given(types.uint16), given(types.int32), given(types.int64)
TABLE: Final[Any] = given(types.int64, 2)
OUT_U8, OUT_U16, OUT_I64 = (types.Array(t, 1, "C") for t in (types.uint8, types.uint16, types.int64))
OUT_U64, OUT_U64S = types.Array(types.uint64, 1, "C"), types.Array(types.uint64, 2, "C")
OUT_I32, OUT_I32S = types.Array(types.int32, 1, "C"), types.Array(types.int32, 2, "C")
PAIR: Final[Any] = types.Tuple((types.int64, types.int64))  # type: ignore[no-untyped-call]


# Numba keeps what calls this without looking whether it changed: change it together with its callers. Of no one
# signature: it goes into its callers before types are looked at, and compiled for itself it would be in every command.
@njit(inline="always")
def ones(x):  # type: ignore[no-untyped-def]
    """How many bits are set."""
    # The usual way to count bits, which LLVM knows and turns into one instruction.
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))
