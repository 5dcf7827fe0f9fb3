"""The traps of docs/pgx.md, by number, each as somebody would meet it: a file in, an answer out."""

from pathlib import Path

import pytest

from embla.pgx import release
from embla.pgx.model.evidence import Observed
from embla.pgx.model.naming import choices, diplotype
from embla.pgx.model.phenotype import phenotype
from tests.pgx.files import CONTIGS, called, gene, line, names, rows_of, terms, vcf

STAR1 = {"rs3758581": "1/1"}  # CYP2C19: what almost everybody has


def test_trap_1__absent_positions_of_a_variant_only_file_are_not_assessed(tmp_path: Path) -> None:
    path = vcf(tmp_path / "a.vcf", [line("chr10", 94842866, "A", "G", "1/1")])

    assert called(path, "CYP2C9").status == "not_assessed"
    call = called(path, "CYP2C19")
    assert (call.status, call.assessed, call.total) == ("ambiguous", 1, 35)
    assert {"*2", "*3", "*17"} <= set(call.not_excluded)


def test_trap_3__a_homozygous_reference_among_phased_is_compatible_with_phase(tmp_path: Path) -> None:
    told = {"rs1799853": "1|0", "rs1057910": "0|1"}

    call = called(vcf(tmp_path / "a.vcf", rows_of("CYP2C9", told)), "CYP2C9")

    assert (call.status, names(call)) == ("called", ["*2/*3"])


def test_trap_4__variants_of_different_phase_sets_are_free_against_each_other(tmp_path: Path) -> None:
    # PharmCAT issue 175: the right answer for the example is *9/*11.
    told = {"rs2256871": "0|1:100", "rs28371685": "0|1:200"}

    call = called(vcf(tmp_path / "a.vcf", rows_of("CYP2C9", told)), "CYP2C9")

    assert names(call)[0] == "*9/*11"
    same = called(vcf(tmp_path / "b.vcf", rows_of("CYP2C9", dict.fromkeys(told, "0|1:100"))), "CYP2C9")
    assert "*9/*11" not in names(same)


def test_trap_5__cyp2d6_is_refused_and_says_at_least_one_copy(tmp_path: Path) -> None:
    call = called(vcf(tmp_path / "a.vcf", rows_of("CYP2D6")), "CYP2D6")

    assert (call.status, names(call), terms(call)) == ("refused", [], [])
    assert "at least one copy of *1" in " ".join(call.reasons)
    assert {"*1", "*5"} <= set(call.not_excluded)


def test_trap_10__an_indel_is_known_in_any_spelling(tmp_path: Path) -> None:
    plain = rows_of("UGT1A1", without=("rs3064744",))
    spelled = [
        line("chr2", 233760233, "C", "CAT", "0/1"),
        line("chr2", 233760233, "CAT", "CATAT", "0/1"),
        line("chr2", 233760232, "GCAT", "GCATAT", "0/1"),
        line("chr2", 233760234, "A", "ATA", "0/1"),
        line("chr2", 233760235, "T", "TAT", "0/1"),
        line("chr2", 233760248, "A", "ATA", "0/1"),
    ]
    for row in spelled:
        call = called(vcf(tmp_path / "a.vcf", [*plain, row]), "UGT1A1")

        assert (call.status, names(call)) == ("called", ["*1/*28"]), row


def test_trap_10__a_deletion_that_begins_before_a_site_does_not_read_as_reference(tmp_path: Path) -> None:
    site = next(one for one in gene("CYP2C19").sites if one.rsid == "rs4244285")
    rows = rows_of("CYP2C19", STAR1, without=("rs4244285",))
    deletion = line("chr10", site.pos - 2, "CCG", "C", "0/1")

    call = called(vcf(tmp_path / "a.vcf", [*rows, deletion]), "CYP2C19")

    assert call.status == "refused"
    assert "rs4244285" in " ".join(call.reasons)


def test_trap_10__a_spanning_deletion_and_another_allele_are_no_reference(tmp_path: Path) -> None:
    site = next(one for one in gene("CYP2C19").sites if one.rsid == "rs4244285")
    rows = rows_of("CYP2C19", STAR1, without=("rs4244285",))
    for row in (
        line("chr10", site.pos, "G", "*,A", "0/1"),
        line("chr10", site.pos, "G", "A,<NON_REF>", "0/2"),
        line("chr10", site.pos, "G", "T", "0/1"),
    ):
        call = called(vcf(tmp_path / "a.vcf", [*rows, row]), "CYP2C19")

        assert call.status in ("refused", "ambiguous") and call.status != "called", row


@pytest.mark.parametrize(
    ("value", "filters"), [("0/0:9:99", "PASS"), ("0/0:30:19", "PASS"), ("0/0:30:99", "LowQual"), ("./.:30:99", "PASS")]
)
def test_trap_11__a_filtered_shallow_or_doubtful_genotype_is_missing(tmp_path: Path, value: str, filters: str) -> None:
    rows = rows_of("CYP2C9", without=("rs1057910",))
    row = line("chr10", 94981296, "A", "C", value, keys="GT:DP:GQ", filters=filters)

    call = called(vcf(tmp_path / "a.vcf", [*rows, row]), "CYP2C9")

    assert (call.status, call.total - call.assessed) == ("ambiguous", 1)
    assert "*3" in call.not_excluded


def test_trap_12__the_genomes_own_base_is_star_38(tmp_path: Path) -> None:
    def call(gt: str) -> list[str]:
        return names(called(vcf(tmp_path / "a.vcf", rows_of("CYP2C19", {"rs3758581": gt})), "CYP2C19"))

    assert (call("0/0"), call("0/1"), call("1/1")) == (["*38/*38"], ["*1/*38"], ["*1/*1"])


def test_trap_12__without_rs3758581_star_1_and_38_are_both_candidates(tmp_path: Path) -> None:
    call = called(vcf(tmp_path / "a.vcf", rows_of("CYP2C19", without=("rs3758581",))), "CYP2C19")

    assert (call.status, names(call)) == ("ambiguous", ["*1/*1", "*1/*38", "*38/*38"])


def test_trap_13__vkorc1_is_told_in_the_literatures_letters_from_plus_strand_bases(tmp_path: Path) -> None:
    call = called(vcf(tmp_path / "a.vcf", rows_of("VKORC1", {"rs9923231": "0/1"})), "VKORC1")

    assert (names(call), terms(call)) == (["rs9923231 reference (C)/rs9923231 variant (T)"], ["-1639 AG"])


def test_trap_14__g6pd_of_a_man_is_one_allele_and_a_contradiction_is_refused(tmp_path: Path) -> None:
    hom = vcf(tmp_path / "hom.vcf", rows_of("G6PD", {"rs1050829": "1/1"}))
    het = vcf(tmp_path / "het.vcf", rows_of("G6PD", {"rs1050829": "0/1"}))
    one = vcf(tmp_path / "one.vcf", [row.replace("0/0", "0") for row in rows_of("G6PD", {"rs1050829": "1"})])

    assert names(called(hom, "G6PD", karyotype="XY")) == ["A"]
    assert names(called(hom, "G6PD", karyotype="XX")) == ["A/A"]
    assert names(called(one, "G6PD")) == ["A"]
    assert called(het, "G6PD", karyotype="XY").status == "refused"
    assert called(one, "G6PD", karyotype="XX").status == "refused"
    assert called(het, "G6PD").status == "called"
    unknown = called(hom, "G6PD")
    assert (unknown.status, names(unknown)) == ("ambiguous", ["A/A", "A"])


@pytest.mark.parametrize(
    "head",
    ["", "##contig=<ID=chr10,length=135534747>\n", "##reference=file:///ref/hg19.fa\n", CONTIGS + "##reference=hg19\n"],
)
def test_trap_15__a_build_that_is_not_declared_is_refused(tmp_path: Path, head: str) -> None:
    call = called(vcf(tmp_path / "a.vcf", rows_of("CYP2C19"), head=head), "CYP2C19")

    assert (call.status, names(call)) == ("refused", [])
    assert "declare" in " ".join(call.reasons)


def test_trap_15__a_build_declared_in_words_is_enough(tmp_path: Path) -> None:
    for head in ("##reference=GRCh38\n", '##contig=<ID=chr10,assembly=GRCh38.p14,species="Homo sapiens">\n'):
        assert called(vcf(tmp_path / "a.vcf", rows_of("CYP2C19", STAR1), head=head), "CYP2C19").status == "called"


def test_trap_16__scores_are_decimals_and_bounds_stay_text() -> None:
    assert phenotype(release(), "CYP2D6", ("*1", "*10")).score == "1.25"
    assert phenotype(release(), "CYP2D6", ("*1", "*10")).term == "Normal Metabolizer"
    assert phenotype(release(), "CYP2D6", ("*1x≥3", "*1")).score == "≥4.0"
    assert phenotype(release(), "CYP2D6", ("*17+*17", "*10")).term == "Normal Metabolizer"


def test_trap_17__unknown_function_is_indeterminate(tmp_path: Path) -> None:
    told = next(
        site.name for site, cell in zip(gene("TPMT").sites, gene("TPMT").alleles[-1].cells, strict=True) if cell
    )
    call = called(vcf(tmp_path / "a.vcf", rows_of("TPMT", {told: "0/1"})), "TPMT")

    assert terms(call) == ["Indeterminate"]


def test_trap_18__three_dpyd_variants_are_listed_and_the_two_lowest_are_used(tmp_path: Path) -> None:
    told = {"rs72549310": "0/1", "rs67376798": "0/1", "rs3918290": "0/1"}

    call = called(vcf(tmp_path / "a.vcf", rows_of("DPYD", told)), "DPYD")

    assert set(call.variants or ()) == {"c.61C>T", "c.2846A>T", "c.1905+1G>A (*2A)"}
    assert (call.status, names(call)[0], terms(call)[0]) == (
        "ambiguous",
        "c.61C>T/c.1905+1G>A (*2A)",
        "Poor Metabolizer",
    )


def test_trap_2_and_21__filled_sites_carry_no_phase_and_no_context_is_stored() -> None:
    observed = Observed(("A", "A"))

    assert observed.block is None and set(Observed.__dataclass_fields__) == {
        "strands", "block", "why", "half", "clash", "note",
    }  # fmt: skip


def test_trap_6__what_the_reads_show_is_told_not_what_a_label_says(tmp_path: Path) -> None:
    # HG01190: the table says *2/*61, the reads show *2's SNV heterozygous, which *61 contains.
    cells = next(allele.cells for allele in gene("CYP2C9").alleles if allele.name == "*61")
    told = {site.name: "0/1" for site, cell in zip(gene("CYP2C9").sites, cells, strict=True) if cell}

    call = called(vcf(tmp_path / "a.vcf", rows_of("CYP2C9", told)), "CYP2C9")

    assert names(call)[0] == "*1/*61"
    assert "*2/*61" not in names(call)


def test_trap_8__one_notation_before_anything_is_compared() -> None:
    assert diplotype("*36+*10/*1") == diplotype("*1/*10 + *36")
    assert diplotype("*71/*2X2") == diplotype("*2x2/*71")
    assert choices("*1/*2 or *1/*3") == choices("*3/*1;*2/*1")
    assert choices("(*1)/*2") == choices("*1/*2")


def test_trap_9__ancestry_is_no_input() -> None:
    from inspect import signature

    from embla.pgx.model.calling import call_gene

    assert set(signature(call_gene).parameters) == {"release", "gene", "observed", "karyotype", "refusal"}


def test_trap_25__all_pairs_that_fit_are_kept(tmp_path: Path) -> None:
    call = called(vcf(tmp_path / "a.vcf", rows_of("TPMT", {"rs1800460": "0/1", "rs1142345": "0/1"})), "TPMT")

    assert (call.status, names(call)) == ("ambiguous", ["*1/*3A", "*3B/*3C"])
    assert terms(call) == ["Intermediate Metabolizer", "Poor Metabolizer"]


def test_trap_7__old_names_are_translated_before_comparing() -> None:
    from embla.pgx.model.concordance import compare

    calls = {("A", "SLCO1B1"): {"diplotypes": ["*1/*37"]}, ("A", "CYP2C19"): {"diplotypes": ["*1/*38"]}}
    truth = {("A", "SLCO1B1"): "*1A/*1B", ("A", "CYP2C19"): "*1A/*1B"}

    assert [(row["n"], row["exact"]) for row in compare(calls, truth)] == [(1, 1), (1, 1)]
