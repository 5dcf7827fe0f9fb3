"""What a correction may move, and that nobody who withdrew comes back by the way."""

from pathlib import Path
from typing import Any

import pytest

from embla.platform import OPERATOR, House
from embla.registry import find_case, find_person, genomes_of_person, sample_person, withdraw_person
from embla.submission import Finding, PackageRefused, receive
from tests.submission.checked import edit
from tests.submission.receiving import NORTH, count, module
from tests.support.laboratory import SITE, START, Call, make_single, make_trio

OTHER: Call = ("chr21", START + 700, "A", "G", "0/1")
THIRD: Call = ("chr21", START + 900, "A", "G", "0/1")
CORRECTS: dict[str, Any] = {"type": "correction", "corrects": "N1", "key": "N1-p", "case": {"id": "N1-case"}}


def refused(house: House, folder: Path) -> list[Finding]:
    with pytest.raises(PackageRefused) as told:
        receive(house, NORTH, folder)
    return [finding for finding in told.value.findings if finding.severity == "error"]


def person(house: House, key: str) -> str:
    with house.database.reading() as connection:
        return find_person(connection, "north", key) or ""


def test_correction__moves_no_sample_of_another_package(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_single(tmp_path / "a"))
    receive(house, NORTH, make_single(tmp_path / "b", "N2", [OTHER]))

    found = refused(house, make_single(tmp_path / "c", "N3", [THIRD], sample={"id": "N2-p-B"}, **CORRECTS))

    assert [finding.rule for finding in found] == ["sample.person"]
    with house.database.reading() as connection:
        assert sample_person(connection, "north", "N2-p-B") == person(house, "N2-p")


def test_correction__gives_no_patient_to_the_clinicians_of_another_case(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_single(tmp_path / "a"))
    receive(house, NORTH, make_single(tmp_path / "b", "N2", [OTHER], case={"clinicians": ["doctor"]}))
    other_case = CORRECTS | {"case": {"id": "N2-case", "patient_group": "heart"}}

    found = refused(house, make_single(tmp_path / "c", "N3", [THIRD], **other_case))

    assert [finding.rule for finding in found] == ["case.changed", "case.changed"]
    with house.database.reading() as connection:
        case = find_case(connection, "north", "N2-case")
    assert case is not None and (case.person, case.patient_group) == (person(house, "N2-p"), "rare-diseases")


def test_correction__of_the_patient_tells_of_other_packages_of_the_case(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_single(tmp_path / "a"))
    more: dict[str, Any] = {"key": "N1-p", "sample": {"id": "N1-second"}, "case": {"id": "N1-case"}}
    receive(house, NORTH, make_single(tmp_path / "b", "N2", [OTHER], **more))

    said = receive(house, NORTH, make_single(tmp_path / "c", "N3", [SITE], **CORRECTS | {"key": "N3-p"}))

    assert any("Package N2 is of this case, too" in warning for warning in said.warnings)


def test_correction__of_one_of_two_packages_with_a_wrong_karyotype_is_taken(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_single(tmp_path / "a"))
    more: dict[str, Any] = {"key": "N1-p", "sample": {"id": "N1-second"}}
    receive(house, NORTH, make_single(tmp_path / "b", "N2", [OTHER], **more))

    said = receive(house, NORTH, make_single(tmp_path / "c", "N3", [SITE], karyotype="X0", **CORRECTS))

    assert any("[person.karyotype]" in warning for warning in said.warnings)


def test_correction__under_another_case_leaves_the_family_of_before(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_trio(tmp_path / "a", calls={"index": [SITE], "mother": [], "father": []}))
    alone = {"type": "correction", "corrects": "T1", "key": "T1-index", "case": {"id": "other-case"}}

    receive(house, NORTH, make_single(tmp_path / "b", "N2", [SITE], karyotype="XY", **alone))

    with house.database.reading() as connection:
        case = find_case(connection, "north", "T1-case")
        members = connection.exec_driver_sql("SELECT person FROM family_members").all()
    assert case is not None and case.family is not None and members == []


def test_person_who_withdrew__does_not_come_back_by_a_correction(tmp_path: Path, house: House) -> None:
    calls = {"index": [SITE], "mother": [SITE], "father": []}
    receive(house, NORTH, make_trio(tmp_path / "a", calls=calls))
    mother = person(house, "T1-mother")
    withdraw_person(house, OPERATOR, mother)
    corrects: dict[str, Any] = {"type": "correction", "corrects": "T1", "case": {"id": "T1-case"}}

    found = refused(house, make_trio(tmp_path / "b", calls=calls, package="T2", **corrects))

    assert [finding.rule for finding in found] == ["person.left"] and "2026-03-02" in found[0].found
    with house.database.reading() as connection:
        assert genomes_of_person(connection, mother) == []
    assert count(house) == (1, 4)


def test_person_who_withdrew__while_a_package_of_theirs_was_read_stays_away(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(house, NORTH, make_single(tmp_path / "a"))
    check = module._check

    def meanwhile(*given: Any) -> Any:
        read = check(*given)
        withdraw_person(house, OPERATOR, person(house, "N1-p"))
        return read

    monkeypatch.setattr(module, "_check", meanwhile)

    found = refused(house, make_single(tmp_path / "b", "N2", [OTHER], key="N1-p", sample={"id": "N1-second"}))

    assert [finding.rule for finding in found] == ["person.left"]
    assert count(house) == (0, 0)


@pytest.mark.parametrize(("signed", "taken"), [("2026-03-02", False), ("2026-03-03", True)])
def test_person_who_withdrew__is_reported_again_under_a_consent_of_a_later_day(
    tmp_path: Path, house: House, signed: str, taken: bool
) -> None:
    receive(house, NORTH, make_single(tmp_path / "a"))
    withdraw_person(house, OPERATOR, person(house, "N1-p"))
    consent = {"form": "1.0", "signed": signed, "secondary_findings": "all", "recontact": True}
    folder = edit(
        make_single(tmp_path / "b", "N2", key="N1-p", sample={"id": "N1-second"}),
        lambda value: value["persons"][0].update(consent=consent),
    )

    if taken:
        receive(house, NORTH, folder)
    else:
        assert [finding.rule for finding in refused(house, folder)] == ["person.left"]

    assert count(house) == ((1, 2) if taken else (0, 0))
