"""What Python asks about the lines of a run and their alleles, each in one walk over rows that are wide."""

from typing import Any, NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.compiled import kernel
from embla.genotypes.annotating import kernels as k
from embla.genotypes.annotating.stamp import STAMP

_TABLE: Any = types.Array(types.int64, 2, "C")
_COLUMN: Any = types.Array(types.int64, 1, "C")
_THREE: Any = types.Tuple((types.int64,) * 3)  # type: ignore[no-untyped-call]


class Reach(NamedTuple):
    """The lowest POS of some lines and the furthest end of a REF (1-based, the base after it); `wrong` is the first
    line whose POS is no whole number, -1 where there is none. 0 and 0 where all lines are empty."""

    low: int
    high: int
    wrong: int


def _make_reach(stamp: int) -> Any:
    @kernel(_THREE(_TABLE, types.int64, types.int64), nogil=True)
    def _reach(rows, first, last):  # type: ignore[no-untyped-def]
        _ = stamp
        low = high = np.int64(0)
        seen = False
        for line in range(first, last):
            if rows[line, k.CHROM_END] == rows[line, k.START]:
                continue
            pos = rows[line, k.POS]
            if pos < 0:
                return low, high, line
            if not seen or pos < low:
                low = pos
            high = max(high, pos + rows[line, k.REF_END] - rows[line, k.REF])
            seen = True
        return low, high, np.int64(-1)

    return _reach


_reach: Any = _make_reach(STAMP)


def reach(rows: NDArray[np.int64], first: int, last: int) -> Reach:
    """See `Reach`; lines first..last of `rows`."""
    return Reach(*_reach(rows, first, last))


def _make_known(stamp: int) -> Any:
    @kernel(_THREE(_TABLE, types.int64, types.int64, _TABLE, _COLUMN, _COLUMN), nogil=True)
    def _known(found, first, last, rows, which, pos):  # type: ignore[no-untyped-def]
        _ = stamp
        n = moved = np.int64(0)
        in_order = np.int64(1)
        before = np.int64(-1)
        for i in range(first, last):
            if found[i, k.A_STATE] == k.NOT_LOADED:
                continue
            place = found[i, k.A_POS]
            moved += place != rows[found[i, k.A_LINE], k.POS]
            in_order &= place >= before
            before = place
            which[n] = i
            pos[n] = place
            n += 1
        return n, moved, in_order

    return _known


_known: Any = _make_known(STAMP)


def known(
    found: NDArray[np.int64], first: int, last: int, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Those of the alleles first..last that a store can hold, by place; their places; how many are not at the POS of
    their line."""
    which, pos = np.empty((2, last - first), np.int64)
    n, moved, in_order = _known(found, first, last, rows, which, pos)
    which, pos = which[:n], pos[:n]
    if not in_order:
        order = np.argsort(pos, kind="stable")
        which, pos = which[order], pos[order]
    return which, pos, int(moved)
