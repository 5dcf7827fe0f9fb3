"""Callability of one sample on one contig: records over blocks over BED or default, as disjoint runs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model.codes import STATE_FULL, STATE_NOTHING
from embla.genotypes.reading.kernels import STAMP
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.jit import bool_, helper, i4, i64, kernel, u1

I4 = NDArray[np.int32]
U1 = NDArray[np.uint8]


@helper(i64(i64, i64))
def _least(one: int, two: int) -> int:
    return one if one < two else two


@helper(i64(i64, i64))
def lower(one: int, two: int) -> int:
    """The lower of two states, raw and adj each for itself."""
    return _least(one // 3, two // 3) * 3 + _least(one % 3, two % 3)


@helper(i64(i4, i4, u1, i4, i4, i4, u1))
def flatten(starts: I4, ends: I4, states: U1, since: I4, out_start: I4, out_end: I4, out_state: U1) -> int:
    """Overlapping intervals to disjoint ones: what began last wins, of two that began together the lower state.

    `since` is where an interval began, which is before its start where a change of copies cut it. Input is sorted by
    start, at one start by since, and of those the longest first. Intervals with NO_STATE are left out. Output arrays
    hold twice the input.
    """
    stack_end = np.empty(starts.shape[0] + 1, np.int32)
    stack_state = np.empty(starts.shape[0] + 1, np.uint8)
    depth = 0
    n = 0
    at = 0
    last_start = last_since = -1
    for i in range(starts.shape[0] + 1):
        if i < starts.shape[0]:
            if states[i] == k.NO_STATE:
                continue
            start = starts[i]
        else:
            start = np.int32(2**31 - 1)
        while depth > 0 and at < start:
            top = stack_end[depth - 1]
            if top <= at:
                depth -= 1
                continue
            stop = top if top < start else start
            if n > 0 and out_end[n - 1] == at and out_state[n - 1] == stack_state[depth - 1]:
                out_end[n - 1] = stop
            else:
                out_start[n] = at
                out_end[n] = stop
                out_state[n] = stack_state[depth - 1]
                n += 1
            at = stop
        if i == starts.shape[0]:
            break
        at = start
        state = states[i]
        if start == last_start and since[i] == last_since and depth > 0:
            state = lower(state, stack_state[depth - 1])
        last_start = start
        last_since = since[i]
        if depth == 0 and i + 1 < starts.shape[0] and ends[i] <= starts[i + 1] and start < ends[i]:
            # Nothing lies over or under it, nor begins where it does: most are so.
            if n > 0 and out_end[n - 1] == start and out_state[n - 1] == state:
                out_end[n - 1] = ends[i]
            else:
                out_start[n] = start
                out_end[n] = ends[i]
                out_state[n] = state
                n += 1
            at = ends[i]
            continue
        stack_end[depth] = ends[i]
        stack_state[depth] = state
        depth += 1
    return n


_signature = i64(i4, i4, u1, i4, i4, u1, i4, i4, i4, bool_, bool_, i64, i4, i4, u1)


def _make(stamp: int) -> Any:
    @kernel(_signature)
    def make_runs(
        line_start: I4,
        line_end: I4,
        line_state: U1,
        block_start: I4,
        block_end: I4,
        block_state: U1,
        block_since: I4,
        bed_start: I4,
        bed_end: I4,
        has_bed: bool,
        assumed: bool,
        length: int,
        run_start: I4,
        run_end: I4,
        run_state: U1,
    ) -> int:
        """Sorted disjoint runs of all that is not STATE_FULL; how many. Coordinates 0-based half-open.

        Outside every record and block a genome is full where it is assumed or inside its BED, else nothing; outside
        its BED it is nothing whatever the file says. An assumed genome's adj is nowhere, so its runs need only raw.
        """
        if stamp < 0:
            return -1
        r_start = np.empty(2 * line_start.shape[0] + 1, np.int32)
        r_end = np.empty(2 * line_start.shape[0] + 1, np.int32)
        r_state = np.empty(2 * line_start.shape[0] + 1, np.uint8)
        n_r = flatten(line_start, line_end, line_state, line_start, r_start, r_end, r_state)
        b_start = np.empty(2 * block_start.shape[0] + 1, np.int32)
        b_end = np.empty(2 * block_start.shape[0] + 1, np.int32)
        b_state = np.empty(2 * block_start.shape[0] + 1, np.uint8)
        n_b = flatten(block_start, block_end, block_state, block_since, b_start, b_end, b_state)
        n = 0
        r = b = d = 0
        at = 0
        while at < length:
            while r < n_r and r_end[r] <= at:
                r += 1
            while b < n_b and b_end[b] <= at:
                b += 1
            while d < bed_start.shape[0] and bed_end[d] <= at:
                d += 1
            stop = length
            inside = assumed
            if has_bed and d < bed_start.shape[0]:
                inside = bed_start[d] <= at
                stop = _least(stop, bed_end[d] if inside else bed_start[d])
            state = STATE_FULL if inside else STATE_NOTHING
            if b < n_b:
                if b_start[b] <= at:
                    state = b_state[b]
                    stop = _least(stop, b_end[b])
                else:
                    stop = _least(stop, b_start[b])
            if r < n_r:
                if r_start[r] <= at:
                    state = r_state[r]
                    stop = _least(stop, r_end[r])
                else:
                    stop = _least(stop, r_start[r])
            if has_bed and not inside:
                state = STATE_NOTHING
            if assumed:
                state = state // 3 * 4
            if state != STATE_FULL:
                if n > 0 and run_end[n - 1] == at and run_state[n - 1] == state:
                    run_end[n - 1] = stop
                else:
                    run_start[n] = at
                    run_end[n] = stop
                    run_state[n] = state
                    n += 1
            at = stop
        return n

    return make_runs


make_runs: Any = _make(STAMP)
