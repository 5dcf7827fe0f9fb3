"""Persons and alleles per cluster, exact, each with its own denominator.

A person is in a cluster's AN when the caller of this kind was run on the genome and looked at the whole place of the
centre, or made a call there. A person counts once per cluster, however many calls of theirs are in it (two callers, two
overlapping records): as a carrier when one call says so, with the most alleles that one says. Whose only calls there
failed a filter or have no genotype is not in AN (`nfail`). A carrier without a genotype counts with one allele of the
copies there, the least it can be; so AN tells nothing of who carries. Copies go by karyotype and PAR; a het call where
there is one copy, and any call where there is none, is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.genome import GRCH38, Karyotype, PieceKind, copies
from embla.structural.model.matching import cluster
from embla.structural.model.values import CALL, Alleles, Rows, State, Type

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Looked:
    """The people of a cohort for whom a kind was called: karyotype of each, and which of `profiles` (RUN) they have."""

    karyotypes: tuple[Karyotype, ...]
    profile: Ints
    profiles: tuple[Rows, ...]

    def __len__(self) -> int:
        return len(self.karyotypes)


@dataclass(frozen=True)
class Tally:
    """Numbers of one cluster for one group of people. `people`: in AN; `nfail`: only failed or missing calls."""

    people: int
    carriers: int
    ac: int
    an: int
    nhet: int
    nhom: int
    nhemi: int
    nfail: int


@dataclass(frozen=True)
class Cluster:
    """One event as the cohort has it: the centre, and how far the calls in it are spread (0-based boundaries).

    `sites` distinct calls; `tallies` in the order of the groups asked for, everybody first; `copies`: copy number ->
    carriers, of the kind cnv.
    """

    contig: str
    type: Type
    start: int
    end: int
    mate: str
    strands: int
    length: int
    starts: tuple[int, int]
    ends: tuple[int, int]
    lengths: tuple[int, int]
    calls: int
    tallies: tuple[Tally, ...]
    copies: Mapping[int, int]


def count_clusters(
    rows: Rows, who: Ints, looked: Looked, groups: Sequence[Bools] = (), *, cnv: bool = False
) -> list[Cluster]:
    """(calls,) CALL with (calls,) places of their people -> clusters that somebody carries, in the order of the genome.

    `groups`: (people,) masks; the first tally of each cluster is everybody's.
    """
    centres, place = cluster(rows, cnv=cnv)
    if not len(centres):
        return []
    inside = place >= 0
    rows, who, place = rows[inside], who[inside], place[inside]
    order = np.lexsort((who, place))
    rows, who, place = rows[order], who[order], place[order]
    pieces = _pieces(centres)
    n = _copies(looked)[who, pieces[place]]
    # A het call where there is one copy, and any call where there is none, is missing.
    yes = (rows["state"] == State.CARRIES) & (n > 0) & ~((n == 1) & (rows["alleles"] == Alleles.ONE_OF_TWO))
    first = np.flatnonzero(np.r_[True, (place[1:] != place[:-1]) | (who[1:] != who[:-1])])
    persons = _Persons(
        place=place[first],
        who=who[first],
        n=n[first],
        most=np.maximum.reduceat(np.where(yes, _RANK[rows["alleles"]], 0), first),
        copies=rows["copies"][np.minimum(np.minimum.reduceat(np.where(yes, np.arange(len(rows)), len(rows)), first),
                                         len(rows) - 1)],
    )  # fmt: skip
    here = _looked_at(centres, looked)
    masks = [np.ones(len(looked), np.bool_), *groups]
    own_copies = np.where(here[persons.place, looked.profile[persons.who]], np.maximum(persons.n, 0), 0)
    sums = [
        _tallies(persons, own_copies, mask, base)
        for mask, base in zip(masks, _bases(here, pieces, looked, masks), strict=True)
    ]
    spreads = _spreads(rows[yes], place[yes], len(centres))
    numbers = _numbers(persons, len(centres)) if cnv else {}
    found = []
    for at in np.flatnonzero(sums[0][:, 1]).tolist():
        centre, (starts, ends, lengths, calls) = centres[at], spreads[at]
        found.append(
            Cluster(
                GRCH38.contigs[int(centre["contig"])].name, Type(int(centre["type"])), int(centre["start"]),
                int(centre["end"]), GRCH38.contigs[int(centre["mate"])].name, int(centre["strands"]),
                int(centre["length"]), starts, ends, lengths, calls, tuple(Tally(*own[at].tolist()) for own in sums),
                numbers.get(at, {}),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (_ORDER[one.contig], one.start, one.end, one.type, one.mate, one.strands))


_ORDER: Final = {contig.name: number for number, contig in enumerate(GRCH38.contigs)}
_KINDS: Final[tuple[PieceKind, ...]] = ("autosome", "par_x", "x", "par_y", "y", "m")
# Which of a person's calls says most: a homozygous one, a het one, one without genotype.
_RANK: Final = np.array([1, 2, 3, 1])


@dataclass(frozen=True)
class _Persons:
    """(persons of clusters,) each person once per cluster; `most` 0 where no call of theirs counts."""

    place: Ints
    who: Ints
    n: Ints
    most: Ints
    copies: Ints


def _pieces(centres: Rows) -> Ints:
    """(centres,) place of the ploidy rule in _KINDS."""
    found = []
    for contig, start in zip(centres["contig"].tolist(), centres["start"].tolist(), strict=True):
        known = GRCH38.contigs[contig]
        found.append(_KINDS.index(GRCH38.piece_at(known.name, min(start + 1, known.length)).kind))
    return np.array(found, np.int64)


def _copies(looked: Looked) -> Ints:
    """(people, kinds of piece) copies; -1 for an unknown karyotype on X and Y."""
    table = {k: [-1 if (n := copies(k, kind)) is None else n for kind in _KINDS] for k in Karyotype}
    return np.array([table[k] for k in looked.karyotypes], np.int64).reshape(len(looked), len(_KINDS))


def _looked_at(centres: Rows, looked: Looked) -> Bools:
    """(centres, profiles) whether one run holds the whole centre; of a junction, one each of its ends."""
    here = np.zeros((len(centres), len(looked.profiles)), np.bool_)
    joined = centres["type"] == Type.BND
    for number, runs in enumerate(looked.profiles):
        whole = _inside(runs, centres["contig"], centres["start"], centres["end"])
        low = _inside(runs, centres["contig"], centres["start"], centres["start"])
        high = _inside(runs, centres["mate"], centres["end"], centres["end"])
        here[:, number] = np.where(joined, low & high, whole)
    return here


def looked_at(looked: Looked, mask: Bools, contig: str, start: int, end: int) -> tuple[int, int]:
    """Of an event that nobody has: people of the mask whose caller looked at the whole of it, their copies there."""
    centre = np.zeros(1, CALL)
    centre["contig"] = centre["mate"] = _ORDER[contig]
    centre["start"], centre["end"] = start, end
    people, copies_ = _bases(_looked_at(centre, looked), _pieces(centre), looked, [mask])[0][0].tolist()
    return people, copies_


def _inside(runs: Rows, contig: Ints, start: Ints, end: Ints) -> Bools:
    if not len(runs):
        return np.zeros(len(start), np.bool_)
    line = contig.astype(np.int64) << 32
    at = np.searchsorted(runs["contig"].astype(np.int64) << 32 | runs["start"], line | start, side="right") - 1
    found = runs[np.maximum(at, 0)]
    inside: Bools = (at >= 0) & (found["contig"] == contig) & (end <= found["end"]) & (start <= found["end"])
    return inside


def _bases(here: Bools, pieces: Ints, looked: Looked, masks: Sequence[Bools]) -> list[Ints]:
    """For each group (centres, 2): people who looked there, and their copies. Few profiles and pieces: few sums."""
    n = np.maximum(_copies(looked), 0)
    sums = [np.zeros((len(looked.profiles), len(_KINDS), 2), np.int64) for _ in masks]
    for mask, own in zip(masks, sums, strict=True):
        np.add.at(own[:, :, 0], looked.profile[mask], n[mask] > 0)
        np.add.at(own[:, :, 1], looked.profile[mask], n[mask])
    return [_spread_out(here, pieces, own) for own in sums]


def _spread_out(here: Bools, pieces: Ints, own: Ints) -> Ints:
    """(centres, 2): of the profiles that hold each centre, what `own` (profiles, kinds, 2) has of its piece."""
    found = np.zeros((len(here), 2), np.int64)
    for kind in np.unique(pieces).tolist():
        wanted = np.flatnonzero(pieces == kind)
        for first in range(0, len(wanted), 1024):
            part = wanted[first : first + 1024]
            found[part] = here[part].astype(np.int64) @ own[:, kind]
    return found


def _tallies(persons: _Persons, own_copies: Ints, mask: Bools, base: Ints) -> Ints:
    """(centres, fields of Tally): who has no call there as the base says, who has one as it says."""
    mine = mask[persons.who]
    carries = mine & (persons.most > 0)
    single, two = carries & (persons.n == 1), persons.n == 2
    het, hom = carries & two & (persons.most == 2), carries & two & (persons.most == 3)

    def total(values: Ints | Bools) -> Ints:
        found: Ints = np.bincount(persons.place, weights=values, minlength=len(base)).astype(np.int64)
        return found

    people = base[:, 0] - total(mine & (own_copies > 0)) + total(carries)
    ac = total(carries) + total(hom)
    an = base[:, 1] - total(np.where(mine, own_copies, 0)) + total(np.where(carries, persons.n, 0))
    failed = mine & (persons.most == 0) & (persons.n > 0)
    return np.stack([people, total(carries), ac, an, total(het), total(hom), total(single), total(failed)], axis=1)


def _spreads(rows: Rows, place: Ints, centres: int) -> list[Any]:
    """For each centre the least and most start, end and length of calls that count, and how many there are."""
    low, high = np.full((centres, 3), 1 << 31, np.int64), np.full((centres, 3), -1, np.int64)
    for column, name in enumerate(("start", "end", "length")):
        np.minimum.at(low[:, column], place, rows[name])
        np.maximum.at(high[:, column], place, rows[name])
    calls = np.bincount(place, minlength=centres).tolist()
    ends = np.stack([low, high], axis=2).tolist()
    return [(*((a, b) for a, b in three), n) for three, n in zip(ends, calls, strict=True)]


def _numbers(persons: _Persons, centres: int) -> dict[int, dict[int, int]]:
    """Centre -> copy number -> carriers, where it is said."""
    told = (persons.most > 0) & (persons.copies >= 0)
    found: dict[int, dict[int, int]] = {}
    pairs = np.stack([persons.place[told], persons.copies[told]], axis=1)
    for (place, number), n in zip(*np.unique(pairs, axis=0, return_counts=True), strict=True):
        found.setdefault(int(place), {})[int(number)] = int(n)
    return found


def covers(runs: Rows, contig: int, start: int, end: int) -> bool:
    """True when one run holds the whole of start to end (a boundary where they are equal)."""
    own = runs[runs["contig"] == contig]
    at = int(np.searchsorted(own["start"], start, side="right")) - 1
    return at >= 0 and end <= int(own["end"][at]) and start <= int(own["end"][at])
