"""The demo is the main job end to end: report, count, opt out, release. Here with few people."""

import errno
import os
import subprocess
from contextlib import chdir
from pathlib import Path

import pytest
from sqlalchemy import text

from embla import cli
from embla.answers import asked_by_me, mine, whole
from embla.composition import open_home
from embla.demo import Built, build_nation
from embla.demo import nation as building
from embla.demo.answering import DOCTOR
from embla.errors import Refused, Unavailable
from embla.frequency import Releases, waiting
from embla.platform import OPERATOR, Settings, verify_chain
from embla.registry import counted_genomes, erasures

PEOPLE = 70  # the last of them opted out, as the last of the usual 300 does


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Built]:
    folder = tmp_path_factory.mktemp("demo")
    with chdir(folder):  # the command's home is a folder beside where it is started
        nation = build_nation(Settings(home=Path("home"), demo=True), people=PEOPLE, say=lambda _: None)
    return Settings(home=folder / "home", demo=True), nation


def test_demo__every_person_is_reported_and_one_package_is_refused(built: tuple[Settings, Built]) -> None:
    _, nation = built

    assert nation.genomes == PEOPLE
    assert nation.refused == 1
    assert nation.opted_out > 0


def test_demo__the_release_holds_everybody_but_those_who_opted_out(built: tuple[Settings, Built]) -> None:
    settings, nation = built
    house = open_home(settings, create=False)

    release = Releases(house).get().info

    assert release.people == PEOPLE - nation.opted_out
    with house.database.reading() as connection:
        everybody = counted_genomes(connection, on=house.clock().date(), with_opted_out=True)
        verify_chain(connection)
    # One left; the genome of a study, a trio, another carrier of its variants and a patient
    # with known drug genes came, reported after the release.
    assert len(everybody) == PEOPLE + 5


def test_demo__a_foetus_a_tumour_and_its_rna_are_kept_and_not_counted(built: tuple[Settings, Built]) -> None:
    settings, _ = built
    house = open_home(settings, create=False)

    with house.database.reading() as connection:
        counted = {genome.accession for genome in counted_genomes(connection, on=house.clock().date())}
        assays = list(connection.execute(text("SELECT origin, material, genome, equivalents, source FROM assays")))
        tested = connection.execute(text("SELECT count(*) FROM submissions WHERE state = 'tested'")).scalar_one()

    others = {(row.origin, row.material): row for row in assays if row.origin != "germline"}
    assert set(others) == {("foetal", "dna"), ("tumour", "dna"), ("tumour", "rna")}
    assert not counted & {row.genome for row in others.values()} and tested == 1
    assert others["tumour", "rna"].genome is None and others["tumour", "rna"].equivalents == 1
    assert [row.source for row in assays].count("research") == 1


def test_demo__a_class_changed_and_its_department_closed_the_loop(built: tuple[Settings, Built]) -> None:
    settings, _ = built
    house = open_home(settings, create=False)

    (closed,) = [one for one in mine(house, DOCTOR, closed=True)[1] if one.reason == "delivered"]
    assert whole(house, DOCTOR, closed.case, closed.id).reports[0].versions[0].delivered
    # The mother's, and what a third laboratory says, wait for a visitor.
    assert {one.state for one in mine(house, DOCTOR)[1]} == {"asked"}
    assert [len(found) for _, found in asked_by_me(house, DOCTOR)] == [1]


def test_demo__one_person_left_with_a_certificate_and_waits_in_the_open_numbers(built: tuple[Settings, Built]) -> None:
    settings, _ = built
    house = open_home(settings, create=False)

    assert [one.state for one in erasures(house, OPERATOR)] == ["certified"]
    first, second = Releases(house).list()[::-1]
    assert set(second.numbers_from.values()) == {first.number}
    assert {one.people for one in waiting(house, OPERATOR)} == {1}


def test_demo__a_release_and_a_freeze_lie_with_manifests_that_hold(
    built: tuple[Settings, Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = built
    monkeypatch.setenv("EMBLA_HOME", str(settings.home))

    for name in ("release.vcf.gz", "heart-study"):
        assert cli.run(["verify", str(settings.home / "handed" / f"{name}.json")]) == 0
    assert (settings.home / "handed" / "patient.vcf.gz.c4gh").read_bytes().startswith(b"crypt4gh")
    assert (settings.home / "handed" / "heart-study" / "genotypes.pgen").stat().st_size > 1000


def test_demo__the_second_start_builds_nothing(built: tuple[Settings, Built]) -> None:
    settings, nation = built
    said: list[str] = []

    assert build_nation(settings, people=PEOPLE, say=said.append) == nation
    assert len(said) == 1


def test_demo__a_folder_that_is_no_demo_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(Refused, match="not a demo"):
        build_nation(Settings(home=tmp_path, demo=True), fresh=True, say=lambda _: None)

    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_demo__on_a_full_disk_says_which_and_is_built_anew_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home", demo=True)
    made = Built("1", 60, 1, 60, 50, 1, 3, "2026.1")

    def full(*_: object) -> Built:
        (settings.home / "half").touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a file that was only read")

    monkeypatch.setattr(building, "_build", full)
    with pytest.raises(Unavailable, match=f"home {settings.home} cannot be written: No space left") as told:
        build_nation(settings, people=60, say=lambda _: None)
    assert "Make room" in told.value.mend and "only read" not in str(told.value)

    monkeypatch.setattr(building, "_build", lambda *_: made)
    assert build_nation(settings, people=60, say=lambda _: None) == made
    assert not (settings.home / "half").exists() and not list(settings.home.glob("*.building"))


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_demo__on_small_disks_fails_in_one_sentence_and_starts_when_the_disk_has_grown(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=500k", "tmpfs", disk], check=False).returncode
    ):
        pytest.skip("a small disk is mounted by root only")
    try:
        settings = Settings(home=disk / "home", demo=True)
        for size in ("500k", "3m", "6m", "7m", "8m", "9m"):
            subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)
            with pytest.raises(Unavailable) as told:
                build_nation(settings, people=60, say=lambda _: None)
            assert str(disk) in str(told.value) and told.value.mend
        subprocess.run(["mount", "-o", "remount,size=60m", disk], check=True)
        assert build_nation(settings, people=60, say=lambda _: None).genomes == 60
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
