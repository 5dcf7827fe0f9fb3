"""Every kind of submission: what becomes a genome, what counts, and what is only kept."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from embla.platform import OPERATOR, House, events_since
from embla.registry import (
    assays_of_person,
    assays_of_submission,
    find_genome,
    genomes_of_person,
    reported,
    withdraw_person,
)
from embla.submission import PackageRefused, find_submission, receive, sent_genome
from embla.vault import Vault
from tests.submission.checked import called, family, findings_of, rules_of
from tests.submission.kinds import (
    change,
    counted,
    duo,
    foetal,
    nonhuman,
    person2,
    refused,
    sample2,
    tumour,
    write_fastq,
    write_package,
)
from tests.support.laboratory import SITE, write_gvcf


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
