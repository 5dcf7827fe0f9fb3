"""Whole numbers around the ends of every machine word: read as they are, at their bound, or refused; never wrapped.

The plain reader counts in Python's numbers, which have no end.
"""

from pathlib import Path

import pytest

from embla.errors import BadInput
from embla.genome import GRCH38
from embla.genotypes import Policy
from embla.genotypes.reading import SampleSpec, specs_for
from embla.genotypes.reading.bed import read_bed
from embla.pgx.bed import read_listed
from tests.genotypes.reading.conftest import read, vcf
from tests.genotypes.reading.test_twin import compare

POWERS = (16, 31, 32, 63, 64)
NUMBERS = sorted(
    {sign * (2**power + step) for power in POWERS for step in (-1, 0, 1) for sign in (1, -1)}
    | {0, 10**19, 10**30, int("9" * 60)}
)
MOST = 248_956_422

# One field of a record each; the rest of it is right.
FIELDS = {
    "POS": "chr1 {} A G PASS . GT:DP:GQ 0/1:30:60",
    "POS of a block": "chr1 {} A <*> . END=248956422 GT:DP:GQ 0/0:30:60",
    "END": "chr1 100 A <*> . END={} GT:DP:GQ 0/0:30:60",
    "END of a deletion": "chr1 100 A <DEL> PASS END={} GT:DP:GQ 0/1:30:60",
    "MIN_DP": "chr1 100 A <*> . END=200 GT:DP:GQ:MIN_DP 0/0:30:60:{}",
    "DP of a block": "chr1 100 A <*> . END=200 GT:DP:GQ 0/0:{}:60",
    "GQ of a block": "chr1 100 A <*> . END=200 GT:DP:GQ 0/0:30:{}",
    "DP": "chr1 100 A G PASS . GT:DP:GQ 0/1:{}:60",
    "GQ": "chr1 100 A G PASS . GT:DP:GQ 0/1:30:{}",
    "AD of the reference": "chr1 100 A G PASS . GT:DP:GQ:AD 0/1:30:60:{},15",
    "AD": "chr1 100 A G PASS . GT:DP:GQ:AD 0/1:30:60:15,{}",
    "both AD": "chr1 100 A G PASS . GT:DP:GQ:AD 0/1:30:60:{0},{0}",
    "AD of a mitochondrion": "chrM 100 A G PASS . GT:DP:GQ:AD 0/1:30:60:15,{}",
    "AF of a mitochondrion": "chrM 100 A G PASS . GT:DP:GQ:AF 0/1:30:60:{}",
    "allele": "chr1 100 A G PASS . GT:DP:GQ 0/{}:30:60",
    "PS": "chr1 100 A G PASS . GT:DP:GQ:PS 0|1:30:60:{}",
}


@pytest.mark.parametrize("field", FIELDS)
def test_vcf__any_number_in_any_field_is_read_as_the_plain_reader_reads_it(tmp_path: Path, field: str) -> None:
    path, taken = tmp_path / "x.vcf", []
    for number in NUMBERS:
        path.write_text(vcf([FIELDS[field].format(number)]))
        specs = [SampleSpec(**vars(spec)) for spec in specs_for([path])]
        if compare(specs, None, Policy()):
            taken.append(number)

    if field.startswith(("POS", "END", "allele")):
        assert all(0 <= number <= MOST for number in taken)


@pytest.mark.parametrize(("field", "column"), [("DP", "dp"), ("GQ", "gq")])
def test_vcf__depth_and_quality_never_grow_smaller_as_they_are_written_larger(
    tmp_path: Path, field: str, column: str
) -> None:
    path, found = tmp_path / "x.vcf", []
    for number in [n for n in NUMBERS if n >= 0]:
        path.write_text(vcf([FIELDS[field].format(number)]))
        (one,) = read(path)
        found.append(int(getattr(one.pack.contigs["chr1"].records, column)[0]))

    assert found == sorted(found) and found[-1] > 0


@pytest.mark.parametrize("line", ["chr1\t{}\t248956422", "chr1\t0\t{}", "chr1\t{0}\t{0}"])
def test_bed__any_number_is_a_place_of_the_contig_or_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "kit.bed"
    for number in [*map(str, NUMBERS), "\u00b2", "9" * 5000, "1_000", "+5"]:
        text = line.format(number)
        path.write_text(text + "\n")
        cells = text.split("\t")[1:]
        plain = all(cell.isascii() and cell.isdigit() for cell in cells) and all(len(cell) < 100 for cell in cells)
        right = plain and 0 <= int(cells[0]) < int(cells[1]) <= MOST
        if right:
            start, end = map(int, cells)
            assert read_bed(path, GRCH38)[0]["chr1"].tolist() == [[start, end]]
            assert read_listed(path).covers("chr1", start, end) and not read_listed(path).covers("chr1", start, end + 1)
            continue
        for reader in (lambda: read_bed(path, GRCH38), lambda: read_listed(path)):
            with pytest.raises(BadInput):
                reader()
