"""The parser: whole lines of a buffer to rows. Stops with an Answer; nothing of a line is kept until all of it is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model.codes import NOTHING, ONE
from embla.genotypes.reading.kernels import STAMP
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.alike import MODEL_FACTS
from embla.genotypes.reading.kernels.alleles import check_ref, upper_ref
from embla.genotypes.reading.kernels.blocks import add_block, block_depth
from embla.genotypes.reading.kernels.calls import (
    ABOVE,
    DOTS,
    FACTS,
    FIRST,
    PHASED_GT,
    SECOND,
    WRITTEN_DIFFER,
    N,
    first_number,
    format_row,
    has,
    heteroplasmy,
    level,
    passes,
    phase_set,
    read_depths,
    read_fields,
    read_gt,
    spelled_depths,
    use_pgt,
)
from embla.genotypes.reading.kernels.jit import alleles as alleles_
from embla.genotypes.reading.kernels.jit import blocks as blocks_
from embla.genotypes.reading.kernels.jit import (
    borrow,
    byte_at,
    i1_2d,
    i4,
    i4_2d,
    i8,
    i8_2d,
    i64,
    kernel,
    u1,
    u1_2d,
    u1_readonly,
    u2,
)
from embla.genotypes.reading.kernels.jit import calls as calls_
from embla.genotypes.reading.kernels.jit import lines as lines_
from embla.genotypes.reading.kernels.line import (
    ALT_B,
    FILTER_A,
    FILTER_B,
    FORMAT_A,
    FORMAT_B,
    IS_BLOCK,
    KINDS,
    LINE_FACTS,
    N_ALTS,
    N_REAL,
    POS,
    REACH,
    REF_A,
    REF_B,
    SAMPLES,
    SPAN_END,
    START,
    filter_number,
    find_columns,
    find_end,
    has_room,
    is_pass,
    normalise_alts,
    pieces_across,
    read_alts,
)
from embla.genotypes.reading.kernels.quick import quick_lines
from embla.genotypes.reading.kernels.text import Bytes, find, same, tabs

Rows = NDArray[np.void]
Ints = NDArray[np.int64]

_signature = i64(
    u1,
    i64,
    i64,
    i8,
    u1,
    i4,
    i1_2d,
    i8_2d,
    u1_readonly,
    u1_2d,
    i4_2d,
    i1_2d,
    u1_2d,
    i4_2d,
    u1,
    i4,
    i8,
    i8,
    i4_2d,
    i8,
    lines_,
    alleles_,
    calls_,
    blocks_,
    i4,
    u1,
    u1,
    u2,
    u1_2d,
)


def _make(stamp: int) -> Any:
    @kernel(_signature)
    def parse_lines(
        buf: Bytes,
        at: int,
        end: int,
        ctl: Ints,
        name: Bytes,
        columns: NDArray[np.int32],
        copies: NDArray[np.int8],
        pieces: Ints,
        bases: Bytes,
        format_texts: NDArray[np.uint8],
        format_facts: NDArray[np.int32],
        format_keys: NDArray[np.int8],
        filter_texts: NDArray[np.uint8],
        filter_facts: NDArray[np.int32],
        kinds: Bytes,
        alt_ends: NDArray[np.int32],
        caps: Ints,
        bad_numbers: Ints,
        last_block: NDArray[np.int32],
        scratch: Ints,
        lines: Rows,
        alleles: Rows,
        calls: Rows,
        blocks: Rows,
        ads: NDArray[np.int32],
        texts: Bytes,
        longs: Bytes,
        shares: NDArray[np.uint16],
        states: NDArray[np.uint8],
    ) -> int:
        """Read the lines of buf[at:end], which ends after a line feed. An Answer; ctl[AT] says where it stopped.

        `columns` are the wanted sample columns (0-based, ascending), `copies` their copy numbers per piece of this
        contig (-1 unknown), `pieces` end and 1-if-Y-PAR of each piece. `last_block` is what is known of each sample's
        last block (columns BLOCK_...).
        """
        buf, ctl, name, columns = borrow(buf), borrow(ctl), borrow(name), borrow(columns)
        copies, pieces, bases, kinds = borrow(copies), borrow(pieces), borrow(bases), borrow(kinds)
        format_texts, format_facts, format_keys = borrow(format_texts), borrow(format_facts), borrow(format_keys)
        filter_texts, filter_facts, last_block = borrow(filter_texts), borrow(filter_facts), borrow(last_block)
        alt_ends, caps, bad_numbers, scratch = borrow(alt_ends), borrow(caps), borrow(bad_numbers), borrow(scratch)
        lines, alleles, calls, blocks = borrow(lines), borrow(alleles), borrow(calls), borrow(blocks)
        ads, texts, longs, shares, states = borrow(ads), borrow(texts), borrow(longs), borrow(shares), borrow(states)
        line = scratch[:LINE_FACTS]
        fact = scratch[32 : 32 + FACTS]
        spans = scratch[64 : 64 + 2 * k.FIELDS]
        form = scratch[96:102]
        bad = scratch[104:105]
        model = scratch[112 : 112 + MODEL_FACTS]
        by_length = scratch[128:192]
        n_samples = columns.shape[0]
        n_pieces = pieces.shape[0]
        is_mt = ctl[k.CTL_IS_MT] == 1
        spellings = ctl[k.CTL_SPELLINGS]
        known = np.int64(0)  # row of the FORMAT before: nearly always the next one too
        if stamp < 0:
            return -1
        # One sample with two copies all along the contig: nearly all of its lines are common ones.
        quick = (
            ctl[k.CTL_QUICK] == 1 and n_samples == 1 and ctl[k.CTL_COLUMNS] == 1 and n_pieces == 1 and copies[0, 0] == 2
        )
        quick = quick and not is_mt and not ctl[k.CTL_SKIP] and ctl[k.CTL_NAME] > 0
        while at < end:
            if quick:
                at = quick_lines(buf, at, end, ctl, name, bases, format_texts, format_facts, format_keys,
                                 filter_texts, filter_facts, caps, last_block, form, model, by_length,
                                 lines, alleles, calls, blocks, ads, texts, states)  # fmt: skip
                if at >= end:
                    break
            ctl[k.CTL_AT] = at
            feed = find(buf, 10, at, end)
            if feed < 0:
                return k.ANS_COLUMNS
            stop = feed
            if stop > at and byte_at(buf, stop - 1) == 13:
                stop -= 1
            if stop == at:
                at = feed + 1
                ctl[k.CTL_PASSED] += 1
                continue
            tab = find(buf, 9, at, stop)
            if tab < 0:
                return k.ANS_COLUMNS
            if not same(buf, at, tab, name.ctypes.data, ctl[k.CTL_NAME]):
                if tabs(buf, tab, stop) != 8 + ctl[k.CTL_COLUMNS]:
                    return k.ANS_COLUMNS
                return k.ANS_NEW_CONTIG
            if ctl[k.CTL_SKIP]:
                if tabs(buf, tab, stop) != 8 + ctl[k.CTL_COLUMNS]:
                    return k.ANS_COLUMNS
                ctl[k.CTL_OTHER] += 1
                ctl[k.CTL_RECORDS] += 1
                ctl[k.CTL_PASSED] += 1
                at = feed + 1
                continue

            wrong = find_columns(buf, tab, stop, line)
            if wrong:
                return wrong
            pos = line[POS]
            if pos < 1 or pos > ctl[k.CTL_LENGTH]:
                return k.ANS_POS
            if pos < ctl[k.CTL_LAST_POS]:
                return k.ANS_UNSORTED
            start = pos - 1
            line[START] = start
            if not upper_ref(buf, line[REF_A], line[REF_B]):
                return k.ANS_REF
            if start + line[REF_B] - line[REF_A] > ctl[k.CTL_LENGTH]:
                return k.ANS_REF_END
            checked = check_ref(buf, line[REF_A], line[REF_B], start, bases, ctl)
            if checked == 2:
                return k.ANS_MISMATCH
            if checked < 0:
                ctl[k.CTL_NEED_FROM] = start
                ctl[k.CTL_NEED_TO] = start + line[REF_B] - line[REF_A]
                return k.ANS_NEED_BASES
            wrong = read_alts(buf, line, kinds, alt_ends, ctl)
            if wrong:
                return wrong
            if not find_end(buf, line, ctl[k.CTL_LENGTH]):
                return k.ANS_END
            shape = line[IS_BLOCK]
            if shape == 2:
                if tabs(buf, line[SAMPLES], stop) != ctl[k.CTL_COLUMNS] - 1:
                    return k.ANS_COLUMNS
                ctl[k.CTL_SYMBOLIC] += 1
                ctl[k.CTL_RECORDS] += 1
                ctl[k.CTL_LAST_POS] = pos
                ctl[k.CTL_REACH] = max(ctl[k.CTL_REACH], line[REACH])
                ctl[k.CTL_PASSED] += 1
                at = feed + 1
                continue
            a, b = line[FORMAT_A], line[FORMAT_B]
            row = known
            if format_facts[row, k.FORMAT_LENGTH] != b - a or not same(
                buf, a, b, format_texts.ctypes.data + row * k.FORMAT_BYTES, b - a
            ):
                row = format_row(buf, a, b, format_texts, format_facts, format_keys, ctl)
                if row < 0:
                    return k.ANS_FORMAT_LONG if row == -1 else k.ANS_FORMAT_TWICE
                known = row
            if not format_facts[row, k.FORMAT_HAS_GT]:
                return k.ANS_NO_GT
            last_key, slots = format_facts[row, k.FORMAT_LAST], format_facts[row, k.FORMAT_SLOTS]
            filter_id = filter_number(buf, line[FILTER_A], line[FILTER_B], at, ctl, filter_texts, filter_facts)
            if filter_id < 0:
                ctl[k.CTL_WHERE] = line[FILTER_A]
                return k.ANS_NEW_FILTER
            if not has_room(ctl, line, stop, n_samples, n_pieces, caps):
                return k.ANS_FULL
            n_alts, n_real = line[N_ALTS], line[N_REAL]
            number_of_line = ctl[k.CTL_LINES]
            n_long = ctl[k.CTL_LONG]
            if shape == 0:
                n_long = normalise_alts(buf, line, kinds, alt_ends, number_of_line, bases, ctl, form, alleles, longs)
                if n_long < 0:
                    return k.ANS_NEED_BASES
            piece = 0
            while start >= pieces[piece, 0]:
                piece += 1
            judged = other = piece
            if n_pieces > 1 and n_real > 0:
                judged, other = pieces_across(line, alleles, ctl[k.CTL_ALLELES], piece, pieces)

            # From here on nothing stops the line but a refusal of the file.
            a = b = line[SAMPLES]
            column = 0
            for sample in range(n_samples):
                while column < columns[sample]:
                    a = find(buf, 9, a, stop) + 1
                    if a == 0:
                        return k.ANS_COLUMNS
                    column += 1
                b = find(buf, 9, a, stop)
                if b < 0:
                    b = stop
                if not read_fields(buf, a, b, format_keys, row, last_key, slots, spans):
                    ctl[k.CTL_WHERE] = sample
                    return k.ANS_VALUES
                gt_a, gt_b = spans[2 * k.F_GT], spans[2 * k.F_GT + 1]
                wrong = read_gt(buf, gt_a, gt_b, n_alts, kinds, ctl[k.CTL_STARS], fact)
                if wrong:
                    ctl[k.CTL_WHERE] = sample
                    return wrong
                use_pgt(buf, spans[2 * k.F_PGT], spans[2 * k.F_PGT + 1], fact)
                bad[0] = 0
                gq = first_number(buf, spans, k.F_GQ, k.F_GQX, spellings, bad)
                if gq < 0 and spellings and fact[ABOVE] == 0:  # GATK at sites without a variant (-all-sites)
                    gq = first_number(buf, spans, k.F_RGQ, -1, spellings, bad)
                dp = first_number(buf, spans, k.F_DP, k.F_DPI, spellings, bad)
                at_ad = ctl[k.CTL_ADS]
                n_ad = read_depths(buf, spans[2 * k.F_AD], spans[2 * k.F_AD + 1], ads, at_ad, spellings, bad)
                if spellings and n_ad != n_alts + 1:
                    n_ad = spelled_depths(buf, spans, n_alts, ads, at_ad, n_ad, bad)
                # More than alleles: the record was split and its AD was not (`Number=.`). Whose each is nobody knows.
                n_measured = 0 if spellings and n_ad > n_alts + 1 else n_ad
                ft_a, ft_b = spans[2 * k.F_FT], spans[2 * k.F_FT + 1]
                # DeepVariant's RefCall says that the person is like the reference there, not that the call failed. Of
                # mtDNA it asked for two copies, where a share of the reads is a call.
                passed = filter_id < 2 or (filter_id == ctl[k.CTL_REF_CALL] and fact[ABOVE] == 0 and not is_mt)
                passed = passed and (ft_b <= ft_a or is_pass(buf, ft_a, ft_b))
                if shape == 1:
                    depth = block_depth(buf, spans, line, dp, spellings, bad)
                    bad_numbers[sample] += bad[0]
                    for p in range(piece, n_pieces):
                        first = start if p == piece else pieces[p - 1, 0]
                        if first >= line[SPAN_END]:
                            break
                        last = line[SPAN_END] if line[SPAN_END] < pieces[p, 0] else pieces[p, 0]
                        n = copies[sample, p]
                        if n < 1:
                            continue
                        raw = level(fact, n, is_mt) & 7
                        adj = raw if passes(fact, n, passed, gq, depth, dp, ads, at_ad, n_measured, ctl) else NOTHING
                        if passed and raw > NOTHING:
                            last_block[sample, k.EVIDENCE] |= has(gq, depth) << k.EV_BLOCKS
                        whole = first == start and last == line[SPAN_END]
                        add_block(blocks, ctl, last_block, sample, first, last, raw * 3 + adj, start, whole)
                    continue

                bad_numbers[sample] += bad[0]
                flags = (k.CARRIES if fact[ABOVE] == 2 else 0) | (0 if passed else k.CALL_FAILED)
                keep = fact[ABOVE] > 0 or fact[DOTS] > 0 or not passed
                # A record across a border of the PAR is judged on the copies of both sides: each of its keys counts
                # with those of its own place, and its REF is called as those of POS say.
                shared = other != piece
                at_share = ctl[k.CTL_SHARES]
                there = k.NO_STATE
                for p in (piece, other):
                    n = copies[sample, p]
                    state = k.NO_STATE
                    if n > 0:
                        raw = level(fact, n, is_mt)
                        if p == judged:
                            flags |= k.COUNTED if raw < 8 else k.HET_ON_ONE if raw & 8 else k.MANY
                        raw &= 7
                        adj = raw if passes(fact, n, passed, gq, dp, dp, ads, at_ad, n_measured, ctl) else NOTHING
                        if p == judged:
                            if passed and raw > NOTHING and fact[ABOVE] == 0:
                                last_block[sample, k.EVIDENCE] |= has(gq, dp) << k.EV_PLAIN
                            flags |= k.HALF_CALL if raw == ONE else 0
                            keep = keep or raw == ONE
                        state = raw * 3 + adj
                    if p == piece:
                        states[ctl[k.CTL_LINES], sample] = state
                    there = state
                    if other == piece:
                        break
                if is_mt:
                    j = 0
                    for i in range(n_alts):
                        if kinds[i] != k.REAL:
                            continue
                        part = 0
                        if there >= 3:
                            part = heteroplasmy(buf, spans, i + 1, fact, ads, at_ad, n_ad, n_alts)
                            if part < 0:
                                ctl[k.CTL_WHERE] = sample
                                return k.ANS_SHARE
                            keep = keep or part >= ctl[k.CTL_MIN_SHARE]
                            shared = shared or part > 0
                        shares[at_share + j] = part
                        j += 1
                if n_real == 0 or not (keep or shared):
                    continue
                flags |= k.RECORDED
                if fact[PHASED_GT]:
                    flags |= k.PHASED
                ctl[k.CTL_ADS] += n_ad
                if is_mt:
                    ctl[k.CTL_SHARES] += n_real
                call = calls[ctl[k.CTL_CALLS]]
                call.phase_set = phase_set(buf, spans)
                call.ad_end = ctl[k.CTL_ADS]
                call.share_end = ctl[k.CTL_SHARES]
                call.line = number_of_line
                call.sample = sample
                call.dp = dp
                call.gt0 = fact[FIRST]
                call.gt1 = fact[SECOND]
                if fact[N] > 2 and fact[WRITTEN_DIFFER] and not is_mt:
                    call.gt0 = -1
                    call.gt1 = -1
                if fact[N] > 2 and is_mt and there // 3 == ONE:
                    # Two of them must be as much called as all are.
                    call.gt0 = max(fact[FIRST], fact[SECOND], 0) if fact[FIRST] < 0 else fact[FIRST]
                    call.gt1 = -1
                call.gq = gq if gq < 32767 else 32767
                call.flags = flags
                call.other = there
                ctl[k.CTL_CALLS] += 1
            if (0 if b == stop else 1 + tabs(buf, b + 1, stop)) != ctl[k.CTL_COLUMNS] - 1 - column:
                return k.ANS_COLUMNS

            if shape == 0:
                target = lines[ctl[k.CTL_LINES]]
                size = line[ALT_B] - line[REF_A]
                into = ctl[k.CTL_TEXT]
                for i in range(size):
                    texts[into + i] = buf[line[REF_A] + i]
                ctl[k.CTL_TEXT] += size
                target.pos = pos
                target.end = line[SPAN_END]
                target.text_end = ctl[k.CTL_TEXT]
                target.filter = filter_id
                target.alleles = n_real
                target.piece = piece
                target.judged = judged
                target.checked = checked
                ctl[k.CTL_LINES] += 1
                ctl[k.CTL_ALLELES] += n_real
                ctl[k.CTL_LONG] = n_long
            else:
                ctl[k.CTL_BLOCK_RECORDS] += 1
            if (shape == 1 and not line[KINDS] >> k.NO_CALL & 1) or line[KINDS] >> k.ANY & 1:
                ctl[k.CTL_IS_GVCF] = 1
            if line[KINDS] >> k.SYMBOLIC & 1:
                ctl[k.CTL_SYMBOLIC] += 1
            ctl[k.CTL_RECORDS] += 1
            ctl[k.CTL_LAST_POS] = pos
            ctl[k.CTL_REACH] = max(ctl[k.CTL_REACH], line[REACH])
            ctl[k.CTL_PASSED] += 1
            at = feed + 1
        ctl[k.CTL_AT] = at
        return k.ANS_DONE

    return parse_lines


parse_lines: Any = _make(STAMP)
