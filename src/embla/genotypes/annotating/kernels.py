"""The compiled part of annotation: lines to columns, alleles to keys, and lines with new INFO fields.

The plain twin of all three together is `tests/support/plain_annotate.py`. Kernels never raise: they stop and say where.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from embla.genotypes.reading.kernels import STAMP
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.alleles import check_ref, normal_form, short_key, snv_key
from embla.genotypes.reading.kernels.jit import borrow, kernel
from embla.genotypes.reading.kernels.text import Bytes, find, whole_number

Ints = NDArray[np.int64]

# Columns of one line: offsets in the buffer, and the position (-1 where it is none).
START, CHROM_END, POS, REF, REF_END, ALT, ALT_END, INFO, INFO_END, NEXT, SAME = range(11)
COLUMNS: Final = 11

# Columns of one allele of a line.
A_LINE, A_STATE, A_POS, A_KEY, A_FROM, A_TO = range(6)
FACTS: Final = 6

# How far the kernel came with an allele.
READY: Final = 0  # A_KEY is its key
NOT_LOADED: Final = 1  # `*`, symbolic, a breakend: this store holds no such variants
BY_HAND: Final = 2  # more bases on the left are needed, or it moved and is too long for a key: Python finds it
TRIMMED: Final = 3  # too long for a key: POS is its own, A_KEY the lengths of REF (high 32 bits) and ALT after trimming

# Why `resolve` stopped.
DONE: Final = 0
BAD_REF: Final = 1  # REF is not bases
OUTSIDE: Final = 2  # POS or REF lies outside the contig
MISMATCH: Final = 3  # REF is not the reference's

# What is written about an allele.
OBSERVED, ABSENT, NOT_CALLABLE, STATUS_NOT_LOADED, SUPPRESSED = range(5)

_ANY_BASE = np.zeros(256, np.uint8)
for _letter in b"ACGTN":
    _ANY_BASE[_letter] = _ANY_BASE[_letter + 32] = 1
_REF_LETTER = np.zeros(256, np.uint8)
for _letter in b"ACGTNRYSWKMBDHV":
    _REF_LETTER[_letter] = _REF_LETTER[_letter + 32] = 1


def _letters(*texts: bytes) -> tuple[Any, Any]:
    """Texts as one array and their ends."""
    return np.frombuffer(b"".join(texts), np.uint8).copy(), np.cumsum([len(t) for t in texts])


FIELDS: Final = ("AC", "AN", "AF", "NHOMALT", "NHEMI", "FAF95", "STATUS")
STATUS_WORDS: Final = ("observed", "absent", "not_callable", "not_loaded", "suppressed")
_NAMES, _NAMES_END = _letters(*(f"EMBLA_{name}".encode() for name in FIELDS))
_WORDS, _WORDS_END = _letters(*(word.encode() for word in STATUS_WORDS))
_PREFIX = np.frombuffer(b"EMBLA_", np.uint8).copy()
# Longest text of one allele in all fields, and of the names with `;` and `=`.
ROOM_PER_ALLELE: Final = 120
ROOM_PER_LINE: Final = 120

# The whole text of an allele that stands alone is kept by its numbers: most lines repeat what one before them said.
MEMO: Final = 4_096
MEMO_TEXT: Final = 192
MEMO_FACTS: Final = 3  # ac and an; nhomalt and nhemi; length and status, 0 where nothing is kept

# libc, by symbol name as in reading/kernels/text.py.
_memcpy: Any = types.ExternalFunction("memcpy", types.intp(types.intp, types.intp, types.uintp))
_SHORT: Final = 24

# Helpers are compiled into the kernels only, and only when those are: a kernel that is on disk needs none of them.
_HELPER: Final = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy"}


def helper(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile when the first kernel that calls it is compiled."""
    compiled: Any = njit(**_HELPER)(function)
    return compiled


_INT: Any = types.int64
_BYTES: Any = types.Array(types.uint8, 1, "C")
_GIVEN: Any = types.Array(types.uint8, 1, "C", readonly=True)
_TABLE: Any = types.Array(types.int64, 2, "C")
_FLOATS: Any = types.Array(types.float64, 1, "C")
_NUMBERS: Any = types.Array(types.int32, 2, "C")
_TWO: Any = types.UniTuple(types.int64, 2)
_THREE: Any = types.UniTuple(types.int64, 3)


@helper
def _same_chrom(buf: Bytes, a: int, a_end: int, b: int, b_end: int) -> bool:
    if a_end - a != b_end - b:
        return False
    for i in range(a_end - a):
        if buf[a + i] != buf[b + i]:
            return False
    return True


def _make_scan(stamp: int) -> Any:
    @kernel(_THREE(_BYTES, _INT, _INT, _TABLE))
    def scan(buf, start, end, rows):  # type: ignore[no-untyped-def]
        """Columns of the whole lines between start and end. Gives (lines, where the rest starts, 1 if a line has fewer
        than 8 columns: it is the one after the given ones)."""
        _ = stamp
        n = 0
        at = start
        while at < end and n < rows.shape[0]:
            stop = find(buf, 10, at, end)
            if stop < 0:
                break
            last = stop
            if last > at and buf[last - 1] == 13:
                last -= 1
            if last == at:  # an empty line stays what it is
                rows[n, START] = at
                rows[n, NEXT] = stop + 1
                rows[n, CHROM_END] = at
                n += 1
                at = stop + 1
                continue
            row = rows[n]
            tab = at
            for column in range(8):
                stop_column = find(buf, 9, tab, last) if column in (0, 2, 7) else -2
                if stop_column == -2:
                    stop_column = tab
                    while stop_column < last and buf[stop_column] != 9:
                        stop_column += 1
                    if stop_column == last:
                        stop_column = -1
                if stop_column < 0:
                    if column != 7:
                        return n, at, 1
                    stop_column = last
                if column == 0:
                    row[CHROM_END] = stop_column
                elif column == 1:
                    row[POS] = whole_number(buf, tab, stop_column)
                elif column == 3:
                    row[REF] = tab
                    row[REF_END] = stop_column
                elif column == 4:
                    row[ALT] = tab
                    row[ALT_END] = stop_column
                elif column == 7:
                    row[INFO] = tab
                    row[INFO_END] = stop_column
                tab = stop_column + 1
            row[START] = at
            row[NEXT] = stop + 1
            row[SAME] = 0
            if n > 0:
                row[SAME] = _same_chrom(buf, at, row[CHROM_END], rows[n - 1, START], rows[n - 1, CHROM_END])
            n += 1
            at = stop + 1
        return n, at, 0

    return scan


@helper
def _state(
    buf: Bytes, at: int, stop: int, n_ref: int, usable: bool, fits: bool, pos: int, bases: Bytes, ctl: Ints,
    scratch: Bytes, form: Ints, here: Ints,
) -> int:  # fmt: skip
    """How far the kernel comes with one ALT; its key and position into `here`."""
    n_alt = stop - at
    if not usable or n_alt == 0:
        return NOT_LOADED
    for i in range(at, stop):
        if not _ANY_BASE[buf[i]]:
            return NOT_LOADED
    if not fits or n_ref + n_alt > scratch.shape[0]:
        return BY_HAND
    if n_ref == 1 and n_alt == 1:
        letter = buf[at] & 0xDF
        if letter == scratch[0]:
            return NOT_LOADED
        key = snv_key(np.int64(scratch[0]), np.int64(letter), pos)
        if key != 0:
            here[A_POS] = pos
            here[A_KEY] = key
            return READY
    equal = n_alt == n_ref
    for i in range(n_alt):
        letter = buf[at + i] & 0xDF
        scratch[n_ref + i] = letter
        equal = equal and letter == scratch[i]
    if equal:
        return NOT_LOADED  # an ALT that is the REF is no variant
    if not normal_form(scratch, 0, n_ref, n_ref, n_ref + n_alt, pos, bases, ctl, form):
        return BY_HAND
    here[A_POS] = form[0]
    here[A_KEY] = short_key(scratch, form, bases, ctl)
    if (here[A_KEY] >> 32) & 15 != 15:
        return READY
    if form[5] > 0:
        return BY_HAND
    here[A_KEY] = form[2] << 32 | form[4]
    return TRIMMED


def _make_resolve(stamp: int) -> Any:
    @kernel(_THREE(_BYTES, _TABLE, _INT, _INT, _INT, _GIVEN, _INT, _INT, _INT, _INT, _BYTES, _TABLE, _INT))
    def resolve(  # type: ignore[no-untyped-def]
        buf, rows, first, last, length, bases, bases_from, bases_to, packed, reference, scratch, found, n
    ):
        """Alleles of lines first..last of one contig of `length` bases, into `found` from row n on.

        `bases` are the reference's from `bases_from` to `bases_to`, four in a byte where `packed` is 1 (CTL_PACKED); it
        has `reference` bases of this contig (0: none). Gives (rows of found, line where it stopped, why).
        """
        _ = stamp
        buf, rows, bases, scratch, found = borrow(buf), borrow(rows), borrow(bases), borrow(scratch), borrow(found)
        ctl = np.zeros(64, np.int64)
        ctl[k.CTL_REFERENCE] = reference
        ctl[k.CTL_BASES_FROM] = bases_from
        ctl[k.CTL_BASES_TO] = bases_to
        ctl[k.CTL_PACKED] = packed
        form = np.zeros(8, np.int64)
        for line in range(first, last):
            row = rows[line]
            if row[CHROM_END] == row[START]:
                continue
            pos = row[POS]
            n_ref = row[REF_END] - row[REF]
            if n_ref == 0:
                return n, line, BAD_REF
            usable = True
            for i in range(n_ref):
                letter = buf[row[REF] + i]
                if not _REF_LETTER[letter]:
                    return n, line, BAD_REF
                usable &= _ANY_BASE[letter] != 0
            if pos < 0 or pos > length + 1 or (pos > 0 and pos - 1 + n_ref > length):
                return n, line, OUTSIDE
            if pos == 0 or pos > length:  # a telomere (VCF 4.2, POS): only symbolic alleles can stand there
                usable = False
            fits = n_ref <= scratch.shape[0] // 2
            if usable and fits:
                for i in range(n_ref):
                    scratch[i] = buf[row[REF] + i] & 0xDF
                if reference > 0 and check_ref(scratch, 0, n_ref, pos - 1, bases, ctl) == 2:
                    return n, line, MISMATCH
            at = row[ALT]
            if row[ALT_END] - at == 1 and buf[at] == 46:
                continue
            while at <= row[ALT_END]:
                stop = at
                while stop < row[ALT_END] and buf[stop] != 44:
                    stop += 1
                here = found[n]
                here[A_LINE] = line
                here[A_POS] = pos
                here[A_KEY] = 0
                here[A_FROM] = at
                here[A_TO] = stop
                here[A_STATE] = _state(buf, at, stop, n_ref, usable, fits, pos, bases, ctl, scratch, form, here)
                n += 1
                at = stop + 1
        return n, last, DONE

    return resolve


@helper
def put(out: Bytes, at: int, text: Bytes, a: int, b: int) -> int:
    """Copy text[a:b]; gives the place after it."""
    if b - a < _SHORT:
        for i in range(b - a):
            out[at + i] = text[a + i]
    else:
        _memcpy(out.ctypes.data + at, text.ctypes.data + a, b - a)
    return at + b - a


@helper
def put_constant(out: Bytes, at: int, text: Bytes, a: int, b: int) -> int:
    """The same from one of our own texts, which Numba holds as read-only."""
    for i in range(b - a):
        out[at + i] = text[a + i]
    return at + b - a


@helper
def put_number(out: Bytes, at: int, value: int) -> int:
    """A whole number from 0 on."""
    digits = 1
    rest = value
    while rest >= 10:
        rest //= 10
        digits += 1
    rest = value
    for i in range(digits - 1, -1, -1):
        out[at + i] = 48 + rest % 10
        rest //= 10
    return at + digits


@helper
def _put_tail(out: Bytes, at: int, value: int, above: int) -> int:
    """The digits of a value below `above`, a power of ten, with its leading zeros."""
    while above > 1:
        above //= 10
        out[at] = 48 + value // above % 10
        at += 1
    return at


@helper
def _put_digits(out: Bytes, at: int, six: int, shift: int) -> int:
    """Write six * 10 ** -(5 + shift), six of six digits, shift from 0 on, as C's %.6g does."""
    while six % 10 == 0:
        six //= 10
    digits = 1
    top = 1
    while top * 10 <= six:
        top *= 10
        digits += 1
    if shift > 4:
        out[at] = 48 + six // top
        at += 1
        if digits > 1:
            out[at] = 46
            at = _put_tail(out, at + 1, six % top, top)
        out[at] = 101
        out[at + 1] = 45
        out[at + 2] = 48 + shift // 10
        out[at + 3] = 48 + shift % 10
        return at + 4
    if shift == 0:
        out[at] = 48 + six // top
        if digits == 1:
            return at + 1
        out[at + 1] = 46
        return _put_tail(out, at + 2, six % top, top)
    out[at] = 48
    out[at + 1] = 46
    for i in range(shift - 1):
        out[at + 2 + i] = 48
    return _put_tail(out, at + 1 + shift, six, top * 10)


@helper
def put_share(out: Bytes, at: int, part: int, whole: int) -> int:
    """part / whole with six digits, by whole numbers only (half to even), 0 <= part <= whole, whole > 0."""
    if part == 0:
        out[at] = 48
        return at + 1
    shift = 0
    scaled = part
    while scaled < whole:
        scaled *= 10
        shift += 1
    scaled *= 100_000
    six = scaled // whole
    rest = 2 * (scaled - six * whole)
    if rest > whole or (rest == whole and six & 1):
        six += 1
    if six == 1_000_000:
        six = 100_000
        shift -= 1
    return _put_digits(out, at, six, shift)


@helper
def put_fraction(out: Bytes, at: int, value: float) -> int:
    """A double from 0 to 1 with six digits; below 1e-90, which no count gives, 0."""
    if not value > 1e-90:
        out[at] = 48
        return at + 1
    shift = 0
    power = 1.0
    while value * power < 1.0 and shift < 99:
        power *= 10.0
        shift += 1
    six = np.int64(np.rint(value * (power * 100_000.0)))
    if six >= 1_000_000:
        six //= 10
        shift -= 1
    elif six < 100_000:  # the product above was rounded up to 1
        six = np.int64(np.rint(value * (power * 1_000_000.0)))
        shift += 1
    return _put_digits(out, at, six, shift)


@helper
def _is_ours(buf: Bytes, a: int, b: int) -> bool:
    """True when an INFO entry is one that annotation writes."""
    if b - a < 8:
        return False
    for i in range(6):
        if buf[a + i] != _PREFIX[i]:
            return False
    begin = 0
    for field in range(len(_NAMES_END)):
        size = _NAMES_END[field] - begin
        if b - a >= size and (b - a == size or buf[a + size] == 61):
            equal = True
            for i in range(6, size):
                equal = equal and buf[a + i] == _NAMES[begin + i]
            if equal:
                return True
        begin = _NAMES_END[field]
    return False


@helper
def _holds_prefix(buf: Bytes, a: int, b: int) -> bool:
    """True when `EMBL` occurs anywhere; written so that LLVM makes vector code of it."""
    view = buf[a:b]
    found = np.uint8(0)
    for i in range(view.shape[0] - 3):
        found |= np.uint8((view[i] == 69) & (view[i + 1] == 77) & (view[i + 2] == 66) & (view[i + 3] == 76))
    return found != 0


@helper
def _put_value(
    out: Bytes, at: int, field: int, status: int, ac: int, an: int, nhomalt: int, nhemi: int, faf: float
) -> int:
    """One field of one allele."""
    if field == 6:
        return put_constant(out, at, _WORDS, _WORDS_END[status - 1] if status else 0, _WORDS_END[status])
    if status >= STATUS_NOT_LOADED or (status == NOT_CALLABLE and (field == 2 or field == 5)):
        out[at] = 46
        return at + 1
    if field == 0:
        return put_number(out, at, ac)
    if field == 1:
        return put_number(out, at, an)
    if field == 2:
        return put_share(out, at, ac, an)
    if field == 5:
        return put_fraction(out, at, faf)
    people = nhomalt if field == 3 else nhemi
    if people < 0:  # not told, though the alleles are
        out[at] = 46
        return at + 1
    return put_number(out, at, people)


@helper
def _put_fields(
    out: Bytes, at: int, first: int, after: int, status: Bytes, numbers: NDArray[np.int32], faf: NDArray[np.float64]
) -> int:
    """Every field of ours with a value for each of the alleles first..after."""
    begin = 0
    for field in range(len(_NAMES_END)):
        if field > 0:
            out[at] = 59
            at += 1
        at = put_constant(out, at, _NAMES, begin, _NAMES_END[field])
        begin = _NAMES_END[field]
        out[at] = 61
        at += 1
        for i in range(first, after):
            if i > first:
                out[at] = 44
                at += 1
            n = numbers[i]
            at = _put_value(
                out, at, field, np.int64(status[i]), np.int64(n[0]), np.int64(n[1]), np.int64(n[2]), np.int64(n[3]),
                faf[i],
            )  # fmt: skip
    return at


def _make_splice(stamp: int) -> Any:
    @kernel(_TWO(_BYTES, _TABLE, _INT, _TABLE, _INT, _BYTES, _NUMBERS, _FLOATS, _BYTES, _TABLE, _BYTES))
    def splice(buf, rows, lines, found, n_found, status, numbers, faf, out, memo, memo_text):  # type: ignore[no-untyped-def]
        """Write every line with the fields of its alleles in INFO; all else stays byte for byte. Old fields of ours go.

        `faf` must follow from ac and an. `memo` (MEMO, MEMO_FACTS) and `memo_text` (MEMO * MEMO_TEXT) are kept from
        call to call. Gives (bytes written, lines that had old fields)."""
        _ = stamp
        any_old = _holds_prefix(buf, 0, buf.shape[0])
        at = 0
        allele = 0
        replaced = 0
        for line in range(lines):
            row = rows[line]
            if row[CHROM_END] == row[START]:
                at = put(out, at, buf, row[START], row[NEXT])
                continue
            first = allele
            while allele < n_found and found[allele, A_LINE] == line:
                allele += 1
            a, b = row[INFO], row[INFO_END]
            old = any_old and _holds_prefix(buf, a, b)
            if allele == first and not old:
                at = put(out, at, buf, row[START], row[NEXT])
                continue
            # Up to the end of INFO at once where nothing in it has to go.
            kept = a if old or (b - a == 1 and buf[a] == 46) else b
            at = put(out, at, buf, row[START], kept)
            info = at - (kept - a)
            if old:
                taken = False
                i = a
                while i <= b:
                    stop = find(buf, 59, i, b)
                    if stop < 0:
                        stop = b
                    if _is_ours(buf, i, stop):
                        taken = True
                    elif b - a != 1 or buf[a] != 46:
                        if at > info:
                            out[at] = 59
                            at += 1
                        at = put(out, at, buf, i, stop)
                    i = stop + 1
                replaced += taken
            if allele > first:
                if at > info:
                    out[at] = 59
                    at += 1
                if allele == first + 1:
                    n = numbers[first]
                    one = np.int64(n[0]) | np.int64(n[1]) << 32
                    two = np.int64(n[2]) & 0xFFFFFFFF | np.int64(n[3]) << 32
                    slot = (one * 0x1E3779B97F4A7C15 >> 40 ^ two * 0x2545F4914F6CDD1D >> 40) & (MEMO - 1)
                    text = slot * MEMO_TEXT
                    known = memo[slot, 2]
                    if known & 15 == 8 + status[first] and memo[slot, 0] == one and memo[slot, 1] == two:
                        at = put(out, at, memo_text, text, text + (known >> 4))
                    else:
                        begin = at
                        at = _put_fields(out, at, first, allele, status, numbers, faf)
                        put(memo_text, text, out, begin, at)
                        memo[slot, 0] = one
                        memo[slot, 1] = two
                        memo[slot, 2] = (at - begin) << 4 | 8 | status[first]
                else:
                    at = _put_fields(out, at, first, allele, status, numbers, faf)
            elif at == info:
                out[at] = 46
                at += 1
            at = put(out, at, buf, b, row[NEXT])
        return at, replaced

    return splice


scan: Any = _make_scan(STAMP)
resolve: Any = _make_resolve(STAMP)
splice: Any = _make_splice(STAMP)
