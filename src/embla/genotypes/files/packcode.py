"""A contig of a pack told briefly: what one column says about another is not written twice.

`told` turns calls into columns, `heard` turns them back, bit for bit. What is foretold, and from what:

    text of a record     one of 12 base changes, with or without gVCF's ",<NON_REF>" or ",<*>"; else written out
    keys                 the key of each record of one ALT as it stands; a bit says that it is a key, others are added
    entries              the class by GT, passing the gates by GQ and DP
    AD                   REF's depth is DP less the others'; the first ALT's is all of DP where GT has two equal alleles
    phase                phased where there is a phase set; a phase set is the one before, or begins at this position
    runs                 the gap from the end before, and the length

A prediction that fails costs a few bytes, never a value. Columns of unlike nature lie apart, so that each gets short
codes of its own. A third of the bytes of writing every column as it is.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken
from embla.genotypes.model import codes, keys
from embla.genotypes.model.pack import ContigCalls, Records

Columns = dict[str, NDArray[Any]]
_Bytes = NDArray[np.uint8]
_SUFFIXES: Final = (b"", b",<NON_REF>", b",<*>")
_BASES: Final = b"ACGT"
_CODE: Final = np.full(256, 255, np.uint8)
_CODE[list(_BASES)] = np.arange(4)
_LETTER: Final = np.frombuffer(_BASES, np.uint8)
_TAB, _COMMA = 9, 44
_HET: Final = codes.make_entry(codes.HET, adj=True)
_HOM: Final = codes.make_entry(codes.HOM, adj=True)
_NO_PHASE, _AS_BEFORE, _FROM_HERE, _OTHER = range(4)


def told(calls: ContigCalls) -> Columns:
    """Columns by name. Those of `Records` come under their own names where nothing foretells them."""
    records = calls.records
    form, change, rest, rest_length = _split_texts(records)
    columns: Columns = {
        "form": form,
        "change": change,
        "rest": rest,
        "rest_length": rest_length,
        "pos": _steps(records.pos),
        "filter": records.filter,
        "counted": records.counted,
        "dp": records.dp,
    }
    _tell_genotypes(columns, records)
    _tell_depths(columns, records)
    _tell_phase(columns, records)
    foretold, record = _foretold_keys(records, form, change, rest, rest_length)
    is_key = np.isin(foretold, calls.key, assume_unique=True)
    columns["is_key"] = np.packbits(is_key)
    columns["more_keys"] = _steps(np.setdiff1d(calls.key, foretold, assume_unique=True).astype(np.uint64))
    columns["entry"] = calls.entry ^ _foretold_entries(calls.key, foretold[is_key], record[is_key], records)
    columns["heteroplasmy"] = calls.heteroplasmy
    before = np.append(np.uint32(0), calls.run_end[:-1]) if len(calls.run_end) else calls.run_end
    columns |= {"run_gap": calls.run_start - before, "run_length": calls.run_end - calls.run_start}
    columns["run_state"] = calls.run_state
    return columns


def heard(columns: Columns, long_alleles: dict[int, tuple[str, str]]) -> ContigCalls:
    """The inverse. Raises Broken where the columns do not fit each other."""
    form, change, rest, rest_length = (columns[name] for name in ("form", "change", "rest", "rest_length"))
    text, text_end = _join_texts(form, change, rest, rest_length)
    n = len(form)
    gt = np.empty((n, 2), np.int8)
    gt[:, 0], gt[:, 1] = (columns["gt"] & 15).astype(np.int8) - 2, (columns["gt"] >> 4).astype(np.int8) - 2
    gt[columns["gt_at"].astype(np.int64)] = columns["gt_other"].reshape(-1, 2)
    hom = gt[:, 0] == gt[:, 1]
    dp = columns["dp"]
    gq = np.empty(n, np.int16)
    gq[~hom], gq[hom] = columns["gq_het"], columns["gq_hom"]
    ad, ad_end = _hear_depths(columns, dp, hom)
    pos = np.cumsum(columns["pos"], dtype=np.uint32)
    phase_set, phased = _hear_phase(columns, pos)
    records = Records(pos, text, text_end, gt, phased, phase_set, columns["filter"], dp, gq, ad, ad_end,
                      columns["counted"])  # fmt: skip
    foretold, record = _foretold_keys(records, form, change, rest, rest_length)
    is_key = np.unpackbits(columns["is_key"], count=len(foretold)).astype(np.bool_)
    key = np.sort(np.concatenate([foretold[is_key], np.cumsum(columns["more_keys"], dtype=np.uint64)]))
    if len(key) != len(columns["entry"]):
        raise Broken("the keys of a pack do not fit its entries.", mend="Run `embla store verify`.")
    entry = columns["entry"] ^ _foretold_entries(key, foretold[is_key], record[is_key], records)
    both = np.empty(2 * len(columns["run_gap"]), np.uint32)
    both[0::2], both[1::2] = columns["run_gap"], columns["run_length"]
    border = np.cumsum(both, dtype=np.uint32)
    return ContigCalls(key, entry, columns["heteroplasmy"], long_alleles, border[0::2].copy(), border[1::2].copy(),
                       columns["run_state"], records)  # fmt: skip


def _steps(values: NDArray[Any]) -> NDArray[Any]:
    """Each less the one before."""
    out: NDArray[Any] = values.copy()
    out[1:] -= values[:-1]
    return out


# Texts


def _split_texts(
    records: Records,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint32]]:
    """form (n,): which suffix, plus 3 where the rest is written out; change of bases of the others; rest, lengths."""
    raw = np.frombuffer(records.text, np.uint8)
    end = records.text_end.astype(np.int64)
    begin = np.append(0, end[:-1]) if len(end) else end
    form = np.zeros(len(end), np.uint8)
    length = end - begin
    for number in (1, 2):
        suffix = np.frombuffer(_SUFFIXES[number], np.uint8)
        maybe = np.flatnonzero((form == 0) & (length >= 3 + len(suffix)))
        fits = np.ones(len(maybe), np.bool_)
        for i, letter in enumerate(suffix):
            fits &= raw[end[maybe] - len(suffix) + i] == letter
        form[maybe[fits]] = number
        length[maybe[fits]] -= len(suffix)
    short = np.flatnonzero(length == 3)
    ref, alt = _CODE[raw[begin[short]]], _CODE[raw[begin[short] + 2]]
    single = (ref < 4) & (alt < 4) & (raw[begin[short] + 1] == _TAB)
    plain = np.zeros(len(end), np.bool_)
    plain[short[single]] = True
    change = ref[single] * np.uint8(4) + alt[single]
    form[~plain] += np.uint8(3)
    rest_length = length[~plain]
    rest = raw[_places(begin[~plain], rest_length)]
    return form, change, rest, rest_length.astype(np.uint32)


def _places(begin: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """begin[0], begin[0] + 1, ... length[0] of them, then from begin[1] on."""
    before = np.cumsum(length) - length
    places: NDArray[np.int64] = np.arange(int(length.sum())) + np.repeat(begin - before, length)
    return places


def _join_texts(
    form: NDArray[np.uint8], change: NDArray[np.uint8], rest: NDArray[np.uint8], rest_length: NDArray[np.uint32]
) -> tuple[bytes, NDArray[np.uint32]]:
    plain = form < 3
    suffix = np.where(plain, form, form - np.uint8(3))
    own = np.full(len(form), 3, np.int64)
    own[~plain] = rest_length
    end = np.cumsum(own + np.array([len(s) for s in _SUFFIXES])[suffix])
    begin = np.append(0, end[:-1]) if len(end) else end
    raw = np.empty(int(end[-1]) if len(end) else 0, np.uint8)
    single = begin[plain]
    raw[single], raw[single + 1], raw[single + 2] = _LETTER[change >> 2], _TAB, _LETTER[change & 3]
    raw[_places(begin[~plain], own[~plain])] = rest
    for number in (1, 2):
        after = (begin + own)[suffix == number]
        for i, letter in enumerate(_SUFFIXES[number]):
            raw[after + i] = letter
    return raw.tobytes(), end.astype(np.uint32)


# Keys and entries


def _foretold_keys(
    records: Records,
    form: NDArray[np.uint8],
    change: NDArray[np.uint8],
    rest: NDArray[np.uint8],
    rest_length: NDArray[np.uint32],
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Sorted distinct keys of records as they stand, and the first record of each."""
    plain = form < 3
    two = np.uint64(1 << (keys.REF_LEN_SHIFT - keys.ALT_LEN_SHIFT) | 1) << np.uint64(keys.ALT_LEN_SHIFT)
    top = np.uint64(2 * (keys.MAX_BASES - 2))
    alleles = np.zeros(len(form), np.uint64)
    alleles[plain] = two | change.astype(np.uint64) << top
    known = plain.copy()
    other = np.flatnonzero(~plain)
    length = rest_length.astype(np.int64)
    begin = np.cumsum(length) - length
    fits = np.flatnonzero((length >= 3) & (length <= keys.MAX_BASES + 1))
    if len(fits):
        matrix = np.zeros((len(fits), keys.MAX_BASES + 1), np.uint8)
        for i in range(matrix.shape[1]):
            has = length[fits] > i
            matrix[has, i] = rest[begin[fits[has]] + i]
        tab = np.argmax(matrix == _TAB, axis=1)
        bases, good = np.zeros(len(fits), np.uint64), tab > 0
        for i in range(keys.MAX_BASES):
            letter = matrix[np.arange(len(fits)), np.minimum(i + (i >= tab), keys.MAX_BASES)]
            code = _CODE[letter]
            inside = i < length[fits] - 1
            good &= ~inside | (code < 4)
            bases |= np.where(inside, code & 3, 0).astype(np.uint64) << np.uint64(2 * (keys.MAX_BASES - 1 - i))
        n_ref, n_alt = tab.astype(np.uint64), (length[fits] - 1 - tab).astype(np.uint64)
        good &= length[fits] - 1 > tab
        lengths = n_ref << np.uint64(keys.REF_LEN_SHIFT) | n_alt << np.uint64(keys.ALT_LEN_SHIFT)
        alleles[other[fits[good]]] = (lengths | bases)[good]
        known[other[fits[good]]] = True
    which = np.flatnonzero(known)
    key = records.pos[which].astype(np.uint64) << np.uint64(keys.POS_SHIFT) | alleles[which]
    distinct, first = np.unique(key, return_index=True)
    return distinct, which[first]


def _foretold_entries(
    key: NDArray[np.uint64], foretold: NDArray[np.uint64], record: NDArray[np.int64], records: Records
) -> NDArray[np.uint16]:
    """What the record of each key makes one expect; a plain het where there is none."""
    out = np.full(len(key), _HET, np.uint16)
    first, second = records.gt[record, 0], records.gt[record, 1]
    expected = np.where(first == second, _HOM, _HET).astype(np.uint16)
    sure = (records.gq[record] >= 20) & (records.dp[record] >= 10)
    # A call that does not pass has no alleles called by adj: its own an is two less than where it is callable.
    expected[~sure] ^= np.uint16(codes.ADJ)
    out[np.searchsorted(key, foretold)] = expected
    return out


# Genotypes, depths, phase


def _tell_genotypes(columns: Columns, records: Records) -> None:
    wide = records.gt.astype(np.int16) + 2
    odd = np.flatnonzero(((wide < 0) | (wide > 15)).any(axis=1))
    columns["gt"] = ((wide[:, 0] & 15) | (wide[:, 1] & 15) << 4).astype(np.uint8)
    columns["gt_at"], columns["gt_other"] = odd.astype(np.uint32), records.gt[odd].reshape(-1)
    hom = records.gt[:, 0] == records.gt[:, 1]
    columns["gq_het"], columns["gq_hom"] = records.gq[~hom], records.gq[hom]


def _tell_depths(columns: Columns, records: Records) -> None:
    end = records.ad_end.astype(np.int64)
    begin = np.append(0, end[:-1]) if len(end) else end
    n = end - begin
    ad, dp = records.ad, records.dp
    has_first, has_second = n > 0, n > 1
    summed = np.append(0, np.cumsum(ad, dtype=np.int64))
    # All in 32 bits that wrap: any value comes back.
    short = dp - (summed[end] - summed[begin]).astype(np.int32)
    hom = records.gt[:, 0] == records.gt[:, 1]
    second = ad[begin[has_second] + 1]
    expected = np.where(hom[has_second], dp[has_second], 0).astype(np.int32)
    told_second = np.where(hom[has_second], expected - second, second).astype(np.int32)
    columns["ad_n"] = n.astype(np.uint32)
    columns["ad_short"] = short[has_first]
    columns["ad_het"], columns["ad_hom"] = told_second[~hom[has_second]], told_second[hom[has_second]]
    columns["ad_rest"] = ad[_places(begin[n > 2] + 2, n[n > 2] - 2)]


def _hear_depths(
    columns: Columns, dp: NDArray[np.int32], hom: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    n = columns["ad_n"].astype(np.int64)
    end = np.cumsum(n)
    begin = end - n
    ad = np.zeros(int(end[-1]) if len(end) else 0, np.int32)
    has_first, has_second = n > 0, n > 1
    second = np.empty(int(has_second.sum()), np.int32)
    equal = hom[has_second]
    second[~equal], second[equal] = columns["ad_het"], dp[has_second][equal] - columns["ad_hom"]
    ad[begin[has_second] + 1] = second
    ad[_places(begin[n > 2] + 2, n[n > 2] - 2)] = columns["ad_rest"]
    summed = np.append(0, np.cumsum(ad, dtype=np.int64))
    others = (summed[end] - summed[begin]).astype(np.int32)
    ad[begin[has_first]] = dp[has_first] - others[has_first] - columns["ad_short"]
    return ad, end.astype(np.uint32)


def _tell_phase(columns: Columns, records: Records) -> None:
    own, pos = records.phase_set, records.pos.astype(np.int64)
    with_set = np.flatnonzero(own != -1)
    kind = np.full(len(own), _NO_PHASE, np.uint8)
    values = own[with_set]
    as_before = np.append(False, values[1:] == values[:-1]) if len(values) else np.empty(0, np.bool_)
    kind[with_set] = np.where(as_before, _AS_BEFORE, np.where(values == pos[with_set], _FROM_HERE, _OTHER))
    columns["phase"] = kind
    columns["phase_other"] = own[kind == _OTHER]
    columns["phased"] = np.packbits(records.phased ^ (kind != _NO_PHASE))


def _hear_phase(columns: Columns, pos: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    kind = columns["phase"]
    own = np.full(len(kind), -1, np.int64)
    own[kind == _FROM_HERE] = pos[kind == _FROM_HERE]
    own[kind == _OTHER] = columns["phase_other"]
    with_set = np.flatnonzero(kind != _NO_PHASE)
    source = np.maximum.accumulate(np.where(kind[with_set] == _AS_BEFORE, 0, np.arange(len(with_set))))
    own[with_set] = own[with_set][source]
    flips = np.unpackbits(columns["phased"], count=len(kind)).astype(np.bool_)
    return own, flips ^ (kind != _NO_PHASE)
