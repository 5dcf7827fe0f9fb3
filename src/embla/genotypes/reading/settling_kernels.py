"""Loops between a contig's rows and what a pack holds of them. Beside `kernels/`, whose stamp it shares."""

from typing import Any

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from embla.genotypes.model import codes, keys
from embla.genotypes.reading.kernels import STAMP
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.jit import HELPER, bool_, i4, i8, i64, kernel, u1, u2
from embla.genotypes.reading.kernels.jit import alleles as alleles_
from embla.genotypes.reading.kernels.jit import calls as calls_
from embla.genotypes.reading.kernels.jit import entries as entries_
from embla.genotypes.reading.kernels.jit import lines as lines_
from embla.genotypes.reading.kernels.runs import lower

Rows = NDArray[np.void]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U1 = NDArray[np.uint8]
_u4: Any = types.Array(types.uint32, 1, "C")
_i2: Any = types.Array(types.int16, 1, "C")
_i1_2d: Any = types.Array(types.int8, 2, "C")
_bools: Any = types.Array(types.boolean, 1, "C")
_POS, _REF, _ALT = keys.POS_SHIFT, keys.REF_LEN_SHIFT, keys.ALT_LEN_SHIFT


def _make_lay_out(stamp: int) -> Any:
    @kernel(i64(lines_, i4, i4, i4))
    def lay_out(lines: Rows, start: I4, end: I4, first_allele: I4) -> int:
        """Columns of the lines: 0-based start, exclusive end, first allele row (one more than lines). Gives how many
        lines begin where the one before does."""
        if stamp < 0:
            return -1
        again = 0
        allele = np.int64(0)
        for i in range(lines.shape[0]):
            line = lines[i]
            start[i] = line.pos - 1
            end[i] = line.end
            first_allele[i] = allele
            allele += line.alleles
            again += i > 0 and start[i] == start[i - 1]
        first_allele[lines.shape[0]] = allele
        return again

    return lay_out


lay_out: Any = _make_lay_out(STAMP)


def _make_long(stamp: int) -> Any:
    @kernel(i64(alleles_, i8))
    def long_alleles(alleles: Rows, found: I8) -> int:
        """Rows of alleles whose bases lie in the long buffer; how many."""
        if stamp < 0:
            return -1
        n = 0
        for i in range(alleles.shape[0]):
            if alleles[i].ref:
                found[n] = i
                n += 1
        return n

    return long_alleles


long_alleles: Any = _make_long(STAMP)


def _make_bases(stamp: int) -> Any:
    @kernel(i64(entries_, i4, entries_))
    def bases_of(entries: Rows, carried: I4, out: Rows) -> int:
        """A row for each base that the carried MNPs change, in the order of their keys; how many. -1 where an MNP does
        not fit its key, or two of them speak of one base or do not come in order: then `resolve` sorts."""
        if stamp < 0:
            return -1
        n = 0
        last = np.uint64(0)
        for c in range(carried.shape[0]):
            entry = entries[carried[c]]
            length = entry.key >> _REF & 15
            if length == keys.HASHED:
                return -1
            pos = entry.key >> _POS & 0xFFFFFFF
            for offset in range(length):
                old = entry.key >> 2 * (keys.MAX_BASES - 1 - offset) & 3
                new = entry.key >> 2 * (keys.MAX_BASES - 1 - offset - length) & 3
                if old == new:
                    continue
                own = (pos + offset) << _POS | 1 << _REF | 1 << _ALT | old << 26 | new << 24
                if np.uint64(own) <= last:
                    return -1
                last = np.uint64(own)
                row = out[n]
                row.key = own
                row.line = entry.line
                row.call = entry.call
                row.allele = entry.allele
                row.share = entry.share
                row.kind = entry.kind
                row.raw = entry.raw
                row.adj = entry.adj
                row.copies = entry.copies
                row.adj_flag = entry.adj != codes.NOTHING
                row.failed = entry.failed
                row.derived = 1
                n += 1
        return n

    return bases_of


bases_of: Any = _make_bases(STAMP)


def _make_suspect(stamp: int) -> Any:
    @kernel(bool_(alleles_, i4, i4, i8, u1))
    def suspect_alleles(alleles: Rows, start: I4, end: I4, borders: I8, suspect: NDArray[np.uint8]) -> bool:
        """1 for alleles whose AN a line's own state may not give: overlapped, moved, in another piece than their line,
        or of two lines at once. `borders` are the ends of the pieces.

        False where keys are in no order that two passes of sorting by insertion bring about: then the caller finds
        what is there twice.
        """
        if stamp < 0:
            return False
        n_lines = start.shape[0]
        overlapped = np.zeros(n_lines, np.uint8)
        reach = np.int64(0)
        for i in range(n_lines):
            if i > 0 and start[i] < reach:
                overlapped[i] = 1
            if i > 0 and start[i] < end[i - 1]:
                overlapped[i - 1] = 1
            if end[i] > reach:
                reach = np.int64(end[i])
        n = alleles.shape[0]
        order = np.empty(n, np.int32)
        budget = 8 * n + 64
        last = np.uint64(0)
        for i in range(n):
            line = alleles[i].line
            key = np.uint64(alleles[i].key)
            place = np.int64(key >> np.uint64(_POS)) - 1
            suspect[i] = overlapped[line] != 0 or place < start[line]
            if borders.shape[0] > 1:
                here = there = 0
                while here < borders.shape[0] and borders[here] <= place:
                    here += 1
                while there < borders.shape[0] and borders[there] <= start[line]:
                    there += 1
                if here != there:
                    suspect[i] = 1
            if key > last or i == 0:
                order[i] = i
                last = key
                continue
            j = i
            while budget > 0 and j > 0 and np.uint64(alleles[order[j - 1]].key) > key:
                order[j] = order[j - 1]
                j -= 1
                budget -= 1
            order[j] = i
            # Those of one key stand together, and one that comes later behind them.
            if j > 0 and alleles[order[j - 1]].key == alleles[i].key:
                suspect[i] = 1
                suspect[order[j - 1]] = 1
        return budget > 0

    return suspect_alleles


suspect_alleles: Any = _make_suspect(STAMP)


def _make_stretches(stamp: int) -> Any:
    @kernel(i64(i4, i4, u1, i64, u1))
    def stretches_below(start: I4, end: I4, states: NDArray[np.uint8], full: int, keep: NDArray[np.uint8]) -> int:
        """1 for lines of a stretch, lines that overlap one after the other, in which one's state is below `full`; how
        many lines that is. Lines by start."""
        if stamp < 0:
            return -1
        n = start.shape[0]
        kept = first = 0
        below = False
        reach = np.int64(0)
        for i in range(n + 1):
            if i == n or start[i] >= reach:
                if below:
                    keep[first:i] = 1
                    kept += i - first
                first = i
                below = False
            if i < n:
                below |= states[i] < full
                if end[i] > reach:
                    reach = np.int64(end[i])
        return kept

    return stretches_below


stretches_below: Any = _make_stretches(STAMP)


def _make_overlapping(stamp: int) -> Any:
    @kernel(i64(i4, i4, i4, i4))
    def overlapping_lines(order: I4, start: I4, end: I4, found: I4) -> int:
        """Of lines by start those that overlap another; how many."""
        if stamp < 0:
            return -1
        n = 0
        reach = np.int64(0)
        for i in range(order.shape[0]):
            line = order[i]
            before = i > 0 and start[line] < reach
            if end[line] > reach:
                reach = np.int64(end[line])
            behind = i + 1 < order.shape[0] and start[order[i + 1]] < end[line]
            if before or behind:
                found[n] = line
                n += 1
        return n

    return overlapping_lines


overlapping_lines: Any = _make_overlapping(STAMP)


def _make_last_words(stamp: int) -> Any:
    @kernel(i64(i4, i4, i4, u1, bool_, u1))
    def last_words(which: I4, start: I4, end: I4, states: U1, raw_only: bool, keep: U1) -> int:
        """Keep lines too that are the last word where kept ones reach and would say another state; how many more.

        `which` are lines by start, at one start the longest first: what starts last is the last word, and of lines that
        start together the lower state. What is kept more may reach further: call again until it is none.
        """
        if stamp < 0:
            return -1
        # Stacks of lines that reach the place: all of them, and those kept. The state is that of all of one start.
        line = np.empty(which.shape[0] + 1, np.int32)
        state = np.empty(which.shape[0] + 1, np.uint8)
        kept = np.empty(which.shape[0] + 1, np.int32)
        kept_state = np.empty(which.shape[0] + 1, np.uint8)
        fresh = np.zeros(which.shape[0], np.int32)
        n = n_kept = n_fresh = 0
        at = np.int64(0)
        for i in range(which.shape[0] + 1):
            here = np.int64(2**31 - 1) if i == which.shape[0] else np.int64(start[which[i]])
            while at < here:
                while n > 0 and end[line[n - 1]] <= at:
                    n -= 1
                while n_kept > 0 and end[kept[n_kept - 1]] <= at:
                    n_kept -= 1
                if n_kept == 0:
                    at = here
                    break
                one, two = np.int64(state[n - 1]), np.int64(kept_state[n_kept - 1])
                if one // 3 != two // 3 or (one != two and not raw_only):
                    j = n - 1
                    while j >= 0 and start[line[j]] == start[line[n - 1]]:
                        if keep[line[j]] == 0:
                            keep[line[j]] = 2
                            fresh[n_fresh] = line[j]
                            n_fresh += 1
                        j -= 1
                stop = min(np.int64(end[line[n - 1]]), np.int64(end[kept[n_kept - 1]]))
                at = min(stop, here)
            if i == which.shape[0]:
                break
            own = which[i]
            if states[own] == k.NO_STATE:
                continue
            value = np.int64(states[own])
            while n > 0 and end[line[n - 1]] <= here:
                n -= 1
            if n > 0 and start[line[n - 1]] == here:
                value = lower(value, np.int64(state[n - 1]))
            line[n] = own
            state[n] = value
            n += 1
            if keep[own] != 1:
                continue
            value = np.int64(states[own])
            while n_kept > 0 and end[kept[n_kept - 1]] <= here:
                n_kept -= 1
            if n_kept > 0 and start[kept[n_kept - 1]] == here:
                value = lower(value, np.int64(kept_state[n_kept - 1]))
            kept[n_kept] = own
            kept_state[n_kept] = value
            n_kept += 1
        for i in range(n_fresh):
            keep[fresh[i]] = 1
        return n_fresh

    return last_words


last_words: Any = _make_last_words(STAMP)


_fill_signature = i64(
    lines_, calls_, i8, u1, i4, _u4, u1, _u4, _i1_2d, _bools, i8, i4, _i2, i4, _u4, _bools, u2, i4, i4
)  # fmt: skip


# A slice that is assigned would bring along what words an error of its shapes: four seconds of compiling.
@njit(**HELPER)
def _copy(given: NDArray[Any], since: int, size: int, out: NDArray[Any], at: int) -> None:
    # Sliced first: a place that is reckoned for each is not copied many at once.
    given, out = given[since:], out[at:]
    for j in range(size):
        out[j] = given[j]


def _make_fill(stamp: int) -> Any:
    @kernel(_fill_signature)
    def fill_records(
        lines: Rows,
        calls: Rows,
        ad_start: I8,
        texts: NDArray[np.uint8],
        ads: I4,
        pos: NDArray[np.uint32],
        text: NDArray[np.uint8],
        own_text_end: NDArray[np.uint32],
        gt: NDArray[np.int8],
        phased: NDArray[np.bool_],
        phase_set: I8,
        dp: I4,
        gq: NDArray[np.int16],
        ad: I4,
        own_ad_end: NDArray[np.uint32],
        counted: NDArray[np.bool_],
        filters: NDArray[np.uint16],
        own: I4,
        came: I4,
    ) -> int:
        """The columns of `Records` of the recorded calls; how many FILTER texts they have, -1 where sizes do not fit.

        `filters` are places in `came`, which are the texts' file-wide numbers in the order of their first record; when
        `came` is full, all others get its last place. `own` are zeros, one for each number. `ad_start` is empty where
        each call's AD begins at the end of the one's before.
        """
        if stamp < 0:
            return -1
        n = n_text = n_ad = n_came = np.int64(0)
        # Texts and depths that lie together are copied together: [since, until) is not copied yet.
        text_since = text_until = ad_since = ad_until = np.int64(0)
        ad_end = np.int64(0)
        for i in range(calls.shape[0]):
            call = calls[i]
            ad_begin = ad_start[i] if ad_start.shape[0] else ad_end
            ad_end = call.ad_end
            if not call.flags & k.RECORDED:
                continue
            line = call.line
            row = lines[line]
            pos[n] = row.pos
            text_begin = lines[line - 1].text_end if line > 0 else np.int64(0)
            if text_begin != text_until:
                size = text_until - text_since
                if n_text + size > text.shape[0]:
                    return -1
                _copy(texts, text_since, size, text, n_text)
                n_text += size
                text_since = text_begin
            text_until = row.text_end
            own_text_end[n] = n_text + text_until - text_since
            gt[n, 0] = call.gt0
            gt[n, 1] = call.gt1
            phased[n] = call.flags & k.PHASED != 0
            phase_set[n] = call.phase_set
            dp[n] = call.dp
            gq[n] = call.gq
            if ad_begin != ad_until:
                size = ad_until - ad_since
                if n_ad + size > ad.shape[0]:
                    return -1
                _copy(ads, ad_since, size, ad, n_ad)
                n_ad += size
                ad_since = ad_begin
            ad_until = ad_end
            own_ad_end[n] = n_ad + ad_until - ad_since
            counted[n] = call.flags & k.COUNTED != 0
            text_of = row.filter
            if text_of < 2 and call.flags & k.CALL_FAILED:
                text_of += 2  # FILTER passed, FT did not: filters.FAILED_ITSELF
            if own[text_of] == 0:
                if n_came < came.shape[0]:
                    came[n_came] = text_of
                    n_came += 1
                own[text_of] = n_came
            filters[n] = own[text_of] - 1
            n += 1
        if n_text + text_until - text_since != text.shape[0] or n_ad + ad_until - ad_since != ad.shape[0]:
            return -1
        _copy(texts, text_since, text_until - text_since, text, n_text)
        _copy(ads, ad_since, ad_until - ad_since, ad, n_ad)
        return n_came

    return fill_records


fill_records: Any = _make_fill(STAMP)
