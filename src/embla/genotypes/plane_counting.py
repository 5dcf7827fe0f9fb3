"""Loops that count cohorts in the parts of plane frames, one part at a time, straight after it was decompressed.

A part is at most some 150 kB, so it is counted while the processor still has it near; and a scan asks for no memory of
the size of what it reads. The plain twin is `files/planes.Row.among`.
"""

from typing import Any, Final

import numpy as np
from numba import types

from embla.compiled import kernel
from embla.genotypes.plane_bits import BYTES, I32S, OUT_I32, OUT_I32S, OUT_U16, OUT_U64S, U16S, given, ones
from embla.genotypes.plane_opening import open_group

MEMBERS: Final = 1 << 16  # ordinals are 16 bits: no number in a block, however damaged, lies outside
_MEMBERS: Final[Any] = given(types.uint8, 2)


@kernel(
    types.boolean(BYTES, I32S, U16S, _MEMBERS, OUT_U16, OUT_U16, OUT_I32, OUT_I32S),
    nogil=True,
)
def count_block(raw, rows, size, members, keep, place, sums, out):  # type: ignore[no-untyped-def]
    """People of the thin rows of a block in each cohort: into out[cohort, row]. False where sizes and bytes disagree.

    Half of all rows are one person, so a loop per row would wait for a wrong guess at nearly each. These loops go over
    all entries of the block, whatever row they are of: gaps to ordinals (a row begins where `keep` is 0), ordinals to
    running sums of who is in the cohort; a row is the difference of two sums. `members` (cohorts, MEMBERS); `keep`,
    `place` and `sums` are room for one more than the entries.
    """
    n = len(raw) >> 1
    for i in range(n + 1):
        keep[i] = np.uint16(0xFFFF)
    at = np.int64(0)
    for i in range(len(rows)):
        keep[at] = np.uint16(0)
        at += size[rows[i]]
        if at > n:
            return False
    if at != n:
        return False
    o = np.uint16(0)
    for i in range(n):
        o = np.uint16((o & keep[i]) + (np.uint16(raw[i]) | (np.uint16(raw[n + i]) << np.uint16(8))))
        place[i] = o
    for m in range(len(members)):
        s = np.int32(0)
        for i in range(n):
            sums[i] = s
            s += np.int32(members[m, place[i]])
        sums[n] = s
        at, before = np.int64(0), np.int32(0)
        for i in range(len(rows)):
            at += size[rows[i]]
            now = sums[at]
            out[m, rows[i]] = now - before
            before = now
    return True


@kernel(
    types.void(BYTES, given(types.uint64), types.int64, OUT_U64S, I32S, given(types.uint64, 2), OUT_I32S),
    nogil=True,
)
def count_group(raw, raw64, genomes, plane, rows, masks, out):  # type: ignore[no-untyped-def]
    """People of the dense rows of a group in each cohort: into out[cohort, row]. `masks` (cohorts, words)."""
    open_group(raw, raw64, 0, len(raw), len(rows), genomes, plane)
    for i in range(len(rows)):
        for m in range(len(masks)):
            s = np.int64(0)
            for w in range(plane.shape[1]):
                s += ones(plane[i, w] & masks[m, w])
            out[m, rows[i]] = s
