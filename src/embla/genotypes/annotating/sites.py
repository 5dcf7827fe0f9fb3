"""Where annotation gets its counts from: a view of the store, or anything that gives the same columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.annotating.looking import numbers_of
from embla.genotypes.files.variants import Texts, alleles_of, is_hashed
from embla.genotypes.model import tally
from embla.genotypes.model.keys import POS_SHIFT
from embla.genotypes.steps import an_steps
from embla.genotypes.sweep import tallied

if TYPE_CHECKING:
    from embla.genotypes.view import Mask, View
    from embla.reference import Reference

Int32s = NDArray[np.int32]
# Two places further apart than this are asked for apart; and what one question may hold, in people times bases.
_GAP: Final = 16_384
_MOST_CELLS: Final = 2_700_000_000
_LONGEST: Final = 1 << 22
_SHORTEST: Final = 1 << 14


@dataclass(frozen=True)
class Sites:
    """Counts of one stretch of a contig for one cohort: v variants sorted by key, and AN where there is none.

    `numbers` (v, 4) int32 are ac, an, nhomalt, nhemi, adj; -1 for genotypes that are not told. `step_at` (m,) sorted
    0-based places, the first at or before the stretch; `step_an` (m,) holds from each to the next. `hidden` (v,) and
    `step_hidden` (m,) are what is suppressed. `failed` (v,): seen in calls that do not pass the gates alone, where that
    may be told.
    """

    key: NDArray[np.uint64]
    texts: Texts
    numbers: Int32s
    step_at: NDArray[np.int64]
    step_an: Int32s
    hidden: NDArray[np.bool_] | None = None
    step_hidden: NDArray[np.bool_] | None = None
    failed: NDArray[np.bool_] | None = None

    @cached_property
    def long(self) -> dict[tuple[int, str, str], int]:
        """(pos, ref, alt) -> row, of the alleles too long for a key."""
        rows = np.flatnonzero(is_hashed(self.key))
        keys = zip(rows.tolist(), self.key[rows].tolist(), strict=True)
        return {(key >> POS_SHIFT, *alleles_of(key, self.texts)): row for row, key in keys}


class Source(Protocol):
    """What can annotate a file. `genomes` says how many people the counts are of; `about` goes into the header."""

    @property
    def reference(self) -> Reference | None:
        """Sequence to check REF against and to left-align with."""

    @property
    def genomes(self) -> int:
        """People in the cohort."""

    @property
    def about(self) -> dict[str, str]:
        """Names and values for the header: which state was asked, by which rules."""

    def sites(self, contig: str, start: int, end: int) -> Sites:
        """Counts of every variant with POS in start..end (0-based half-open), and AN over that stretch."""


class StoreSource:
    """A cohort of a view."""

    def __init__(self, view: View, cohort: Mask | None) -> None:
        self._view = view
        self._cohort = view.checked(cohort)

    @property
    def reference(self) -> Reference | None:
        """The store's."""
        return self._view.store.reference

    @property
    def genomes(self) -> int:
        """People in the cohort."""
        return len(self._cohort)

    @property
    def about(self) -> dict[str, str]:
        """The manifest and the policy."""
        return {"Manifest": self._view.manifest.short, "Policy": self._view.policy, "Genomes": str(self.genomes)}

    def sites(self, contig: str, start: int, end: int) -> Sites:
        """Counted now. Every key with a record in the store, as a failed own record takes a person out of AN."""
        found = tallied(self._view, contig, start, end, [self._cohort])
        steps = an_steps(self._view, contig, start, end, [self._cohort])
        numbers = numbers_of(found.key, found.counts[0], steps.at, steps.adj[0])
        counts = found.counts[0]
        failed = (counts[:, tally.AC] == 0) & (counts[:, tally.RAW + tally.AC] > 0)
        return Sites(found.key, found.texts, numbers, steps.at, steps.adj[0], failed=failed)


def widest(genomes: int) -> int:
    """Bases to sweep at once, so that what a sweep holds in memory stays bounded."""
    return max(_SHORTEST, min(_LONGEST, _MOST_CELLS // max(genomes, 1)))


def spans(pos: NDArray[np.int64], genomes: int) -> Iterator[tuple[int, int]]:
    """Cut sorted 1-based positions into stretches (0-based half-open) that are worth one question each."""
    longest = widest(genomes)
    cuts = np.flatnonzero(np.diff(pos) > _GAP) + 1
    for group in np.split(pos, cuts):
        start, last = int(group[0]) - 1, int(group[-1])
        while start < last:
            # Go on from the next position that is there, not from where the last stretch ended.
            stop = min(start + longest, last)
            yield start, stop
            after = int(np.searchsorted(group, stop, side="right"))
            start = int(group[after]) - 1 if after < len(group) else last
