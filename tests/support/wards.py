"""A ward made once on each engine, of which each test gets a copy: to report its genomes anew takes a hundred times as
long."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from embla.platform import House
from tests.care.ward import Ward
from tests.support.homes import Ticking, a_database, database_name, opened


@dataclass(frozen=True)
class MadeWard:
    """What a copy starts from: home, name of the database on PostgreSQL, time and next id."""

    home: Path
    database: str
    packages: Path
    acknowledgements: dict[str, Any]
    at: datetime
    next_id: int

    def copied(self, home: Path, url: str) -> House:
        """The home again, as it was when the last package had been acknowledged."""
        shutil.copytree(self.home, home)
        return opened(home, url, Ticking(self.at), first_id=self.next_id)


def make(furnished: Path, folder: Path, url: str = "") -> MadeWard:
    shutil.copytree(furnished, folder / "home")
    clock = Ticking()
    house = opened(folder / "home", url, clock)
    ward = Ward.reported(house, folder / "packages")
    next_id = int(house.new_id())
    house.database.close()
    return MadeWard(
        folder / "home", database_name(url) if url else "", ward.folder, ward.acknowledgements, clock.at, next_id
    )


@pytest.fixture(scope="session")
def made_ward(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> MadeWard:
    return make(furnished_home, tmp_path_factory.mktemp("ward"))


@pytest.fixture(scope="session")
def made_ward_on_postgres(
    postgres_server: str, furnished_on_postgres: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MadeWard]:
    home, template = furnished_on_postgres
    with a_database(postgres_server, template) as url:
        yield make(home, tmp_path_factory.mktemp("ward"), url)


@pytest.fixture
def ward(tmp_path: Path, made_ward: MadeWard) -> Iterator[Ward]:
    """A ward on SQLite."""
    house = made_ward.copied(tmp_path / "home", "")
    yield Ward(house, made_ward.packages, made_ward.acknowledgements)
    house.database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def ward_on_both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ward]:
    """A ward, once on each engine."""
    if request.param == "sqlite":
        yield request.getfixturevalue("ward")
        return
    made: MadeWard = request.getfixturevalue("made_ward_on_postgres")
    with a_database(request.getfixturevalue("postgres_server"), made.database) as url:
        house = made.copied(tmp_path / "home", url)
        yield Ward(house, made.packages, made.acknowledgements)
        house.database.close()
