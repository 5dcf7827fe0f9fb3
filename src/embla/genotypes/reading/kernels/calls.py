"""One sample's column of one record: its fields, its genotype, its gates."""

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model.codes import FULL, NOTHING, ONE
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.jit import (
    bool_,
    byte_at,
    helper,
    i1_2d,
    i4,
    i4_2d,
    i8,
    i64,
    none,
    u1,
    u1_2d,
)
from embla.genotypes.reading.kernels.text import Bytes, find, number, same, share, whole_number

Ints = NDArray[np.int64]

# Facts of one genotype, in the order of `fact`.
N = 0  # alleles written
FIRST = 1  # first and second as written; -1 missing, -2 no second
SECOND = 2
PHASED_GT = 3
MISSING = 4  # of the alleles that count (`*` may be taken out by the policy)
DIFFER = 5  # 1: not all equal, missing ones included
DIFFER_CALLED = 6  # 1: the called ones are not all equal
ABOVE = 7  # 1: an allele other than 0 is written, 2: and one of them is a real ALT
DOTS = 8  # missing alleles as written
COUNTS_FIRST = 9  # first and second as they count
COUNTS_SECOND = 10
WRITTEN_DIFFER = 11
FACTS = 12

_NAMES = (
    b"GT",
    b"GQ",
    b"GQX",
    b"DP",
    b"DPI",
    b"MIN_DP",
    b"AD",
    b"AF",
    b"FT",
    b"PS",
    b"PID",
    b"PGT",
    b"RGQ",
    b"RD",
    b"RO",
    b"AO",
)
_NAME = np.zeros((len(_NAMES), 8), np.uint8)
_NAME_LENGTH = np.array([len(name) for name in _NAMES], np.int64)
for _row, _text in enumerate(_NAMES):
    _NAME[_row, : len(_text)] = np.frombuffer(_text, np.uint8)


@helper(i64(u1, i64, i64, u1_2d, i4_2d, i1_2d, i8), inline=False)
def format_row(
    buf: Bytes,
    a: int,
    b: int,
    texts: NDArray[np.uint8],
    facts: NDArray[np.int32],
    keys: NDArray[np.int8],
    ctl: Ints,
) -> int:
    """Row of this FORMAT in the small table of known ones, and parsed into it when it is new.

    -1: too many keys. -2: one of those that are read is there twice.
    """
    for row in range(k.FORMATS):
        if facts[row, k.FORMAT_LENGTH] == b - a and same(buf, a, b, texts.ctypes.data + row * k.FORMAT_BYTES, b - a):
            return row
    row = int(ctl[k.CTL_FORMAT_TURN])
    ctl[k.CTL_FORMAT_TURN] = (row + 1) % k.FORMATS
    facts[row, k.FORMAT_LENGTH] = -1
    facts[row, k.FORMAT_LAST] = -1
    facts[row, k.FORMAT_HAS_GT] = 0
    seen = 0
    slot = 0
    i = a
    while i <= b:
        stop = i
        while stop < b and byte_at(buf, stop) != 58:
            stop += 1
        if slot >= k.FORMAT_KEYS:
            return -1
        keys[row, slot] = -1
        if 2 <= stop - i <= 6:
            for field in range(_NAME.shape[0]):
                if same(buf, i, stop, _NAME.ctypes.data + field * 8, _NAME_LENGTH[field]):
                    if seen >> field & 1:
                        return -2
                    keys[row, slot] = field
                    seen |= 1 << field
                    facts[row, k.FORMAT_LAST] = slot
        slot += 1
        i = stop + 1
    facts[row, k.FORMAT_HAS_GT] = seen & 1
    facts[row, k.FORMAT_SLOTS] = slot
    if b - a <= k.FORMAT_BYTES:
        facts[row, k.FORMAT_LENGTH] = b - a
        for i in range(b - a):
            texts[row, i] = buf[a + i]
    return row


@helper(bool_(u1, i64, i64, i1_2d, i64, i64, i64, i8))
def read_fields(
    buf: Bytes, a: int, b: int, keys: NDArray[np.int8], row: int, last: int, slots: int, spans: Ints
) -> bool:
    """Ranges of the wanted fields into `spans` (2 per field; -1 where dropped). False: more values than keys."""
    for i in range(2 * k.FIELDS):
        spans[i] = -1
    slot = 0
    i = a
    while slot <= last and i <= b:
        stop = i
        while stop < b and byte_at(buf, stop) != 58:
            stop += 1
        field = keys[row, slot]
        if field >= 0:
            spans[2 * field] = i
            spans[2 * field + 1] = stop
        slot += 1
        i = stop + 1
    while slot < slots and i <= b:
        stop = find(buf, 58, i, b)
        if stop < 0:
            return True
        slot += 1
        i = stop + 1
    return i > b


@helper(bool_(u1, i64, i64, u1, i8))
def fast_gt(buf: Bytes, a: int, n_alts: int, kinds: Bytes, fact: Ints) -> bool:
    """The commonest shape, two digits that name REF or a real ALT; False leaves the rest to `read_gt`."""
    one, two, bar = byte_at(buf, a) - 48, byte_at(buf, a + 2) - 48, byte_at(buf, a + 1)
    if one < 0 or one > 9 or two < 0 or two > 9 or one > n_alts or two > n_alts or (bar != 47 and bar != 124):
        return False
    if (one > 0 and kinds[one - 1] != k.REAL) or (two > 0 and kinds[two - 1] != k.REAL):
        return False
    fact[N] = 2
    fact[FIRST] = fact[COUNTS_FIRST] = one
    fact[SECOND] = fact[COUNTS_SECOND] = two
    fact[PHASED_GT] = bar == 124
    fact[DIFFER] = fact[DIFFER_CALLED] = fact[WRITTEN_DIFFER] = one != two
    fact[ABOVE] = 2 if one + two > 0 else 0
    return True


@helper(i64(u1, i64, i64, i64, u1, i64, i8))
def read_gt(buf: Bytes, a: int, b: int, n_alts: int, kinds: Bytes, stars: int, fact: Ints) -> int:
    """Fill `fact` from GT; an Answer that refuses, or 0."""
    for i in range(FACTS):
        fact[i] = 0
    fact[FIRST] = fact[SECOND] = fact[COUNTS_FIRST] = fact[COUNTS_SECOND] = -2
    if b - a == 3 and fast_gt(buf, a, n_alts, kinds, fact):
        return 0
    i = a
    if i < b and (byte_at(buf, i) == 47 or byte_at(buf, i) == 124):  # VCF 4.4: phase of the first allele
        i += 1
    if i >= b:
        return k.ANS_GT_EMPTY if a >= b else k.ANS_GT
    called = -1
    n = 0
    while True:
        if i >= b:
            return k.ANS_GT
        if byte_at(buf, i) == 46:
            allele = -1
            i += 1
        else:
            start = i
            while i < b and byte_at(buf, i) >= 48 and byte_at(buf, i) <= 57:
                i += 1
            if i - start > 5:
                return k.ANS_GT
            allele = whole_number(buf, start, i)
            if allele < 0:
                return k.ANS_GT
            if allele > n_alts:
                return k.ANS_GT_BEYOND
        counts = allele
        if allele < 0:
            fact[DOTS] += 1
        elif allele > 0:
            if kinds[allele - 1] == k.STAR and stars == 0:
                counts = -1
            fact[ABOVE] = 2 if kinds[allele - 1] == k.REAL or fact[ABOVE] == 2 else 1
        if n == 0:
            fact[FIRST] = allele
            fact[COUNTS_FIRST] = counts
        else:
            if n == 1:
                fact[SECOND] = allele
                fact[COUNTS_SECOND] = counts
            if counts != fact[COUNTS_FIRST]:
                fact[DIFFER] = 1
            if allele != fact[FIRST]:
                fact[WRITTEN_DIFFER] = 1
        if counts < 0:
            fact[MISSING] += 1
        else:
            if called >= 0 and called != counts:
                fact[DIFFER_CALLED] = 1
            called = counts
        n += 1
        if i == b:
            break
        if byte_at(buf, i) == 124:
            fact[PHASED_GT] = 1
        elif byte_at(buf, i) != 47:
            return k.ANS_GT
        i += 1
    fact[N] = n
    return 0


@helper(i64(u1, i64, i64, i64), inline=False)
def count_in_gt(buf: Bytes, a: int, b: int, wanted: int) -> int:
    """How often a GT that was read without error names allele `wanted`."""
    n = 0
    value = -1
    for i in range(a, b + 1):
        if i < b and byte_at(buf, i) >= 48 and byte_at(buf, i) <= 57:
            value = (value if value > 0 else 0) * 10 + byte_at(buf, i) - 48
        else:
            n += value == wanted
            value = -1
    return n


@helper(none(u1, i64, i64, i8))
def use_pgt(buf: Bytes, a: int, b: int, fact: Ints) -> None:
    """GATK's PGT phases an unphased GT of the same two alleles."""
    if a < 0 or fact[PHASED_GT] or fact[N] != 2 or fact[DOTS]:
        return
    bar = find(buf, 124, a, b)
    if bar < 0 or bar - a > 5 or b - bar - 1 > 5:
        return
    one, two = whole_number(buf, a, bar), whole_number(buf, bar + 1, b)
    if one == fact[FIRST] and two == fact[SECOND]:
        fact[PHASED_GT] = 1
    elif one == fact[SECOND] and two == fact[FIRST]:
        fact[PHASED_GT] = 1
        fact[FIRST], fact[SECOND] = one, two
        fact[COUNTS_FIRST], fact[COUNTS_SECOND] = fact[COUNTS_SECOND], fact[COUNTS_FIRST]


@helper(i64(u1, i64, i64))
def _digits(buf: Bytes, a: int, b: int) -> int:
    """The end of the digits that begin at `a`."""
    while a < b and byte_at(buf, a) >= 48 and byte_at(buf, a) <= 57:
        a += 1
    return a


@helper(i64(u1, i8))
def phase_set(buf: Bytes, spans: Ints) -> int:
    """PS, else the number that begins PID, else -1."""
    a, b = spans[2 * k.F_PS], spans[2 * k.F_PS + 1]
    stop = _digits(buf, a, b)
    if a < 0 or stop < b or b == a or b - a > 18:
        a, b = spans[2 * k.F_PID], spans[2 * k.F_PID + 1]
        stop = _digits(buf, a, b)
        if a < 0 or stop == a or stop - a > 18:
            return -1
    value = np.int64(0)
    for i in range(a, stop):
        value = value * 10 + byte_at(buf, i) - 48
    return value


@helper(i64(u1, i8, i64, i64, i64, i8))
def first_number(buf: Bytes, spans: Ints, one: int, two: int, exponents: int, bad: Ints) -> int:
    """The number in field `one`, else in `two`, else -1; those that are no numbers are counted in bad[0]."""
    value = number(buf, spans[2 * one], spans[2 * one + 1], exponents)
    if value < -1:
        bad[0] += 1
    if value < 0 and two >= 0:
        value = number(buf, spans[2 * two], spans[2 * two + 1], exponents)
        if value < -1:
            bad[0] += 1
    return value if value > -1 else -1


@helper(i64(u1, i64, i64, i4, i64, i64, i8))
def read_depths(buf: Bytes, a: int, b: int, ad: NDArray[np.int32], at: int, exponents: int, bad: Ints) -> int:
    """AD values into `ad` from `at` on, -1 for missing; how many."""
    if a < 0 or b == a or (b - a == 1 and byte_at(buf, a) == 46):
        return 0
    n = 0
    i = a
    while i <= b:
        stop = i
        while stop < b and byte_at(buf, stop) != 44:
            stop += 1
        value = number(buf, i, stop, exponents)
        if value < -1:
            bad[0] += 1
        ad[at + n] = value if value > -1 else -1
        n += 1
        i = stop + 1
    return n


@helper(i64(u1, i8, i64, i4, i64, i64, i8), inline=False)
def spelled_depths(buf: Bytes, spans: Ints, n_alts: int, ad: NDArray[np.int32], at: int, n_ad: int, bad: Ints) -> int:
    """AD as it would be had the caller written it as most do, REF first: how many values it has then.

    VarScan's AD is the reads of the ALT alone, and RD those of REF; freebayes and Torrent write RO and AO.
    """
    if n_ad == 1 and n_alts == 1:
        a, b = spans[2 * k.F_RD], spans[2 * k.F_RD + 1]
        value = number(buf, a, b, 1)
        bad[0] += value < -1
        if value < 0:
            return n_ad
        ad[at + 1] = ad[at]
        ad[at] = value
        return 2
    a, b = spans[2 * k.F_AO], spans[2 * k.F_AO + 1]
    if n_ad == 0 and b > a:
        values = 1
        for i in range(a, b):
            values += byte_at(buf, i) == 44
        if values == n_alts and not (b - a == 1 and byte_at(buf, a) == 46):
            value = number(buf, spans[2 * k.F_RO], spans[2 * k.F_RO + 1], 1)
            bad[0] += value < -1
            ad[at] = value if value > -1 else -1
            return 1 + read_depths(buf, a, b, ad, at + 1, 1, bad)
    return n_ad


@helper(i64(i8, i64, bool_))
def level(fact: Ints, copies: int, is_mt: bool) -> int:
    """Raw level of a genotype on so many copies; 8 more for a het on one copy, 16 more for too many alleles."""
    called = fact[N] - fact[MISSING]
    if called == 0:
        return NOTHING
    if is_mt:
        return FULL if fact[MISSING] == 0 else ONE
    if fact[N] > 2:
        return FULL if fact[DIFFER] == 0 else NOTHING + 16
    if copies == 1:
        if fact[DIFFER_CALLED]:
            return NOTHING + 8
        return FULL if fact[MISSING] == 0 else ONE
    return FULL if called == 2 else ONE


@helper(bool_(i8, i64, bool_, i64, i64, i64, i4, i64, i64, i8))
def passes(
    fact: Ints,
    copies: int,
    passed: bool,
    gq: int,
    depth: int,
    dp: int,
    ad: NDArray[np.int32],
    at: int,
    n_ad: int,
    ctl: Ints,
) -> bool:
    """The policy's gates on one record, before it is split."""
    if not passed or depth < 0:
        return False
    if gq < ctl[k.CTL_MIN_GQ] if gq >= 0 else not ctl[k.CTL_FREE_GQ]:
        return False
    if depth < (ctl[k.CTL_MIN_DP_HAPLOID] if copies == 1 else ctl[k.CTL_MIN_DP]):
        return False
    if copies == 2 and fact[N] == 2 and fact[MISSING] == 0 and fact[DIFFER]:
        for allele in (fact[COUNTS_FIRST], fact[COUNTS_SECOND]):
            if 0 < allele < n_ad and ad[at + allele] >= 0:
                if np.int64(ad[at + allele]) * 100 < ctl[k.CTL_BALANCE] * (dp if dp > 0 else 0):
                    return False
    return True


@helper(i64(i64, i64))
def has(gq: int, depth: int) -> int:
    """Which numbers a call has, as bits of `layout.EV_...`."""
    return k.EV_ANY | (k.EV_GQ if gq >= 0 else 0) | (k.EV_DP if depth >= 0 else 0)


@helper(i64(u1, i8, i64, i8, i4, i64, i64, i64), inline=False)
def heteroplasmy(
    buf: Bytes, spans: Ints, allele: int, fact: Ints, ad: NDArray[np.int32], at: int, n_ad: int, n_alts: int
) -> int:
    """Share of one ALT in 1/10,000: FORMAT/AF, else AD, else GT. -1 where AF is given and is no share."""
    i, b = spans[2 * k.F_AF], spans[2 * k.F_AF + 1]
    place = 1
    while 0 <= i <= b:
        stop = find(buf, 44, i, b)
        if stop < 0:
            stop = b
        if place == allele:
            if stop == i or (stop - i == 1 and byte_at(buf, i) == 46):
                break
            return share(buf, i, stop)
        place += 1
        i = stop + 1
    if n_ad == n_alts + 1:
        total = np.int64(0)
        for j in range(n_ad):
            if ad[at + j] < 0:
                total = np.int64(-1)
                break
            total += np.int64(ad[at + j])
        if total > 0:
            return np.int64(ad[at + allele]) * 10_000 // total
    found = count_in_gt(buf, spans[2 * k.F_GT], spans[2 * k.F_GT + 1], allele)
    return found * 10_000 // (fact[N] - fact[MISSING])
