"""What a restore must not do: bring back who left, for a moment or for good, or take out others in their place."""

from dataclasses import replace
from pathlib import Path

import pytest

from embla.composition import open_home
from embla.errors import Broken, Refused
from embla.operations import Repository, back_up, restore, restoring
from embla.operations.keys import KEYS
from embla.platform import OPERATOR, House
from embla.registry import find_genome, withdraw_person
from tests.operations.conftest import report
from tests.operations.test_backup import counts_of


def leave(house: House, accession: str) -> None:
    with house.database.reading() as connection:
        genome = find_genome(connection, accession)
    assert genome is not None
    withdraw_person(house, OPERATOR, genome.person)


def test_restore__gives_the_accession_of_who_left_to_nobody_else(
    house: House, repository: Repository, packages: list[Path], tmp_path: Path
) -> None:
    report(house, packages[:1])
    old = back_up(house, repository)
    [left] = report(house, packages[1:2])
    leave(house, left)
    back_up(house, repository)
    first = replace(house.settings, home=tmp_path / "first")
    restore(repository, old, first, keys=house.home / KEYS)

    again = open_home(first, create=False)
    [given] = report(again, packages[2:])
    newer = back_up(again, repository)
    second = replace(house.settings, home=tmp_path / "second")
    outcome = restore(repository, newer, second, keys=again.home / KEYS)

    assert given != left
    # Whoever came after the restore has not left with whoever left before it.
    assert (outcome.genomes, outcome.withdrawn_again) == (2, 0)
    assert [ac for ac, _ in counts_of(open_home(second, create=False), range(1, 4))] == [1, 0, 1]


def test_restore__of_an_older_backup_gives_no_number_that_a_newer_one_knows(
    house: House, repository: Repository, packages: list[Path], tmp_path: Path
) -> None:
    report(house, packages[:1])
    old = back_up(house, repository)
    [known] = report(house, packages[1:2])
    back_up(house, repository)
    settings = replace(house.settings, home=tmp_path / "again")
    restore(repository, old, settings, keys=house.home / KEYS)

    [given] = report(open_home(settings, create=False), packages[2:])

    # Far behind: what was acknowledged after the last backup is known to its laboratory alone.
    assert int(given[4:]) == int(known[4:]) + restoring.GIVEN_SINCE + 1


@pytest.mark.parametrize("where", ["withdraw_again", "_compare"])
def test_restore__that_died_before_its_end_opens_for_nobody(
    house: House,
    repository: Repository,
    packages: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    left, *_ = report(house, packages)
    old = back_up(house, repository)
    leave(house, left)
    back_up(house, repository)

    def die(*_: object) -> None:
        raise Broken("died here")

    monkeypatch.setattr(restoring, where, die)
    settings = replace(house.settings, home=tmp_path / "again")
    with pytest.raises(Broken, match="died here"):
        restore(repository, old, settings, keys=house.home / KEYS)

    with pytest.raises(Refused, match="did not come to its end"):
        open_home(settings, create=False)


@pytest.mark.parametrize("rot", ["gone", "cut", "stale"])
def test_restore__without_the_whole_list_of_who_left_is_refused(
    house: House, repository: Repository, packages: list[Path], tmp_path: Path, rot: str
) -> None:
    one, other, _ = report(house, packages)
    old = back_up(house, repository)
    leave(house, one)
    back_up(house, repository)
    stale = repository.folder.get("erased.json")
    leave(house, other)
    back_up(house, repository)
    place = repository.folder.path / "erased.json"
    if rot == "gone":
        place.unlink()
    else:
        place.write_bytes(stale if rot == "stale" else stale[:-8])
    home = tmp_path / "again"

    with pytest.raises(Broken, match=r"erased\.json"):
        restore(repository, old, replace(house.settings, home=home), keys=house.home / KEYS)

    assert not home.exists()


def test_repository__a_list_that_rotted_keeps_nobody_from_the_others(
    house: House, repository: Repository, packages: list[Path], tmp_path: Path
) -> None:
    first = back_up(house, repository)
    report(house, packages)
    second = back_up(house, repository)
    (repository.folder.path / "backups" / f"{first.id}.json").write_bytes(b"{")

    third = back_up(house, repository)
    outcome = restore(
        repository,
        repository.backup(second.id),
        replace(house.settings, home=tmp_path / "again"),
        keys=house.home / KEYS,
    )

    assert outcome.genomes == 3
    assert repository.backup() == third
    with pytest.raises(Broken, match=first.id):
        repository.backup(first.id)
    # What an unreadable list needs is not known, so nothing is deleted.
    objects = repository.folder.list("objects/")
    with pytest.raises(Broken, match=first.id):
        repository.remove([second.id])
    assert repository.folder.list("objects/") == objects
    assert {one.id for one in repository.readable()[0]} == {second.id, third.id}
