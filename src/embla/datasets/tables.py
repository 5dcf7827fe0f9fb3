"""This room's table: a row for each version of a data set. A version never changes."""

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from embla.platform import UtcTime, metadata

data_sets: Final = Table(
    "data_sets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
