"""The ledger's table: every cohort whose counts were ever published, and who was in it, as packed numbers."""

from typing import Final

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from embla.platform import UtcTime, metadata

published_cohorts: Final = Table(
    "published_cohorts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("line", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("people", Integer, nullable=False),
    Column("members", LargeBinary, nullable=False),
)
