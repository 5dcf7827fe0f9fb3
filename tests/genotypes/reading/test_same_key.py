"""One key from several places, by the rules of docs/decisions/0001: bases of MNPs, and the same key twice."""

from collections.abc import Callable

import pytest

from embla.genotypes import Policy
from embla.genotypes.reading import ReadPack
from embla.reference import Reference

from .conftest import LENGTHS
from .said import entries


def run_of_one_base(bases: str, length: int) -> int:
    """Where, 0-based, a run of one base of at least that length begins behind another base."""
    return next(
        i
        for i in range(5, 2900)
        if len(set(bases[i : i + length])) == 1 and {bases[i], bases[i - 1]} <= set("ACGT") and bases[i - 1] != bases[i]
    )


def test_an_mnp__is_a_key_and_its_differing_bases_are_derived(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 ACG GCT PASS . GT:DP:GQ 0/1:30:60")

    assert entries(found) == {
        "1000ACG>GCT": ("het", "adj"),
        "1000A>G": ("het", "adj", "derived"),
        "1002G>T": ("het", "adj", "derived"),
    }
    assert "1 MNP is also counted" in " ".join(found.report.lines())
    assert entries(one("chr1 1000 ACG GCT PASS . GT:DP:GQ 0/1:30:60", policy=Policy(mnp_components=False))) == {
        "1000ACG>GCT": ("het", "adj")
    }


def test_an_own_record__wins_over_the_base_of_an_mnp(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 AC GT PASS . GT:DP:GQ 0/1:30:60", "chr1 1001 C T PASS . GT:DP:GQ 1/1:30:60")

    assert entries(found) == {
        "1000AC>GT": ("het", "adj"),
        "1000A>G": ("het", "adj", "derived"),
        "1001C>T": ("hom", "adj"),
    }


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (["AC GT PASS . GT:DP:GQ 0/1:30:60", "A G PASS . GT:DP:GQ 0/0:30:60"], ("het", "adj", "derived")),
        (["A G PASS . GT:DP:GQ 0/0:30:60", "AC GT PASS . GT:DP:GQ 0/1:30:60"], ("het", "adj", "derived")),
        (["AC GT,GC PASS . GT:DP:GQ 0/1:30:60"], ("het", "adj", "derived")),
        (["AC GT PASS . GT:DP:GQ 0/1:30:60", "A T,G PASS . GT:DP:GQ 0/0:30:60"], ("het", "adj", "derived")),
        # Gates are those of the MNP, whatever those of the 0/0.
        (["AC GT PASS . GT:DP:GQ 0/1:30:60", "A G PASS . GT:DP:GQ 0/0:3:5"], ("het", "adj", "derived")),
        (["AC GT PASS . GT:DP:GQ 0/1:30:5", "A G PASS . GT:DP:GQ 0/0:30:60"], ("het", "derived")),
        (["AC GT,GC q . GT:DP:GQ 0/1:30:60"], ("het", "failed", "derived")),
        (["AC GT,GC PASS . GT:DP:GQ 1/.:30:60"], ("half", "adj", "derived")),
        # Who carries the base, or is not called there, has spoken.
        (["AC GT PASS . GT:DP:GQ 0/1:30:60", "A G PASS . GT:DP:GQ 0/1:30:60"], ("het", "adj")),
        (["AC GT PASS . GT:DP:GQ 0/1:30:60", "A G PASS . GT:DP:GQ 1/1:30:60"], ("hom", "adj")),
        (["AC GT,GC PASS . GT:DP:GQ 1/2:30:60"], ("hom", "adj")),
        (["AC GT PASS . GT:DP:GQ 0/1:30:60", "A G q . GT:DP:GQ 0/0:30:60"], ("none", "failed")),
    ],
)
def test_a_base_of_an_mnp__counts_whatever_else_the_file_lists(
    one: Callable[..., ReadPack], records: list[str], expected: tuple[str, ...]
) -> None:
    found = entries(one(*(f"chr1 1000 {text}" for text in records)))["1000A>G"]

    assert tuple(word for word in found if word[3:4] not in ("+", "-")) == expected


@pytest.mark.parametrize("gt", ["./.", "0/."])
def test_a_record_not_called__wins_over_the_base_of_an_mnp(one: Callable[..., ReadPack], gt: str) -> None:
    found = one("chr1 1000 AC GT PASS . GT:DP:GQ 0/1:30:60", f"chr1 1000 A G PASS . GT:DP:GQ {gt}:30:60")

    assert "1000A>G" not in entries(found) and "1001C>T" in entries(found)


def test_two_mnps_of_one_record__that_share_a_base_are_two_copies_of_it(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 AC GT,GA PASS . GT:DP:GQ:AD 1/2:30:60:0,15,15")

    assert entries(found)["1000A>G"] == ("hom", "adj", "derived")


def test_the_same_key_twice__equal_is_one_and_different_is_a_conflict(one: Callable[..., ReadPack]) -> None:
    equal = one("chr1 1000 A G PASS . GT:DP:GQ 0/1:30:60", "chr1 1000 A G PASS . GT:DP:GQ 0/1:30:10")
    other = one("chr1 1000 A G PASS . GT:DP:GQ 0/1:30:60", "chr1 1000 A G PASS . GT:DP:GQ 1/1:30:60")

    assert entries(equal) == {"1000A>G": ("het",)} and equal.report.duplicates == 1
    assert entries(other) == {} and other.report.conflicts == 2
    assert other.pack.contigs["chr1"].run_end.tolist() == [LENGTHS["chr1"]]
    assert other.pack.contigs["chr1"].records.counted.tolist() == [False, False]
    assert "conflict" in " ".join(other.report.lines())


def test_a_record__that_shares_a_key_with_one_in_conflict_is_a_no_call_too(one: Callable[..., ReadPack]) -> None:
    """1000C>A is said twice and differently; of 1000C>T, where the third says none, the second speaks as well."""
    records = [
        "chr1 998 ACC ACA PASS . GT:DP:GQ 0/0:30:60",
        "chr1 999 CC CA,CT PASS . GT:DP:GQ 0/1:30:60",
        "chr1 1000 C T PASS . GT:DP:GQ 0/0:30:60",
        "chr1 1100 C T PASS . GT:DP:GQ 0/1:30:60",
    ]

    found = one(*records)

    assert entries(found) == {"1100C>T": ("het", "adj")} and found.report.conflicts == 3


def test_the_same_key_twice__also_where_it_is_spelled_otherwise(
    one: Callable[..., ReadPack], repeated: tuple[Reference, dict[str, str]]
) -> None:
    reference, bases = repeated
    at = run_of_one_base(bases["chr1"], 4)
    base, before = bases["chr1"][at], bases["chr1"][at - 1]
    written = [f"chr1 {at} {before}{base} {before}", f"chr1 {at + 2} {base}{base} {base}"]

    same = one(*(f"{text} PASS . GT:DP:GQ 0/1:30:60" for text in written), reference=reference)
    against = one(
        f"{written[0]} PASS . GT:DP:GQ 0/1:30:60", f"{written[1]} PASS . GT:DP:GQ 0/0:30:60", reference=reference
    )

    assert entries(same) == {f"{at}{before}{base}>{before}": ("het", "adj")}
    assert entries(against) == {} and against.report.conflicts == 2


def test_a_missing_record__takes_the_person_out_of_its_key_where_it_moved_to(
    one: Callable[..., ReadPack], repeated: tuple[Reference, dict[str, str]]
) -> None:
    reference, bases = repeated
    at = run_of_one_base(bases["chr1"], 6)
    base, before = bases["chr1"][at], bases["chr1"][at - 1]
    found = one(
        f"chr1 {at - 3} {bases['chr1'][at - 4]} . . END={at + 1} GT:DP:GQ 0/0:30:60",
        f"chr1 {at + 3} {base}{base} {base} PASS . GT:DP:GQ ./.:30:60",
        reference=reference,
    )

    assert entries(found) == {f"{at}{before}{base}>{before}": ("none", "raw-2", "adj-2")}


def test_a_half_written_0_where_there_is_one_copy__is_all_of_it_and_says_nothing_against_the_base_of_an_mnp(
    one: Callable[..., ReadPack],
) -> None:
    on_x = ("chrX 5000000 AC GT PASS . GT:DP:GQ 1:30:60", "chrX 5000000 A G PASS . GT:DP:GQ 0/.:30:60")
    on_mt = ("chrM 1000 AC GT PASS . GT:DP:GQ 0/1:30:60", "chrM 1000 A G PASS . GT:AF:DP:GQ ./1:0:30:60")

    assert entries(one(*on_x, karyotype="XY"), "chrX")["5000000A>G"][0] == "hemi"
    assert entries(one(*on_mt), "chrM")["1000A>G"][0] in ("mt-het", "mt-hom")


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("A AT,G PASS . GT:DP:GQ 0/1:30:60", "het"),  # 0 for the base, called in full: says nothing against it
        ("A AT,G PASS . GT:DP:GQ 1/.:30:60", "none"),
        ("A AT,G q . GT:DP:GQ 0/1:30:60", "none"),
    ],
)
def test_a_base_of_a_failed_mnp__goes_by_what_each_record_says_in_any_order(
    one: Callable[..., ReadPack], other: str, expected: str, turned: bool
) -> None:
    lines = ["chr1 1000 AC GT,GC q . GT:DP:GQ 0/1:30:60", f"chr1 1000 {other}"]

    found = entries(one(*(lines[::-1] if turned else lines)))

    assert found["1000A>G"][0] == expected
