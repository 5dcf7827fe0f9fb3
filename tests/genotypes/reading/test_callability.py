"""Where a person is called, by the rules of docs/decisions/0001: blocks, records over them, and gaps."""

from collections.abc import Callable

import pytest

from embla.genotypes.reading import ReadPack

from .said import covered, entries, states


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("0/1:30:60", "ff"),
        ("0/0:30:60", "ff"),
        ("0/0:30:10", "fn"),
        ("./1:30:60", "oo"),
        ("0:30:60", "oo"),
        ("./.:30:60", "nn"),
        (".:30:60", "nn"),
        ("0/1/1:30:60", "nn"),
        ("0/0:3:60", "fn"),
    ],
)
def test_one_call__sets_the_state_of_its_ref(one: Callable[..., ReadPack], cell: str, wanted: str) -> None:
    found = one(
        "chr1 990 A . PASS END=1100 GT:DP:GQ ./1:30:60".replace("./1", "./0"), f"chr1 1000 ACG A PASS . GT:DP:GQ {cell}"
    )

    rest = (1003, 1100, "oo")
    if wanted == "oo":
        assert states(found) == [(990, 1100, "oo")]
    elif wanted == "ff":
        assert states(found) == [(990, 999, "oo"), rest]
    else:
        assert states(found) == [(990, 999, "oo"), (1000, 1002, wanted), rest]


def test_a_record_with_only_a_star__is_a_record_and_wins_over_blocks(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 990 A <NON_REF> PASS END=1100 GT:DP:GQ 0/0:30:60", "chr1 1000 A * PASS . GT:DP:GQ ./.:30:60")

    assert entries(found) == {} and states(found) == [(1000, 1000, "nn")]


def test_of_overlapping_records__the_latest_start_wins_and_at_one_pos_the_lower(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chr1 1000 ACGTACGTAC A PASS . GT:DP:GQ 0/1:30:60",
        "chr1 1003 T G PASS . GT:DP:GQ ./.:30:60",
        "chr1 1005 C G PASS . GT:DP:GQ 0/1:30:10",
        "chr1 1005 CG C LowQual . GT:DP:GQ ./0:30:60",
    )

    assert covered(found) == (1000, 1009)
    assert states(found) == [(1003, 1003, "nn"), (1005, 1006, "on")]
    # The SNV at 1005 has an AN of its own: 2 in raw where the place says 1.
    assert entries(found) == {
        "1000ACGTACGTAC>A": ("het", "adj"),
        "1005C>G": ("het", "raw+1"),
        "1005CG>C": ("none", "failed"),
    }


def test_records_win_over_blocks__and_gaps_are_nothing(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chr1 900 A <NON_REF> . END=1100 GT:DP:GQ:MIN_DP 0/0:30:60:5",
        "chr1 1000 AC A PASS . GT:DP:GQ 0/1:30:60",
        "chr1 1201 A <NON_REF> . END=1210 GT:DP:GQ:MIN_DP 0/0:9:60:10",
    )

    assert states(found) == [(900, 999, "fn"), (1002, 1100, "fn"), (1101, 1200, "nn")]


@pytest.mark.parametrize(
    ("info", "fmt", "cell", "wanted"),
    [
        ("END=1100", "GT:DP:GQ:MIN_DP", "0/0:40:60:9", "fn"),
        ("END=1100", "GT:DP:GQ:MIN_DP", "0/0:9:60:10", "ff"),
        ("END=1100", "GT:DP:GQ", "0/0:9:60", "fn"),
        ("END=1100;MIN_DP=10", "GT:GQ", "0/0:60", "ff"),
        ("MinDP=9;END=1100", "GT:GQ", "0/0:60", "fn"),
        ("END=1100", "GT:GQ", "0/0:60", "fn"),
        ("END=1100", "GT:GQX:DPI", "0/0:60:30", "ff"),
        ("END=1100", "GT:GQX:DP", "0/0:19:30", "fn"),
        ("END=1100;MIN_DP=40", "GT:DP:GQ", "0/0:.:60", "ff"),
        ("END=1100;MIN_DP=40", "GT:DP:GQ", "0/0:9:60", "fn"),
    ],
)
def test_the_depth_of_a_block__is_min_dp_else_dp_else_info(
    one: Callable[..., ReadPack], info: str, fmt: str, cell: str, wanted: str
) -> None:
    found = one("chr1 500 A . . END=500 GT:DP:GQ 0/0:30:60", f"chr1 1000 A <*> . {info} {fmt} {cell}")

    assert covered(found) == (500, 1100)
    assert states(found) == [(501, 999, "nn")] + ([(1000, 1100, wanted)] if wanted != "ff" else [])


def test_a_missing_end__leaves_the_span_to_ref(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 ACG <*> . END=. GT:DP:GQ 0/0:30:60", "chr1 2000 A G PASS END=.;DP=3 GT:DP:GQ 0/1:30:60")

    assert states(found) == [(1003, 1999, "nn")]


def test_an_assumed_genome__has_no_adj_anywhere(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chr1 1000 A G PASS . GT:DP:GQ 0/1:30:60",
        "chr1 1005 A G LowQual . GT:DP:GQ 0/1:30:60",
        "chr1 1010 A G PASS . GT:DP:GQ ./.:30:60",
        callability="assumed",
    )

    assert entries(found) == {"1000A>G": ("het",), "1005A>G": ("het", "failed")}
    assert states(found) == [(1010, 1010, "nn")]
    assert found.report.lines()[0].startswith("1 sample has assumed callability")


def test_auto__is_gvcf_with_blocks_or_their_alleles_and_else_assumed(one: Callable[..., ReadPack]) -> None:
    call = "PASS . GT:DP:GQ 0/1:30:60"

    assert one(f"chr1 1000 A G {call}", callability=None).pack.callability == "assumed"
    assert one(f"chr1 1000 A G,<*> {call}", callability=None).pack.callability == "gvcf"
    late = one(
        f"chr1 1000 A G {call}", f"chr2 1000 A G {call}", "chr3 5 A . . END=9 GT:DP:GQ 0/0:30:60", callability=None
    )
    assert late.pack.callability == "gvcf"
    assert entries(late) == {"1000A>G": ("het", "adj")} and covered(late) == (1000, 1000)


def test_contigs_that_say_nothing_of_their_own__are_left_out(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chr1 1000 A G PASS . GT:DP:GQ 0/0:30:60",
        "chr2 1000 A G PASS . GT:DP:GQ ./.:30:60",
        "chr3 5 A . . END=9 GT:DP:GQ ./.:0:0",
        callability="assumed",
    )

    assert list(found.pack.contigs) == ["chr2", "chr3"]
