"""Turning large columns into byte planes, compiled. The plain twin is the last line of `columns.planes_of`."""

from typing import Any

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

_BYTES: Any = types.Array(types.uint8, 1, "C", readonly=True)
_OUT: Any = types.Array(types.uint8, 1, "C")


@njit(types.void(_BYTES, types.int64, _OUT), cache=True, nogil=True)
def _turn(raw, width, out):  # type: ignore[no-untyped-def]
    """Byte j of value i to place j * n + i. A width that the compiler knows lets it take many values at once."""
    n = len(raw) // width
    if width == 2:
        low, high = out[:n], out[n:]
        for i in range(n):
            low[i] = raw[2 * i]
            high[i] = raw[2 * i + 1]
    elif width == 4:
        for j in range(4):
            plane = out[j * n : (j + 1) * n]
            for i in range(n):
                plane[i] = raw[4 * i + j]
    elif width == 8:
        for j in range(8):
            plane = out[j * n : (j + 1) * n]
            for i in range(n):
                plane[i] = raw[8 * i + j]
    else:
        for j in range(width):
            plane = out[j * n : (j + 1) * n]
            for i in range(n):
                plane[i] = raw[width * i + j]


def planes(flat: NDArray[Any]) -> NDArray[np.uint8]:
    """The byte planes of a column that lies together."""
    raw = flat.view(np.uint8).reshape(-1)
    out = np.empty(len(raw), np.uint8)
    _turn(raw, flat.dtype.itemsize, out)
    return out
