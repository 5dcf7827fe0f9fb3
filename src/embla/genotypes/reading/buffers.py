"""The arrays a kernel writes into, small enough for the cache, and what is taken out of them contig by contig."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.reading.kernels import layout as k

_ROWS: Final = 1 << 14
_BYTES: Final = 1 << 20
_STATES: Final = 1 << 22


@dataclass(frozen=True)
class ContigRows:
    """Everything the parser found on one contig: rows as in kernels/layout.py, `states` (lines, samples)."""

    lines: NDArray[np.void]
    alleles: NDArray[np.void]
    calls: NDArray[np.void]
    blocks: NDArray[np.void]
    ads: NDArray[np.int32]
    texts: NDArray[np.uint8]
    longs: NDArray[np.uint8]
    shares: NDArray[np.uint16]
    states: NDArray[np.uint8]

    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in vars(self).values())


class Buffers:
    """Output arrays of the parser; `caps` are their sizes in the order of the control slots LINES ... SHARES."""

    def __init__(self, samples: int) -> None:
        self.samples = samples
        rows = min(_ROWS, max(256, _STATES // max(samples, 1)))
        sizes = (rows, 2 * rows, max(rows, samples), max(rows, 8 * samples), _BYTES, _BYTES, _BYTES // 4, _BYTES // 4)
        self.caps = np.array(sizes, np.int64)
        self._chunks: list[ContigRows] = []
        self._allocate(range(8))

    def _allocate(self, which: Any) -> None:
        dtypes = (k.LINE, k.ALLELE, k.CALL, k.BLOCK, np.dtype(np.int32), np.dtype(np.uint8), np.dtype(np.uint8), np.dtype(np.uint16))
        names = ("lines", "alleles", "calls", "blocks", "ads", "texts", "longs", "shares")
        for i in which:
            setattr(self, names[i], np.zeros(int(self.caps[i]), dtypes[i]))
        if 0 in which:
            self.states = np.zeros((int(self.caps[0]), self.samples), np.uint8)

    lines: NDArray[np.void]
    alleles: NDArray[np.void]
    calls: NDArray[np.void]
    blocks: NDArray[np.void]
    ads: NDArray[np.int32]
    texts: NDArray[np.uint8]
    longs: NDArray[np.uint8]
    shares: NDArray[np.uint16]
    states: NDArray[np.uint8]

    def take(self, ctl: NDArray[np.int64]) -> None:
        """Move what is filled aside and begin again; grow what the next line needs more of."""
        n = [int(value) for value in ctl[k.CTL_LINES : k.CTL_LINES + 8]]
        if any(n):
            self._chunks.append(
                ContigRows(
                    self.lines[: n[0]].copy(), self.alleles[: n[1]].copy(), self.calls[: n[2]].copy(),
                    self.blocks[: n[3]].copy(), self.ads[: n[4]].copy(), self.texts[: n[5]].copy(),
                    self.longs[: n[6]].copy(), self.shares[: n[7]].copy(), self.states[: n[0]].copy(),
                )
            )
        ctl[k.CTL_LINE_BASE] += n[0]
        ctl[k.CTL_LINES : k.CTL_LINES + 8] = 0
        needs = ctl[k.CTL_NEED_LINES : k.CTL_NEED_LINES + 8]
        short = [i for i in range(8) if needs[i] > self.caps[i]]
        if short:
            self.caps = np.maximum(self.caps, needs * 5 // 4)
            self._allocate(short)

    def finish(self, ctl: NDArray[np.int64]) -> ContigRows:
        """All rows of the contig that ends here; offsets count through all chunks."""
        ctl[k.CTL_NEED_LINES : k.CTL_NEED_LINES + 8] = 0
        self.take(ctl)
        ctl[k.CTL_LINE_BASE] = 0
        chunks, self._chunks = self._chunks, []
        if not chunks:
            none = ContigRows(
                self.lines[:0], self.alleles[:0], self.calls[:0], self.blocks[:0], self.ads[:0], self.texts[:0],
                self.longs[:0], self.shares[:0], self.states[:0],
            )
            return none
        ads = texts = shares = 0
        for chunk in chunks:
            chunk.lines["text_end"] += texts
            chunk.calls["ad_end"] += ads
            chunk.calls["share_end"] += shares
            ads, texts, shares = ads + len(chunk.ads), texts + len(chunk.texts), shares + len(chunk.shares)
        if len(chunks) == 1:
            return chunks[0]
        names = vars(chunks[0])
        return ContigRows(**{name: np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in names})

    def held(self) -> int:
        """Bytes taken aside and not yet given out."""
        return sum(chunk.nbytes() for chunk in self._chunks)
