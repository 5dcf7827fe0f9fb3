"""The lines of one contig of a pack, in order: its records and, of a gVCF, the stretches that were called.

Loops are in `giving_kernels.py`. Python does what few records need (heteroplasmies, and whether a call failed its own
filter that became an entry under another form) and fetches the bases that blocks begin with. The plain twin is
`tests/support/plain_giving.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import BadInput, Broken
from embla.genome import GRCH38, Contig, Variant, copies
from embla.genotypes import giving_kernels as k
from embla.genotypes.files.packcode import split
from embla.genotypes.model import codes, keys
from embla.genotypes.model.filters import FAILED_ITSELF
from embla.genotypes.model.pack import ContigCalls, Records
from embla.reference import Reference, normalise

if TYPE_CHECKING:
    from embla.genotypes.files.packfile import PackFile
    from embla.genotypes.model.policy import Policy

PASSES: Final = ("PASS", ".")
_PIECE: Final = 1 << 18
_BASES_AT_ONCE: Final = 1 << 22
_BASES: Final = frozenset("ACGTNRYSWKMBDHV")
_NO_TEXT: Final = np.empty(0, np.uint8)
_NO_ENDS: Final = np.empty(0, np.int64)

Int64s = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]


@dataclass
class GivenBack:
    """What was written."""

    records: int = 0
    blocks: int = 0
    callability: str = ""


@dataclass(frozen=True)
class Giver:
    """What a genome is given back by. `within` (0-based half-open): only records that touch it, blocks cut to it."""

    pack: PackFile
    policy: Policy
    reference: Reference | None
    within: tuple[int, int] | None = None

    def lines(self, calls: ContigCalls, contig: Contig, report: GivenBack) -> Iterator[bytes]:
        """The text of one contig in pieces of whole lines, up to 256 kB. Raises Broken for columns that do not fit."""
        records = calls.records
        itself = np.array([text in FAILED_ITSELF for text in self.pack.filters], np.bool_)
        filters = [
            text.removesuffix(";FT" if own else "").encode("latin-1")
            for text, own in zip(self.pack.filters, itself, strict=True)
        ]
        _check(records, len(filters))
        length = np.empty(len(records.pos), np.int64)
        if k.ref_lengths(_text(records.text), records.text_end, length):
            raise _damaged()
        first, last = self.within or (0, contig.length)
        start = records.pos.astype(np.int64) - 1
        touching = (start < last) & (first < start + length)
        passes = np.array([text in PASSES for text in self.pack.filters], np.bool_)[records.filter]
        if contig.name != "chrM":  # a RefCall passes where nothing is carried, unless its own filter says no
            refers = np.array([text == "RefCall" for text in self.pack.filters], np.bool_)[records.filter]
            passes |= refers & (records.gt <= 0).all(axis=1)
        gt, (share, share_end) = records.gt, (_NO_TEXT, _NO_ENDS)
        if contig.name == "chrM":
            gt = _without_conflicts(calls, contig.name, self.reference)
            share, share_end = self._shares(calls, contig.name, touching, gt)
        failed = itself[records.filter] | _failed(calls, contig.name, passes, self.reference)
        low, high, state = self._blocks(calls, contig, start, length)
        columns = (
            _text(contig.name.encode()), records.pos, _text(records.text), records.text_end, length, gt,
            records.phased, records.phase_set, records.filter.astype(np.uint16), records.dp, records.gq, records.ad,
            records.ad_end, failed, share, share_end,
            _text(b"".join(filters)), np.cumsum([len(text) for text in filters], dtype=np.int64), low, high, state,
        )  # fmt: skip
        yield from self._printed(columns, contig, low, (first, last), report)

    def _printed(
        self, columns: Sequence[Any], contig: Contig, low: Int64s, within: tuple[int, int], report: GivenBack
    ) -> Iterator[bytes]:
        at = np.zeros(k.STATES, np.int64)
        at[[k.FIRST, k.LAST]] = within
        at[[k.DEPTH, k.QUALITY]] = self.policy.min_dp, self.policy.min_gq
        bases, out = _NO_TEXT, np.empty(_PIECE, np.uint8)
        why = k.FULL
        while why != k.DONE:
            why = k.print_lines(*columns, bases, at, out)
            if at[k.WRITTEN]:
                yield out[: at[k.WRITTEN]].tobytes()
            elif why == k.FULL:
                out = np.empty(2 * len(out), np.uint8)
            if why == k.BASES:
                start = int(low[at[k.BLOCK]])
                at[k.START] = start
                bases = self._bases(contig.name, start, min(start + _BASES_AT_ONCE, int(low[-1]) + 1))
        report.records += int(at[k.RECORDS])
        report.blocks += int(at[k.BLOCKS])

    def _bases(self, contig: str, start: int, end: int) -> Bytes:
        if self.reference is None or not self.reference.has(contig):
            return np.full(end - start, ord("N"), np.uint8)
        return _text(self.reference.fetch(contig, start, end).encode())

    def _blocks(
        self, calls: ContigCalls, contig: Contig, start: Int64s, length: Int64s
    ) -> tuple[Int64s, Int64s, Bytes]:
        """Reference blocks for what was called of a gvcf genome, less the spans of the records, which say it
        themselves; of others, blocks for what is called less than their BED, or that they are assumed, says."""
        unsaid = codes.NOTHING if self.pack.callability == "gvcf" else codes.FULL
        pieces = [piece for piece in GRCH38.pieces(contig.name) if copies(self.pack.karyotype, piece.kind)]
        if len(pieces) < len(GRCH38.pieces(contig.name)):
            # A record that begins where there are no copies covers no base behind the border either.
            begins = np.zeros(len(start), np.bool_)
            for piece in pieces:
                begins |= (piece.start <= start) & (start < piece.end)
            start, length = start[begins], length[begins]
        spans = _merged(start, start + length)
        most = 2 * (2 * len(calls.run_start) + 1) * max(len(pieces), 1) + len(spans[0]) + 1
        low, high, state = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.uint8)
        starts, ends = (np.array(column, np.int64) for column in ([p.start for p in pieces], [p.end for p in pieces]))
        n = k.called_between(
            calls.run_start, calls.run_end, calls.run_state, *spans, starts, ends, contig.length,
            *(self.within or (0, contig.length)), unsaid, low, high, state,
        )  # fmt: skip
        if n < 0:
            raise _damaged()
        low, high, state = low[:n], high[:n], state[:n]
        return _inside_bed(low, high, state, calls) if self.pack.callability == "bed" else (low, high, state)

    def _shares(self, calls: ContigCalls, contig: str, touching: Bools, gt: NDArray[np.int8]) -> tuple[Bytes, Int64s]:
        """Texts of heteroplasmies, one for each record of chrM, with their ends."""
        by_key = {int(key): i for i, key in enumerate(calls.key)}
        texts = []
        for i in np.flatnonzero(touching).tolist():
            own = _own(calls, by_key, contig, i, self.reference)
            # Of what was called, an allele that became no entry has no share.
            called = bool(calls.records.counted[i]) and bool((gt[i] >= 0).any())
            texts.append(_share(calls, own, _named(calls, contig, i, self.reference) if called else []).encode())
        sizes = np.zeros(len(touching), np.int64)
        sizes[touching] = [len(text) for text in texts]
        return _text(b"".join(texts)), np.cumsum(sizes)


def entry_bases(calls: ContigCalls) -> Int64s:
    """Where the keys of entries lie, 0-based and sorted, each once: inside the BED of a genome that has one."""
    return np.unique((calls.key >> np.uint64(keys.POS_SHIFT)).astype(np.int64)) - 1


def _inside_bed(low: Int64s, high: Int64s, state: Bytes, calls: ContigCalls) -> tuple[Int64s, Int64s, Bytes]:
    """Of stretches where nothing is called, most of them outside the BED, the bases that have an entry."""
    nothing = state // 3 == codes.NOTHING
    where, base = np.flatnonzero(nothing), entry_bases(calls)
    at = np.searchsorted(low[where], base, "right") - 1
    base = base[(at >= 0) & (base < high[where][at])] if len(where) else base[:0]
    low, high = np.concatenate((low[~nothing], base)), np.concatenate((high[~nothing], base + 1))
    state = np.concatenate((state[~nothing], np.full(len(base), codes.STATE_NOTHING, np.uint8)))
    order = np.argsort(low)
    return low[order], high[order], state[order]


def _text(data: bytes | memoryview) -> Bytes:
    return np.frombuffer(data, np.uint8) if len(data) else _NO_TEXT


def _check(records: Records, filters: int) -> None:
    """The loops read what these say without looking."""
    for ends, size in ((records.text_end, len(records.text)), (records.ad_end, len(records.ad))):
        if len(ends) and (int(ends[-1]) > size or bool((ends[1:] < ends[:-1]).any())):
            raise _damaged()
    if len(records.filter) and int(records.filter.max()) >= filters:
        raise _damaged()


def _damaged() -> Broken:
    return Broken("the records of a genome do not fit each other.", mend="Run `embla store verify`.")


def _merged(start: Int64s, end: Int64s) -> tuple[Int64s, Int64s]:
    """The spans of records as sorted stretches that do not touch."""
    if not len(start):
        return _NO_ENDS, _NO_ENDS
    order = np.argsort(start, kind="stable")
    start, end = start[order], np.maximum.accumulate(end[order])
    fresh = np.concatenate(([True], start[1:] > end[:-1]))
    return start[fresh], end[np.concatenate((fresh[1:], [True]))]


def _failed(calls: ContigCalls, contig: str, passes: Bools, reference: Reference | None) -> Bools:
    """Which of the records that pass FILTER had an allele whose call failed all the same, in a pack from before a
    record said so itself: the entry of its key failed, and no record of the key that FILTER did not pass."""
    fails = calls.entry & np.uint16(codes.FAILED | codes.DERIVED) == codes.FAILED
    out = np.zeros(len(passes), np.bool_)
    if not fails.any() or not passes.any():
        return out
    texts, key, has_key = split(calls.records)
    at = np.minimum(np.searchsorted(calls.key, key), len(calls.key) - 1)
    itself = has_key & (calls.key[at] == key)
    fails[at[itself & ~passes]] = False
    odd = ~itself & ~(texts.plain & has_key)
    by_key = {int(calls.key[i]): i for i in np.flatnonzero(fails).tolist()}
    if by_key:
        for i in np.flatnonzero(~passes & odd).tolist():
            fails[[one for one in _own(calls, by_key, contig, i, reference) if one is not None]] = False
    out[:] = passes & itself & fails[at]
    # Others may have become an entry under their normal form; a change of one base has none but its own.
    by_key = {int(calls.key[i]): i for i in np.flatnonzero(fails).tolist()}
    if by_key:
        for i in np.flatnonzero(passes & odd).tolist():
            out[i] = any(one is not None for one in _own(calls, by_key, contig, i, reference))
    return out


def _own(
    calls: ContigCalls, by_key: dict[int, int], contig: str, i: int, reference: Reference | None
) -> list[int | None]:
    """Numbers of the entries that the ALTs of record i became, of those in `by_key`; None for what became none."""
    return [None if v is None else _entry(calls, by_key, v) for v in _named(calls, contig, i, reference)]


def _named(calls: ContigCalls, contig: str, i: int, reference: Reference | None) -> list[Variant | None]:
    """The ALTs of record i in normal form; None for what is no bases."""
    records = calls.records
    start = int(records.text_end[i - 1]) if i else 0
    ref, _, alts = bytes(records.text[start : int(records.text_end[i])]).decode("latin-1").partition("\t")
    return [_variant(contig, int(records.pos[i]), ref, alt, reference) for alt in alts.split(",")]


def _variant(contig: str, pos: int, ref: str, alt: str, reference: Reference | None) -> Variant | None:
    if not _BASES.issuperset(alt) or not _BASES.issuperset(ref):
        return None
    try:
        return normalise(Variant(contig, pos, ref, alt), reference).variant
    except BadInput:
        return None


def _without_conflicts(calls: ContigCalls, contig: str, reference: Reference | None) -> NDArray[np.int8]:
    """Genotypes; of records that contradict each other ./., as their heteroplasmies, which did, are not kept."""
    of_key: dict[Variant, list[int]] = defaultdict(list)
    for i in np.flatnonzero(~calls.records.counted).tolist():
        for variant in _named(calls, contig, i, reference):
            if variant is not None:
                of_key[variant].append(i)
    against = [i for rows in of_key.values() if len(rows) > 1 for i in rows]
    gt = calls.records.gt.copy()
    gt[against] = -1
    return gt


def _entry(calls: ContigCalls, by_key: dict[int, int], v: Variant) -> int | None:
    for salt in range(1 if keys.is_short(v.ref, v.alt) else keys.MAX_SALT + 1):
        at = by_key.get(keys.make_key(v.pos, v.ref, v.alt, salt=salt))
        if at is not None and calls.long_alleles.get(int(calls.key[at]), (v.ref, v.alt)) == (v.ref, v.alt):
            return at
    return None


def _share(calls: ContigCalls, own: Sequence[int | None], called: Sequence[Variant | None]) -> str:
    """Heteroplasmy of each ALT; "" when none is known. Of `called` ones without an entry it is 0, and of those whose
    entry is a base of an MNP, too."""
    found = []
    for n, at in enumerate(own):
        if at is not None and not calls.entry[at] & codes.DERIVED:
            found.append(f"{int(calls.heteroplasmy[at]) / 10_000:.4f}")
        else:
            found.append("0.0000" if at is not None or (called and called[n] is not None) else ".")
    return "" if set(found) == {"."} else ",".join(found)
