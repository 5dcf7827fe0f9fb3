"""Small files and small references for the reader."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from embla.genome import GRCH38
from embla.genotypes import Policy
from embla.genotypes.reading import ReadPack, SampleSpec, read_packs, specs_for
from embla.reference import Reference

LENGTHS = {contig.name: contig.length for contig in GRCH38.contigs}


def vcf(records: Sequence[str], samples: Sequence[str] = ("S",), *, header: Sequence[str] = (), end: str = "\n") -> str:
    """VCF text; records are lines whose columns are separated by spaces, QUAL and ID left out."""
    lines = ["##fileformat=VCFv4.2", *header, "##contig=<ID=chr1,length=248956422>"]
    lines.append("\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".split() + list(samples)))
    for record in records:
        contig, pos, ref, alt, *rest = record.split(" ")
        lines.append("\t".join([contig, pos, ".", ref, alt, "50", *rest]))
    return end.join(lines) + end


def read(
    path: Path, reference: Reference | None = None, policy: Policy | None = None, **facts: object
) -> list[ReadPack]:
    """Every sample of a file; `facts` replace those of the specs."""
    specs = [SampleSpec(**{**vars(spec), **facts}) for spec in specs_for([path])]
    return list(read_packs(specs, assembly=GRCH38, reference=reference, policy=policy or Policy()))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write text or bytes to a file of the test's folder."""

    def writer(content: str | bytes, name: str = "x.vcf") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return writer


@pytest.fixture
def one(write: Callable[..., Path]) -> Callable[..., ReadPack]:
    """Read records of one sample; `facts` go to the spec."""

    def reader(
        *records: str, policy: Policy | None = None, reference: Reference | None = None, **facts: Any
    ) -> ReadPack:
        facts.setdefault("karyotype", "XX")
        facts.setdefault("callability", "gvcf")
        return read(write(vcf(records)), reference, policy, **facts)[0]

    return reader


def repeats(rng: random.Random, length: int) -> str:
    """Sequence full of short repeats, with a few N and IUPAC letters."""
    parts: list[str] = []
    while sum(map(len, parts)) < length:
        unit = "".join(rng.choice("ACGT") for _ in range(rng.randint(1, 4)))
        odd = rng.choice(("N" * rng.randint(1, 4), "R", ""))
        parts += [unit * rng.randint(1, 12), "".join(rng.choice("ACGT") for _ in range(20)), odd]
    return "".join(parts)[:length]


@pytest.fixture(scope="session")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reference, dict[str, str]]:
    """A reference of four short contigs full of repeats, and its bases."""
    rng = random.Random(7)
    bases = {name: repeats(rng, 3000) for name in ("chr1", "chr2", "chrX", "chrM")}
    bases["chrX"] += repeats(rng, 7500)  # past where the PAR begins
    path = tmp_path_factory.mktemp("reference") / "repeats.fa"
    path.write_text("".join(f">{name}\n{text}\n" for name, text in bases.items()))
    return Reference.open(path, any_length=True), bases
