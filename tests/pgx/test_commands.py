"""`embla pgx ...` on bare files, as its user meets it."""

import json
from pathlib import Path

import pytest
from pytest import CaptureFixture

from embla import cli
from embla.pgx import call_file, release
from embla.pgx.bed import read_listed
from tests.pgx.files import called, gene, line, names, rows_of, terms, told_lines, vcf

GVCFS = sorted((Path(__file__).parents[1] / "data" / "gvcf").glob("*.g.vcf.gz"))
STAR1 = {"rs3758581": "1/1"}


def run(*words: str | Path) -> int:
    return cli.run([str(word) for word in words])


def test_call__every_sample_has_a_line_for_every_gene(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    path = vcf(tmp_path / "a.vcf", [row + "\t1/1" for row in rows_of("CYP3A5")], samples="S1\tS2")

    assert run("pgx", "call", path, "--json") == 0

    lines = told_lines(capsys.readouterr().out)
    assert [(one["sample"], one["gene"]) for one in lines] == [
        (s, g) for s in ("S1", "S2") for g in sorted(release().genes)
    ]
    assert {one["status"] for one in lines if one["gene"] != "CYP3A5"} == {"not_assessed"}
    keys = "sample gene status diplotypes phenotypes activity_scores positions alleles_not_excluded reasons"
    assert all({*keys.split(), "definition_release"} <= set(one) for one in lines)
    assert all(("variants" in one) == (one["gene"] in ("CACNA1S", "CFTR", "DPYD", "RYR1")) for one in lines)


def test_call__an_unreadable_file_is_told_and_the_others_still_come(
    tmp_path: Path, capsys: CaptureFixture[str]
) -> None:
    good = vcf(tmp_path / "good.vcf", rows_of("CYP3A5"))
    bad = tmp_path / "bad.vcf"
    bad.write_text(good.read_text() + "chr10\tx\n")
    paths = (bad, tmp_path / "none.vcf", good)

    assert run("pgx", "call", *paths, "--gene", "CYP3A5", "--json") == 1

    out, err = capsys.readouterr()
    assert [one["status"] for one in told_lines(out)] == ["called"]
    assert "bad.vcf" in err and "none.vcf" in err


@pytest.mark.skipif(not GVCFS, reason="the thirteen gVCF extracts are not there")
def test_call__on_real_genomes_no_gene_with_uncovered_sites_is_called(capsys: CaptureFixture[str]) -> None:
    assert run("pgx", "call", *GVCFS, "--json") == 0
    together = told_lines(capsys.readouterr().out)
    run("pgx", "call", GVCFS[4], "--json")
    single = told_lines(capsys.readouterr().out)

    assert len(together) == 13 * 20
    for one in together:
        assert one["status"] != "called" or one["positions"]["missing"] == 0
        assert one["gene"] not in ("CYP4F2", "RYR1", "NAT2", "CYP2D6") or one["status"] != "called"
        assert len(one["diplotypes"]) == len(one["phenotypes"]) == len(one["activity_scores"])
        assert bool(one["diplotypes"]) == (one["status"] in ("called", "ambiguous"))
    assert [one for one in together if one["sample"] == single[0]["sample"]] == single
    assert sum(one["gene"] == "CYP2C19" and one["status"] == "called" for one in together) == 13


def test_outside__a_cyp2d6_call_is_used_and_scored(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    path, table = vcf(tmp_path / "a.vcf", rows_of("CYP2D6")), tmp_path / "out.tsv"
    answers = {
        "*1/*2": (["*1/*2"], ["Normal Metabolizer"], ["2.0"]),
        "*10+*36/*4": (["*4/*10+*36"], ["Intermediate Metabolizer"], ["0.25"]),
        "*71/*2x2": (["*2x2/*71"], ["Indeterminate"], [None]),
        "*1x3/*4": (["*1x≥3/*4"], ["Ultrarapid Metabolizer"], ["≥3.0"]),
        "*1/*2;*1/*4": (["*1/*2", "*1/*4"], ["Normal Metabolizer", "Intermediate Metabolizer"], ["2.0", "1.0"]),
    }
    for text, answer in answers.items():
        table.write_text(f"CYP2D6\t{text}\t\t\n")

        assert run("pgx", "call", path, "--gene", "CYP2D6", "--outside", table, "--json") == 0

        (one,) = told_lines(capsys.readouterr().out)
        assert (one["diplotypes"], one["phenotypes"], one["activity_scores"]) == answer, text
        assert one["source"] == "outside"


def test_outside__hla_typing_answers_its_questions_and_gives_advice(
    tmp_path: Path, capsys: CaptureFixture[str]
) -> None:
    path, table = vcf(tmp_path / "a.vcf", rows_of("CYP3A5")), tmp_path / "out.tsv"
    table.write_text("gene\tdiplotype\tphenotype\tscore\nHLA-B\t*57:01:01/*07:02\t\t\n")

    assert run("pgx", "report", path, "--outside", table, "--json") == 0

    lines = [one for one in told_lines(capsys.readouterr().out) if one["drug"] == "abacavir"]
    assert {one["source"] for one in lines} == {"CPIC", "DPWG"}
    assert all(one["lookup_keys"] == ["*57:01 positive"] and one["status"] == "advice" for one in lines)


def test_outside__a_table_that_makes_no_sense_is_refused(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    path, table = vcf(tmp_path / "a.vcf", rows_of("CYP3A5")), tmp_path / "out.tsv"
    for text in ("NOGENE\t*1/*1\t\t\n", "CYP2D6\t\t\t\n"):
        table.write_text(text)

        assert run("pgx", "call", path, "--outside", table) == 1
        assert "out.tsv line 1" in capsys.readouterr().err


def report(tmp_path: Path, capsys: CaptureFixture[str], rows: list[str], drug: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run("pgx", "report", vcf(tmp_path / "r.vcf", rows), "--json") == 0
    return [one for one in told_lines(capsys.readouterr().out) if one["drug"] == drug]


def test_report__both_sources_side_by_side_with_codes(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    lines = report(
        tmp_path, capsys, rows_of("CYP2C19", STAR1 | {"rs4244285": "1/1", "rs12769205": "1/1"}), "clopidogrel"
    )

    assert {(one["source"], one["status"]) for one in lines} == {("CPIC", "advice"), ("DPWG", "advice")}
    assert {one["population"] for one in lines if one["source"] == "CPIC"} == {
        "CVI ACS PCI", "CVI non-ACS non-PCI", "NVI",
    }  # fmt: skip
    assert all(one["phenotypes"] == ["Poor Metabolizer"] for one in lines)
    assert all("B01AC04" in str(one["atc"]) and one["rxnorm"] == "32968" and one["release"] for one in lines)
    assert all(str(one["source_id"]).startswith("PA") for one in lines)


def test_report__no_recommendation_is_not_the_same_as_not_assessed(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    known = report(tmp_path, capsys, rows_of("CYP2C19", STAR1), "clopidogrel")
    unknown = report(tmp_path, capsys, rows_of("CYP3A5"), "clopidogrel")
    torn = report(tmp_path, capsys, rows_of("CYP2C19", STAR1, without=("rs12248560",)), "clopidogrel")

    assert {one["status"] for one in known if one["source"] == "DPWG"} == {"no_recommendation"}
    assert {one["status"] for one in unknown} == {"not_assessed"}
    assert {one["status"] for one in torn} == {"not_assessed"}
    assert "rs12248560" in str(torn[0]["reasons"])


def test_report__open_phase_gives_each_possible_advice(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    rows = rows_of("TPMT", {"rs1800460": "0/1", "rs1142345": "0/1"}) + rows_of("NUDT15", {"rs116855232": "0/1"})

    lines = [one for one in report(tmp_path, capsys, rows, "azathioprine") if one["source"] == "CPIC"]

    keys = [one["lookup_keys"] for one in lines]
    assert keys[0] == ["Intermediate Metabolizer", "Intermediate Metabolizer"]
    assert ["Intermediate Metabolizer", "Poor Metabolizer"] in keys


def test_report__slco1b1_falls_back_to_rs4149056(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    lines = report(tmp_path, capsys, rows_of("SLCO1B1", {"rs4149056": "1/1"}, without=("rs2306283",)), "simvastatin")

    assert {one["source"]: one["lookup_keys"] for one in lines} == {
        "CPIC": ["Poor Function"], "DPWG": ["Poor Function"],
    }  # fmt: skip


def test_report__dpwg_asks_for_phenotyping_where_both_strands_work_in_part(
    tmp_path: Path, capsys: CaptureFixture[str]
) -> None:
    both = report(tmp_path, capsys, rows_of("DPYD", {"rs67376798": "1/1"}), "capecitabine")
    one = report(tmp_path, capsys, rows_of("DPYD", {"rs3918290": "0/1"}), "capecitabine")

    def dpwg(lines: list[dict[str, object]]) -> list[object]:
        return [line["lookup_keys"] for line in lines if line["source"] == "DPWG"]

    assert dpwg(both) == [["1.0 (Phenotyping)"]]
    assert dpwg(one) == [["1.0 (Intermediate Metabolizer)"]]


def test_trap_24__the_printed_report_names_what_was_not_assessed_first(
    tmp_path: Path, capsys: CaptureFixture[str]
) -> None:
    assert run("pgx", "report", vcf(tmp_path / "a.vcf", rows_of("CYP3A5"))) == 0

    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("S1: not assessed: ABCG2, ") and "CYP2D6" in first


def test_hapb3__the_intronic_variant_is_believed(tmp_path: Path) -> None:
    def dpyd(intron: str | None, exon: str) -> tuple[str, list[str], str]:
        told = {"rs56038477": exon} | ({"rs75017182": intron} if intron else {})
        path = vcf(tmp_path / "a.vcf", rows_of("DPYD", told, without=() if intron else ("rs75017182",)))
        call = called(path, "DPYD")
        return call.status, names(call), " ".join(call.reasons)

    hapb3 = "c.1129-5923C>G, c.1236G>A (HapB3)"
    assert dpyd("0/1", "0/1")[:2] == ("called", [f"Reference/{hapb3}"])
    assert dpyd("1/1", "1/1")[:2] == ("called", [f"{hapb3}/{hapb3}"])
    status, found, why = dpyd("0/0", "0/1")
    assert (status, found) == ("called", ["Reference/Reference"]) and "rs56038477" in why
    status, found, why = dpyd("0/1", "0/0")
    assert (status, found) == ("called", ["Reference/c.1129-5923C>G"]) and "rs56038477" in why
    status, found, why = dpyd(None, "0/1")
    assert (status, found) == ("ambiguous", [f"Reference/{hapb3}"]) and "rs75017182" in why


def test_toxicity_genes__an_unknown_base_is_taken_as_reference_and_said(tmp_path: Path) -> None:
    site = next(one for one in gene("TPMT").sites if one.rsid == "rs1800462")
    other = next(base for base in "ACGT" if base not in (site.ref, *site.alts))
    rows = rows_of("TPMT", {"rs1142345": "0/1"}, without=("rs1800462",))
    tpmt = called(vcf(tmp_path / "a.vcf", [*rows, line("chr6", site.pos, site.ref, other, "0/1")]), "TPMT")
    rows = rows_of("CYP2C9", without=("rs1057910",))
    cyp = called(vcf(tmp_path / "b.vcf", [*rows, line("chr10", 94981296, "A", "G", "0/1")]), "CYP2C9")

    assert (tpmt.status, names(tpmt)) == ("called", ["*1/*3C"]) and "rs1800462" in " ".join(tpmt.reasons)
    assert (cyp.status, names(cyp)) == ("refused", [])


def test_half_calls__an_alternate_is_kept_as_seen_and_no_diplotype_told(tmp_path: Path) -> None:
    seen = called(vcf(tmp_path / "a.vcf", rows_of("DPYD", {"rs3918290": "./1"})), "DPYD")
    gone = called(vcf(tmp_path / "b.vcf", rows_of("DPYD", {"rs3918290": "0/."})), "DPYD")

    assert (seen.status, names(seen), seen.variants) == ("refused", [], ("c.1905+1G>A (*2A)",))
    assert (gone.status, names(gone)) == ("ambiguous", ["Reference/Reference"])
    assert "c.1905+1G>A (*2A)" in gone.not_excluded


def test_mh_genes__one_variant_is_enough_and_unknown_ones_are_never_normal(tmp_path: Path) -> None:
    def ryr1(told: dict[str, str]) -> list[str]:
        return terms(called(vcf(tmp_path / "a.vcf", rows_of("RYR1", told)), "RYR1"))

    assert ryr1({}) == ["Uncertain Susceptibility"]
    assert ryr1({"rs193922747": "0/1"}) == ["Malignant Hyperthermia Susceptibility"]
    assert ryr1({"rs193922744": "0/1"}) == ["Uncertain Susceptibility"]


def test_nat2__the_priority_table_decides_between_equal_scores(tmp_path: Path) -> None:
    nat2 = release().genes["NAT2"]
    rows = {name: next(row for row in nat2.alleles if row.name == name) for name in ("*5", "*6")}
    told = {}
    for site, a, b in zip(nat2.sites, rows["*5"].cells, rows["*6"].cells, strict=True):
        base = [cell or nat2.reference.cells[nat2.site_at(site.pos)] for cell in (a, b)]
        told[site.name] = "/".join(str([site.ref, *site.alts].index(one)) for one in base if one)

    call = called(vcf(tmp_path / "a.vcf", rows_of("NAT2", told)), "NAT2")

    shown = names(call)
    assert shown.index("*5/*6") < shown.index("*16/*34")


def test_concordance__notation_first_and_only_what_both_sides_define(
    tmp_path: Path, capsys: CaptureFixture[str]
) -> None:
    folder, truth = tmp_path / "calls", tmp_path / "truth.tsv"
    folder.mkdir()
    calls = {
        "A": ["*2/*1"], "B": ["*1/*3A", "*3B/*3C"], "C": [], "D": ["*1/*1"], "E": ["*1/*1"],
    }  # fmt: skip
    (folder / "calls.jsonl").write_text(
        "".join(json.dumps({"sample": s, "gene": "TPMT", "diplotypes": d}) + "\n" for s, d in calls.items())
    )
    truth.write_text(
        "sample\tgene\tdiplotype\nA\tTPMT\t*1/*2\nB\tTPMT\t*3C/*3B\nC\tTPMT\t*1/*1\nD\tTPMT\t*1/*2 or *1/*3A\n"
        "E\tTPMT\tno call\n"
    )

    assert run("pgx", "concordance", "--calls", folder, "--truth", truth, "-o", tmp_path / "r.html", "--json") == 0

    page = (tmp_path / "r.html").read_text()
    assert "<td>4</td><td>1</td><td>2</td><td>1</td><td>1</td>" in page and "TPMT: D" in page
    (row,) = told_lines(capsys.readouterr().out)
    assert [row[key] for key in ("gene", "n", "exact", "contains", "no_call", "wrong")] == ["TPMT", 4, 1, 2, 1, 1]
    assert run("pgx", "concordance", "--calls", folder, "--truth", truth, "-o", tmp_path / "r.txt") == 2


def test_concordance__the_report_is_a_tagged_pdf(tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="typst (extra pdf) is not there")
    from embla.pgx.validation import write_report

    row = {"gene": "TPMT", "n": 1, "exact": 0, "contains": 0, "no_call": 0, "wrong": 1, "samples": ["A"]}
    write_report([row], tmp_path / "r.pdf", language="da")

    assert b"/StructTreeRoot" in (tmp_path / "r.pdf").read_bytes()


def test_call__a_gene_that_only_a_typing_answers_has_its_line(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    path = vcf(tmp_path / "a.vcf", rows_of("CYP3A5"))

    assert run("pgx", "call", path, "--gene", "HLA-B", "--json") == 0
    assert [one["status"] for one in told_lines(capsys.readouterr().out)] == ["not_assessed"]
    table = tmp_path / "out.tsv"
    table.write_text("MT-RNR1\tm.1555A>G\t\t\nDPYD\tReference/c.1905+1G>A (*2A)\t\t\n")
    assert run("pgx", "call", path, "--outside", table, "--json") == 0
    told = {one["gene"]: one for one in told_lines(capsys.readouterr().out)}
    assert told["MT-RNR1"]["phenotypes"] == ["increased risk of aminoglycoside-induced hearing loss"]
    assert (told["DPYD"]["diplotypes"], told["DPYD"]["activity_scores"]) == (["Reference/c.1905+1G>A (*2A)"], ["1.0"])


def test_call__usage_that_makes_no_sense_has_exit_code_2(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    path = vcf(tmp_path / "a.vcf", rows_of("CYP3A5"))

    assert run("pgx", "call", path, "--karyotype", "XYZ") == 2
    assert run("pgx", "call", path, "--gene", "NOGENE") == 2


def test_call__a_gvcf_block_or_a_bed_file_covers_and_nothing_else(tmp_path: Path) -> None:
    known = gene("CYP3A5")
    start, end = known.sites[0].pos, known.sites[-1].pos

    def block(alt: str, value: str) -> str:
        row = line("chr7", start, known.sites[0].ref[0], alt, value, keys="GT:DP:GQ:MIN_DP").split("\t")
        row[7] = f"END={end}"
        return "\t".join(row)

    for alt in ("<NON_REF>", "<*>", "."):
        good = called(vcf(tmp_path / "a.vcf", [block(alt, "0/0:9:40:30")]), "CYP3A5")
        bad = called(vcf(tmp_path / "b.vcf", [block(alt, "0/0:30:40:9")]), "CYP3A5")
        assert (good.status, names(good), bad.status) == ("called", ["*1/*1"], "not_assessed"), alt
    bed = tmp_path / "c.bed"
    bed.write_text(f"chr7\t{start - 1}\t{end + 5}\n")
    used = release()
    listed = next(iter(call_file(vcf(tmp_path / "c.vcf", []), used, [known], covered=read_listed(bed)))).calls["CYP3A5"]
    assert listed.status == "called"


def test_call__a_structural_variant_over_a_gene_refuses_it(tmp_path: Path) -> None:
    rows = rows_of("CYP3A5")
    event = line("chr7", 99600000, "N", "<DEL>", "0/1").replace("\t.\tGT", "\tEND=99700000\tGT")

    assert called(vcf(tmp_path / "a.vcf", [*rows, event]), "CYP3A5").status == "refused"
    assert called(vcf(tmp_path / "b.vcf", [*rows, event.replace("0/1", "0/0")]), "CYP3A5").status == "called"


def test_call__split_records_of_one_position_are_one_genotype(tmp_path: Path) -> None:
    plain = rows_of("UGT1A1", without=("rs3064744",))

    def split(first: str, second: str) -> list[str]:
        rows = [line("chr2", 233760233, "CAT", "C", first), line("chr2", 233760233, "C", "CAT", second)]
        call = called(vcf(tmp_path / "a.vcf", [*plain, *rows]), "UGT1A1")
        return names(call) or [call.status]

    assert split("0/1", "0/0") == ["*1/*36"]
    assert split("0/1", "1/0") == ["*28/*36"]
    assert split("1/1", "0/1") == ["refused"]


def test_report__a_result_that_a_table_has_no_row_for_is_said_so(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    # DPWG's table of 2024-05 has no CYP2D6 score of 1.75.
    path, table = vcf(tmp_path / "a.vcf", rows_of("CYP3A5")), tmp_path / "out.tsv"
    table.write_text("CYP2D6\t\tNormal Metabolizer\t1.75\n")

    assert run("pgx", "report", path, "--outside", table, "--json") == 0

    lines = [one for one in told_lines(capsys.readouterr().out) if one["drug"] == "codeine"]
    assert {one["source"]: one["status"] for one in lines} == {"CPIC": "advice", "DPWG": "no_recommendation"}
    assert "no row for this result" in str([one["reasons"] for one in lines if one["source"] == "DPWG"])
