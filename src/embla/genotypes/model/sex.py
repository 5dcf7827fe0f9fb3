"""What a genome's own calls say about its sex chromosomes, against the karyotype that was declared for it.

Two X carry heterozygous places on X outside the PAR, one X does not; who has no Y has no sure calls there. Only single
bases that pass the gates speak, only from 100 of them on, and only when they speak clearly: a swapped sample is
stopped, a person from a small family with long equal stretches is not.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.genome import GRCH38, PieceKind, copies
from embla.genotypes.model.pack import ContigCalls, Pack, Records

LOOKED_AT: Final = frozenset(["chrX", "chrY"])
LEAST_SITES: Final = 100
# Shares of heterozygous places: about 0.6 with two X, below 0.01 with one (mapping errors); between, nothing is said.
TWO_FROM, ONE_BELOW = 0.25, 0.05
SURE_ON_Y: Final = 0.8
_SNV_TEXT: Final = 3  # "A\tG"


def karyotype_problem(pack: Pack) -> str:
    """A sentence when the calls cannot be of the declared karyotype, else "". An unknown karyotype declares nothing."""
    seen = SexCalls(pack.karyotype)
    for name in LOOKED_AT & pack.contigs.keys():
        seen.add(name, pack.contigs[name], pack.filters)
    return seen.problem()


class SexCalls:
    """What the calls of a genome say, contig by contig as they come."""

    def __init__(self, karyotype: str) -> None:
        self.karyotype = karyotype
        self._sites: dict[str, tuple[int, int]] = {}

    def add(self, contig: str, calls: ContigCalls, filters: Sequence[str]) -> None:
        """Look at a contig; `filters` are the texts that its records number. Others than chrX and chrY say nothing."""
        if contig in LOOKED_AT:
            self._sites[contig] = _sites(calls.records, filters, contig, "x" if contig == "chrX" else "y")

    def problem(self) -> str:
        """See `karyotype_problem`."""
        declared_x, declared_y = copies(self.karyotype, "x"), copies(self.karyotype, "y")
        if declared_x is None or declared_y is None:
            return ""
        het, sites = self._sites.get("chrX", (0, 0))
        said = f"{het:,} of {sites:,} informative places on X are heterozygous"
        if sites >= LEAST_SITES and declared_x < 2 and het > TWO_FROM * sites:
            return f"{said}, as with two X; declared is {self.karyotype}"
        if sites >= LEAST_SITES and declared_x >= 2 and het < ONE_BELOW * sites:
            return f"{said}, as with one X; declared is {self.karyotype}"
        het, sites = self._sites.get("chrY", (0, 0))
        if sites >= LEAST_SITES and declared_y == 0 and sites - het > SURE_ON_Y * sites:
            return f"{sites:,} informative places on Y have calls; declared is {self.karyotype}, which has no Y"
        return ""


def _sites(records: Records, filters: Sequence[str], contig: str, kind: PieceKind) -> tuple[int, int]:
    """(heterozygous, all) places outside the PAR where the person carries another base, in calls that pass."""
    if not len(records.pos):
        return 0, 0
    passed = np.array([text in ("PASS", ".", "") for text in filters], np.bool_)
    sure = passed[records.filter] & (records.gq >= 20) & (records.dp >= 10) & _single_bases(records)
    inside = np.zeros(len(records.pos), np.bool_)
    for piece in GRCH38.pieces(contig):
        if piece.kind == kind:
            inside |= (records.pos > piece.start) & (records.pos <= piece.end)
    first, second = records.gt[:, 0], records.gt[:, 1]
    carries = (np.maximum(first, second) > 0) & (first >= 0) & (second != -1)
    het = carries & (second >= 0) & (first != second)
    return int((het & sure & inside).sum()), int((carries & sure & inside).sum())


def _single_bases(records: Records) -> NDArray[np.bool_]:
    begin = np.append(np.uint32(0), records.text_end[:-1])
    return np.asarray(records.text_end - begin == _SNV_TEXT)
