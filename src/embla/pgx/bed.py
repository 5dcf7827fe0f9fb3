"""Places that a laboratory lists as callable, from a BED file as `genotypes` reads it (0-based, half-open)."""

from bisect import bisect_right
from pathlib import Path

from embla.genome import GRCH38
from embla.genotypes import Intervals, read_bed


class Listed:
    """Stretches by contig, sorted and apart."""

    def __init__(self, stretches: Intervals) -> None:
        self._starts = {contig: found[:, 0].tolist() for contig, found in stretches.items()}
        self._ends = {contig: found[:, 1].tolist() for contig, found in stretches.items()}

    def covers(self, contig: str, start: int, end: int) -> bool:
        """Whether all of it is listed."""
        at = bisect_right(self._starts.get(contig, []), start) - 1
        return at >= 0 and end <= self._ends[contig][at]


def read_listed(path: Path) -> Listed:
    """The stretches of a BED file, also a compressed one; BadInput names the line that is none."""
    return Listed(read_bed(path, GRCH38)[0])
