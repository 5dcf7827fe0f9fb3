"""A contig of a pack as lines of a VCF, compiled. The plain twin is `tests/support/plain_giving.py`.

Kernels trust lengths and ends: `giving_lines.py` has checked them.
"""

from typing import Any, Final

import numpy as np
from numba import types

from embla.genotypes.annotating.putting import put_constant, put_number
from embla.genotypes.annotating.stamp import STAMP
from embla.genotypes.model import codes
from embla.genotypes.reading.kernels.jit import kernel

_TAB, _FEED, _DOT, _COLON, _COMMA, _END = 9, 10, 46, 58, 44, 59

# Why `print_lines` stopped.
DONE, FULL, BASES = 0, 1, 2

# What goes in and comes back in `state`: the next record and block, how many were written, bytes written; then what
# stays: bases asked for (0-based half-open), depth and quality of a block that passes, where `bases` begin.
RECORD, BLOCK, RECORDS, BLOCKS, WRITTEN, FIRST, LAST, DEPTH, QUALITY, START = range(10)
STATES: Final = 10
# Longest line of a record less its texts and depths, and of a depth.
ROOM: Final = 200
ROOM_PER_DEPTH: Final = 11


def _text(words: bytes) -> Any:
    return np.frombuffer(words, np.uint8).copy()


_PLAIN, _TO_FORMAT = _text(b"\t.\t"), _text(b"\t.\tGT:DP:GQ")
_AD, _FT, _AF, _PS, _FAIL = _text(b":AD"), _text(b":FT"), _text(b":AF"), _text(b":PS"), _text(b":FAIL")
_NON_REF, _GVCF = _text(b"\t<NON_REF>\t.\t.\tEND="), _text(b"\tGT:DP:GQ:MIN_DP\t0/")


def _in(kind: Any, dimensions: int = 1) -> Any:
    return types.Array(kind, dimensions, "C", readonly=True)


def _out(kind: Any) -> Any:
    return types.Array(kind, 1, "C")


_U8, _U16, _U32, _I64, _BOOL = types.uint8, types.uint16, types.uint32, types.int64, types.boolean


@kernel(_I64(_in(_U8), _in(_U32), _out(_I64)))
def ref_lengths(text, text_end, out):  # type: ignore[no-untyped-def]
    """Bases of REF of each record; -1, or how many records have no tab behind it."""
    begin = np.int64(0)
    without = np.int64(0)
    for i in range(len(text_end)):
        end = np.int64(text_end[i])
        at = begin
        while at < end and text[at] != _TAB:
            at += 1
        without += at == end
        out[i] = at - begin
        begin = end
    return without


@kernel(
    _I64(
        _in(_U32), _in(_U32), _in(_U8), _in(_I64), _in(_I64), _in(_I64), _in(_I64), _I64, _I64, _I64, _I64,
        _out(_I64), _out(_I64), _out(_U8),
    )
)  # fmt: skip
def called_between(  # type: ignore[no-untyped-def]
    run_start,
    run_end,
    run_state,
    span_start,
    span_end,
    piece_start,
    piece_end,
    length,
    first,
    last,
    unsaid,
    low,
    high,
    state,
):
    """What pieces of a contig say that touches first..last, less the spans; all 0-based half-open and sorted.

    Places in no run are called in full; `unsaid` is what is left out, NOTHING or FULL. Gives how many stretches there
    are, -1 where runs that overlap make more than can be."""
    n = np.int64(0)
    span = np.int64(0)
    for p in range(len(piece_start)):
        at = np.int64(0)
        for r in range(len(run_start) + 1):
            # What lies before a run, then the run.
            run_from = np.int64(run_start[r]) if r < len(run_start) else length
            for own in range(2):
                if own and r == len(run_start):
                    continue
                begin = run_from if own else at
                end = np.int64(run_end[r]) if own else run_from
                kind = np.int64(run_state[r]) if own else np.int64(codes.STATE_FULL)
                a = max(begin, piece_start[p], first)
                b = min(end, piece_end[p], last)
                if a >= b or (kind // 3 == unsaid and (unsaid == codes.NOTHING or kind == codes.STATE_FULL)):
                    continue
                while span < len(span_end) and span_end[span] <= a:
                    span += 1
                s = span
                while s < len(span_start) and span_start[s] < b:
                    if n == len(low):
                        return np.int64(-1)
                    if a < span_start[s]:
                        low[n], high[n], state[n] = a, span_start[s], kind
                        n += 1
                    a = max(a, span_end[s])
                    s += 1
                if n == len(low):
                    return np.int64(-1)
                if a < b:
                    low[n], high[n], state[n] = a, b, kind
                    n += 1
            if r < len(run_start):
                at = np.int64(run_end[r])
    return n


def _make_print(stamp: int) -> Any:
    @kernel(
        _I64(
            _in(_U8), _in(_U32), _in(_U8), _in(_U32), _in(_I64), _in(types.int8, 2), _in(_BOOL), _in(_I64), _in(_U16),
            _in(types.int32), _in(types.int16), _in(types.int32), _in(_U32), _in(_BOOL), _in(_U8), _in(_I64), _in(_U8),
            _in(_I64), _in(_I64), _in(_I64), _in(_U8), _in(_U8), _out(_I64), _out(_U8),
        )
    )  # fmt: skip
    def print_lines(  # type: ignore[no-untyped-def]
        name, pos, text, text_end, ref_length, gt, phased, phase_set, filters, dp, gq, ad, ad_end, failed, share,
        share_end, filter_text, filter_end, low, high, block_state, bases, state, out,
    ):  # fmt: skip
        """Records and blocks by place, a record before a block of its base, until `out` is full or all is written.

        `share` is the text of AF of each record with its ends, or both are empty. Gives why it stopped.
        """
        if stamp < 0:
            return -1
        i, b, at = state[RECORD], state[BLOCK], np.int64(0)
        n, m = len(pos), len(low)
        why = np.int64(DONE)
        while True:
            while i < n and not (
                np.int64(pos[i]) - 1 < state[LAST] and state[FIRST] < np.int64(pos[i]) - 1 + ref_length[i]
            ):
                i += 1
            if i == n and b == m:
                break
            if i < n and (b == m or np.int64(pos[i]) <= low[b] + 1):
                begin = np.int64(text_end[i - 1]) if i > 0 else np.int64(0)
                end = np.int64(text_end[i])
                depth = np.int64(ad_end[i - 1]) if i > 0 else np.int64(0)
                depth_end = np.int64(ad_end[i])
                own = np.int64(filters[i])
                word = filter_end[own - 1] if own > 0 else np.int64(0)
                has_share = len(share_end) > 0
                from_share = share_end[i - 1] if has_share and i > 0 else np.int64(0)
                to_share = share_end[i] if has_share else np.int64(0)
                room = len(name) + end - begin + filter_end[own] - word + to_share - from_share
                if at + room + (depth_end - depth) * ROOM_PER_DEPTH + ROOM > len(out):
                    why = np.int64(FULL)
                    break
                at = put_constant(out, at, name, 0, len(name))
                out[at] = _TAB
                at = put_number(out, at + 1, np.int64(pos[i]))
                at = put_constant(out, at, _PLAIN, 0, 3)
                at = put_constant(out, at, text, begin, end)
                at = put_constant(out, at, _PLAIN, 0, 3)
                at = put_constant(out, at, filter_text, word, filter_end[own])
                at = put_constant(out, at, _TO_FORMAT, 0, len(_TO_FORMAT))
                if depth < depth_end:
                    at = put_constant(out, at, _AD, 0, 3)
                if failed[i]:
                    at = put_constant(out, at, _FT, 0, 3)
                if from_share < to_share:
                    at = put_constant(out, at, _AF, 0, 3)
                if phase_set[i] >= 0:
                    at = put_constant(out, at, _PS, 0, 3)
                out[at] = _TAB
                at += 1
                for side in range(2):
                    allele = np.int64(gt[i, side])
                    if side:
                        if allele == -2:
                            break
                        out[at] = 124 if phased[i] else 47
                        at += 1
                    if allele < 0:
                        out[at] = _DOT
                        at += 1
                    else:
                        at = put_number(out, at, allele)
                for field in range(2):
                    out[at] = _COLON
                    at += 1
                    value = np.int64(gq[i]) if field else np.int64(dp[i])
                    if value < 0:
                        out[at] = _DOT
                        at += 1
                    else:
                        at = put_number(out, at, value)
                for d in range(depth, depth_end):
                    out[at] = _COLON if d == depth else _COMMA
                    at += 1
                    if ad[d] < 0:
                        out[at] = _DOT
                        at += 1
                    else:
                        at = put_number(out, at, np.int64(ad[d]))
                if failed[i]:
                    at = put_constant(out, at, _FAIL, 0, 5)
                if from_share < to_share:
                    out[at] = _COLON
                    at = put_constant(out, at + 1, share, from_share, to_share)
                if phase_set[i] >= 0:
                    out[at] = _COLON
                    at = put_number(out, at + 1, phase_set[i])
                out[at] = _FEED
                at += 1
                state[RECORDS] += 1
                i += 1
                continue
            if at + len(name) + ROOM > len(out):
                why = np.int64(FULL)
                break
            base = low[b] - state[START]
            if not 0 <= base < len(bases):
                why = np.int64(BASES)
                break
            passes = np.int64(block_state[b]) % 3 != codes.NOTHING
            depth = state[DEPTH] if passes else np.int64(0)
            at = put_constant(out, at, name, 0, len(name))
            out[at] = _TAB
            at = put_number(out, at + 1, low[b] + 1)
            at = put_constant(out, at, _PLAIN, 0, 3)
            out[at] = bases[base]
            at = put_constant(out, at + 1, _NON_REF, 0, len(_NON_REF))
            at = put_number(out, at, high[b])
            at = put_constant(out, at, _GVCF, 0, len(_GVCF))
            if np.int64(block_state[b]) // 3 == codes.NOTHING:
                out[at - 2] = _DOT
            out[at] = 48 if np.int64(block_state[b]) // 3 == codes.FULL else _DOT
            out[at + 1] = _COLON
            at = put_number(out, at + 2, depth)
            out[at] = _COLON
            at = put_number(out, at + 1, state[QUALITY] if passes else np.int64(0))
            out[at] = _COLON
            at = put_number(out, at + 1, depth)
            out[at] = _FEED
            at += 1
            state[BLOCKS] += 1
            b += 1
        state[RECORD], state[BLOCK], state[WRITTEN] = i, b, at
        return why

    return print_lines


print_lines: Any = _make_print(STAMP)
