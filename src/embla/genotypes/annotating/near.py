"""Bases of the reference around a run of lines, as the kernels and `normalise` read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.annotating.walking import Reach

if TYPE_CHECKING:
    from embla.genome import Contig
    from embla.reference import Reference

_PAD: Final = 512  # reference bases in front of a stretch, for left-alignment; further to the left goes by hand
_SPREAD: Final = 32  # more room than bases that letters want
_WIDEST: Final = 1 << 26


class Room:
    """Memory for bases, kept: fresh pages cost more than what is written to them."""

    def __init__(self) -> None:
        self._bytes = np.empty(0, np.uint8)

    def of(self, bases: int) -> NDArray[np.uint8]:
        """Enough for `Reference.letters` of so many."""
        if len(self._bytes) < bases + _SPREAD:
            self._bytes = np.empty(bases * 5 // 4 + _SPREAD, np.uint8)
        return self._bytes


class Near:
    """The reference's bases around some lines of one contig, fetched once. Answers `has` and `fetch` as it does, but
    that what is not A, C, G or T may be N."""

    def __init__(self, reference: Reference | None, contig: Contig, where: Reach, room: Room | None) -> None:
        self._reference = reference
        self.bases, self.start, self.end, self.packed = np.zeros(0, np.uint8), 0, 0, 0
        self.length = reference.length(contig.name) if reference is not None else 0
        if not self.length or reference is None:
            return
        low = max(0, where.low - 1 - _PAD) & ~3
        high = max(low, min(self.length, where.high))
        packed = reference.packed(contig.name, low, high)
        whole = reference.array(contig.name) if packed is None and high - low > _WIDEST else None
        if packed is not None:
            self.bases, self.start, self.end, self.packed = packed, low, high, 1
        elif whole is not None:
            self.bases, self.end = whole, len(whole)
        else:
            letters = reference.letters(contig.name, low, high, room.of(high - low) if room is not None else None)
            self.bases, self.start, self.end = letters, low, low + len(letters)

    def has(self, contig: str) -> bool:
        """See `Reference.has`."""
        return self._reference is not None and self._reference.has(contig)

    def fetch(self, contig: str, start: int, end: int) -> str:
        """See `Reference.fetch`."""
        if self._reference is None:
            return "N" * (end - start)
        if not self.start <= start <= end <= self.end:
            return self._reference.fetch(contig, start, end)
        if self.packed:
            return self._reference.letters(contig, start, end).tobytes().decode("ascii")
        return self.bases[start - self.start : end - self.start].tobytes().decode("ascii")
