"""A file without a record is a failed caller, not a healthy genome; a chromosome without one is told of."""

import json
from pathlib import Path

import pytest

from embla.genotypes.model.pack import Callability
from embla.genotypes.model.silence import LEAST_FOR_DENSITY, LEAST_IN_ALL, LEAST_OF_CONTIG, silence_of

from .conftest import Nation, block, het

A, B = het("chr21", 25_000_100, "A", "G"), het("chr1", 5_000_000, "C", "T")
SMALL, LARGE = "chr21\t25000000\t25060000\n", "chr21\t25000000\t25060000\nchrX\t2800000\t2840000\n"
MEGA = "chr21\t25000000\t26000000\nchr1\t5000000\t5999999\nchr1\t4999900\t5000100\nchrY\t5000000\t9000000\n"


def kit(nation: Nation, text: str) -> str:
    (nation.folder / "kit.bed").write_text(text)
    return "bed:kit.bed"


def an(nation: Nation, query: str = "chr21:25050000") -> tuple[int, int]:
    answer = nation.ask(query)
    return answer["an"], answer["raw"]["an"]


@pytest.mark.parametrize("callability", ["gvcf", LARGE, "assumed", ""])
def test_a_file_without_a_record__is_refused_with_file_and_number_and_nothing_is_counted(
    nation: Nation, callability: str
) -> None:
    nation.person("ONE", [A, block("chr21", 25_000_101, 25_100_000)])
    nation.build()
    before = an(nation)
    nation.person("EMPTY", [], callability=kit(nation, callability) if "\t" in callability else callability)

    code, told = nation.report(), nation.err

    assert code == 1 and "EMPTY.vcf: genome 2 of this add has no record on 1-22, X, Y, M" in told
    assert "leave the sample out" in told and "callability bed:PATH" in told
    assert ("the 100,000 bases of its BED would all count as reference" in told) == ("\t" in callability)
    assert an(nation) == before == (2, 2)


def test_a_file_by_name__without_a_record_or_with_some_elsewhere_only_is_refused(nation: Nation) -> None:
    nation.create()
    elsewhere = "chr1_KI270706v1_random 100 A G PASS . GT:DP:GQ:AD 0/1:30:60:15,15"
    for path in (nation.vcf("P", []), nation.vcf("Q", [elsewhere]), nation.vcf("R", [], samples=["R1", "R2"])):
        assert nation.run("store", "add", nation.store, path, "--json") == 1
        told = json.loads(nation.err.splitlines()[-1])
        assert (told["error"], told["path"], told["index"]) == ("BadInput", str(path), 1)
        assert "no record on 1-22, X, Y, M: all of it would count as reference" in told["message"]
    assert nation.run("store", "stats", nation.store, "--json") == 0 and json.loads(nation.out)["genomes"] == 0


def test_a_small_panel_without_a_record__is_taken_and_told_of(nation: Nation) -> None:
    nation.person("PANEL", [], callability=kit(nation, SMALL))
    nation.create()
    assert nation.run("store", "add", nation.store, "--samples", table(nation), "--json") == 0

    (note,) = json.loads(nation.out)["said"]
    assert note.endswith(
        "PANEL.vcf has no record: genome 1 of this add counts as reference everywhere in its BED (60,000 bases)."
    )
    assert note in nation.err and an(nation) == (2, 2) and an(nation, "chr21:25060001") == (0, 0)


@pytest.mark.parametrize("karyotype", ["XX", "X0", "unknown"])
def test_the_bed__counts_chr_y_only_of_who_has_one(nation: Nation, karyotype: str) -> None:
    nation.person("PANEL", [], karyotype, kit(nation, SMALL + "chrY\t5000000\t9000000\n"))
    nation.create()

    assert nation.report() == (1 if karyotype == "unknown" else 0), nation.err


def test_a_contig_of_a_megabase_without_a_record__is_told_of_by_name(nation: Nation) -> None:
    bed = kit(nation, MEGA)
    nation.person("WHOLE", [B, A], callability=bed)
    nation.person("LOST", [A], callability=bed)
    nation.person("LESS", [B], callability=kit(nation, MEGA))
    nation.create()
    assert nation.run("store", "add", nation.store, "--samples", table(nation), "--json") == 0

    _, *said = json.loads(nation.out)["said"]  # after that no REF was checked
    assert said == [
        f"{nation.folder / name}.vcf has no record on {contig}, though its BED covers 1,000,000 bases or more there: "
        f"genome {n} of this add counts as reference in them."
        for name, contig, n in (("LOST", "chr1", 2), ("LESS", "chr21", 3))
    ]
    assert all(sentence in nation.err for sentence in said)


def test_a_record_that_only_says_reference__is_one(nation: Nation) -> None:
    nation.person("WHOLE", [B, "chr21 25000100 A G PASS . GT:DP:GQ:AD 0/0:30:60:30,0"], callability=kit(nation, MEGA))
    nation.person("JOINT", ["chr1 5000000 C T LowQual . GT:DP:GQ:AD ./.:0:0:0,0"], callability=kit(nation, LARGE))
    nation.build()

    assert "no record" not in nation.err and an(nation) == (4, 4)


def test_a_file_without_a_record__leaves_out_all_that_came_with_it(nation: Nation) -> None:
    nation.person("GOOD", [A, block("chr21", 25_000_101, 25_100_000)])
    nation.person("EMPTY", [])
    nation.create()

    assert nation.report() == 1 and "genome 2 of this add" in nation.err
    assert not [path for name in ("packs", "segments", "keys") for path in (nation.store / name).glob("*")]
    assert an(nation) == (0, 0)


@pytest.mark.parametrize(
    ("called", "recorded", "empty", "impossible", "contigs"),
    [
        ({"chr1": LEAST_IN_ALL - 1}, (), True, False, ()),
        ({"chr1": LEAST_IN_ALL}, (), True, True, ()),
        ({"chr1": LEAST_IN_ALL // 2, "chrM": LEAST_IN_ALL // 2}, (), True, True, ()),
        ({"chr1": LEAST_OF_CONTIG - 1, "chr2": 9}, ("chr2",), False, False, ()),
        ({"chrX": LEAST_OF_CONTIG, "chr1": LEAST_OF_CONTIG}, ("chr2",), False, False, ("chr1", "chrX")),
        ({"chrY": 10 * LEAST_OF_CONTIG, "chr1": LEAST_OF_CONTIG}, ("chr1",), False, False, ()),
    ],
)
def test_rule__a_hundred_thousand_bases_in_all_or_a_million_of_a_contig(
    called: dict[str, int], recorded: tuple[str, ...], empty: bool, impossible: bool, contigs: tuple[str, ...]
) -> None:
    found = silence_of("bed", "XY", called, recorded, 10_000)

    assert (found.empty, found.impossible, found.contigs) == (empty, impossible, contigs)


TEN_MB = "chr1\t1000000\t8000000\nchr21\t20000000\t{}\n"


@pytest.mark.parametrize(("end", "calls", "code"), [(23_000_000, 99, 1), (23_000_000, 100, 0), (22_999_999, 2, 0)])
def test_a_file_of_ten_megabases_with_hardly_a_call__is_refused_with_its_numbers(
    nation: Nation, end: int, calls: int, code: int
) -> None:
    records = [het("chr1", 2_000_000 + i, "A", "G") for i in range(calls - 1)]
    records.append(het("chr21", 21_000_000, "A", "G"))
    nation.person("CUT", records, callability=kit(nation, TEN_MB.format(end) + "chrY\t5000000\t25000000\n"))
    nation.create()

    assert nation.report() == code, nation.err
    told = "CUT.vcf: genome 1 of this add has 99 calls in the 10,000,000 bases of its BED on 1-22 and X, fewer than one"
    assert (told in nation.err) == bool(code)


@pytest.mark.parametrize(
    ("callability", "called", "calls", "sparse"),
    [
        ("bed", {"chr1": LEAST_FOR_DENSITY}, 99, True),
        ("bed", {"chr1": LEAST_FOR_DENSITY}, 100, False),
        ("bed", {"chr1": LEAST_FOR_DENSITY - 1}, 1, False),
        ("bed", {"chr1": 9_000_000, "chrY": 50_000_000, "chrM": 16_569}, 1, False),
        ("bed", {"chr1": 9_000_000, "chrX": 1_000_000}, 1, True),
        ("bed", {"chr1": 248_000_000, "chr2": 242_000_000}, 5_000, False),  # a hundredth of a genome's
        ("gvcf", {}, 1, False),
        ("assumed", {}, 1, False),
    ],
)
def test_rule__a_call_in_100_000_bases_of_ten_megabases_or_more(
    callability: Callability, called: dict[str, int], calls: int, sparse: bool
) -> None:
    assert silence_of(callability, "XX", called, ("chr1",), calls).sparse == sparse
    assert not silence_of(callability, "XX", called, (), 0).sparse  # that is `empty`


def table(nation: Nation) -> Path:
    path = nation.folder / "samples.tsv"
    columns = list(nation.rows[0])
    rows = [{c: c for c in columns}, *nation.rows]
    path.write_text("".join("\t".join(row[c] for c in columns) + "\n" for row in rows))
    return path
