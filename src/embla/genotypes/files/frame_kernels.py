"""Frames of lists before they are compressed, all of a stretch in one loop, compiled. The plain twin is
`variants._encode_one`, which also takes what is not usual."""

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.compiled import kernel


def _in(kind: Any) -> Any:
    return types.Array(kind, 1, "C", readonly=True)


_signature = types.void(
    _in(types.uint64), _in(types.int64), _in(types.uint16), _in(types.uint16), types.int64,
    types.Array(types.uint8, 1, "C"),
)  # fmt: skip


@kernel(_signature, nogil=True)
def _lay(key, end, ordinal, entry, per_frame, out):  # type: ignore[no-untyped-def]
    """Heads without texts and single blocks, frame after frame: 10 bytes a variant, then 4 bytes an entry."""
    at = 0
    low = 0
    while low < len(key):
        high = min(low + per_frame, len(key))
        n = high - low
        first = end[low - 1] if low else 0
        m = end[high - 1] - first
        head = out[at : at + 10 * n]
        before, begun = key[low], first
        for i in range(n):
            step = key[low + i] - before
            before = key[low + i]
            for plane in range(8):
                head[plane * n + i] = step >> np.uint64(8 * plane)
            size = end[low + i] - begun
            begun = end[low + i]
            head[8 * n + i] = size
            head[9 * n + i] = size >> 8
        block = out[at + 10 * n : at + 10 * n + 4 * m]
        last = np.int64(0)
        for i in range(m):
            own, code = np.int64(ordinal[first + i]), np.int64(entry[first + i])
            gap = own - last
            last = own
            block[i] = gap
            block[m + i] = gap >> 8
            block[2 * m + i] = code
            block[3 * m + i] = code >> 8
        at += 10 * n + 4 * m
        low = high


def laid_out(
    key: NDArray[np.uint64], end: NDArray[np.int64], ordinal: NDArray[np.uint16], entry: NDArray[np.uint16],
    per_frame: int,
) -> memoryview:  # fmt: skip
    """The bytes of all frames; that of the variants from `low` on begins at 10 * low + 4 * entries before it."""
    out = np.empty(10 * len(key) + 4 * len(entry), np.uint8)
    key, end = np.ascontiguousarray(key), np.ascontiguousarray(end)
    _lay(key, end, np.ascontiguousarray(ordinal), np.ascontiguousarray(entry), per_frame, out)
    return out.data
