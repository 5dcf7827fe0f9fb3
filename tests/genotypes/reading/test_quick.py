"""Common lines are read by a path of their own: it must give what the other path gives, and refuse what it refuses."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import EmblaError
from embla.genome import GRCH38
from embla.genotypes.files.packfile import pack_digest
from embla.genotypes.model.policy import Policy
from embla.genotypes.reading import SampleSpec
from embla.genotypes.reading.file import FileReading
from embla.genotypes.reading.kernels import wide
from embla.reference import Reference

HEAD = (
    "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n##contig=<ID=chrX,length=156040895>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tNOBODY\n"
)
FORMATS = (
    ("GT:DP:GQ:MIN_DP:PL", ("0/0:39:99:38:0,99,1188", "0/0:3:9:2:0,9,80", "./.:0:0:0:0,0,0")),
    ("GT:AD:DP:GQ:PL:SB", ("0/1:19,19,0:38:99:570,0,729,999,999,1200:8,19,7,3", "1/1:0,38,0:38:99:1140,0,9", "0/1")),
    ("GT:AD:DP:GQ:PS:PL", ("0|1:14,13:27:99:20000949:99,0,99", "1|0:30,3:33:50:.", "0|0:5,0:5:20:7:0")),
    ("GT:GQX:DPI:FT", ("0/1:30:20:PASS", "1/1:.:.:LowGQ", "0/0:9:9:.")),
    ("GT:GQ:DP:FT:AD", ("0/1:20:10:PASS:8,2", "1/1:19:10:PASS:0,10", "0/1:99:40000000000:PASS:1,1")),
    ("GT", ("0/1", "1", "1/.", "0|0")),
    ("GT:" + ":".join(f"K{i}" for i in range(30)) + ":DP:GQ", ("0/1:" + ":".join("12" for _ in range(30)) + ":30:40",)),
)
ALLELES = ("A", "C", "G", "T", "CCT", "GA", "ACGTACGTACGTACGTA", "a", "N", "R")
ENDS = ("", ",<NON_REF>", ",<*>", ",*", ",G")


def _line(rng: random.Random, pos: int) -> str:
    form, cells = rng.choice(FORMATS[:3] if rng.random() < 0.8 else FORMATS)
    ref = rng.choice(ALLELES[:4] if rng.random() < 0.8 else ALLELES)
    block = rng.random() < 0.4
    alt = rng.choice(("<NON_REF>", "<*>", ".")) if block else rng.choice(ALLELES[: 6 + 4 * (rng.random() < 0.1)])
    if not block:
        alt += rng.choice(ENDS[:3] if rng.random() < 0.9 else ENDS)
    end = f"END={pos + rng.choice((0, 1, 30, 200))}"
    info = (
        rng.choice((end, end, f"{end};X=1", f"X=1;{end}"))
        if block
        else rng.choice((".", "AC=1;" * 20, "GENDER=1", end))
    )
    passed = rng.choice(("PASS", ".", ".", "LowQual")) if rng.random() < 0.1 else "PASS"
    name = rng.choice((".", "rs1", "rs" + "1" * 70)) if rng.random() < 0.1 else "."
    quality = rng.choice((".", "783.20"))
    return "\t".join(("chr1", str(pos), name, ref, alt, quality, passed, info, form, rng.choice(cells))) + "\n"


def _text(seed: int, mutations: int) -> bytes:
    rng = random.Random(seed)
    pos = rng.choice((1, 900, 99_999_900, 248_900_000))
    lines = []
    for _ in range(rng.randint(1, 40)):
        lines.append(_line(rng, pos))
        pos += rng.choice((0, 1, 1, 2, 7, 31, 201))
    if rng.random() < 0.2:
        lines.append(lines[-1].replace("chr1\t", "chrX\t"))
    body = bytearray("".join(lines).encode())
    for _ in range(mutations):
        at = rng.randrange(len(body))
        body[at : at + rng.choice((0, 1, 1, 1, 3))] = rng.choice(
            (b"", b"\t", b":", b"\n", b",", b"9", b"\r\n", b".", b"/")
        )
    if rng.random() < 0.2:
        body = bytearray(bytes(body).replace(b"\n", b"\r\n"))
    if rng.random() < 0.2:
        body = body.rstrip(b"\n")
    return HEAD.encode() + bytes(body)


def _read(path: Path, reference: Reference | None, *, quick: bool) -> object:
    reading = FileReading(path, [SampleSpec("NOBODY", path)], GRCH38, reference, Policy(), None)
    reading.quick = quick
    try:
        ((_, pack, report),) = reading.packs()
    except EmblaError as error:
        return str(error)
    return pack_digest(pack), report


@pytest.fixture(scope="module")
def short_reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    rng = random.Random(7)
    fasta = tmp_path_factory.mktemp("quick") / "ref.fa"
    fasta.write_text(">chr1\n" + "".join(rng.choice("ACGTACGTACGTN") for _ in range(6_000)) + "\n")
    return Reference.open(fasta, cache=fasta.parent)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from((0, 0, 1, 3)))
def test_quick_lines__give_what_the_other_path_gives_or_refuse_alike(
    tmp_path_factory: pytest.TempPathFactory, seed: int, mutations: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "quick.vcf"
    path.write_bytes(_text(seed, mutations))

    quick, slow = _read(path, None, quick=True), _read(path, None, quick=False)

    assert quick == slow


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_quick_lines__with_a_reference_move_and_refuse_alike(
    tmp_path_factory: pytest.TempPathFactory, short_reference: Reference, seed: int
) -> None:
    rng = random.Random(seed)
    lines, pos = [], 1
    for _ in range(rng.randint(1, 60)):
        size = rng.choice((1, 1, 1, 2, 4))
        ref = short_reference.fetch("chr1", pos - 1, pos - 1 + size)
        if rng.random() < 0.01:
            ref = "ACGT"[:size]
        alt = rng.choice((ref[0], ref + ref[-1], ref + "AC", rng.choice("ACGT"), rng.choice("ACGT") + ref[1:]))
        if alt != ref and "N" not in alt:
            lines.append(f"chr1\t{pos}\t.\t{ref}\t{alt}\t.\tPASS\t.\tGT:AD:DP:GQ\t0/1:10,10:20:99\n")
        pos += rng.choice((1, 2, 5, 90))
    path = tmp_path_factory.getbasetemp() / "quick-ref.vcf"
    path.write_text(HEAD + "".join(lines))

    quick, slow = _read(path, short_reference, quick=True), _read(path, short_reference, quick=False)

    assert quick == slow


@given(st.integers(0, 10**9 - 1), st.integers(0, 9))
def test_digits__are_the_number_and_nothing_else_is(number: int, zeros: int) -> None:
    import numpy as np
    from numba import njit

    global _digits
    if _digits is None:
        _digits = njit(lambda buf, a, b: wide.digits(buf, a, b))
    text = ("0" * zeros + str(number)).encode()
    for body, wanted in ((text, number if len(text) <= 9 else -1), (text[:-1] + b":", -1), (b"-" + text[1:], -1)):
        buf = np.frombuffer(b"7" + body + b"9" * 16, np.uint8).copy()
        assert _digits(buf, 1, 1 + len(body)) == wanted


_digits = None
