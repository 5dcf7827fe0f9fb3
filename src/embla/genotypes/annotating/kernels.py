"""The compiled part of annotation that reads: lines to columns, alleles to keys. `splicing_kernels.py` writes.

The plain twin of all of it is `tests/support/plain_annotate.py`. Kernels never raise: they stop and say where.
"""

from typing import Any, Final

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.genotypes.annotating.putting import helper
from embla.genotypes.annotating.stamp import STAMP
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
TOO_MANY: Final = 4  # more ALTs than reading takes (k.MAX_ALTS)

# What is written about an allele.
OBSERVED, ABSENT, NOT_CALLABLE, STATUS_NOT_LOADED, SUPPRESSED = range(5)
# Beside the status: seen in calls that do not pass the gates alone.
STATUS, FAILED_ONLY = 7, 8

_ANY_BASE = np.zeros(256, np.uint8)
for _letter in b"ACGTN":
    _ANY_BASE[_letter] = _ANY_BASE[_letter + 32] = 1
_REF_LETTER = np.zeros(256, np.uint8)
for _letter in b"ACGTNRYSWKMBDHV":
    _REF_LETTER[_letter] = _REF_LETTER[_letter + 32] = 1


INT: Any = types.int64
BYTES: Any = types.Array(types.uint8, 1, "C")
_GIVEN: Any = types.Array(types.uint8, 1, "C", readonly=True)
TABLE: Any = types.Array(types.int64, 2, "C")
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
    @kernel(_THREE(BYTES, INT, INT, TABLE))
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
    @kernel(_THREE(BYTES, TABLE, INT, INT, INT, _GIVEN, INT, INT, INT, INT, BYTES, TABLE, INT))
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
            most = n + k.MAX_ALTS
            while at <= row[ALT_END]:
                if n == most:
                    return n, line, TOO_MANY
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


scan: Any = _make_scan(STAMP)
resolve: Any = _make_resolve(STAMP)
