"""A window of reference bases that follows the parser along a contig: no chromosome is loaded for a few records."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.reading.kernels import layout as k
from embla.reference import Reference

_AHEAD: Final = 1 << 20
_STEP: Final = 1 << 20  # read at a time
_SPREAD: Final = 16  # more room than bases that spreading wants
_BEHIND: Final = 1 << 12


class Window:
    """Bases of the current contig between two places; `bases` is what the kernel reads: four in a byte where all of
    them are A, C, G or T, else letters."""

    def __init__(self, reference: Reference | None) -> None:
        self._reference = reference
        self._contig = ""
        self._asked: tuple[int, int] = (-1, 0)  # line and how often it asked
        self._letters: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.bases: NDArray[np.uint8] = self._letters

    def enter(self, contig: str, ctl: NDArray[np.int64]) -> None:
        """Begin a contig with an empty window."""
        self._contig = contig
        there = self._reference is not None and self._reference.has(contig)
        ctl[k.CTL_REFERENCE] = self._reference.length(contig) if there and self._reference is not None else 0
        ctl[k.CTL_BASES_FROM] = ctl[k.CTL_BASES_TO] = 0
        self._asked = (-1, 0)

    def load(self, ctl: NDArray[np.int64], line: int) -> None:
        """Load what a line (any number that tells lines apart) asked for; one that asks again gets more and more."""
        assert self._reference is not None
        low, high = int(ctl[k.CTL_NEED_FROM]), int(ctl[k.CTL_NEED_TO])
        times = self._asked[1] + 1 if self._asked[0] == line else 0
        self._asked = (line, times)
        behind = _BEHIND << min(2 * times, 20)
        start, end = low - behind, max(high, low + _AHEAD)
        if times:
            # Moving an allele left needs the bases from the record back to where it comes to rest, all at once.
            start, end = min(start, int(ctl[k.CTL_BASES_FROM])), max(end, int(ctl[k.CTL_BASES_TO]))
        # From a whole eight on, which is how packed bases are spread: then they are written where they belong.
        start, end = max(start, 0) & ~7, min(end, int(ctl[k.CTL_REFERENCE]))
        ctl[k.CTL_BASES_FROM], ctl[k.CTL_BASES_TO] = start, end
        # A genome has a record in 600 bases: spreading all of them would take longer than to inflate the file.
        packed = self._reference.packed(self._contig, start, end)
        ctl[k.CTL_PACKED] = packed is not None
        if packed is not None:
            self.bases = packed
            return
        if end - start + _SPREAD > len(self._letters):
            self._letters = np.zeros(end - start + _SPREAD, np.uint8)
        self.bases = self._letters
        for at in range(start, end, _STEP):
            room = self.bases[at - start :]
            piece = self._reference.letters(self._contig, at, min(at + _STEP, end), room)
            if not np.shares_memory(piece, room):
                room[: len(piece)] = piece
