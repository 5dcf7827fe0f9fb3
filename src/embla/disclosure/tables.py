"""Tables: every cohort whose counts were ever published, and who was in it, as packed numbers; what readers asked."""

from typing import Final

from sqlalchemy import Column, Float, Integer, LargeBinary, Table, Text

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

# What a reader asked, as a digest, and its price. The row without a name is the one on which a reader's questions wait.
query_spending: Final = Table(
    "query_spending",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("asked", Text, primary_key=True),
    Column("price", Float, nullable=False),
    Column("at", UtcTime, nullable=False),
)
