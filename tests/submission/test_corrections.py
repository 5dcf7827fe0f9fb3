"""A package that corrects another, and a person in two: one vote, of the newest word."""

from pathlib import Path

import pytest

from embla.platform import House
from embla.registry import case_of, counted_genomes, find_genome
from embla.submission import PackageRefused, find_submission, receive
from tests.submission.receiving import NORTH, TODAY, count
from tests.support.laboratory import SITE, make_single, make_trio


def test_correction__removes_and_adds_in_one_commit(tmp_path: Path, house_on_both: House) -> None:
    house = house_on_both
    first = receive(house, NORTH, make_single(tmp_path / "a", case={"clinicians": ["doctor"]}))
    assert count(house) == (1, 2)
    hom = [(*SITE[:4], "1/1")]
    folder = make_single(
        tmp_path / "b",
        "N2",
        hom,
        type="correction",
        corrects="N1",
        key="N1-p",
        case={"id": "N1-case", "patient_group": "heart"},
    )

    second = receive(house, NORTH, folder)

    assert count(house) == (2, 2)
    assert second.replaced == ("EMBG00000000001",) and second.genomes[0].accession == "EMBG00000000002"
    assert second.case == first.case
    with house.database.reading() as connection:
        old, case = find_genome(connection, "EMBG00000000001"), case_of(connection, second.case)
        corrected = find_submission(connection, first.submission)
        assert house.view(connection).names == ["EMBG00000000002"]
    assert old is not None and old.state == "replaced"
    assert case is not None and (case.patient_group, case.clinicians) == ("heart", ("doctor",))
    assert corrected is not None and corrected.corrected_by == second.submission
    assert receive(house, NORTH, folder) == second
    with pytest.raises(PackageRefused) as told:
        third = make_single(tmp_path / "c", "N3", type="correction", corrects="N1", key="N1-p", case={"id": "N1-case"})
        receive(house, NORTH, third)
    assert [finding.rule for finding in told.value.findings] == ["correction.of"]


def test_correction__of_the_words_alone_keeps_the_calls(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_single(tmp_path / "a"))

    receive(
        house,
        NORTH,
        make_single(
            tmp_path / "b",
            "N2",
            type="correction",
            corrects="N1",
            key="N1-p",
            case={"id": "N1-case", "patient_group": "heart"},
        ),
    )

    assert count(house) == (1, 2)


def test_correction__of_the_person_moves_the_vote(tmp_path: Path, house: House) -> None:
    """Samples were swapped at the bench: the calls belong to somebody else."""
    receive(house, NORTH, make_trio(tmp_path / "a", calls={"index": [SITE], "mother": [], "father": []}))

    folder = make_trio(
        tmp_path / "b",
        "T2",
        calls={"index": [], "mother": [SITE], "father": []},
        type="correction",
        corrects="T1",
        case={"id": "T1-case"},
    )
    receive(house, NORTH, folder)

    assert count(house) == (1, 6)
    with house.database.reading() as connection:
        people = counted_genomes(connection, on=TODAY)
    assert len(people) == 3 and sum(person.related for person in people) == 1


def test_one_person__in_two_packages_has_one_vote(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_single(tmp_path / "a", sample={"assay": "exome"}))
    other = [(*SITE[:4], "1/1")]

    receive(house, NORTH, make_single(tmp_path / "b", "N2", other, key="N1-p", sample={"id": "N1-genome"}))

    assert count(house) == (2, 2)
