"""What was not looked at is missing, however much of a line stands there; and what the summary of a gene then says."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from embla.pgx import release
from embla.pgx.bed import read_listed
from embla.pgx.model.passport import Guard, passport, summary
from embla.pgx.service import SampleCalls, call_file, check_medicines, genes_of, report, tell_advice
from tests.pgx.files import called, gene, line, names, rows_of, terms, vcf

DELETIONS = (("CYP2C9", "rs9332131"), ("DPYD", "rs72549309"), ("UGT1A1", "rs3064744"), ("NUDT15", "rs746071566"))


def block(contig: str, start: int, end: int, base: str, depth: int) -> str:
    return f"{contig}\t{start}\t.\t{base}\t<NON_REF>\t.\t.\tEND={end}\tGT:MIN_DP:GQ\t0/0:{depth}:60"


@pytest.mark.parametrize("name,site", DELETIONS)
def test_call__a_deletion_is_not_excluded_where_only_the_base_before_it_was_read(
    name: str, site: str, tmp_path: Path
) -> None:
    known, at = gene(name), next(one for one in gene(name).sites if one.name == site)
    rest = rows_of(name, without=(site,))
    after = at.pos + len(at.ref) - 1
    shallow = [block(known.contig, at.pos, at.pos, at.ref[0], 30), block(known.contig, at.pos + 1, after, "N", 2)]
    short = [block(known.contig, at.pos, at.pos, at.ref[0], 30)]
    whole = [block(known.contig, at.pos, at.pos, at.ref[0], 30), block(known.contig, at.pos + 1, after, "N", 30)]

    told = [called(vcf(tmp_path / "a.vcf", rest + rows), name) for rows in (shallow, short, whole)]

    assert [one.status for one in told] == ["ambiguous", "ambiguous", "called"]
    assert f"{site} (low depth)" in told[0].reasons[0] and f"{site} (absent)" in told[1].reasons[0]


@pytest.mark.parametrize("name,site", [*DELETIONS, ("CYP3A5", "rs41303343")])
def test_call__a_line_of_another_change_at_the_anchor_did_not_look_for_the_indel(
    name: str, site: str, tmp_path: Path
) -> None:
    known, at = gene(name), next(one for one in gene(name).sites if one.name == site)
    other = line(known.contig, at.pos, at.ref[0], "ACGT".replace(at.ref[0], "")[0], "0/0")
    rows = rows_of(name, without=(site,))
    own = line(known.contig, at.pos, at.ref, ",".join(at.alts), "0/1")

    alone = called(vcf(tmp_path / "a.vcf", [*rows, other]), name)
    beside = called(vcf(tmp_path / "b.vcf", [*rows, other, own]), name)
    without = called(vcf(tmp_path / "c.vcf", [*rows, own]), name)

    assert alone.status == "ambiguous" and "the line names another change only" in alone.reasons[0]
    assert names(beside) == names(without) != names(alone)


@pytest.mark.parametrize(
    "change", [("C", "CATATAT,<NON_REF>", "0/1"), ("CAT", "C,CATATATAT", "0/2"), ("CATAT", "C", "1/1")]
)
def test_call__a_number_of_repeats_that_no_allele_has_is_not_the_references(
    change: tuple[str, str, str], tmp_path: Path
) -> None:
    ref, alt, genotype = change
    rows = [*rows_of("UGT1A1", without=("rs3064744",)), line("chr2", 233760233, ref, alt, genotype)]

    call = called(vcf(tmp_path / "a.vcf", rows), "UGT1A1")

    assert (call.status, call.diplotypes) == ("refused", ())


def test_call__a_change_beside_a_deletion_on_the_other_strand_is_not_heterozygous_with_the_reference(
    tmp_path: Path,
) -> None:
    site = next(one for one in gene("CYP2C19").sites if one.name == "rs12769205")
    changed = rows_of("CYP2C19", {"rs12769205": "0/1", "rs3758581": "1/1"})
    deletion = line("chr10", site.pos - 1, "G" + site.ref, "G", "0/1")
    doubled = line("chr10", site.pos - 1, "G" + site.ref, "A" + site.alts[0], "0/1")

    beside = called(vcf(tmp_path / "a.vcf", [*changed, deletion]), "CYP2C19")
    twice = called(vcf(tmp_path / "b.vcf", [*changed, doubled]), "CYP2C19")
    alone = called(vcf(tmp_path / "c.vcf", changed), "CYP2C19")

    assert beside.status == "refused" and "several changes lie across rs12769205." in beside.reasons[0]
    assert (twice.status, names(twice)) == (alone.status, names(alone))


def test_call__a_line_without_a_variant_has_its_quality_in_rgq(tmp_path: Path) -> None:
    def told(quality: int) -> str:
        rows = [one.replace("\tGT\t0/0", f"\tGT:DP:RGQ\t0/0:30:{quality}") for one in rows_of("TPMT")]
        return called(vcf(tmp_path / "a.vcf", rows), "TPMT").status

    assert (told(0), told(19), told(20)) == ("not_assessed", "not_assessed", "called")


def test_call__two_alleles_of_which_one_has_hardly_a_read_are_not_believed(tmp_path: Path) -> None:
    def told(reads: str, genotype: str = "0/1") -> tuple[str, list[str]]:
        rows = rows_of("CYP2B6", {"rs2279343": genotype})
        rows = [one.replace(f"\tGT\t{genotype}", f"\tGT:AD:DP:GQ\t{genotype}:{reads}:50:60") for one in rows]
        call = called(vcf(tmp_path / "a.vcf", rows), "CYP2B6")
        return call.status, names(call)

    assert told("43,7") == ("ambiguous", ["*1/*1"])
    assert told("40,10") == told("10,40") == ("called", ["*1/*4"])
    assert told("7,43") == ("ambiguous", ["*1/*1"])
    assert told("7,43", "1/1") == ("called", ["*4/*4"])
    assert told(".") == ("called", ["*1/*4"])


@pytest.mark.parametrize(
    "keys", ["RD:AD", "RO:AO", "RO:QR:AO"], ids=["VarScan", "freebayes", "freebayes with qualities"]
)
def test_call__reads_of_both_alleles_are_asked_in_other_callers_spelling_too(keys: str, tmp_path: Path) -> None:
    def told(ref: int, alt: int, genotype: str = "0/1") -> tuple[str, list[str]]:
        rows = rows_of("CYP2B6", {"rs2279343": genotype})
        values = {"RD": ref, "RO": ref, "AD": alt, "AO": alt, "QR": 900}
        reads = ":".join(str(values[key]) for key in keys.split(":"))
        rows = [one.replace(f"\tGT\t{genotype}", f"\tGT:{keys}:DP:GQ\t{genotype}:{reads}:50:60") for one in rows]
        call = called(vcf(tmp_path / "a.vcf", rows), "CYP2B6")
        return call.status, names(call)

    assert told(43, 7) == told(7, 43) == ("ambiguous", ["*1/*1"])
    assert told(40, 10) == told(10, 40) == ("called", ["*1/*4"])
    assert told(7, 43, "1/1") == ("called", ["*4/*4"])


@pytest.mark.parametrize("keys", ["DPI:GQ", "DP:GQX"])
def test_call__depth_and_quality_of_strelka_are_asked(keys: str, tmp_path: Path) -> None:
    def told(depth: int, quality: int) -> str:
        rows = [one.replace("\tGT\t0/0", f"\tGT:{keys}\t0/0:{depth}:{quality}") for one in rows_of("TPMT")]
        return called(vcf(tmp_path / "a.vcf", rows), "TPMT").status

    assert (told(9, 60), told(10, 19), told(10, 20)) == ("not_assessed", "not_assessed", "called")


def test_call__refcall_of_a_genotype_without_alt_is_an_answer_and_of_another_none(tmp_path: Path) -> None:
    def told(genotype: str, quality: int) -> tuple[str, list[str]]:
        known, site = gene("TPMT"), next(one for one in gene("TPMT").sites if one.name == "rs1142345")
        keys, value = "GT:DP:GQ", f"{genotype}:30:{quality}"
        row = line(known.contig, site.pos, site.ref, ",".join(site.alts), value, keys=keys, filters="RefCall")
        call = called(vcf(tmp_path / "a.vcf", [*rows_of("TPMT", without=("rs1142345",)), row]), "TPMT")
        return call.status, names(call)

    assert told("0/0", 30) == ("called", ["*1/*1"])
    assert told("0/0", 19)[0] == told("0/1", 30)[0] == "ambiguous"


def test_call__a_stretch_that_complete_genomics_could_not_call_is_not_the_beds_reference(tmp_path: Path) -> None:
    known, site = gene("CYP2C19"), next(one for one in gene("CYP2C19").sites if one.name == "rs4244285")
    bed = tmp_path / "kit.bed"
    bed.write_text("".join(f"{known.contig}\t{one.pos - 1}\t{one.last}\n" for one in known.sites))
    rest = rows_of("CYP2C19", {"rs3758581": "1/1"}, without=("rs4244285",))
    gap = f"{known.contig}\t{site.pos - 9}\t.\tC\t<CGA_NOCALL>\t.\t.\tEND={site.pos + 9};NS=1;AN=0\tGT:PS\t./.:."

    def told(rows: list[str]) -> str:
        path = vcf(tmp_path / "a.vcf", rows)
        genes = genes_of(release(), ["CYP2C19"])
        return next(iter(call_file(path, release(), genes, covered=read_listed(bed)))).calls["CYP2C19"].status

    assert (told(rest), told([*rest, gap])) == ("called", "ambiguous")


@pytest.mark.parametrize("info", ["SVTYPE=DEL;SVLEN=-90000", "SVTYPE=DEL;SVLEN=90000", "SVLEN=-90000;END=94850000"])
def test_call__an_event_reaches_as_far_as_its_length_says(info: str, tmp_path: Path) -> None:
    event = "\t".join(("chr10", "94760000", ".", "N", "<DEL>", ".", "PASS", info, "GT", "0/1"))

    call = called(vcf(tmp_path / "a.vcf", [event, *rows_of("CYP2C19", {"rs3758581": "1/1"})]), "CYP2C19")

    assert call.status == "refused" and "a structural variant lies across" in call.reasons[0]


def test_call__an_event_that_begins_behind_a_position_says_nothing_of_it(tmp_path: Path) -> None:
    site = next(one for one in gene("CYP2C19").sites if one.name == "rs12248560")
    rows = rows_of("CYP2C19", {"rs3758581": "1/1"}, without=("rs12248560",))
    event = "\t".join(("chr10", str(site.pos), ".", "N", "<DEL>", ".", "PASS", f"END={site.pos + 60}", "GT", "0/0"))

    alone = called(vcf(tmp_path / "a.vcf", [event, *rows]), "CYP2C19")
    without = called(vcf(tmp_path / "b.vcf", rows), "CYP2C19")

    assert (alone.status, alone.reasons) == (without.status, without.reasons)
    assert "rs12248560 (absent)" in alone.reasons[0]


def test_summary__of_slco1b1_is_its_diplotypes_and_one_position_speaks_only_where_nothing_worse_was_seen(
    tmp_path: Path,
) -> None:
    def told(change: dict[str, str], *without: str) -> tuple[list[str], str]:
        call = called(vcf(tmp_path / "a.vcf", rows_of("SLCO1B1", change, without=without)), "SLCO1B1")
        return terms(call), summary(release(), call)

    nine = "rs59502379"  # *9, no function
    assert told({nine: "0/1"}) == (["Decreased Function"], "Decreased Function")
    assert told({nine: "1/1"}) == (["Poor Function"], "Poor Function")
    assert told({}) == (["Normal Function"], "Normal Function")
    # Without a diplotype: by rs4149056, but not past an allele without function.
    assert told({"rs4149056": "0/1"}, "rs2306283")[1] == "Decreased Function"
    assert "Normal" not in told({nine: "1/1"}, "rs2306283")[1]
    assert told({nine: "1/1", "rs72559747": "1/1"})[1] == "not assessed"


def test_a_drug_of_which_one_gene_was_assessed_alone_is_named_as_not_assessed(tmp_path: Path) -> None:
    calls = {
        "CYP2C9": called(vcf(tmp_path / "a.vcf", rows_of("CYP2C9")), "CYP2C9"),
        "SLCO1B1": called(vcf(tmp_path / "b.vcf", rows_of("CYP2C9")), "SLCO1B1"),
    }
    sample = SampleCalls("S1", release(), calls)

    found = check_medicines(sample, ["C10AA04"])

    assert [one.drug for one in found.unassessed] == ["fluvastatin"] and not found.alerts
    assert "SLCO1B1: not_assessed" in " ".join(found.unassessed[0].reasons)
    advice = [tell_advice("S1", one) for one in report(sample) if one.drug == "fluvastatin"]
    assert {one["status"] for one in advice} == {"advice"}  # CPIC has a row for CYP2C9 alone
    content = passport(
        identifier="PX1", version=1, supersedes=None, issued=datetime(2026, 1, 1, tzinfo=UTC), accession="G",
        release=release(), calls=list(calls.values()), genes=[], advice=advice, guard=Guard("agrees", None, None),
    )  # fmt: skip
    assert content["advice_not_assessed"] == ["fluvastatin"]
