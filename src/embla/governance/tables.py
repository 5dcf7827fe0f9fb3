"""Tables of this room: the kept fold, which follows from the log, and the board's ledger, which is only added to."""

from typing import Final

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from embla.platform import Day, UtcTime, metadata

board_fold: Final = Table(
    "board_fold",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seen", Integer, nullable=False),
    Column("rules", Text, nullable=False),
    Column("state", Text, nullable=False),
)

# One line for each thing the board decided, planned, paid or took back. `body` is typed by `kind`, see model/ledger.py.
board_ledger: Final = Table(
    "board_ledger",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("day", Day, nullable=False),
    Column("decision", Text),
    Column("body", Text, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("event", Integer, nullable=False),
    Index("ix_board_ledger_kind_name", "kind", "name"),
)
