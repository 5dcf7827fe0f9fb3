"""Every rule of the check by an example that breaks it, and all of them at once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.submission import RULES, PackageRefused, open_package, schema, versions
from embla.submission.package import read_manifest, safe_path
from tests.submission.checked import drop, edit, findings_of, put, rules_of
from tests.support.laboratory import (
    HEADER,
    change_manifest,
    make_single,
    make_trio,
    manifest,
    person,
    write_gvcf,
)


def test_check__a_good_single_and_a_good_trio_have_no_finding(tmp_path: Path) -> None:
    assert findings_of(make_single(tmp_path / "a")) == []
    assert findings_of(make_trio(tmp_path / "b")) == []


def test_check__says_everything_at_once_with_file_line_rule_and_mend(tmp_path: Path) -> None:
    folder = make_trio(tmp_path / "a")
    (folder / "notes.txt").write_text("call me")
    (folder / "files" / "T1-mother.g.vcf").write_text(HEADER)
    (folder / "files" / "T1-father.g.vcf").unlink()

    def change(value: dict[str, Any]) -> None:
        value["case"]["opened"] = "2027-01-01"
        value["persons"][1]["karyotype"] = "XY"

    edit(folder, change)
    found = findings_of(folder)

    assert {finding.rule for finding in found} == {
        "date.future",
        "family.karyotype",
        "files.unlisted",
        "files.size",
        "files.missing",
        "calls.refused",
    }
    assert all(finding.file and finding.found and finding.mend for finding in found)
    lines = (folder / "manifest.json").read_text().splitlines()
    in_manifest = {finding.rule: lines[finding.line - 1] for finding in found if finding.file == "manifest.json"}
    assert in_manifest["date.future"].strip() == '"opened": "2027-01-01"'
    assert in_manifest["family.karyotype"].strip().startswith('"karyotype": "XY"')
    assert not any("0102031234" in str(finding) for finding in found)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (drop("laboratory"), "schema.missing"),
        (drop("persons", 0, "sample", "assay"), "schema.missing"),
        (drop("persons", 0, "key"), "schema.missing"),
        (put(1, "persons", 0, "sex"), "schema.unknown"),
        (put(3, "schema_version"), "schema.value"),
        (put("1", "schema_version"), "schema.value"),
        (put(True, "schema_version"), "schema.value"),
        (put([], "persons"), "schema.value"),
        (put("XZ", "persons", 0, "karyotype"), "schema.value"),
        (put("GRCh37", "persons", 0, "sample", "assembly"), "schema.value"),
        (put("2026-02-30", "case", "opened"), "schema.value"),
        (put(20260112, "case", "opened"), "schema.value"),
        (put("a b", "package"), "schema.value"),
        (put("../x", "case", "id"), "schema.value"),
        (put(-1, "files", 0, "size"), "schema.value"),
        (put(1e300, "files", 0, "size"), "schema.value"),
        (put("A" * 64, "files", 0, "sha256"), "schema.value"),
        (put("/etc/passwd", "files", 0, "path"), "files.path"),
        (put("files/../../x", "files", 0, "path"), "files.path"),
        (put("files\\x", "files", 0, "path"), "files.path"),
        (put(".ssh/id", "files", 0, "path"), "files.path"),
        (put("files//x", "files", 0, "path"), "files.path"),
        (put("files/other.g.vcf", "files", 0, "path"), "files.missing"),
        (put("a" * 64, "files", 0, "sha256"), "files.sha256"),
        (put(7, "files", 0, "size"), "files.size"),
        (lambda value: value["files"].append(value["files"][0]), "files.twice"),
        (put("2026-03-04", "persons", 0, "sample", "collected"), "date.future"),
        (put("010203-1234", "persons", 0, "sample", "id"), "name.cpr"),
        (put("010203-1234", "case", "id"), "name.cpr"),
        (put("trio", "case", "kind"), "family.roles"),
        (put("mother", "persons", 0, "role"), "family.roles"),
        (lambda value: value["persons"].append(value["persons"][0]), "family.roles"),
        (lambda value: value["persons"].append(value["persons"][0]), "family.same_person"),
        (put(False, "persons", 0, "blood"), "family.blood"),
        (put("files/none.g.vcf", "persons", 0, "sample", "calls"), "sample.calls"),
        (put("other", "files", 0, "format"), "sample.calls"),
        (put("bed", "persons", 0, "sample", "callability"), "sample.bed"),
        (put("files/x.bed", "persons", 0, "sample", "bed"), "sample.bed"),
        (put("somebody-else", "persons", 0, "sample", "column"), "sample.column"),
        (put("correction", "type"), "correction.of"),
        (put("N0", "corrects"), "correction.of"),
    ],
)
def test_check__rule_broken_in_the_manifest(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], rule: str
) -> None:
    folder = edit(make_single(tmp_path / "a"), change)

    found = [finding for finding in findings_of(folder) if finding.rule == rule]

    assert found and found[0].mend
    assert found[0].line > 0 or found[0].file != "manifest.json"


def test_check__a_relative_reported_alone_needs_the_familys_name(tmp_path: Path) -> None:
    folder = edit(make_single(tmp_path / "a"), put("sibling", "persons", 0, "role"))
    assert rules_of(folder) == ["family.roles"]

    assert rules_of(edit(folder, put("F1", "case", "family"))) == []


def test_check__swapped_parents_are_told_by_karyotype(tmp_path: Path) -> None:
    def swap(value: dict[str, Any]) -> None:
        mother, father = value["persons"][1:]
        mother["role"], father["role"] = "father", "mother"

    found = findings_of(edit(make_trio(tmp_path / "a"), swap))

    assert [finding.rule for finding in found] == ["family.karyotype", "family.karyotype"]
    assert "swapped" in found[0].mend


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_check__a_trio_with_somebody_missing_is_refused_with_the_role(tmp_path: Path, missing: int) -> None:
    folder = edit(make_trio(tmp_path / "a"), drop("persons", missing))

    found = next(finding for finding in findings_of(folder) if finding.rule == "family.roles")

    assert ["index", "mother", "father"][missing] in found.found


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1, "a": 2}', "\ufeff", "null", "\x00\x01"])
def test_check__what_is_no_manifest_is_refused_with_a_line(tmp_path: Path, text: str) -> None:
    folder = make_single(tmp_path / "a")
    (folder / "manifest.json").write_text(text)

    found = findings_of(folder)

    assert found and all(finding.rule in ("manifest.json", "schema.value", "schema.missing") for finding in found)


def test_check__manifest_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    folder = make_single(tmp_path / "a")
    (folder / "manifest.json").write_bytes(b'{\n"package": "\xe6"}')

    assert [(finding.rule, finding.line) for finding in findings_of(folder)] == [("manifest.json", 2)]


def test_check__no_folder_or_no_manifest_is_told(tmp_path: Path) -> None:
    assert rules_of(tmp_path) == ["manifest.missing"]
    assert rules_of(tmp_path / "nowhere") == ["manifest.missing"]


@given(st.binary(max_size=200))
def test_read_manifest__no_bytes_are_a_traceback(raw: bytes) -> None:
    with pytest.raises(PackageRefused):
        read_manifest(raw)


good = manifest(
    "N1",
    [person("p")],
    Path("/nonexistent"),
    files=[{"path": "files/p.g.vcf", "size": 1, "sha256": "0" * 64, "format": "gvcf"}],
)
paths = st.sampled_from(
    [
        ("case",),
        ("persons",),
        ("persons", 0),
        ("persons", 0, "sample"),
        ("files", 0, "path"),
        ("package",),
        ("case", "clinicians"),
        ("persons", 0, "sample", "mean_depth"),
        ("files", 0, "size"),
        ("persons", 0, "blood"),
    ]
)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@given(paths, junk)
def test_schema__published_and_program_agree_on_every_manifest(path: tuple[str | int, ...], value: object) -> None:
    made = json.loads(json.dumps(good))
    put(value, *path)(made)

    published = jsonschema.Draft202012Validator(schema(1), format_checker=jsonschema.FormatChecker()).is_valid(made)
    try:
        read_manifest(json.dumps(made).encode())
        program = True
    except PackageRefused:
        program = False

    assert program == published


def test_schema__the_published_file_is_what_the_program_checks_by() -> None:
    for version in versions.VERSIONS:
        file = Path(versions.__file__).parent / "schema" / f"submission-{version}.json"

        assert json.loads(file.read_text()) == json.loads(json.dumps(schema(version)))
        jsonschema.Draft202012Validator.check_schema(schema(version))


def test_package_hash__is_of_what_it_says_not_of_how_it_is_written(tmp_path: Path) -> None:
    folder = make_single(tmp_path / "a")
    value = json.loads((folder / "manifest.json").read_text())
    first = open_package(folder).hash
    (folder / "manifest.json").write_text(json.dumps(dict(reversed(value.items())), indent=7))

    assert open_package(folder).hash == first
    assert open_package(change_manifest(folder, package="N2")).hash != first


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "..",
        "/a",
        "a/../b",
        "a//b",
        "a/",
        "./a",
        "a\\b",
        "C:a",
        ".a",
        "a/.b",
        "a\nb",
        "manifest.json",
        "a/..",
        "a ",
        "a.",
    ],
)
def test_safe_path__refuses_what_could_leave_the_package(path: str) -> None:
    assert not safe_path(path)


@given(st.text(max_size=30))
def test_safe_path__what_passes_stays_inside(path: str) -> None:
    if safe_path(path):
        assert (Path("/package") / path).resolve().is_relative_to("/package")
        assert path == Path(path).as_posix()


def test_check__a_link_out_of_the_package_is_no_file_of_it(tmp_path: Path) -> None:
    outside = write_gvcf(tmp_path / "outside.g.vcf", "N1-p-B")
    folder = make_single(tmp_path / "a")
    (folder / "files" / "N1-p.g.vcf").unlink()
    (folder / "files" / "N1-p.g.vcf").symlink_to(outside)

    assert rules_of(folder) == ["files.missing"]


# Registers


def test_rules__each_has_a_sentence_and_each_is_broken_by_a_test() -> None:
    text = Path(__file__).read_text()
    for other in (
        "test_check_calls.py",
        "test_judge.py",
        "test_moved.py",
        "test_likeness.py",
        "test_kinds.py",
        "test_wrong_packages.py",
        "test_rule_sets.py",
        "test_scan.py",
        "../structural/test_counting.py",
    ):
        text += (Path(__file__).parent / other).read_text()
    elsewhere = {"person.key"}

    assert all(sentence.endswith(".") for sentence in RULES.values())
    assert [rule for rule in RULES if f'"{rule}"' not in text and rule not in elsewhere] == []


def test_rules__the_documentation_has_each_with_its_promise() -> None:
    page = (Path(__file__).parents[2] / "docs" / "submission.md").read_text()

    assert all(f"| `{rule}` | {promise} |" in page for rule, promise in RULES.items())
