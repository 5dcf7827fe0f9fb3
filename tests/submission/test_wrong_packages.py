"""Packages of every kind that are wrong: each is refused with a readable reason and how to mend it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embla.cli import run
from embla.platform import OPERATOR, House
from embla.submission import PackageRefused, receive
from tests.submission.checked import findings_of, rules_of
from tests.submission.kinds import (
    change,
    counted,
    foetal,
    nonhuman,
    person2,
    refused,
    sample2,
    tumour,
    write_bam,
    write_fastq,
    write_package,
)
from tests.support.laboratory import make_single, make_trio


def swap(value: dict[str, Any]) -> None:
    mother, father = value["persons"][1], value["persons"][2]
    mother["role"], father["role"] = "father", "mother"


def test_trio__with_swapped_parents_is_refused_for_both(tmp_path: Path, house: House) -> None:
    folder = change(make_trio(tmp_path / "t"), swap)

    with pytest.raises(PackageRefused) as told:
        receive(house, OPERATOR, folder)

    assert [(f.rule, f.found) for f in told.value.findings] == [
        ("family.karyotype", "A father with karyotype XX."),
        ("family.karyotype", "A mother with karyotype XY."),
    ]
    assert all(f.mend.startswith("Are mother and father swapped?") and f.line > 1 for f in told.value.findings)


def test_flipped_byte_and_cut_file__are_told_by_size_and_hash(tmp_path: Path, house: House) -> None:
    flipped, cut = make_single(tmp_path / "a"), make_single(tmp_path / "b", "N2")
    (one,), (other,) = list((flipped / "files").iterdir()), list((cut / "files").iterdir())
    data = bytearray(one.read_bytes())
    data[len(data) // 2] ^= 1
    one.write_bytes(data)
    other.write_bytes(other.read_bytes()[: other.stat().st_size * 99 // 100])

    assert "files.sha256" in refused(house, flipped)
    with pytest.raises(PackageRefused) as told:
        receive(house, OPERATOR, cut)
    (size,) = [finding for finding in told.value.findings if finding.rule == "files.size"]
    assert "Was it cut on its way?" in size.mend and "line" in size.found
    assert counted(house) == []


def test_sample_name__that_is_not_the_files_is_told_with_both(tmp_path: Path, house: House) -> None:
    folder = tumour(tmp_path / "t")
    change(folder, lambda value: value["persons"][0]["samples"][0].update(id="another"))

    with pytest.raises(PackageRefused) as told:
        receive(house, OPERATOR, folder)

    (finding,) = told.value.findings
    assert finding.rule == "sample.column" and "'t1-T'" in finding.found and "Are files swapped?" in finding.mend


def twelve(value: dict[str, Any]) -> None:
    value["case"]["opened"] = "2027-01-01"
    value["case"]["patient_group"] = "dreams"
    value["case"]["note"] = "urgent"
    index, mother, father = value["persons"]
    index["karyotype"] = "XZ"
    mother["karyotype"] = "XY"
    father["blood"] = "no"
    del index["sample"]["assay"]
    mother["sample"]["collected"] = "soon"
    mother["sample"]["bed"] = "files/x.bed"
    father["sample"]["id"] = mother["sample"]["id"]
    value["files"][0]["sha256"] = "A" * 64
    value["files"][1]["size"] += 1
    value["corrects"] = "T0"


def test_twelve_faults__in_schema_rules_and_registers_are_told_at_once(tmp_path: Path, house: House) -> None:
    folder = change(make_trio(tmp_path / "t"), twelve)
    expected = {
        "schema.unknown", "schema.value", "schema.missing", "date.future", "group.known", "family.karyotype",
        "sample.bed", "family.same_person", "files.size", "correction.of",
    }  # fmt: skip

    with pytest.raises(PackageRefused) as told:
        receive(house, OPERATOR, folder)

    found = told.value.findings
    assert expected <= {finding.rule for finding in found} and len(found) >= 12
    assert len([f for f in found if f.rule == "schema.value"]) == 4
    assert all(finding.mend for finding in found)
    lines = (folder / "manifest.json").read_text().splitlines()
    for finding in found:
        if finding.rule == "family.karyotype":
            assert '"karyotype": "XY"' in lines[finding.line - 1]
    # Nothing is said about what only stands in for what was wrong.
    assert not [f for f in found if f.rule in ("calls.karyotype", "files.sha256", "sample.origin", "sample.calls")]


def test_twelve_faults__are_told_offline_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = change(make_trio(tmp_path / "t"), twelve)

    code = run(["submission", "check", str(folder), "--offline", "--json"])

    rules = {json.loads(line)["rule"] for line in capsys.readouterr().out.splitlines()}
    assert code == 1 and {"schema.value", "date.future", "family.karyotype", "files.size", "group.known"} <= rules


WRONG: list[tuple[Callable[[Path], Path], Callable[[dict[str, Any]], object], str]] = [
    (foetal, lambda v: v["persons"].pop(0), "family.roles"),
    (foetal, lambda v: v["persons"][1].update(pseudonym="P" + "0" * 16), "foetus.person"),
    (foetal, lambda v: v["persons"][1].update(region="1084"), "foetus.person"),
    (foetal, lambda v: v["persons"][0].pop("karyotype"), "foetus.sex"),
    (foetal, lambda v: v["persons"][1]["samples"][0].update(origin="germline"), "sample.origin"),
    (foetal, lambda v: v["case"].update(kind="duo"), "family.roles"),
    (tumour, lambda v: v["case"].update(kind="single"), "sample.origin"),
    (tumour, lambda v: v["case"].update(kind="tumour_normal"), "sample.origin"),
    (tumour, lambda v: v["persons"][0]["samples"][0].update(material="rna"), "sample.origin"),
    (tumour, lambda v: v["persons"][0]["samples"][0].update(of_tumour="x"), "sample.rna"),
    (tumour, lambda v: v["persons"][0]["samples"][0].update(files=["files/none.bam"]), "sample.files"),
    (tumour, lambda v: v["persons"][0]["samples"][0].pop("calls"), "sample.calls"),
    (tumour, lambda v: v["persons"][0]["samples"][0].pop("pipeline"), "schema.missing"),
    (tumour, lambda v: v["persons"][0]["samples"][0]["measured"].update(het_balance=2), "schema.value"),
    (tumour, lambda v: v["case"].update(study="S"), "case.source"),
    (tumour, lambda v: v.update(type="addition"), "follows.of"),
    (tumour, lambda v: v.update(follows="T0"), "follows.of"),
    (tumour, lambda v: v["persons"][0]["samples"].clear(), "sample.files"),
    (nonhuman, lambda v: v["specimens"][0].update(host_reads_removed=False), "nonhuman.specimen"),
    (nonhuman, lambda v: v["specimens"][0].update(taxon=9606), "nonhuman.specimen"),
    (nonhuman, lambda v: v.update(specimens=[]), "nonhuman.specimen"),
    (nonhuman, lambda v: v["persons"].append({"key": "p", "role": "index", "karyotype": "XX"}), "nonhuman.specimen"),
]


@pytest.mark.parametrize("nth", range(len(WRONG)))
def test_kinds__what_breaks_a_rule_is_told_with_how_to_mend_it(tmp_path: Path, nth: int) -> None:
    make, spoil, rule = WRONG[nth]
    folder = change(make(tmp_path / "a"), spoil)

    found = [finding for finding in findings_of(folder) if finding.rule == rule and finding.severity == "error"]

    assert found and found[0].mend


# Raw files


def test_raw__read_groups_format_and_pairs_are_checked(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    write_bam(folder / "files" / "a.bam", "somebody")
    write_fastq(folder / "files" / "a_R1.fastq")
    (folder / "files" / "b.cram").write_bytes(b"no cram")
    raw = sample2("a-B", calls=False) | {"files": ["files/a.bam", "files/a_R1.fastq", "files/b.cram"]}
    package = write_package(folder, "A1", "single", [person2("a", "index", raw)])

    found = {finding.rule: finding for finding in findings_of(package) if finding.severity == "error"}

    assert set(found) == {"sample.readgroup", "files.reads", "files.content"}
    assert "'somebody'" in found["sample.readgroup"].found
    write_bam(folder / "files" / "a.bam", "a-B")
    assert "sample.readgroup" not in rules_of(write_package(folder, "A1", "single", [person2("a", "index", raw)]))
