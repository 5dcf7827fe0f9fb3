"""What leaves: ClinVar's submission JSON against NCBI's own schema, and a VCF marked with classes."""

import gzip
import json
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pysam
import pytest
from jsonschema import Draft202012Validator
from pytest import CaptureFixture

from embla import cli
from embla.classification.importing import import_list
from embla.classification.marking import mark_file
from embla.classification.model.clinvar import CRITERIA, Submitted, submissions
from embla.classification.model.record import Content, Evidence, Identity
from embla.classification.service import withdraw
from embla.classification.submitting import for_clinvar, read_accessions
from embla.errors import BadInput, NotPermitted, UsageError
from embla.genome import Variant
from embla.platform import OPERATOR, House, events_since
from embla.reference import Resources, demo_reference_paths, parse, resolve
from tests.classification.labs import CLINICIAN, CSTB, SPLICE, names_of_labs, person, publish

SCHEMA = Draft202012Validator(
    json.loads((Path(__file__).parents[1] / "data" / "clinvar" / "ncbi_submission_api_schema.json").read_text())
)
SNV = Variant("chr21", 43774760, "C", "G")
HEAD = "##fileformat=VCFv4.3\n##contig=<ID=chr21,length=46709983>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def one(axis: str = "germline", class_: str = "P", variant: Variant = SNV, **said: Any) -> Submitted:
    identity = Identity("lab", str(variant), said.pop("condition", ""), said.pop("inheritance", ""), axis=axis)
    return Submitted("C1", identity, Content(class_, date(2026, 2, 1), "who", **said), variant, said.pop("scv", ""))


# ClinVar


@pytest.mark.parametrize(
    ("axis", "classes"),
    [
        ("germline", ["P", "LP", "VUS", "LB", "B"]), ("cnv", ["P"]), ("mtdna", ["LB"]),
        ("impact", ["Tier III", "Tier IV"]),
        ("oncogenicity", ["O", "LO", "VUS", "LB", "B"]),
        ("risk", ["Pathogenic, low penetrance", "Likely pathogenic, low penetrance", "Established risk allele",
                  "Likely risk allele", "Uncertain risk allele"]),
    ],
)  # fmt: skip
def test_clinvar__takes_every_class_of_every_axis(axis: str, classes: list[str]) -> None:
    made, left = submissions([one(axis, class_) for class_ in classes])

    assert not left and [name for name, _ in made] == [axis]
    SCHEMA.validate(made[0][1])
    assert made[0][1]["assertionCriteria"]["id"] == CRITERIA[axis]


def test_clinvar__what_it_would_refuse_is_left_out_and_told() -> None:
    long, symbolic = Variant("chr21", 43774760, "C" + "A" * 60, "C"), Variant("chr21", 43774760, "C", "<DEL>")

    made, left = submissions([one("impact", "Tier I"), one(variant=long), one(variant=symbolic)])

    assert made == [] and len(left) == 3
    assert "drug" in left[0].reason and "not loaded" in left[1].reason and "not spelled out" in left[2].reason


def test_clinvar__takes_an_allele_of_more_than_50_bases_by_its_hgvs_name(house_on_both: House) -> None:
    bare, lab = house_on_both, names_of_labs(house_on_both)[0]
    names = Resources.open(demo_reference_paths().fasta)
    assert names.reference is not None
    gone = names.reference.fetch("chr21", 43776203, 43776264)
    place = f"chr21-43776204-{gone}"
    long = [str(parse(f"{place}-{gone[0]}", names.reference)), str(parse(f"{place}-{gone[0]}{'GATTACA' * 9}"))]
    for allele in (CSTB, *long):
        publish(bare, 0, "LP", allele=allele, share="public")

    told = for_clinvar(replace(bare, open_names=lambda _: names), person(bare, 0), lab)
    unnamed = for_clinvar(replace(bare, open_names=lambda _: Resources()), person(bare, 0), lab)

    assert (told.records, told.left_out) == (3, ())
    ((_, sent),) = told.submissions
    SCHEMA.validate(sent)
    items = {item["localID"]: item["variantSet"]["variant"][0] for item in sent["germlineSubmission"]}
    assert list(items.pop(CSTB)) == ["chromosomeCoordinates"]
    assert {name: str(resolve(one["hgvs"], names).variant) for name, one in items.items()} == {a: a for a in long}
    assert any(re.fullmatch(r"NC_000021\.9:g\.43776\d{3}_43776\d{3}del", one["hgvs"]) for one in items.values())
    # Where the name cannot be made the rest goes, and who reads the answer is told of each that does not, and why.
    assert (unnamed.records, len(unnamed.left_out)) == (1, 2)
    assert all("longer than 50 bases" in one.reason and "not loaded" in one.reason for one in unnamed.left_out)


def test_clinvar__evidence_conditions_and_inheritance_arrive() -> None:
    evidence = (
        Evidence("PVS1", "met", "VeryStrong", citations=(
            "PMID: 25741868", "https://example.org/a", "doi:10.1000/x.1")),
        Evidence("PM2", "met", "Supporting", citations=("25741868", "a talk")), Evidence("BP4", "not met"),
    )  # fmt: skip
    told = [
        submissions([one(
            evidence=evidence, summary="Seen twice.", condition=key, condition_label=label, inheritance=how
        )])
        for key, label, how in (
            ("MONDO:0009698", "MONDO:0009698", "AR"), ("ORPHA:308", "", "XL"), ("OMIM:254800", "", "MT"),
            ("HP:0001250", "", "OTHER"), ("text:myoclonus", "Myoclonus", "SD"), ("", "", ""),
        )
    ]  # fmt: skip
    items = []
    for made, left in told:
        assert not left
        SCHEMA.validate(made[0][1])
        items += made[0][1]["germlineSubmission"]

    said = items[0]["germlineClassification"]
    assert said["comment"] == "Seen twice. Criteria met: PVS1_VeryStrong, PM2_Supporting."
    assert [list(c.values()) for c in said["citation"]] == [["PubMed", "25741868"], ["https://example.org/a"],
                                                            ["DOI", "10.1000/x.1"]]  # fmt: skip
    assert [one["conditionSet"]["condition"][0] for one in items] == [
        {"db": "MONDO", "id": "MONDO:0009698"}, {"db": "Orphanet", "id": "ORPHA308"}, {"db": "OMIM", "id": "254800"},
        {"db": "HP", "id": "HP:0001250"}, {"name": "Myoclonus"}, {"name": "not specified"},
    ]  # fmt: skip
    assert "modeOfInheritance" not in items[-1]["germlineClassification"]
    assert submissions([one(class_="VUS", subclass="high")])[0][0][1]["germlineSubmission"][0][
        "germlineClassification"
    ]["germlineClassificationDescription"] == "VUS-high"  # fmt: skip


@pytest.mark.parametrize(
    "spoil",
    [
        lambda item: item.pop("recordStatus"),
        lambda item: item.update(recordStatus="old"),
        lambda item: item["germlineClassification"].update(germlineClassificationDescription="Bad"),
        lambda item: item["germlineClassification"].update(dateLastEvaluated="1 February"),
        lambda item: item.update(observedIn=[{}]),
        lambda item: item["variantSet"].update(variant=[]),
        lambda item: item.update(conditionSet={"condition": []}),
        lambda item: item.update(patient="somebody"),
    ],
)
def test_clinvar__the_schema_of_these_tests_refuses_mutants(spoil: Callable[[Any], Any]) -> None:
    good = submissions([one()])[0][0][1]
    bad = deepcopy(good)
    spoil(bad["germlineSubmission"][0])

    SCHEMA.validate(good)
    assert not SCHEMA.is_valid(bad)


def test_clinvar__only_the_own_public_ones_go_and_withdrawn_ones_are_deleted(house_on_both: House) -> None:
    house = house_on_both
    lab = names_of_labs(house)[0]
    public = publish(house, 0, "P", share="public").record.id
    gone = publish(house, 0, "LP", allele=SPLICE, share="public").record.id
    publish(house, 0, "VUS", condition="MONDO:0000001", share="labs")
    publish(house, 1, "B", share="public")
    withdraw(house, person(house, 0), gone, "duplicate")
    known = {public: "SCV000000001", gone: "SCV000000002", "C-other": "SCV000000003"}

    told = for_clinvar(house, person(house, 0), lab, accessions=known)

    (axis, sent), (what, deleted) = told.submissions
    assert (axis, what, told.records, told.deletions) == ("germline", "deletion", 1, 1)
    SCHEMA.validate(sent)
    SCHEMA.validate(deleted)
    (item,) = sent["germlineSubmission"]
    assert (item["localKey"], item["recordStatus"], item["clinvarAccession"]) == (public, "update", "SCV000000001")
    assert item["variantSet"]["variant"][0]["chromosomeCoordinates"] == {
        "assembly": "GRCh38", "chromosome": "21", "start": 43774279, "stop": 43774281, "referenceAllele": "GGA",
        "alternateAllele": "G",
    }  # fmt: skip
    assert deleted["clinvarDeletion"]["accessionSet"] == [{"accession": "SCV000000002", "reason": "duplicate"}]
    assert [one.id for one in told.left_out] == ["C-other"]
    assert (
        for_clinvar(house, person(house, 0), lab).submissions[0][1]["germlineSubmission"][0]["recordStatus"] == "novel"
    )
    with house.database.reading() as connection:
        events = [e.body for e in events_since(connection, 0, kinds=("classification-submitted-elsewhere",))]
    assert events[0] == {"to": "clinvar", "records": 1, "deletions": 1}
    for stranger in (person(house, 1), CLINICIAN):
        with pytest.raises(NotPermitted):
            for_clinvar(house, stranger, lab)


@pytest.mark.parametrize(
    "text", ["C1\tSCV1\nC2\tSCV2\n", "C1 SCV000000001\n\n x\n", "C1\tSCV000000001\nC1\tSCV000000002\n"]
)
def test_accessions__a_line_that_is_none_is_refused_with_its_number(tmp_path: Path, text: str) -> None:
    table = tmp_path / "scv.tsv"
    table.write_text("local key\taccession\nC0\tSCV000000009.2\n" + text)

    with pytest.raises(BadInput) as refused:
        read_accessions(table)

    assert any(f"line {number}:" in str(refused.value) for number in (3, 4))


def test_clinvar__the_command_writes_a_file_per_axis(
    house: House, tmp_path: Path, capsys: CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(house, 0, "P", share="public")
    words = ["classification", "clinvar", "--lab", names_of_labs(house)[0]]
    monkeypatch.setenv("EMBLA_HOME", str(house.home))

    assert cli.run([*words, "-o", str(tmp_path / "out"), "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told == {"records": 1, "deletions": 0, "files": ["germline.json"], "left_out": []}
    SCHEMA.validate(json.loads((tmp_path / "out" / "germline.json").read_text()))
    assert cli.run([*words, "-o", str(tmp_path / "out")]) == 2  # what was sent before is not sent once more
    (tmp_path / "file").touch()
    assert cli.run([*words, "-o", str(tmp_path / "file")]) == 2


# A VCF marked with classes


def marked(house: House, tmp_path: Path, rows: list[str], *, public: bool = False, head: str = HEAD) -> list[list[str]]:
    (tmp_path / "in.vcf").write_text(head + "".join(row + "\n" for row in rows))
    mark_file(house, CLINICIAN, tmp_path / "in.vcf", tmp_path / "out.vcf", public=public)
    text = (tmp_path / "out.vcf").read_text().splitlines()
    return [line.split("\t") for line in text if not line.startswith("#")]


def test_mark__any_spelling_of_a_classified_allele_and_no_other(house: House, tmp_path: Path) -> None:
    publish(house, 0, "P", share="public")
    publish(house, 1, "VUS", condition="a, b; c=d|e&f")
    publish(house, 1, "B", allele=SPLICE)

    (plain, padded, both, other, symbolic) = marked(
        house, tmp_path,
        ["chr21\t43774279\tx\tGGA\tG\t.\tPASS\tAC=1", "21\t43774279\t.\tGGAT\tGT\t.\tPASS\t.",
         "chr21\t43774760\t.\tC\tA,G\t.\tq10\tDB", "chr21\t43774760\t.\tC\tT\t.\tPASS\tDP=3",
         "chr21\t43774279\t.\tG\t<DEL>\t.\t.\t."],
    )  # fmt: skip

    labs = names_of_labs(house)
    each = (
        f"{labs[1]}|germline|VUS|text:a%2C%20b%3B%20c%3Dd%7Ce%26f|2026-02-01",
        f"{labs[0]}|germline|P|MONDO:0009698|2026-02-01",
    )
    classes = [part.split("&") for part in (plain[7].partition("EMBLA_CLASSES=")[2],)]
    assert plain[7].startswith("AC=1;EMBLA_CLASS=Conflicting_classifications_of_pathogenicity;EMBLA_CLASSES=")
    assert sorted(classes[0]) == sorted(each)
    assert padded[7] == plain[7].removeprefix("AC=1;")
    assert both[7] == f"DB;EMBLA_CLASS=.,Benign;EMBLA_CLASSES=.,{labs[1]}|germline|B|MONDO:0009698|2026-02-01"
    assert (other[7], symbolic[7]) == ("DP=3", ".")
    public = marked(house, tmp_path, ["chr21\t43774279\tx\tGGA\tG\t.\tPASS\tAC=1"], public=True)[0]
    assert public[7] == f"AC=1;EMBLA_CLASS=Pathogenic;EMBLA_CLASSES={each[1]}"


def test_mark__classes_together_are_germline_ones_and_one_per_laboratory_and_condition(
    house: House, tmp_path: Path
) -> None:
    table = tmp_path / "own.csv"
    table.write_text(
        "variant,class,condition,inheritance,origin,axis,evaluated\n"
        "21-43774760-C-A,P,Y,AD,germline,germline,2025-01-01\n21-43774760-C-A,VUS,Y,AR,germline,germline,2026-01-01\n"
        "21-43774760-C-G,P,Y,,somatic,germline,2026-01-01\n21-43774760-C-T,P,Y,,germline,mtdna,2026-01-01\n"
    )
    import_list(house, OPERATOR, names_of_labs(house)[0], table)

    (row,) = marked(house, tmp_path, ["chr21\t43774760\t.\tC\tA,G,T\t.\t.\t."])

    assert row[7].startswith("EMBLA_CLASS=Uncertain_significance,.,Pathogenic;EMBLA_CLASSES=")
    assert [one.count("|") // 4 for one in row[7].split(";")[1].split(",")] == [2, 1, 1]


def test_mark__again_replaces_and_htslib_reads_it(house: House, tmp_path: Path) -> None:
    publish(house, 0, "P")
    source, once, twice = tmp_path / "a.vcf.gz", tmp_path / "b.vcf.gz", tmp_path / "c.vcf.gz"
    source.write_bytes(gzip.compress((HEAD + "chr21\t43774279\t.\tGGA\tG\t.\t.\tAC=1\n").encode()))

    first = mark_file(house, CLINICIAN, source, once)
    mark_file(house, CLINICIAN, once, twice)

    assert (first.records, first.classified) == (1, 1)
    assert gzip.decompress(once.read_bytes()) == gzip.decompress(twice.read_bytes())
    pysam.tabix_index(str(twice), preset="vcf", force=True)
    (record,) = pysam.VariantFile(str(twice)).fetch("chr21", 43774270, 43774290)
    assert record.info["EMBLA_CLASS"] == ("Pathogenic",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "column names"), (b"hello\n", "no VCF"), (b"##fileformat=VCFv4.3\n", "column names"),
        (HEAD.replace("46709983", "48129895").encode(), "GRCh37"), (HEAD.encode() + b"chr21\t1\tx\n", "eight columns"),
        (HEAD.encode() + b"chr21\tx\t.\tA\tC\t.\t.\t.\n", "eight columns"),
        (HEAD.encode() + b"chr21\t" + b"9" * 5000 + b"\t.\tA\tC\t.\t.\t.\n", "eight columns"),
        (gzip.compress(HEAD.encode() * 40, mtime=0)[:-20], "to its end"),
    ],
    ids=["empty", "text", "head", "build", "short", "position", "digits", "cut"],
)  # fmt: skip
def test_mark__what_is_no_vcf_is_refused_and_nothing_is_left(
    house: House, tmp_path: Path, text: bytes, says: str
) -> None:
    bad, out = tmp_path / "bad.vcf", tmp_path / "out" / "out.vcf"
    bad.write_bytes(text)
    out.parent.mkdir()

    with pytest.raises(BadInput, match=says):
        mark_file(house, CLINICIAN, bad, out)

    assert list(out.parent.iterdir()) == []


def test_mark__onto_itself_or_by_a_stranger_is_refused(house: House, tmp_path: Path) -> None:
    from embla.platform import ANONYMOUS

    source = tmp_path / "a.vcf"
    source.write_text(HEAD)

    with pytest.raises(UsageError):
        mark_file(house, CLINICIAN, source, source)
    with pytest.raises(NotPermitted):
        mark_file(house, ANONYMOUS, source, tmp_path / "b.vcf")
    assert source.read_text() == HEAD
