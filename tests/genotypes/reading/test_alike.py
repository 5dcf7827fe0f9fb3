"""Blocks written as the one before, and bases eight at a time: the same rows as read one by one, or as refused."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numba import njit

from embla.genotypes.reading.kernels import wide
from embla.reference import Reference
from tests.genotypes.reading.both_ways import HEAD, damaged, read

FORMS = (
    ("GT:DP:GQ:MIN_DP:PL", "0/0:{dp}:{gq}:{least}:0,99,1188"),
    ("GT:GQ:MIN_DP:PL", "0/0:{gq}:{least}:0,99,1188"),
    ("GT:DP", "0|0:{dp}"),
    ("GT:MIN_DP:GQX:DP", "0/0:{least}:{gq}:{dp}"),
    ("GT:DP:AD:GQ", "0/0:{dp}:{dp},0:{gq}"),
    ("GT:X:GQ:DP", "0/0:" + "7" * 50 + ":{gq}:{dp}"),
)


def _blocks(rng: random.Random) -> str:
    """A stretch of blocks of one writing, with variants between; sometimes numbers grow by a digit."""
    form, cell = rng.choice(FORMS)
    alt, info = rng.choice(("<NON_REF>", "<*>")), rng.choice(("END={}", "END={}", "END={};X=1"))
    passed = rng.choice((".", ".", "PASS", "q10"))
    pos = rng.choice((1, 80, 9_950, 99_999_900))
    lines = []
    for _ in range(rng.randint(2, 40)):
        size = rng.choice((1, 1, 30, 60))
        values = {
            "dp": rng.choice((0, 9, 10, 38, 123)),
            "gq": rng.choice((0, 19, 20, 99)),
            "least": rng.choice((5, 31)),
        }
        ref = rng.choice("ACGT") if rng.random() < 0.95 else rng.choice(("N", "AC", "a", "R"))
        end = pos + size - 1 if rng.random() < 0.97 else pos - 1
        if rng.random() < 0.15:
            one, gt = "T" if ref != "T" else "G", rng.choice(("0/1", "0/0"))
            lines.append(f"chr1\t{pos}\t.\t{ref}\t{one},{alt}\t9\t{passed}\t.\tGT:DP\t{gt}:30")
            size = 1
        else:
            written = cell.format(**values)
            fewer = written.rsplit(":", rng.randint(1, 2))[0] if rng.random() < 0.05 else written
            lines.append(f"chr1\t{pos}\t.\t{ref}\t{alt}\t.\t{passed}\t{info.format(end)}\t{form}\t{fewer}")
        pos += size if rng.random() < 0.9 else rng.choice((0, 90))
    return "\n".join(lines) + "\n"


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from((0, 0, 1, 2)))
def test_blocks_alike__are_read_as_one_by_one_or_refused_alike(
    tmp_path_factory: pytest.TempPathFactory, seed: int, mutations: int
) -> None:
    rng = random.Random(seed)
    path = tmp_path_factory.getbasetemp() / "alike.vcf"
    path.write_bytes(HEAD.encode() + damaged(_blocks(rng).encode(), mutations, rng))

    quick, slow = read(path, None, quick=True), read(path, None, quick=False)

    assert quick == slow


@pytest.fixture(scope="module")
def plain_reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """Without an N: its bases reach the parser packed."""
    rng = random.Random(11)
    fasta = tmp_path_factory.mktemp("alike") / "ref.fa"
    fasta.write_text(">chr1\n" + "".join(rng.choice("ACCGTT") for _ in range(4_003)) + "\n")
    return Reference.open(fasta, cache=fasta.parent)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_blocks_and_indels__with_packed_bases_are_read_as_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, plain_reference: Reference, seed: int
) -> None:
    rng = random.Random(seed)
    pos = rng.choice((1, 5, 900, 3_900))
    lines = []
    while pos < 4_003 and len(lines) < 60:
        ref = plain_reference.fetch("chr1", pos - 1, min(pos - 1 + rng.choice((1, 1, 2, 3, 7, 8, 9, 12)), 4_003))
        if rng.random() < 0.02:
            ref = ref[:-1] + rng.choice("ACGTN")
        more = "".join(rng.choice("ACGT") for _ in range(rng.choice((1, 2, 6, 7, 8, 13))))
        alt = rng.choice((ref[0], ref + more, ref[0] + more, more, ref[:1] + ref[2:] or more, more[:-1] + ref[-1]))
        if rng.random() < 0.4:
            lines.append(
                f"chr1\t{pos}\t.\t{ref[0]}\t<NON_REF>\t.\t.\tEND={pos}\tGT:DP:GQ:MIN_DP\t0/0:30:99:{len(more)}"
            )
        elif alt != ref:
            lines.append(f"chr1\t{pos}\t.\t{ref}\t{alt}\t.\tPASS\t.\tGT:AD:DP:GQ\t0/1:10,10:20:99")
        pos += rng.choice((1, 2, 5, 90))
    path = tmp_path_factory.getbasetemp() / "alike-ref.vcf"
    path.write_text(HEAD + "\n".join(lines) + "\n")

    quick, slow = read(path, plain_reference, quick=True), read(path, plain_reference, quick=False)

    assert quick == slow


_compiled: dict[str, Any] = {}


def _wide(name: str) -> Any:
    if not _compiled:
        _compiled["codes_8"] = njit(lambda buf, n: wide.codes_8(wide.word_at(buf, 0), n))
        _compiled["first_highest"] = njit(lambda codes: wide.first_highest(codes))
        _compiled["first_lowest"] = njit(lambda codes: wide.first_lowest(codes))
        _compiled["end_of_info"] = njit(lambda buf: wide.end_of_info(buf, 0))
    return _compiled[name]


@given(st.text("ACGT", min_size=1, max_size=8), st.binary(min_size=8, max_size=8))
def test_codes_8__are_those_of_each_letter_whatever_follows(text: str, behind: bytes) -> None:
    buf = np.frombuffer(text.encode() + behind, np.uint8).copy()
    codes = ["ACGT".index(letter) for letter in text]

    found = _wide("codes_8")(buf, len(text))

    assert found == sum(code << 8 * (8 - len(text) + i) for i, code in enumerate(codes))
    assert _wide("first_highest")(found) == sum(code << 2 * (len(text) - 1 - i) for i, code in enumerate(codes))
    assert _wide("first_lowest")(found) == sum(code << 2 * (8 - len(text) + i) for i, code in enumerate(codes))


@given(st.binary(min_size=8, max_size=8), st.integers(1, 8))
def test_codes_8__anything_but_a_base_is_none(text: bytes, n: int) -> None:
    assert (_wide("codes_8")(np.frombuffer(text, np.uint8).copy(), n) >= 0) == (set(text[:n]) <= set(b"ACGT"))


@given(st.text("ENDX=;5", max_size=140), st.sampled_from("\t\n\r"), st.text("END\t", max_size=8))
@example("X" * 61 + "END", "\t", "")
@example("X" * 62 + "END", "\t", "")
@example("X" * 62 + "EN", "\t", "D")
def test_end_of_info__is_the_first_control_unless_END_comes_before(text: str, stop: str, behind: str) -> None:
    buf = np.frombuffer((text + stop + behind).encode() + b"D" * 256, np.uint8).copy()

    assert _wide("end_of_info")(buf) == (-1 if "END" in text else len(text))
