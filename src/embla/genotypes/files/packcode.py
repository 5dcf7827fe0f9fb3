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
from types import ModuleType
from typing import Any, Final, NoReturn

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
Cuts = NDArray[np.int64]
HET: Final = codes.make_entry(codes.HET, adj=True)
HOM: Final = codes.make_entry(codes.HOM, adj=True)
NO_PHASE, AS_BEFORE, FROM_HERE, OTHER = range(4)
_BY: Final = "_by"
# Numbers among the contig's own texts; "filter" were numbers among the pack's (see `Told.by` for the name).
_FILTER: Final = "filter_own"
# A contig with fewer records that the lexicon knows costs less as it is.
LEAST_NAMED: Final = 256
# Contexts of a depth or quality: missing, each value, and all from 126 on.
CONTEXTS: Final = 128


@dataclass(frozen=True)
class Told:
    """Columns by name; `cuts` says where a column that lies by contexts goes from one to the next."""

    columns: Columns = field(default_factory=dict)
    cuts: dict[str, Cuts] = field(default_factory=dict)

    def by(self, name: str, values: NDArray[Any], borders: NDArray[np.int64]) -> None:
        """Add a column that lies by contexts, in their order; `borders` are where each begins."""
        # Under a name that a program from before does not know: it must refuse the pack, not take it in another order.
        name += _BY
        self.columns[name] = values
        self.cuts[name] = borders[1:-1]


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
    # Compiled, and needed by whoever writes packs only.
    from embla.genotypes.files import packcode_kernels as loops

    records = calls.records
    texts, key, has_key = split(records)
    values, borders = loops.columns_of_values(records) or _unfit()
    told = Told()
    columns = told.columns
    columns["contexts"] = np.ones(1, np.uint8)
    _tell_texts(columns, records.pos, texts, key, has_key, known)
    columns[_FILTER], columns["counted"], columns["dp"] = records.filter, records.counted, records.dp
    columns |= {name: values[name] for name in ("gt", "gt_at", "gt_other", "ad_n", "ad_short")}
    told.by("ad_het", values["ad_het"], borders[0])
    columns |= {name: values[name] for name in ("ad_hom", "ad_rest")}
    told.by("gq_het", values["gq_het"], borders[1])
    told.by("gq_hom", values["gq_hom"], borders[2])
    columns |= {name: values[name] for name in ("phase", "phase_other", "phased")}
    _tell_keys(columns, calls, key, has_key, loops)
    columns["heteroplasmy"] = calls.heteroplasmy
    before = np.append(np.uint32(0), calls.run_end[:-1]) if len(calls.run_end) else calls.run_end
    columns |= {"run_gap": calls.run_start - before, "run_length": calls.run_end - calls.run_start}
    columns["run_state"] = calls.run_state
    return told


def _unfit() -> NoReturn:
    raise Broken("the columns of a genome's calls do not fit each other.", mend="Read the file again.")


def split(records: Records) -> tuple[packtext.Texts, NDArray[np.uint64], NDArray[np.bool_]]:
    """The records' texts as columns, the key of each as it stands, and whether it has one."""
    from embla.genotypes.files import packcode_kernels as loops

    n, raw = len(records.pos), np.frombuffer(records.text, np.uint8)
    form, change, key = np.empty(n, np.uint8), np.empty(n, np.uint8), np.empty(n, np.uint64)
    rest, rest_length, has_key = np.empty(len(raw), np.uint8), np.empty(n, np.uint32), np.empty(n, np.bool_)
    pos, end = np.ascontiguousarray(records.pos), np.ascontiguousarray(records.text_end)
    if len(end) != n:
        _unfit()
    sizes = loops.tell_texts(raw, end, pos, form, change, rest, rest_length, key, has_key)
    if sizes[0] < 0:
        _unfit()
    return packtext.Texts(form, change[: sizes[0]], rest[: sizes[1]], rest_length[: sizes[2]]), key, has_key


def _tell_keys(
    columns: Columns, calls: ContigCalls, key: NDArray[np.uint64], has_key: NDArray[np.bool_], loops: ModuleType
) -> None:
    """Which records' keys are keys of the calls, those of no record, and the entries."""
    n, records = len(calls.key), calls.records
    if len(calls.entry) != n:
        _unfit()
    is_key = np.zeros((len(key) + 7) // 8, np.uint8)
    more, entry = np.empty(n, np.uint64), np.empty(n, np.uint16)
    by = records.gt, records.dp, records.gq
    size, n_more = loops.tell_keys(
        *map(np.ascontiguousarray, (calls.key, calls.entry, key, has_key, *by)), is_key, more, entry
    )
    if size >= 0:
        columns |= {"is_key": is_key[: (size + 7) // 8], "more_keys": more[:n_more], "entry": entry}
        return
    foretold, record = _foretold_keys(key, has_key)
    at, found = found_in(calls.key, foretold)
    columns["is_key"] = np.packbits(found)
    rest = np.ones(n, np.bool_)
    rest[at[found]] = False
    columns["more_keys"] = _steps(calls.key[rest].astype(np.uint64))
    columns["entry"] = calls.entry ^ _foretold_entries(n, at[found], record[found], records)


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
    filters = columns[_FILTER if _FILTER in columns else "filter"]
    records = Records(pos, text, text_end, gt, phased, phase_set, filters, dp, gq, ad, ad_end,
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
    out = np.full(n, HET, np.uint16)
    first, second = records.gt[record, 0], records.gt[record, 1]
    expected = np.where(first == second, HOM, HET).astype(np.uint16)
    sure = (records.gq[record] >= 20) & (records.dp[record] >= 10)
    # A call that does not pass has no alleles called by adj: its own an is two less than where it is callable.
    expected[~sure] ^= np.uint16(codes.ADJ)
    out[at] = expected
    return out


# Genotypes, depths, phase


def _context(values: NDArray[np.int32]) -> NDArray[np.uint8]:
    """0 for what is missing, then the value itself."""
    return (np.clip(values, -1, CONTEXTS - 2) + 1).astype(np.uint8)


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


def _hear_phase(columns: Columns, pos: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    kind = columns["phase"]
    own = np.full(len(kind), -1, np.int64)
    own[kind == FROM_HERE] = pos[kind == FROM_HERE]
    own[kind == OTHER] = columns["phase_other"]
    with_set = np.flatnonzero(kind != NO_PHASE)
    source = np.maximum.accumulate(np.where(kind[with_set] == AS_BEFORE, 0, np.arange(len(with_set))))
    own[with_set] = own[with_set][source]
    flips = np.unpackbits(columns["phased"], count=len(kind)).astype(np.bool_)
    return own, flips ^ (kind != NO_PHASE)
