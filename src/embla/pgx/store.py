"""Passports in the database, no rules; and what goes when a person leaves."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from embla.pgx import tables
from embla.pgx.kept_members import forget_members
from embla.platform import append_event

# The genome that a passport stands on was replaced by a correction.
CORRECTED: Final = "genome-corrected"


@dataclass(frozen=True)
class Issued:
    """One version of a person's passport. `state`: current, replaced or revoked. Texts are empty after withdrawal."""

    id: str
    person: str
    genome: str
    version: int
    state: str
    issued: datetime
    issued_by: str
    ended: datetime | None
    reason: str | None
    replaced_by: str | None
    document: str
    card: str
    changes: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Without the document."""
        names = ("id", "genome", "version", "state", "reason", "replaced_by", "changes")
        times = {"issued": self.issued.isoformat(), "ended": self.ended.isoformat() if self.ended else None}
        return {name: getattr(self, name) for name in names} | times


def passports_of(connection: Connection, person: str) -> list[Issued]:
    """Every version, newest first."""
    table = tables.passports
    query = select(table).where(table.c.person == person).order_by(table.c.version.desc())
    return [_issued(row) for row in connection.execute(query)]


def find_passport(connection: Connection, identifier: str) -> Issued | None:
    """One version by its id."""
    row = connection.execute(select(tables.passports).where(tables.passports.c.id == identifier)).one_or_none()
    return None if row is None else _issued(row)


def add_passport(connection: Connection, issued: Issued) -> None:
    """Keep a new version; the one before is replaced by it."""
    table = tables.passports
    here = (table.c.person == issued.person) & (table.c.state == "current")
    values = {"state": "replaced", "ended": issued.issued, "replaced_by": issued.id}
    connection.execute(update(table).where(here).values(**values))
    row = {name: getattr(issued, name) for name in Issued.__dataclass_fields__}
    connection.execute(insert(table).values(**row | {"changes": json.dumps(issued.changes)}))


def end_passport(connection: Connection, identifier: str, reason: str, at: datetime) -> bool:
    """Revoke a version; False where it was revoked already."""
    table = tables.passports
    here = (table.c.id == identifier) & (table.c.state != "revoked")
    return connection.execute(
        update(table).where(here).values(state="revoked", reason=reason, ended=at)
    ).rowcount == 1  # fmt: skip


def ended_passports(connection: Connection) -> tuple[list[str], dict[str, str]]:
    """Ids that are revoked, and ids that are replaced with what replaced them."""
    table = tables.passports
    rows = list(connection.execute(select(table.c.id, table.c.state, table.c.replaced_by).order_by(table.c.id)))
    revoked = [row.id for row in rows if row.state == "revoked"]
    return revoked, {row.id: row.replaced_by for row in rows if row.state == "replaced" and row.replaced_by}


def forget_person(connection: Connection, person: str, genomes: Sequence[str], at: datetime) -> None:
    """A person leaves: results go, passports are revoked and lose what they say, and what was published no longer knows
    whom it counted. In the caller's transaction."""
    for table in (tables.results, tables.drugs, tables.changed):
        connection.execute(delete(table).where(table.c.person == person))
    forget_members(connection, person)
    table = tables.passports
    empty = {"document": "", "card": "", "changes": "{}"}
    connection.execute(update(table).where(table.c.person == person).values(**empty))
    alive = (table.c.person == person) & (table.c.state != "revoked")
    connection.execute(update(table).where(alive).values(state="revoked", reason="withdrawn", ended=at))


def end_replaced(connection: Connection, genomes: Sequence[str], actor: str, at: datetime) -> None:
    """A correction takes the place of genomes: what was made of them goes, and every passport that stands on one is
    revoked, also one that a later version has replaced. In the caller's transaction.

    A correction says that the calls were wrong, maybe another person's; so the card must not be believed a day longer.
    """
    for table in (tables.results, tables.drugs):
        connection.execute(delete(table).where(table.c.genome.in_(genomes)))
    table = tables.passports
    alive = table.c.genome.in_(genomes) & (table.c.state != "revoked")
    for row in list(connection.execute(select(table.c.id, table.c.person).where(alive).order_by(table.c.id))):
        end_passport(connection, row.id, CORRECTED, at)
        append_event(
            connection, at=at, actor=actor, kind="passport-revoked", subject=f"person:{row.person}",
            body={"passport": row.id, "reason": CORRECTED},
        )  # fmt: skip


def _issued(row: Row[Any]) -> Issued:
    return Issued(**dict(row._mapping) | {"changes": json.loads(row.changes)})
