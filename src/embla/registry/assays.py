"""Assays: what was measured of a sample, with its files; and what had been reported by any moment, counted from them.

Person -> case -> sample -> assay -> file. An assay whose calls were read has a genome; RNA, arrays and raw reads have
none. An assay lives and ends with its genome, or with its submission.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, insert, or_, select, update

from embla.platform import NewId
from embla.registry import tables
from embla.registry.model.equivalents import Equivalent, Reported, summed


@dataclass(frozen=True)
class Assay:
    """One measurement of one sample. `genome` is its accession, None where no callset was read; `depth` in x;
    `equivalents` None when not computable, `because` says why; `rules` the rule set it was checked by."""

    id: str
    sample: str
    person: str
    case: str
    laboratory: str
    submission: str
    genome: str | None
    assay: str
    material: str
    origin: str
    technology: str
    depth: float | None
    equivalents: int | None
    because: str
    source: str
    study: str | None
    rules: int
    accepted: datetime
    state: str = "accepted"
    ended: datetime | None = None


_FIELDS = tuple(Assay.__dataclass_fields__)


def add_assay(connection: Connection, *, files: Iterable[tuple[str, str, str]], new_id: NewId, **values: Any) -> str:
    """Write one assay and its files (SHA-256, path, format); returns its id. `values` are the other fields of Assay."""
    name = "A" + new_id()
    equivalent: Equivalent = values.pop("equivalent")
    connection.execute(
        insert(tables.assays).values(
            id=name, equivalents=equivalent.value, because=equivalent.because, state="accepted", **values
        )
    )
    for sha256, path, form in files:
        connection.execute(insert(tables.assay_files).values(assay=name, sha256=sha256, path=path, format=form))
    return name


def add_specimen(connection: Connection, *, new_id: NewId, **values: Any) -> str:
    """Write one specimen that is not human; returns its id."""
    name = "N" + new_id()
    connection.execute(insert(tables.specimens).values(id=name, **values))
    return name


def find_assay(connection: Connection, name: str) -> Assay | None:
    """The assay of this id, in whatever state."""
    return next(iter(_list(connection, tables.assays.c.id == name)), None)


def assays_of_person(connection: Connection, person: str) -> list[Assay]:
    """Every assay of a person, in whatever state, oldest first."""
    return _list(connection, tables.assays.c.person == person)


def assays_of_submission(connection: Connection, submission: str) -> list[Assay]:
    """What one submission brought."""
    return _list(connection, tables.assays.c.submission == submission)


def assays_of_sample(connection: Connection, laboratory: str, key: str) -> list[Assay]:
    """Accepted assays of the sample that a laboratory calls `key`."""
    samples = tables.samples
    sample = select(samples.c.id).where(samples.c.laboratory == laboratory, samples.c.key == key)
    return _list(connection, tables.assays.c.sample.in_(sample) & (tables.assays.c.state == "accepted"))


def standing_assays(
    connection: Connection, *, genomes: Collection[str] = (), submission: str | None = None, person: str | None = None
) -> list[dict[str, str]]:
    """Accepted assays of these genomes, of a submission, of a person; what an event that ends them names, so that
    whoever folds the log takes back exactly those."""
    table = tables.assays.c
    where: list[ColumnElement[bool]] = [table.genome.in_(list(genomes))]
    where += [table.submission == submission] if submission is not None else []
    where += [table.person == person] if person is not None else []
    query = select(table.id, table.submission).where(or_(*where), table.state == "accepted").order_by(table.id)
    return [{"assay": row.id, "submission": row.submission} for row in connection.execute(query)]


def files_of_assays(connection: Connection, assays: Collection[str]) -> set[str]:
    """SHA-256 of every file that these assays were read from."""
    table = tables.assay_files
    return set(connection.execute(select(table.c.sha256).where(table.c.assay.in_(list(assays)))).scalars())


def end_assays(connection: Connection, where: Any, state: str, *, at: datetime) -> None:
    """Set accepted assays to replaced or withdrawn."""
    here = where & (tables.assays.c.state == "accepted")
    connection.execute(update(tables.assays).where(here).values(state=state, ended=at))


def end_assays_of_genomes(connection: Connection, accessions: Collection[str], state: str, *, at: datetime) -> None:
    """Those that genomes were read from."""
    end_assays(connection, tables.assays.c.genome.in_(list(accessions)), state, at=at)


def end_assays_of_submission(connection: Connection, submission: str, state: str, *, at: datetime) -> None:
    """All that a submission brought."""
    end_assays(connection, tables.assays.c.submission == submission, state, at=at)


def end_assays_of_person(connection: Connection, person: str, state: str, *, at: datetime) -> None:
    """All of a person."""
    end_assays(connection, tables.assays.c.person == person, state, at=at)


def reported(connection: Connection, at: datetime) -> Reported:
    """What had been reported, and had neither been replaced nor withdrawn, by a moment. Counted in the database."""
    table = tables.assays
    there = (table.c.accepted <= at) & or_(table.c.ended.is_(None), table.c.ended > at)
    again = table.c.because.like("counted already%")
    query = (
        select(
            table.c.source,
            # A sample whose calls came after its reads has two assays, and is one sample.
            func.sum(case((again, 0), else_=1)),
            func.sum(case((table.c.genome.is_not(None), 1), else_=0)),
            func.coalesce(func.sum(table.c.equivalents), 0),
            func.sum(case((again, 0), (table.c.equivalents.is_(None), 1), else_=0)),
        )
        .where(there)
        .group_by(table.c.source)
    )
    made = summed([])
    samples, genomes, value, unknown = dict(made.samples), 0, 0, 0
    for source, n, with_genome, equivalents, none in connection.execute(query):
        samples[source] = n
        genomes, value, unknown = genomes + with_genome, value + int(equivalents), unknown + none
    specimens = tables.specimens
    others = connection.execute(
        select(func.count()).select_from(specimens).where(specimens.c.accepted <= at)
    ).scalar_one()
    return Reported(samples, genomes, value, unknown, int(others))


def ordered_arrivals(connection: Connection, after: date | None = None) -> Iterator[tuple[date, str, int | None]]:
    """(day, laboratory, equivalents) of every sample that was ever reported, in that order; of later days than `after`.

    A sample stands where it came first: a correction, or calls after the reads, is not reported again. One that was
    withdrawn since stays: it was reported, and a gap would tell of who left.
    """
    table = tables.assays.c
    query = select(table.sample, table.accepted, table.laboratory, table.equivalents)
    if after is not None:
        query = query.where(table.accepted > end_of_day(after))
    seen: set[str] = set()
    for row in connection.execute(query.order_by(table.accepted, table.id)):
        if row.sample not in seen:
            seen.add(row.sample)
            yield row.accepted.date(), row.laboratory, row.equivalents


@dataclass(frozen=True)
class Arrival:
    """A sample as it was first reported. `name`: its genome's accession, or the assay's id where it has none."""

    name: str
    laboratory: str
    accepted: datetime
    equivalents: int | None


def arrivals_of(connection: Connection, laboratory: str) -> Iterator[Arrival]:
    """A laboratory's own samples in the order of `ordered_arrivals`."""
    table = tables.assays.c
    query = select(table.sample, table.id, table.genome, table.accepted, table.laboratory, table.equivalents)
    seen: set[str] = set()
    for row in connection.execute(query.where(table.laboratory == laboratory).order_by(table.accepted, table.id)):
        if row.sample not in seen:
            seen.add(row.sample)
            yield Arrival(row.genome or row.id, row.laboratory, row.accepted, row.equivalents)


def end_of_day(day: date) -> datetime:
    """The last moment of a day, UTC."""
    return datetime.combine(day, time.max, UTC)


def _list(connection: Connection, where: Any) -> list[Assay]:
    columns = [tables.assays.c[name] for name in _FIELDS]
    query = select(*columns).where(where).order_by(tables.assays.c.accepted, tables.assays.c.id)
    return [Assay(**row._mapping) for row in connection.execute(query)]
