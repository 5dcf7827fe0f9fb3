"""What only the registers can say of a package: who reports, under what, and what was reported before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embla.genotypes.reading.keeping import kept_places
from embla.platform import OPERATOR, House
from embla.registry import note_pipeline
from embla.submission import PackageRefused, check_package, open_package, receive
from embla.submission.judge import judge, judge_offline
from tests.submission.checked import READING, TODAY, edit, put
from tests.support.laboratory import (
    END,
    SITE,
    START,
    make_single,
    manifest,
    person,
    write_gvcf,
    write_manifest,
)


def judged(house: House, folder: Path) -> list[str]:
    package = open_package(folder)
    checked = check_package(package, READING, on=TODAY)
    with house.database.reading() as connection:
        return [finding.rule for finding in judge(connection, package, checked.genomes, on=TODAY)]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (put("west", "laboratory"), "laboratory.known"),
        (put("dreams", "case", "patient_group"), "group.known"),
        (put("9999", "persons", 0, "region"), "region.known"),
        (put("P0000000000000000", "persons", 0, "pseudonym"), "person.unknown"),
    ],
)
def test_judge__what_the_registers_do_not_know(
    tmp_path: Path, house: House, change: Callable[[dict[str, Any]], object], rule: str
) -> None:
    folder = edit(make_single(tmp_path / "a"), change)

    assert judged(house, folder) == [rule]


def test_judge__offline_registers_warn(tmp_path: Path) -> None:
    folder = edit(make_single(tmp_path / "a"), put("dreams", "case", "patient_group"))

    found = judge_offline(open_package(edit(folder, put("west", "laboratory"))))

    assert [(f.rule, f.severity) for f in found] == [("group.known", "warning"), ("laboratory.known", "warning")]


def test_judge__a_laboratory_reports_on_its_days(tmp_path: Path, house: House) -> None:
    with house.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE laboratories SET valid_to = '2026-03-01' WHERE id = 'north'")

    assert judged(house, make_single(tmp_path / "a")) == ["laboratory.valid"]


@pytest.mark.parametrize(
    ("changes", "found", "mend"),
    [
        (None, "No agreement about reporting is registered with north.", "agreement add north"),
        ("signed = NULL", "is a draft: it is not signed.", "agreement sign A00000000000north"),
        ("signed = '2026-03-09'", "begins on 2026-03-09.", "from that day on"),
        ("expires = '2026-03-01'", "ran out on 2026-03-01.", "agreement add north"),
        ("ended = '2026-03-02'", "was ended on 2026-03-02.", "agreement add north"),
        ("flow = 'delivery'", "No agreement about reporting is registered with north.", "agreement add north"),
    ],
)
def test_judge__a_laboratory_reports_under_an_agreement_and_hears_what_became_of_it(
    tmp_path: Path, house: House, changes: str | None, found: str, mend: str
) -> None:
    change = "DELETE FROM agreements" if changes is None else f"UPDATE agreements SET {changes}"
    with house.database.transaction() as connection:
        connection.exec_driver_sql(f"{change} WHERE partner = 'north'")

    with pytest.raises(PackageRefused) as told:
        receive(house, OPERATOR, make_single(tmp_path / "a"))

    (finding,) = told.value.findings
    assert finding.rule == "laboratory.agreement" and finding.found.endswith(found) and mend in finding.mend


def test_judge__the_last_day_of_an_agreement_still_counts(tmp_path: Path, house: House) -> None:
    with house.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE agreements SET expires = '2026-03-02'")

    assert judged(house, make_single(tmp_path / "a")) == []


SITE_2 = ("chr21", START + 700, "C", "T", "0/1")


@pytest.mark.parametrize(
    ("second", "rule"),
    [
        ({"name": "N1", "calls": [SITE_2]}, "package.taken"),
        ({"name": "N2", "key": "other"}, "genome.duplicate"),
        ({"name": "N2", "key": "N1-p", "case": {"id": "N1-case"}}, "genome.duplicate"),
        ({"name": "N2", "calls": [SITE_2], "key": "other", "case": {"id": "N1-case"}}, "case.changed"),
        (
            {"name": "N2", "calls": [SITE_2], "key": "N1-p", "case": {"id": "N1-case", "patient_group": "heart"}},
            "case.changed",
        ),
        ({"name": "N2", "calls": [SITE_2], "key": "N1-p", "karyotype": "XY"}, "person.karyotype"),
        ({"name": "N2", "calls": [SITE_2], "key": "other", "sample": {"id": "N1-p-B"}}, "sample.person"),
        ({"name": "N2", "calls": [SITE_2], "type": "correction", "corrects": "N9"}, "correction.of"),
    ],
)
def test_judge__what_was_reported_before(tmp_path: Path, house: House, second: dict[str, Any], rule: str) -> None:
    receive(house, OPERATOR, make_single(tmp_path / "a"))

    assert rule in judged(house, make_single(tmp_path / "b", **second))


def test_judge__the_same_column_under_another_karyotype_is_still_a_duplicate(tmp_path: Path, house: House) -> None:
    receive(house, OPERATOR, make_single(tmp_path / "a"))
    second = make_single(tmp_path / "b", "N2", key="other", karyotype="XY", sample={"id": "N1-p-B"})

    assert "genome.duplicate" in judged(house, second)


def test_judge__the_same_calls_are_a_duplicate_whatever_lines_packs_keep_of_them(tmp_path: Path, house: House) -> None:
    place = int(kept_places()["chr1"].starts[0])
    for name, depth in (("N1", "30"), ("N2", "31")):
        path = tmp_path / name / "files" / f"{name}-p.g.vcf"
        write_gvcf(path, f"{name}-p-B", [SITE], spans={"chr1": (place - 50, place + 50), "chr21": (START, END)})
        path.write_text(path.read_text().replace("0/0:30:60", f"0/0:{depth}:60"))
        write_manifest(tmp_path / name, manifest(name, [person(f"{name}-p")], tmp_path / name))
    receive(house, OPERATOR, tmp_path / "N1")

    assert "genome.duplicate" in judged(house, tmp_path / "N2")


def test_judge__a_case_may_get_a_second_genome_of_its_patient(tmp_path: Path, house: House) -> None:
    receive(house, OPERATOR, make_single(tmp_path / "a", sample={"assay": "exome"}))
    more = make_single(tmp_path / "b", "N2", [SITE_2], key="N1-p", case={"id": "N1-case"}, sample={"id": "N1-second"})

    assert judged(house, more) == []


def test_judge__a_version_that_the_laboratory_did_not_validate_is_told_once_it_tells_of_versions(
    tmp_path: Path, house: House
) -> None:
    folder = make_single(tmp_path / "a")
    assert judged(house, folder) == []
    for version, expected in (("4.1", ["pipeline.validated"]), ("4.2", [])):
        with house.database.transaction() as connection:
            note_pipeline(
                connection, "north", "DRAGEN", version, state="validated", since=TODAY, reference="VAL-1", by=OPERATOR,
                at=house.clock(),
            )  # fmt: skip

        assert judged(house, folder) == expected
