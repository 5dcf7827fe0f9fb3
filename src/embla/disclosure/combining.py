"""Can a reader who adds and subtracts published numbers of several tables be left with a few people? Pure.

Region and patient group are two tables of the same people. Where twenty newcomers are North and heart, twenty are South
and kidney, and one is North and kidney, each group grew by twenty or more, yet North's growth less heart's is that one
person. What a reader can make is any combination of the rows (one per published difference); a person's share in it is
the combination of the person's column. So: is there a combination that is not zero for 1 to step-1 people only?
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
# Columns hold -1, 0, 1; ranks are worked out modulo a prime that no determinant of theirs meets by chance.
_P: Final = (1 << 31) - 1


def singles_out(columns: Ints, step: int, who: Ints | None = None) -> bool:
    """(people, rows) of the differences -> True when some combination may be left with 1 to step-1 people.

    `who`: (people,) whose each column is, where one person may have several; None: everybody has one.

    It errs on the safe side. Whoever has a column that `step` people share (or a multiple of it) cannot be in such a
    combination, so it must be zero for them; what is left of the other columns then is looked at in the same way, until
    nothing is left (False) or nobody is in company any more (True).
    """
    if not len(columns):
        return False
    owner = np.unique(np.arange(len(columns)) if who is None else who, return_inverse=True)[1].reshape(-1)
    kinds, kind = np.unique(columns, axis=0, return_inverse=True)
    kinds, kind = kinds % _P, kind.reshape(-1)
    while True:
        kinds, kind, owner = _gathered(kinds, kind, owner)
        if not len(kinds):
            return False
        heavy = np.bincount(kind, minlength=len(kinds)) >= step
        if not heavy.any():
            return True
        for row in np.flatnonzero(heavy):
            vector = kinds[row]
            pivot = int(np.argmax(vector != 0))
            if not vector[pivot]:
                continue
            vector = vector * pow(int(vector[pivot]), -1, _P) % _P
            kinds = (kinds - kinds[:, pivot : pivot + 1] * vector % _P) % _P


def _gathered(kinds: Ints, kind: Ints, owner: Ints) -> tuple[Ints, Ints, Ints]:
    """Zero columns dropped, multiples of one column put together; each person (`owner`) once in a kind."""
    place = np.full(len(kinds), -1)
    kept = kinds.any(axis=1)
    kinds = kinds[kept]
    if len(kinds):
        first = kinds[np.arange(len(kinds)), (kinds != 0).argmax(axis=1)]
        inverse = np.array([pow(int(value), -1, _P) for value in first], dtype=np.int64)
        kinds, found = np.unique(kinds * inverse[:, None] % _P, axis=0, return_inverse=True)
        place[kept] = found.reshape(-1)
    kind = place[kind]
    inside = kind >= 0
    most = int(owner.max()) + 1
    pairs = np.unique(kind[inside] * most + owner[inside])
    return kinds, pairs // most, pairs % most
