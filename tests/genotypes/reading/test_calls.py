"""What one call is, by the rules of docs/decisions/0001: its class, its gates, and the record that is kept."""

from collections.abc import Callable

import pytest

from embla.genotypes import Policy
from embla.genotypes.reading import ReadPack

from .said import covered, entries, states

CALLS = {
    "0/1:30:60:15,15": {"1000A>G": ("het", "adj")},
    "1|0:30:60:15,15": {"1000A>G": ("het", "adj")},
    "1/1:30:60:0,30": {"1000A>G": ("hom", "adj")},
    "1/1/1:30:60:0,30": {"1000A>G": ("hom", "adj")},
    "/0/1:30:60:15,15": {"1000A>G": ("het", "adj")},
    "./1:30:60:0,30": {"1000A>G": ("half", "adj")},
    "1:30:60:0,30": {"1000A>G": ("half", "adj")},
    "1/.:30:60:0,30": {"1000A>G": ("half", "adj")},
    "0/0:30:60:30,0": {},
    "./.:30:60:30,0": {},
    "0/.:30:60:30,0": {},
    "0/1:30:19:15,15": {"1000A>G": ("het",)},
    "0/1:30:19.99:15,15": {"1000A>G": ("het",)},
    "0/1:30:20.0:15,15": {"1000A>G": ("het", "adj")},
    "0/1:9:60:5,4": {"1000A>G": ("het",)},
    "0/1:10:60:5,5": {"1000A>G": ("het", "adj")},
    "0/1:.:60:15,15": {"1000A>G": ("het",)},
    "0/1:30:.:15,15": {"1000A>G": ("het",)},
    "0/1:30:60:25,5": {"1000A>G": ("het",)},
    "0/1:30:60:24,6": {"1000A>G": ("het", "adj")},
    "0/1:30:60:.": {"1000A>G": ("het", "adj")},
    "0/1:30:60:24,.": {"1000A>G": ("het", "adj")},
    "0/1:30:60": {"1000A>G": ("het", "adj")},
    "0/1": {"1000A>G": ("het",)},
    "1/1:30:60:30,0": {"1000A>G": ("hom", "adj")},
    "0/1/1:30:60:15,15": {},
}


@pytest.mark.parametrize("cell", CALLS)
def test_one_call__is_of_one_class_and_passes_or_not(one: Callable[..., ReadPack], cell: str) -> None:
    assert entries(one(f"chr1 1000 A G PASS . GT:DP:GQ:AD {cell}")) == CALLS[cell]


@pytest.mark.parametrize(
    ("flt", "ft", "wanted"),
    [
        ("PASS", "PASS", ("het", "adj")),
        (".", ".", ("het", "adj")),
        ("LowQual", "PASS", ("het", "failed")),
        ("PASS", "LowGQ", ("het", "failed")),
        ("PASS;q10", "", ("het", "failed")),
        ("PASS", "", ("het", "adj")),
    ],
)
def test_filter_and_ft__take_a_call_out_of_adj_and_mark_it(
    one: Callable[..., ReadPack], flt: str, ft: str, wanted: tuple[str, ...]
) -> None:
    assert entries(one(f"chr1 1000 A G {flt} . GT:DP:GQ:FT 0/1:30:60:{ft}")) == {"1000A>G": wanted}


def test_a_failed_reference_call__is_marked_for_each_alt(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 A G,T LowQual . GT:DP:GQ 0/0:30:60")

    assert entries(found) == {"1000A>G": ("none", "failed"), "1000A>T": ("none", "failed")}
    assert len(found.pack.contigs["chr1"].records.pos) == 1


def test_two_alts__are_each_het_and_share_one_gate(one: Callable[..., ReadPack]) -> None:
    assert entries(one("chr1 1000 A G,T PASS . GT:DP:GQ:AD 1/2:30:60:0,15,15")) == {
        "1000A>G": ("het", "adj"),
        "1000A>T": ("het", "adj"),
    }
    assert entries(one("chr1 1000 A G,T PASS . GT:DP:GQ:AD 1/2:30:60:0,2,28")) == {
        "1000A>G": ("het",),
        "1000A>T": ("het",),
    }


@pytest.mark.parametrize("symbol", ["<NON_REF>", "<*>", "<X>", "*", "<DEL>", "A[chr2:5[", "]chr2:5]A", "A."])
def test_alleles_without_bases__count_in_an_and_are_never_listed(one: Callable[..., ReadPack], symbol: str) -> None:
    found = one(f"chr1 1000 A T,{symbol} PASS . GT:DP:GQ:AD 1/2:30:60:0,15,15")

    assert entries(found) == {"1000A>T": ("het", "adj")}
    assert covered(found) == (1000, 1000) and states(found) == []


def test_a_star__is_missing_where_the_policy_says_so(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 A T,* PASS . GT:DP:GQ 1/2:30:60", policy=Policy(spanning_deletion_in_an=False))

    assert entries(found) == {"1000A>T": ("half", "adj")}


def test_structural_records__are_skipped_and_said(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 A <DEL> PASS END=2000 GT:DP:GQ 0/1:30:60", "chr1 1500 N N[chr2:7[ PASS SVTYPE=BND DP:GQ 3:4")

    assert found.pack.contigs == {}
    assert "2 records have a symbolic" in " ".join(found.report.lines())


def test_records__are_kept_as_written_for_what_is_carried_failed_missing_or_half(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chr1 1000 a g,<NON_REF> PASS . GT:AD:DP:GQ:PGT:PID:PS 0/1:15,15,0:30:60:1|0:1000_A_G:7",
        "chr1 1001 A G PASS . GT:DP:GQ 0/0:30:60",
        "chr1 1002 A G q10;s50 . GT:DP:GQ 0/0:30:60",
        "chr1 1003 A G PASS . GT:DPI:GQX ./.:7:8",
        "chr1 1004 ACT A . . GT:DP:GQ 1:30:99999",
        "chr1 1008 A <NON_REF> PASS . GT:DP:GQ ./.:30:60",
        "chr1 1009 A G PASS . GT:DP:GQ:PID 0|1:.:.:55_A",
    )

    records = found.pack.contigs["chr1"].records
    assert records.pos.tolist() == [1000, 1002, 1003, 1004, 1009]
    assert records.text == b"A\tG,<NON_REF>A\tGA\tGACT\tAA\tG" and records.text_end.tolist() == [13, 16, 19, 24, 27]
    assert records.gt.tolist() == [[1, 0], [0, 0], [-1, -1], [1, -2], [0, 1]]
    assert records.phased.tolist() == [True, False, False, False, True]
    assert records.phase_set.tolist() == [7, -1, -1, -1, 55]
    assert [found.pack.filters[i] for i in records.filter] == ["PASS", "q10;s50", "PASS", ".", "PASS"]
    assert records.dp.tolist() == [30, 30, 7, 30, -1] and records.gq.tolist() == [60, 60, 8, 32767, -1]
    assert records.ad.tolist() == [15, 15, 0] and records.ad_end.tolist() == [3, 3, 3, 3, 3]
