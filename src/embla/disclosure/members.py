"""Who is in a published cohort, as sorted numbers; how two cohorts differ; how one of several parts moved. Pure.

A member is a genome's number, not a person: a corrected genome changes the counts, so for differencing it is somebody
who left and somebody who came.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken

Members = NDArray[np.int64]  # sorted, distinct
_MOST_BYTES = 1 << 30


class Difference(StrEnum):
    """How far two cohorts are apart, in words that say nothing of who it is."""

    SAME = "the same people"
    FEW_MORE = "fewer than the least step are in the second only"
    FEW_LESS = "fewer than the least step are in the first only"
    APART = "none, or at least the step, on either side"

    @property
    def few(self) -> bool:
        """True when subtracting one from the other would show a few people."""
        return self in (Difference.FEW_MORE, Difference.FEW_LESS)


def members(numbers: Iterable[int]) -> Members:
    """Sorted and distinct."""
    return np.unique(np.fromiter(numbers, dtype=np.int64))


def pack(who: Members) -> bytes:
    """Bytes for the database: gaps, compressed."""
    return zlib.compress(np.diff(who, prepend=0).astype("<i8").tobytes(), 6)


def unpack(data: bytes, people: int) -> Members:
    """The inverse of `pack`. Raises Broken where it does not hold `people`."""
    try:
        raw = zlib.decompressobj().decompress(data, _MOST_BYTES)
    except zlib.error as error:
        raise Broken("An entry of the ledger of published cohorts cannot be read.") from error
    if len(raw) != people * 8:
        raise Broken("An entry of the ledger of published cohorts does not hold the people it says.")
    return np.cumsum(np.frombuffer(raw, dtype="<i8").astype(np.int64))


def came_and_left(before: Members, now: Members) -> tuple[int, int]:
    """How many are in `now` only, and in `before` only."""
    both = len(np.intersect1d(before, now, assume_unique=True))
    return len(now) - both, len(before) - both


def compare(first: Members, second: Members, step: int) -> Difference:
    """Each side by itself: twenty newcomers do not hide one who left, as counts that fall can only be the leaver's."""
    more, less = came_and_left(first, second)
    if not more and not less:
        return Difference.SAME
    if 0 < more < step:
        return Difference.FEW_MORE
    return Difference.FEW_LESS if 0 < less < step else Difference.APART


@dataclass(frozen=True)
class Parts:
    """People parted into named groups: `code[i]` is the place in `names` of `who[i]`'s group."""

    who: Members
    names: tuple[str, ...]
    code: NDArray[np.int64]

    @classmethod
    def of(cls, groups: Sequence[tuple[str, Members]]) -> "Parts":
        """From disjoint groups."""
        every = np.concatenate([who for _, who in groups]) if groups else np.empty(0, np.int64)
        code = np.repeat(np.arange(len(groups)), [len(who) for _, who in groups])
        order = np.argsort(every, kind="stable")
        return cls(every[order], tuple(name for name, _ in groups), code[order])

    def of_each(self, who: Members) -> NDArray[np.int64]:
        """(len(who),) each one's group, len(names) for those in none."""
        at = np.searchsorted(self.who, who)
        found = np.minimum(at, max(len(self.who) - 1, 0))
        inside = self.who[found] == who if len(self.who) else np.zeros(len(who), np.bool_)
        return np.where(inside, self.code[found] if len(self.who) else 0, len(self.names))


def flows(before: Parts, now: Parts) -> NDArray[np.int64]:
    """(groups before + 1, groups now + 1): how many went from each to each; the last row and column are outside."""
    every = np.union1d(before.who, now.who)
    height, width = len(before.names) + 1, len(now.names) + 1
    cell = before.of_each(every) * width + now.of_each(every)
    return np.bincount(cell, minlength=height * width).reshape(height, width)


def any_few(flow: NDArray[np.int64], step: int) -> bool:
    """Did some go from one group to another, or in or out, and fewer than `step`?

    If every flow is none or `step` at least, so is what any union of the old groups has that any union of the new ones
    has not: it is a sum of flows. So no subtraction of shown sums leaves a few.
    """
    return bool(((flow > 0) & (flow < step)).any())
