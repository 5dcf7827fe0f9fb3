"""One database, SQLite or PostgreSQL: transactions that are all or nothing, and reads that see one state.

SQLite: WAL, foreign keys on, synchronous FULL (an acknowledged commit survives a power cut), writers wait up to 30 s
for each other and take their lock at the start (BEGIN IMMEDIATE), so a transaction never fails half-way for want of it.
PostgreSQL: writers READ COMMITTED and ordered by the rows they lock, readers one REPEATABLE READ snapshot.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from shutil import disk_usage
from typing import Any, Final

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from embla.errors import Conflict, Refused, Unavailable, UsageError
from embla.optional import require

_ROOM: Final = 1 << 16  # bytes that SQLite needs beside its file

BUSY_SECONDS = 30
# Where a writer of events leaves (number, time) of the last one, in the connection's `info`.
APPENDED = "embla_appended"
_READING = "embla_reading"
# Connections live no longer than this where passwords change.
PASSWORD_SECONDS = 900
# Tokens of cloud providers have some 2,000 letters.
_LONGEST_PASSWORD = 16_384
# What is deleted or emptied (a destroyed key) is overwritten with zeros, not left in a free page.
_ERASE = ("secure_delete = ON",)
# A web server answers from up to 40 threads; none of them may fail for want of a connection.
_POOL: dict[str, Any] = {"pool_size": 10, "max_overflow": 40}


class Database:
    """A database by its URL: `sqlite:////path/embla.db` or `postgresql://user@host/name`."""

    def __init__(self, url: str, password_file: Path | None = None) -> None:
        """`password_file` is read for every new connection: one that was changed is taken up while serving."""
        self.url = _checked(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url, password_file)
        # Called after each commit in which an event was written, with its number and time; must not raise.
        self.after_events: Callable[[int, datetime], None] | None = None

    def __repr__(self) -> str:
        return f"Database({self.url.render_as_string(hide_password=True)!r})"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: all that happens inside is kept together, or nothing is. Conflict or Unavailable when it cannot be."""
        with self._errors(), self._engine.begin() as connection:
            connection.info.pop(APPENDED, None)
            yield connection
            written = connection.info.pop(APPENDED, None)
        if written is not None and self.after_events is not None:
            self.after_events(*written)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read only: one state of the database from the first query to the last, whatever others commit meanwhile."""
        with self._errors():
            if self.is_sqlite:
                with self._engine.connect() as connection:
                    connection.execution_options(**{_READING: True})
                    connection.exec_driver_sql("PRAGMA query_only = ON")
                    try:
                        yield connection
                    finally:
                        connection.rollback()
                        connection.exec_driver_sql("PRAGMA query_only = OFF")
                        connection.rollback()
            else:
                with self._engine.connect() as connection:
                    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                    with connection.begin():
                        yield connection

    def migrate(self) -> int:
        """Bring the tables to this program's version; returns how many steps were taken. Safe from many processes."""
        from embla.platform.migrate import migrate

        return migrate(self)

    def close(self) -> None:
        """Close every connection of the pool."""
        self._engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise _ours(error, f" {self.url.database}" if self.is_sqlite else "") from error
        except NoConnectionLeft as error:
            raise Unavailable("Every connection to the database is in use.", mend="Try again shortly.") from error


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path.absolute()}"


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(
            "The database URL cannot be read.", mend="Write sqlite:////path/embla.db or postgresql://user@host/name."
        ) from error
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise UsageError(
            f"Embla does not know the database '{parsed.drivername}'.", mend="It runs on sqlite and postgresql."
        )
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise UsageError("An SQLite database needs a file.", mend="Write sqlite:////path/embla.db.")
    return parsed


def _keep_a_journal_ahead(connection: Any) -> None:
    """WAL. Of several that open a new file at once one makes it so, and SQLite tells the others that the file is locked
    without waiting for the timeout: they look again until it is over."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _sqlite_engine(url: URL) -> Engine:
    # hide_parameters: an error of the driver must not print what a row held.
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS}, **_POOL)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver opens no transactions of its own; `begin` below does.
        connection.isolation_level = None
        _keep_a_journal_ahead(connection)
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            "recursive_triggers = ON",
            *_ERASE,
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(_READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: URL, password_file: Path | None) -> Engine:
    require("psycopg", doing="A PostgreSQL database", extra="postgres")
    # A connection that lives long would outlive the password it was opened with.
    recycle = {} if password_file is None else {"pool_recycle": PASSWORD_SECONDS}
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, **_POOL, **recycle)
    if password_file is not None:

        @event.listens_for(engine, "do_connect")
        def give_password(_dialect: Any, _record: Any, _arguments: Any, given: dict[str, Any]) -> None:
            given["password"] = _password(password_file)

    return engine


def _password(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            text = opened.read(_LONGEST_PASSWORD + 1).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"The database's password in {file} cannot be read.", mend="Look who may read it.") from error
    if not text.strip() or len(text) > _LONGEST_PASSWORD:
        raise Unavailable(f"{file} holds no password.", mend="One line, as whoever makes the passwords writes it.")
    return text.strip()


def _has_no_room(place: str) -> bool:
    """Where SQLite cannot make the files beside its own, for want of room, it speaks of an I/O error."""
    folder = Path(place.strip()).parent
    return bool(place) and folder.is_dir() and disk_usage(folder)[2] < _ROOM


def _ours(error: DBAPIError, place: str) -> Exception:
    """The error a caller can act on; the driver's own where only a programmer can. `place`: the file of SQLite."""
    told = str(error.orig)
    if "append-only" in told:
        return Refused("The event log is append-only.", mend="Say what changed in another event.")
    if isinstance(error, IntegrityError):
        return Conflict("Somebody else wrote the same thing first.", mend="Read again and retry.")
    if "locked" in told or "deadlock" in told or "could not serialize" in told:
        return Conflict("The database is busy with another writer.", mend="Try again.")
    if "disk is full" in told or "No space left" in told or ("disk I/O error" in told and _has_no_room(place)):
        return Unavailable(f"The disk of the database{place} is full.", mend="Make room there, and try again.")
    if "readonly database" in told:
        return Unavailable(
            f"The database{place} cannot be written.", mend="Check its permissions, and how its disk is mounted."
        )
    if isinstance(error, OperationalError) or error.connection_invalidated:
        mend = "Check the file and its disk." if place else "Does it run, and can it be reached?"
        return Unavailable(f"The database{place} does not answer: {_first_line(error).rstrip('.')}.", mend=mend)
    return error


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
