"""Where a genome was read well, badly or not at all, and the reference blocks that say so."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.simulation.dice import Dice, Ints, distinct
from embla.simulation.sequence import Window

GOOD: Final = 0
LOW: Final = 1  # few reads: called, but below the thresholds
EMPTY: Final = 2  # no read, and a block that says so
GAP: Final = 3  # no line at all

_HARD_EVERY: Final = 20_000
_PRIVATE_EVERY: Final = 30_000


@dataclass(frozen=True, slots=True)
class Stretches:
    """Disjoint, sorted stretches that are not GOOD; offsets in the window, half-open."""

    start: Ints
    end: Ints
    kind: Ints

    def at(self, offset: Ints) -> Ints:
        """The kind at each offset."""
        if not len(self.start):
            return np.zeros(len(offset), dtype=np.int64)
        index = np.searchsorted(self.start, offset, side="right") - 1
        inside = (index >= 0) & (offset < self.end[index])
        return np.where(inside, self.kind[index], GOOD)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Reference blocks of one person in one window; offsets half-open. `passes`: FILTER is PASS or not set."""

    start: Ints
    end: Ints
    dp: Ints
    min_dp: Ints
    gq: Ints
    called: NDArray[np.bool_]
    single: NDArray[np.bool_]  # written with one allele, `0`
    passes: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hard:
    """Places that many people read badly: start, end, and in how many of 1,000 people; and the N of the reference."""

    start: Ints
    end: Ints
    rate: Ints
    gap_start: Ints
    gap_end: Ints


def hard_places(window: Window, dice: Dice) -> Hard:
    """The hard places of a window, the same for everybody."""
    length = len(window.bases)
    count = length // _HARD_EVERY
    start = dice.below(max(length, 1), count)
    end = np.minimum(start + 60 + dice.below(1200, count), length)
    unknown = np.concatenate(([False], window.bases == ord("N"), [False]))
    edges = np.flatnonzero(unknown[1:] != unknown[:-1])
    return Hard(start, end, 100 + dice.below(800, count), edges[::2], edges[1::2])


def stretches(length: int, hard: Hard, dice: Dice) -> Stretches:
    """One person's: some of the hard places with borders of their own, private ones, and the gaps of the reference."""
    hit = dice.chance(hard.rate, len(hard.start))
    jitter = (dice.below(31, 2 * len(hit)) - 15).reshape(2, -1)
    count = length // _PRIVATE_EVERY + 1
    private = dice.below(max(length, 1), count)
    starts = np.concatenate((hard.start[hit] + jitter[0][hit], private))
    ends = np.concatenate((hard.end[hit] + jitter[1][hit], private + 20 + dice.below(280, count)))
    kinds = LOW + dice.pick([6, 2, 2], len(starts))
    starts = np.concatenate((hard.gap_start, np.maximum(starts, 0)))
    ends = np.concatenate((hard.gap_end, np.minimum(ends, length)))
    kinds = np.concatenate((np.full(len(hard.gap_start), GAP), kinds))
    order = np.lexsort((kinds != GAP, starts))
    kept: list[tuple[int, int, int]] = []
    reach = 0
    for s, e, k in zip(starts[order].tolist(), ends[order].tolist(), kinds[order].tolist(), strict=True):
        s = max(s, reach)
        if s < e:
            kept.append((s, e, k))
            reach = e
    table = np.array(kept, dtype=np.int64).reshape(-1, 3)
    return Stretches(table[:, 0], table[:, 1], table[:, 2])


def blocks(
    bad: Stretches, record_start: Ints, record_end: Ints, copies: NDArray[np.uint8], depth: int, band: int,
    dice: Dice, *, empty_is_called: bool, haploid_gt: bool,
) -> Blocks:  # fmt: skip
    """Blocks over everything that neither a record nor a gap covers, cut where the quality changes.

    `record_start`/`record_end` are offsets of the records, sorted by start; `copies` (window,) are the person's
    copies of each base, 0 where there is no block; `depth` is the mean depth of two copies, `band` the mean
    length of a block.
    """
    length = len(copies)
    bands = dice.below(max(length, 1), length // band)
    edges = distinct(np.concatenate(([0, length], bad.start, bad.end, record_start, record_end, bands)))
    if haploid_gt:  # such a caller starts a new block where the ploidy changes; others run across
        edges = np.union1d(edges, np.flatnonzero(np.diff(copies)) + 1)
    edges = edges[(edges >= 0) & (edges <= length)]
    start, end = edges[:-1], edges[1:]
    reach = np.maximum.accumulate(record_end) if len(record_end) else record_end
    before = np.searchsorted(record_start, start, side="right") - 1
    in_record = (
        (before >= 0) & (reach[np.maximum(before, 0)] > start) if len(reach) else np.zeros(len(start), dtype=bool)
    )
    kind = bad.at(start)
    keep = ~in_record & (kind != GAP) & (copies[start] > 0)
    start, end, kind = start[keep], end[keep], kind[keep]
    count = len(start)
    mean = np.maximum(depth * copies[start].astype(np.int64) // 2, 8)
    shake = dice.below(1000, count)
    low = 1 + shake % 9
    dp = np.where(kind == GOOD, np.maximum(mean * (700 + shake * 6 // 10) // 1000, 1), low + dice.below(6, count))
    dip = dice.below(7, count)
    min_dp = np.where(kind == GOOD, np.maximum(dp - dip, 1), low)
    dp, min_dp = (np.where(kind == EMPTY, 0, values) for values in (np.maximum(dp, min_dp), min_dp))
    gq = np.minimum(99, 3 * min_dp + dice.below(3, count))
    # Good depth and still unsure: a few blocks in repeats.
    gq = np.where((kind == GOOD) & (dice.below(1000, count) < 12), 5 + shake % 15, gq)
    called = (kind != EMPTY) | empty_is_called
    single = (copies[start] == 1) & haploid_gt
    return Blocks(start, end, dp, min_dp, np.where(kind == EMPTY, 0, gq), called, single, np.ones(count, dtype=bool))
