"""Packed bases to letters, compiled. The plain twin is what `twobit.TwoBit.read` does where there are few."""

from typing import Any, Final

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

_BYTES: Any = types.Array(types.uint8, 1, "C", readonly=True)
_FOURS: Any = types.Array(types.uint32, 1, "C", readonly=True)
_OUT: Any = types.Array(types.uint32, 1, "C")
# The four letters of a packed byte, the first one lowest.
_FOUR: Final[NDArray[np.uint32]] = (
    np.frombuffer(b"ACGT", np.uint8)[np.arange(1 << 8)[:, None] >> np.arange(0, 8, 2) & 3].copy().view("<u4").ravel()
)


@njit(types.void(_BYTES, _FOURS, _OUT), cache=True, nogil=True)
def _spread(packed, four, out):  # type: ignore[no-untyped-def]
    for i in range(len(packed)):
        out[i] = four[packed[i]]


def spread(packed: bytes) -> NDArray[np.uint8]:
    """Four letters for each byte."""
    raw = np.frombuffer(packed, np.uint8)
    out = np.empty(len(raw), np.uint32)
    _spread(raw, _FOUR, out)
    return out.view(np.uint8)
