"""Values of the genome: assembly, contigs, places, regions, variants, and how many copies a person has of each.

Owns: the 25 primary contigs of GRCh38 under every name people write, the other contigs of its analysis sets, the
pseudo-autosomal regions, karyotypes and copy numbers, and which build a file header speaks of.
Words: `contig` is written `chr1`; `pos` is 1-based as in VCF; `start`/`end` are 0-based half-open.
Never knows: files, sequence, people. Everything here is small, frozen and safe to share between threads.
Start at assembly.py (`GRCH38`), then values.py and ploidy.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.genome.assembly import GRCH38, Assembly
    from embla.genome.contig import Contig
    from embla.genome.ploidy import Karyotype, Piece, PieceKind, copies
    from embla.genome.values import Place, Region, Variant

__all__ = [
    "GRCH38",
    "Assembly",
    "Contig",
    "Karyotype",
    "Piece",
    "PieceKind",
    "Place",
    "Region",
    "Variant",
    "copies",
]

__getattr__ = lazy(
    __name__,
    {
        "GRCH38": "assembly",
        "Assembly": "assembly",
        "Contig": "contig",
        "Karyotype": "ploidy",
        "Piece": "ploidy",
        "PieceKind": "ploidy",
        "copies": "ploidy",
        "Place": "values",
        "Region": "values",
        "Variant": "values",
    },
)
