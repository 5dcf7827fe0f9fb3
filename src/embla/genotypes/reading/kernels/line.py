"""The columns of one line that all samples share: where they are, what the ALTs are, where the record ends."""

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.alleles import (
    NO_CALL,
    NON_REF,
    kind_of_alt,
    letter,
    normal_form,
    short_key,
    snv_key,
)
from embla.genotypes.reading.kernels.jit import alleles as alleles_
from embla.genotypes.reading.kernels.jit import (
    bool_,
    byte_at,
    helper,
    i4,
    i4_2d,
    i8,
    i8_2d,
    i64,
    pair,
    u1,
    u1_2d,
    u1_readonly,
)
from embla.genotypes.reading.kernels.text import Bytes, find, holds_end, info_value, same, whole_number

Rows = NDArray[np.void]
Ints = NDArray[np.int64]

_END = np.frombuffer(b"END", np.uint8).copy()
_PASS = np.frombuffer(b"PASS", np.uint8).copy()

# Ranges of the fixed columns and facts of one line, in the order of `line`.
REF_A, REF_B, ALT_A, ALT_B, FILTER_A, FILTER_B, INFO_A, INFO_B, FORMAT_A, FORMAT_B, SAMPLES = range(11)
POS, START, SPAN_END, N_ALTS, N_REAL, KINDS = 11, 12, 13, 14, 15, 16
IS_BLOCK = 17  # 0 a record with a real ALT or `*`, 1 a block, 2 only symbolic
REACH = 18  # end of the span, or INFO/END where that is further
LINE_FACTS = 24


@helper(i64(u1, i64, i64, i8))
def find_columns(buf: Bytes, tab: int, stop: int, line: Ints) -> int:
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
def read_alts(buf: Bytes, line: Ints, kinds: Bytes, alt_ends: NDArray[np.int32], ctl: Ints) -> int:
    """Kinds of the ALTs and where each ends, counted from the first byte of ALT. An Answer that refuses, or 0."""
    a, b = line[ALT_A], line[ALT_B]
    if b - a == 9 and same(buf, a, b, NON_REF.ctypes.data, 9):  # most lines of a gVCF
        kinds[0] = k.ANY
        alt_ends[0] = 9
        line[N_ALTS] = 1
        line[N_REAL] = 0
        line[KINDS] = 1 << k.ANY
        line[IS_BLOCK] = 1
        return 0
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
            if kind == k.SYMBOLIC and ctl[k.CTL_SPELLINGS] and same(buf, i, stop, NO_CALL.ctypes.data, 12):
                kind = np.int64(k.NO_CALL)  # a stretch that Complete Genomics could not call
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
def find_end(buf: Bytes, line: Ints, length: int) -> bool:
    """Set the end of the span from REF or, for a block, INFO/END. False when END cannot be."""
    line[SPAN_END] = line[REACH] = line[START] + line[REF_B] - line[REF_A]
    a, b = line[INFO_A], line[INFO_B]
    if line[IS_BLOCK] == 0 and not holds_end(buf, a, b):
        return True
    at, stop = info_value(buf, a, b, _END.ctypes.data, 3)
    if at < 0 or (stop - at == 1 and byte_at(buf, at) == 46):  # missing: REF says where the record ends
        return True
    end = whole_number(buf, at, stop)
    if end < line[POS] or end > length:
        return False
    line[REACH] = max(end, line[REACH])
    if line[IS_BLOCK]:
        line[SPAN_END] = end
    return True


@helper(i64(i8_2d, i64, i64))
def piece_at(pieces: Ints, piece: int, place: int) -> int:
    """The piece that holds the 0-based `place`, looked for from `piece` on."""
    while piece > 0 and place < pieces[piece - 1, 0]:
        piece -= 1
    while place >= pieces[piece, 0]:
        piece += 1
    return piece


@helper(pair(i8, alleles_, i64, i64, i8_2d), inline=False)
def pieces_across(line: Ints, alleles: Rows, first: int, piece: int, pieces: Ints) -> tuple[int, int]:
    """Piece of the first real ALT's key, and the piece besides that of POS (or that one) on which REF or a key lies.

    A piece is longer than any line, so there is at most one besides.
    """
    judged = piece
    other = piece_at(pieces, piece, line[SPAN_END] - 1)
    for i in range(line[N_REAL]):
        own = piece_at(pieces, piece, (alleles[first + i].key >> 36 & 0xFFFFFFF) - 1)
        if i == 0:
            judged = own
        if own != piece:
            other = own
    return judged, other


@helper(bool_(i8, i8, i64, i64, i64, i8))
def has_room(ctl: Ints, line: Ints, end: int, n_samples: int, n_pieces: int, caps: Ints) -> bool:
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


@helper(bool_(u1, i64, i64))
def is_pass(buf: Bytes, a: int, b: int) -> bool:
    """True for PASS and `.`."""
    return same(buf, a, b, _PASS.ctypes.data, 4) or (b - a == 1 and byte_at(buf, a) == 46)


@helper(i64(u1, i64, i64, u1_2d, i4_2d))
def known_filter(buf: Bytes, a: int, b: int, texts: NDArray[np.uint8], facts: NDArray[np.int32]) -> int:
    """File-wide number of a FILTER text that is neither PASS nor `.`, where it is remembered; -1 where it is not."""
    for row in range(k.FILTERS):
        if facts[row, 0] == b - a and same(buf, a, b, texts.ctypes.data + row * k.FILTER_BYTES, b - a):
            return np.int64(facts[row, 1])
    return -1


@helper(i64(u1, i64, i64, i64, i8, u1_2d, i4_2d))
def filter_number(
    buf: Bytes, a: int, b: int, at: int, ctl: Ints, texts: NDArray[np.uint8], facts: NDArray[np.int32]
) -> int:
    """File-wide number of a FILTER text: 0 PASS, 1 `.`, others from Python; -1 when Python must be asked."""
    if is_pass(buf, a, b):
        return 1 if b - a == 1 else 0
    if ctl[k.CTL_FILTER_AT] == at:
        return ctl[k.CTL_FILTER_ID]
    return known_filter(buf, a, b, texts, facts)


@helper(i64(u1, i8, u1, i4, i64, u1_readonly, i8, i8, alleles_, u1))
def normalise_alts(
    buf: Bytes,
    line: Ints,
    kinds: Bytes,
    alt_ends: NDArray[np.int32],
    number_of_line: int,
    bases: Bytes,
    ctl: Ints,
    form: Ints,
    alleles: Rows,
    longs: Bytes,
) -> int:
    """Allele rows of the real ALTs, and the texts of long ones; the new fill of `longs`, or -1: more bases needed."""
    a, b = line[REF_A], line[REF_B]
    at = ctl[k.CTL_ALLELES]
    n_long = ctl[k.CTL_LONG]
    first = line[ALT_A]
    for i in range(line[N_ALTS]):
        stop = line[ALT_A] + alt_ends[i]
        if kinds[i] == k.REAL:
            target = alleles[at]
            target.line = number_of_line
            target.number = i + 1
            key = snv_key(byte_at(buf, a), byte_at(buf, first), line[POS]) if b - a == 1 and stop - first == 1 else 0
            if key == 0:
                if not normal_form(buf, a, b, first, stop, line[POS], bases, ctl, form):
                    return -1
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
