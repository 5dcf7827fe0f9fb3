"""Repeat-count histograms per locus, exact. AN is what was genotyped: alleles, not people looked at.

"How often is it expanded" is the share of genotyped alleles of at least so many repeats.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.genome import GRCH38
from embla.structural.model.values import Rows, State

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# Symbols of genes (C9orf72), diseases and motifs, joined: HTT_CCG, ATXN8OS, SCA27B_FGF14, D21S11.
_WORD: Final = r"[A-Z][A-Z0-9]{0,11}(?:orf[0-9]{1,3}[A-Z]{0,2})?"
_NAME: Final = re.compile(rf"(?=.{{2,24}}$){_WORD}(?:[_.:-]{_WORD})*")
# With more digits it could be a person's number or date, whole or in parts.
_MOST_DIGITS: Final = 5


def is_locus_name(text: str) -> bool:
    """May this be what a catalogue calls a repeat? What looks like a person's number, name or date is not."""
    return _NAME.fullmatch(text) is not None and sum(letter.isdigit() for letter in text) <= _MOST_DIGITS


@dataclass(frozen=True, order=True)
class Size:
    """One bar: alleles of this repeat count; people with one of them, with two, and with it as their only copy."""

    size: int
    alleles: int
    one: int
    two: int
    only: int

    @property
    def people(self) -> int:
        """Carriers, each once."""
        return self.one + self.two + self.only


@dataclass(frozen=True)
class Histogram:
    """A locus in one group. `people` genotyped, `an` alleles of theirs, `nfail` looked at without a genotype."""

    sizes: tuple[Size, ...]
    people: int
    an: int
    nfail: int

    def at_least(self, size: int) -> int:
        """Alleles of this size or longer."""
        return sum(one.alleles for one in self.sizes if one.size >= size)


@dataclass(frozen=True)
class Locus:
    """One repeat: contig, 0-based start and end in the reference, motif; histograms, everybody's first.

    `uncertain`: alleles whose confidence interval is wider than the count itself. `named`: what files call it and how
    many people's do, the most first; `names` are those that may be told.
    """

    contig: str
    start: int
    end: int
    motif: str
    named: tuple[tuple[str, int], ...]
    histograms: tuple[Histogram, ...]
    uncertain: int

    @property
    def reference_size(self) -> int:
        """Repeats in the reference, whole ones."""
        return (self.end - self.start) // len(self.motif)

    def names(self, below: int) -> tuple[str, ...]:
        """Those that the files of at least `below` people give: what fewer give is a laboratory's text, no name."""
        return tuple(name for name, people in self.named if people >= below and is_locus_name(name))


def count_loci(rows: Rows, who: Ints, people: int, groups: Sequence[Bools] = ()) -> list[Locus]:
    """(records,) REPEAT with the places of their people -> loci that somebody was genotyped at, in genome order."""
    if not len(rows):
        return []
    order = np.lexsort((who, rows["motif"], rows["end"], rows["start"], rows["contig"]))
    rows, who = rows[order], who[order]
    fresh = np.ones(len(rows), np.bool_)
    fresh[1:] = np.logical_or.reduce(
        [rows[name][1:] != rows[name][:-1] for name in ("contig", "start", "end", "motif")]
    )
    bounds = [*np.flatnonzero(fresh).tolist(), len(rows)]
    masks = [np.ones(people, np.bool_), *groups]
    found = []
    for first, last in zip(bounds[:-1], bounds[1:], strict=True):
        part, persons = rows[first:last], who[first:last]
        histograms = tuple(_histogram(part[mask[persons]]) for mask in masks)
        if histograms[0].an:
            found.append(_locus(part, histograms))
    return found


def _named(rows: Rows) -> tuple[tuple[str, int], ...]:
    """A locus's rows, one a person -> (name, people whose files give it), the most first. Calls of before may have any
    text: it is no name here."""
    given = zip(*(found.tolist() for found in np.unique(rows["name"], return_counts=True)), strict=True)
    named = [(text, n) for name, n in given if is_locus_name(text := name.decode("ascii", "replace"))]
    return tuple(sorted(named, key=lambda one: (-one[1], one[0])))


def _locus(rows: Rows, histograms: tuple[Histogram, ...]) -> Locus:
    first = rows[0]
    called = rows[rows["state"] == State.CARRIES]
    wide = (called["high"] > called["low"]) & (np.arange(2) < called["n"][:, None])
    return Locus(
        GRCH38.contigs[int(first["contig"])].name, int(first["start"]), int(first["end"]),
        bytes(first["motif"]).decode(), _named(rows), histograms, int(wide.sum()),
    )  # fmt: skip


def _histogram(rows: Rows) -> Histogram:
    called = rows[rows["state"] == State.CARRIES]
    double = called[called["n"] == 2]
    single = called[called["n"] == 1]["size"][:, 0]
    same = double["size"][:, 0] == double["size"][:, 1]
    two = double["size"][same, 0]
    one = double["size"][~same].ravel()
    sizes = [
        Size(size, n1 + 2 * n2 + n0, n1, n2, n0)
        for size in np.unique(np.concatenate([one, two, single])).tolist()
        if (n1 := int((one == size).sum())) + (n2 := int((two == size).sum())) + (n0 := int((single == size).sum()))
    ]
    return Histogram(tuple(sizes), len(called), 2 * len(double) + len(single), len(rows) - len(called))
