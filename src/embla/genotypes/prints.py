"""Is a new genome somebody who is here already? The genotype print: a few hundred single-base calls, chosen by place.

Two genomes are compared where the new one carries a plain call (passes the gates, autosomal, one base for another) and
the other is callable. One person read twice agrees at 99 of 100 such places, identical twins as well; parents, children
and siblings at some 65, others at 45. Places are chosen by a hash, so all genomes choose alike, and no list of places
is needed. A genome is looked up in the store itself, which knows who carries what: nothing more is kept. Where the
other is callable at few of these places (an exome, for a whole genome) nothing is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from embla.genome import GRCH38
from embla.genotypes.files.variants import Column16
from embla.genotypes.model import codes, keys
from embla.genotypes.model.pack import ContigCalls, Pack

if TYPE_CHECKING:
    from embla.genotypes.view import LiveSegment, View

SITES: Final = 192
FIRST: Final = 48  # nearly everybody is told apart by so many
LEAST: Final = 100  # fewer say nothing
SAME: Final = 0.9
_MAYBE: Final = 0.8
_PLAIN: Final = codes.make_entry(codes.HET, adj=True), codes.make_entry(codes.HOM, adj=True)
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_SNV: Final = 1 << 4 | 1  # one base of REF, one of ALT
AUTOSOMES: Final = tuple(c.name for c in GRCH38.contigs if c.name not in ("chrX", "chrY", "chrM"))


@dataclass(frozen=True)
class Print:
    """Chosen calls, in order of their hash: (n,) columns. `contig` counts within AUTOSOMES."""

    order: NDArray[np.uint64]
    contig: NDArray[np.uint8]
    key: NDArray[np.uint64]
    entry: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True)
class Alike:
    """`equal` of `sites` informative places have the same genotype. `number`: of the other, in the view or among those
    that were given."""

    equal: int
    sites: int
    number: int = -1

    @property
    def same(self) -> bool:
        """One person, or identical twins."""
        return self.sites >= LEAST and self.equal >= SAME * self.sites

    @property
    def other(self) -> bool:
        """Surely somebody else, a close relative too."""
        return self.sites >= LEAST and self.equal < _MAYBE * self.sites


def print_of(pack: Pack) -> Print:
    """The print of a genome; shorter than LEAST where it has too few plain calls to be known by."""
    printing = Printing()
    for name, calls in pack.contigs.items():
        printing.add(name, calls)
    return printing.done()


class Printing:
    """A print made contig by contig as they come: the SITES plain calls of the least hash so far."""

    def __init__(self) -> None:
        none = np.empty(0, np.uint64)
        self._print = Print(none, none.astype(np.uint8), none, none.astype(np.uint16))

    def add(self, contig: str, calls: ContigCalls) -> None:
        """Look at a contig; those that are no autosomes have no part in a print."""
        if contig not in AUTOSOMES or not len(calls.key):
            return
        number = AUTOSOMES.index(contig)
        spread = ((calls.key >> np.uint64(keys.POS_SHIFT)) + np.uint64(number << 32)) * _SPREAD
        # Nothing beyond the last of those found can be chosen; of a first contig some thousand calls mostly do.
        found = self._print
        bound = int(found.order[-1]) if len(found) == SITES else min(1 << 64, (1 << 64) * 40 * SITES // len(spread))
        here = _plain_below(bound, number, spread, calls)
        below = np.count_nonzero(found.order <= np.uint64(min(bound, (1 << 64) - 1)))
        if below + len(here) < SITES:
            here = _plain_below(1 << 64, number, spread, calls)
        columns = [np.concatenate(pair) for pair in zip(vars(found).values(), vars(here).values(), strict=True)]
        chosen = np.lexsort((columns[1], columns[2], columns[0]))[:SITES]
        self._print = Print(*(column[chosen] for column in columns))

    def done(self) -> Print:
        """The print of what was looked at."""
        return self._print


def _plain_below(bound: int, number: int, spread: NDArray[np.uint64], calls: ContigCalls) -> Print:
    """Plain calls of an autosome whose hash is at most `bound`, in the order of their keys."""
    few = np.flatnonzero(spread <= np.uint64(bound)) if bound < 1 << 64 else np.flatnonzero(_is_plain(calls.entry))
    key, entry = calls.key[few], calls.entry[few]
    lengths = (key >> np.uint64(keys.ALT_LEN_SHIFT)) & np.uint64(0xFF)
    fit = (lengths == np.uint64(_SNV)) & _is_plain(entry)
    return Print(spread[few][fit], np.full(int(fit.sum()), number, np.uint8), key[fit], entry[fit])


def _is_plain(entry: NDArray[np.uint16]) -> NDArray[np.bool_]:
    het, hom = _PLAIN
    plain: NDArray[np.bool_] = (entry == het) | (entry == hom)
    return plain


def compare(a: Print, b: Print) -> Alike:
    """Two genomes of one add, by their prints alone: where either carries, up to the place both reach."""
    if not len(a) or not len(b):
        return Alike(0, 0)
    reach = min(int(a.order[-1]) if len(a) == SITES else 1 << 64, int(b.order[-1]) if len(b) == SITES else 1 << 64)
    said = []
    for one in (a, b):
        n = len(one) if reach == 1 << 64 else int(np.searchsorted(one.order, np.uint64(reach), side="right"))
        columns = (one.contig[:n].tolist(), one.key[:n].tolist(), one.entry[:n].tolist())
        said.append({(contig, key): entry for contig, key, entry in zip(*columns, strict=True)})
    places = said[0].keys() | said[1].keys()
    return Alike(sum(said[0].get(place) == said[1].get(place) for place in places), len(places))


def first_alike(a: Print, others: Sequence[Print]) -> Alike | None:
    """The first of several that is the same person or a twin."""
    compared = (replace(compare(a, b), number=number) for number, b in enumerate(others))
    return next((alike for alike in compared if alike.same), None)


def find_alike(view: View, a: Print) -> Alike | None:
    """A genome of the store that is the same person or an identical twin: the likest, or None."""
    if len(a) < LEAST or not view.size:
        return None
    found, order = [], list(range(FIRST))
    for segment in view.segments:
        shared, order = _shared_first(segment, a, order)
        alive = view.alive[segment.offset : segment.offset + len(segment.table)]
        maybe = np.flatnonzero(alive & (shared >= _MAYBE * FIRST))
        if not len(maybe):
            continue
        for i in range(FIRST, len(a)):
            shared[_like(segment, a, i)] += 1
        found += [
            Alike(int(shared[o]), len(a) - _silent(view, a, segment.offset + o), segment.offset + o)
            for o in maybe.tolist()
        ]  # fmt: skip
    if not found:
        return None
    best = max(found, key=lambda alike: (alike.same, alike.equal / max(alike.sites, 1)))
    return best if best.same else None


def resemblance(view: View, a: Print, name: str) -> Alike:
    """How one genome of the store, by name, compares with a print; of one that is not there nothing is said."""
    number = view.number_of(name)
    if number is None or len(a) < LEAST:
        return Alike(0, 0)
    segment, ordinal = view.located(number)
    equal = sum(bool((_like(segment, a, i) == ordinal).any()) for i in range(len(a)))
    return Alike(equal, len(a) - _silent(view, a, number), number)


def _shared_first(segment: LiveSegment, a: Print, order: list[int]) -> tuple[NDArray[np.int64], list[int]]:
    """At how many of the first places each genome of a segment has the same genotype, and the places from the rarest
    genotype here to the commonest. As soon as nobody can reach `_MAYBE` it stops, so the order is worth having: a rare
    genotype rules nearly everybody out, and then the common ones, which are dear to open, are not looked at.
    """
    shared, met = np.zeros(len(segment.table), np.int64), []
    for seen, i in enumerate(order, 1):
        people = _like(segment, a, i)
        shared[people] += 1
        met.append((len(people), i))
        if int(shared.max()) + FIRST - seen < _MAYBE * FIRST:
            break
    rest = order[len(met) :]
    return shared, [*(i for _, i in sorted(met)), *rest]


def _like(segment: LiveSegment, a: Print, i: int) -> Column16:
    """Ordinals of those of a segment who have the genotype of the print at its place i."""
    reader = segment.contig(AUTOSOMES[int(a.contig[i])])
    found = reader.find(int(a.key[i])) if reader is not None else None
    return found[0].people_with(found[1], int(a.entry[i])) if found is not None else np.empty(0, np.uint16)


def _silent(view: View, a: Print, number: int) -> int:
    """At how many places of the print this genome is not callable and says nothing."""
    segment, ordinal = view.located(number)
    silent = 0
    for contig, key in zip(a.contig.tolist(), a.key.tolist(), strict=True):
        reader = segment.contig(AUTOSOMES[contig])
        if reader is None:
            silent += 1
            continue
        found = reader.find(key)
        if found is not None and ordinal in found[0].carriers(found[1])[0]:
            continue
        ordinals, states = reader.runs_at(keys.key_pos(key) - 1)
        silent += bool((states[ordinals == ordinal] % 3 != codes.FULL).any())
    return silent
