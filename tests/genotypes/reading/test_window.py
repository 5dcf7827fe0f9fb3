"""Reference bases by place are those that htslib gives, for any line length, end of line and packing."""

import random
from pathlib import Path

import pysam
import pytest

from embla.errors import Broken
from embla.reference import Reference


@pytest.mark.parametrize(
    ("width", "end", "packed"), [(60, "\n", False), (7, "\r\n", False), (5000, "\n", False), (60, "\n", True)]
)
def test_codes__are_the_letters_of_fetch(width: int, end: str, packed: bool, tmp_path: Path) -> None:
    rng = random.Random(width)
    text = "".join(rng.choice("ACGTacgtNnR") for _ in range(3001))
    lines = [text[i : i + width] for i in range(0, len(text), width)]
    path = tmp_path / "x.fa"
    path.write_bytes((">chr2" + end + end.join(lines) + end + ">chr1" + end + end.join(lines[:3]) + end).encode())
    if packed:
        pysam.tabix_compress(str(path), str(path) + ".gz")
        path = Path(str(path) + ".gz")
    reference = Reference.open(path, any_length=True)

    for _ in range(300):
        start = rng.randint(-5, 3005)
        stop = start + rng.randint(0, 200)

        found = reference.codes("chr2", start, stop).tobytes().decode()

        assert found == reference.fetch("chr2", max(start, 0), min(stop, 3001))
    assert reference.codes("chr1", 0, 10**9).tobytes().decode() == "".join(lines[:3]).upper()
    assert len(reference.codes("chr3", 0, 10)) == 0


@pytest.fixture
def packed(tmp_path: Path) -> tuple[Path, str]:
    """A bgzipped FASTA of four blocks, indexed, and the bases of its contig."""
    text = "".join(random.Random(4).choices("ACGTacgtN", k=220_000))
    path = tmp_path / "x.fa"
    path.write_text(">chr2\n" + "\n".join(text[i : i + 61] for i in range(0, len(text), 61)) + "\n>chr3\nACGT\n")
    pysam.tabix_compress(str(path), f"{path}.gz")
    Reference.open(f"{path}.gz", any_length=True)
    return Path(f"{path}.gz"), text.upper()


def test_codes__across_the_blocks_of_a_packed_fasta(packed: tuple[Path, str]) -> None:
    path, text = packed
    reference = Reference.open(path, any_length=True)

    for start, stop in [
        (0, 220_000),
        (219_000, 220_000),
        (64_000, 65_000),
        (64_211, 64_212),
        (100, 150),
        (60_000, 200_000),
    ]:
        assert reference.codes("chr2", start, stop).tobytes().decode() == text[start:stop]
    assert reference.codes("chr3", 0, 9).tobytes() == b"ACGT"


def test_codes__of_a_packed_fasta_that_was_damaged_since_are_refused_by_name(packed: tuple[Path, str]) -> None:
    path, _ = packed
    reference = Reference.open(path, any_length=True)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)

    with pytest.raises(Broken, match=path.name):
        reference.codes("chr2", 0, 220_000)
