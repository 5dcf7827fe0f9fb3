"""Every number again from the packs, by another road than counting takes.

Two comparisons per contig. Each genome's entries and runs are summed up in a 64-bit print that does not depend on order
or on where windows cut a run, once from the segments and once from its pack: so nobody carries another's calls. And the
counts of everybody, variant by variant, are added up from the packs with plain sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from embla.genome import GRCH38, copies
from embla.genotypes.compaction import contig_stretches
from embla.genotypes.files.runs import Runs
from embla.genotypes.files.variants import Texts, alleles_of, is_hashed
from embla.genotypes.model import codes
from embla.genotypes.model.keys import POS_SHIFT
from embla.genotypes.model.pack import ContigCalls
from embla.genotypes.readying import runs_of_calls

if TYPE_CHECKING:
    from embla.genotypes.cluster.site import Site
    from embla.genotypes.files.packfile import PackFile
    from embla.genotypes.files.segment import ContigReader
    from embla.genotypes.store import CohortStore
    from embla.genotypes.view import View

U64 = NDArray[np.uint64]
_KIND: Final = codes.CLASS_MASK
# ac nhet nhomalt nhemi d_an, the same for raw, nfail, carriers: the order of model/tally.py, worked out separately.
_PER_CLASS: Final = np.array([codes.AC_OF, codes.IS_HET, codes.IS_HOM, codes.IS_HEMI], dtype=np.int64).T  # (8, 4)
_FIELDS: Final = (
    "ac",
    "nhet",
    "nhomalt",
    "nhemi",
    "an",
    "raw ac",
    "raw nhet",
    "raw nhomalt",
    "raw nhemi",
    "raw an",
    "nfail",
    "carriers",
)


def recount(view: View, tell: Callable[[str, int, int], None]) -> Iterator[str]:
    """Yield the first difference of each contig: which number, where, what the store says and what the packs say."""
    packs = _packs(view)
    for done, contig in enumerate(GRCH38.contigs):
        tell("contigs", done, len(GRCH38.contigs))
        problem = _contig_problem(view, packs, contig.name, contig.length)
        if problem:
            yield problem


def contig_problem(store: CohortStore, site: Site, contig: str) -> str:
    """The first difference of one contig, or "". On a worker, who opens the packs once for all contigs."""
    view = store.view(site.manifest)
    return _contig_problem(view, _packs_again(view), contig, GRCH38.contig(contig).length)


def _packs(view: View) -> list[tuple[int, PackFile]]:
    return [(number, view.store.open_pack(segment.table.packs[ordinal])) for number, segment, ordinal in view.live()]


_packs_again = lru_cache(maxsize=1)(_packs)


def _contig_problem(view: View, packs: list[tuple[int, PackFile]], contig: str, length: int) -> str:
    stored = _prints_of_segments(view, contig, length)
    sums = _Sums(contig)
    for number, pack in packs:
        calls = pack.contig(contig)
        runs = runs_of_calls(calls, pack.callability, length)
        if not np.array_equal(stored[number], _print_of_pack(calls, runs)):
            return _first_difference(view, number, calls, runs, contig, length)
        sums.add(calls, runs, pack)
    return _count_problem(view, sums, contig, length)


# Prints


def _mix(x: U64) -> U64:
    """splitmix64's finaliser: every bit of the input changes half the bits of the output."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _identity(key: U64, texts: Texts) -> U64:
    """A key by what it means: a hashed key becomes a 64-bit hash of its place and alleles, whatever its salt."""
    hashed = np.flatnonzero(is_hashed(key))
    if not len(hashed):
        return key
    out = key.copy()
    for i in hashed:
        ref, alt = alleles_of(int(key[i]), texts)
        name = f"{int(key[i]) >> POS_SHIFT}>{ref}>{alt}".encode()
        out[i] = np.uint64(int.from_bytes(blake2b(name, digest_size=8).digest(), "big"))
    return out


def _entry_prints(identity: U64, entry: NDArray[np.uint16], het: NDArray[np.uint16]) -> U64:
    value = entry.astype(np.uint64) | (het.astype(np.uint64) << np.uint64(16) if len(het) else np.uint64(0))
    return _mix(_mix(identity) ^ _mix(value + np.uint64(0x9E3779B97F4A7C15)))


def _run_prints(runs: Runs) -> U64:
    """Telescoping: a run cut in two has the same sum as the whole."""
    weight = _mix(np.where(runs.state == codes.STATE_FULL, 0, runs.state.astype(np.int64) + 1000).astype(np.uint64))
    return (
        _mix(runs.end.astype(np.uint64) + np.uint64(1)) - _mix(runs.start.astype(np.uint64) + np.uint64(1))
    ) * weight


def _print_of_pack(calls: ContigCalls | None, runs: Runs) -> U64:
    entries = np.uint64(0)
    if calls is not None and len(calls.key):
        prints = _entry_prints(_identity(calls.key, calls.long_alleles), calls.entry, calls.heteroplasmy)
        entries = np.add.reduce(prints)
    return np.array([entries, np.add.reduce(_run_prints(runs)) if len(runs) else 0], dtype=np.uint64)


def _prints_of_segments(view: View, contig: str, length: int) -> U64:
    """(genomes of the view, 2): of entries and of runs."""
    out = np.zeros((view.size, 2), dtype=np.uint64)
    for segment in view.segments:
        reader = segment.contig(contig)
        if reader is None:
            continue
        own = out[segment.offset : segment.offset + len(segment.table)]
        for low, high in contig_stretches([reader]):
            v = reader.between(low, high)
            identity = np.repeat(_identity(v.key, v.texts), np.diff(v.end, prepend=0))
            np.add.at(own[:, 0], v.ordinal, _entry_prints(identity, v.entry, v.heteroplasmy))
        runs = reader.runs_between(0, length)
        np.add.at(own[:, 1], runs.ordinal, _run_prints(runs))
    return out


def _first_difference(view: View, number: int, calls: ContigCalls | None, runs: Runs, contig: str, length: int) -> str:
    segment, ordinal = view.located(number)
    reader = segment.contig(contig)
    places = []
    stored, packed = _genome_entries(reader, ordinal), set()
    if calls is not None:
        het = calls.heteroplasmy if len(calls.heteroplasmy) else np.zeros(len(calls.key), np.uint16)
        for key, entry, share in zip(calls.key.tolist(), calls.entry.tolist(), het.tolist(), strict=True):
            packed.add((key >> POS_SHIFT, *alleles_of(key, calls.long_alleles), entry, share))
    places += [item[0] for item in stored ^ packed]
    kept = _genome_runs(reader, ordinal, length)
    mine = runs.mended()
    told = set(zip(mine.start.tolist(), mine.end.tolist(), mine.state.tolist(), strict=True))
    places += [item[0] + 1 for item in kept ^ told]
    where = f"{contig}:{min(places)}" if places else contig
    return (
        f"{where}: genome {ordinal} of segment {segment.number} is not what its pack says "
        f"({'entries' if stored != packed else 'callability'})."
    )


def _genome_entries(reader: ContigReader | None, ordinal: int) -> set[tuple[int, str, str, int, int]]:
    found: set[tuple[int, str, str, int, int]] = set()
    for low, high in contig_stretches([reader] if reader else []):
        v = reader.between(low, high) if reader else None
        if v is None:
            continue
        key = v.key_of_entry()
        for i in np.flatnonzero(v.ordinal == ordinal):
            share = int(v.heteroplasmy[i]) if len(v.heteroplasmy) else 0
            found.add((int(key[i]) >> POS_SHIFT, *alleles_of(int(key[i]), v.texts), int(v.entry[i]), share))
    return found


def _genome_runs(reader: ContigReader | None, ordinal: int, length: int) -> set[tuple[int, int, int]]:
    if reader is None:
        return set()
    runs = reader.runs_between(0, length)
    own = runs.take(runs.ordinal == ordinal).mended()
    return set(zip(own.start.tolist(), own.end.tolist(), own.state.tolist(), strict=True))


# Sums


@dataclass
class _Sums:
    """Counts of everybody on one contig, added pack by pack."""

    contig: str
    rows: dict[tuple[int, str, str], NDArray[np.int64]] = field(default_factory=dict)  # long alleles
    key: U64 = field(default_factory=lambda: np.empty(0, np.uint64))
    row: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 12), np.int64))
    waiting: list[tuple[U64, NDArray[np.int64]]] = field(default_factory=list)
    events: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, calls: ContigCalls | None, runs: Runs, pack: PackFile) -> None:
        """One genome."""
        assumed = pack.callability == "assumed"
        self._add_an(runs, pack.karyotype, assumed)
        if calls is None or not len(calls.key):
            return
        entry = calls.entry.astype(np.int64)
        own = _PER_CLASS[entry & _KIND]
        adj = ((entry & codes.ADJ) > 0) & (not assumed)
        d_raw = ((entry >> codes.D_RAW_SHIFT) & 7) - 2
        d_adj = np.zeros_like(d_raw) if assumed else ((entry >> codes.D_ADJ_SHIFT) & 7) - 2
        failed, carries = (entry & codes.FAILED) > 0, (entry & _KIND) != codes.NONE
        rows = np.column_stack([own * adj[:, None], d_adj, own, d_raw, failed, carries])
        long = is_hashed(calls.key)
        for i in np.flatnonzero(long):
            name = (int(calls.key[i]) >> POS_SHIFT, *calls.long_alleles[int(calls.key[i])])
            self.rows[name] = self.rows.get(name, np.zeros(12, np.int64)) + rows[i]
        self.waiting.append((calls.key[~long], rows[~long]))
        if sum(len(k) for k, _ in self.waiting) > 4_000_000:
            self.settle()

    def _add_an(self, runs: Runs, karyotype: str, assumed: bool) -> None:
        """Events (0-based place, change of adj an, change of raw an)."""
        parts = []
        for piece in GRCH38.pieces(self.contig):
            n = copies(karyotype, piece.kind) or 0
            if not n:
                continue
            inside = runs.clipped(piece.start, piece.end)
            state = inside.state.astype(np.int64)
            lost_raw = n - np.array([codes.an_of(s // 3, n) for s in range(9)])[state]
            lost_adj = n - np.array([codes.an_of(s % 3, n) for s in range(9)])[state]
            starts = np.column_stack([inside.start, -lost_adj, -lost_raw])
            ends = np.column_stack([inside.end, lost_adj, lost_raw])
            parts += [np.array([[piece.start, n, n], [piece.end, -n, -n]]), starts, ends]
        if not parts:
            return
        events = np.concatenate(parts).astype(np.int64)
        if assumed:
            events[:, 1] = 0
        self.events.append(events)
        if len(self.events) > 64:
            self.events = [_summed_events(self.events)]

    def settle(self) -> None:
        """Fold what waits into the totals."""
        key = np.concatenate([self.key, *(k for k, _ in self.waiting)])
        row = np.concatenate([self.row, *(r for _, r in self.waiting)])
        self.key, index = np.unique(key, return_inverse=True)
        self.row = np.zeros((len(self.key), 12), np.int64)
        np.add.at(self.row, index, row)
        self.waiting = []

    def an_at(self, pos0: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n, 2): adj and raw an by callability at sorted 0-based places."""
        if not self.events:
            return np.zeros((len(pos0), 2), np.int64)
        events = _summed_events(self.events)
        at = np.searchsorted(events[:, 0], pos0, side="right") - 1
        totals = np.cumsum(events[:, 1:], axis=0)
        return np.where(at[:, None] >= 0, totals[at], 0)


def _summed_events(events: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    every = np.concatenate(events)
    place, index = np.unique(every[:, 0], return_inverse=True)
    out = np.zeros((len(place), 3), np.int64)
    out[:, 0] = place
    np.add.at(out[:, 1:], index, every[:, 1:])
    return out


def _count_problem(view: View, sums: _Sums, contig: str, length: int) -> str:
    sums.settle()
    swept = view.sweep(contig, 0, length, [view.cohort()], carried_only=False, per_base=False)
    counted = swept.counts[0].astype(np.int64)
    # Keys whose every entry belongs to removed genomes are still in the segments; they count nothing.
    counted[:, 4], counted[:, 9] = swept.an[0], swept.raw_an[0]
    an = sums.an_at(swept.pos - 1)
    expected = np.zeros_like(counted)
    short = ~is_hashed(swept.key)
    at = np.searchsorted(sums.key, swept.key)
    met = short & (at < len(sums.key))
    met[met] = sums.key[at[met]] == swept.key[met]
    expected[met] = sums.row[at[met]]
    for i in np.flatnonzero(~short).tolist():
        expected[i] = sums.rows.get((int(swept.pos[i]), *swept.alleles(i)), 0)
    expected[:, 4] += an[:, 0]
    expected[:, 9] += an[:, 1]
    wrong = np.argwhere(counted != expected)
    missing = np.setdiff1d(sums.key, swept.key)
    names = {(int(swept.pos[i]), *swept.alleles(int(i))) for i in np.flatnonzero(~short).tolist()}
    lost = [(int(k) >> POS_SHIFT, *alleles_of(int(k), {})) for k in missing] + [n for n in sums.rows if n not in names]
    if lost:
        pos, ref, alt = min(lost)
        return f"{contig}-{pos}-{_shown(ref)}-{_shown(alt)}: in the packs, not in the segments."
    if not len(wrong):
        return ""
    i, column = (int(x) for x in wrong[0])
    ref, alt = swept.alleles(i)
    place = f"{contig}-{int(swept.pos[i])}-{_shown(ref)}-{_shown(alt)}"
    return f"{place}: {_FIELDS[column]} is {counted[i, column]} in the store and {expected[i, column]} from the packs."


def _shown(allele: str) -> str:
    return allele if len(allele) <= 30 else f"({len(allele)} bases)"
