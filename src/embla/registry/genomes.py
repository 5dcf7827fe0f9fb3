"""Genomes: accepted callsets, numbered in the order of acceptance. A row is never deleted, its state changes."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from embla.errors import Refused
from embla.platform import newest_events
from embla.registry import tables
from embla.registry.assays import end_assays_of_genomes
from embla.registry.model.values import Genome, accession

_FIELDS = tuple(Genome.__dataclass_fields__)


def next_accession(connection: Connection) -> int:
    """The number that the next accepted genome gets.

    Sure only together with the store's pointer: who reads both, and later moves the pointer from what was read, knows
    that nobody accepted a genome in between. A home that came back from a backup goes on behind every number that may
    have been given since that was made, so that no two people ever have the same.
    """
    here = connection.execute(select(func.max(tables.genomes.c.number))).scalar() or 0
    came_back = newest_events(connection, kinds=("home-restored",), limit=1).items
    return max([here, *(int(event.body["last_number"]) for event in came_back)]) + 1


def add_genome(connection: Connection, number: int, **values: Any) -> str:
    """Write one genome row in the state accepted; returns its accession. `values` are the other fields of Genome."""
    name = accession(number)
    connection.execute(insert(tables.genomes).values(number=number, accession=name, state="accepted", **values))
    return name


def end_genomes(connection: Connection, accessions: Collection[str], state: str, *, at: datetime) -> None:
    """Set genomes to replaced or withdrawn; Refused when one of them is not accepted any more."""
    if state not in ("replaced", "withdrawn"):
        raise ValueError(state)
    for name in accessions:
        living = (tables.genomes.c.accession == name) & (tables.genomes.c.state == "accepted")
        if connection.execute(update(tables.genomes).where(living).values(state=state, ended=at)).rowcount != 1:
            raise Refused(f"{name} is not an accepted genome.", accession=name)
    end_assays_of_genomes(connection, accessions, state, at=at)


def genomes_accepted_by(connection: Connection, at: datetime) -> int:
    """How many genomes had been accepted by a moment and are counted on: what growth is told from."""
    table = tables.genomes
    alive = (table.c.accepted <= at) & (table.c.state == "accepted")
    return connection.execute(select(func.count()).select_from(table).where(alive)).scalar() or 0


def withdrawn_accessions(connection: Connection) -> list[str]:
    """Accessions of every genome of those who left, also of those replaced before, and ids of their assays that have
    none (RNA, reads): what a restored backup must withdraw again, with its files."""
    found: list[str] = []
    left = tables.erasures
    for table, name in ((tables.genomes, tables.genomes.c.accession), (tables.assays, tables.assays.c.id)):
        theirs = (left.c.person == table.c.person) & (table.c.accepted <= left.c.withdrawn_at)
        ended = (table.c.state == "withdrawn") | (
            (table.c.state != "accepted") & select(left.c.id).where(theirs).exists()
        )
        query = select(name).where(ended)
        if table is tables.assays:
            query = query.where(table.c.genome.is_(None))
        found += list(connection.execute(query).scalars())
    return found


def left_at(connection: Connection, person: str) -> datetime | None:
    """When a person withdrew last; None for one who never did."""
    left = tables.erasures.c
    return connection.execute(select(func.max(left.withdrawn_at)).where(left.person == person)).scalar()


def first_numbers(connection: Connection) -> dict[int, int]:
    """Genome -> the lowest number that a genome of the same person ever had, in whatever state; genomes that have that
    number themselves are left out. Rows are never deleted nor given to somebody else, so it never changes."""
    table = tables.genomes
    first = func.min(table.c.number).over(partition_by=table.c.person).label("first")
    every = select(table.c.number, first).subquery()
    query = select(every.c.number, every.c.first).where(every.c.number != every.c.first)
    return {row.number: row.first for row in connection.execute(query)}


def find_genome(connection: Connection, name: str) -> Genome | None:
    """The genome of this accession, in whatever state."""
    row = connection.execute(select(tables.genomes).where(tables.genomes.c.accession == name)).one_or_none()
    return None if row is None else _genome(row)


def genomes_named(connection: Connection, names: Sequence[str]) -> list[Genome]:
    """The genomes of these accessions, in whatever state, in order."""
    found: list[Genome] = []
    for start in range(0, len(names), 500):
        found += _list(connection, tables.genomes.c.accession.in_(names[start : start + 500]))
    return sorted(found, key=lambda one: one.accession)


def genomes_of_submission(connection: Connection, submission: str) -> list[Genome]:
    """What one submission brought, by accession."""
    return _list(connection, tables.genomes.c.submission == submission)


def genomes_of_case(connection: Connection, case: str) -> list[Genome]:
    """Accepted genomes of one case, by accession."""
    return _list(connection, (tables.genomes.c.case == case) & (tables.genomes.c.state == "accepted"))


def genomes_of_person(connection: Connection, person: str) -> list[Genome]:
    """Accepted genomes of one person, by accession."""
    return _list(connection, (tables.genomes.c.person == person) & (tables.genomes.c.state == "accepted"))


def accepted_genomes(connection: Connection) -> list[Genome]:
    """Every accepted genome, by accession."""
    return _list(connection, tables.genomes.c.state == "accepted")


def genomes_with_source(connection: Connection, sources: Iterable[str], contents: Iterable[str]) -> list[Genome]:
    """Accepted genomes that were made from one of these files or hold exactly these calls."""
    table = tables.genomes
    same = table.c.source.in_(list(sources)) | table.c.content.in_(list(contents))
    return _list(connection, same & (table.c.state == "accepted"))


def _list(connection: Connection, where: Any) -> list[Genome]:
    rows = connection.execute(select(tables.genomes).where(where).order_by(tables.genomes.c.number))
    return [_genome(row) for row in rows]


def _genome(row: Row[Any]) -> Genome:
    return Genome(**{name: getattr(row, name) for name in _FIELDS})
