"""Tables of this room: which persons each entry of the log concerns, how far the fold came, alerts, incidents.

The first three follow from the log and can be made again from it. How they came to be: platform/migrations/versions.
"""

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from embla.platform import UtcTime, metadata

log_persons: Final = Table(
    "log_persons",
    metadata,
    Column("person", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
)

log_fold: Final = Table(
    "log_fold",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seen", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("state", Text, nullable=False),
)

alerts: Final = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("judged_by", Text),
    Column("judged_at", UtcTime),
    Column("judged_event", Integer),
)

incidents: Final = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("detected", UtcTime, nullable=False),
    Column("noted", UtcTime, nullable=False),
    Column("alert", Text),
    Column("risk", Text),
    Column("assessed", UtcTime),
    Column("reported", UtcTime),
    Column("closed", UtcTime),
)
