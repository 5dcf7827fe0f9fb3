"""Every rule of the check by an example that breaks it, and all of them at once."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.genome import GRCH38
from embla.genotypes import Policy
from embla.submission import RULES, Finding, PackageRefused, check_package, open_package, schema, versions
from embla.submission.check import Reading
from embla.submission.package import read_manifest, safe_path
from tests.support.laboratory import (
    END,
    HEADER,
    START,
    change_manifest,
    make_single,
    make_trio,
    manifest,
    person,
    write_gvcf,
    write_manifest,
)

TODAY = date(2026, 3, 2)
READING = Reading(GRCH38, None, Policy())


def findings_of(folder: Path) -> list[Finding]:
    try:
        return list(check_package(open_package(folder), READING, on=TODAY).findings)
    except PackageRefused as refused:
        return list(refused.findings)


def rules_of(folder: Path) -> list[str]:
    return [finding.rule for finding in findings_of(folder)]


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    value = json.loads((folder / "manifest.json").read_text())
    change(value)
    return write_manifest(folder, value)


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


def drop(*path: str | int) -> Callable[[dict[str, Any]], object]:
    def change(value: Any) -> None:
        for step in path[:-1]:
            value = value[step]
        del value[path[-1]]

    return change


def put(new: object, *path: str | int) -> Callable[[dict[str, Any]], object]:
    def change(value: Any) -> None:
        for step in path[:-1]:
            value = value[step]
        value[path[-1]] = new

    return change


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


# Calls


def rewrite(folder: Path, text: str, name: str = "N1-p") -> Path:
    """Other content in the file of calls, and the manifest's size and hash to match."""
    path = folder / "files" / f"{name}.g.vcf"
    path.write_text(text)
    value = json.loads((folder / "manifest.json").read_text())
    fresh = {file["path"]: file for file in manifest("x", [], folder)["files"]}
    value["files"] = [fresh[file["path"]] for file in value["files"]]
    return write_manifest(folder, value)


def test_calls__what_the_reader_refuses_names_file_and_line(tmp_path: Path) -> None:
    folder = make_single(tmp_path / "a")
    text = (folder / "files" / "N1-p.g.vcf").read_text()
    broken = text.replace("0/1", "0/9")

    found = findings_of(rewrite(folder, broken))

    assert [(finding.rule, finding.file) for finding in found] == [("calls.refused", "files/N1-p.g.vcf")]
    assert broken.splitlines()[found[0].line - 1].find("0/9") > 0


@pytest.mark.parametrize("text", ["", "hello\n", HEADER, "##fileformat=VCFv4.2\n", "\x1f\x8b\x08\x04cut"])
def test_calls__what_is_no_vcf_is_refused(tmp_path: Path, text: str) -> None:
    assert rules_of(rewrite(make_single(tmp_path / "a"), text)) == ["calls.refused"]


def test_calls__another_build_is_refused(tmp_path: Path) -> None:
    folder = make_single(tmp_path / "a")
    text = (folder / "files" / "N1-p.g.vcf").read_text()
    lengths = {248956422: 249250621, 46709983: 48129895, 156040895: 155270560, 57227415: 59373566}
    old = text
    for ours, theirs in lengths.items():
        old = old.replace(f"length={ours}", f"length={theirs}")

    found = findings_of(rewrite(folder, old))

    assert [finding.rule for finding in found] == ["calls.refused"] and "GRCh37" in str(found[0])


def test_calls__swapped_files_are_told_by_the_column(tmp_path: Path) -> None:
    folder = make_trio(tmp_path / "a")

    def swap(value: dict[str, Any]) -> None:
        first, second = value["persons"][1]["sample"], value["persons"][2]["sample"]
        first["calls"], second["calls"] = second["calls"], first["calls"]

    found = findings_of(edit(folder, swap))

    assert [finding.rule for finding in found] == ["sample.column", "sample.column"]
    assert "T1-father-B" in found[0].found


def test_calls__a_column_named_by_a_cpr_number_is_refused(tmp_path: Path) -> None:
    folder = make_single(tmp_path / "a")
    write_gvcf(folder / "files" / "N1-p.g.vcf", ["N1-p-B", "0102031234"])
    rewrite(folder, (folder / "files" / "N1-p.g.vcf").read_text())

    found = findings_of(folder)

    assert [finding.rule for finding in found] == ["name.cpr"] and "0102031234" not in str(found)


def test_check__a_hostile_manifest_does_not_fill_the_answer(tmp_path: Path) -> None:
    folder = edit(make_single(tmp_path / "a"), lambda value: value.update({f"x{i}": 1 for i in range(5000)}))

    found = findings_of(folder)

    assert len(found) == 201 and "4,800 more" in found[-1].found


def test_calls__a_column_of_another_name_is_taken_when_it_is_said(tmp_path: Path) -> None:
    folder = make_single(tmp_path / "a")
    text = (folder / "files" / "N1-p.g.vcf").read_text().replace("N1-p-B", "NA12878")
    assert rules_of(rewrite(folder, text)) == ["sample.column"]

    assert rules_of(edit(folder, put("NA12878", "persons", 0, "sample", "column"))) == []


def test_calls__a_gvcf_without_blocks_is_told(tmp_path: Path) -> None:
    folder = make_single(tmp_path / "a")
    write_gvcf(folder / "files" / "N1-p.g.vcf", "N1-p-B", blocks=False)
    rewrite(folder, (folder / "files" / "N1-p.g.vcf").read_text())

    assert rules_of(folder) == ["calls.callability"]
    assert rules_of(edit(folder, put("assumed", "persons", 0, "sample", "callability"))) == []


def test_calls__blocks_thrown_away_are_a_warning(tmp_path: Path) -> None:
    folder = edit(make_single(tmp_path / "a"), put("assumed", "persons", 0, "sample", "callability"))

    found = findings_of(folder)

    assert [(finding.rule, finding.severity) for finding in found] == [("calls.callability", "warning")]


def test_calls__a_bed_says_where_it_could_be_called(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    write_gvcf(folder / "files" / "p.g.vcf", "p-B", blocks=False)
    (folder / "files" / "kit.bed").write_text(f"chr21\t{START}\t{END}\n")
    sample = {"callability": "bed", "bed": "files/kit.bed", "assay": "panel"}
    write_manifest(folder, manifest("N1", [person("p", **sample)], folder))

    assert rules_of(folder) == []


def test_calls__a_file_that_says_nothing_is_refused(tmp_path: Path) -> None:
    folder = make_single(tmp_path / "a", calls=[])
    text = HEADER + "\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT N1-p-B".split()) + "\n"
    edit(rewrite(folder, text), put("assumed", "persons", 0, "sample", "callability"))

    assert rules_of(folder) == ["calls.empty"]


def on_x(kinds: dict[str, int]) -> list[tuple[str, int, str, str, str]]:
    gts = [gt for gt, n in kinds.items() for _ in range(n)]
    return [("chrX", 10_000_000 + 10 * i, "A", "G", gt) for i, gt in enumerate(gts)]


X_SPAN = {"chrX": (9_999_000, 10_010_000), "chrY": (10_000_000, 10_010_000)}


@pytest.mark.parametrize(
    ("karyotype", "kinds", "on_y", "wrong"),
    [
        ("XY", {"0/1": 80, "1/1": 60}, 0, True),
        ("XY", {"0/1": 5, "1/1": 140}, 0, False),
        ("XXY", {"0/1": 80, "1/1": 60}, 0, False),
        ("XX", {"0/1": 80, "1/1": 60}, 0, False),
        ("XX", {"0/1": 2, "1/1": 140}, 40, True),
        ("XX", {"0/1": 2, "1/1": 140}, 0, False),
        ("XY", {"0/1": 40, "1/1": 10}, 0, False),
        ("unknown", {"0/1": 80, "1/1": 60}, 0, False),
    ],
)
def test_calls__karyotype_is_held_against_x_and_y(
    tmp_path: Path, karyotype: str, kinds: dict[str, int], on_y: int, wrong: bool
) -> None:
    folder = make_single(tmp_path / "a", karyotype=karyotype)
    calls = on_x(kinds) + [("chrY", 10_000_100 + 10 * i, "A", "G", "1/1") for i in range(on_y)]
    write_gvcf(folder / "files" / "N1-p.g.vcf", "N1-p-B", calls, spans=X_SPAN)
    rewrite(folder, (folder / "files" / "N1-p.g.vcf").read_text())

    assert rules_of(folder) == (["calls.karyotype"] if wrong else [])


Alleles = list[tuple[int, int]]  # two alleles at each of some hundred sites


def called(alleles: Alleles) -> list[tuple[str, int, str, str, str]]:
    return [("chr21", START + 20 + 10 * i, "A", "G", f"{min(a)}/{max(a)}") for i, a in enumerate(alleles) if any(a)]


def family(seed: int, n: int = 900) -> dict[str, Alleles]:
    import random

    rng = random.Random(seed)
    frequency = [rng.uniform(0.05, 0.95) for _ in range(n)]
    draw = lambda: [(int(rng.random() < f), int(rng.random() < f)) for f in frequency]  # noqa: E731
    mother, father, stranger = draw(), draw(), draw()
    child = [(rng.choice(m), rng.choice(f)) for m, f in zip(mother, father, strict=True)]
    return {"mother": mother, "father": father, "index": child, "stranger": stranger}


def trio_of(folder: Path, index: Alleles, mother: Alleles, father: Alleles) -> Path:
    return make_trio(folder, calls={"index": called(index), "mother": called(mother), "father": called(father)})


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_family__a_true_trio_passes_and_a_stranger_does_not(tmp_path: Path, seed: int) -> None:
    people = family(seed)
    true = trio_of(tmp_path / "a", people["index"], people["mother"], people["father"])
    false = trio_of(tmp_path / "b", people["index"], people["mother"], people["stranger"])

    assert rules_of(true) == []
    found = findings_of(false)
    assert [finding.rule for finding in found] == ["family.kinship"] and "father" in found[0].found

    assert rules_of(edit(false, put(False, "persons", 2, "blood"))) == []


def test_family__child_swapped_with_a_parent_is_told(tmp_path: Path) -> None:
    people = family(4)
    folder = trio_of(tmp_path / "a", people["father"], people["mother"], people["index"])

    assert rules_of(folder) == ["family.kinship"]


def test_family__one_sample_sequenced_twice_is_told(tmp_path: Path) -> None:
    people = family(5)
    folder = trio_of(tmp_path / "a", people["index"], people["index"], people["father"])

    assert rules_of(folder) == ["family.same_genome"]


def test_family__too_few_sites_say_nothing(tmp_path: Path) -> None:
    people = {role: alleles[:90] for role, alleles in family(6).items()}

    assert rules_of(trio_of(tmp_path / "a", people["index"], people["stranger"], people["father"])) == []


# Registers


def test_rules__each_has_a_sentence_and_each_is_broken_by_a_test() -> None:
    text = Path(__file__).read_text()
    for other in (
        "test_judge.py",
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
