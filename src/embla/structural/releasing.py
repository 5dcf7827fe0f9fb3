"""What a release says of structural variants: worked out before it is committed, kept exactly, never worked out again.

For each kind the people are those of the release for whom it was called. They are fewer than all, so two releases may
differ by few of them though many people came: then the kind keeps the numbers of an earlier release, or, where somebody
who left is in those, has none until enough people differ. Who was sequenced again neither came nor left.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import Connection, insert, select

from embla.disclosure import Members, Persons, compare, is_small, members
from embla.genome import Region
from embla.registry import CountedGenome
from embla.structural import tables
from embla.structural.gathering import called, every_cluster, every_locus, touches
from embla.structural.model.counting import Cluster, Tally
from embla.structural.model.repeats import Histogram, Locus, Size
from embla.structural.model.values import KINDS, Kind, Type

if TYPE_CHECKING:
    from embla.platform import Wrapping

_BATCH: Final = 10_000


@dataclass(frozen=True)
class Part:
    """One kind of a release to be. `source` None: counted for it, `found`; else the release whose numbers it shows."""

    kind: Kind
    source: str | None
    numbers: Members | None
    found: tuple[Cluster | Locus, ...]


def prepare_release(
    connection: Connection, wrapping: "Wrapping", people: Sequence[CountedGenome], *, newest: str | None, step: int,
    below: int, moves: bool, persons: Persons,
) -> list[Part]:  # fmt: skip
    """What the next release will show of each kind. `newest`: the release before; `moves` False: its numbers stay."""
    parts = []
    for kind in KINDS:
        before = _source(connection, newest, kind) if newest else None
        if not moves:
            if before is not None:
                parts.append(Part(kind, before, None, ()))
            continue
        who = called(connection, wrapping, kind, people)
        now = members(int(name.removeprefix("EMBG")) for name in who.places)
        if not len(now) or is_small(len(now), below):
            continue
        if any(compare(past, now, step, persons).few for past in _pasts(connection, kind)):
            if before is not None and not _left(connection, before, kind, people, persons):
                parts.append(Part(kind, before, None, ()))
            continue
        batches = every_locus(connection, who) if kind == "str" else every_cluster(connection, who)
        found: tuple[Cluster | Locus, ...] = tuple(_told_names(one, below) for batch in batches for one in batch)
        parts.append(Part(kind, None, now, found))
    return parts


def _told_names(one: Cluster | Locus, below: int) -> Cluster | Locus:
    """Without the names that too few files give: they leave with the person, and are not kept in a release."""
    if not isinstance(one, Locus):
        return one
    told = one.names(below)
    return replace(one, named=tuple(pair for pair in one.named if pair[0] in told))


def keep_release(connection: Connection, release: str, parts: Sequence[Part]) -> None:
    """Write it, in the transaction that makes the release."""
    for part in parts:
        packed = zlib.compress(part.numbers.astype("<i8").tobytes()) if part.numbers is not None else None
        people = len(part.numbers) if part.numbers is not None else 0
        connection.execute(
            insert(tables.parts).values(
                release=release, kind=part.kind, source=part.source or release, people=people, members=packed
            )
        )
        rows = [_row(release, part.kind, number, one) for number, one in enumerate(part.found)]
        for first in range(0, len(rows), _BATCH):
            connection.execute(insert(tables.published), rows[first : first + _BATCH])


@dataclass(frozen=True)
class Shown:
    """What a release has of one kind in a region. `source` None: it was not loaded. `people`: called for the kind."""

    kind: Kind
    source: str | None
    people: int
    clusters: tuple[Cluster, ...] = ()
    loci: tuple[Locus, ...] = ()


def published_in(connection: Connection, release: str, kind: Kind, region: Region) -> Shown:
    """Exact numbers of a release; they pass `suppress` before they leave."""
    source = _source(connection, release, kind)
    if source is None:
        return Shown(kind, None, 0)
    own = tables.published
    people = connection.execute(
        select(tables.parts.c.people).where(tables.parts.c.release == source, tables.parts.c.kind == kind)
    ).scalar_one()
    here = (own.c.contig == region.contig) & (own.c.start <= region.end)
    here &= (own.c.mate != region.contig) | (own.c.end >= region.start)
    here |= (own.c.mate == region.contig) & (own.c.end >= region.start) & (own.c.contig != region.contig)
    query = select(own.c.told).where(own.c.release == source, own.c.kind == kind, here).order_by(own.c.number)
    found = [json.loads(text) for text in connection.execute(query).scalars()]
    if kind == "str":
        return Shown(kind, source, people, loci=tuple(_locus(told) for told in found))
    clusters = (_cluster(told) for told in found)
    return Shown(kind, source, people, tuple(one for one in clusters if touches(one, region)))


def _source(connection: Connection, release: str | None, kind: Kind) -> str | None:
    own = tables.parts
    return connection.execute(select(own.c.source).where(own.c.release == release, own.c.kind == kind)).scalar()


def _pasts(connection: Connection, kind: Kind) -> list[Members]:
    own = tables.parts
    query = select(own.c.members).where(own.c.kind == kind, own.c.members.is_not(None)).order_by(own.c.release)
    return [_members(data) for data in connection.execute(query).scalars()]


def _left(
    connection: Connection, source: str, kind: Kind, people: Sequence[CountedGenome], persons: Persons
) -> bool:  # fmt: skip
    """Is somebody in the numbers of that release who is not among these people?"""
    own = tables.parts
    query = select(own.c.members).where(own.c.release == source, own.c.kind == kind)
    now = members(int(person.accession.removeprefix("EMBG")) for person in people)
    before = persons.cohort(_members(connection.execute(query).scalar_one()))
    return not np.isin(before, persons.cohort(now)).all()


def _members(data: bytes) -> Members:
    return np.frombuffer(zlib.decompressobj().decompress(data, 1 << 30), "<i8").astype(np.int64)


def _row(release: str, kind: Kind, number: int, one: Cluster | Locus) -> dict[str, Any]:
    mate = one.contig if isinstance(one, Locus) else one.mate
    return {
        "release": release, "kind": kind, "number": number, "contig": one.contig, "start": one.start, "end": one.end,
        "mate": mate, "names": "", "told": json.dumps(asdict(one), separators=(",", ":")),
    }  # fmt: skip


def _cluster(told: dict[str, Any]) -> Cluster:
    pairs = {name: tuple(told[name]) for name in ("starts", "ends", "lengths")}
    tallies = tuple(Tally(**one) for one in told["tallies"])
    copies = {int(number): n for number, n in told["copies"].items()}
    return Cluster(**{**told, **pairs, "type": Type(told["type"]), "tallies": tallies, "copies": copies})


def _locus(told: dict[str, Any]) -> Locus:
    histograms = tuple(
        Histogram(**{**one, "sizes": tuple(Size(**size) for size in one["sizes"])}) for one in told["histograms"]
    )
    # Of a release of before nobody knows how many files gave a name (`names`): it has none.
    told.pop("names", None)
    named = tuple((name, people) for name, people in told.get("named", ()))
    return Locus(**{**told, "named": named, "histograms": histograms})
