"""BED of a kit: 0-based half-open, any contig name, merged; bad lines are refused with their number."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from embla.errors import BadInput
from embla.genome import GRCH38
from embla.genotypes.reading.bed import read_bed

from .conftest import read, vcf

Write = Callable[..., Path]


def test_intervals__are_named_sorted_and_merged(write: Write) -> None:
    text = (
        "browser position chr1\ntrack name=kit\n#chrom\tstart\tend\n\n"
        "1\t50\t60\textra\nchr1\t10\t20\nNC_000001.11\t15\t30\r\n"
        "chr1 30 40\nMT\t0\t16569\nchrUn_KI270302v1\t1\t2\n"
    )
    for data in (text.encode(), gzip.compress(text.encode()), text.rstrip("\n").encode()):
        found, others = read_bed(write(data, "kit.bed"), GRCH38)

        assert {name: pairs.tolist() for name, pairs in found.items()} == {
            "chr1": [[10, 40], [50, 60]],
            "chrM": [[0, 16569]],
        }
        assert others == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("chr1\t10", "2 columns"),
        ("chr1\tten\t20", "not a number"),
        ("chr1\t-1\t20", "not a number"),
        ("chr1\t20\t20", "20-20"),
        ("chr1\t30\t20", "30-20"),
        ("chr1\t10\t248956423", "248,956,422"),
        ("chr1\t10\t99999999999999", "not a number"),
        ("chr23\t10\t20", "chr23"),
        ("chr1\t1\u00b2\t20", "not a number"),
    ],
)
def test_lines_that_cannot_be__are_refused_with_their_number(write: Write, line: str, says: str) -> None:
    path = write(f"chr2\t1\t2\n{line}\n", "kit.bed")

    with pytest.raises(BadInput) as caught:
        read_bed(path, GRCH38)

    assert (caught.value.path, caught.value.line) == (str(path), 2) and says in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"#nothing\n", b"\x00\xff\xfe\n", b"x" * (3 << 20), b"chrUn_KI270302v1\t1\t2\n"]
)
def test_files_without_an_interval__are_refused(write: Write, data: bytes) -> None:
    with pytest.raises(BadInput):
        read_bed(write(data, "kit.bed"), GRCH38)


def test_calls_outside__are_kept_and_not_counted_and_said(write: Write) -> None:
    bed = write("chr1\t999\t1100\n", "kit.bed")
    call = "PASS . GT:DP:GQ 0/1:30:60"
    path = write(
        vcf([f"chr1 999 A G {call}", f"chr1 1000 A G {call}", f"chr1 1100 A G {call}", f"chr1 1101 A G {call}"])
    )

    (found,) = read(path, callability="bed", bed=bed)

    contig = found.pack.contigs["chr1"]
    assert [key >> 36 for key in contig.key.tolist()] == [1000, 1100]
    assert contig.records.counted.tolist() == [False, True, True, False]
    assert list(zip(contig.run_start.tolist(), contig.run_end.tolist(), contig.run_state.tolist(), strict=True)) == [
        (0, 999, 0),
        (1100, 248_956_422, 0),
    ]
    assert found.report.outside_bed == 2 and "2 calls outside the BED" in "\n".join(found.report.lines())


def test_contigs_of_the_bed_without_records__are_callable(write: Write) -> None:
    bed = write("chr5\t10\t20\n", "kit.bed")

    (found,) = read(write(vcf([])), callability="bed", bed=bed)

    chr5 = found.pack.contigs["chr5"]
    assert list(zip(chr5.run_start.tolist(), chr5.run_end.tolist(), strict=True)) == [(0, 10), (20, 181_538_259)]
    assert list(found.pack.contigs) == ["chr5"]


def test_a_deletion_across_the_edge__goes_by_the_place_of_its_key(write: Write) -> None:
    bed = write("chr1\t1000\t1100\n", "kit.bed")
    path = write(vcf(["chr1 1000 ACGT A PASS . GT:DP:GQ 0/1:30:60", "chr1 1099 ACG A PASS . GT:DP:GQ ./.:30:60"]))

    (found,) = read(path, callability="bed", bed=bed)

    contig = found.pack.contigs["chr1"]
    assert [key >> 36 for key in contig.key.tolist()] == []
    assert contig.records.counted.tolist() == [False, True]
    states = list(zip(contig.run_start.tolist(), contig.run_end.tolist(), contig.run_state.tolist(), strict=True))
    assert states == [(0, 1000, 0), (1098, 248_956_422, 0)]
