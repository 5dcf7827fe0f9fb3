"""The arrays a kernel writes into, kept from contig to contig and doubled where one does not suffice."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.reading.kernels import layout as k

_ROWS: Final = 1 << 18
_BYTES: Final = 1 << 22
_STATES: Final = 1 << 24
# In the order of the control slots LINES ... SHARES.
_DTYPES: Final[tuple[np.dtype[Any], ...]] = (
    k.LINE,
    k.ALLELE,
    k.CALL,
    k.BLOCK,
    np.dtype(np.int32),
    np.dtype(np.uint8),
    np.dtype(np.uint8),
    np.dtype(np.uint16),
)


@dataclass(frozen=True)
class ContigRows:
    """What the parser found on one contig: rows as in kernels/layout.py, `states` (lines, samples).

    Views of the buffers: good until the parser goes on.
    """

    lines: NDArray[np.void]
    alleles: NDArray[np.void]
    calls: NDArray[np.void]
    blocks: NDArray[np.void]
    ads: NDArray[np.int32]
    texts: NDArray[np.uint8]
    longs: NDArray[np.uint8]
    shares: NDArray[np.uint16]
    states: NDArray[np.uint8]


class Buffers:
    """Output arrays of the parser; `caps` are their sizes, `states` has a row per line."""

    def __init__(self, samples: int) -> None:
        rows = min(_ROWS, max(256, _STATES // max(samples, 1)))
        sizes = (rows, 2 * rows, max(rows, samples), max(rows, 8 * samples), _BYTES, _BYTES, _BYTES // 4, _BYTES // 4)
        self.caps = np.array(sizes, np.int64)
        self.arrays: list[NDArray[Any]] = [np.empty(size, dtype) for size, dtype in zip(sizes, _DTYPES, strict=True)]
        self.states = np.empty((rows, samples), np.uint8)

    def grow(self, ctl: NDArray[np.int64]) -> None:
        """Make room for the next line's needs; at least twice as much where one array is too small."""
        for i in range(8):
            used, need = int(ctl[k.CTL_LINES + i]), int(ctl[k.CTL_NEED_LINES + i])
            if used + need <= self.caps[i]:
                continue
            size = max(2 * int(self.caps[i]), used + need)
            self.arrays[i] = _longer(self.arrays[i], used, size)
            if i == 0:
                self.states = _longer(self.states, used, size)
            self.caps[i] = size

    def rows(self, ctl: NDArray[np.int64]) -> ContigRows:
        """What is filled, and begin the next contig at the front."""
        used = [int(value) for value in ctl[k.CTL_LINES : k.CTL_LINES + 8]]
        ctl[k.CTL_LINES : k.CTL_LINES + 8] = 0
        lines, alleles, calls, blocks, ads, texts, longs, shares = (
            array[:n] for array, n in zip(self.arrays, used, strict=True)
        )
        return ContigRows(lines, alleles, calls, blocks, ads, texts, longs, shares, self.states[: used[0]])

    def used(self, ctl: NDArray[np.int64]) -> int:
        """Bytes that are filled."""
        filled = ctl[k.CTL_LINES : k.CTL_LINES + 8]
        rows = sum(int(n) * array.itemsize for n, array in zip(filled, self.arrays, strict=True))
        return rows + int(filled[0]) * self.states.shape[1]


def _longer(array: NDArray[Any], used: int, size: int) -> NDArray[Any]:
    longer = np.empty((size, *array.shape[1:]), array.dtype)
    longer[:used] = array[:used]
    return longer
