"""The inner loop of clustering. Its slow plain twin is in tests/support/plain_structural.py."""

import numpy as np
from numpy.typing import NDArray

from embla.compiled import kernel

Ints = NDArray[np.int64]


@kernel()
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


@kernel()
def _find(start, end, length, ci, reach, order, mode, far, percent):  # type: ignore[no-untyped-def]
    n = len(start)
    rank = np.full(n, -1, np.int64)  # of centres; -1 for the others
    # Centres by start, as a chain from each bucket of starts would need: a sorted scan is enough, sites are by start.
    for place in range(len(order)):
        i = order[place]
        alone = True
        j = i - 1
        while alone and j >= 0 and start[i] - start[j] <= reach:
            if rank[j] >= 0 and same(i, j, start, end, length, ci, mode, far, percent):
                alone = False
            j -= 1
        j = i + 1
        while alone and j < n and start[j] - start[i] <= reach:
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
        while j >= 0 and start[i] - start[j] <= reach:
            j -= 1
        j += 1
        while j < n and start[j] - start[i] <= reach:
            if rank[j] >= 0 and same(i, j, start, end, length, ci, mode, far, percent):
                apart = abs(start[i] - start[j]) + abs(end[i] - end[j])
                if mode == 1:
                    apart += abs(length[i] - length[j])
                if best < 0 or apart < nearest or (apart == nearest and rank[j] < rank[best]):
                    best, nearest = j, apart
            j += 1
        found[i] = best
    return found


# Lengths of one class differ by at most this factor. Segments that cover 80 % of each other differ in length by 1.25 at
# most, so they are of one class or of two neighbours.
_CLASS = np.log(1.3)


@kernel()
def _width(grade):  # type: ignore[no-untyped-def]
    """Bases of one column of starts among segments of a class: about as far as two of them that match lie apart."""
    return max(1, int(0.4 * np.exp(grade * _CLASS)))


@kernel()
def _slot(grade, column, mask):  # type: ignore[no-untyped-def]
    return ((grade * 0x9E3779B1) ^ (column * 0x85EBCA6B)) & mask


@kernel()
def _best(i, start, end, length, ci, heads, following, rank, mode, far, percent, mask):  # type: ignore[no-untyped-def]
    """The centre among those noted that is nearest to segment i, -1 where none matches."""
    best, nearest = -1, np.int64(0)
    size = end[i] - start[i]
    apart = size // 4 + 1  # starts of matching segments lie at most a fifth of the longer one apart
    own = int(np.log(max(1, size)) / _CLASS)
    for grade in range(max(0, own - 1), own + 2):
        width = _width(grade)
        for column in range(max(0, start[i] - apart) // width, (start[i] + apart) // width + 1):
            j = heads[_slot(grade, column, mask)]
            while j >= 0:
                if same(i, j, start, end, length, ci, mode, far, percent):
                    gap = abs(start[i] - start[j]) + abs(end[i] - end[j])
                    if best < 0 or gap < nearest or (gap == nearest and rank[j] < rank[best]):
                        best, nearest = j, gap
                j = following[j]
    return best


@kernel()
def _find_segments(start, end, length, ci, order, mode, far, percent):  # type: ignore[no-untyped-def]
    """As `_find`, for segments that may be as long as a contig: each is held against the centres of about its length
    and start alone. Centres do not match each other, so few are near any segment."""
    n = len(start)
    slots = 1
    while slots < 2 * n:
        slots *= 2
    heads = np.full(slots, -1, np.int64)
    following = np.full(n, -1, np.int64)
    rank = np.full(n, -1, np.int64)
    for place in range(len(order)):
        i = order[place]
        if _best(i, start, end, length, ci, heads, following, rank, mode, far, percent, slots - 1) >= 0:
            continue
        rank[i] = place
        grade = int(np.log(max(1, end[i] - start[i])) / _CLASS)
        at = _slot(grade, start[i] // _width(grade), slots - 1)
        following[i], heads[at] = heads[at], i
    found = np.full(n, -1, np.int64)
    for i in range(n):
        if rank[i] >= 0:
            found[i] = i
        else:
            found[i] = _best(i, start, end, length, ci, heads, following, rank, mode, far, percent, slots - 1)
    return found


def assign(
    start: Ints, end: Ints, length: Ints, ci: Ints, reach: int, order: Ints, mode: int, far: int, percent: int
) -> Ints:
    """(sites,) sorted by start; `order`: sites that may be centres, best first -> each site's centre, -1 for none.

    `reach`: how far starts of one event can be apart; 0 for segments of a copy number, where their length says it.
    """
    found: Ints
    if reach:
        found = _find(start, end, length, ci, reach, order, mode, far, percent)
    else:
        found = _find_segments(start, end, length, ci, order, mode, far, percent)
    return found
