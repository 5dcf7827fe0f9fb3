"""The built-in demo reference: a real slice of GRCh38 chromosome 21 with its genes (attribution in NOTICE)."""

from pathlib import Path
from typing import Final, NamedTuple

_FOLDER: Final = Path(__file__).parent / "data" / "grch38_chr21_slice"


class DemoReference(NamedTuple):
    """Paths of the bgzipped FASTA (with .fai and .gzi beside it), of the gene models in GFF3, as cdot JSON,
    and of ClinVar's names on both builds."""

    fasta: Path
    genes: Path
    transcripts: Path
    equivalences: Path


def demo_reference_paths() -> DemoReference:
    """Where the slice lies: chr21 in its full length, N but for 24,985,581-26,023,859 and 43,758,155-43,894,067."""
    return DemoReference(
        _FOLDER / "grch38_chr21_slice.fa.gz",
        _FOLDER / "ensembl84_chr21_slice.gff3.gz",
        _FOLDER / "ensembl84_chr21_slice.cdot.json.gz",
        _FOLDER / "clinvar_variants_on_chr21_slice.tsv",
    )
