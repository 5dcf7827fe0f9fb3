"""PLINK 2: genotypes.pgen, .pvar and .psam.

The .pgen is of storage mode 0x02 (fixed width, two bits a genotype, REF and ALT as they are), which plink2 and pgenlib
read as any other: it can be written in one pass, as the number of variants is known at the end only and stands in the
head. `plink2 --make-pgen` packs it tighter. PLINK codes a haploid call as homozygous and goes by sex.

What PLINK cannot say is missing: half-calls; and X outside the PAR and Y of people who are neither XX nor XY, and the
PAR of X0. The PAR is named PAR1 and PAR2, as plink2 does, so that it is diploid in everybody.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.genome import GRCH38
from embla.genotypes.matrix import CallBlock

NAME: Final = "genotypes"
# PLINK 2 file format specification, 2.1: magic, storage mode, variants, samples; REF is the reference's.
_MAGIC: Final = b"\x6c\x1b\x02"
_REF_IS_REF: Final = 0x40
_MISSING: Final = np.int8(3)
_SEX: Final = {"XY": "1", "XX": "2"}


class PlinkWriter:
    """Writes the three files; the head of the .pgen is set right at the end."""

    def __init__(self, folder: Path, names: Sequence[str], karyotypes: Sequence[str]) -> None:
        self.people, self.variants = len(names), 0
        self._known = np.array([k in _SEX for k in karyotypes])
        rows = [f"{name}\t{_SEX.get(k, 'NA')}\n" for name, k in zip(names, karyotypes, strict=True)]
        (folder / f"{NAME}.psam").write_text("#IID\tSEX\n" + "".join(rows), "utf-8")
        self._pgen = (folder / f"{NAME}.pgen").open("wb")
        self._pgen.write(self._head())
        self._pvar = (folder / f"{NAME}.pvar").open("w", encoding="ascii")
        self._pvar.write("##fileformat=VCFv4.3\n")
        self._pvar.writelines(f"##contig=<ID={name},length={n}>\n" for name, n in _contigs())
        self._pvar.write("#CHROM\tPOS\tID\tREF\tALT\n")

    def add(self, block: CallBlock) -> None:
        """The next variants."""
        contigs = [GRCH38.contigs[code].name for code in block.contig.tolist()]
        kinds = [GRCH38.piece_at(c, pos).kind for c, pos in zip(contigs, block.pos.tolist(), strict=True)]
        sexed = np.array([kind in ("x", "par_x", "y") for kind in kinds])
        self._pgen.write(packed(self._dosages(block, sexed)).tobytes())
        for contig, kind, pos, ref, alt in zip(contigs, kinds, block.pos.tolist(), block.ref, block.alt, strict=True):
            self._pvar.write(f"{_chrom(contig, kind, pos)}\t{pos}\t{contig}-{pos}-{ref}-{alt}\t{ref}\t{alt}\n")
        self.variants += len(block)

    def close(self) -> None:
        """Set the number of variants right."""
        self._pgen.seek(0)
        self._pgen.write(self._head())
        self._pgen.close()
        self._pvar.close()

    def _head(self) -> bytes:
        return b"".join(
            (_MAGIC, self.variants.to_bytes(4, "little"), self.people.to_bytes(4, "little"), bytes([_REF_IS_REF]))
        )

    def _dosages(self, block: CallBlock, sexed: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """(v, n): 0, 1, 2 ALT alleles as PLINK counts them, 3 missing."""
        whole = (block.an == block.copies) & (block.copies > 0)
        told = np.where(block.copies == 1, np.int8(2) * block.ac, block.ac)
        whole &= self._known[None, :] | ~sexed[:, None]
        return np.where(whole, told, _MISSING).view(np.uint8)


def packed(dosage: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(v, n) two-bit numbers to (v, ceil(n / 4)) bytes, the first person in the lowest bits."""
    short = -dosage.shape[1] % 4
    four = np.pad(dosage, ((0, 0), (0, short))).reshape(len(dosage), -1, 4)
    out: NDArray[np.uint8] = (four << np.array([0, 2, 4, 6], np.uint8)).sum(axis=2, dtype=np.uint8)
    return out


def _contigs() -> list[tuple[str, int]]:
    return [(c.name.removeprefix("chr").replace("M", "MT"), c.length) for c in GRCH38.contigs]


def _chrom(contig: str, kind: str, pos: int) -> str:
    if kind == "par_x":
        return "PAR1" if pos < GRCH38.contig("chrX").length // 2 else "PAR2"
    return "MT" if contig == "chrM" else contig.removeprefix("chr")
