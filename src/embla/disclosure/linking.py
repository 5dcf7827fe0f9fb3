"""Tables of the same people that are shown together: which must be withheld so that no small cell follows. Pure.

Each table hides its own small cells (`suppress_people`). Two of them may still give one away: who knows that all of a
study is research subtracts the study from research, and is left with two people. A reader is taken to know which
categories go together at all (the *support*). The counts on the support are then an unknown vector of which every
published number is a row; as the truth is positive on all of it, a count follows from what is published exactly when
its row is a sum of multiples of the published rows. So the test is one of ranks, and no bounds are left to try.

Counts that a reader may ask for are the cells of one category, of two crossed, and of all crossed.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
# Ranks are worked out modulo a prime: entries are small, products of two stay far inside 64 bits, also summed.
_P: Final = 1_000_003


def linked(
    support: Sequence[tuple[str, ...]], people: Sequence[int], tables: Mapping[str, Sequence[Sequence[int]]], *,
    below: int, known: Sequence[Sequence[int]] = (), whole: bool = True,
) -> frozenset[str]:  # fmt: skip
    """Names of the tables to withhold: each that, beside those kept before it, gives away a cell of 1 to below-1.

    known: rows of what is published anyhow; a small cell that follows from these alone is no table's doing. whole:
    also cells of all categories crossed.

    support: the categories of each cell that has people, one of each dimension; people: how many; tables: in the order
    of what they are worth, each a list of published rows over the cells of the support (a hidden cell is no row).
    """
    targets = _targets(support, people, below, whole=whole)
    kept: Ints = np.zeros((0, len(support)), np.int64)
    if len(known):
        kept = _reduced(np.array(known, np.int64).reshape(-1, len(support)) % _P)
        targets = targets[~_follows(kept, targets)]
    if not len(targets):
        return frozenset()
    withheld = set()
    for name, rows in tables.items():
        more = _reduced(np.vstack([kept, np.array(rows, np.int64).reshape(-1, len(support)) % _P]))
        if _follows(more, targets).any():
            withheld.add(name)
        else:
            kept = more
    return frozenset(withheld)


def _targets(support: Sequence[tuple[str, ...]], people: Sequence[int], below: int, *, whole: bool) -> Ints:
    """A row for each small cell: of one dimension, of two crossed, and of all."""
    n = len(support[0]) if support else 0
    found: set[tuple[int, ...]] = set()
    crossed = [tuple(range(n))] if whole else []
    for dimensions in [*combinations(range(n), 1), *combinations(range(n), 2), *crossed]:
        cells: dict[tuple[str, ...], list[int]] = {}
        for at, key in enumerate(support):
            cells.setdefault(tuple(key[one] for one in dimensions), []).append(at)
        found.update(tuple(where) for where in cells.values() if 0 < sum(people[at] for at in where) < below)
    rows = np.zeros((len(found), len(support)), np.int64)
    for row, where in zip(rows, sorted(found), strict=True):
        row[list(where)] = 1
    return rows


def _reduced(rows: Ints) -> Ints:
    """The reduced row echelon form modulo the prime, without empty rows."""
    rows, done = rows.copy(), 0
    for column in range(rows.shape[1]):
        pivot = np.flatnonzero(rows[done:, column])
        if not len(pivot):
            continue
        rows[[done, done + pivot[0]]] = rows[[done + pivot[0], done]]
        rows[done] = rows[done] * pow(int(rows[done, column]), -1, _P) % _P
        others = rows[:, column].copy()
        others[done] = 0
        rows = (rows - others[:, None] * rows[done]) % _P
        done += 1
        if done == len(rows):
            break
    return rows[:done]


def _follows(basis: Ints, targets: Ints) -> NDArray[np.bool_]:
    """Which targets are combinations of the rows of a basis in reduced form."""
    if not len(basis):
        return np.zeros(len(targets), np.bool_)
    pivots = (basis != 0).argmax(axis=1)
    rest = (targets - targets[:, pivots] @ basis) % _P
    found: NDArray[np.bool_] = np.logical_not((rest != 0).any(axis=1))
    return found
