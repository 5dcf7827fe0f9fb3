"""Every kind of submission, right and wrong: what becomes a genome, what counts, and what each refusal says."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from embla.cli import run
from embla.platform import OPERATOR, House, events_since
from embla.registry import (
    Growth,
    accredit,
    assays_of_person,
    assays_of_submission,
    counted_genomes,
    find_genome,
    genome_equivalent,
    genomes_of_person,
    reported,
    withdraw_person,
)
from embla.registry.model.equivalents import summed
from embla.submission import PackageRefused, find_submission, receive, rule_set, rule_sets, sent_genome
from embla.vault import Vault
from tests.submission.kinds import (
    change,
    duo,
    foetal,
    nonhuman,
    person2,
    sample2,
    tumour,
    write_bam,
    write_fastq,
    write_package,
)
from tests.submission.test_check import TODAY, called, family, findings_of, rules_of
from tests.support.laboratory import SITE, make_single, make_trio, write_gvcf

OTHER = ("chr21", 5_030_700, "C", "T", "0/1")


def refused(house: House, folder: Path) -> list[str]:
    with pytest.raises(PackageRefused) as told:
        receive(house, OPERATOR, folder)
    return [finding.rule for finding in told.value.findings if finding.severity == "error"]


def counted(house: House) -> list[str]:
    with house.database.reading() as connection:
        return [one.accession for one in counted_genomes(connection, on=TODAY)]


# Kinds that are right


def test_kinds__each_good_package_has_no_error(tmp_path: Path) -> None:
    made = {
        "foetal": foetal(tmp_path / "f"),
        "tumour": tumour(tmp_path / "t"),
        "normal": tumour(tmp_path / "n", normal=True, rna=True),
        "nonhuman": nonhuman(tmp_path / "x"),
        "duo": duo(tmp_path / "d"),
    }

    wrong = {kind: [f for f in findings_of(folder) if f.severity == "error"] for kind, folder in made.items()}

    assert wrong == dict.fromkeys(made, [])


def test_foetus__is_the_pregnant_persons_and_never_counted(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, foetal(tmp_path / "f", mother=True))

    (own,) = [one for one in receipt.genomes if one.role == "mother"]
    (unborn,) = [one for one in receipt.genomes if one.role == "foetus"]
    assert own.person == unborn.person
    assert counted(house) == [own.accession]
    with house.database.reading() as connection:
        genome = find_genome(connection, unborn.accession)
        assert genome is not None and (genome.origin, genome.karyotype) == ("foetal", "XY")
        assert {one.accession for one in genomes_of_person(connection, own.person)} == {own.accession, unborn.accession}
        sent = sent_genome(connection, genome)
    assert sent is not None and sent.role == "foetus" and len(sent.files) == 1


def test_foetus__without_sex_is_taken_and_told_so(tmp_path: Path, house: House) -> None:
    folder = foetal(tmp_path / "f", karyotype=None)

    (finding,) = findings_of(folder)

    assert (finding.rule, finding.severity) == ("foetus.sex", "warning") and "held against nothing" in finding.found
    receipt = receive(house, OPERATOR, folder)
    assert counted(house) == [] and "foetus.sex" in receipt.warnings[0]
    with house.database.reading() as connection:
        genome = find_genome(connection, receipt.genomes[0].accession)
    assert genome is not None and genome.karyotype == "unknown"


def test_foetus__leaves_with_the_pregnant_person(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, foetal(tmp_path / "f"))

    withdraw_person(house, OPERATOR, receipt.genomes[0].person)

    with house.database.reading() as connection:
        genome = find_genome(connection, receipt.genomes[0].accession)
        assert genome is not None and genome.state == "withdrawn"
        assert [one.state for one in assays_of_person(connection, genome.person)] == ["withdrawn"]


def test_tumour__with_normal_and_rna_is_kept_and_only_the_normal_counts(tmp_path: Path, house_on_both: House) -> None:
    house = house_on_both
    receipt = receive(house, OPERATOR, tumour(tmp_path / "t", normal=True, rna=True, depth=95.0))

    by_origin = {(one.origin, one.material): one for one in receipt.samples}
    assert counted(house) == [by_origin["germline", "dna"].accession]
    assert by_origin["tumour", "dna"].accession and not by_origin["tumour", "rna"].accession
    assert [one.equivalents for one in receipt.samples] == [3, 1, 1]
    with house.database.reading() as connection:
        found = assays_of_submission(connection, receipt.submission)
        linked = connection.execute(
            text("SELECT d.key FROM samples r JOIN samples d ON d.id = r.of_tumour WHERE r.material = 'rna'")
        ).scalar_one()
        files = connection.execute(text("SELECT count(*) FROM assay_files WHERE format = 'fastq'")).scalar_one()
    assert len(found) == 3 and linked == "t1-T" and files == 2
    # The RNA's reads leave with their person, although no genome was made of them.
    digest = json.loads((tmp_path / "t" / "manifest.json").read_text())["files"][-1]["sha256"]
    assert Vault(house).holds(digest)
    withdraw_person(house, OPERATOR, receipt.genomes[0].person)
    assert not Vault(house).holds(digest)


def test_tumour__beside_the_normal_sample_of_somebody_else_is_refused(tmp_path: Path, house: House) -> None:
    people = family(1, 400)
    lost = [(a, a) if (a + b) % 2 and place % 3 else (a, b) for place, (a, b) in enumerate(people["father"])]

    def pair(folder: Path, normal: str) -> Path:
        for name, alleles, blocks in (("t1-T", lost, False), ("t1-N", people[normal], True)):
            write_gvcf(folder / "files" / f"{name}.g.vcf", name, [SITE, *called(alleles)], blocks=blocks)
        samples = [sample2("t1-T", origin="tumour", tissue="tumour", callability="assumed"), sample2("t1-N")]
        return write_package(folder, "T1", "tumour_normal", [person2("t1", "index", *samples)], written=True)

    with pytest.raises(PackageRefused) as told:
        receive(house, OPERATOR, pair(tmp_path / "mixed", "stranger"))
    (finding,) = (one for one in told.value.findings if one.severity == "error")
    assert finding.rule == "tumour.normal" and "share no allele" in finding.found and "mixed up" in finding.mend
    assert counted(house) == []

    # The tumour lost one allele at two thirds of the het sites: still the same person.
    receive(house, OPERATOR, pair(tmp_path / "right", "father"))
    assert len(counted(house)) == 1


def test_tumour__at_60x_is_taken_as_two_with_a_warning(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, tumour(tmp_path / "t", depth=60.0))

    assert receipt.samples[0].equivalents == 2 and "60x" in receipt.samples[0].because
    (warning,) = receipt.warnings
    assert "quality.low" in warning and "mean_depth is 60x; rule set 2 asks for 81x or more." in warning
    assert counted(house) == []


def test_nonhuman__is_kept_and_is_no_genome_of_anybody(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, nonhuman(tmp_path / "x"))

    assert receipt.genomes == () and len(receipt.specimens) == 1 and receipt.case == ""
    with house.database.reading() as connection:
        now = reported(connection, house.clock())
        persons = connection.execute(text("SELECT count(*) FROM persons")).scalar_one()
    assert (now.total, now.genomes, now.equivalents, now.specimens, persons) == (0, 0, 0, 1, 0)
    (file,) = json.loads((tmp_path / "x" / "manifest.json").read_text())["files"]
    assert Vault(house).holds(file["sha256"])
    assert receive(house, OPERATOR, tmp_path / "x") == receipt


def test_test_package__is_checked_and_nothing_of_it_is_kept_or_counted(tmp_path: Path, house: House) -> None:
    folder = change(foetal(tmp_path / "f", mother=True), lambda value: value.update(type="test"))

    receipt = receive(house, OPERATOR, folder)

    assert receipt.test and receipt.genomes == () and counted(house) == []
    with house.database.reading() as connection:
        found = find_submission(connection, receipt.submission)
        left = [connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in ("genomes", "assays")]
    assert found is not None and found.state == "tested" and left == [0, 0]
    assert not any(Vault(house).holds(f["sha256"]) for f in json.loads((folder / "manifest.json").read_text())["files"])
    assert receive(house, OPERATOR, folder) == receipt
    # The same content in earnest is another package, and is taken.
    change(folder, lambda value: value.update(type="initial"))
    assert len(receive(house, OPERATOR, folder).genomes) == 2


def test_research__is_told_apart_and_needs_a_study(tmp_path: Path, house: House) -> None:
    folder = change(foetal(tmp_path / "f"), lambda value: value["case"].update(source="research"))
    assert "case.source" in rules_of(folder)
    change(folder, lambda value: value["case"].update(study="TRANSLATE"))

    receive(house, OPERATOR, folder)

    with house.database.reading() as connection:
        assert reported(connection, house.clock()).samples == {"clinical": 0, "general": 0, "research": 1}


def test_addition__brings_rna_to_the_tumour_of_an_earlier_package(tmp_path: Path, house: House) -> None:
    receive(house, OPERATOR, tumour(tmp_path / "t"))
    folder = tumour(tmp_path / "a", name="T2", dna=False, rna=True, case="T1-case", type="addition", follows="T1")

    receipt = receive(house, OPERATOR, folder)

    assert [one.equivalents for one in receipt.samples] == [1] and receipt.genomes == ()
    wrong = tumour(tmp_path / "w", name="T3", dna=False, rna=True, case="T1-case", type="addition", follows="T9")
    change(wrong, lambda value: value["persons"][0]["samples"][0].update(of_tumour="nobody", id="w-R"))
    assert set(refused(house, wrong)) == {"follows.of", "sample.rna"}


def test_followup__may_be_words_alone(tmp_path: Path, house: House) -> None:
    receive(house, OPERATOR, tumour(tmp_path / "t"))
    said = [{"code": "HP:0001250", "label": "Seizure", "excluded": False}]
    folder = write_package(
        tmp_path / "u", "T2", "tumour", [person2("t1", "index") | {"phenotypes": said}], case={"id": "T1-case"},
        type="followup", follows="T1",
    )  # fmt: skip

    receipt = receive(house, OPERATOR, folder)

    assert receipt.samples == () and receipt.genomes == ()


def test_reads_alone__are_kept_and_their_sample_is_counted_once_when_calls_come(tmp_path: Path, house: House) -> None:
    folder = tmp_path / "r"
    paths = [write_fastq(folder / "files" / f"r1_R{n}.fastq") for n in (1, 2)]
    raw = sample2("r1-B", calls=False, measured={"mean_depth": 31.0}) | {"files": [f"files/{p.name}" for p in paths]}
    receipt = receive(house, OPERATOR, write_package(folder, "R1", "single", [person2("r1", "index", raw)]))
    assert receipt.genomes == () and receipt.samples[0].equivalents == 1
    write_gvcf(tmp_path / "c" / "files" / "r1-B.g.vcf", "r1-B", [SITE])
    calls = write_package(
        tmp_path / "c", "R2", "single", [person2("r1", "index", sample2("r1-B"))], case={"id": "R1-case"},
        type="addition", follows="R1", written=True,
    )  # fmt: skip

    later = receive(house, OPERATOR, calls)

    assert counted(house) == [later.genomes[0].accession]
    assert later.samples[0].equivalents is None and "counted already" in later.samples[0].because
    with house.database.reading() as connection:
        now = reported(connection, house.clock())
    assert (now.total, now.equivalents, now.genomes) == (1, 1, 1)


# Packages that are wrong: each with a readable reason


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


def test_resent__changes_no_counter(tmp_path: Path, house: House) -> None:
    folder = tumour(tmp_path / "t", normal=True, rna=True)
    first = receive(house, OPERATOR, folder)
    with house.database.reading() as connection:
        before, events = reported(connection, house.clock()), len(list(events_since(connection, 0)))

    again = receive(house, OPERATOR, folder)

    with house.database.reading() as connection:
        assert again == first and reported(connection, house.clock()) == before
        kinds = [event.kind for event in list(events_since(connection, 0))[events:]]
    assert set(kinds) <= {"access-allowed"}


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


# Quality


def test_quality__is_measured_again_and_more_than_a_tenth_apart_is_refused(tmp_path: Path) -> None:
    near = make_single(tmp_path / "a", sample={"mean_depth": 32.9})
    far = make_single(tmp_path / "b", sample={"mean_depth": 33.4})

    assert rules_of(near) == []
    (finding,) = findings_of(far)
    assert (finding.rule, finding.severity) == ("quality.differs", "error")
    assert finding.found == "mean_depth: 33.4x is declared, the files say 30x."
    assert '"mean_depth": 33.4' in (far / "manifest.json").read_text().splitlines()[finding.line - 1]


def test_quality__q30_comes_from_the_reads(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    for n in (1, 2):
        write_fastq(folder / "files" / f"a_R{n}.fastq", good=0.5)
    raw = sample2("a-B", calls=False, measured={"q30": 91.0}) | {"files": ["files/a_R1.fastq", "files/a_R2.fastq"]}

    found = findings_of(write_package(folder, "A1", "single", [person2("a", "index", raw)]))

    assert [(f.rule, f.found) for f in found if f.rule.startswith("quality")] == [
        ("quality.differs", "q30: 91 % is declared, the files say 50 %."),
        ("quality.low", "q30 is 50 %; rule set 2 asks for 85 % or more."),
    ]


def test_quality__het_balance_and_het_per_hom_come_from_the_calls() -> None:
    import numpy as np

    from embla.submission.rules_quality import _balances

    class Records:
        gt = np.array([[0, 1], [1, 1], [0, 2], [0, 1]], np.int8)
        ad = np.array([12, 8, 0, 20, 5, 0, 15, 3, 2], np.int32)
        ad_end = np.array([2, 4, 7, 9], np.uint32)

    # 8 of 20; a homozygous one is no het; 15 of 20 for the second ALT; the last was read too seldom.
    assert _balances(Records()) == [0.4, 0.75]


def test_rule_sets__have_owners_and_changes_and_an_older_one_still_judges(tmp_path: Path, house: House) -> None:
    assert [one.version for one in rule_sets()] == [1, 2]
    assert all(one.owner and one.changes and one.valid_from for one in rule_sets())
    assert rule_set(None, date(2025, 12, 31)).version == 1 and rule_set(None, TODAY).version == 2
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    assert receipt.rules == 2


def test_record__validated_under_v1_stays_readable_under_v2(tmp_path: Path, house: House) -> None:
    """An acknowledgement, findings and a manifest as the first version wrote them."""
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    said = receipt.to_json()
    old = {name: value for name, value in said.items() if name not in ("samples", "specimens", "rules", "test")}
    for genome in old["genomes"]:
        del genome["origin"]
    with house.database.transaction() as connection:
        connection.execute(
            text("UPDATE submissions SET acknowledgement = :a WHERE id = :id"),
            {"a": json.dumps(old), "id": receipt.submission},
        )

    with house.database.reading() as connection:
        found = find_submission(connection, receipt.submission)
        genome = find_genome(connection, receipt.genomes[0].accession)
        assert genome is not None
        sent = sent_genome(connection, genome)

    assert found is not None and found.acknowledgement is not None
    assert found.acknowledgement.rules == 1 and found.acknowledgement.genomes == receipt.genomes
    assert sent is not None and sent.files


# Genome equivalents and the counting sources (specs: domain, 21)


def test_equivalents__ten_germline_four_tumours_and_three_rna_are_25() -> None:
    germline = [genome_equivalent(material="dna", origin="germline", assay="genome", depth=30.0)] * 10
    tumours = [genome_equivalent(material="dna", origin="tumour", assay="genome", depth=90.0)] * 4
    rna = [genome_equivalent(material="rna", origin="tumour", assay="transcriptome", depth=None)] * 3

    assert sum(one.value or 0 for one in [*germline, *tumours, *rna]) == 25


@pytest.mark.parametrize(
    ("sample", "value", "why"),
    [
        (("dna", "germline", "genome", None), None, "the depth is unknown"),
        (("dna", "tumour", "genome", None), None, "the depth is unknown"),
        (("dna", "germline", "exome", 100.0), None, "no equivalent is set"),
        (("dna", "foetal", "genome", 30.0), 1, "30x"),
        (("dna", "germline", "genome", 45.0), 1, "45x"),
        (("dna", "tumour", "genome", 60.0), 2, "60x"),
        (("dna", "tumour", "genome", 89.9), 2, "89.9x"),
        (("dna", "tumour", "genome", 120.0), 3, "at most"),
        (("dna", "tumour", "genome", 5.0), 1, "5x"),
    ],
)
def test_equivalents__are_never_zero_and_say_why(
    sample: tuple[str, str, str, float | None], value: int | None, why: str
) -> None:
    material, origin, assay, depth = sample
    made = genome_equivalent(material=material, origin=origin, assay=assay, depth=depth)

    assert made.value == value and why in made.because


def test_sources__add_up_as_the_annual_reports_say() -> None:
    rows = [("clinical", 1, True)] * 18_449 + [("general", 1, True)] * 4_440 + [("research", 1, True)] * 1_008
    now = summed(rows)

    assert now.total == 23_897
    assert now.samples["clinical"] + now.samples["general"] == 22_889
    assert now.samples["general"] + now.samples["research"] == 5_448
    growth = Growth(9_778, now.total)
    assert growth.more == 14_119 and growth.percent is not None and round(growth.percent, 2) == 144.40
    assert Growth(0, 5).percent is None
    assert (1_175 + 1_630, 612 + 136, 5_338 + 4_440) == (2_805, 748, 9_778)


def test_reported__as_of_any_moment_equals_a_fold_over_the_log(tmp_path: Path, house_on_both: House) -> None:
    house = house_on_both
    receive(house, OPERATOR, make_single(tmp_path / "a", sample={"mean_depth": 30.0}))
    before = house.clock()
    receive(house, OPERATOR, tumour(tmp_path / "t", normal=True, rna=True, depth=90.0))
    receive(house, OPERATOR, nonhuman(tmp_path / "x"))
    correction = make_single(tmp_path / "b", "N2", [OTHER], key="N1-p", case={"id": "N1-case"}, type="correction",
                             corrects="N1", sample={"id": "N1-p-B", "assay": "exome"})  # fmt: skip
    receive(house, OPERATOR, correction)

    with house.database.reading() as connection:
        then, now = reported(connection, before), reported(connection, house.clock())
        events = [event for event in events_since(connection, 0) if event.kind == "equivalents-counted"]

    assert (then.total, then.equivalents) == (1, 1)
    living = {event.subject.partition(":")[2]: event.body for event in events}
    for body in [event.body for event in events]:
        living.pop(body["replaces"] or "", None)
    samples = [one for body in living.values() for one in body["samples"]]
    assert now.total == len(samples) == 4
    assert now.equivalents == sum(one["equivalents"] or 0 for one in samples) == 5
    assert now.not_computable == sum(one["equivalents"] is None for one in samples) == 1
    assert now.specimens == sum(body["specimens"] for body in living.values()) == 1


# Accreditation


def lapse(house: House) -> None:
    with house.database.transaction() as connection:
        accredit(
            connection, "north", name="ISO 15189", since=date(2020, 1, 1), until=TODAY - timedelta(days=1), by=OPERATOR,
            at=house.clock(),
        )  # fmt: skip


def test_accreditation__lapsed_warns_and_refuses_where_the_operator_says_so(tmp_path: Path, house: House) -> None:
    lapse(house)

    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))

    assert "The accreditation of north lapsed on 2026-03-01; today is 2026-03-02." in receipt.warnings[0]
    strict = replace(house, settings=replace(house.settings, lapsed_accreditation="refuse"))
    assert refused(strict, make_single(tmp_path / "b", "N2", [OTHER])) == ["laboratory.accredited"]


def test_accreditation__is_in_force_on_its_last_day(tmp_path: Path, house: House) -> None:
    with house.database.transaction() as connection:
        accredit(connection, "north", name="ISO 15189", since=TODAY, until=TODAY, by=OPERATOR, at=house.clock())

    assert receive(house, OPERATOR, make_single(tmp_path / "a")).warnings == ()
