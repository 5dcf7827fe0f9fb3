"""REF and ALT: what kind an ALT is, is REF the reference's, and the normal form and key of an allele.

The normal form is that of `embla.reference.normalise` (Tan 2015), over bytes; the key that of model/keys.py.
"""

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.jit import bool_, byte_at, helper, i8, i64, u1, u1_readonly
from embla.genotypes.reading.kernels.text import Bytes

_BASE = 1  # A C G T
_REF = 2  # also N and the other IUPAC letters
_ALT = 4  # A C G T N
_CLASS = np.zeros(256, np.uint8)
for _letter in b"ACGTNRYSWKMBDHV":
    _flags = _REF | (_BASE if _letter in b"ACGT" else 0) | (_ALT if _letter in b"ACGTN" else 0)
    _CLASS[_letter] = _CLASS[_letter + 32] = _flags
_CODE = np.zeros(256, np.int64)
for _code, _letter in enumerate(b"ACGT"):
    _CODE[_letter] = _code

# Of a letter as it is mostly written: 1 + its code for A C G T, else 0.
BASE_CODE = np.zeros(256, np.int64)
for _code, _letter in enumerate(b"ACGT"):
    BASE_CODE[_letter] = _code + 1

_LETTERS = np.frombuffer(b"ACGT", np.uint8).copy()
NON_REF = np.frombuffer(b"<NON_REF>", np.uint8).copy()
NO_CALL = np.frombuffer(b"<CGA_NOCALL>", np.uint8).copy()


@helper(bool_(u1, i64, i64))
def upper_ref(buf: Bytes, a: int, b: int) -> bool:
    """Turn REF to upper case in place; False when it is empty or holds other letters than IUPAC bases."""
    for i in range(a, b):
        letter_ = byte_at(buf, i)
        if not _CLASS[letter_] & _REF:
            return False
        if letter_ & 0x20:
            buf[i] = letter_ & 0xDF
    return b > a


@helper(i64(u1, i64, i64))
def kind_of_alt(buf: Bytes, a: int, b: int) -> int:
    """k.REAL (and turned to upper case), k.STAR, k.ANY, k.SYMBOLIC; 0 for what cannot be an ALT."""
    if b <= a:
        return 0
    first = byte_at(buf, a)
    if first != 60:
        plain = True
        lower = 0
        for i in range(a, b):
            lower |= byte_at(buf, i)
            if not _CLASS[byte_at(buf, i)] & _REF:
                plain = False
                break
        if plain:
            if lower & 0x20:
                for i in range(a, b):
                    buf[i] = byte_at(buf, i) & 0xDF
            return k.REAL
    last = byte_at(buf, b - 1)
    if b - a == 1:
        return k.STAR if first == 42 else 0
    if first == 60:
        if last != 62 or b - a == 2:
            return 0
        if b - a == 3 and (byte_at(buf, a + 1) == 42 or byte_at(buf, a + 1) == 88):
            return k.ANY
        if b - a == 9:
            for i in range(9):
                if byte_at(buf, a + i) != NON_REF[i]:
                    return k.SYMBOLIC
            return k.ANY
        return k.SYMBOLIC
    if first == 46 or last == 46:
        return k.SYMBOLIC
    for i in range(a, b):
        if byte_at(buf, i) == 91 or byte_at(buf, i) == 93:
            return k.SYMBOLIC
    return 0


@helper(i64(u1_readonly, i64, i64))
def letter_in(bases: Bytes, packed: int, at: int) -> int:
    """The letter `at` so many bases into the window."""
    if packed:
        return byte_at(_LETTERS, byte_at(bases, at >> 2) >> 2 * (at & 3) & 3)
    return byte_at(bases, at)


@helper(i64(u1_readonly, i8, i64))
def base_at(bases: Bytes, ctl: NDArray[np.int64], place: int) -> int:
    """Reference base at 0-based `place`: its letter, 0 where the reference has nothing, -1 where the window ends."""
    if place < 0 or place >= ctl[k.CTL_REFERENCE]:
        return 0
    if place < ctl[k.CTL_BASES_FROM] or place >= ctl[k.CTL_BASES_TO]:
        return -1
    return letter_in(bases, ctl[k.CTL_PACKED], place - ctl[k.CTL_BASES_FROM])


@helper(i64(u1, i64, i64, i64, u1_readonly, i8))
def check_ref(buf: Bytes, a: int, b: int, start: int, bases: Bytes, ctl: NDArray[np.int64]) -> int:
    """1 checked, 0 unchecked (N, IUPAC, nothing there), 2 not the reference's, -1 more bases needed."""
    if ctl[k.CTL_REFERENCE] == 0:
        return 0
    checked = 1
    for i in range(a, b):
        there = base_at(bases, ctl, start + i - a)
        if there < 0:
            return -1
        given = byte_at(buf, i)
        if not (_CLASS[given] & _BASE) or not (_CLASS[there] & _BASE):
            checked = 0
        elif given != there:
            return 2
    return checked


@helper(bool_(i8, i64))
def _need(ctl: NDArray[np.int64], place: int) -> bool:
    ctl[k.CTL_NEED_FROM] = place
    ctl[k.CTL_NEED_TO] = place + 1
    return False


@helper(bool_(u1, i64, i64, i64, i64, i64, u1_readonly, i8, i8), inline=False)
def normal_form(
    buf: Bytes,
    ref_a: int,
    ref_b: int,
    alt_a: int,
    alt_b: int,
    pos: int,
    bases: Bytes,
    ctl: NDArray[np.int64],
    form: NDArray[np.int64],
) -> bool:
    """Trim and move left. False when more reference bases are needed.

    Fills `form`: pos, first byte and length of REF, of ALT, and `turned`: bases that the longer allele took in on its
    left (then it is the reference from pos on, `turned` bases, followed by its own first bytes, and the shorter one is
    the reference base at pos).
    """
    n_ref, n_alt = ref_b - ref_a, alt_b - alt_a
    form[0], form[1], form[2], form[3], form[4], form[5] = pos, ref_a, n_ref, alt_a, n_alt, 0
    for i in range(alt_a, alt_b):
        if not _CLASS[byte_at(buf, i)] & _ALT:
            return True  # an IUPAC letter in ALT stands for several alleles and is kept as it is written
    while n_ref > 1 and n_alt > 1 and byte_at(buf, ref_a + n_ref - 1) == byte_at(buf, alt_a + n_alt - 1):
        n_ref -= 1
        n_alt -= 1
    turned = 0
    if n_ref != n_alt and (n_ref == 1 or n_alt == 1) and ctl[k.CTL_REFERENCE] > 0:
        wheel = ref_a if n_ref > n_alt else alt_a
        short = alt_a if n_ref > n_alt else ref_a
        size = n_ref if n_ref > n_alt else n_alt
        first = pos
        last_short = byte_at(buf, short)
        while pos > 1:
            if turned < size:
                last = byte_at(buf, wheel + size - 1 - turned)
            else:
                # The wheel has turned once round: its last base is one of the reference bases taken in before.
                last = base_at(bases, ctl, first - 2 - (turned - size))
                if last < 0:
                    return _need(ctl, first - 2 - (turned - size))
            if last != last_short:
                break
            before = base_at(bases, ctl, pos - 2)
            if before < 0:
                return _need(ctl, pos - 2)
            if not _CLASS[before] & _BASE:
                break
            turned += 1
            last_short = before
            pos -= 1
    lead = 0
    if turned == 0:
        most = (n_ref if n_ref < n_alt else n_alt) - 1
        while lead < most and byte_at(buf, ref_a + lead) == byte_at(buf, alt_a + lead):
            lead += 1
    form[0] = pos + lead
    form[1] = ref_a + lead
    form[2] = n_ref - lead
    form[3] = alt_a + lead
    form[4] = n_alt - lead
    form[5] = turned
    return True


@helper(i64(u1, i8, bool_, i64, u1_readonly, i8), inline=False)
def letter(buf: Bytes, form: NDArray[np.int64], of_ref: bool, i: int, bases: Bytes, ctl: NDArray[np.int64]) -> int:
    """The i-th letter of REF or ALT in normal form."""
    turned = form[5]
    at = form[1] if of_ref else form[3]
    size = form[2] if of_ref else form[4]
    if turned == 0:
        return byte_at(buf, at + i)
    if size == 1 or i < turned:
        return base_at(bases, ctl, form[0] - 1 + i)
    return byte_at(buf, at + i - turned)


@helper(i64(i64, i64, i64))
def snv_key(ref: int, alt: int, pos: int) -> int:
    """The key of one base for another, which nothing can move or trim; 0 where a letter is no base."""
    if not (_CLASS[ref] & _BASE and _CLASS[alt] & _BASE):
        return 0
    return pos << 36 | 1 << 32 | 1 << 28 | _CODE[ref] << 26 | _CODE[alt] << 24


@helper(i64(u1, i8, u1_readonly, i8), inline=False)
def short_key(buf: Bytes, form: NDArray[np.int64], bases: Bytes, ctl: NDArray[np.int64]) -> int:
    """The key of an allele that fits 64 bits; otherwise the key of a hashed one with its low bits 0."""
    pos, n_ref, n_alt = form[0], form[2], form[4]
    hashed = pos << 36 | np.int64(15) << 32
    if n_ref + n_alt > 14:
        return hashed
    packed = np.int64(0)
    for i in range(n_ref + n_alt):
        if form[5] == 0:
            base = byte_at(buf, form[1] + i if i < n_ref else form[3] + i - n_ref)
        else:
            base = letter(buf, form, i < n_ref, i if i < n_ref else i - n_ref, bases, ctl)
        if not _CLASS[base] & _BASE:
            return hashed
        packed = packed << 2 | _CODE[base]
    return pos << 36 | n_ref << 32 | n_alt << 28 | packed << (2 * (14 - n_ref - n_alt))
