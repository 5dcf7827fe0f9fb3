"""Which lines of a buffer touch the places that packs keep whole. Beside `kernels/`, whose stamp it shares."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.reading.kernels import STAMP
from embla.genotypes.reading.kernels.jit import byte_at, i8, i64, kernel, u1
from embla.genotypes.reading.kernels.text import find, info_value, whole_number

_END = np.frombuffer(b"END", np.uint8).copy()


def _make(stamp: int) -> Any:
    @kernel(i64(u1, i64, i64, i8, i8, u1, i8))
    def touching(
        buf: NDArray[np.uint8],
        a: int,
        b: int,
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
        end_key: NDArray[np.uint8],
        out: NDArray[np.int64],
    ) -> int:
        """Begin and end of each whole line in [a, b) that touches a place, in pairs in `out`; how many lines.

        Places are 1-based with the end included, sorted and apart; lines are of one contig and sorted by position. When
        `out` is full the count is negative: call again from the end of the last line told.
        """
        n = 0
        i = a
        last_place = len(ends) - 1
        while i < b:
            stop = find(buf, 10, i, b)
            if stop < 0:
                stop = b
            t1 = find(buf, 9, i, stop)
            t2 = find(buf, 9, t1 + 1, stop)
            t3 = find(buf, 9, t2 + 1, stop)
            t4 = find(buf, 9, t3 + 1, stop)
            pos = whole_number(buf, t1 + 1, t2)
            if t1 < 0 or t2 < 0 or t3 < 0 or t4 < 0 or pos < 0:
                i = stop + 1
                continue
            if pos > ends[last_place]:
                return n
            end = pos + t4 - t3 - 2
            t5 = find(buf, 9, t4 + 1, stop)
            if t5 > 0 and (find(buf, 60, t4 + 1, t5) >= 0 or byte_at(buf, t4 + 1) == 46):
                t6 = find(buf, 9, t5 + 1, stop)
                t7 = find(buf, 9, t6 + 1, stop)
                t8 = find(buf, 9, t7 + 1, stop)
                if t8 > 0:
                    x, y = info_value(buf, t7 + 1, t8, end_key.ctypes.data, 3)
                    if x >= 0:
                        told = whole_number(buf, x, y)
                        if told > end:
                            end = told
            low = 0
            high = last_place
            while low < high:
                middle = (low + high) // 2
                if ends[middle] < pos:
                    low = middle + 1
                else:
                    high = middle
            if starts[low] <= end and ends[low] >= pos:
                if 2 * n + 2 > len(out):
                    return -n
                out[2 * n] = i
                out[2 * n + 1] = stop
                n += 1
            i = stop + 1
        return n

    return touching


_touching: Any = _make(STAMP)


def touching(
    buf: NDArray[np.uint8], a: int, b: int, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """(begin, end) of every line in [a, b) that touches a place."""
    lines: list[tuple[int, int]] = []
    out = np.empty(2048, np.int64)
    while True:
        n = int(_touching(buf, a, b, starts, ends, _END, out))
        lines += [(int(x), int(y)) for x, y in out[: 2 * abs(n)].reshape(-1, 2)]
        if n >= 0:
            return lines
        a = lines[-1][1] + 1
