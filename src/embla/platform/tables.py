"""What every room's tables share: one MetaData, and times and dates stored the same way on both engines.

A room declares its tables in its own module on `metadata`; the tables come to be through `migrations/versions`, and a
test holds that the two say the same. Times and dates are text, so that SQLite and PostgreSQL give back equal values.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Dialect, ForeignKey, Integer, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.types import TypeDecorator

from embla.platform.clock import parse_time, time_text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored as "2026-01-31T12:00:00.000000Z"."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else time_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else parse_time(value)


class Day(TypeDecorator[date]):
    """A calendar day, stored as "2026-01-31"."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("subject", "version"),
)

# One row: the end of the chain and the peaks of the tree. Taking it orders writers, and a tail cut off the log does not
# match it any more. `log` names this log, so that no other's checkpoint can stand in for one of its own.
event_head = Table(
    "event_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("log", Text, nullable=False, server_default=""),
    Column("peaks", Text, nullable=False, server_default=""),
)

# Roots of complete subtrees of 256 events and more: what proofs start from. `position` counts subtrees of that level.
event_nodes = Table(
    "event_nodes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
)

# What was signed about the log: the root over its first `size` events, and the peaks to go on from.
log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("root", Text, nullable=False),
    Column("peaks", Text, nullable=False),
    Column("envelope", Text, nullable=False),
)

# A key per subject, wrapped under the home's key-encryption key; erasing the subject empties both. The row stays, so
# that an erased key and a lost one are two things.
subject_keys = Table(
    "subject_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subject", Text, unique=True),
    Column("wrapped", Text),
    Column("created", UtcTime, nullable=False),
    Column("destroyed", UtcTime),
)

# One row: the manifest of the home's cohort store that every reader sees.
store_pointer = Table(
    "store_pointer",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("digest", Text, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("display", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("laboratory", Text),
    Column("created", UtcTime, nullable=False),
    Column("closed", UtcTime),
    Column("region", Text),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.name"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("seen", UtcTime, nullable=False),
    Column("stepped_up", UtcTime),
)

# Logins that a browser began and the provider has not answered yet. Only hashes of what the two carry.
login_states = Table(
    "login_states",
    metadata,
    Column("state_hash", Text, primary_key=True),
    Column("browser_hash", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("session_hash", Text),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.name"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("expires", UtcTime, nullable=False),
    Column("revoked", UtcTime),
    Column("id", Text, index=True),
    Column("audience", Text),
    Column("scopes", Text),
    Column("used", UtcTime),
)
