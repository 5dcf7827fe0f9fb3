"""The rule for totals over columns of counts, for region lists and files: `rules.level_of` for every row at once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.disclosure.rules import Level

HIDDEN: Final = int(Level.HIDDEN)
Ints = NDArray[np.int32] | NDArray[np.int64]


def levels(
    ac: Ints, nhet: Ints, nhomalt: Ints, nhemi: Ints, below: int, *, seen: Ints | None = None, haploid: bool = False,
    cap: NDArray[np.int8] | None = None,
) -> NDArray[np.int8]:  # fmt: skip
    """(n,) columns -> (n,) `Level`. `seen` (n,): people who carry it in any call, passed or not (None: the same
    people). `haploid`: chrM, where each person has one copy. `cap` (n,): the most that may be shown
    beside other variants (nested.py). `below` 1 hides nothing."""
    half = ac - nhet - nhomalt * (1 if haploid else 2) - nhemi
    carriers = nhet + nhomalt + nhemi + half
    result = np.full(len(ac), int(Level.FULL), dtype=np.int8)
    if below <= 1:
        return result
    few = np.zeros(len(ac), dtype=np.bool_)
    for people in (nhet, nhomalt, nhemi, half):
        few |= (people > 0) & (people < below)
    result[few | (ac == below + 1)] = int(Level.ALLELES)
    people = carriers if seen is None else np.where(carriers > 0, carriers, seen)
    result[(people > 0) & (people < below)] = HIDDEN
    return result if cap is None else np.minimum(result, cap)
