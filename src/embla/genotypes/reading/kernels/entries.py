"""Entries of one sample on one contig: out of its calls and the contig's alleles, and into what a pack holds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model import keys as keys_
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
from embla.genotypes.reading.kernels.calls import has
from embla.genotypes.reading.kernels.jit import alleles as alleles_
from embla.genotypes.reading.kernels.jit import bool_, helper, i1, i4, i8, i8_2d, i64, kernel, pair, u1, u2
from embla.genotypes.reading.kernels.jit import calls as calls_
from embla.genotypes.reading.kernels.jit import entries as entries_
from embla.genotypes.reading.kernels.jit import lines as lines_
from embla.genotypes.reading.kernels.line import piece_at

I4 = NDArray[np.int32]
U1 = NDArray[np.uint8]
Rows = NDArray[np.void]
_JUDGED = k.CARRIES | k.COUNTED | k.CALL_FAILED
_REF, _ALT, _HASHED = keys_.REF_LEN_SHIFT, keys_.ALT_LEN_SHIFT, keys_.HASHED


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


@helper(pair(entries_, i4, i64, i64))
def _insert(entries: Rows, order: I4, n: int, budget: int) -> tuple[int, int]:
    """Put entry n where it belongs among the n that `order` lists; the budget of moves that is left, and 1 where one of
    the same key stands before it. A spent budget leaves `order` half done."""
    key = np.uint64(entries[n].key)
    j = n
    while budget > 0 and j > 0 and np.uint64(entries[order[j - 1]].key) > key:
        order[j] = order[j - 1]
        j -= 1
        budget -= 1
    order[j] = n
    return budget, np.int64(j > 0 and entries[order[j - 1]].key == entries[n].key)


_open_signature = i64(
    lines_, alleles_, i4, i4, calls_, i8, u1, i8_2d, i1, u2, bool_, i64, i64, i4, i4, bool_, entries_, u1, i4, i4, i8
)  # fmt: skip


def _make_open(stamp: int) -> Any:
    @kernel(_open_signature)
    def open_entries(
        lines: Rows,
        alleles: Rows,
        first_allele: I4,
        suspects: I4,
        calls: Rows,
        ad_start: NDArray[np.int64],
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
        order: I4,
        mnps: I4,
        facts: NDArray[np.int64],
    ) -> int:
        """One entry per real ALT of each call, and per suspect allele of lines without a call; how many.

        Suspect are alleles whose AN may differ from what the callability at their key says (overlapping records,
        moved to the left, the same key twice): of those also a plain 0/0 must be looked at. `shares` are the calls'
        own, in their order. `inside` per call: 0 when none of its keys lies in the BED, though there are copies.
        `ad_start` is empty where each call's AD begins at the end of the one's before.

        `order` lists the entries by their keys, equal ones as they came, by insertion, as files are nearly sorted;
        `mnps` those that carry several bases for as many others, of mtDNA also at a share that does not count. `facts`,
        zeros at first, are of the slots above.
        """
        if stamp < 0:
            return -1
        called = np.zeros(lines.shape[0], np.uint8)
        carry = unchecked = on_one = many = halves = recorded = text = depths = wide = np.int64(0)
        n = n_mnps = repeats = evidence = np.int64(0)
        most = np.uint64(0)
        budget = 8 * entries.shape[0] + 64
        at_share = 0
        ad_end = np.int64(0)
        for c in range(calls.shape[0]):
            call = calls[c]
            line = call.line
            row = lines[line]
            called[line] = 1
            flags = np.int64(call.flags)
            if flags & _JUDGED == k.CARRIES | k.COUNTED:
                evidence |= has(np.int64(call.gq), np.int64(call.dp)) << k.EV_CALLS
            if flags & k.CARRIES:
                carry += 1
                unchecked += row.checked == 0
            on_one += flags & k.HET_ON_ONE != 0
            many += flags & k.MANY != 0
            halves += flags & k.HALF_CALL != 0
            if flags & k.RECORDED:
                recorded += 1
                text += row.text_end - (lines[line - 1].text_end if line > 0 else np.int64(0))
                depths += call.ad_end - (ad_start[c] if ad_start.shape[0] else ad_end)
                wide += call.gt0 > 127 or call.gt1 > 127
            ad_end = call.ad_end
            inside[c] = copies[row.judged] < 1
            n_alleles = row.alleles
            first = first_allele[line]
            for i in range(n_alleles):
                allele = alleles[first + i]
                pos = (allele.key >> 36) & 0xFFFFFFF
                if has_bed and not _in_bed(bed_start, bed_end, pos):
                    continue
                inside[c] = 1
                # A key counts with the copies at its own place, which is not always that of POS.
                piece = row.piece
                state = states[line]
                if pieces.shape[0] > 1:
                    piece = piece_at(pieces, piece, pos - 1)
                    if piece != row.piece:
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
                entry.failed = raw != NOTHING and flags & k.CALL_FAILED != 0
                entry.derived = 0
                # Of mtDNA also those with too few reads to count: with another ALT's, a base may have enough.
                if kind != NONE or (part > 0 and raw != NOTHING):
                    n_ref, n_alt = allele.key >> _REF & 15, allele.key >> _ALT & 15
                    if n_ref == _HASHED:
                        n_ref, n_alt = np.int64(allele.ref), np.int64(allele.alt)
                    if n_ref == n_alt and n_ref > 1:
                        mnps[n_mnps] = n
                        n_mnps += 1
                # Nearly always the last one so far.
                if np.uint64(allele.key) > most:
                    most = np.uint64(allele.key)
                    order[n] = n
                else:
                    budget, again = _insert(entries, order, n, budget)
                    repeats += again
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
            budget, again = _insert(entries, order, n, budget)
            repeats += again
            n += 1
        facts[k.FACT_EVIDENCE] = evidence
        facts[k.FACT_CARRY] = carry
        facts[k.FACT_UNCHECKED] = unchecked
        facts[k.FACT_ON_ONE] = on_one
        facts[k.FACT_MANY] = many
        facts[k.FACT_HALVES] = halves
        facts[k.FACT_RECORDED] = recorded
        facts[k.FACT_TEXT] = text
        facts[k.FACT_DEPTHS] = depths
        facts[k.FACT_WIDE] = wide
        facts[k.FACT_MNPS] = n_mnps
        facts[k.FACT_REPEATED] = repeats
        facts[k.FACT_UNORDERED] = budget <= 0
        return n

    return open_entries


open_entries: Any = _make_open(STAMP)


def _make_repeated(stamp: int) -> Any:
    @kernel(i64(entries_, i4, i8))
    def repeated(entries: Rows, order: I4, found: NDArray[np.int64]) -> int:
        """Places in `order` at which the next entry has the same key; how many."""
        if stamp < 0:
            return -1
        n = 0
        for i in range(order.shape[0] - 1):
            if entries[order[i]].key == entries[order[i + 1]].key:
                found[n] = i
                n += 1
        return n

    return repeated


repeated: Any = _make_repeated(STAMP)


@helper(i64(i64, i64))
def _an(level: int, copies: int) -> int:
    return copies if level == FULL or copies < level else level


_close_signature = i64(entries_, entries_, i4, i4, i4, u1, i8_2d, i1, bool_, i8, u2, u2, i8, u1)


def _make_close(stamp: int) -> Any:
    @kernel(_close_signature)
    def close_entries(
        entries: Rows,
        derived: Rows,
        order: I4,
        run_start: I4,
        run_end: I4,
        run_state: U1,
        pieces: NDArray[np.int64],
        copies: NDArray[np.int8],
        assumed: bool,
        keys: NDArray[np.int64],
        codes: NDArray[np.uint16],
        shares: NDArray[np.uint16],
        hashed: NDArray[np.int64],
        said: U1,
    ) -> int:
        """Entries, in the order of their keys, to packed columns, without those that say nothing; how many.

        `order` lists rows of `entries` by key; a negative one is none. `derived` are sorted and each key is there
        once: a base of an MNP stands behind an entry of its key that carries it or is not called in full, and before
        one that only says 0/0 or is the MNP's own record. `hashed`: how many keys are hashed, and then these, as far as
        there is room. `said` gets a 1 for each row of `entries` that says something though it is a plain 0/0.
        """
        if stamp < 0:
            return -1
        n = 0
        run = 0
        piece = 0
        n_hashed = np.int64(0)
        i = j = 0
        while i < order.shape[0] or j < derived.shape[0]:
            if i < order.shape[0] and order[i] < 0:
                i += 1
                continue
            own = j == derived.shape[0]
            if not own and i < order.shape[0]:
                here, there = np.uint64(entries[order[i]].key), np.uint64(derived[j].key)
                if here == there:
                    entry, base = entries[order[i]], derived[j]
                    both = entry.line == base.line and entry.raw == base.raw and entry.failed == base.failed
                    # Of one copy an allele that was called is all of it, however many the GT was written for.
                    whole = entry.copies > 0 and _an(entry.raw, entry.copies) == entry.copies
                    if entry.kind == NONE and (both or (whole and not entry.failed)):
                        i += 1
                        continue
                    # One record that has the base in an MNP and in another ALT: on both copies.
                    if both and entry.kind == HET and base.kind == HET:
                        entry.kind = HOM
                    j += 1
                    continue
                own = here < there
            row = np.int64(-1)
            if own:
                row = np.int64(order[i])
                entry = entries[row]
                i += 1
            else:
                entry = derived[j]
                j += 1
            place = ((entry.key >> 36) & 0xFFFFFFF) - 1
            while run < run_start.shape[0] and run_end[run] <= place:
                run += 1
            state = STATE_FULL
            if run < run_start.shape[0] and run_start[run] <= place:
                state = run_state[run]
            while piece < pieces.shape[0] - 1 and pieces[piece, 0] <= place:
                piece += 1
            copies_here = copies[piece] if copies[piece] > 0 else 0
            d_raw = _an(entry.raw, entry.copies) - _an(state // 3, copies_here)
            d_adj = 0
            adj_flag = False
            if not assumed:
                d_adj = _an(entry.adj, entry.copies) - _an(state % 3, copies_here)
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
            if row >= 0 and entry.call < 0:
                said[row] = 1
            keys[n] = entry.key
            codes[n] = code
            if shares.shape[0]:
                shares[n] = entry.share
            n += 1
            if entry.key >> _REF & 15 == _HASHED and n_hashed < hashed.shape[0] - 1:
                n_hashed += 1
                hashed[n_hashed] = entry.key
        hashed[0] = n_hashed
        return n

    return close_entries


close_entries: Any = _make_close(STAMP)
