"""Lines written again with new INFO fields, compiled. `kernels.py` has read them; the plain twin is the same."""

from typing import Any, Final

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.genotypes.annotating.kernels import (
    A_LINE,
    BYTES,
    CHROM_END,
    FAILED_ONLY,
    INFO,
    INFO_END,
    INT,
    NEXT,
    NOT_CALLABLE,
    START,
    STATUS,
    STATUS_NOT_LOADED,
    TABLE,
)
from embla.genotypes.annotating.putting import helper, put, put_constant, put_number
from embla.genotypes.annotating.stamp import STAMP
from embla.genotypes.reading.kernels.jit import kernel
from embla.genotypes.reading.kernels.text import Bytes, find


def _letters(*texts: bytes) -> tuple[Any, Any]:
    """Texts as one array and their ends."""
    return np.frombuffer(b"".join(texts), np.uint8).copy(), np.cumsum([len(t) for t in texts])


# The last only on lines that have such an allele.
FIELDS: Final = ("AC", "AN", "AF", "NHOMALT", "NHEMI", "FAF95", "STATUS", "FAILED_ONLY")
STATUS_WORDS: Final = ("observed", "absent", "not_callable", "not_loaded", "suppressed")
_NAMES, _NAMES_END = _letters(*(f"EMBLA_{name}".encode() for name in FIELDS))
_WORDS, _WORDS_END = _letters(*(word.encode() for word in STATUS_WORDS))
_PREFIX = np.frombuffer(b"EMBLA_", np.uint8).copy()
# Longest text of one allele in all fields, and of the names with `;` and `=`.
ROOM_PER_ALLELE: Final = 122
ROOM_PER_LINE: Final = 140

# The whole text of an allele that stands alone is kept by its numbers: most lines repeat what one before them said.
MEMO: Final = 4_096
MEMO_TEXT: Final = 192
MEMO_FACTS: Final = 3  # ac and an; nhomalt and nhemi; length and status, 0 where nothing is kept

_FLOATS: Any = types.Array(types.float64, 1, "C")
_NUMBERS: Any = types.Array(types.int32, 2, "C")
_TWO: Any = types.UniTuple(types.int64, 2)


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
    if field == 7:
        out[at] = 49 if status & FAILED_ONLY else 48
        return at + 1
    status &= STATUS
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
    failed = False
    for i in range(first, after):
        failed |= status[i] & FAILED_ONLY != 0
    for field in range(len(_NAMES_END) if failed else len(_NAMES_END) - 1):
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
    @kernel(_TWO(BYTES, TABLE, INT, TABLE, INT, BYTES, _NUMBERS, _FLOATS, BYTES, TABLE, BYTES))
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
                    if known & 31 == 16 + status[first] and memo[slot, 0] == one and memo[slot, 1] == two:
                        at = put(out, at, memo_text, text, text + (known >> 5))
                    else:
                        begin = at
                        at = _put_fields(out, at, first, allele, status, numbers, faf)
                        put(memo_text, text, out, begin, at)
                        memo[slot, 0] = one
                        memo[slot, 1] = two
                        memo[slot, 2] = (at - begin) << 5 | 16 | status[first]
                else:
                    at = _put_fields(out, at, first, allele, status, numbers, faf)
            elif at == info:
                out[at] = 46
                at += 1
            at = put(out, at, buf, b, row[NEXT])
        return at, replaced

    return splice


splice: Any = _make_splice(STAMP)
