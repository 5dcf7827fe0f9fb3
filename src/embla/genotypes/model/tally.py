"""What an entry adds to each number, as one table: counting is then a sum of rows.

`TALLY[entry + ASSUMED * is_assumed]` is a row of FIELDS. A genome with `assumed` callability adds nothing to adj.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model import codes
from embla.genotypes.model.count import Numbers

AC, NHET, NHOM, NHEMI, D_AN = range(5)
RAW: Final = 5  # raw twins of the five follow
NFAIL: Final = 10
CARRIERS: Final = 11
N_FIELDS: Final = 12
ASSUMED: Final = 4096


def _make() -> NDArray[np.int8]:
    table = np.zeros((2 * ASSUMED, N_FIELDS), dtype=np.int8)
    for entry in range(ASSUMED):
        kind = entry & codes.CLASS_MASK
        own = [codes.AC_OF[kind], codes.IS_HET[kind], codes.IS_HOM[kind], codes.IS_HEMI[kind]]
        tail = [int(bool(entry & codes.FAILED)), int(kind != codes.NONE)]
        adj = own if entry & codes.ADJ else [0, 0, 0, 0]
        raw = [*own, codes.d_raw(entry)]
        table[entry] = [*adj, codes.d_adj(entry), *raw, *tail]
        table[entry + ASSUMED] = [0, 0, 0, 0, 0, *raw, *tail]
    return table


TALLY: Final = _make()
TALLY.flags.writeable = False

# Alleles that a genome with 0, 1 or 2 copies loses at a place in one of the 9 states: [copies, state].
LOST_RAW: Final = np.array([[c - codes.an_of(state // 3, c) for state in range(9)] for c in range(3)], dtype=np.int8)
LOST_ADJ: Final = np.array([[c - codes.an_of(state % 3, c) for state in range(9)] for c in range(3)], dtype=np.int8)


def adj_numbers(row: NDArray[np.int64], an: int) -> Numbers:
    """adj numbers of a summed row; `an` is by callability at the key's pos."""
    return Numbers(int(row[AC]), an + int(row[D_AN]), int(row[NHET]), int(row[NHOM]), int(row[NHEMI]))


def raw_numbers(row: NDArray[np.int64], an: int) -> Numbers:
    """The same for raw."""
    return adj_numbers(row[RAW : RAW + 5], an)
