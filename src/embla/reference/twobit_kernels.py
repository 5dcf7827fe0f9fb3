"""Packed bases to letters, compiled. The plain twin is what `twobit.TwoBit.read` does where there are few."""

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.compiled import kernel

_BYTES: Any = types.Array(types.uint8, 1, "C", readonly=True)
_OUT: Any = types.Array(types.uint32, 1, "C")


@kernel(types.void(_BYTES, _OUT), nogil=True)
def _spread(packed, out):  # type: ignore[no-untyped-def]
    for i in range(len(packed)):
        byte = np.uint32(packed[i])
        # A code in each byte, the first base lowest; then to letters without a table, so that many go at once:
        # A C G T are 65 and 0, 2, 6, 19 more, which is twice the code, twice its upper bit, and 11 where both bits are.
        code = byte & np.uint32(3) | (byte & np.uint32(12)) << np.uint32(6)
        code |= (byte & np.uint32(48)) << np.uint32(12) | (byte & np.uint32(192)) << np.uint32(18)
        upper = code >> np.uint32(1) & np.uint32(0x01010101)
        both = upper & code
        out[i] = np.uint32(0x41414141) + np.uint32(2) * (code + upper) + np.uint32(11) * both


def spread(packed: bytes, room: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """Four letters for each byte, in `room` where there is enough of it."""
    raw = np.frombuffer(packed, np.uint8)
    if room is None or len(room) < 4 * len(raw):
        room = np.empty(4 * len(raw), np.uint8)
    out = room[: 4 * len(raw)]
    _spread(raw, out.view(np.uint32))
    return out
