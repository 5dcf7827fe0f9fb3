"""What the next start will do to a home, tried first where nothing can be lost.

SQLite: on a copy made while others go on. PostgreSQL: in a transaction that is rolled back; its tables are locked as
long as that takes, as they will be in the true upgrade.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from embla.errors import NotFound
from embla.platform import (
    Database,
    Settings,
    check_databases,
    database_version,
    newest_version,
    rehearse_migration,
    sqlite_url,
    verify_chain,
)


@dataclass(frozen=True)
class Rehearsal:
    """From which format to which, in how many steps, how long it took, and how many events still chain after it."""

    format: str
    to: str
    steps: int
    seconds: float
    events: int


def rehearse(settings: Settings) -> Rehearsal:
    """Try the upgrade of a home's database without changing it. NotFound where there is no home."""
    with _trial(settings) as (database, copied):
        here, newest = database_version(database), newest_version()
        begun = perf_counter()
        if copied:
            steps = database.migrate()
        else:
            steps = rehearse_migration(database)
        seconds = perf_counter() - begun
        with database.reading() as connection:
            events = verify_chain(connection) if here != "0000" else 0
    return Rehearsal(here, newest, steps, seconds, events)


@contextmanager
def _trial(settings: Settings) -> Iterator[tuple[Database, bool]]:
    if settings.database_url and not settings.database_url.startswith("sqlite"):
        check_databases(settings)
        database = Database(settings.database_url, settings.database_password_file)
        try:
            yield database, False
        finally:
            database.close()
        return
    source = (
        Path(Database(settings.database_url).url.database or "")
        if settings.database_url
        else settings.home / "embla.db"
    )
    if not source.exists():
        raise NotFound(f"There is no Embla home at {settings.home}.", mend="EMBLA_HOME names another.")
    # Beside the home: there is room for a copy where the database itself has room.
    with TemporaryDirectory(prefix=".rehearsal-", dir=settings.home) as folder:
        copy = Path(folder) / "copy.db"
        with sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        connection.close()
        database = Database(sqlite_url(copy))
        try:
            yield database, True
        finally:
            database.close()
