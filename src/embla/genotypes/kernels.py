"""The loops of a large sweep, compiled. The plain twin of each is `sweep.NumpyEngine`; a test holds them equal.

Few kernels with explicit signatures: each is compiled once and cached on disk.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from embla.genotypes.files.runs import Runs
from embla.genotypes.files.variants import Variants
from embla.genotypes.model import tally

_TALLY: Final = np.ascontiguousarray(tally.TALLY)


@njit(
    "void(i4[:,:,::1], i8[::1], i8[::1], u2[::1], u2[::1], b1[:,::1], u1[::1], i1[:,::1])", cache=True, nogil=True
)
def _add_entries(out, index, end, ordinal, entry, bits, assumed, rows):  # type: ignore[no-untyped-def]
    n_cohorts = bits.shape[0]
    n_fields = rows.shape[1]
    first = 0
    for v in range(len(end)):
        last = end[v]
        row = index[v]
        for i in range(first, last):
            o = ordinal[i]
            code = entry[i] + 4096 * assumed[o]
            for c in range(n_cohorts):
                if bits[c, o]:
                    for f in range(n_fields):
                        out[c, row, f] += rows[code, f]
        first = last


@njit("void(i4[:,:,::1], u2[::1], u4[::1], u4[::1], i1[::1], i1[::1], b1[:,::1], i8)", cache=True, nogil=True)
def _add_runs(diff, ordinal, start, end, lost_adj, lost_raw, bits, origin):  # type: ignore[no-untyped-def]
    for c in range(bits.shape[0]):
        for i in range(len(ordinal)):
            if bits[c, ordinal[i]]:
                a = start[i] - origin
                b = end[i] - origin
                diff[0, c, a] -= lost_adj[i]
                diff[0, c, b] += lost_adj[i]
                diff[1, c, a] -= lost_raw[i]
                diff[1, c, b] += lost_raw[i]


class JitEngine:
    """The same two operations as `sweep.NumpyEngine`."""

    @staticmethod
    def add_entries(
        out: NDArray[np.int32], v: Variants, index: NDArray[np.intp], bits: NDArray[np.bool_], assumed: NDArray[np.bool_]
    ) -> None:
        """See `NumpyEngine.add_entries`."""
        _add_entries(
            out, index.astype(np.int64), np.ascontiguousarray(v.end), np.ascontiguousarray(v.ordinal),
            np.ascontiguousarray(v.entry), np.ascontiguousarray(bits), assumed.astype(np.uint8), _TALLY,
        )  # fmt: skip

    @staticmethod
    def add_runs(
        diff: NDArray[np.int32], runs: Runs, start: int, lost_adj: NDArray[np.int8], lost_raw: NDArray[np.int8],
        bits: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """See `NumpyEngine.add_runs`."""
        _add_runs(
            diff, np.ascontiguousarray(runs.ordinal), np.ascontiguousarray(runs.start), np.ascontiguousarray(runs.end),
            np.ascontiguousarray(lost_adj), np.ascontiguousarray(lost_raw), np.ascontiguousarray(bits), start,
        )  # fmt: skip
