"""The inner loop of clustering. Its slow plain twin is in tests/support/plain_structural.py."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@njit(cache=True)
def same(  # type: ignore[no-untyped-def]
    i, j, start, end, length, ci, mode, far, percent
):
    """Is site i the same event as site j? `mode`: 0 span, 1 insertion, 2 junction, 3 segment of a copy number."""
    if mode == 0 or mode == 3:
        overlap = min(end[i], end[j]) - max(start[i], start[j])
        longer = max(end[i] - start[i], end[j] - start[j])
        if overlap * 100 < percent * longer:
            return False
        if mode == 3:
            return True
    gap = max(start[i] + ci[i, 0] - start[j] - ci[j, 1], start[j] + ci[j, 0] - start[i] - ci[i, 1])
    if gap > far:
        return False
    if mode == 1:
        short, long = min(length[i], length[j]), max(length[i], length[j])
        return short == 0 or short * 100 >= percent * long
    gap = max(end[i] + ci[i, 2] - end[j] - ci[j, 3], end[j] + ci[j, 2] - end[i] - ci[i, 3])
    return gap <= far


@njit(cache=True)
def _find(start, end, length, ci, reach, order, mode, far, percent):  # type: ignore[no-untyped-def]
    n = len(start)
    rank = np.full(n, -1, np.int64)  # of centres; -1 for the others
    # Centres by start, as a chain from each bucket of starts would need: a sorted scan is enough, sites are by start.
    for place in range(len(order)):
        i = order[place]
        alone = True
        j = i - 1
        while alone and j >= 0 and start[i] - start[j] <= reach[i]:
            if rank[j] >= 0 and same(i, j, start, end, length, ci, mode, far, percent):
                alone = False
            j -= 1
        j = i + 1
        while alone and j < n and start[j] - start[i] <= reach[i]:
            if rank[j] >= 0 and same(i, j, start, end, length, ci, mode, far, percent):
                alone = False
            j += 1
        if alone:
            rank[i] = place
    found = np.full(n, -1, np.int64)
    for i in range(n):
        if rank[i] >= 0:
            found[i] = i
            continue
        best, nearest = -1, np.int64(0)
        j = i
        while j >= 0 and start[i] - start[j] <= reach[i]:
            j -= 1
        j += 1
        while j < n and start[j] - start[i] <= reach[i]:
            if rank[j] >= 0 and same(i, j, start, end, length, ci, mode, far, percent):
                apart = abs(start[i] - start[j]) + abs(end[i] - end[j])
                if mode == 1:
                    apart += abs(length[i] - length[j])
                if best < 0 or apart < nearest or (apart == nearest and rank[j] < rank[best]):
                    best, nearest = j, apart
            j += 1
        found[i] = best
    return found


def assign(
    start: Ints, end: Ints, length: Ints, ci: Ints, reach: Ints, order: Ints, mode: int, far: int, percent: int
) -> Ints:
    """(sites,) sorted by start; `order`: sites that may be centres, best first -> each site's centre, -1 for none."""
    found: Ints = _find(start, end, length, ci, reach, order, mode, far, percent)
    return found
