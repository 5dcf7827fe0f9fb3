"""Somebody with all rights in the database, who knows how the log is made, but has no key: six ways to bend it.

Each takes the rows of an honest log and a place, and leaves the database as the forger would. `naive` forgers leave the
rest as it was; `clever` ones recompute chain, head and tree, and take away what was signed about what they changed.
"""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, bindparam, text

from embla.platform.ledger.entry import entry_bytes, entry_hash
from embla.platform.ledger.merkle import Tree, leaf_hash

Row = dict[str, Any]
COLUMNS = ("number", "at", "actor", "kind", "subject", "version", "body", "previous", "hash")
GONE = bindparam("gone", expanding=True)
# All rows as one value: a hundred of their own would each be sent and answered.
_PUT = f"INSERT INTO events ({', '.join(COLUMNS)}) SELECT "
PUT_ON_POSTGRES = _PUT + f"{', '.join(COLUMNS)} FROM json_populate_recordset(NULL::events, CAST(:rows AS json))"
PUT_ON_SQLITE = _PUT + ", ".join(f"value ->> '{name}'" for name in COLUMNS) + " FROM json_each(:rows)"


def rows_of(connection: Connection) -> list[Row]:
    """Every row of the log."""
    found = connection.execute(text(f"SELECT {', '.join(COLUMNS)} FROM events ORDER BY number"))
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def edit(rows: list[Row], at: int) -> None:
    """Another actor did it."""
    rows[at - 1]["actor"] = "eve"


def delete(rows: list[Row], at: int) -> None:
    """It never happened."""
    del rows[at - 1]


def delete_and_close_up(rows: list[Row], at: int) -> None:
    """It never happened, and no number is missing."""
    del rows[at - 1]
    renumber(rows)


def reorder(rows: list[Row], at: int) -> None:
    """It happened five entries later (at the end: earlier)."""
    other = at + 5 if at + 5 <= len(rows) else at - 5
    rows[at - 1], rows[other - 1] = rows[other - 1], rows[at - 1]
    renumber(rows)


def swap(rows: list[Row], at: int) -> None:
    """It happened after the next one (at the end: before the last)."""
    at = min(at, len(rows) - 1)
    rows[at - 1], rows[at] = rows[at], rows[at - 1]
    renumber(rows)


def insert(rows: list[Row], at: int) -> None:
    """Something happened in between, and follows what was before it."""
    forged = dict(rows[at - 1]) | {"subject": "forged", "version": 1, "actor": "eve"}
    rows.insert(at - 1, forged)
    renumber(rows)


def cut(rows: list[Row], at: int) -> None:
    """Nothing happened from here on."""
    del rows[at - 1 :]


def fork(rows: list[Row], at: int) -> None:
    """From here on everything was done by another."""
    for row in rows[at - 1 :]:
        row["actor"] = "eve"


def renumber(rows: list[Row]) -> None:
    """Numbers without a gap."""
    for number, row in enumerate(rows, 1):
        row["number"] = number


def recompute(rows: list[Row]) -> None:
    """Chain and hashes that fit."""
    renumber(rows)
    previous = "0" * 64
    for row in rows:
        row["previous"] = previous
        row["hash"] = previous = entry_hash(entry_bytes([row[name] for name in COLUMNS[:8]]))


def write(connection: Connection, rows: list[Row], *, sqlite: bool) -> None:
    """Put these rows in place of the log, triggers off."""
    if sqlite:
        for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        connection.exec_driver_sql("ALTER TABLE events DISABLE TRIGGER ALL")
    # What stays as it was is left alone: a forger has a thousand turns in one test.
    before = {row["number"]: row for row in rows_of(connection)}
    stay = [row["number"] for row in rows if before.get(row["number"]) == row]
    gone = sorted(before.keys() - set(stay))
    if gone:
        connection.execute(text("DELETE FROM events WHERE number IN :gone").bindparams(GONE), {"gone": gone})
    new = [row for row in rows if row["number"] not in set(stay)]
    if new:
        connection.execute(text(PUT_ON_SQLITE if sqlite else PUT_ON_POSTGRES), {"rows": json.dumps(new)})


def tamper(
    connection: Connection, how: Callable[[list[Row], int], None], at: int, *, clever: bool, sqlite: bool
) -> None:
    """Bend the log at entry `at`."""
    rows = rows_of(connection)
    how(rows, at)
    if clever:
        recompute(rows)
    write(connection, rows, sqlite=sqlite)
    if clever:
        tree = Tree()
        tree.extend([leaf_hash(entry_bytes([row[name] for name in COLUMNS[:8]])) for row in rows])
        head = {"number": len(rows), "hash": rows[-1]["hash"] if rows else "0" * 64, "peaks": tree.text()}
        connection.execute(text("UPDATE event_head SET number = :number, hash = :hash, peaks = :peaks"), head)
        connection.execute(text("DELETE FROM log_checkpoints WHERE size >= :at"), {"at": at})
