"""Pieces cover every contig, and every karyotype has its copies on every piece."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import BadInput, UnknownContig
from embla.genome import GRCH38, Karyotype, copies

# autosome, par_x, x, par_y, y, m
TABLE = {
    "XX": (2, 2, 2, 0, 0, 1),
    "XY": (2, 2, 1, 0, 1, 1),
    "X0": (2, 1, 1, 0, 0, 1),
    "XXY": (2, 2, 2, 0, 1, 1),
    "XYY": (2, 2, 1, 0, 2, 1),
    "unknown": (2, 2, None, 0, None, 1),
}
KINDS = ("autosome", "par_x", "x", "par_y", "y", "m")


@pytest.mark.parametrize("karyotype", list(Karyotype))
@pytest.mark.parametrize("kind", KINDS)
def test_copies__of_every_karyotype_on_every_piece(karyotype: Karyotype, kind: str) -> None:
    assert copies(karyotype, kind) == TABLE[karyotype][KINDS.index(kind)]
    assert copies(str(karyotype), kind) == copies(karyotype, kind)


def test_copies__does_not_know_other_karyotypes() -> None:
    with pytest.raises(ValueError):
        copies("XXX", "x")


@pytest.mark.parametrize("contig", [contig.name for contig in GRCH38.contigs])
def test_pieces__cover_each_contig_without_gap(contig: str) -> None:
    pieces = GRCH38.pieces(contig)

    assert pieces[0].start == 0
    assert pieces[-1].end == GRCH38.contig(contig).length
    assert all(left.end == right.start for left, right in zip(pieces, pieces[1:], strict=False))
    assert all(piece.start < piece.end and piece.contig == contig for piece in pieces)


@pytest.mark.parametrize(
    ("contig", "pos", "kind"),
    [
        ("chrX", 1, "x"), ("chrX", 10_000, "x"), ("chrX", 10_001, "par_x"), ("chrX", 2_781_479, "par_x"),
        ("chrX", 2_781_480, "x"), ("chrX", 155_701_382, "x"), ("chrX", 155_701_383, "par_x"),
        ("chrX", 156_030_895, "par_x"), ("chrX", 156_030_896, "x"), ("chrX", 156_040_895, "x"),
        ("chrY", 1, "y"), ("chrY", 10_000, "y"), ("chrY", 10_001, "par_y"), ("chrY", 2_781_479, "par_y"),
        ("chrY", 2_781_480, "y"), ("chrY", 56_887_902, "y"), ("chrY", 56_887_903, "par_y"),
        ("chrY", 57_217_415, "par_y"), ("chrY", 57_217_416, "y"), ("chrY", 57_227_415, "y"),
        ("chr1", 1, "autosome"), ("MT", 16_569, "m"),
    ],
)  # fmt: skip
def test_piece_at__is_exact_at_every_border(contig: str, pos: int, kind: str) -> None:
    assert GRCH38.piece_at(contig, pos).kind == kind


@given(st.sampled_from(["chrX", "chrY"]), st.integers(1, 57_227_415))
def test_piece_at__gives_the_piece_that_holds_the_base(contig: str, pos: int) -> None:
    piece = GRCH38.piece_at(contig, pos)

    assert piece.start < pos <= piece.end
    assert piece in GRCH38.pieces(contig)


@pytest.mark.parametrize("pos", [0, -1, 46_709_984])
def test_piece_at__refuses_a_base_outside(pos: int) -> None:
    with pytest.raises(BadInput, match="has bases 1 to 46,709,983"):
        GRCH38.piece_at("chr21", pos)


def test_pieces__refuse_an_unknown_contig() -> None:
    with pytest.raises(UnknownContig):
        GRCH38.pieces("chr1_KI270706v1_random")


def test_par__is_equally_long_on_x_and_y() -> None:
    x = [piece.end - piece.start for piece in GRCH38.pieces("chrX") if piece.kind == "par_x"]
    y = [piece.end - piece.start for piece in GRCH38.pieces("chrY") if piece.kind == "par_y"]

    assert x == y == [2_771_479, 329_513]
