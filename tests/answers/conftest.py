"""A clinic made once, of which each test gets a copy: to report its genomes anew takes ten times as long."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from embla.reference import Reference, demo_reference_paths
from tests.answers.clinic import Clinic, open_clinic
from tests.support.homes import Ticking, a_database, database_name, opened

Made = tuple[Clinic, Path, str, Ticking, int]


def _make(furnished: Path, folder: Path, url: str = "") -> Made:
    shutil.copytree(furnished, folder / "home")
    clock = Ticking()
    house = opened(folder / "home", url, clock)
    clinic = open_clinic(house, folder / "packages")
    number = int(house.new_id())
    house.database.close()
    return clinic, folder / "home", url, clock, number


def _copied(made: Made, home: Path, url: str) -> Clinic:
    clinic, source, _, clock, number = made
    shutil.copytree(source, home)
    house = opened(home, url, Ticking(clock.at), first_id=number)
    house.__dict__["reference"] = Reference.open(demo_reference_paths().fasta)
    return Clinic(house, clinic.folder, clinic.told)


@pytest.fixture(scope="session")
def made_clinic(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return _make(furnished_home, tmp_path_factory.mktemp("clinic"))


@pytest.fixture(scope="session")
def made_clinic_on_postgres(
    postgres_server: str, furnished_on_postgres: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Made]:
    home, template = furnished_on_postgres
    with a_database(postgres_server, template) as url:
        yield _make(home, tmp_path_factory.mktemp("clinic"), url)


@pytest.fixture
def clinic(tmp_path: Path, made_clinic: Made) -> Iterator[Clinic]:
    """On SQLite."""
    made = _copied(made_clinic, tmp_path / "home", "")
    yield made
    made.house.database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def clinic_on_both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clinic]:
    """Once on each engine."""
    if request.param == "sqlite":
        yield request.getfixturevalue("clinic")
        return
    made: Made = request.getfixturevalue("made_clinic_on_postgres")
    with a_database(request.getfixturevalue("postgres_server"), database_name(made[2])) as url:
        copied = _copied(made, tmp_path / "home", url)
        yield copied
        copied.house.database.close()
