"""The table of emergencies. How it came to be: platform/migrations/versions."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from embla.platform import UtcTime, metadata

emergencies: Final = Table(
    "emergencies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("person", Text, ForeignKey("persons.id"), nullable=False),
    Column("opened", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("review_by", UtcTime, nullable=False),
    Column("event", Integer, nullable=False),
    Column("outcome", Text),
    Column("reviewer", Text),
    Column("reviewed", UtcTime),
    Column("review_event", Integer),
    Index("ix_emergencies_account_person", "account", "person"),
)
