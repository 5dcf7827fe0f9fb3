"""Calls on mtDNA, by the rules of docs/decisions/0001: heteroplasmy, of MNPs too."""

from collections.abc import Callable

import pytest

from embla.genotypes.reading import ReadPack

from .said import entries

MITO = {
    "0/1:900:60:0.07": ((), 700),
    "0/1:900:60:0.0999999999999999999999": ((), 999),
    "0/1:900:60:0.1": (("mt-het", "adj"), 1000),
    "0/1:900:60:1e-1": (("mt-het", "adj"), 1000),
    "1/1:900:60:0.94999999999999999999": (("mt-het", "adj"), 9499),
    "0/1:900:60:0.95": (("mt-hom", "adj"), 9500),
    "1:900:60:1.0": (("mt-hom", "adj"), 10_000),
    "0/0:900:60:0.5": (("mt-het", "adj"), 5000),
    "./.:900:60:0.5": ((), 0),
    "./1:900:60:0.5": (("mt-het", "adj"), 5000),
    "0/1:4:60:0.5": (("mt-het",), 5000),
    "0/1:5:60:0.5": (("mt-het", "adj"), 5000),
    "0/1:900:.:0.5": (("mt-het", "adj"), 5000),
    "0/1:900:19:0.5": (("mt-het",), 5000),
    "0/1:.:.:0.5": (("mt-het",), 5000),
    "0/1:4:.:0.5": (("mt-het",), 5000),
    "0/1:900:60:.": (("mt-het", "adj"), 5000),
    "1/1:900:60:": (("mt-hom", "adj"), 10_000),
    "./.:900:60:nan": ((), 0),
}


@pytest.mark.parametrize("cell", MITO)
def test_mitochondria__go_by_heteroplasmy_decided_on_the_digits(one: Callable[..., ReadPack], cell: str) -> None:
    found = one(f"chrM 3000 A G PASS . GT:DP:GQ:AF {cell}")
    wanted, share = MITO[cell]

    said = entries(found, "chrM")
    assert said == ({"3000A>G": wanted or ("none",)} if share else {})
    assert found.pack.contigs["chrM"].heteroplasmy.tolist() == ([share] if share else [])


def test_mitochondria__without_af_go_by_ad_then_by_gt_and_take_more_than_two_alleles(
    one: Callable[..., ReadPack],
) -> None:
    found = one(
        "chrM 3000 A G PASS . GT:DP:GQ:AD 0/1:900:60:91,9",
        "chrM 3001 A G PASS . GT:DP:GQ:AD 0/1:900:60:5,95",
        "chrM 3002 A G PASS . GT:DP:GQ 0/1:900:60",
        "chrM 3003 A G,T PASS . GT:DP:GQ:AF 0/1/2:900:60:0.2,0.96",
    )

    assert entries(found, "chrM") == {
        "3000A>G": ("none",),
        "3001A>G": ("mt-hom", "adj"),
        "3002A>G": ("mt-het", "adj"),
        "3003A>G": ("mt-het", "adj"),
        "3003A>T": ("mt-hom", "adj"),
    }
    assert found.report.low_heteroplasmy == 1 and found.report.many_alleles == 0


SHARED = {  # heteroplasmies of GT and GA for AC: what the base that both have is, and its heteroplasmy
    "0.05,0.05": (("mt-het", "adj", "derived"), 1_000),
    "0.05,0.049": (None, 0),
    "0.06,0.9": (("mt-hom", "adj", "derived"), 9_600),
    "0.05,0.6": (("mt-het", "adj", "derived"), 6_500),
    "0.2,0": (("mt-het", "adj", "derived"), 2_000),
    "0.6,0.6": (("mt-hom", "adj", "derived"), 10_000),
}


@pytest.mark.parametrize("shares", SHARED)
def test_mitochondrial_mnps_of_one_record__add_up_at_a_base_that_they_share(
    one: Callable[..., ReadPack], shares: str
) -> None:
    found = one(f"chrM 3000 AC GT,GA PASS . GT:DP:GQ:AF 0/1:900:60:{shares}")
    wanted, share = SHARED[shares]

    said = entries(found, "chrM")
    assert said.get("3000A>G") == wanted
    both = dict(zip(said, found.pack.contigs["chrM"].heteroplasmy.tolist(), strict=True))
    assert both.get("3000A>G", 0) == share
    # The others are one MNP's alone, and are there where that one counts.
    assert ("3001C>T" in said, "3001C>A" in said) == tuple(float(part) >= 0.1 for part in shares.split(","))


def test_mitochondrial_mnps__in_conflict_add_nothing_up(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chrM 3000 AC GT,GA PASS . GT:DP:GQ:AF 0/1:900:60:0.05,0.05",
        "chrM 3000 AC GT PASS . GT:DP:GQ:AF 0/1:900:60:0.5",
    )

    assert "3000A>G" not in entries(found, "chrM") and found.report.conflicts == 2
