"""What alleles do to transcripts, as `bcftools csq` says it (Danecek 2017), each allele on its own.

pysam runs it inside the process with standard error turned aside, so one call at a time, and from commands only: not
from the threads of a server.
"""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pysam
import pysam.bcftools
import pysam.utils

from embla.errors import BadInput, NotFound
from embla.genome import Variant
from embla.reference.fasta import Reference


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


def consequences(
    variants: Iterable[Variant], reference: Reference, genes: str | Path
) -> dict[Variant, tuple[Consequence, ...]]:
    """Consequences of each allele in normal form; none is an empty tuple.

    `genes` is a GFF3 of Ensembl's form (gzipped or plain) whose contigs are named as in the reference's file. BadInput
    with bcftools' own words where it refuses.
    """
    asked = sorted(set(variants), key=Variant.sort_key)
    found: dict[Variant, tuple[Consequence, ...]] = dict.fromkeys(asked, ())
    if not asked:
        return found
    if not Path(genes).is_file():
        raise NotFound(f"no file {genes}.", mend="Give a GFF3 of Ensembl's form.")
    header = pysam.VariantHeader()
    for contig in reference.contigs:
        header.contigs.add(reference.name_in_file(contig), length=reference.length(contig))
    with tempfile.TemporaryDirectory(prefix="embla-csq-") as folder:
        given, answer = Path(folder) / "in.vcf", Path(folder) / "out.vcf"
        with given.open("w") as file:
            file.write(str(header))
            for number, variant in enumerate(asked):
                name = reference.name_in_file(variant.contig)
                file.write(f"{name}\t{variant.pos}\t{number}\t{variant.ref}\t{variant.alt}\t.\t.\t.\n")
        try:
            pysam.bcftools.csq(
                "--local-csq", "-f", str(reference.path), "-g", str(genes), "-o", str(answer), str(given),
                catch_stdout=False,
            )  # fmt: skip
        except pysam.utils.SamtoolsError as error:
            said = str(error).strip().splitlines()
            raise BadInput(
                f"bcftools csq: {said[-1] if said else 'refused'}",
                path=str(genes),
                mend="Give a GFF3 of Ensembl's form with the contig names of the FASTA.",
            ) from error
        for line in answer.read_text().splitlines():
            if not line.startswith("#"):
                fields = line.split("\t")
                found[asked[int(fields[2])]] = _read(fields[7])
    return found


def _read(info: str) -> tuple[Consequence, ...]:
    """The BCSQ of one record: consequence|gene|transcript|biotype[|strand|amino acids|dna], commas between."""
    said = next((part[5:] for part in info.split(";") if part.startswith("BCSQ=")), "")
    rows = [row.split("|") for row in said.split(",") if row and not row.startswith("@")]
    return tuple(Consequence(*(row + [""] * 6)[:6]) for row in rows)
