"""The plain twin of `packcode.told`: columns by NumPy, one rule after another."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.files import packtext
from embla.genotypes.files.lexicon import Known, found_in
from embla.genotypes.files.packcode import (
    Columns,
    Told,
    _context,
    _foretold_entries,
    _foretold_keys,
    _rarer,
    _steps,
    _tell_texts,
)
from embla.genotypes.files.packtext import _CODE, _TAB, SUFFIXES, Texts, places
from embla.genotypes.model.pack import ContigCalls, Records

_NO_PHASE, _AS_BEFORE, _FROM_HERE, _OTHER = range(4)


def by(told: Told, name: str, context: NDArray[np.uint8], values: NDArray[Any]) -> None:
    """Add a column with the values of each context together, in their order."""
    order = np.argsort(context, kind="stable")
    told.columns[name + "_by"] = values[order]
    told.cuts[name + "_by"] = np.cumsum(np.bincount(context, minlength=1))[:-1]


def split(text: bytes, text_end: NDArray[np.uint32]) -> Texts:
    """Columns of texts that lie one after another."""
    raw = np.frombuffer(text, np.uint8)
    end = text_end.astype(np.int64)
    begin = np.append(0, end[:-1]) if len(end) else end
    form = np.zeros(len(end), np.uint8)
    length = end - begin
    for number in (1, 2):
        suffix = np.frombuffer(SUFFIXES[number], np.uint8)
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
    return Texts(form, change, raw[places(begin[~plain], rest_length)], rest_length.astype(np.uint32))


def plain_told(calls: ContigCalls, known: Known | None = None) -> Told:
    """Calls as columns. Those of `Records` come under their own names where nothing foretells them."""
    records = calls.records
    texts = split(records.text, records.text_end)
    key, has_key = packtext.keys_of(records.pos, texts)
    told = Told()
    columns = told.columns
    columns["contexts"] = np.ones(1, np.uint8)
    _tell_texts(columns, records.pos, texts, key, has_key, known)
    columns["filter_own"], columns["counted"], columns["dp"] = records.filter, records.counted, records.dp
    _tell_genotypes(columns, records)
    _tell_depths(told, records)
    _tell_qualities(told, records)
    _tell_phase(columns, records)
    foretold, record = _foretold_keys(key, has_key)
    at, is_key = found_in(calls.key, foretold)
    columns["is_key"] = np.packbits(is_key)
    more = np.ones(len(calls.key), np.bool_)
    more[at[is_key]] = False
    columns["more_keys"] = _steps(calls.key[more].astype(np.uint64))
    columns["entry"] = calls.entry ^ _foretold_entries(len(more), at[is_key], record[is_key], records)
    columns["heteroplasmy"] = calls.heteroplasmy
    before = np.append(np.uint32(0), calls.run_end[:-1]) if len(calls.run_end) else calls.run_end
    columns |= {"run_gap": calls.run_start - before, "run_length": calls.run_end - calls.run_start}
    columns["run_state"] = calls.run_state
    return told


def _tell_genotypes(columns: Columns, records: Records) -> None:
    wide = records.gt.astype(np.int16) + 2
    odd = np.flatnonzero(((wide < 0) | (wide > 15)).any(axis=1))
    columns["gt"] = ((wide[:, 0] & 15) | (wide[:, 1] & 15) << 4).astype(np.uint8)
    columns["gt_at"], columns["gt_other"] = odd.astype(np.uint32), records.gt[odd].reshape(-1)


def _tell_qualities(told: Told, records: Records) -> None:
    """A het's GQ by the depth of its rarer allele, any other's by DP."""
    hom = records.gt[:, 0] == records.gt[:, 1]
    rarer = _rarer(records.dp, records.ad, records.ad_end)
    by(told, "gq_het", _context(rarer[~hom]), records.gq[~hom])
    by(told, "gq_hom", _context(records.dp[hom]), records.gq[hom])


def _tell_depths(told: Told, records: Records) -> None:
    columns = told.columns
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
    equal = hom[has_second]
    by(told, "ad_het", _context(dp[has_second][~equal]), told_second[~equal])
    columns["ad_hom"] = told_second[equal]
    columns["ad_rest"] = ad[places(begin[n > 2] + 2, n[n > 2] - 2)]


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
