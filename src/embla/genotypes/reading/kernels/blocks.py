"""Blocks of one sample: their depth, and how they go into rows."""

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.calls import first_number
from embla.genotypes.reading.kernels.jit import blocks as blocks_
from embla.genotypes.reading.kernels.jit import bool_, helper, i4_2d, i8, i64, none, u1
from embla.genotypes.reading.kernels.line import INFO_A, INFO_B
from embla.genotypes.reading.kernels.text import Bytes, info_value, number

Rows = NDArray[np.void]
Ints = NDArray[np.int64]

_MIN_DP = np.frombuffer(b"MIN_DP", np.uint8).copy()
_MINDP = np.frombuffer(b"MinDP", np.uint8).copy()  # bcftools before 1.6


@helper(i64(u1, i8, i8, i64, i64, i8))
def block_depth(buf: Bytes, spans: Ints, line: Ints, dp: int, exponents: int, bad: Ints) -> int:
    """MIN_DP, else DP, else INFO MIN_DP or MinDP; -1 for none."""
    depth = first_number(buf, spans, k.F_MIN_DP, -1, exponents, bad)
    if depth >= 0 or dp >= 0:
        return depth if depth >= 0 else dp
    a, b = info_value(buf, line[INFO_A], line[INFO_B], _MIN_DP.ctypes.data, 6)
    if a < 0:
        a, b = info_value(buf, line[INFO_A], line[INFO_B], _MINDP.ctypes.data, 5)
    depth = number(buf, a, b, exponents)
    return depth if depth > -1 else -1


@helper(none(blocks_, i8, i4_2d, i64, i64, i64, i64, i64, bool_))
def add_block(
    blocks: Rows,
    ctl: Ints,
    last: NDArray[np.int32],
    sample: int,
    start: int,
    end: int,
    state: int,
    since: int,
    whole: bool,
) -> None:
    """Add a block, or lengthen the one before: only where nothing else reaches that far, as the latest start wins.

    One that a change of copies cut in two (not `whole`) stays a row of its own, and remembers where it began. A block
    that begins where one begins that went into a longer row brings that one's own interval back, so that of the two
    the lower state can win.
    """
    row = last[sample, k.BLOCK_ROW]
    reach = last[sample, k.BLOCK_REACH]
    lengthen = whole and row >= 0 and reach == start and blocks[row].end == start and blocks[row].state == state
    if lengthen:
        blocks[row].end = end
    else:
        if last[sample, k.BLOCK_MERGED] and last[sample, k.BLOCK_START] == start:
            again = blocks[ctl[k.CTL_BLOCKS]]
            again.sample = sample
            again.start = start
            again.end = last[sample, k.BLOCK_END]
            again.state = last[sample, k.BLOCK_STATE]
            again.since = start
            ctl[k.CTL_BLOCKS] += 1
        row = ctl[k.CTL_BLOCKS]
        target = blocks[row]
        target.sample = sample
        target.start = start
        target.end = end
        target.state = state
        target.since = since
        last[sample, k.BLOCK_ROW] = row
        ctl[k.CTL_BLOCKS] += 1
    last[sample, k.BLOCK_REACH] = reach if reach > end else end
    last[sample, k.BLOCK_START] = start
    last[sample, k.BLOCK_END] = end
    last[sample, k.BLOCK_STATE] = state
    last[sample, k.BLOCK_MERGED] = lengthen
