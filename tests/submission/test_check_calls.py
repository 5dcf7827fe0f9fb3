"""The check of calls: columns, builds, blocks, karyotype and family."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.submission.checked import Alleles, called, edit, family, findings_of, put, rules_of
from tests.support.laboratory import (
    END,
    HEADER,
    START,
    make_single,
    make_trio,
    manifest,
    person,
    write_gvcf,
    write_manifest,
)


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


def of_kit(folder: Path, bed: str, *calls: tuple[str, int, str, str, str], karyotype: str = "XX") -> Path:
    write_gvcf(
        folder / "files" / "p.g.vcf", "p-B", calls, blocks=False, spans={call[0]: (call[1], call[1]) for call in calls}
    )
    (folder / "files" / "kit.bed").write_text(bed)
    sample = {"callability": "bed", "bed": "files/kit.bed", "assay": "exome"}
    return write_manifest(folder, manifest("N1", [person("p", karyotype=karyotype, **sample)], folder))


@pytest.mark.parametrize(
    ("bed", "severity"),
    [
        ("chr21\t20000000\t20099999\n", "warning"),
        ("chr21\t20000000\t20100000\n", "error"),
        ("chr21\t20000000\t20060000\nchrX\t20000000\t20040000\n", "error"),
        ("chr21\t20000000\t20060000\nchrY\t20000000\t22000000\n", "warning"),
    ],
)
def test_calls__a_file_without_a_record_is_no_healthy_genome(tmp_path: Path, bed: str, severity: str) -> None:
    (found,) = findings_of(of_kit(tmp_path / "a", bed))

    assert (found.rule, found.severity, found.file) == ("calls.empty", severity, "files/p.g.vcf")
    assert "no record on 1-22, X, Y, M" in found.found and "of its BED" in found.found


def test_calls__a_chromosome_without_a_record_is_told(tmp_path: Path) -> None:
    bed = "".join(f"chr{name}\t10000000\t{end}\n" for name, end in (("1", 11000000), ("21", 11000000), ("2", 10999999)))
    bed += "chrX\t10000000\t11000000\nchrY\t10000000\t12000000\nchrM\t0\t16569\n"

    (found,) = findings_of(of_kit(tmp_path / "a", bed, ("chr21", 10_000_100, "A", "G", "0/1")))
    whole = of_kit(tmp_path / "b", bed, *[(f"chr{name}", 10_000_100, "A", "G", "0/0") for name in ("1", "21", "X")])

    assert (found.rule, found.severity, found.file) == ("calls.contig", "warning", "files/p.g.vcf")
    assert "no record on chr1, chrX," in found.found
    assert rules_of(whole) == []


def test_calls__that_lack_what_the_gates_ask_are_told_by_contig_and_field(tmp_path: Path) -> None:
    folder = of_kit(tmp_path / "a", "chr21\t10000000\t10050000\n", ("chr21", 10_000_100, "A", "G", "0/1"))
    file = folder / "files" / "p.g.vcf"
    columns = [line.split("\t") for line in file.read_text().splitlines() if not line.startswith("#")]
    assert all("GQ" in line[8].split(":") for line in columns)
    rewrite(folder, file.read_text().replace(":GQ", ":XQ"), name="p")

    (found,) = findings_of(folder)

    assert (found.rule, found.severity, found.file) == ("calls.quality", "warning", "files/p.g.vcf")
    assert found.found == "No call that carries something has GQ on chr21: the genome counts in raw alone there."
    assert "freebayes --genotype-qualities" in found.mend


@pytest.mark.parametrize(("calls", "rules"), [(99, ["calls.sparse"]), (100, [])])
def test_calls__hardly_a_difference_in_ten_megabases_is_no_person(tmp_path: Path, calls: int, rules: list[str]) -> None:
    made = [("chr21", 10_000_000 + 10 * i, "A", "G", "0/1") for i in range(calls)]
    folder = of_kit(tmp_path / "a", "chr21\t10000000\t20000000\n", *made)

    found = findings_of(folder)

    assert [one.rule for one in found if one.severity == "error"] == rules
    assert not rules or found[0].found.startswith("It has 99 calls in the 10,000,000 bases of its BED on 1-22 and X")


def test_calls__of_files_that_were_put_together_say_nothing_of_what_others_carry(tmp_path: Path) -> None:
    made = [("chr21", 10_000_000 + 10 * i, "A", "G", "0/1" if i < 30 else "./.") for i in range(60)]
    looked = ("chr21", 10_001_000, "A", "G", "0/0")

    (found,) = findings_of(of_kit(tmp_path / "a", "chr21\t10000000\t10050000\n", *made))

    assert (found.rule, found.severity, found.file) == ("calls.merged", "error", "files/p.g.vcf")
    assert found.found.startswith("It has no genotype in 30 records, a call in 30, and none like the reference")
    assert "--missing-to-ref" in found.mend
    assert rules_of(of_kit(tmp_path / "b", "chr21\t10000000\t10050000\n", *made, looked)) == []


def test_calls__of_another_build_by_its_own_words_are_refused(tmp_path: Path) -> None:
    folder = make_single(tmp_path / "a")
    path = folder / "files" / "N1-p.g.vcf"
    lines = [re.sub(",length=[0-9]+", "", line) for line in path.read_text().splitlines(keepends=True)]
    rewrite(folder, "".join([lines[0], "##reference=/data/hs37d5.fa\n", *lines[1:]]))

    (found,) = findings_of(folder)

    assert (found.rule, found.file) == ("calls.refused", "files/N1-p.g.vcf")
    assert "names GRCh37" in found.found and found.mend.startswith("Lift it over to GRCh38 at the laboratory")


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
