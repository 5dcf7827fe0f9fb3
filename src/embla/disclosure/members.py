"""Who is in a published cohort, as sorted numbers; how two cohorts differ; how one of several parts moved. Pure.

A member is a genome's number. A person who was sequenced again has another genome: the counts change as if somebody
left and somebody came, yet nobody did, and that hides nobody who really came or left. So two cohorts are compared
twice, by genome and by person (`Persons`). docs/decisions/0056 has the argument.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
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
    return _distinct(np.fromiter(numbers, dtype=np.int64))


def _distinct(numbers: NDArray[np.int64]) -> Members:
    """As np.unique, which takes ten times longer for what is nearly sorted."""
    ordered = np.sort(numbers, kind="stable")
    distinct: Members = ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0]
    return distinct


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


def compare(first: Members, second: Members, step: int, persons: "Persons") -> Difference:
    """Each side by itself: twenty newcomers do not hide one who left, as counts that fall can only be the leaver's.

    By genome and by person: what is few in one of them is few. SAME: the same genomes.
    """
    found = _compared(first, second, step)
    if found is Difference.SAME or found.few:
        return found
    told = _compared(persons.cohort(first), persons.cohort(second), step)
    return told if told.few else found


def _compared(first: Members, second: Members, step: int) -> Difference:
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


@dataclass(frozen=True)
class Persons:
    """Whose a genome is, as a number that says nothing of who it is: the lowest that a genome of that person ever had.

    `genomes[i]` belongs to the person `firsts[i]`. A genome that is not among them is its person's first, or nobody
    knows any more whose it is: then it is a person by itself.
    """

    genomes: Members
    firsts: NDArray[np.int64]

    @classmethod
    def of(cls, firsts: Mapping[int, int]) -> "Persons":
        """From genome -> the lowest number of the same person."""
        genomes = members(firsts)
        return cls(genomes, np.array([firsts[number] for number in genomes.tolist()], dtype=np.int64))

    def of_each(self, genomes: Members) -> NDArray[np.int64]:
        """(len(genomes),) each one's person."""
        if not len(self.genomes):
            return genomes
        at = np.minimum(np.searchsorted(self.genomes, genomes), len(self.genomes) - 1)
        return np.where(self.genomes[at] == genomes, self.firsts[at], genomes)

    def cohort(self, genomes: Members) -> Members:
        """The persons of a cohort."""
        return _distinct(self.of_each(genomes))

    def parts(self, parts: Parts) -> Parts:
        """The same groups, of persons."""
        who = self.of_each(parts.who)
        order = np.argsort(who, kind="stable")
        return Parts(who[order], parts.names, parts.code[order])


def flows(before: Parts, now: Parts) -> NDArray[np.int64]:
    """(groups before + 1, groups now + 1): how many went from each to each; the last row and column are outside."""
    every = _distinct(np.concatenate([before.who, now.who]))
    height, width = len(before.names) + 1, len(now.names) + 1
    cell = before.of_each(every) * width + now.of_each(every)
    return np.bincount(cell, minlength=height * width).reshape(height, width)


def any_few(flow: NDArray[np.int64], step: int) -> bool:
    """Did some go from one group to another, or in or out, and fewer than `step`?

    If every flow is none or `step` at least, so is what any union of the old groups has that any union of the new ones
    has not: it is a sum of flows. So no subtraction of shown sums leaves a few.
    """
    return bool(((flow > 0) & (flow < step)).any())
