"""A contig of an assembly, and the table of builds: GRCh38, and the builds that must be recognised to be refused."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

ContigKind = Literal["autosome", "X", "Y", "M"]

NAMES: Final = (*(f"chr{n}" for n in range(1, 23)), "chrX", "chrY", "chrM")


@dataclass(frozen=True, slots=True)
class Contig:
    """One primary contig: `name` "chr1", length in bases, RefSeq `accession`, every other spelling in `aliases`."""

    name: str
    length: int
    accession: str
    aliases: tuple[str, ...]
    index: int
    kind: ContigKind

    def __str__(self) -> str:
        return self.name


@cache
def builds() -> dict[str, dict[str, tuple[int, str, str]]]:
    """Build -> contig name -> (length, RefSeq accession, GenBank accession; "" where the build has none)."""
    table: dict[str, dict[str, tuple[int, str, str]]] = {}
    for line in _data_lines("builds.tsv"):
        build, name, length, refseq, genbank = line.split("\t")
        table.setdefault(build, {})[name] = (int(length), refseq, genbank)
    return table


@cache
def other_lengths() -> dict[str, int]:
    """Lengths of the GRCh38 analysis-set contigs outside the primary 25 whose length we know, by UCSC name."""
    pairs = (line.split("\t") for line in _data_lines("grch38_other.tsv"))
    return {name: int(length) for name, length in pairs}


def make_contig(build: str, name: str) -> Contig:
    """Build one contig with its aliases from the table."""
    length, refseq, genbank = builds()[build][name]
    bare = name.removeprefix("chr")
    spellings = [bare, refseq, genbank]
    if bare == "M":
        spellings += ["MT", "chrMT"]
    aliases = tuple(s for s in spellings if s)
    kind: ContigKind = "X" if bare == "X" else "Y" if bare == "Y" else "M" if bare == "M" else "autosome"
    return Contig(name, length, refseq, aliases, NAMES.index(name), kind)


def _data_lines(name: str) -> list[str]:
    text = files("embla.genome").joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
