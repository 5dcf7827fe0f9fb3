"""A home and a backup of an older Embla come along, also when the migration is killed in its middle (R5, R6)."""

import os
import random
import shutil
import signal
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from embla import cli
from embla.composition import open_home
from embla.genome import Variant
from embla.operations import Repository, restore
from embla.platform import OPERATOR, Database, House, Settings, database_version, fill_tables, newest_version
from embla.platform.events import verify_chain
from embla.platform.migrate import migrate_to
from embla.registry import certify, erase, find_genome, withdraw_person
from embla.storage import Folder
from embla.vault import Vault, fixity
from embla.vault.bringing import bring_in
from tests.support.homes import a_database
from tests.support.laboratory import START

ARCHIVE = Path(__file__).parents[1] / "data" / "older" / "format-0011.tar.xz"
FIRST = "EMBG00000000001"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("older")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder)  # our own file; a filter is younger than Debian 12's Python
    return folder


@pytest.fixture(params=["sqlite", "postgres"])
def older(request: pytest.FixtureRequest, unpacked: Path, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A home of format 0011 and its database's URL, "" for the file in it."""
    home = tmp_path / "home"
    shutil.copytree(unpacked / "home", home)
    if request.param == "sqlite":
        yield home, ""
        return
    backup = repository(unpacked).backup()
    with a_database(request.getfixturevalue("postgres_server")) as url:
        database = Database(url)
        migrate_to(database, "0011")
        named = {table.table: table.sha256 for table in backup.tables}
        fill_tables(database, "0011", named, lambda name: repository(unpacked).read(named[name]))
        database.close()
        yield home, url


def repository(folder: Path) -> Repository:
    return Repository.open(Folder(folder / "repository"))


def is_whole(house: House) -> None:
    """Everything that the older home held, in this program's format."""
    with house.database.reading() as connection:
        view = house.view(connection)
        assert verify_chain(connection) in (3, 4) and len(view) == 5
        assert [view.count(Variant("chr21", START + 100 * n, "A", "G"), None)[0].ac for n in (1, 2)] == [1, 1]
        names = [genome for segment in view.segments for genome in segment.table.names]
        assert [view.pack_file(name) is not None for name in names] == [True] * 5
    assert database_version(house.database) == newest_version()
    assert house.store.folder.list("keys/") == [] and house.store.about.keys == "owner"


def test_home__of_an_older_format_comes_along_and_its_people_can_leave(older: tuple[Path, str]) -> None:
    home, url = older
    house = open_home(Settings(home=home, database_url=url, demo=True))
    is_whole(house)
    with house.database.reading() as connection:
        genome = find_genome(connection, FIRST)
    assert genome is not None

    # Before its plain files were brought under keys, and after.
    withdraw_person(house, OPERATOR, genome.person)
    assert len(house.files.list()) == 4
    assert bring_in(Vault(house))[0] == 4
    erase(house, OPERATOR)
    assert len(certify(house, OPERATOR)) == 1
    assert fixity(Vault(house)).files == 4 and fixity(Vault(house)).found == ()
    house.database.close()


def test_restore__of_a_backup_that_an_older_embla_made(unpacked: Path, tmp_path: Path, database_url: str) -> None:
    url = "" if database_url.startswith("sqlite") else database_url
    settings = Settings(home=tmp_path / "home", database_url=url, demo=True)
    source = repository(unpacked)
    backup = source.backup()
    assert backup.database_format == "0011"

    told = restore(source, backup, settings, keys=unpacked / "home" / "keys")

    assert (told.genomes, told.events) == (5, 3)
    house = open_home(settings, create=False)
    is_whole(house)
    house.database.close()


def killed_migrating(home: Path, url: str, statements: int) -> bool:
    """Open an older home in a process that dies before its n-th statement. False when it came to its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            left = [statements]

            def tick(*_: object) -> None:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            event.listen(Engine, "before_cursor_execute", tick)
            event.listen(Engine, "commit", tick)
            open_home(Settings(home=home, database_url=url, demo=True))
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    assert ended == 0 or os.WTERMSIG(ended) == signal.SIGKILL
    return ended != 0


def upgraded_after_kill(
    older: tuple[Path, str], statements: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[bool, float]:
    """Kill, then `embla upgrade`; whether it died, and seconds until the home is of this version."""
    home, url = older
    died = killed_migrating(home, url, statements)
    monkeypatch.setenv("EMBLA_HOME", str(home))
    monkeypatch.setenv("EMBLA_DATABASE_URL", url)
    begun = time.perf_counter()
    assert cli.run(["upgrade", "--json"]) == 0
    took = time.perf_counter() - begun
    house = open_home(Settings(home=home, database_url=url, demo=True))
    is_whole(house)
    with house.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM vault_holders")).scalar() == 5
    house.database.close()
    return died, took


@pytest.mark.parametrize("statements", [26])
def test_upgrade__finishes_a_migration_that_was_killed(
    older: tuple[Path, str], statements: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    died, _ = upgraded_after_kill(older, statements, monkeypatch)

    assert died


@pytest.mark.deep
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(10))
def test_upgrade__finishes_after_any_of_twenty_kills(
    older: tuple[Path, str], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten on each engine: before a statement by lot, of those that a migration of this home takes."""
    at = random.Random(seed).randint(2, 30)
    died, took = upgraded_after_kill(older, at, monkeypatch)

    print(f"R6: killed before statement {at} ({'died' if died else 'came to its end'}), upgrade took {took:.2f} s")
