"""Clusters and histograms of a region or of everything, for people who were chosen. System code: who asks is decided
above, nothing of one person comes out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from embla.genome import GRCH38, Karyotype, Region
from embla.registry import CountedGenome
from embla.structural import store
from embla.structural.model.counting import Cluster, Looked, count_clusters, looked_at
from embla.structural.model.matching import REACH
from embla.structural.model.repeats import Locus, count_loci
from embla.structural.model.values import MAX_SPAN, Kind, Rows
from embla.structural.reading.breakends import place_of
from embla.structural.sealing import Keys

if TYPE_CHECKING:
    from embla.platform import Wrapping

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Called:
    """Those of a cohort for whom a kind was called: `index` of each in the cohort, places by accession; what
    opens their rows."""

    kind: Kind
    index: Ints
    places: dict[str, int]
    looked: Looked
    keys: Keys = field(repr=False)

    def groups(self, masks: Sequence[Bools]) -> list[Bools]:
        """Masks over the cohort as masks over these."""
        return [mask[self.index] for mask in masks]


def called(connection: Connection, wrapping: "Wrapping", kind: Kind, people: Sequence[CountedGenome]) -> Called:
    """Who of these people was looked at for a kind."""
    known, keys = store.looked_for(connection, wrapping, kind, {person.accession for person in people})
    index = [number for number, person in enumerate(people) if person.accession in known]
    profile, runs = store.read_profiles(connection, kind, known, keys)
    looked = Looked(
        tuple(Karyotype(people[number].karyotype) for number in index),
        np.array([profile[people[number].accession] for number in index], np.int64),
        tuple(runs),
    )
    places = {people[number].accession: place for place, number in enumerate(index)}
    return Called(kind, np.array(index, np.int64), places, looked, keys)


def clusters_in(
    connection: Connection, who: Called, region: Region, groups: Sequence[Bools] = ()
) -> list[Cluster]:  # fmt: skip
    """Clusters of a kind that touch a region (of a junction: with either end). The same as in a count of everything."""
    rows, own = _near(connection, who, region)
    if who.kind != "cnv":
        there, theirs = store.read_piece(connection, who.kind, store.BETWEEN, 0, who.places, who.keys)
        contig = place_of(GRCH38.contig(region.contig))
        near = (there["contig"] == contig) | (there["mate"] == contig)
        rows, own = np.concatenate([rows, there[near]]), np.concatenate([own, theirs[near]])
    found = count_clusters(rows, own, who.looked, groups, cnv=who.kind == "cnv")
    return [one for one in found if touches(one, region)]


def looked_without(
    connection: Connection, who: Called, contig: str, start: int, end: int, fits: Callable[[Any], bool]
) -> tuple[int, int]:
    """People whose caller looked at the whole of a place and has no call there that `fits`, and their copies: whose
    only call failed or has no genotype is in no denominator, as in that of a cluster."""
    rows, own = _near(connection, who, Region(contig, max(0, start - 1), end + 1))
    near = np.abs(rows["start"].astype(np.int64) - start) <= max(REACH, (end - start) // 4 + 1)
    sites, site = np.unique(rows[near], return_inverse=True)
    fitting = np.array([fits(one) for one in sites], np.bool_)
    others = np.ones(len(who.looked), np.bool_)
    others[own[near][fitting[site]]] = False
    return looked_at(who.looked, others, contig, start, end)


def _near(connection: Connection, who: Called, region: Region) -> tuple[Rows, Ints]:
    """Calls within one contig that can have a part in clusters of the region; of copy numbers all of the contig."""
    if who.kind == "cnv":
        return store.read_piece(connection, who.kind, place_of(GRCH38.contig(region.contig)), 0, who.places, who.keys)
    return _around(connection, who, region)


def touches(one: Cluster, region: Region) -> bool:
    """Does an event change bases of the region, or does an end of a junction lie in it?"""
    if one.mate != one.contig:
        low = one.contig == region.contig and region.start <= one.start <= region.end
        return low or (one.mate == region.contig and region.start <= one.end <= region.end)
    if one.contig != region.contig:
        return False
    return one.start < region.end and one.end > region.start or region.start <= one.start == one.end <= region.end


def _around(connection: Connection, who: Called, region: Region) -> tuple[Rows, Ints]:
    """What touches the region, with all that can have a part in its clusters: calls are read piece by piece until the
    chains of starts that hold something of the region end in what was read."""
    contig = place_of(GRCH38.contig(region.contig))
    last = GRCH38.contig(region.contig).length // store.BIN
    first = max(0, region.start - store.LONG - REACH) // store.BIN
    wanted = {store.FAR, *range(first, min(last, (region.end + REACH) // store.BIN) + 1)}
    read: dict[int, tuple[Rows, Ints]] = {}
    while True:
        for piece in sorted(wanted - set(read)):
            read[piece] = store.read_piece(connection, who.kind, contig, piece, who.places, who.keys)
        rows = np.concatenate([own for own, _ in read.values()])
        people = np.concatenate([own for _, own in read.values()])
        order = np.argsort(rows["start"], kind="stable")
        rows, people = rows[order], people[order]
        chain = np.cumsum(np.diff(rows["start"].astype(np.int64), prepend=0) > REACH) if len(rows) else people
        here = (rows["start"] <= region.end) & (rows["end"] >= region.start)
        kept = np.isin(chain, np.unique(chain[here]))
        starts = rows["start"][kept].astype(np.int64)
        near = np.unique(np.concatenate([starts - REACH, starts, starts + REACH])) // store.BIN
        wanted |= {piece for piece in near.tolist() if 0 <= piece <= last}
        if wanted == set(read):
            return rows[kept], people[kept]


def loci_in(
    connection: Connection, who: Called, region: Region, groups: Sequence[Bools] = ()
) -> list[Locus]:  # fmt: skip
    """Repeats that touch a region."""
    contig = place_of(GRCH38.contig(region.contig))
    first, last = max(0, region.start - MAX_SPAN) // store.BIN, region.end // store.BIN
    read = [
        store.read_piece(connection, "str", contig, piece, who.places, who.keys) for piece in range(first, last + 1)
    ]
    rows, own = np.concatenate([one for one, _ in read]), np.concatenate([one for _, one in read])
    here = (rows["start"] < region.end) & (rows["end"] > region.start)
    return count_loci(rows[here], own[here], len(who.looked), groups)


def every_cluster(connection: Connection, who: Called) -> Iterator[list[Cluster]]:
    """All clusters of a kind, contig by contig: no more than one contig's calls are held at once."""
    contigs: dict[int, list[int]] = {}
    for contig, piece in store.pieces_of(connection, who.kind):
        contigs.setdefault(contig, []).append(piece)
    for contig, pieces in contigs.items():
        read = [store.read_piece(connection, who.kind, contig, piece, who.places, who.keys) for piece in pieces]
        rows, own = np.concatenate([one for one, _ in read]), np.concatenate([one for _, one in read])
        yield count_clusters(rows, own, who.looked, cnv=who.kind == "cnv")


def every_locus(connection: Connection, who: Called) -> Iterator[list[Locus]]:
    """All repeats, piece by piece."""
    for contig, piece in store.pieces_of(connection, "str"):
        rows, own = store.read_piece(connection, "str", contig, piece, who.places, who.keys)
        yield count_loci(rows, own, len(who.looked))
