"""Which lines a pack keeps beside a sample's calls: plain 0/0 without which what it gives back would count otherwise.

Nearly all of a joint file's 0/0 say what the callability at their place says by itself, and are not kept. Kept are
those that contradict another record of their key, those whose own AN differs from that of their place, and those that
are the last word where another record of the sample would be it instead.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model import codes
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.resolve import Resolved
from embla.genotypes.reading.sample import Sample, bed_of
from embla.genotypes.reading.settling_kernels import last_words
from embla.genotypes.reading.table import ContigTable

_NO_LINES: Final = np.zeros(0, np.int64)


def needed_lines(
    entries: NDArray[np.void],
    resolved: Resolved,
    said: NDArray[np.uint8],
    table: ContigTable,
    sample: Sample,
    calls: NDArray[np.void],
    states: NDArray[np.uint8],
) -> NDArray[np.int64]:
    """Lines without a call, sorted. `said` is 1 for rows of `entries` that say something without one."""
    n = len(table.rows.lines)
    if len(calls) == n:
        return _NO_LINES
    keep = np.zeros(n, np.uint8)
    keep[resolved.tied] = 1
    for row in np.flatnonzero(said).tolist():
        keep[resolved.joined.get(row, [int(entries["line"][row])])] = 1
    if sample.callability != "gvcf":
        # `*` alone: no call, and no block says it.
        keep[(table.rows.lines["alleles"] == 0) & (states < codes.FULL * 3)] = 1
    called = calls["line"]
    keep[called] = 1
    overlapping = table.overlapping
    if len(overlapping):
        raw_only = sample.callability == "assumed"
        while last_words(overlapping, table.start, table.end, states, raw_only, keep):
            pass
    keep[called] = 0
    keep[states == k.NO_STATE] = 0
    return np.flatnonzero(keep)


def with_lines(
    calls: NDArray[np.void],
    ad_start: NDArray[np.int64],
    facts: NDArray[np.int64],
    lines: NDArray[np.int64],
    table: ContigTable,
    sample: Sample,
    states: NDArray[np.uint8],
    against: list[int],
) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """The calls and their `ad_start` with one for each of the lines, in order; `facts` grow with them.

    Of a line only its state is known: a call that passes carries the policy's thresholds, as blocks given back do.
    """
    state = states[lines].astype(np.int64)
    raw, passes = state // 3, state % 3 != codes.NOTHING
    fresh = np.zeros(len(lines), k.CALL)
    fresh["line"], fresh["sample"], fresh["phase_set"] = lines, sample.index, -1
    fresh["gt0"] = np.where(raw == codes.NOTHING, -1, 0)
    fresh["gt1"] = np.where(raw == codes.FULL, 0, -1)
    fresh["dp"] = np.where(passes, sample.policy.min_dp, 0)
    fresh["gq"] = np.where(passes, sample.policy.min_gq, 0)
    fresh["flags"] = np.where(_counted(lines, table, sample, against), k.RECORDED | k.COUNTED, k.RECORDED)
    fresh["other"] = k.NO_STATE
    at = np.searchsorted(calls["line"], lines)
    ends = np.concatenate((np.zeros(1, np.int64), calls["ad_end"]))
    fresh["ad_end"] = ends[at]
    text_end = table.rows.lines["text_end"]
    facts[k.FACT_RECORDED] += len(lines)
    facts[k.FACT_TEXT] += int((text_end[lines] - np.where(lines > 0, text_end[lines - 1], 0)).sum())
    if len(ad_start):
        ad_start = np.insert(ad_start, at, ends[at])
    return np.insert(calls, at, fresh), ad_start


def _counted(lines: NDArray[np.int64], table: ContigTable, sample: Sample, against: list[int]) -> NDArray[np.bool_]:
    """Which of the lines are not in conflict and have a key, if any, inside the BED."""
    counted = ~np.isin(lines, against)
    if sample.bed is not None:
        starts, ends = bed_of(sample, table.name)
        for i, line in enumerate(lines.tolist()):
            key = table.rows.alleles["key"][table.first_allele[line] : table.first_allele[line + 1]]
            pos = key >> 36 & 0xFFFFFFF
            at = np.searchsorted(starts, pos) - 1
            inside = bool(((at >= 0) & (pos <= ends[at])).any()) if len(starts) else False
            counted[i] &= inside or not len(pos)
    return counted
