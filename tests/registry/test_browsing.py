"""The registry leafed through: person -> case -> sample -> assay -> file, decided and logged first, own only."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from embla.errors import NotFound, NotPermitted, UsageError
from embla.platform import OPERATOR, Actor, House, events_since
from embla.policy import Action
from embla.registry import Wanted, note_pipeline, person_sheet, persons_listed, tables
from embla.submission import receive
from tests.submission.test_commands import embla as embla
from tests.support.homes import Ticking, opened
from tests.support.laboratory import SITE, START, make_single, make_trio

NORTH = Actor("lab-n", frozenset({"lab"}), laboratory="north")
SOUTH = Actor("lab-s", frozenset({"lab"}), laboratory="south")
START_DAY = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def reported_home(tmp_path_factory: pytest.TempPathFactory, furnished_home: Path) -> tuple[Path, dict[str, str]]:
    """A home with a trio of north and a single person of north, and key -> pseudonym; reported once, then copied."""
    folder = tmp_path_factory.mktemp("reported")
    shutil.copytree(furnished_home, folder / "home")
    house = opened(folder / "home", "", Ticking())
    first = receive(house, OPERATOR, make_trio(folder / "t"))
    calls = [("chr21", START + 70, "A", "G", "0/1")]
    second = receive(house, OPERATOR, make_single(folder / "s", "N7", calls, case={"patient_group": "kidney"}))
    house.database.close()
    return folder / "home", {one.key: one.person for one in (*first.genomes, *second.genomes)}


@pytest.fixture
def house(tmp_path: Path, reported_home: tuple[Path, dict[str, str]]) -> Iterator[House]:
    shutil.copytree(reported_home[0], tmp_path / "home")
    made = opened(tmp_path / "home", "", Ticking(START_DAY), first_id=900)
    yield made
    made.database.close()


@pytest.fixture
def reported(reported_home: tuple[Path, dict[str, str]]) -> dict[str, str]:
    return reported_home[1]


def granted(house: House) -> list[tuple[str, str]]:
    with house.database.reading() as connection:
        found = events_since(connection, 0, kinds=("access-granted", "access-refused"))
        return [(e.kind, e.subject) for e in found if e.body.get("action") == Action.BROWSE_REGISTRY]


def test_sheet__goes_from_the_person_down_to_the_bytes(house: House, reported: dict[str, str]) -> None:
    sheet = person_sheet(house, NORTH, reported["N7-p"])

    (case,) = sheet.cases
    (sample,) = case.samples
    (assay,) = sample.assays
    assert sheet.keys == ("N7-p",) and case.patient and case.patient_group == "kidney"
    assert assay.genome is not None and assay.genome.startswith("EMBG") and assay.state == "accepted"
    assert [file.format for file in assay.files] == ["gvcf"] and len(assay.files[0].sha256) == 64
    assert assay.validation == "unknown"
    assert json.loads(json.dumps(sheet.to_json()))["cases"][0]["samples"][0]["assays"][0]["files"]


def test_sheet__of_a_parent_says_that_they_are_no_patient(house: House, reported: dict[str, str]) -> None:
    (mother,) = (person for key, person in reported.items() if key.endswith("mother"))

    (case,) = person_sheet(house, NORTH, mother).cases

    assert not case.patient


def test_look__is_in_the_log_before_anything_is_told_and_names_the_person(
    house: House, reported: dict[str, str]
) -> None:
    person_sheet(house, NORTH, reported["N7-p"])
    persons_listed(house, NORTH, Wanted())

    assert granted(house) == [
        ("access-granted", f"person:{reported['N7-p']}"),
        ("access-granted", "laboratory:north"),
    ]


def test_sheet__of_nobody_and_of_another_laboratorys_person_is_the_same_not_found(
    house: House, reported: dict[str, str]
) -> None:
    with pytest.raises(NotFound) as stranger:
        person_sheet(house, SOUTH, "P" + "9" * 16)
    with pytest.raises(NotFound) as theirs:
        person_sheet(house, SOUTH, reported["N7-p"])

    assert stranger.value.message == theirs.value.message
    # The log of the person does not say that somebody looked, who saw nothing.
    assert {subject for _, subject in granted(house)} == {"laboratory:south"}


def test_list__is_of_the_own_laboratory_whatever_is_asked(house: House, reported: dict[str, str]) -> None:
    assert persons_listed(house, SOUTH, Wanted(laboratory="north")).persons == 0
    assert persons_listed(house, NORTH, Wanted(laboratory="south")).persons == 4
    with pytest.raises(NotPermitted):
        persons_listed(house, Actor("doctor", frozenset({"clinician"})), Wanted())


def test_list__counts_what_it_pages_through(house: House, reported: dict[str, str]) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = persons_listed(house, OPERATOR, Wanted(), cursor=cursor, limit=2)
        seen += [one.person for one in page.items]
        if page.next is None:
            break
        cursor = page.next

    assert sorted(seen) == sorted(reported.values()) and len(seen) == page.persons == page.samples == page.assays


def test_list__is_filtered(house: House, reported: dict[str, str]) -> None:
    asked = [
        (Wanted(group="kidney"), 1), (Wanted(group="liver"), 0), (Wanted(assay="genome"), 4),
        (Wanted(assay="panel"), 0),
        (Wanted(origin="germline"), 4), (Wanted(origin="tumour"), 0), (Wanted(begins="N7"), 1),
        (Wanted(begins="N8"), 0),
        (Wanted(begins="%"), 0), (Wanted(begins="_"), 0), (Wanted(state="replaced"), 0), (Wanted(source="clinical"), 4),
        (Wanted(material="dna", begins="T1"), 3),
    ]  # fmt: skip

    for wanted, persons in asked:
        found = persons_listed(house, NORTH, wanted)
        assert (wanted, found.persons, len(found.items)) == (wanted, persons, persons)


def test_list__knows_its_states(house: House) -> None:
    with pytest.raises(UsageError):
        persons_listed(house, NORTH, Wanted(state="withdrawn"))


def test_who_left__is_not_there_any_more(house: House, reported: dict[str, str]) -> None:
    with house.database.transaction() as connection:
        table = tables.assays
        here = table.c.person == reported["N7-p"]
        connection.execute(update(table).where(here).values(state="withdrawn", ended=house.clock()))

    assert persons_listed(house, NORTH, Wanted()).persons == 3
    with pytest.raises(NotFound):
        person_sheet(house, NORTH, reported["N7-p"])


def test_sheet__says_whether_the_pipeline_was_validated(house: House, reported: dict[str, str]) -> None:
    (line,) = person_sheet(house, NORTH, reported["N7-p"]).cases[0].samples[0].assays
    with house.database.transaction() as connection:
        for laboratory, state in (("south", "suspended"), ("north", "validated")):
            note_pipeline(
                connection, laboratory, str(line.pipeline), str(line.pipeline_version), state=state,
                since=date(2026, 1, 1), reference="VR-7", by=OPERATOR, at=house.clock(),
            )  # fmt: skip

    (line,) = person_sheet(house, NORTH, reported["N7-p"]).cases[0].samples[0].assays

    assert line.validation == "validated"


@pytest.mark.usefixtures("own_surroundings")
def test_commands__list_show_and_count(tmp_path: Path, embla) -> None:  # type: ignore[no-untyped-def]
    from tests.submission.test_commands import agree

    embla("home", "init")
    agree(embla)
    embla("submission", "send", make_single(tmp_path / "a", calls=[SITE]))

    listed = embla("registry", "persons", "--json").json
    shown = embla("registry", "show", f"north:{listed[0]['keys'][0].partition(':')[2]}", "--json").json[0]
    counted = embla("registry", "persons", "--count", "--group", "heart")

    assert listed[-1] == {"persons": 1, "samples": 1, "assays": 1, "next": None}
    assert shown["person"] == listed[0]["person"] and shown["cases"][0]["samples"][0]["assays"][0]["files"]
    assert "persons, " in counted.out and embla("registry", "show", listed[0]["person"]).code == 0
    assert embla("registry", "show", "north:nobody").code == 1
