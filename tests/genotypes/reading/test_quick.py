"""Common lines are read by a path of their own: it must give what the other path gives, and refuse what it refuses."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.genotypes.reading.kernels import wide
from embla.reference import Reference
from tests.genotypes.reading.both_ways import HEAD, damaged, read

# Keys of a FORMAT and, of a call that is not a block's, what each may say; the second of a pair is odder.
FORMATS = (
    "GT:DP:GQ:MIN_DP:PL",
    "GT:AD:DP:GQ:PL:SB",
    "GT:AD:DP:GQ:PS:PL",
    "GT:GQ:DP:FT:AD",
    "GT:PS:FT:GQ:DP:AD",
    "GT:GQX:DPI:FT:GQ:DP",
    "GT",
    "GT:" + ":".join(f"K{i}" for i in range(30)) + ":DP:GQ",
)
VALUES = {
    "GT": (("0/1", "1/1", "0|1", "1|0", "0/0"), ("1", "./.", "1/.", "0")),
    "DP": (("0", "9", "10", "30", "38"), (".", "40000000000", "3.5", "007")),
    "MIN_DP": (("0", "9", "10", "30"), (".", "123456789", "x")),
    "GQ": (("0", "19", "20", "99"), (".", "40000", "-1")),
    "AD": (("19,19", "8,2", "7,3", "30,3,0", "0,10,0"), (".", "1", "5,.", "1,2,3,4,5")),
    "PS": (("20000949", "7", "0"), (".", "2147483647", "x")),
    "FT": (("PASS",), ("q10", ".", "PASS;q10")),
    "PL": (("0,99,1188", "99,0,99,9,9,9"), (".",)),
}
ALLELES = ("A", "C", "G", "T", "CCT", "GA", "ACGTACGTACGTACGTA")
ENDS = ("", ",<NON_REF>", ",<*>")


def _cell(rng: random.Random, form: str, *, block: bool) -> str:
    odd = rng.random() < 0.2
    cells = []
    for key in form.split(":"):
        plain, odder = VALUES.get(key, (("12", "3"), (".",)))
        cells.append(rng.choice(odder if odd and rng.random() < 0.3 else plain))
    if block:
        cells[0] = "./." if odd else "0/0"
    return ":".join(cells[: rng.randint(1, len(cells))] if rng.random() < 0.3 else cells)


def _line(rng: random.Random, pos: int) -> str:
    form = rng.choice(FORMATS)
    ref = rng.choice(ALLELES[:4] if rng.random() < 0.8 else ALLELES)
    block = rng.random() < 0.4
    if block:
        alt, info = rng.choice(("<NON_REF>", "<*>")), f"END={pos + rng.choice((0, 1, 30, 200)) + len(ref)}"
        info = rng.choice((info, info, f"{info};X=1", f"X=1;{info}"))
    else:
        alt = rng.choice([one for one in ALLELES if one != ref]) + rng.choice(ENDS)
        alt += ",*" * (rng.random() < 0.05)
        info = rng.choice((".", "AC=1;" * 20, "GENDER=1", f"END={pos + 20}"))
    passed = rng.choice((".", "LowQual", "LowQual", "q10;s50", "x" * 70)) if rng.random() < 0.3 else "PASS"
    name = rng.choice(("rs1", "rs" + "1" * 70)) if rng.random() < 0.1 else "."
    cell = _cell(rng, form, block=block)
    return "\t".join(("chr1", str(pos), name, ref, alt, rng.choice((".", "783.20")), passed, info, form, cell)) + "\n"


def _text(seed: int, mutations: int) -> bytes:
    rng = random.Random(seed)
    pos = rng.choice((1, 900, 99_999_900, 248_900_000))
    lines = []
    for _ in range(rng.randint(1, 40)):
        lines.append(_line(rng, pos))
        pos += rng.choice((0, 1, 1, 2, 7, 31, 201))
    if rng.random() < 0.2:
        lines.append(lines[-1].replace("chr1\t", "chrX\t"))
    body = bytearray(damaged("".join(lines).encode(), mutations, rng))
    if rng.random() < 0.2:
        body = bytearray(bytes(body).replace(b"\n", b"\r\n"))
    if rng.random() < 0.2:
        body = body.rstrip(b"\n")
    return HEAD.encode() + bytes(body)


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

    quick, slow = read(path, None, quick=True), read(path, None, quick=False)

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

    quick, slow = read(path, short_reference, quick=True), read(path, short_reference, quick=False)

    assert quick == slow


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        ("GT:FT:GQ:DP:AD", "0/1:q10:99:30"),
        ("GT:FT:GQ:DP:AD", "0/1:PASS:99:3.5"),
        ("GT:PS:GQ:DP:AD", "0|1:2147483647:99:30"),
    ],
)
def test_quick_lines__an_odd_value_before_fields_left_out_at_the_end_is_not_taken_for_common(
    tmp_path: Path, form: str, cell: str
) -> None:
    path = tmp_path / "short.vcf"
    # Twice, as the first line of a FORMAT is always read the other way; with a block, so that gates count.
    block = "chr1\t800\t.\tA\t<NON_REF>\t.\tPASS\tEND=850\tGT:GQ:DP\t0/0:99:30\n"
    calls = (f"chr1\t{pos}\t.\tA\tG\t.\tPASS\t.\t{form}\t{cell}\n" for pos in (900, 950))
    path.write_text(HEAD + block + "".join(calls))

    quick, slow = read(path, None, quick=True), read(path, None, quick=False)

    assert not isinstance(slow, str)
    assert quick == slow


@pytest.mark.parametrize("far", [40, 54, 60, 63, 64, 70, 130])
def test_quick_lines__two_lines_without_a_line_feed_between_are_refused_as_by_the_other_path(
    tmp_path: Path, far: int
) -> None:
    path = tmp_path / "glued.vcf"
    first = "chr1\t50\t.\tA\tG\t.\tPASS\t.\tGT:GQ:DP:X\t0/1:99:30:7\n"
    path.write_text(HEAD + first + first[:-2] + "7" * far + first.replace("50", "60"))

    quick, slow = read(path, None, quick=True), read(path, None, quick=False)

    assert isinstance(slow, str)
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
