"""Migrations: small, forward only, taken in one transaction, by whichever process comes first.

Each room adds a file `migrations/versions/vNNNN_room.py` whose `down_revision` is the number before. They are plain
DDL and import no room. A database that is newer than this program is refused, never touched.
"""

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from embla.errors import Refused, WrongFormat

if TYPE_CHECKING:
    from embla.platform.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
# Any fixed number: processes that migrate one PostgreSQL database at once wait for each other on it.
_LOCK = 0x656D626C61


def newest_version() -> str:
    """The number of the last migration this program has, e.g. "0003"."""
    names = (re.fullmatch(r"v(\d{4})_\w+\.py", path.name) for path in (MIGRATIONS / "versions").iterdir())
    return max(name.group(1) for name in names if name)


def database_version(database: "Database") -> str:
    """The number of the last migration the database has seen, "0000" for an empty one."""
    with database.reading() as connection:
        return _version(connection)


def migrate(database: "Database") -> int:
    """Take the missing steps; returns how many. Two processes at once: one works, the other waits and finds it done."""
    newest = newest_version()
    if database_version(database) == newest:
        return 0
    with database.transaction() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        before = _version(connection)
        if before > newest:
            raise WrongFormat(
                f"The database has format {before}; this program knows formats up to {newest}.",
                mend="Install the newer Embla that made it.",
            )
        if before < newest:
            _upgrade(connection)
        return int(newest) - int(before)


class _RolledBack(Exception):
    """Raised to leave a transaction without keeping it."""


def rehearse_migration(database: "Database") -> int:
    """Take the missing steps in a transaction and roll it back; returns how many they were."""
    newest = newest_version()
    with suppress(_RolledBack), database.transaction() as connection:
        before = _version(connection)
        if before < newest:
            _upgrade(connection)
        raise _RolledBack
    return int(newest) - int(before)


def migrate_to(database: "Database", version: str) -> None:
    """Bring an empty database to one of the formats this program knows: what a restore fills."""
    newest = newest_version()
    if version > newest:
        raise WrongFormat(
            f"The backup has database format {version}; this program knows formats up to {newest}.",
            mend="Restore it with the newer Embla that made it.",
        )
    with database.transaction() as connection:
        if _version(connection) != "0000":
            raise Refused("The database is not empty.", mend="Restore into a new one.")
        _upgrade(connection, version)


def _upgrade(connection: Connection, to: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _version(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return "0000"
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "0000"
