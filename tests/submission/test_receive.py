"""Receiving: kept, counted and acknowledged together or not at all; the same package twice is once."""

import gc
import weakref
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from embla.composition import open_home
from embla.errors import NotPermitted, Unavailable
from embla.genotypes import aside, pack_digest
from embla.platform import OPERATOR, Actor, House, Settings, current_manifest, events_since, newest_events
from embla.registry import find_genome
from embla.submission import (
    PackageRefused,
    check_package,
    find_submission,
    list_submissions,
    open_package,
    receive,
)
from embla.vault import Vault
from tests.submission.receiving import NORTH, TODAY, count, module, open_files, rows
from tests.support.homes import agreed
from tests.support.laboratory import SITE, make_single, make_trio

check = import_module("embla.submission.check")


def test_receive__is_kept_counted_logged_and_acknowledged(tmp_path: Path, house_on_both: House) -> None:
    house = house_on_both
    folder = make_trio(tmp_path / "t", calls={"index": [SITE], "mother": [SITE], "father": []})

    receipt = receive(house, NORTH, folder)

    assert count(house) == (2, 6)
    assert [genome.accession for genome in receipt.genomes] == [f"EMBG{n:011d}" for n in (1, 2, 3)]
    assert [genome.role for genome in receipt.genomes] == ["index", "mother", "father"]
    with house.database.reading() as connection:
        pointer = current_manifest(connection)
        event = newest_events(connection, limit=1).items[0]
        found = find_submission(connection, receipt.submission)
        genome = find_genome(connection, "EMBG00000000001")
    assert pointer is not None and (pointer.number, pointer.digest) == (
        receipt.manifest_number,
        receipt.manifest_digest,
    )
    assert (event.number, event.kind, event.actor) == (receipt.event, "submission-accepted", "lab.north")
    assert [one["accession"] for one in event.body["genomes"]] == [one.accession for one in receipt.genomes]
    assert found is not None and found.acknowledgement == receipt and found.state == "accepted"
    assert genome is not None and genome.submission == receipt.submission
    for file in (folder / "files").iterdir():
        (digest,) = [entry.sha256 for entry in open_files(folder) if entry.path.endswith(file.name)]
        kept = Vault(house).find(digest)
        assert kept is not None and kept.size == file.stat().st_size and Vault(house).problem(kept) == ""
        # What lies there is encrypted.
        assert file.read_bytes()[:200] not in house.files.get(kept.body)


def test_receive__a_family_whose_genomes_are_laid_aside_is_kept_as_one_that_is_held(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a family of whole genomes one at a time lies in memory with its records (genotypes/aside.py)."""
    folder = make_trio(tmp_path / "t", calls={"index": [SITE], "mother": [SITE], "father": []})
    held = check_package(open_package(folder), module.reading_of(house), on=TODAY)
    monkeypatch.setattr(aside, "FROM", 0)
    watched: list[Any] = []

    def reading(*arguments: Any) -> Any:
        gc.collect()
        assert not any(records() is not None for records in watched), "the one before is whole still"
        found, genome = read(*arguments)
        watched.append(weakref.ref(genome.pack.contigs["chr21"].records))
        return found, genome

    read = check._read
    with monkeypatch.context() as patch:
        patch.setattr(check, "_read", reading)
        laid = check_package(open_package(folder), module.reading_of(house), on=TODAY)

    receive(house, NORTH, folder)

    assert [one.aside is not None for one in laid.genomes] == [True, True, False]
    assert laid.findings == held.findings and laid.measures == held.measures
    with house.database.reading() as connection:
        view = house.view(connection)
    packs = [segment.table.packs[ordinal] for _, segment, ordinal in view.live()]
    assert sorted(packs) == sorted(pack_digest(one.pack) for one in held.genomes)


def test_receive__the_same_package_changes_nothing_and_is_acknowledged_alike(
    tmp_path: Path, house_on_both: House
) -> None:
    house = house_on_both
    folder = make_single(tmp_path / "a")
    first = receive(house, NORTH, folder)
    before = {table: rows(house, table) for table in ("events", "genomes", "submissions", "persons", "store_pointer")}

    again = receive(house, NORTH, folder)
    elsewhere = receive(house, NORTH, make_single(tmp_path / "copy"))

    assert first == again == elsewhere
    assert {table: rows(house, table) for table in before} == before
    assert count(house) == (1, 2)


def test_receive__a_refused_package_leaves_nothing_but_its_findings(tmp_path: Path, house: House) -> None:
    folder = make_single(tmp_path / "a", case={"patient_group": "dreams"})

    with pytest.raises(PackageRefused) as told:
        receive(house, NORTH, folder)

    assert [finding.rule for finding in told.value.findings] == ["group.known"]
    assert house.files.list() == [] and rows(house, "genomes") == rows(house, "persons") == 0
    with house.database.reading() as connection:
        listed = list_submissions(connection, laboratory="north").items
        event = newest_events(connection, limit=1).items[0]
    assert [(one.state, one.attempts, [f.rule for f in one.findings]) for one in listed] == [
        ("refused", 1, ["group.known"])
    ]
    assert (event.kind, event.body["rules"]) == ("submission-refused", ["group.known"])


def test_receive__what_was_refused_can_be_accepted_when_the_registers_change(tmp_path: Path, house: House) -> None:
    folder = make_single(tmp_path / "a", case={"patient_group": "new"})
    for _ in range(2):
        with pytest.raises(PackageRefused):
            receive(house, NORTH, folder)
    with house.database.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO patient_groups VALUES ('new', 18, 'New', 'Ny')")

    receipt = receive(house, NORTH, folder)

    with house.database.reading() as connection:
        listed = list_submissions(connection, laboratory="north").items
    assert [(one.id, one.state, one.attempts) for one in listed] == [(receipt.submission, "accepted", 3)]


@pytest.mark.parametrize(
    ("actor", "rule"),
    [
        (Actor("lab.south", frozenset({"lab"}), "south"), "submit.lab.own_laboratory"),
        (Actor("doctor", frozenset({"clinician"})), "submit.lab.role"),
        (Actor("anonymous"), "submit.lab.role"),
    ],
)
def test_receive__permission_comes_first(tmp_path: Path, house: House, actor: Actor, rule: str) -> None:
    with pytest.raises(NotPermitted) as told:
        receive(house, actor, make_single(tmp_path / "a"))

    assert told.value.rule == rule and rows(house, "submissions") == 0
    with house.database.reading() as connection:
        assert [event.kind for event in events_since(connection, 0)] == ["access-refused"]


def test_receive__an_unknown_laboratory_is_told_to_the_operator_only(tmp_path: Path, house: House) -> None:
    folder = make_single(tmp_path / "a", laboratory="west")

    with pytest.raises(PackageRefused) as told:
        receive(house, OPERATOR, folder)
    with pytest.raises(NotPermitted):
        receive(house, NORTH, folder)

    assert [finding.rule for finding in told.value.findings] == ["laboratory.known"]


def test_receive__a_kept_file_that_rotted_is_mended_by_the_good_bytes(tmp_path: Path, house: House) -> None:
    folder = make_single(tmp_path / "a")
    (digest,) = [file.sha256 for file in open_files(folder)]
    Vault(house).put([(folder / file.path).read_bytes() for file in open_files(folder)], digest)
    rotten = Vault(house).find(digest)
    (house.files.path / rotten.body).write_bytes(b"rotten")

    receive(house, NORTH, folder)

    kept = Vault(house).find(digest)
    assert kept.body != rotten.body and Vault(house).problem(kept) == "" and not house.files.exists(rotten.body)


def test_receive__without_its_reference_takes_nothing_in(tmp_path: Path) -> None:
    reference = tmp_path / "reference.fa"
    reference.write_text(">chr21\n" + "N" * 1000 + "\n")
    settings = Settings(home=tmp_path / "home", reference=reference)
    agreed(open_home(settings)).database.close()
    reference.unlink()
    for index in tmp_path.glob("reference.fa*"):
        index.unlink()
    house = open_home(settings)

    with pytest.raises(Unavailable):
        receive(house, NORTH, make_single(tmp_path / "a"))

    assert rows(house, "submissions") == 0


def test_logs__have_no_name_of_a_person_or_sample(
    tmp_path: Path, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    receive(house, NORTH, make_single(tmp_path / "a", "SECRET1"))
    with pytest.raises(PackageRefused):
        receive(house, NORTH, make_single(tmp_path / "b", "SECRET2", case={"patient_group": "dreams"}))

    assert "SECRET" not in caplog.text
    with house.database.reading() as connection:
        events = [str(event) for event in events_since(connection, 0)]
    assert not any("SECRET" in event or "SITE" in event for event in events)
