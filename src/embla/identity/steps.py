"""The zone's own chain of migrations: forward only, each step plain DDL that both engines read."""

from typing import Final

from sqlalchemy import Connection, inspect, text

from embla.errors import Refused, WrongFormat
from embla.platform import Database

# Any fixed number: processes that migrate one PostgreSQL zone at once wait for each other on it.
_LOCK: Final = 0x7A6F6E65

_FIRST: Final = (
    "CREATE TABLE zone_state (id INTEGER PRIMARY KEY, key_version INTEGER NOT NULL, proof TEXT NOT NULL)",
    "CREATE TABLE zone_people (person TEXT PRIMARY KEY, sealed TEXT NOT NULL, key_version INTEGER NOT NULL, "
    "created TEXT NOT NULL)",
    "CREATE TABLE zone_numbers (look_up TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES zone_people (person), "
    "place INTEGER NOT NULL, kind TEXT NOT NULL, sealed TEXT NOT NULL, key_version INTEGER NOT NULL, "
    "noted TEXT NOT NULL, UNIQUE (person, place))",
    "CREATE TABLE zone_projects (project TEXT NOT NULL, look_up TEXT NOT NULL, back TEXT NOT NULL, "
    "sealed TEXT NOT NULL, key_version INTEGER NOT NULL, PRIMARY KEY (project, look_up), UNIQUE (project, back))",
)
STEPS: Final = (_FIRST,)


def migrate(database: Database) -> int:
    """Take the missing steps in one transaction; gives the format the zone has now."""
    with database.reading() as connection:
        if _format(connection) == len(STEPS):
            return len(STEPS)
    with database.transaction() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        before = _format(connection)
        if before > len(STEPS):
            raise WrongFormat(
                f"The identity zone has format {before}; this program knows formats up to {len(STEPS)}.",
                mend="Install the newer Embla that made it.",
            )
        if before == 0:
            connection.execute(text("CREATE TABLE zone_format (number INTEGER NOT NULL)"))
            connection.execute(text("INSERT INTO zone_format VALUES (0)"))
        for step in STEPS[before:]:
            for statement in step:
                connection.execute(text(statement))
        connection.execute(text("UPDATE zone_format SET number = :number"), {"number": len(STEPS)})
    return len(STEPS)


def zone_format(connection: Connection) -> int:
    """The format of the zone in this database, 0 where there is none."""
    return _format(connection)


def prepare_zone(database: Database, number: int) -> None:
    """Make the empty tables of a format in an empty database: what a restore fills. Refused where a zone is."""
    if number > len(STEPS):
        raise WrongFormat(
            f"The backup has an identity zone of format {number}; this program knows formats up to {len(STEPS)}.",
            mend="Restore it with the newer Embla that made it.",
        )
    with database.transaction() as connection:
        if _format(connection):
            raise Refused("There is an identity zone in this database.", mend="Restore into a new, empty one.")
        connection.execute(text("CREATE TABLE zone_format (number INTEGER NOT NULL)"))
        for statement in (one for step in STEPS[:number] for one in step):
            connection.execute(text(statement))


def _format(connection: Connection) -> int:
    if not inspect(connection).has_table("zone_format"):
        return 0
    return int(connection.execute(text("SELECT number FROM zone_format")).scalar() or 0)
