"""A contig of a pack told briefly: what one column says about another is not written twice.

`told` turns calls into columns, `heard` turns them back, bit for bit. What is foretold, and from what:

    text of a record     one of 12 base changes, with or without gVCF's ",<NON_REF>" or ",<*>"; else written out
    place and text       of an allele that the store's lexicon knows: its number there (`lexicon.py`)
    keys                 the key of each record of one ALT as it stands; a bit says that it is a key, others are added
    entries              the class by GT, passing the gates by GQ and DP
    AD                   REF's depth is DP less the others'; the first ALT's is all of DP where GT has two equal alleles
    phase                phased where there is a phase set; a phase set is the one before, or begins at this position
    runs                 the gap from the end before, and the length

A prediction that fails costs a few bytes, never a value. Columns of unlike nature lie apart, so that each gets short
codes of its own; so do values of a column that follow from another: those of equal DP, say, lie together (`Told.cuts`).
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken
from embla.genotypes.files import packtext
from embla.genotypes.files.lexicon import Known, found_in
from embla.genotypes.files.packtext import places
from embla.genotypes.model import codes
from embla.genotypes.model.keys import POS_SHIFT
from embla.genotypes.model.pack import ContigCalls, Records

Columns = dict[str, NDArray[Any]]
Cuts = NDArray[np.intp]
_HET: Final = codes.make_entry(codes.HET, adj=True)
_HOM: Final = codes.make_entry(codes.HOM, adj=True)
_NO_PHASE, _AS_BEFORE, _FROM_HERE, _OTHER = range(4)
_BY: Final = "_by"
# A contig with fewer records that the lexicon knows costs less as it is.
LEAST_NAMED: Final = 256
# Depths and qualities from here on are one context.
_MOST: Final = 127


@dataclass(frozen=True)
class Told:
    """Columns by name; `cuts` says where a column that lies by contexts goes from one to the next."""

    columns: Columns = field(default_factory=dict)
    cuts: dict[str, Cuts] = field(default_factory=dict)

    def by(self, name: str, context: NDArray[np.uint8], values: NDArray[Any]) -> None:
        """Add a column with the values of each context together, in their order."""
        order = np.argsort(context, kind="stable")
        # Under a name that a program from before does not know: it must refuse the pack, not take it in another order.
        name += _BY
        self.columns[name] = values[order]
        self.cuts[name] = np.cumsum(np.bincount(context, minlength=1))[:-1]


def _heard_by(columns: Columns, name: str, context: NDArray[np.uint8]) -> NDArray[Any]:
    """The inverse of `Told.by`; columns from before there were contexts lie as they are."""
    values = columns[name + _BY if name + _BY in columns else name]
    if "contexts" not in columns:
        return values
    out = np.empty_like(values)
    out[np.argsort(context, kind="stable")] = values
    return out


def told(calls: ContigCalls, known: Known | None = None) -> Told:
    """Calls as columns. Those of `Records` come under their own names where nothing foretells them."""
    records = calls.records
    texts = packtext.split(records.text, records.text_end)
    key, has_key = packtext.keys_of(records.pos, texts)
    told = Told()
    columns = told.columns
    columns["contexts"] = np.ones(1, np.uint8)
    _tell_texts(columns, records.pos, texts, key, has_key, known)
    columns["filter"], columns["counted"], columns["dp"] = records.filter, records.counted, records.dp
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


def heard(columns: Columns, long_alleles: dict[int, tuple[str, str]], known: Known | None = None) -> ContigCalls:
    """The inverse; `known` is what the calls were told by. Raises Broken where the columns do not fit each other."""
    pos, texts = _hear_texts(columns, known)
    text, text_end = packtext.join(texts)
    n = len(texts.form)
    gt = np.empty((n, 2), np.int8)
    gt[:, 0], gt[:, 1] = (columns["gt"] & 15).astype(np.int8) - 2, (columns["gt"] >> 4).astype(np.int8) - 2
    gt[columns["gt_at"].astype(np.int64)] = columns["gt_other"].reshape(-1, 2)
    hom = gt[:, 0] == gt[:, 1]
    dp = columns["dp"]
    ad, ad_end = _hear_depths(columns, dp, hom)
    gq = _hear_qualities(columns, dp, hom, ad, ad_end)
    phase_set, phased = _hear_phase(columns, pos)
    records = Records(pos, text, text_end, gt, phased, phase_set, columns["filter"], dp, gq, ad, ad_end,
                      columns["counted"])  # fmt: skip
    foretold, record = _foretold_keys(*packtext.keys_of(pos, texts))
    is_key = np.unpackbits(columns["is_key"], count=len(foretold)).astype(np.bool_)
    key = np.sort(np.concatenate([foretold[is_key], np.cumsum(columns["more_keys"], dtype=np.uint64)]))
    if len(key) != len(columns["entry"]):
        raise Broken("the keys of a pack do not fit its entries.", mend="Run `embla store verify`.")
    at = np.searchsorted(key, foretold[is_key])
    entry = columns["entry"] ^ _foretold_entries(len(key), at, record[is_key], records)
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


# Places, texts and keys


def _tell_texts(
    columns: Columns,
    pos: NDArray[np.uint32],
    texts: packtext.Texts,
    key: NDArray[np.uint64],
    has_key: NDArray[np.bool_],
    known: Known | None,
) -> None:
    """Records named by the lexicon leave nothing but their suffix in `form`."""
    form = texts.form
    if known is not None and len(pos):
        at, named = _named(pos, key, has_key, known)
        if np.count_nonzero(named) >= LEAST_NAMED:
            columns |= {"named": np.ones(1, np.uint8), **known.tell(at[named])}
            form = np.where(named, form % np.uint8(3), form)
            pos, texts = pos[~named], texts.only(~named)
    columns["form"] = form
    columns |= {"change": texts.change, "rest": texts.rest, "rest_length": texts.rest_length, "pos": _steps(pos)}


def _named(
    pos: NDArray[np.uint32], key: NDArray[np.uint64], has_key: NDArray[np.bool_], known: Known
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each record's allele is in the lexicon, and which are named by it: all of a position or none, and only in
    the order of keys, so that a pack's order of records comes back by sorting positions."""
    at, found = known.find(key)
    if (pos[1:] < pos[:-1]).any():
        return at, np.zeros(len(pos), np.bool_)
    same = np.append(False, pos[1:] == pos[:-1])
    odd = ~(found & has_key)
    odd[1:] |= same[1:] & (key[1:] <= key[:-1])
    place = np.cumsum(~same) - 1
    return at, ~(np.bincount(place, weights=odd) > 0)[place]


def _hear_texts(columns: Columns, known: Known | None) -> tuple[NDArray[np.uint32], packtext.Texts]:
    form, pos = columns["form"], np.cumsum(columns["pos"], dtype=np.uint32)
    rest = columns["change"], columns["rest"], columns["rest_length"]
    if "named" not in columns:
        return pos, packtext.Texts(form, *rest)
    if known is None:
        raise Broken("a pack names alleles by a lexicon that is not there.", mend="Restore the store's lexicons.")
    key = known.key[known.hear(columns)]
    if len(key) + len(pos) != len(form):
        raise Broken("a pack was written by another lexicon.", mend="Run `embla store verify`.")
    here = (key >> np.uint64(POS_SHIFT)).astype(np.uint32)
    both = np.concatenate([here, pos])
    order = np.argsort(both, kind="stable")
    named = order < len(key)
    texts = packtext.merged(packtext.texts_of(key), packtext.Texts(form[~named], *rest), order)
    return both[order], packtext.Texts(np.where(named, texts.form + form, texts.form), texts.change, texts.rest,
                                       texts.rest_length)  # fmt: skip


def _foretold_keys(key: NDArray[np.uint64], has_key: NDArray[np.bool_]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Sorted distinct keys of records as they stand, and the first record of each."""
    which = np.flatnonzero(has_key)
    own = key[which]
    if (own[1:] > own[:-1]).all():
        return own, which
    distinct, first = np.unique(own, return_index=True)
    return distinct, which[first]


def _foretold_entries(n: int, at: NDArray[np.intp], record: NDArray[np.int64], records: Records) -> NDArray[np.uint16]:
    """What the record of each key makes one expect, for n keys of which those `at` have one; a plain het for others."""
    out = np.full(n, _HET, np.uint16)
    first, second = records.gt[record, 0], records.gt[record, 1]
    expected = np.where(first == second, _HOM, _HET).astype(np.uint16)
    sure = (records.gq[record] >= 20) & (records.dp[record] >= 10)
    # A call that does not pass has no alleles called by adj: its own an is two less than where it is callable.
    expected[~sure] ^= np.uint16(codes.ADJ)
    out[at] = expected
    return out


# Genotypes, depths, phase


def _tell_genotypes(columns: Columns, records: Records) -> None:
    wide = records.gt.astype(np.int16) + 2
    odd = np.flatnonzero(((wide < 0) | (wide > 15)).any(axis=1))
    columns["gt"] = ((wide[:, 0] & 15) | (wide[:, 1] & 15) << 4).astype(np.uint8)
    columns["gt_at"], columns["gt_other"] = odd.astype(np.uint32), records.gt[odd].reshape(-1)


def _context(values: NDArray[np.int32]) -> NDArray[np.uint8]:
    """0 for what is missing, then the value itself."""
    return (np.clip(values, -1, _MOST - 1) + 1).astype(np.uint8)


def _tell_qualities(told: Told, records: Records) -> None:
    """A het's GQ by the depth of its rarer allele, any other's by DP."""
    hom = records.gt[:, 0] == records.gt[:, 1]
    rarer = _rarer(records.dp, records.ad, records.ad_end)
    told.by("gq_het", _context(rarer[~hom]), records.gq[~hom])
    told.by("gq_hom", _context(records.dp[hom]), records.gq[hom])


def _hear_qualities(
    columns: Columns,
    dp: NDArray[np.int32],
    hom: NDArray[np.bool_],
    ad: NDArray[np.int32],
    ad_end: NDArray[np.uint32],
) -> NDArray[np.int16]:
    gq = np.empty(len(dp), np.int16)
    gq[~hom] = _heard_by(columns, "gq_het", _context(_rarer(dp, ad, ad_end)[~hom]))
    gq[hom] = _heard_by(columns, "gq_hom", _context(dp[hom]))
    return gq


def _rarer(dp: NDArray[np.int32], ad: NDArray[np.int32], ad_end: NDArray[np.uint32]) -> NDArray[np.int32]:
    """(n,) the lesser of the first two depths of each record, -1 where it has fewer."""
    end = ad_end.astype(np.int64)
    begin = np.append(0, end[:-1]) if len(end) else end
    out = np.full(len(dp), -1, np.int32)
    two = end - begin > 1
    out[two] = np.minimum(ad[begin[two]], ad[begin[two] + 1])
    return out


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
    told.by("ad_het", _context(dp[has_second][~equal]), told_second[~equal])
    columns["ad_hom"] = told_second[equal]
    columns["ad_rest"] = ad[places(begin[n > 2] + 2, n[n > 2] - 2)]


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
    second[~equal] = _heard_by(columns, "ad_het", _context(dp[has_second][~equal]))
    second[equal] = dp[has_second][equal] - columns["ad_hom"]
    ad[begin[has_second] + 1] = second
    ad[places(begin[n > 2] + 2, n[n > 2] - 2)] = columns["ad_rest"]
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
