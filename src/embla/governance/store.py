"""The ledger's rows, and what the refunds are counted from. No rules."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from embla.governance.model.ledger import Ledger, Line
from embla.governance.tables import board_ledger


def read_ledger(connection: Connection) -> Ledger:
    """Every entry, in order."""
    rows = connection.execute(select(board_ledger).order_by(board_ledger.c.number))
    return Ledger(
        Line(row.number, row.kind, row.name, row.day, row.decision, json.loads(row.body), row.demo, row.event)
        for row in rows
    )


def add_line(connection: Connection, line: Line, *, by: str, at: datetime) -> None:
    """Write one entry."""
    values: dict[str, Any] = {
        "number": line.number, "kind": line.kind, "name": line.name, "day": line.day, "decision": line.decision,
        "body": body_text(line), "demo": line.demo, "made_by": by, "made_at": at, "event": line.event,
    }  # fmt: skip
    connection.execute(insert(board_ledger).values(**values))


def body_text(line: Line) -> str:
    """What an entry says, in one form: its hash in the log is over this."""
    return json.dumps(dict(line.says), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
