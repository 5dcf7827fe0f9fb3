"""Turning large columns into byte planes, compiled. The plain twin is the last line of `columns.planes_of`."""

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.compiled import kernel

_BYTES: Any = types.Array(types.uint8, 1, "C", readonly=True)
_WORDS: Any = types.Array(types.uint64, 1, "C", readonly=True)
_OUT: Any = types.Array(types.uint8, 1, "C")


@kernel(types.void(_BYTES, types.int64, types.int64, _OUT), nogil=True)
def _pick(raw, width, j, out):  # type: ignore[no-untyped-def]
    """Byte j of each value. A width and a beginning that the compiler knows let it take many values at once."""
    from_j = raw[j:]
    if width == 2:
        for i in range(len(out)):
            out[i] = from_j[2 * i]
    elif width == 4:
        for i in range(len(out)):
            out[i] = from_j[4 * i]
    elif width == 8:
        for i in range(len(out)):
            out[i] = from_j[8 * i]
    else:
        for i in range(len(out)):
            out[i] = from_j[width * i]


@kernel(types.uint64(_WORDS, types.uint64), nogil=True)
def _varying(words, pattern):  # type: ignore[no-untyped-def]
    """The bits in which any word differs from the pattern."""
    seen = np.uint64(0)
    for i in range(len(words)):
        seen |= words[i] ^ pattern
    return seen


def varying_planes(flat: NDArray[Any]) -> list[NDArray[np.uint8] | None]:
    """The byte planes of a column of 2, 4 or 8 bytes that lies together; None for one whose bytes are all equal."""
    width = flat.dtype.itemsize
    raw = flat.view(np.uint8).reshape(-1)
    whole = len(raw) // 8 * 8
    pattern = np.tile(raw[:width], 8 // width)
    seen = np.array([_varying(raw[:whole].view(np.uint64), pattern.view(np.uint64)[0])], np.uint64)
    bits = np.bitwise_or.reduce(seen.view(np.uint8).reshape(-1, width), axis=0)
    rest = raw[whole:].reshape(-1, width) ^ raw[:width]
    bits |= np.bitwise_or.reduce(rest, axis=0, initial=np.uint8(0))
    found: list[NDArray[np.uint8] | None] = []
    for j in range(width):
        plane = np.empty(len(flat), np.uint8) if bits[j] else None
        if plane is not None:
            _pick(raw, width, j, plane)
        found.append(plane)
    return found


def planes(flat: NDArray[Any]) -> NDArray[np.uint8]:
    """The byte planes of a column that lies together."""
    raw = flat.view(np.uint8).reshape(-1)
    width, n = flat.dtype.itemsize, len(flat)
    out = np.empty(len(raw), np.uint8)
    for j in range(width):
        _pick(raw, width, j, out[j * n : (j + 1) * n])
    return out
