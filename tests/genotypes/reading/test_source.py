"""Bytes of a file become text, whatever packed them; what is cut off, damaged or no VCF is refused with where."""

import gzip
import random
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest

from embla.errors import BadInput
from embla.genotypes.reading import file, specs_for
from embla.genotypes.reading import source as source_module
from embla.genotypes.reading.source import open_source

from .conftest import read, vcf
from .messy import EOF_BLOCK, bgzf

Write = Callable[..., Path]
MANY = vcf([f"chr1 {pos} A G PASS . GT:DP:GQ 0/1:30:60" for pos in range(1000, 60_000, 7)])


def text_of(path: Path) -> bytes:
    with open_source(path) as source:
        pieces = []
        while piece := source.next():
            pieces.append(bytes(piece))
        assert source.done == source.total
    joined = b"".join(pieces)
    with open_source(path) as source:
        text, held = bytearray(b"before"), 6
        while filled := source.fill(text, held, 99):
            held += filled
            assert len(text) >= held + 99
        assert source.done == source.total and text[:held] == b"before" + joined
    for most in (1 << 18, 1 << 20):
        with open_source(path) as source:
            text, held = bytearray(b"before"), 6
            while filled := source.fill(text, held, 99, held + most):
                held += filled
                assert len(text) >= held + 99
            assert source.done == source.total and text[:held] == b"before" + joined
    return joined


@pytest.fixture(params=["its own place", "a place of its own"], autouse=True)
def inflated_into(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything holds also where the library does not show the function that writes where it is told."""
    if request.param == "a place of its own":
        monkeypatch.setattr(source_module, "inflater", lambda: None)


@pytest.mark.parametrize("size", [0, 1, 4, 17, 25])
def test_a_bgzip_block_that_is_shorter_than_its_header__is_damaged(size: int, write: Write) -> None:
    good = bgzf(MANY.encode(), random.Random(1)).removesuffix(EOF_BLOCK)
    bad = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack("<H", size) + bytes(30)

    assert "damaged" in str(refused(write(good + bad + EOF_BLOCK)))


def refused(path: Path) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read(path)
    assert str(path) in str(caught.value) and caught.value.mend
    return caught.value


@pytest.mark.parametrize("kind", ["plain", "gzip", "bgzip", "pysam", "two members", "padded"])
def test_text__is_the_same_however_it_is_packed_and_called(kind: str, write: Write) -> None:
    data = MANY.encode()
    packed = {
        "plain": data,
        "gzip": gzip.compress(data),
        "bgzip": bgzf(data, random.Random(1)),
        "two members": gzip.compress(data[:5000]) + gzip.compress(data[5000:]),
        "padded": gzip.compress(data) + b"\0" * 3000,
    }
    path = write(packed.get(kind, data), "misleading.bcf" if kind == "plain" else "misleading.txt")
    if kind == "pysam":
        pysam.tabix_compress(str(path), str(path) + ".gz")
        path = Path(str(path) + ".gz")

    assert text_of(path) == data


def test_bgzip__is_known_by_bc_anywhere_in_the_extra_field(write: Write) -> None:
    body = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = body.compress(MANY.encode()[:60_000]) + body.flush()
    extra = b"ZZ\x02\x00..BC\x02\x00"
    total = 12 + len(extra) + 2 + len(packed) + 8
    block = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" + struct.pack("<H", len(extra) + 2) + extra + struct.pack("<H", total - 1)
    block += packed + struct.pack("<II", zlib.crc32(MANY.encode()[:60_000]), 60_000)
    path = write(block + EOF_BLOCK)

    with open_source(path) as source:
        assert source.kind == "bgzip"
    assert text_of(path) == MANY.encode()[:60_000]


@pytest.mark.parametrize("cut", [1, 10, 27, 28, 29, 500, 5000])
def test_bgzip__cut_anywhere_is_truncated_and_says_the_byte(cut: int, write: Write) -> None:
    data = bgzf(MANY.encode(), random.Random(2))

    error = refused(write(data[:-cut]))

    assert "truncated" in str(error) and "byte" in str(error)


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 500])
def test_gzip__cut_anywhere_is_truncated(cut: int, write: Write) -> None:
    error = refused(write(gzip.compress(MANY.encode())[:-cut]))

    assert "truncated" in str(error)


def test_bgzip__that_mixes_usual_empty_and_unusual_blocks_is_read_in_order_whoever_walks_it(write: Write) -> None:
    rng = random.Random(5)
    data = bytes(rng.choices(b"ACGT\n\t", k=3_000_000))
    packed = b""
    for at in range(0, len(data), 40_000):
        piece = data[at : at + 40_000]
        body = zlib.compressobj(rng.choice((0, 1, 6)), zlib.DEFLATED, -15)
        deflated = body.compress(piece) + body.flush()
        extra = b"ZZ\x02\x00.." * rng.randint(0, 1) + b"BC\x02\x00"
        head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" + struct.pack("<H", len(extra) + 2) + extra
        packed += head + struct.pack("<H", len(head) + 2 + len(deflated) + 8 - 1) + deflated
        packed += struct.pack("<II", zlib.crc32(piece), len(piece)) + EOF_BLOCK * rng.randint(0, 1)

    assert text_of(write(packed + EOF_BLOCK)) == data


def test_bgzip__with_a_flipped_bit_is_damaged_and_never_read(write: Write) -> None:
    data = bgzf(MANY.encode(), random.Random(3))
    for at in range(40, len(data) - 40, max(len(data) // 60, 1)):
        broken = bytearray(data)
        broken[at] ^= 4
        try:
            read(write(bytes(broken)))
        except BadInput:
            continue
        assert text_of(write(bytes(broken))) == MANY.encode()  # a bit of a header that means nothing


def test_gzip__with_a_flipped_bit_or_rubbish_behind_is_damaged(write: Write) -> None:
    data = gzip.compress(MANY.encode())
    middle = bytearray(data)
    middle[len(data) // 2] ^= 4

    refused(write(bytes(middle)))
    assert "not gzip" in str(refused(write(data + b"rubbish")))


def test_what_is_no_file_of_genotypes__is_refused(write: Write, tmp_path: Path) -> None:
    sites = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t5\t.\tA\tG\t.\t.\t.\n"
    contents = {
        "nothing": b"",
        "words": b"hello\nworld\n",
        "binary": bytes(range(256)) * 99,
        "a line": b"chr1\t5\t.\tA\tG\n",
        "json": gzip.compress(b'{"a": 1}\n'),
        "no columns": b"##fileformat=VCFv4.2\n",
        "sites": sites.encode(),
        "packed nothing": gzip.compress(b""),
        "only the end": EOF_BLOCK,
        "one letter": b"#",
        "spaces": b"#CHROM POS\n",
        "zip": b"PK\x03\x04" + bytes(40),
        "crumb": b"\x1f\x8b",
        "crumbs": b"\x1f\x8b\x08\x04",
        "bcf crumb": b"BCF\2\2",
        "blank": b"\n\n\n",
    }
    for name, data in contents.items():
        refused(write(data, name.replace(" ", "_")))
    refused(tmp_path)
    refused(tmp_path / "nowhere.vcf")


def test_a_named_pipe__is_refused_and_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")

    assert "regular file" in str(refused(tmp_path / "pipe"))


def test_a_header_without_records__is_a_genome_without_calls(write: Write) -> None:
    packs = read(write(vcf([])))

    assert packs[0].pack.contigs == {} and packs[0].pack.callability == "assumed"


def test_crlf_and_a_missing_last_line_feed__change_nothing(write: Write) -> None:
    plain = vcf(["chr1 1000 A G PASS . GT:DP:GQ 0/1:30:60", "chr1 1005 A G PASS . GT:DP:GQ 1/1:30:60"])
    wanted = read(write(plain))[0].pack.contigs["chr1"]

    for other in (plain.replace("\n", "\r\n"), plain.rstrip("\n"), plain.replace("\n", "\r\n").rstrip("\r\n")):
        found = read(write(other))[0].pack.contigs["chr1"]

        assert found.key.tolist() == wanted.key.tolist() and found.entry.tolist() == wanted.entry.tolist()


def test_a_bomb_of_zeros__is_refused_without_memory(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "_MAX_LINE", 4 << 20)
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = vcf([]).encode() + b"chr1\t"
    data = pack.compress(start) + b"".join(pack.compress(bytes(1 << 20)) for _ in range(200)) + pack.flush()
    path = write(data)
    assert len(data) < 300_000
    tracemalloc.start()
    began = time.monotonic()

    error = refused(path)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "longer than" in str(error) and error.line == 4
    assert peak < 100 << 20 and time.monotonic() - began < 60


def test_a_bomb_in_the_header__is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    from embla.genotypes.reading import header

    monkeypatch.setattr(header, "_MAX_HEADER", 1 << 20)

    assert "header is larger" in str(refused(write(gzip.compress(b"##fileformat=VCFv4.2\n##x=" + bytes(50 << 20)))))


def test_lines_longer_than_the_buffer__are_read(write: Write) -> None:
    long = "ACGT" * 30_000
    note = "X=" + "y" * 3_000_000
    path = write(
        vcf([f"chr1 1000 {long} A PASS {note} GT:DP:GQ 0/1:30:60", "chr1 300000 A G PASS . GT:DP:GQ 1/1:30:60"])
    )

    contig = read(path)[0].pack.contigs["chr1"]

    assert list(contig.long_alleles.values()) == [(long, "A")]
    assert contig.records.text == f"{long}\tAA\tG".encode() and contig.records.pos.tolist() == [1000, 300_000]


def test_specs_for__gives_every_sample_once(write: Write) -> None:
    joint = write(vcf([], samples=("P1", "P2")), "joint.vcf")
    single = write(vcf([], samples=("P3",)), "single.vcf")

    assert [(spec.name, spec.column, spec.karyotype, spec.callability) for spec in specs_for([joint, single])] == [
        ("P1", "P1", "unknown", None),
        ("P2", "P2", "unknown", None),
        ("P3", "P3", "unknown", None),
    ]
    with pytest.raises(BadInput, match=r"joint\.vcf"):
        specs_for([joint, joint])
