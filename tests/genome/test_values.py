"""Variants, regions and places as values."""

import subprocess
import sys

import pytest

from embla.errors import BadInput
from embla.genome import Place, Region, Variant


def test_variant__is_written_as_people_paste_it() -> None:
    assert str(Variant("chr1", 1000, "A", "G")) == "chr1-1000-A-G"
    assert str(Variant("chr1", 1000, "A", "<DEL>")) == "chr1-1000-A-<DEL>"


def test_variant__notes_take_no_part_in_equality() -> None:
    plain, noted = Variant("chr1", 1, "A", "G"), Variant("chr1", 1, "A", "G", ("1 is chr1",))

    assert plain == noted
    assert len({plain, noted}) == 1


@pytest.mark.parametrize(
    ("alt", "symbolic"), [("G", False), ("GTTA", False), ("<DEL>", True), ("*", True), ("G]chr2:5]", True)]
)
def test_variant__knows_whether_it_is_spelled_out(alt: str, symbolic: bool) -> None:
    assert Variant("chr1", 1, "A", alt).is_symbolic is symbolic


def test_variant__sorts_by_genome_order_not_by_letters() -> None:
    variants = [Variant(contig, 5, "A", "C") for contig in ("chrM", "chr10", "chr2", "chrX")] + [
        Variant("chr2", 4, "A", "C")
    ]

    ordered = sorted(variants, key=Variant.sort_key)

    assert [str(v.place) for v in ordered] == ["chr2:4", "chr2:5", "chr10:5", "chrX:5", "chrM:5"]


def test_region__is_written_with_both_ends_from_one() -> None:
    region = Region("chr1", 1000, 2000)

    assert str(region) == "chr1:1001-2000"
    assert len(region) == 1000
    assert region.holds("chr1", 1001) and region.holds("chr1", 2000)
    assert not region.holds("chr1", 1000) and not region.holds("chr1", 2001) and not region.holds("chr2", 1500)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (6, 5)])
def test_region__cannot_be_empty_or_backwards(start: int, end: int) -> None:
    with pytest.raises(BadInput, match="a region must start at base 1 or later"):
        Region("chr1", start, end)


def test_region__overlaps_only_where_a_base_is_shared() -> None:
    assert Region("chr1", 0, 10).overlaps(Region("chr1", 9, 20))
    assert not Region("chr1", 0, 10).overlaps(Region("chr1", 10, 20))
    assert not Region("chr1", 0, 10).overlaps(Region("chr2", 0, 10))


def test_variant__covers_its_ref() -> None:
    variant = Variant("chr1", 100, "ACG", "A")

    assert variant.region == Region("chr1", 99, 102)
    assert variant.place == Place("chr1", 100)
    assert Place("chr1", 100).region == Region("chr1", 99, 100)


def test_faces__load_no_heavy_package() -> None:
    code = (
        "import sys, embla.genome, embla.reference, embla.storage; embla.genome.GRCH38;"
        "print([m for m in ('numpy', 'pysam', 'numba', 'pyarrow', 'sqlalchemy') if m in sys.modules])"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"
