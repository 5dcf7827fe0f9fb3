"""What lies outside the home's folder: the zone is in every backup, and nobody is left to believe that files are."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from embla import cli
from embla.composition import open_home
from embla.errors import Broken, Refused
from embla.identity import Entry, parse_number, register_persons
from embla.operations import Repository, back_up, drill, examine, restore
from embla.operations.keys import KEYS
from embla.platform import OPERATOR, House
from embla.registry import find_genome, withdraw_person
from embla.vault import Vault, fixity
from tests.operations.conftest import report
from tests.support.homes import a_database
from tests.support.zone import find_persons

NUMBER = "0101017777"
NAME = "Nora Nordlys"


@pytest.fixture(params=["in the home", "on a server"])
def zoned(request: pytest.FixtureRequest, house: House) -> Iterator[House]:
    """A home with one person in its zone, which lies in the home or on PostgreSQL."""
    if request.param == "in the home":
        register_persons(house, OPERATOR, [Entry(parse_number(NUMBER), NAME)])
        yield house
        return
    with a_database(request.getfixturevalue("postgres_server")) as url:
        made = open_home(replace(house.settings, identity_url=url), clock=house.clock, new_id=house.new_id)
        register_persons(made, OPERATOR, [Entry(parse_number(NUMBER), NAME)])
        yield made


def findings(house: House) -> dict[str, str]:
    return {finding.name: finding.state for finding in examine(house)}


def test_zone__comes_back_wherever_it_lay_and_wherever_it_shall_lie(
    zoned: House, repository: Repository, tmp_path: Path, database_url: str
) -> None:
    known = find_persons(zoned, OPERATOR, [parse_number(NUMBER)])

    backup = back_up(zoned, repository)

    for path in repository.folder.path.rglob("*"):
        assert path.is_dir() or not any(text.encode() in path.read_bytes() for text in (NUMBER, NAME))
    assert findings(zoned)["identity"] == "ok" and backup.zone_format == 1 and backup.zone
    onto = "" if database_url.startswith("sqlite") else database_url
    settings = replace(zoned.settings, home=tmp_path / "again", identity_url=onto)
    restore(repository, backup, settings, keys=zoned.home / KEYS)
    again = open_home(settings, create=False)
    assert find_persons(again, OPERATOR, [parse_number(NUMBER)]) == known != [None]
    if onto:
        shutil.rmtree(settings.home)
        with pytest.raises(Refused, match="identity zone in this database"):
            restore(repository, backup, settings, keys=zoned.home / KEYS)


def test_drill__never_writes_into_the_zone_that_is_in_use_and_needs_its_key(
    zoned: House, repository: Repository
) -> None:
    backup = back_up(zoned, repository)

    assert drill(zoned, repository, backup).rows > 0

    (zoned.home / KEYS / "identity.key").unlink()
    with pytest.raises(Broken, match="identity key is missing"):
        drill(zoned, repository, backup)


def outside(house: House, place: Path, copy: str = "") -> House:
    settings = replace(house.settings, files_at=str(place), files_copy=copy)
    return open_home(settings, clock=house.clock, new_id=house.new_id)


def test_kept_files__outside_are_in_no_backup_and_it_is_said(
    house: House,
    repository: Repository,
    packages: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    away = outside(house, tmp_path / "bucket")
    report(away, packages[:1])

    assert findings(away)["kept-files"] == "bad" and findings(house)["kept-files"] == "ok"
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    monkeypatch.setenv("EMBLA_FILES_AT", str(tmp_path / "bucket"))
    assert cli.run(["backup", "make", str(repository.folder.path)]) == 0
    assert "NOT in this backup: NOTHING ELSE" in capsys.readouterr().err
    assert repository.backup().left_out == ("files",)


def test_kept_files__outside_are_copied_by_backups_when_that_is_wanted(
    house: House,
    repository: Repository,
    packages: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away = outside(house, tmp_path / "bucket", "repository")
    report(away, packages[:2])
    assert findings(away)["kept-files"] == "bad"

    backup = back_up(away, repository)

    assert findings(away)["kept-files"] == "ok" and backup.left_out == ()
    bodies = [file for file in backup.files if file.name.startswith("files/bodies/")]
    assert len(bodies) == 2
    with monkeypatch.context() as patch:  # a body never changes: the next backup does not fetch it again
        patch.setattr("embla.operations.backup.pieces", lambda *_: pytest.fail("a body was fetched again"))
        assert set(bodies) <= set(back_up(away, repository).files)
    for place in ("", str(tmp_path / "another")):
        settings = replace(away.settings, home=tmp_path / f"again{bool(place)}", files_at=place)
        restore(repository, backup, settings, keys=away.home / KEYS)
        again = open_home(settings, create=False)
        told = fixity(Vault(again))
        assert (told.files, told.found) == (2, ())


def test_kept_files__copied_by_something_else_are_looked_for_there_and_leave_there_too(
    house: House, repository: Repository, packages: list[Path], tmp_path: Path
) -> None:
    place, copy = tmp_path / "bucket", tmp_path / "copy"
    away = outside(house, place, str(copy))
    name, _ = report(away, packages[:2])
    assert findings(away)["kept-files"] == "bad"  # the copy does not answer
    copy.mkdir()
    away = outside(house, place, str(copy))
    assert findings(away)["kept-files"] == "ok"  # young files may come yet
    house.clock.at += timedelta(days=2)  # type: ignore[attr-defined]
    assert findings(away)["kept-files"] == "bad"
    shutil.copytree(place, copy, dirs_exist_ok=True)
    assert findings(away)["kept-files"] == "ok"
    with away.database.reading() as connection:
        genome = find_genome(connection, name)
    assert genome is not None

    withdraw_person(away, OPERATOR, genome.person)

    assert len([path for path in (copy / "bodies").rglob("*") if path.is_file()]) == 1


def test_restore__says_when_the_settings_that_came_back_name_other_places(
    house: House, repository: Repository, tmp_path: Path
) -> None:
    (house.home / "settings.toml").write_text('files_at = "/somewhere/else"\n')
    backup, said = back_up(house, repository), []

    restore(
        repository, backup, replace(house.settings, home=tmp_path / "again"), keys=house.home / KEYS, say=said.append
    )

    assert [line for line in said if "another files_at" in line]
