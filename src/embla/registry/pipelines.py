"""Pipelines of laboratories: their validation, noted step by step and never changed, and what made a set of genomes."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select

from embla.errors import NotFound, UsageError
from embla.platform import Actor, append_event
from embla.registry import tables
from embla.registry.model.pipeline import STATES, Key, MadeBy, Step, made_by
from embla.registry.organisations import find_laboratory

_FIELDS = tuple(Step.__dataclass_fields__)
_AT_ONCE = 500


def note_pipeline(
    connection: Connection,
    laboratory: str,
    pipeline: str,
    version: str,
    *,
    state: str,
    since: date,
    reference: str = "",
    by: Actor,
    at: datetime,
) -> Step:
    """Note a step: from `since` on the laboratory's version is in this state. Earlier steps stay. NotFound for an
    unknown laboratory, UsageError for anything that cannot be."""
    if find_laboratory(connection, laboratory) is None:
        raise NotFound(f"No laboratory is called '{laboratory[:40]}'.", mend="`embla registry labs` lists the ids.")
    if state not in STATES:
        raise UsageError("This is no state of a pipeline.", mend=f"Known: {', '.join(STATES)}.")
    for text, least in ((pipeline, 1), (version, 1), (reference, 0)):
        if not least <= len(text) <= 200 or not (text.isprintable() or not text):
            raise UsageError("A pipeline, a version and a reference have 1 to 200 visible characters.")
    if state == "validated" and not reference:
        raise UsageError("A validation has a reference.", mend="Name the validation report with --reference.")
    table = tables.pipeline_steps
    number = (connection.execute(select(func.max(table.c.number))).scalar() or 0) + 1
    step = Step(number, laboratory, pipeline, version, state, since, reference, by.id, at)
    connection.execute(insert(table).values({name: getattr(step, name) for name in _FIELDS}))
    body = {"pipeline": pipeline, "version": version, "state": state, "since": since.isoformat(), "step": number}
    append_event(connection, at=at, actor=by.id, kind="pipeline-noted", subject=f"laboratory:{laboratory}", body=body)
    return step


def pipeline_steps(connection: Connection, laboratory: str | None = None) -> list[Step]:
    """Every step, of one laboratory or of all, in the order in which they were noted."""
    table = tables.pipeline_steps
    query = select(*(table.c[name] for name in _FIELDS)).order_by(table.c.number)
    if laboratory is not None:
        query = query.where(table.c.laboratory == laboratory)
    return [Step(**row._mapping) for row in connection.execute(query)]


def versions_of(connection: Connection, accessions: Iterable[str] | Select[Any]) -> dict[Key, int]:
    """How many of these genomes each laboratory's version of a pipeline made; `accessions` may be a query of them."""
    table = tables.genomes
    if isinstance(accessions, Select):
        return _counted(connection, table.c.accession.in_(accessions))
    wanted, found = list(accessions), dict[Key, int]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = _counted(connection, table.c.accession.in_(wanted[start : start + _AT_ONCE]))
        found |= {key: found.get(key, 0) + number for key, number in some.items()}
    return found


def made_of(connection: Connection, versions: Mapping[Key, int], on: date) -> MadeBy:
    """What is known on a day of the versions that made some genomes."""
    return made_by(versions.items(), pipeline_steps(connection), on)


def made_by_laboratory(connection: Connection, laboratory: str | None, on: date) -> MadeBy:
    """The same of the accepted genomes of one laboratory; for None of all accepted germline genomes."""
    table = tables.genomes.c
    mine = table.origin == "germline" if laboratory is None else table.laboratory == laboratory
    counted = _counted(connection, (table.state == "accepted") & mine)
    return made_by(counted.items(), pipeline_steps(connection, laboratory), on)


def _counted(connection: Connection, where: ColumnElement[bool]) -> dict[Key, int]:
    table = tables.genomes.c
    columns = (table.laboratory, table.pipeline, table.pipeline_version)
    query = select(*columns, func.count()).where(where).group_by(*columns)
    return {(str(a), str(b), str(c)): int(n) for a, b, c, n in connection.execute(query)}
