"""The loops that turn a contig's records and entries into columns, compiled. `packcode.py` says what the columns are.

Their plain twin is `tests/support/plain_telling.py`. Each kernel answers -1 where its columns do not fit each other,
and then nothing it wrote is used.
"""

from typing import Any, Final

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.compiled import kernel
from embla.genotypes.files.packcode import AS_BEFORE, CONTEXTS, FROM_HERE, HET, HOM, NO_PHASE, OTHER
from embla.genotypes.model import codes, keys

_ADJ: Final = codes.ADJ
_SURE_GQ: Final = 20
_SURE_DP: Final = 10
_TAB: Final = 9
_MAX_BASES: Final = keys.MAX_BASES
_POS, _REF, _ALT = keys.POS_SHIFT, keys.REF_LEN_SHIFT, keys.ALT_LEN_SHIFT
_CODE: Final = np.full(256, 255, np.uint8)
_CODE[list(b"ACGT")] = np.arange(4)
_NON_REF: Final = np.frombuffer(b",<NON_REF>", np.uint8).copy()
_STAR: Final = np.frombuffer(b",<*>", np.uint8).copy()


def _in(kind: Any, dimensions: int = 1) -> Any:
    return types.Array(kind, dimensions, "C", readonly=True)


def _out(kind: Any) -> Any:
    return types.Array(kind, 1, "C")


_U8, _U16, _U32, _U64 = types.uint8, types.uint16, types.uint32, types.uint64
_I8, _I16, _I32, _I64, _BOOL = types.int8, types.int16, types.int32, types.int64, types.boolean


@kernel(
    types.UniTuple(_I64, 3)(
        _in(_U8), _in(_U32), _in(_U32), _out(_U8), _out(_U8), _out(_U8), _out(_U32), _out(_U64), _out(_BOOL)
    ),
    nogil=True,
)
def tell_texts(raw, text_end, pos, form, change, rest, rest_length, key, has_key):  # type: ignore[no-untyped-def]
    """Texts as `packtext.split` has them, and the key of each record of one ALT as it stands.

    Gives how many changes, bytes of `rest` and written texts there are; (-1, 0, 0) where ends do not grow.
    """
    n_change = n_rest = n_written = 0
    begin = 0
    for i in range(len(text_end)):
        end = np.int64(text_end[i])
        if end < begin or end > len(raw):
            return -1, 0, 0
        length = end - begin
        suffix = 0
        if length >= 7 and raw[end - 1] == 62:
            if length >= 13:
                suffix = 1
                for j in range(10):
                    if raw[end - 10 + j] != _NON_REF[j]:
                        suffix = 0
                        break
                if suffix:
                    length -= 10
            if suffix == 0:
                suffix = 2
                for j in range(4):
                    if raw[end - 4 + j] != _STAR[j]:
                        suffix = 0
                        break
                if suffix:
                    length -= 4
        place = np.uint64(pos[i]) << np.uint64(_POS)
        if length == 3 and raw[begin + 1] == _TAB and _CODE[raw[begin]] < 4 and _CODE[raw[begin + 2]] < 4:
            form[i] = suffix
            both = _CODE[raw[begin]] * 4 + _CODE[raw[begin + 2]]
            change[n_change] = both
            n_change += 1
            key[i] = place | np.uint64(1 << _REF | 1 << _ALT) | np.uint64(both) << np.uint64(2 * (_MAX_BASES - 2))
            has_key[i] = True
        else:
            form[i] = suffix + 3
            rest_length[n_written] = length
            n_written += 1
            n_ref = -1
            good = 3 <= length <= _MAX_BASES + 1
            bases = np.uint64(0)
            for j in range(length):
                byte = raw[begin + j]
                rest[n_rest + j] = byte
                if good:
                    if byte == _TAB and n_ref < 0:
                        n_ref = j
                    elif _CODE[byte] > 3:
                        good = False
                    else:
                        bases = bases << np.uint64(2) | np.uint64(_CODE[byte])
            n_rest += length
            n_alt = length - 1 - n_ref
            good = good and n_ref > 0 and n_alt > 0
            has_key[i] = good
            key[i] = place
            if good:
                bases <<= np.uint64(2 * (_MAX_BASES - length + 1))
                key[i] = place | np.uint64(n_ref) << np.uint64(_REF) | np.uint64(n_alt) << np.uint64(_ALT) | bases
        begin = end
    return n_change, n_rest, n_written


_values = types.UniTuple(_I64, 4)(
    _in(_I8, 2), _in(_I32), _in(_I16), _in(_I32), _in(_U32), _in(_I64), _in(_U32), _in(_BOOL),
    _out(_U8), _out(_U32), _out(_I8), _out(_U32), _out(_I32), _out(_I32), _out(_I32), _out(_U8), _out(_I64), _out(_U8),
    _out(_I32), _out(_I16), _out(_I64), _out(_I64), _out(_U8), _out(_U8),
)  # fmt: skip


@kernel(_values, nogil=True)
def tell_values(  # type: ignore[no-untyped-def]
    genotype, dp, gq, ad, ad_end, phase_set, pos, is_phased,
    gt, gt_at, gt_other, ad_n, ad_short, ad_hom, ad_rest, phase, phase_other, phased,
    ad_het, gq_all, of_ad, of_gq, ad_slot, gq_slot,
):  # fmt: skip
    """Genotypes, depths, qualities and phase of n records.

    `ad_het` and `gq_all` come with the values of each context together: `gq_all` those of heterozygotes, then those of
    homozygotes, each by their contexts; `ad_het` those of heterozygotes, and behind them what is nothing. `of_ad`
    (CONTEXTS + 2,) and `of_gq` (2 * CONTEXTS + 1,), zeros at first, say where each context begins. The slots (n,) are
    scratch. Gives how many odd genotypes, homozygotes' depths, further depths and other phase sets there are;
    (-1, 0, 0, 0) where ends do not grow.
    """
    n = len(dp)
    n_odd = n_hom = n_rest = n_other = n_short = 0
    begin = 0
    before = np.int64(-1)
    for i in range(n):
        end = np.int64(ad_end[i])
        if end < begin or end > len(ad):
            return -1, 0, 0, 0
        one, two = np.int64(genotype[i, 0]) + 2, np.int64(genotype[i, 1]) + 2
        gt[i] = (one & 15) | (two & 15) << 4
        if (one | two) & -16:
            gt_at[n_odd] = i
            gt_other[2 * n_odd] = genotype[i, 0]
            gt_other[2 * n_odd + 1] = genotype[i, 1]
            n_odd += 1
        hom = one == two
        depth = np.int64(dp[i])
        deep = 0 if depth < 0 else CONTEXTS - 1 if depth > CONTEXTS - 2 else depth + 1
        many = end - begin
        ad_n[i] = many
        rarer = second = np.int64(0)
        two_or_more = many > 1
        if two_or_more:
            first, second = np.int64(ad[begin]), np.int64(ad[begin + 1])
            rarer = min(first, second)
            rarer = 0 if rarer < 0 else CONTEXTS - 1 if rarer > CONTEXTS - 2 else rarer + 1
            others = second
            for j in range(begin + 2, end):
                ad_rest[n_rest] = ad[j]
                others += ad[j]
                n_rest += 1
            # In 32 bits that wrap: any value comes back.
            ad_short[n_short] = depth - others - first
            n_short += 1
        elif many > 0:
            ad_short[n_short] = depth - ad[begin]
            n_short += 1
        # Who is homozygous cannot be foreseen, so nothing here waits to know.
        if n_hom < len(ad_hom):
            ad_hom[n_hom] = depth - second
        n_hom += hom and two_or_more
        slot = CONTEXTS + deep if hom else rarer
        gq_slot[i] = slot
        of_gq[slot + 1] += 1
        slot = CONTEXTS if hom or not two_or_more else deep
        ad_slot[i] = slot
        of_ad[slot + 1] += 1
        own = phase_set[i]
        kind = NO_PHASE
        if own != -1:
            if own == before:
                kind = AS_BEFORE
            elif own == np.int64(pos[i]):
                kind = FROM_HERE
            else:
                kind = OTHER
                phase_other[n_other] = own
                n_other += 1
            before = own
        phase[i] = kind
        if is_phased[i] != (kind != NO_PHASE):
            phased[i >> 3] |= 128 >> (i & 7)
        begin = end
    for i in range(2 * CONTEXTS):
        of_gq[i + 1] += of_gq[i]
    for i in range(CONTEXTS + 1):
        of_ad[i + 1] += of_ad[i]
    at_gq, at_ad = of_gq.copy(), of_ad.copy()
    begin = 0
    for i in range(n):
        slot = gq_slot[i]
        gq_all[at_gq[slot]] = gq[i]
        at_gq[slot] += 1
        slot = ad_slot[i]
        # Where there is no second depth this is another's, and lies behind what counts.
        ad_het[at_ad[slot]] = ad[min(begin + 1, len(ad) - 1)] if len(ad) else 0
        at_ad[slot] += 1
        begin = np.int64(ad_end[i])
    return n_odd, n_hom, n_rest, n_other


@kernel(
    types.UniTuple(_I64, 2)(
        _in(_U64),
        _in(_U16),
        _in(_U64),
        _in(_BOOL),
        _in(_I8, 2),
        _in(_I32),
        _in(_I16),
        _out(_U8),
        _out(_U64),
        _out(_U16),
    ),
    nogil=True,
)
def tell_keys(own, entry, key, has_key, genotype, dp, gq, is_key, more, foretold):  # type: ignore[no-untyped-def]
    """The entries' keys (`own`) told by those that the records have as they stand, and entries by what records say.

    Gives how many records have a key and how many keys are told for themselves; (-1, 0) where either do not grow, as of
    files whose alleles had to move: then `packcode` sorts.
    """
    n = n_more = 0
    at = 0
    before = np.uint64(0)
    last_record = np.uint64(0)
    for i in range(len(key)):
        if not has_key[i]:
            continue
        wanted = key[i]
        if n and wanted <= last_record:
            return -1, 0
        last_record = wanted
        while at < len(own) and own[at] < wanted:
            if at and own[at] <= own[at - 1]:
                return -1, 0
            more[n_more] = own[at] - before
            before = own[at]
            foretold[at] = entry[at] ^ HET
            n_more += 1
            at += 1
        if at < len(own) and own[at] == wanted:
            if at and own[at] <= own[at - 1]:
                return -1, 0
            is_key[n >> 3] |= 128 >> (n & 7)
            expected = HOM if genotype[i, 0] == genotype[i, 1] else HET
            # A call that does not pass has no alleles called by adj: its own an is two less than where it is callable.
            if gq[i] < _SURE_GQ or dp[i] < _SURE_DP:
                expected ^= _ADJ
            foretold[at] = entry[at] ^ expected
            at += 1
        n += 1
    while at < len(own):
        if at and own[at] <= own[at - 1]:
            return -1, 0
        more[n_more] = own[at] - before
        before = own[at]
        foretold[at] = entry[at] ^ HET
        n_more += 1
        at += 1
    return n, n_more


def columns_of_values(records: Any) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64]] | None:
    """What `tell_values` makes of `Records`, by name, and the borders of its contexts; None where they do not fit."""
    n, n_ad = len(records.pos), len(records.ad)
    odd = np.empty(2 * n, np.int8)
    out: dict[str, NDArray[Any]] = {
        "gt": np.empty(n, np.uint8),
        "gt_at": np.empty(n, np.uint32),
        "gt_other": odd,
        "ad_n": np.empty(n, np.uint32),
        "ad_short": np.empty(n, np.int32),
        "ad_hom": np.empty(n, np.int32),
        "ad_rest": np.empty(n_ad, np.int32),
        "phase": np.empty(n, np.uint8),
        "phase_other": np.empty(n, np.int64),
        "phased": np.zeros((n + 7) // 8, np.uint8),
        "ad_het": np.empty(n, np.int32),
        "gq": np.empty(n, np.int16),
    }
    of_ad, of_gq = np.zeros(CONTEXTS + 2, np.int64), np.zeros(2 * CONTEXTS + 1, np.int64)
    slots = np.empty((2, n), np.uint8)
    columns = (records.gt, records.dp, records.gq, records.ad, records.ad_end, records.phase_set, records.pos)
    if any(len(column) != n for column in (*columns[:3], *columns[4:], records.phased)):
        return None
    given = [np.ascontiguousarray(column) for column in (*columns, records.phased)]
    n_odd, n_hom, n_rest, n_other = tell_values(*[*given, *out.values(), of_ad, of_gq, slots[0], slots[1]])
    if n_odd < 0:
        return None
    gq, n_het = out.pop("gq"), int(of_gq[CONTEXTS])
    out |= {"gq_het": gq[:n_het], "gq_hom": gq[n_het:]}
    sizes = {"gt_at": n_odd, "gt_other": 2 * n_odd, "ad_hom": n_hom, "ad_rest": n_rest, "phase_other": n_other}
    sizes |= {"ad_het": int(of_ad[CONTEXTS]), "ad_short": int(np.count_nonzero(out["ad_n"]))}
    borders = np.stack((of_ad[:-1], of_gq[: CONTEXTS + 1], of_gq[CONTEXTS:] - n_het))
    return {name: column[: sizes.get(name, len(column))] for name, column in out.items()}, borders
