"""Entries of one sample on one contig: out of its calls and the contig's alleles, and into what a pack holds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model.codes import (
    ADJ,
    D_ADJ_SHIFT,
    D_RAW_SHIFT,
    DERIVED,
    FAILED,
    FULL,
    HALF,
    HEMI,
    HET,
    HOM,
    MT_HET,
    MT_HOM,
    NONE,
    NOTHING,
    STATE_FULL,
)
from embla.genotypes.reading.kernels import STAMP
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.jit import alleles as alleles_
from embla.genotypes.reading.kernels.jit import bool_, helper, i1, i4, i8, i8_2d, i64, kernel, u1, u2
from embla.genotypes.reading.kernels.jit import calls as calls_
from embla.genotypes.reading.kernels.jit import entries as entries_
from embla.genotypes.reading.kernels.jit import lines as lines_
from embla.genotypes.reading.kernels.line import piece_at

I4 = NDArray[np.int32]
U1 = NDArray[np.uint8]
Rows = NDArray[np.void]


@helper(bool_(i4, i4, i64))
def _in_bed(starts: I4, ends: I4, pos: int) -> bool:
    """True when the 1-based `pos` lies in one of the sorted disjoint intervals."""
    low, high = 0, starts.shape[0]
    while low < high:
        middle = (low + high) // 2
        if starts[middle] < pos:
            low = middle + 1
        else:
            high = middle
    return low > 0 and pos <= ends[low - 1]


@helper(i64(i64, i64, i64, i64, i64))
def kind_of(gt0: int, gt1: int, number: int, raw: int, copies: int) -> int:
    """Class of one ALT of a genotype that was called so far (raw) on so many copies."""
    found = (gt0 == number) + (gt1 == number)
    if found == 0 or raw == NOTHING:
        return NONE
    if raw != FULL:
        return HALF
    if copies == 1:
        return HEMI
    return HOM if found == 2 else HET


_open_signature = i64(lines_, alleles_, i8, i4, calls_, u1, i8_2d, i1, u2, bool_, i64, i64, i4, i4, bool_, entries_, u1)


def _make_open(stamp: int) -> Any:
    @kernel(_open_signature)
    def open_entries(
        lines: Rows,
        alleles: Rows,
        first_allele: NDArray[np.int64],
        suspects: I4,
        calls: Rows,
        states: U1,
        pieces: NDArray[np.int64],
        copies: NDArray[np.int8],
        shares: NDArray[np.uint16],
        is_mt: bool,
        min_share: int,
        hom_share: int,
        bed_start: I4,
        bed_end: I4,
        has_bed: bool,
        entries: Rows,
        inside: U1,
    ) -> int:
        """One entry per real ALT of each call, and per suspect allele of lines without a call; how many.

        Suspect are alleles whose AN may differ from what the callability at their key says (overlapping records,
        moved to the left, the same key twice): of those also a plain 0/0 must be looked at. `shares` are the calls'
        own, in their order. `inside` per call: 0 when none of its keys lies in the BED, though there are copies.
        """
        if stamp < 0:
            return -1
        called = np.zeros(lines.shape[0], np.uint8)
        n = 0
        at_share = 0
        for c in range(calls.shape[0]):
            call = calls[c]
            line = call.line
            called[line] = 1
            inside[c] = copies[lines[line].judged] < 1
            n_alleles = lines[line].alleles
            first = first_allele[line]
            for i in range(n_alleles):
                allele = alleles[first + i]
                pos = (allele.key >> 36) & 0xFFFFFFF
                if has_bed and not _in_bed(bed_start, bed_end, pos):
                    continue
                inside[c] = 1
                # A key counts with the copies at its own place, which is not always that of POS.
                piece = lines[line].piece
                state = states[line]
                if pieces.shape[0] > 1:
                    piece = piece_at(pieces, piece, pos - 1)
                    if piece != lines[line].piece:
                        state = call.other
                if state == k.NO_STATE:
                    continue
                raw = state // 3
                n_copies = copies[piece]
                entry = entries[n]
                part = 0
                if is_mt:
                    part = shares[at_share + i]
                    kind = NONE
                    if raw != NOTHING and part >= min_share:
                        kind = MT_HOM if part >= hom_share else MT_HET
                else:
                    kind = kind_of(call.gt0, call.gt1, allele.number, raw, n_copies)
                entry.key = allele.key
                entry.line = line
                entry.call = c
                entry.allele = first + i
                entry.share = part
                entry.kind = kind
                entry.raw = raw
                entry.adj = state % 3
                entry.copies = n_copies
                entry.adj_flag = state % 3 != NOTHING
                entry.failed = raw != NOTHING and call.flags & k.CALL_FAILED != 0
                entry.derived = 0
                n += 1
            if is_mt:
                at_share += n_alleles
        for i in range(suspects.shape[0]):
            allele = alleles[suspects[i]]
            line = allele.line
            state = states[line]
            if called[line] or state == k.NO_STATE:
                continue
            if has_bed and not _in_bed(bed_start, bed_end, (allele.key >> 36) & 0xFFFFFFF):
                continue
            entry = entries[n]
            entry.key = allele.key
            entry.line = line
            entry.call = -1
            entry.allele = suspects[i]
            entry.share = 0
            entry.kind = NONE
            entry.raw = state // 3
            entry.adj = state % 3
            entry.copies = copies[lines[line].piece]
            entry.adj_flag = state % 3 != NOTHING
            entry.failed = 0
            entry.derived = 0
            n += 1
        return n

    return open_entries


open_entries: Any = _make_open(STAMP)


def _make_order(stamp: int) -> Any:
    @kernel(bool_(i8, i8))
    def put_in_order(keys: NDArray[np.int64], order: NDArray[np.int64]) -> bool:
        """Bring `order` (0, 1, 2, ... at first) into the order of the keys, read as unsigned; stable.

        Insertion sort, as files are nearly sorted; False, with `order` half done, where this one is not.
        """
        if stamp < 0:
            return False
        budget = 8 * keys.shape[0] + 64
        for i in range(1, keys.shape[0]):
            key = np.uint64(keys[i])
            j = i
            while j > 0 and np.uint64(keys[order[j - 1]]) > key:
                order[j] = order[j - 1]
                j -= 1
                budget -= 1
                if budget < 0:
                    return False
            order[j] = i
        return True

    return put_in_order


put_in_order: Any = _make_order(STAMP)


@helper(i64(i64, i64))
def _an(level: int, copies: int) -> int:
    return copies if level == FULL or copies < level else level


_close_signature = i64(entries_, entries_, i8, i4, i4, u1, i8_2d, i1, bool_, i8, u2, u2)


def _make_close(stamp: int) -> Any:
    @kernel(_close_signature)
    def close_entries(
        entries: Rows,
        derived: Rows,
        order: NDArray[np.int64],
        run_start: I4,
        run_end: I4,
        run_state: U1,
        pieces: NDArray[np.int64],
        copies: NDArray[np.int8],
        assumed: bool,
        keys: NDArray[np.int64],
        codes: NDArray[np.uint16],
        shares: NDArray[np.uint16],
    ) -> int:
        """Entries, in the order of their keys, to packed columns, without those that say nothing; how many.

        `order` counts on from the last of `entries` to `derived`.
        """
        if stamp < 0:
            return -1
        own = entries.shape[0]
        n = 0
        run = 0
        piece = 0
        for i in range(order.shape[0]):
            entry = entries[order[i]] if order[i] < own else derived[order[i] - own]
            place = ((entry.key >> 36) & 0xFFFFFFF) - 1
            while run < run_start.shape[0] and run_end[run] <= place:
                run += 1
            here = STATE_FULL
            if run < run_start.shape[0] and run_start[run] <= place:
                here = run_state[run]
            while piece < pieces.shape[0] - 1 and pieces[piece, 0] <= place:
                piece += 1
            copies_here = copies[piece] if copies[piece] > 0 else 0
            d_raw = _an(entry.raw, entry.copies) - _an(here // 3, copies_here)
            d_adj = 0
            adj_flag = False
            if not assumed:
                d_adj = _an(entry.adj, entry.copies) - _an(here % 3, copies_here)
                adj_flag = entry.adj_flag and entry.kind != NONE
            if entry.kind == NONE and not entry.failed and d_raw == 0 and d_adj == 0 and entry.share == 0:
                continue
            code = entry.kind | (d_raw + 2) << D_RAW_SHIFT | (d_adj + 2) << D_ADJ_SHIFT
            if adj_flag:
                code |= ADJ
            if entry.failed:
                code |= FAILED
            if entry.derived:
                code |= DERIVED
            keys[n] = entry.key
            codes[n] = code
            shares[n] = entry.share
            n += 1
        return n

    return close_entries


close_entries: Any = _make_close(STAMP)
