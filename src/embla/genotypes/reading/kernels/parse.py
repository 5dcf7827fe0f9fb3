"""The parser: whole lines of a buffer to k. Stops with an Answer; nothing of a line is kept until all of it is."""

from typing import Any

import numpy as np
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
from embla.genotypes.reading.kernels.jit import (
    bool_,
    borrow,
    byte_at,
    helper,
    i1_2d,
    i4,
    i4_2d,
    i8,
    i8_2d,
    i64,
    kernel,
    none,
    u1,
    u1_2d,
    u1_readonly,
    u2,
)
from embla.genotypes.reading.kernels.jit import alleles as alleles_
from embla.genotypes.reading.kernels.jit import blocks as blocks_
from embla.genotypes.reading.kernels.jit import calls as calls_
from embla.genotypes.reading.kernels.jit import lines as lines_
from embla.genotypes.reading.kernels.text import Bytes, find, holds_end, info_value, number, same, tabs, whole_number

_NAMES = np.frombuffer(b"ENDMIN_DPMinDP", np.uint8).copy()

Rows = NDArray[np.void]
Ints = NDArray[np.int64]

# Ranges of the fixed columns and facts of one line, in the order of `line`.
REF_A, REF_B, ALT_A, ALT_B, FILTER_A, FILTER_B, INFO_A, INFO_B, FORMAT_A, FORMAT_B, SAMPLES = range(11)
POS, START, SPAN_END, N_ALTS, N_REAL, KINDS = 11, 12, 13, 14, 15, 16
IS_BLOCK = 17  # 0 a record with a real ALT or `*`, 1 a block, 2 only symbolic
LINE_FACTS = 24


@helper(i64(u1, i64, i64, i8))
def _columns(buf: Bytes, tab: int, stop: int, line: Ints) -> int:
    """Find the columns from POS on; `tab` ends CHROM. An Answer that refuses, or 0."""
    a = b = tab + 1
    pos = 0
    while b < stop:
        digit = byte_at(buf, b) - 48
        if digit < 0 or digit > 9 or b - a > 9:
            break
        pos = pos * 10 + digit
        b += 1
    if b == stop or byte_at(buf, b) != 9:
        b = find(buf, 9, b, stop)
        if b < 0:
            return k.ANS_COLUMNS
        pos = -1
    line[POS] = pos if b > a else -1
    b += 1
    for column in range(4):  # ID, REF, ALT, QUAL
        a = b
        while b < stop and byte_at(buf, b) != 9:
            b += 1
        if b == stop:
            return k.ANS_COLUMNS
        if column == 1:
            line[REF_A] = a
            line[REF_B] = b
        elif column == 2:
            line[ALT_A] = a
            line[ALT_B] = b
        b += 1
    for place in (FILTER_A, INFO_A, FORMAT_A):
        a = b
        b = find(buf, 9, a, stop)
        if b < 0:
            return k.ANS_COLUMNS
        line[place] = a
        line[place + 1] = b
        b += 1
    line[SAMPLES] = b
    return 0


@helper(i64(u1, i8, u1, i4, i8))
def _alts(buf: Bytes, line: Ints, kinds: Bytes, alt_ends: NDArray[np.int32], ctl: Ints) -> int:
    """Kinds of the ALTs and where each ends, counted from the first byte of ALT. An Answer that refuses, or 0."""
    a, b = line[ALT_A], line[ALT_B]
    n = n_real = 0
    seen = 0
    if b - a != 1 or byte_at(buf, a) != 46:
        i = a
        while i <= b:
            stop = i
            while stop < b and byte_at(buf, stop) != 44:
                stop += 1
            if n >= k.MAX_ALTS:
                return k.ANS_ALT_MANY
            kind = kind_of_alt(buf, i, stop)
            if kind == 0:
                return k.ANS_ALT
            if kind == k.REAL:
                n_real += 1
                if same(buf, i, stop, buf.ctypes.data + line[REF_A], line[REF_B] - line[REF_A]):
                    return k.ANS_ALT_SAME
                before = a
                for j in range(n):
                    size = a + alt_ends[j] - before
                    if kinds[j] == k.REAL and same(buf, i, stop, buf.ctypes.data + before, size):
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


@helper(bool_(u1, i8, i64))
def _end(buf: Bytes, line: Ints, length: int) -> bool:
    """Set the end of the span from REF or, for a block, INFO/END. False when END cannot be."""
    line[SPAN_END] = line[START] + line[REF_B] - line[REF_A]
    a, b = line[INFO_A], line[INFO_B]
    if line[IS_BLOCK] == 0 and not holds_end(buf, a, b):
        return True
    at, stop = info_value(buf, a, b, _NAMES.ctypes.data, 3)
    if at < 0:
        return True
    end = whole_number(buf, at, stop)
    if end < line[POS] or end > length:
        return False
    if line[IS_BLOCK]:
        line[SPAN_END] = end
    return True


@helper(i64(u1, i8, i8, i64, i8))
def _block_depth(buf: Bytes, spans: Ints, line: Ints, dp: int, bad: Ints) -> int:
    """MIN_DP, else DP, else INFO MIN_DP or MinDP; -1 for none."""
    depth = first_number(buf, spans, k.F_MIN_DP, -1, bad)
    if depth >= 0 or dp >= 0:
        return depth if depth >= 0 else dp
    a, b = info_value(buf, line[INFO_A], line[INFO_B], _NAMES.ctypes.data + 3, 6)
    if a < 0:
        a, b = info_value(buf, line[INFO_A], line[INFO_B], _NAMES.ctypes.data + 9, 5)
    depth = number(buf, a, b)
    return depth if depth > -1 else -1


@helper(bool_(i8, i8, i64, i64, i64, i8))
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


@helper(i64(u1, i64, i64, i64, i8, u1_2d, i4_2d))
def _filter_id(
    buf: Bytes, a: int, b: int, at: int, ctl: Ints, texts: NDArray[np.uint8], facts: NDArray[np.int32]
) -> int:
    """File-wide number of a FILTER text: 0 PASS, 1 `.`, others from Python; -1 when Python must be asked."""
    if b - a == 4 and byte_at(buf, a) == 80 and byte_at(buf, a + 1) == 65 and byte_at(buf, a + 2) == 83 and byte_at(buf, a + 3) == 83:
        return 0
    if b - a == 1 and byte_at(buf, a) == 46:
        return 1
    if ctl[k.CTL_FILTER_AT] == at:
        return ctl[k.CTL_FILTER_ID]
    for row in range(k.FILTERS):
        if facts[row, 0] == b - a and same(buf, a, b, texts.ctypes.data + row * k.FILTER_BYTES, b - a):
            return facts[row, 1]
    return -1


@helper(i64(u1, i8, u1, i4, i64, u1_readonly, i8, i8, alleles_, u1))
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


@helper(none(blocks_, i8, i4_2d, i64, i64, i64, i64, bool_))
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
    last[sample, k.BLOCK_REACH] = reach if reach > end else end
    last[sample, k.BLOCK_START] = start
    last[sample, k.BLOCK_END] = end
    last[sample, k.BLOCK_STATE] = state
    last[sample, k.BLOCK_MERGED] = lengthen


_signature = i64(
    u1, i64, i64, i8, u1, i4, i1_2d, i8_2d, u1_readonly, u1_2d, i4_2d, i1_2d, u1_2d, i4_2d, u1, i4, i8, i8, i4_2d, i8,
    lines_, alleles_, calls_, blocks_, i4, u1, u1, u2, u1_2d,
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
        buf, ctl, name, columns, copies, pieces = (
            borrow(buf), borrow(ctl), borrow(name), borrow(columns), borrow(copies), borrow(pieces)
        )
        bases, kinds, alt_ends, caps, bad_numbers = borrow(bases), borrow(kinds), borrow(alt_ends), borrow(caps), borrow(bad_numbers)
        format_texts, format_facts, format_keys = borrow(format_texts), borrow(format_facts), borrow(format_keys)
        filter_texts, filter_facts, last_block = borrow(filter_texts), borrow(filter_facts), borrow(last_block)
        scratch, lines, alleles, calls, blocks = borrow(scratch), borrow(lines), borrow(alleles), borrow(calls), borrow(blocks)
        ads, texts, longs, shares, states = borrow(ads), borrow(texts), borrow(longs), borrow(shares), borrow(states)
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
            filter_id = _filter_id(buf, line[FILTER_A], line[FILTER_B], at, ctl, filter_texts, filter_facts)
            if filter_id < 0:
                ctl[k.CTL_WHERE] = line[FILTER_A]
                return k.ANS_NEW_FILTER
            if not _enough(ctl, line, stop, n_samples, n_pieces, caps):
                return k.ANS_FULL
            n_alts, n_real = line[N_ALTS], line[N_REAL]
            number_of_line = ctl[k.CTL_LINES]
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
                read_fields(buf, a, b, format_keys, row, last_key, spans)
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
                    or (ft_b - ft_a == 1 and byte_at(buf, ft_a) == 46)
                    or (ft_b - ft_a == 4 and byte_at(buf, ft_a) == 80 and byte_at(buf, ft_a + 1) == 65 and byte_at(buf, ft_a + 2) == 83
                        and byte_at(buf, ft_a + 3) == 83)
                )
                if shape == 1:
                    depth = _block_depth(buf, spans, line, dp, bad)
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
                        adj = raw if passes(fact, n, passed, gq, depth, dp, ads, at_ad, n_ad, ctl) else NOTHING
                        whole = first == start and last == line[SPAN_END]
                        _block(blocks, ctl, last_block, sample, first, last, raw * 3 + adj, whole)
                    continue

                bad_numbers[sample] += bad[0]
                n = copies[sample, piece]
                flags = k.CARRIES if fact[ABOVE] == 2 else 0
                raw = NOTHING
                keep = fact[ABOVE] > 0 or fact[DOTS] > 0 or not passed
                shared = False
                at_share = ctl[k.CTL_SHARES]
                if n > 0:
                    raw = level(fact, n, is_mt)
                    flags |= k.COUNTED if raw < 8 else k.HET_ON_ONE if raw & 8 else k.MANY
                    raw &= 7
                    adj = raw if passes(fact, n, passed, gq, dp, dp, ads, at_ad, n_ad, ctl) else NOTHING
                    if raw != NOTHING and not passed:
                        flags |= k.CALL_FAILED
                    keep = keep or raw == ONE
                    states[ctl[k.CTL_LINES], sample] = raw * 3 + adj
                    if is_mt:
                        j = 0
                        for i in range(n_alts):
                            if kinds[i] != k.REAL:
                                continue
                            part = 0
                            if raw != NOTHING:
                                part = heteroplasmy(buf, spans, i + 1, fact, ads, at_ad, n_ad, n_alts)
                                keep = keep or part >= ctl[k.CTL_MIN_SHARE]
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
                call.gq = gq if gq < 32767 else 32767
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
