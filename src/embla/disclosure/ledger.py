"""The ledger of published cohorts: what was published stays comparable with everything that is to be.

A name that goes on (the total of releases, the region 1081 of releases) is a *line*. Parts of one release are protected
as tables (`rules.py`) and against their own past (`any_few`, `singles_out`); everything else, say the cohort of an
export, must differ from each cohort of the ledger by nobody or by `step` people on either side.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from embla.disclosure.members import Members, Persons, compare, pack, unpack
from embla.disclosure.tables import published_cohorts
from embla.errors import Refused

STRATUM: Final = "stratum"
EXPORT: Final = "export"


@dataclass(frozen=True)
class PublishedCohort:
    """One entry. `kind`: stratum (of a release) or export; `line`: the same stratum's name in every release."""

    name: str
    line: str
    kind: str
    at: datetime
    members: Members


def publish_cohorts(connection: Connection, new: Sequence[PublishedCohort], *, step: int, persons: Persons) -> None:
    """Write cohorts into the ledger, in the caller's transaction, before their counts leave. Entries hold genomes;
    `persons` says which of them are of one person, in old entries as in new ones.

    Raises Refused when one differs from a published one by a few people; it names the two cohorts, never who it is. A
    cohort of the same people as a published one adds nothing to know and is welcome.
    """
    for one in new:
        for other in _compared(connection, one, new):
            found = compare(other.members, one.members, step, persons)
            if found.few:
                raise Refused(
                    f"'{one.name}' differs from '{other.name}' by fewer than {step} people: {found}. "
                    "Who subtracts one from the other sees those few.",
                    mend="Publish it when more people differ, or a cohort that has been published.",
                    difference=found.name.lower(),
                )
    for one in new:
        connection.execute(
            insert(published_cohorts).values(
                name=one.name, line=one.line, kind=one.kind, at=one.at, people=len(one.members),
                members=pack(one.members),
            )
        )  # fmt: skip


def published(connection: Connection, line: str | None = None) -> list[PublishedCohort]:
    """The entries of a line, or all, oldest first."""
    query = select(published_cohorts).order_by("at", "name")
    if line is not None:
        query = query.where(published_cohorts.c.line == line)
    return [_entry(row) for row in connection.execute(query)]


def published_under(connection: Connection, names: Iterable[str]) -> list[PublishedCohort]:
    """The entries of these names."""
    query = select(published_cohorts).where(published_cohorts.c.name.in_(list(names)))
    return [_entry(row) for row in connection.execute(query.order_by("name"))]


def _compared(
    connection: Connection, one: PublishedCohort, beside: Sequence[PublishedCohort]
) -> Iterable[PublishedCohort]:
    yield from published(connection, one.line if one.kind == STRATUM else None)
    if one.kind == STRATUM:
        yield from (other for other in published(connection) if other.kind != STRATUM)
    else:
        yield from (other for other in beside if other is not one)


def _entry(row: object) -> PublishedCohort:
    return PublishedCohort(row.name, row.line, row.kind, row.at, unpack(row.members, row.people))  # type: ignore[attr-defined]
