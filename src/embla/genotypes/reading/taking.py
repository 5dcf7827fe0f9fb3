"""Who takes a genome while its file is read: contig after contig, and then the rest.

A taker keeps of a contig what it needs, and reading lets go of it: a genome need not lie in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Protocol, TypeVar

import numpy as np

from embla.genome import GRCH38
from embla.genotypes.model.filters import places_in, shared_filters
from embla.genotypes.model.pack import ContigCalls, Pack, PackFacts
from embla.genotypes.reading.samples import SampleSpec

T_co = TypeVar("T_co", covariant=True)


class Taker(Protocol[T_co]):
    """Takes one genome. `contig` comes once for each contig that anything is said of, in the order of the file; those
    that only a BED speaks of, and those on which nothing is carried, are last."""

    def contig(self, name: str, calls: ContigCalls, filters: tuple[str, ...]) -> None:
        """One contig; its records number `filters` (`model/filters.py`)."""

    def nbytes(self) -> int:
        """About the bytes of memory it holds."""

    def done(self, kept: dict[str, bytes]) -> T_co:
        """The genome was read to its end; `kept` are lines at listed places by contig."""

    def drop(self) -> None:
        """Nothing more comes, and nobody wants it: let go of what is held."""


Begin = Callable[[SampleSpec, PackFacts], Taker[T_co]]


class Gathering:
    """Takes a genome as a pack in memory."""

    def __init__(self, _: SampleSpec, facts: PackFacts) -> None:
        self._facts = facts
        self._contigs: dict[str, ContigCalls] = {}
        self._filters: dict[str, tuple[str, ...]] = {}
        self._size = 0

    def contig(self, name: str, calls: ContigCalls, filters: tuple[str, ...]) -> None:
        """See `Taker`."""
        self._contigs[name], self._filters[name] = calls, filters
        self._size += nbytes_of(calls)

    def nbytes(self) -> int:
        """See `Taker`."""
        return self._size

    def done(self, kept: dict[str, bytes]) -> Pack:
        """The pack, its contigs in the order of the assembly."""
        names = [contig.name for contig in GRCH38.contigs if contig.name in self._contigs]
        shared = shared_filters(self._filters[name] for name in names)
        contigs = {}
        for name in names:
            calls = self._contigs[name]
            contigs[name] = calls.with_filter(places_in(shared, self._filters[name])[calls.records.filter])
        return Pack(**asdict(self._facts), filters=shared, contigs=contigs, kept=kept)

    def drop(self) -> None:
        """See `Taker`."""


def nbytes_of(calls: ContigCalls) -> int:
    """About the bytes of a contig in memory."""
    arrays = [value for part in (calls, calls.records) for value in vars(part).values()]
    return calls.long_size() + len(calls.records.text) + sum(a.nbytes for a in arrays if isinstance(a, np.ndarray))
