"""Reference bases by place are those that htslib gives, for any line length, end of line and packing."""

import random
from pathlib import Path

import pysam
import pytest

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
