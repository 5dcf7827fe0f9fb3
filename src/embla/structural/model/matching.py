"""When two calls are the same event, and the clusters that follow from it: exact, and whatever order genomes came in.

Two calls are the same event (the numbers are those of GATK SVCluster, for events by reads and by depth):

* DEL, DUP, INV: both breakpoints at most 500 bases apart, from confidence interval to confidence interval, and each
  covers at least half of the other;
* INS: at most 500 bases apart, and the shorter at least half as long as the longer where both lengths are known;
* BND: the same contigs and strands, both breakends at most 500 bases apart;
* copy number (loss or gain): each covers at least 80 % of the other; depth gives no breakpoints to compare.

Sites are the distinct calls of a cohort. A site becomes the *centre* of a cluster when it matches no centre before it,
in the order: known length first, most carriers, then position and everything else that tells it apart. Every site then
belongs to the matching centre that is nearest. So clusters depend on who is counted, and on nothing else; none grows
along a chain, and each call is like its centre.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.structural.model.kernels import assign
from embla.structural.model.values import CALL, MAX_CI, Rows, State, Type

MAX_DISTANCE: Final = 500
OVERLAP_PERCENT: Final = 50
CNV_OVERLAP_PERCENT: Final = 80
# Starts of one event can be this far apart: who is farther is in another cluster whatever else it is.
REACH: Final = MAX_DISTANCE + 2 * MAX_CI
SPAN, INSERTED, JOINED, SEGMENT = 0, 1, 2, 3

_MODES: Final[dict[int, int]] = {Type.INS: INSERTED, Type.BND: JOINED}
_SITE: Final = ("contig", "mate", "type", "strands", "start", "end", "length")
Ints = NDArray[np.int64]


def cluster(rows: Rows, *, cnv: bool = False) -> tuple[Rows, Ints]:
    """(calls,) CALL -> centres in the order of the genome, and each call's place among them, -1 for none.

    Calls that failed or are missing belong to a centre that they match, and are never one.
    """
    if not len(rows):
        return rows[:0], np.zeros(0, np.int64)
    sites, inverse = _sites(rows, cnv)
    carriers = np.bincount(inverse, weights=rows["state"] == State.CARRIES, minlength=len(sites)).astype(np.int64)
    centre_of = np.full(len(sites), -1, np.int64)
    # Nothing matches across contigs, types, strands: groups are whole by themselves.
    group = sites[["contig", "mate", "type", "strands"]]
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    for first, last in zip(starts.tolist(), [*starts[1:].tolist(), len(sites)], strict=True):
        mode = SEGMENT if cnv else _MODES.get(int(sites["type"][first]), SPAN)
        found = _assign(sites[first:last], carriers[first:last], mode)
        centre_of[first:last] = np.where(found >= 0, found + first, -1)
    centres = np.unique(centre_of[centre_of >= 0])
    place = np.full(len(sites) + 1, -1, np.int64)
    place[centres] = np.arange(len(centres))
    return sites[centres], place[centre_of][inverse]


def matches(one: Any, other: Any, *, cnv: bool = False) -> bool:
    """The plain rule for two calls (single rows of CALL)."""
    if any(one[name] != other[name] for name in ("contig", "mate", "type", "strands")):
        return False
    if cnv or one["type"] in (Type.DEL, Type.DUP, Type.INV):
        overlap = min(int(one["end"]), int(other["end"])) - max(int(one["start"]), int(other["start"]))
        longer = max(int(one["end"]) - int(one["start"]), int(other["end"]) - int(other["start"]))
        if overlap * 100 < (CNV_OVERLAP_PERCENT if cnv else OVERLAP_PERCENT) * longer:
            return False
    if cnv:
        return True
    if _gap(one, other, "start", 0) > MAX_DISTANCE:
        return False
    if one["type"] == Type.INS:
        short, long = sorted((int(one["length"]), int(other["length"])))
        return short == 0 or short * 100 >= OVERLAP_PERCENT * long
    return _gap(one, other, "end", 2) <= MAX_DISTANCE


def distance(one: Any, other: Any) -> int:
    """How far two calls are apart: bases between the starts, between the ends, and of length for insertions."""
    apart = abs(int(one["start"]) - int(other["start"])) + abs(int(one["end"]) - int(other["end"]))
    return apart + (abs(int(one["length"]) - int(other["length"])) if one["type"] == Type.INS else 0)


def _gap(one: Any, other: Any, field: str, ci: int) -> int:
    low, high = int(one[field]) + int(one["ci"][ci]), int(one[field]) + int(one["ci"][ci + 1])
    low2, high2 = int(other[field]) + int(other["ci"][ci]), int(other[field]) + int(other["ci"][ci + 1])
    return max(0, low - high2, low2 - high)


def _sites(rows: Rows, cnv: bool) -> tuple[Rows, Ints]:
    """Distinct calls in the order of group and position, without what only their persons have."""
    keys = np.zeros(len(rows), CALL)
    for name in (*_SITE, "ci"):
        keys[name] = rows[name]
    # The length of anything but an insertion follows from its ends; a depth caller has no breakpoints.
    keys["length"][keys["type"] != Type.INS] = 0
    if cnv:
        keys["ci"] = 0
    columns = [keys["ci"][:, i] for i in (3, 2, 1, 0)]
    columns += [keys[name] for name in ("length", "end", "start", "strands", "type", "mate", "contig")]
    order = np.lexsort(columns)
    ordered = keys[order]
    fresh = np.ones(len(rows), np.bool_)
    same = np.ones(len(rows) - 1, np.bool_)
    for column in columns:
        put = column[order]
        same &= put[1:] == put[:-1]
    fresh[1:] = ~same
    inverse = np.empty(len(rows), np.int64)
    inverse[order] = np.cumsum(fresh) - 1
    return ordered[fresh], inverse


def _assign(sites: Rows, carriers: Ints, mode: int) -> Ints:
    """(sites,) of one group, by start -> place of each one's centre, -1 for none."""
    start, end = sites["start"].astype(np.int64), sites["end"].astype(np.int64)
    reach = 0 if mode == SEGMENT else REACH
    unknown = (sites["length"] == 0) if mode == INSERTED else np.zeros(len(sites), np.bool_)
    # lexsort is stable, and sites come in the order of position.
    order = np.lexsort((-carriers, unknown))
    order = order[carriers[order] > 0].astype(np.int64)
    ci = sites["ci"].astype(np.int64)
    percent = CNV_OVERLAP_PERCENT if mode == SEGMENT else OVERLAP_PERCENT
    length = sites["length"].astype(np.int64)
    return assign(start, end, length, ci, reach, order, mode, MAX_DISTANCE, percent)
