"""BED of a kit: 0-based half-open, any contig name, merged; bad lines are refused with their number."""

import gzip
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import BadInput, EmblaError
from embla.genome import GRCH38
from embla.genotypes.reading import bed as bed_module
from embla.genotypes.reading.bed import read_bed
from embla.genotypes.reading.source import _EOF_BLOCK

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


NAMES = ("chr1", "1", "chrX", "MT", "chrUn_KI270302v1")
GOOD = st.builds(
    lambda name, start, size, end: f"{name}\t{start}\t{start + size}{end}",
    st.sampled_from(NAMES),
    st.integers(0, 16_000),
    st.integers(1, 500),
    st.sampled_from(("", "\r", "\tx\ty", "\t" * 400)),
)
ODD = st.one_of(
    st.sampled_from(("", "  ", "#c", "track x", "browser\ty", "chr1", "chr1\t5", "chr1 7 9", "chr1\t5\t5", "chr1\t9\t5",
                     "chr99\t1\t2", "chr1\t1e3\t2000", "chr1\t\t7", "\tchr1\t1\t2", "chr1\t1\t99999999999", "\x00",
                     "\ufeff")),
    st.text("chr1X\t 09#\x00\x85\u2028", max_size=30),
)  # fmt: skip


def block(data: bytes) -> bytes:
    """One bgzip block."""
    deflated = zlib.compressobj(1, zlib.DEFLATED, -15)
    body = deflated.compress(data) + deflated.flush()
    head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack("<H", len(body) + 25)
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def merged(pairs: list[tuple[int, int]]) -> list[list[int]]:
    out: list[list[int]] = []
    for start, end in sorted(pairs):
        if out and start <= out[-1][1]:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([start, end])
    return out


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(GOOD, GOOD, GOOD, ODD), max_size=12), st.sampled_from(("\n", "")), st.integers(1, 40))
def test_hostile_text__is_read_as_line_by_line_or_refused_at_the_first_line_that_cannot_be(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], last: str, cut: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.bed"
    data = ("\n".join(lines) + last).encode()
    path.write_bytes(b"".join(block(data[at : at + cut]) for at in range(0, len(data), cut)) + _EOF_BLOCK)
    found: dict[str, list[tuple[int, int]]] = {}
    bad, others = 0, 0
    for number, raw in enumerate(data.split(b"\n"), 1):
        try:
            interval = bed_module._interval(path, number, raw, GRCH38)
        except EmblaError:
            bad = number
            break
        if interval is not None:
            contig, start, end = interval
            others += not contig
            if contig:
                found.setdefault(contig, []).append((start, end))

    if bad or not found:
        with pytest.raises(EmblaError) as refused:
            read_bed(path, GRCH38)
        assert refused.value.path == str(path) and refused.value.mend and (refused.value.line == bad or not bad)
    else:
        read, skipped = read_bed(path, GRCH38)
        assert {name: pairs.tolist() for name, pairs in read.items()} == {n: merged(p) for n, p in found.items()}
        assert skipped == others


def test_a_bed_without_bounds__is_refused_where_it_leaves_them(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    kit = write("chr1\t1\t2\n" * 40, "kit.bed")
    wide = write("chr1\t1\t2\n\nchr1\t1\t3" + "\tx" * 500 + "\nchr1\t5\t6\n", "wide.bed")
    with monkeypatch.context() as patch:
        patch.setattr(bed_module, "_MOST_INTERVALS", 30)
        with pytest.raises(BadInput, match="more than 30 intervals") as many:
            read_bed(kit, GRCH38)
        patch.setattr(bed_module, "_MOST_INTERVALS", 40)
        patch.setattr(bed_module, "_MOST_TEXT", 300)
        with pytest.raises(BadInput, match="of text"):
            read_bed(kit, GRCH38)
    monkeypatch.setattr(bed_module, "_MAX_LINE", 600)
    with pytest.raises(BadInput, match="longer than 1 MB") as long:
        read_bed(wide, GRCH38)

    assert many.value.line == 31 and "bedtools merge" in many.value.mend and long.value.line == 3


def test_a_line_of_half_a_million_columns__is_an_interval(write: Write) -> None:
    found, _ = read_bed(write("chr1\t1\t2" + "\tx" * 500_000, "kit.bed"), GRCH38)

    assert found["chr1"].tolist() == [[1, 2]]


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
