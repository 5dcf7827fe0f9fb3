"""The parser: whole lines of a buffer to k. Stops with an Answer; nothing of a line is kept until all of it is."""

from typing import Any

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from embla.genotypes.model.codes import NOTHING, ONE
from embla.genotypes.reading.kernels import STAMP
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.alleles import check_ref, kind_of_alt, letter, normal_form, short_key, upper_ref
from embla.genotypes.reading.kernels.calls import (
    ABOVE,
    DOTS,
    FACTS,
    FIRST,
    PHASED_GT,
    SECOND,
    WRITTEN_DIFFER,
    N,
    count_in_gt,
    first_number,
    format_row,
    heteroplasmy,
    level,
    passes,
    phase_set,
    read_depths,
    read_fields,
    read_gt,
    use_pgt,
)
from embla.genotypes.reading.kernels.jit import helper
from embla.genotypes.reading.kernels.text import Bytes, find, holds_end, info_value, number, same, tabs, whole_number

_END = np.frombuffer(b"END", np.uint8).copy()
_MIN_DP = np.frombuffer(b"MIN_DP", np.uint8).copy()
_MINDP = np.frombuffer(b"MinDP", np.uint8).copy()

Rows = NDArray[np.void]
Ints = NDArray[np.int64]

# Ranges of the fixed columns and facts of one line, in the order of `line`.
REF_A, REF_B, ALT_A, ALT_B, FILTER_A, FILTER_B, INFO_A, INFO_B, FORMAT_A, FORMAT_B, SAMPLES = range(11)
POS, START, SPAN_END, N_ALTS, N_REAL, KINDS = 11, 12, 13, 14, 15, 16
IS_BLOCK = 17  # 0 a record with a real ALT or `*`, 1 a block, 2 only symbolic
LINE_FACTS = 24


@helper
def _columns(buf: Bytes, tab: int, stop: int, line: Ints) -> int:
    """Find the columns from POS on; `tab` ends CHROM. An Answer that refuses, or 0."""
    a = tab + 1
    b = find(buf, 9, a, stop)
    if b < 0:
        return k.ANS_COLUMNS
    line[POS] = whole_number(buf, a, b)
    a = find(buf, 9, b + 1, stop) + 1  # past ID
    if a == 0:
        return k.ANS_COLUMNS
    for column in range(3):  # REF, ALT, QUAL
        b = a
        while b < stop and buf[b] != 9:
            b += 1
        if b == stop:
            return k.ANS_COLUMNS
        if column == 0:
            line[REF_A], line[REF_B] = a, b
        elif column == 1:
            line[ALT_A], line[ALT_B] = a, b
        a = b + 1
    for place in (FILTER_A, INFO_A, FORMAT_A):
        b = find(buf, 9, a, stop)
        if b < 0:
            return k.ANS_COLUMNS
        line[place], line[place + 1] = a, b
        a = b + 1
    line[SAMPLES] = a
    return 0


@helper
def _alts(buf: Bytes, line: Ints, kinds: Bytes, alt_ends: NDArray[np.int32], ctl: Ints) -> int:
    """Kinds of the ALTs and where each ends, counted from the first byte of ALT. An Answer that refuses, or 0."""
    a, b = line[ALT_A], line[ALT_B]
    n = n_real = 0
    seen = 0
    if b - a != 1 or buf[a] != 46:
        i = a
        while i <= b:
            stop = i
            while stop < b and buf[stop] != 44:
                stop += 1
            if n >= k.MAX_ALTS:
                return k.ANS_ALT_MANY
            kind = kind_of_alt(buf, i, stop)
            if kind == 0:
                return k.ANS_ALT
            if kind == k.REAL:
                n_real += 1
                if same(buf, i, stop, buf[line[REF_A] : line[REF_B]], line[REF_B] - line[REF_A]):
                    return k.ANS_ALT_SAME
                before = a
                for j in range(n):
                    if kinds[j] == k.REAL and same(buf, i, stop, buf[before : a + alt_ends[j]], a + alt_ends[j] - before):
                        return k.ANS_ALT_SAME
                    before = a + alt_ends[j] + 1
            kinds[n] = kind
            alt_ends[n] = stop - a
            seen |= 1 << kind
            n += 1
            i = stop + 1
    line[N_ALTS] = n
    line[N_REAL] = n_real
    line[KINDS] = seen
    line[IS_BLOCK] = 0 if n_real > 0 or seen >> k.STAR & 1 else 2 if seen >> k.SYMBOLIC & 1 else 1
    return 0


@helper
def _end(buf: Bytes, line: Ints, length: int) -> bool:
    """Set the end of the span from REF or, for a block, INFO/END. False when END cannot be."""
    line[SPAN_END] = line[START] + line[REF_B] - line[REF_A]
    a, b = line[INFO_A], line[INFO_B]
    if b - a < 4 or not holds_end(buf, a, b):
        return True
    at, stop = info_value(buf, a, b, _END)
    if at < 0:
        return True
    end = whole_number(buf, at, stop)
    if end < line[POS] or end > length:
        return False
    if line[IS_BLOCK]:
        line[SPAN_END] = end
    return True


@helper
def _block_depth(buf: Bytes, spans: Ints, line: Ints, dp: int, bad: Ints) -> int:
    """MIN_DP, else DP, else INFO MIN_DP or MinDP; -1 for none."""
    depth = first_number(buf, spans, k.F_MIN_DP, -1, bad)
    if depth >= 0 or dp >= 0:
        return depth if depth >= 0 else dp
    a, b = info_value(buf, line[INFO_A], line[INFO_B], _MIN_DP)
    if a < 0:
        a, b = info_value(buf, line[INFO_A], line[INFO_B], _MINDP)
    return max(number(buf, a, b), -1)


@helper
def _enough(
    ctl: Ints, line: Ints, end: int, n_samples: int, n_pieces: int, caps: Ints
) -> bool:
    """True when the buffers hold whatever this line can give; its needs are in ctl otherwise."""
    n_real = line[N_REAL] if line[IS_BLOCK] == 0 else 0
    text = line[ALT_B] - line[REF_A]
    ctl[k.CTL_NEED_LINES] = 1
    ctl[k.CTL_NEED_ALLELES] = n_real
    ctl[k.CTL_NEED_CALLS] = n_samples
    ctl[k.CTL_NEED_BLOCKS] = 2 * n_samples * n_pieces
    ctl[k.CTL_NEED_ADS] = (end - line[SAMPLES]) // 2 + 1 + n_samples
    ctl[k.CTL_NEED_TEXT] = text
    ctl[k.CTL_NEED_LONG] = text + n_real * (line[REF_B] - line[REF_A])
    ctl[k.CTL_NEED_SHARES] = n_samples * n_real if ctl[k.CTL_IS_MT] else 0
    enough = True
    for i in range(8):
        if ctl[k.CTL_LINES + i] + ctl[k.CTL_NEED_LINES + i] > caps[i]:
            enough = False
    return enough


@helper
def _filter_id(
    buf: Bytes, a: int, b: int, at: int, ctl: Ints, texts: NDArray[np.uint8], facts: NDArray[np.int32]
) -> int:
    """File-wide number of a FILTER text: 0 PASS, 1 `.`, others from Python; -1 when Python must be asked."""
    if b - a == 4 and buf[a] == 80 and buf[a + 1] == 65 and buf[a + 2] == 83 and buf[a + 3] == 83:
        return 0
    if b - a == 1 and buf[a] == 46:
        return 1
    if ctl[k.CTL_FILTER_AT] == at:
        return ctl[k.CTL_FILTER_ID]
    for row in range(k.FILTERS):
        if facts[row, 0] == b - a and same(buf, a, b, texts[row], b - a):
            return facts[row, 1]
    return -1


@helper
def _normalise(
    buf: Bytes, line: Ints, kinds: Bytes, alt_ends: NDArray[np.int32], number_of_line: int, bases: Bytes, ctl: Ints,
    form: Ints, alleles: Rows, longs: Bytes,
) -> int:
    """Allele rows of the real ALTs, and the texts of long ones; the new fill of `longs`, or -1: more bases needed."""
    a, b = line[REF_A], line[REF_B]
    at = ctl[k.CTL_ALLELES]
    n_long = ctl[k.CTL_LONG]
    first = line[ALT_A]
    for i in range(line[N_ALTS]):
        stop = line[ALT_A] + alt_ends[i]
        if kinds[i] == k.REAL:
            if not normal_form(buf, a, b, first, stop, line[POS], bases, ctl, form):
                return -1
            target = alleles[at]
            target.line = number_of_line
            target.number = i + 1
            key = short_key(buf, form, bases, ctl)
            target.key = key
            target.ref = 0
            target.alt = 0
            if key >> 32 & 15 == 15:
                target.ref = form[2]
                target.alt = form[4]
                for j in range(form[2]):
                    longs[n_long + j] = letter(buf, form, True, j, bases, ctl)
                n_long += form[2]
                for j in range(form[4]):
                    longs[n_long + j] = letter(buf, form, False, j, bases, ctl)
                n_long += form[4]
            at += 1
        first = stop + 1
    return n_long


@helper
def _block(
    blocks: Rows, ctl: Ints, last: NDArray[np.int32], sample: int, start: int, end: int, state: int, whole: bool
) -> None:
    """Add a block, or lengthen the one before: only where nothing else reaches that far, as the latest start wins.

    One that a change of copies cut in two (not `whole`) stays a row of its own. A block that begins where one begins that went into a longer row brings that one's own interval back, so that of
    the two the lower state can win.
    """
    row = last[sample, k.BLOCK_ROW]
    reach = last[sample, k.BLOCK_REACH]
    lengthen = whole and row >= 0 and reach == start and blocks[row].end == start and blocks[row].state == state
    if lengthen:
        blocks[row].end = end
    else:
        if last[sample, k.BLOCK_MERGED] and last[sample, k.BLOCK_START] == start:
            again = blocks[ctl[k.CTL_BLOCKS]]
            again.sample = sample
            again.start = start
            again.end = last[sample, k.BLOCK_END]
            again.state = last[sample, k.BLOCK_STATE]
            ctl[k.CTL_BLOCKS] += 1
        row = ctl[k.CTL_BLOCKS]
        target = blocks[row]
        target.sample = sample
        target.start = start
        target.end = end
        target.state = state
        last[sample, k.BLOCK_ROW] = row
        ctl[k.CTL_BLOCKS] += 1
    last[sample, k.BLOCK_REACH] = max(reach, end)
    last[sample, k.BLOCK_START] = start
    last[sample, k.BLOCK_END] = end
    last[sample, k.BLOCK_STATE] = state
    last[sample, k.BLOCK_MERGED] = lengthen


_signature = types.int64(
    k.u1, types.int64, types.int64, k.i8, k.u1, k.i4, k.i1_2d, k.i8_2d, k.u1_readonly,
    k.u1_2d, k.i4_2d, k.i1_2d, k.u1_2d, k.i4_2d, k.u1, k.i4, k.i8, k.i8_2d,
    k.i4_2d, k.i8,
    k.lines_type, k.alleles_type, k.calls_type, k.blocks_type, k.i4, k.u1, k.u1, k.u2,
    k.u1_2d,
)


def _make(stamp: int) -> Any:
    @njit(_signature, cache=True, nogil=True, error_model="numpy")
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
        counts: Ints,
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
        line = scratch[:LINE_FACTS]
        fact = scratch[32 : 32 + FACTS]
        spans = scratch[64:88]
        form = scratch[96:102]
        bad = scratch[104:105]
        n_samples = columns.shape[0]
        n_pieces = pieces.shape[0]
        is_mt = ctl[k.CTL_IS_MT] == 1
        if stamp < 0:
            return -1
        while at < end:
            ctl[k.CTL_AT] = at
            feed = find(buf, 10, at, end)
            if feed < 0:
                return k.ANS_COLUMNS
            stop = feed
            if stop > at and buf[stop - 1] == 13:
                stop -= 1
            if stop == at:
                at = feed + 1
                ctl[k.CTL_PASSED] += 1
                continue
            tab = find(buf, 9, at, stop)
            if tab < 0:
                return k.ANS_COLUMNS
            if not same(buf, at, tab, name, ctl[k.CTL_NAME]):
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

            wrong = _columns(buf, tab, stop, line)
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
            wrong = _alts(buf, line, kinds, alt_ends, ctl)
            if wrong:
                return wrong
            if not _end(buf, line, ctl[k.CTL_LENGTH]):
                return k.ANS_END
            shape = line[IS_BLOCK]
            if shape == 2:
                if tabs(buf, line[SAMPLES], stop) != ctl[k.CTL_COLUMNS] - 1:
                    return k.ANS_COLUMNS
                ctl[k.CTL_SYMBOLIC] += 1
                ctl[k.CTL_RECORDS] += 1
                ctl[k.CTL_LAST_POS] = pos
                ctl[k.CTL_PASSED] += 1
                at = feed + 1
                continue
            row = format_row(buf, line[FORMAT_A], line[FORMAT_B], format_texts, format_facts, format_keys, ctl)
            if row < 0:
                return k.ANS_FORMAT_LONG
            if not format_facts[row, k.FORMAT_HAS_GT]:
                return k.ANS_NO_GT
            last_key = format_facts[row, k.FORMAT_LAST]
            keys = format_keys[row]
            filter_id = _filter_id(buf, line[FILTER_A], line[FILTER_B], at, ctl, filter_texts, filter_facts)
            if filter_id < 0:
                ctl[k.CTL_WHERE] = line[FILTER_A]
                return k.ANS_NEW_FILTER
            if not _enough(ctl, line, stop, n_samples, n_pieces, caps):
                return k.ANS_FULL
            n_alts, n_real = line[N_ALTS], line[N_REAL]
            number_of_line = ctl[k.CTL_LINE_BASE] + ctl[k.CTL_LINES]
            if shape == 0:
                n_long = _normalise(buf, line, kinds, alt_ends, number_of_line, bases, ctl, form, alleles, longs)
                if n_long < 0:
                    return k.ANS_NEED_BASES
            piece = 0
            while start >= pieces[piece, 0]:
                piece += 1

            # From here on nothing stops the line but a refusal of the file.
            a = line[SAMPLES]
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
                read_fields(buf, a, b, keys, last_key, spans)
                gt_a, gt_b = spans[2 * k.F_GT], spans[2 * k.F_GT + 1]
                wrong = read_gt(buf, gt_a, gt_b, n_alts, kinds, ctl[k.CTL_STARS], fact)
                if wrong:
                    ctl[k.CTL_WHERE] = sample
                    return wrong
                use_pgt(buf, spans[2 * k.F_PGT], spans[2 * k.F_PGT + 1], fact)
                bad[0] = 0
                gq = first_number(buf, spans, k.F_GQ, k.F_GQX, bad)
                dp = first_number(buf, spans, k.F_DP, k.F_DPI, bad)
                at_ad = ctl[k.CTL_ADS]
                n_ad = read_depths(buf, spans[2 * k.F_AD], spans[2 * k.F_AD + 1], ads, at_ad, bad)
                ft_a, ft_b = spans[2 * k.F_FT], spans[2 * k.F_FT + 1]
                passed = filter_id < 2 and (
                    ft_a < 0
                    or ft_b == ft_a
                    or (ft_b - ft_a == 1 and buf[ft_a] == 46)
                    or (ft_b - ft_a == 4 and buf[ft_a] == 80 and buf[ft_a + 1] == 65 and buf[ft_a + 2] == 83
                        and buf[ft_a + 3] == 83)
                )
                if shape == 1:
                    depth = _block_depth(buf, spans, line, dp, bad)
                    counts[sample, k.CNT_BAD_NUMBERS] += bad[0]
                    for p in range(piece, n_pieces):
                        first = start if p == piece else pieces[p - 1, 0]
                        if first >= line[SPAN_END]:
                            break
                        last = min(line[SPAN_END], pieces[p, 0])
                        n = copies[sample, p]
                        if n < 1:
                            continue
                        raw = level(fact, n, is_mt) & 7
                        adj = raw if passes(fact, n, passed, gq, depth, dp, ads, at_ad, n_ad, ctl) else NOTHING
                        whole = first == start and last == line[SPAN_END]
                        _block(blocks, ctl, last_block, sample, first, last, raw * 3 + adj, whole)
                    continue

                counts[sample, k.CNT_BAD_NUMBERS] += bad[0]
                n = copies[sample, piece]
                carried = fact[ABOVE] == 2
                counts[sample, k.CNT_CALLS] += carried
                counts[sample, k.CNT_UNCHECKED] += carried and checked == 0
                if pieces[piece, 1]:
                    counts[sample, k.CNT_Y_PAR] += 1
                elif n == 0:
                    counts[sample, k.CNT_Y_ABSENT] += carried
                elif n < 0:
                    counts[sample, k.CNT_UNKNOWN_SEX] += carried
                flags = k.CARRIES if carried else 0
                raw = NOTHING
                keep = fact[ABOVE] > 0 or fact[DOTS] > 0 or not passed
                shared = False
                at_share = ctl[k.CTL_SHARES]
                if n > 0:
                    raw = level(fact, n, is_mt)
                    if raw < 8:
                        flags |= k.COUNTED
                    counts[sample, k.CNT_HET_ON_ONE_COPY] += raw & 8 != 0
                    counts[sample, k.CNT_MANY_ALLELES] += raw & 16 != 0
                    raw &= 7
                    adj = raw if passes(fact, n, passed, gq, dp, dp, ads, at_ad, n_ad, ctl) else NOTHING
                    if raw != NOTHING and not passed:
                        flags |= k.CALL_FAILED
                    if raw == ONE and n_real > 0:
                        counts[sample, k.CNT_HALF_CALLS] += 1
                        keep = True
                    states[ctl[k.CTL_LINES], sample] = raw * 3 + adj
                    if is_mt:
                        j = 0
                        for i in range(n_alts):
                            if kinds[i] != k.REAL:
                                continue
                            part = 0
                            if raw != NOTHING:
                                part = heteroplasmy(buf, spans, i + 1, fact, ads, at_ad, n_ad, n_alts)
                                if part >= ctl[k.CTL_MIN_SHARE]:
                                    keep = True
                                elif count_in_gt(buf, gt_a, gt_b, i + 1) > 0:
                                    counts[sample, k.CNT_LOW_HETEROPLASMY] += 1
                                shared = shared or part > 0
                            shares[at_share + j] = part
                            j += 1
                else:
                    states[ctl[k.CTL_LINES], sample] = k.NO_STATE
                if n_real == 0 or not (keep or shared):
                    continue
                if keep:
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
                call.gq = min(gq, 32767)
                call.flags = flags
                ctl[k.CTL_CALLS] += 1
            if tabs(buf, a, stop) != ctl[k.CTL_COLUMNS] - 1 - column:
                return k.ANS_COLUMNS

            if shape == 0:
                target = lines[ctl[k.CTL_LINES]]
                if n_real > 0:
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
                target.checked = checked
                ctl[k.CTL_LINES] += 1
                ctl[k.CTL_ALLELES] += n_real
                ctl[k.CTL_LONG] = n_long
            else:
                ctl[k.CTL_BLOCK_RECORDS] += 1
            if shape == 1 or line[KINDS] >> k.ANY & 1:
                ctl[k.CTL_IS_GVCF] = 1
            if line[KINDS] >> k.SYMBOLIC & 1:
                ctl[k.CTL_SYMBOLIC] += 1
            ctl[k.CTL_RECORDS] += 1
            ctl[k.CTL_LAST_POS] = pos
            ctl[k.CTL_PASSED] += 1
            at = feed + 1
        ctl[k.CTL_AT] = at
        return k.ANS_DONE

    return parse_lines


parse_lines: Any = _make(STAMP)
