"""Depths and qualities as callers other than GATK spell them: a genome counts the same in each of them (0066)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from embla.genotypes import Policy
from embla.genotypes.reading import ReadPack

from .conftest import read, vcf
from .said import covered, entries, states

One = Callable[..., ReadPack]
Write = Callable[..., Path]

# Reads of REF and ALT -> FORMAT and the sample's column.
CALLERS: dict[str, Callable[[int, int], str]] = {
    "GATK": lambda ref, alt: f"GT:AD:DP:GQ 0/1:{ref},{alt}:{ref + alt}:60",
    "VarScan": lambda ref, alt: (
        f"GT:GQ:SDP:DP:RD:AD:FREQ:PVAL:RBQ 0/1:60:{ref + alt}:{ref + alt}:{ref}:{alt}:9%:1.5E-4:38"
    ),
    "freebayes 0.9": lambda ref, alt: f"GT:DP:RO:QR:AO:QA:GQ 0/1:{ref + alt}:{ref}:900:{alt}:90:6e1",
    "freebayes 1.3": lambda ref, alt: f"GT:GQ:DP:AD:RO:QR:AO:QA 0/1:60.001:{ref + alt}:{ref},{alt}:{ref}:9:{alt}:9",
    "Torrent": lambda ref, alt: f"GT:GQ:DP:FDP:RO:FRO:AO:FAO:AF 0/1:60:{ref + alt}:9:{ref}:{ref}:{alt}:{alt}:0.1",
}


@pytest.mark.parametrize("caller", CALLERS)
def test_balance__is_asked_of_a_call_however_its_reads_are_spelled(caller: str, one: One) -> None:
    low, least = (
        one(f"chr1 1000 C T PASS . {CALLERS[caller](33, 7)}"),
        one(f"chr1 1000 C T . . {CALLERS[caller](32, 8)}"),
    )

    assert entries(low) == {"1000C>T": ("het",)} and states(low) == [(1000, 1000, "fn")]
    assert entries(least) == {"1000C>T": ("het", "adj")}
    assert low.pack.contigs["chr1"].records.ad.tolist() == [33, 7]


@pytest.mark.parametrize("caller", CALLERS)
def test_heteroplasmy__is_the_share_of_the_reads_however_they_are_spelled(caller: str, one: One) -> None:
    told = CALLERS[caller](970, 30).replace(":AF", "").removesuffix(":0.1")

    few, many = one(f"chrM 152 T C PASS . {told}"), one(f"chrM 152 T C PASS . {told.replace('970', '20')}")

    assert entries(few, "chrM") == {"152T>C": ("none",)}  # three in a hundred, though GT says one of two
    assert entries(many, "chrM") == {"152T>C": ("mt-het", "adj")}


@pytest.mark.parametrize(("others", "adj"), [("20,20", True), ("33,7", False), ("20,.", True)])
def test_balance__of_several_alts_by_ao_goes_by_each(others: str, adj: bool, one: One) -> None:
    found = one(f"chr1 1010 C T,G . . GT:GQ:DP:RO:AO 1/2:99:40:0:{others}")

    assert [("adj" in words) for words in entries(found).values()] == [adj, adj]


def test_balance__is_not_asked_of_reads_that_a_split_record_shares_with_others(one: One) -> None:
    found = one(
        "chr1 1000 A G . . GT:DP:GQ:AD 0/0:30:60:15,0,15", "chr1 1000 A T . . GT:DP:GQ:AD 0/1:30:60:15,0,15",
        "chr1 1010 A T . . GT:DP:GQ:AD 0/1:30:60:27,3",
    )  # fmt: skip

    assert entries(found) == {"1000A>T": ("het", "adj"), "1010A>T": ("het",)}
    assert found.pack.contigs["chr1"].records.ad.tolist() == [15, 0, 15, 27, 3]  # given back as it came


@pytest.mark.parametrize(
    ("text", "passes"),
    [("2e1", True), ("1.99e1", False), ("1.6E+02", True), ("200e-1", True), ("199.9e-1", False), ("0.2e2", True),
     ("2e", False), ("e2", False), ("2e1.0", False), ("2e-0x", False), ("1e999", True), ("9" * 40 + "e-39", False),
     ("2.0.0e2", False), (".2e2", False)],
)  # fmt: skip
def test_numbers__with_an_exponent_are_numbers(text: str, passes: bool, one: One) -> None:
    found = one(f"chr1 1000 C T . . GT:DP:GQ 0/1:30:{text}", "chr1 1010 C T . . GT:DP:GQ 0/1:30:60")

    assert ("adj" in entries(found)["1000C>T"]) == passes
    assert found.report.bad_numbers == (text in ("2e", "e2", "2e1.0", "2e-0x", "2.0.0e2", ".2e2"))


def test_gatk__at_sites_without_a_variant_rgq_is_the_quality(one: One) -> None:
    found = one(
        "chr1 1000 C . . DP=30 GT:AD:DP:RGQ 0/0:30:30:72",
        "chr1 1001 C T . DP=30 GT:AD:DP:GQ:PL 0/1:15,15:30:99:99,0,99",
        "chr1 1002 C . . DP=30 GT:AD:DP:RGQ 0/0:30:30:12",
        "chr1 1003 C T . DP=30 GT:AD:DP:RGQ 0/1:15,15:30:99",
    )

    assert not found.report.raw_alone
    assert entries(found) == {"1001C>T": ("het", "adj"), "1003C>T": ("het",)}
    assert covered(found) == (1000, 1003) and states(found) == [(1002, 1003, "fn")]


def test_complete_genomics__a_stretch_without_a_call_is_not_reference_though_the_bed_has_it(
    write: Write, tmp_path: Path
) -> None:
    bed = tmp_path / "kit.bed"
    bed.write_text("chr1\t900\t2000\n")
    records = [
        "chr1 1000 C T . NS=1;AN=2 GT:PS:FT:GQ:DP:AD 1|0:1000:PASS:99:40:20,20",
        "chr1 1001 C <CGA_NOCALL> . END=1050;NS=1;AN=0 GT:PS ./.:.",
        "chr1 1060 C T . NS=1 GT:PS:FT:GQ:DP:AD 1/.:.:VQLOW:19:13:13,0",
    ]
    (listed,) = read(write(vcf(records)), callability="bed", bed=bed, karyotype="XX")
    (alone,) = read(write(vcf(records)), karyotype="XX")

    assert (1001, 1050, "nn") in states(listed) and (1060, 1060, "on") in states(listed)
    assert entries(listed)["1000C>T"] == ("het", "adj")
    # Elsewhere the file has no blocks: it is no gVCF, whose other bases nobody called.
    assert alone.pack.callability == "assumed" and (1001, 1050, "nn") in states(alone)


def test_earlier_rules__read_as_they_did(one: One) -> None:
    records = f"chr1 1000 C T PASS . {CALLERS['VarScan'](36, 4)}", "chr1 1010 C T . . GT:DP:GQ 0/1:30:6e1"

    found = one(*records, policy=Policy(version=2))

    assert entries(found) == {"1000C>T": ("het", "adj"), "1010C>T": ("het",)}
