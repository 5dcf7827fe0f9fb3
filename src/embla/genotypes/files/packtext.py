"""The REF and ALT texts of a pack's records as columns, and the key that each record has as it stands.

form         which suffix: none, gVCF's ",<NON_REF>", ",<*>"; plus 3 where the rest is written out
change       of the others: one of 16 pairs of bases, REF then ALT, two bits each
rest         texts written out, without their suffix, one after another; `rest_length` of each
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model import keys

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
Bools = NDArray[np.bool_]
SUFFIXES: Final = (b"", b",<NON_REF>", b",<*>")
_BASES: Final = b"ACGT"
_CODE: Final = np.full(256, 255, np.uint8)
_CODE[list(_BASES)] = np.arange(4)
_LETTER: Final = np.frombuffer(_BASES, np.uint8)
_TAB: Final = 9
_ONE_EACH: Final = np.uint64((1 << keys.REF_LEN_SHIFT) | (1 << keys.ALT_LEN_SHIFT))
_LENGTHS: Final = np.uint64(0xFF << keys.ALT_LEN_SHIFT)
_TOP: Final = np.uint64(2 * (keys.MAX_BASES - 2))


@dataclass(frozen=True)
class Texts:
    """Texts of n records as columns."""

    form: U8  # (n,)
    change: U8  # one for each record of form 0 to 2
    rest: U8
    rest_length: NDArray[np.uint32]  # one for each record of form 3 to 5

    @property
    def plain(self) -> Bools:
        """(n,) records whose text is a change of one base."""
        return self.form < 3

    def only(self, chosen: Bools) -> "Texts":
        """Those of some records."""
        plain = self.plain
        written = chosen[~plain]
        length = self.rest_length.astype(np.int64)
        begin = np.cumsum(length) - length
        rest = self.rest[places(begin[written], length[written])]
        return Texts(self.form[chosen], self.change[chosen[plain]], rest, self.rest_length[written])


def places(begin: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """begin[0], begin[0] + 1, ... length[0] of them, then from begin[1] on."""
    before = np.cumsum(length) - length
    found: NDArray[np.int64] = np.arange(int(length.sum())) + np.repeat(begin - before, length)
    return found


def join(texts: Texts) -> tuple[bytes, NDArray[np.uint32]]:
    """The inverse of `split`."""
    form, plain = texts.form, texts.plain
    suffix = np.where(plain, form, form - np.uint8(3))
    own = np.full(len(form), 3, np.int64)
    own[~plain] = texts.rest_length
    end = np.cumsum(own + np.array([len(s) for s in SUFFIXES])[suffix])
    begin = np.append(0, end[:-1]) if len(end) else end
    raw = np.empty(int(end[-1]) if len(end) else 0, np.uint8)
    single = begin[plain]
    raw[single], raw[single + 1], raw[single + 2] = _LETTER[texts.change >> 2], _TAB, _LETTER[texts.change & 3]
    raw[places(begin[~plain], own[~plain])] = texts.rest
    for number in (1, 2):
        after = (begin + own)[suffix == number]
        for i, letter in enumerate(SUFFIXES[number]):
            raw[after + i] = letter
    return raw.tobytes(), end.astype(np.uint32)


def keys_of(pos: NDArray[np.uint32], texts: Texts) -> tuple[U64, Bools]:
    """The key of each record of one ALT as it stands, (n,) and whether it has one (others have any number)."""
    plain = texts.plain
    alleles = np.zeros(len(texts.form), np.uint64)
    alleles[plain] = _ONE_EACH | texts.change.astype(np.uint64) << _TOP
    known = plain.copy()
    other = np.flatnonzero(~plain)
    length = texts.rest_length.astype(np.int64)
    begin = np.cumsum(length) - length
    fits = np.flatnonzero((length >= 3) & (length <= keys.MAX_BASES + 1))
    if len(fits):
        begin, length = begin[fits], length[fits]
        tabs = np.append(np.flatnonzero(texts.rest == _TAB), len(texts.rest))
        n_ref = tabs[np.searchsorted(tabs, begin)] - begin
        n_alt = length - 1 - n_ref
        good = (n_ref > 0) & (n_alt > 0)
        bases = np.zeros(len(fits), np.uint64)
        has = np.flatnonzero(good)
        for i in range(keys.MAX_BASES):
            has = has[length[has] - 1 > i]
            code = _CODE[texts.rest[begin[has] + i + (i >= n_ref[has])]]
            good[has[code > 3]] = False
            bases[has] |= (code & np.uint8(3)).astype(np.uint64) << np.uint64(2 * (keys.MAX_BASES - 1 - i))
        lengths = n_ref.astype(np.uint64) << np.uint64(keys.REF_LEN_SHIFT)
        lengths |= (n_alt & 15).astype(np.uint64) << np.uint64(keys.ALT_LEN_SHIFT)
        alleles[other[fits[good]]] = (lengths | bases)[good]
        known[other[fits[good]]] = True
    return pos.astype(np.uint64) << np.uint64(keys.POS_SHIFT) | alleles, known


def texts_of(key: U64) -> Texts:
    """The texts, without suffix, of keys that are not hashed: the inverse of `keys_of`."""
    plain = key & _LENGTHS == _ONE_EACH
    change = (key[plain] >> _TOP).astype(np.uint8) & np.uint8(15)
    long = key[~plain]
    n_ref = (long >> np.uint64(keys.REF_LEN_SHIFT)).astype(np.int64) & 15
    length = n_ref + ((long >> np.uint64(keys.ALT_LEN_SHIFT)).astype(np.int64) & 15) + 1
    begin = np.cumsum(length) - length
    rest = np.full(int(length.sum()), _TAB, np.uint8)
    for i in range(keys.MAX_BASES):
        has = np.flatnonzero(i < length - 1)
        code = (long[has] >> np.uint64(2 * (keys.MAX_BASES - 1 - i))).astype(np.int64) & 3
        rest[begin[has] + i + (i >= n_ref[has])] = _LETTER[code]
    return Texts(np.where(plain, 0, 3).astype(np.uint8), change, rest, length.astype(np.uint32))


def merged(first: Texts, second: Texts, order: NDArray[np.int64]) -> Texts:
    """Texts of both, as `order` has them: numbers of `first`'s, then of `second`'s."""
    form = np.concatenate([first.form, second.form])
    plain = form < 3
    # Where each record's change, or its rest, lies among those of both.
    change, rest = np.concatenate([first.change, second.change]), np.concatenate([first.rest, second.rest])
    length = np.concatenate([first.rest_length, second.rest_length]).astype(np.int64)
    begin = np.cumsum(length) - length
    number = np.where(plain, np.cumsum(plain), np.cumsum(~plain)) - 1
    own = plain[order]
    written = number[order][~own]
    return Texts(
        form[order],
        change[number[order][own]],
        rest[places(begin[written], length[written])],
        length[written].astype(np.uint32),
    )
