"""What a capture kit covers: a BED per laboratory, with borders that keep clear of the sites near them."""

from bisect import bisect_right
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embla.simulation.dice import Dice
from embla.simulation.loci import Loci
from embla.simulation.sequence import Window

_CLEAR = 8


class Targets:
    """BED files of a nation, filled window by window. `kit` is a region code, or `all` for a joint file."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._seed = seed
        self._lines: dict[str, list[str]] = {}

    def name(self, kit: str) -> str:
        """File name of a kit's BED, beside samples.tsv."""
        return f"targets-{kit}.bed"

    def mask(self, kit: str, window: Window, loci: Loci) -> NDArray[np.bool_]:
        """True for each base of the window that the kit covers; also writes the lines down."""
        dice = Dice(self._seed, "targets", kit, window.contig, window.start)
        firsts = [locus.first for locus in loci.loci if locus.under < 0]
        lasts = [locus.last for locus in loci.loci if locus.under < 0]
        length = len(window.bases)
        inside = np.zeros(length, dtype=bool)
        at = dice.one(3_000)
        lines = self._lines.setdefault(kit, [])
        while at < length:
            start = _clear(firsts, lasts, at)
            end = _clear(firsts, lasts, start + 500 + dice.one(15_000))
            if start >= length:
                break
            end = min(end, length)
            inside[start:end] = True
            lines.append(f"{window.contig}\t{window.start + start}\t{window.start + end}\n")
            at = end + 200 + dice.one(5_000)
        return inside

    def write(self) -> None:
        """Write every BED that was used."""
        for kit, lines in self._lines.items():
            (self._folder / self.name(kit)).write_text("".join(lines))


def _clear(firsts: list[int], lasts: list[int], at: int) -> int:
    """The first offset from `at` on that is not near a locus; loci are sorted and lie apart."""
    index = max(bisect_right(firsts, at + _CLEAR) - 1, 0)
    while index < len(firsts) and firsts[index] - _CLEAR <= at:
        if at <= lasts[index] + _CLEAR:
            at = lasts[index] + _CLEAR + 1
        index += 1
    return at
