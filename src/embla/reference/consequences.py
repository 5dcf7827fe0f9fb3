"""What bcftools csq (Danecek 2017) says that an allele does to transcripts, each allele on its own; read from its VCF.

`effects.py` asks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Consequence:
    """One transcript's: `kind` as bcftools names it (missense, frameshift, splice_acceptor, `&` between several)."""

    kind: str
    gene: str
    transcript: str
    biotype: str
    strand: str = ""
    amino_acids: str = ""

    def tell(self) -> dict[str, str]:
        """For JSON."""
        return {
            "kind": self.kind,
            "gene": self.gene,
            "transcript": self.transcript,
            "biotype": self.biotype,
            "amino_acids": self.amino_acids,
        }


def read_consequences(info: str, names: Mapping[str, str] = MappingProxyType({})) -> tuple[Consequence, ...]:
    """The BCSQ of one record: consequence|gene|transcript|biotype[|strand|amino acids|dna], commas between.

    `names`: what transcripts are called instead.
    """
    said = next((part[5:] for part in info.split(";") if part.startswith("BCSQ=")), "")
    rows = [row.split("|") for row in said.split(",") if row and not row.startswith("@")]
    told = (Consequence(*(row + [""] * 6)[:6]) for row in rows)
    return tuple(replace(one, transcript=names.get(one.transcript, one.transcript)) for one in told)
