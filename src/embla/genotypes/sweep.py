"""All variants of a window counted for several cohorts at once: the bulk road for regions, releases and annotation.

Carriers are summed per variant and cohort straight from the segments' columns; AN comes from a difference array over
the bases of the window. NumPy does small windows (a command line starts fast); Numba kernels do large ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import UsageError
from embla.genome import GRCH38
from embla.genotypes.compiled import COUNTING, at_hand
from embla.genotypes.files.segment import key_floor
from embla.genotypes.files.variants import Texts, Variants, alleles_of
from embla.genotypes.merging import Part, settle
from embla.genotypes.model import tally
from embla.genotypes.model.count import Count, Numbers, make_count
from embla.genotypes.model.keys import ALT_LEN_SHIFT, HASHED, POS_SHIFT, REF_LEN_SHIFT

if TYPE_CHECKING:
    from embla.genotypes.files.runs import Runs
    from embla.genotypes.files.segment import ContigReader
    from embla.genotypes.view import LiveSegment, Mask, View

Int32s = NDArray[np.int32]
# Cells (cohorts x bases) of per-base AN that one call may hand out: 2 x 256 MB.
MAX_CELLS: Final = 64_000_000
_BLOCK: Final = 1 << 20
_STRIDE: Final = 1 << 24
# Below this many entries NumPy is done before Numba has loaded.
_JIT_FROM: Final = 2_000_000


@dataclass(frozen=True)
class SweptWindow:
    """Counts of a window, c cohorts by v variants, sorted by key (position first).

    `counts` is (c, v, 12) int32 by the fields of `model/tally.py`; the named properties are views of it, (c, v).
    `an` and `raw_an` are final: callability at POS corrected by each person's own record. `per_base_an` and
    `per_base_raw_an` are (c, end - start) int32, by callability alone, or None where not asked for.
    `max_heteroplasmy` is (c, v) in 1/10,000 on chrM, else None.
    """

    contig: str
    start: int
    end: int
    key: NDArray[np.uint64]
    texts: Texts
    counts: Int32s
    an: Int32s
    raw_an: Int32s
    max_heteroplasmy: NDArray[np.uint16] | None
    per_base_an: Int32s | None
    per_base_raw_an: Int32s | None

    def __len__(self) -> int:
        return len(self.key)

    @cached_property
    def pos(self) -> NDArray[np.int64]:
        """1-based positions: (v,)."""
        return (self.key >> np.uint64(POS_SHIFT)).astype(np.int64)

    def alleles(self, i: int) -> tuple[str, str]:
        """REF and ALT of variant i."""
        return alleles_of(int(self.key[i]), self.texts)

    @cached_property
    def mnps(self) -> NDArray[np.int64]:
        """Rows of variants that replace several bases by as many others, sorted."""
        ref = (self.key >> np.uint64(REF_LEN_SHIFT)).astype(np.int64) & 15
        alt = (self.key >> np.uint64(ALT_LEN_SHIFT)).astype(np.int64) & 15
        found = (ref == alt) & (ref > 1) & (ref < HASHED)
        for row in np.flatnonzero(ref == HASHED).tolist():
            long_ref, long_alt = self.alleles(row)
            found[row] = len(long_ref) == len(long_alt) > 1
        return np.flatnonzero(found)

    @property
    def ac(self) -> Int32s:
        """adj ac."""
        return self.counts[:, :, tally.AC]

    @property
    def nhet(self) -> Int32s:
        """adj heterozygous people."""
        return self.counts[:, :, tally.NHET]

    @property
    def nhomalt(self) -> Int32s:
        """adj homozygous people."""
        return self.counts[:, :, tally.NHOM]

    @property
    def nhemi(self) -> Int32s:
        """adj hemizygous people."""
        return self.counts[:, :, tally.NHEMI]

    @property
    def nfail(self) -> Int32s:
        """People whose call failed FILTER or FT."""
        return self.counts[:, :, tally.NFAIL]

    @property
    def carriers(self) -> Int32s:
        """People who carry it, in raw."""
        return self.counts[:, :, tally.CARRIERS]

    @property
    def raw_ac(self) -> Int32s:
        """raw ac."""
        return self.counts[:, :, tally.RAW + tally.AC]

    @property
    def raw_nhet(self) -> Int32s:
        """raw heterozygous people."""
        return self.counts[:, :, tally.RAW + tally.NHET]

    @property
    def raw_nhomalt(self) -> Int32s:
        """raw homozygous people."""
        return self.counts[:, :, tally.RAW + tally.NHOM]

    @property
    def raw_nhemi(self) -> Int32s:
        """raw hemizygous people."""
        return self.counts[:, :, tally.RAW + tally.NHEMI]

    def count(self, cohort: int, i: int, view: View, **more: Any) -> Count:
        """Variant i for one cohort as the object that `View.count` gives."""
        row = self.counts[cohort, i]
        ref, alt = self.alleles(i)
        adj = Numbers(int(row[0]), int(self.an[cohort, i]), int(row[1]), int(row[2]), int(row[3]))
        raw = Numbers(int(row[5]), int(self.raw_an[cohort, i]), int(row[6]), int(row[7]), int(row[8]))
        if self.max_heteroplasmy is not None:
            more["max_heteroplasmy"] = int(self.max_heteroplasmy[cohort, i]) / 10_000
        return make_count(
            self.contig,
            int(self.pos[i]),
            ref,
            alt,
            adj,
            raw,
            int(row[tally.NFAIL]),
            policy=view.policy,
            manifest=view.manifest.short,
            **more,
        )


def sweep(
    view: View,
    contig: str,
    start: int,
    end: int,
    cohorts: Sequence[Mask],
    *,
    carried_only: bool,
    per_base: bool,
    jit: bool | None = None,
) -> SweptWindow:
    """Count a window. `carried_only`: just the variants somebody in one of the cohorts carries; False gives every key
    with a record in the store, which annotation needs because a missed or failed own record takes a person out of AN.

    Walk long stretches with `windows`: `per_base` hands out at most 64 million cells. `jit` None decides by size.
    """
    name, length = GRCH38.contig(contig).name, GRCH38.contig(contig).length
    start, end = max(start, 0), min(end, length)
    if start >= end:
        raise UsageError(f"{name} has bases 1 to {length:,}; the window lies outside or is empty.")
    if not cohorts:
        raise UsageError("a sweep needs at least one cohort.")
    if per_base and (end - start) * len(cohorts) > MAX_CELLS:
        raise UsageError("this window is too wide for per-base AN.", mend="Walk it in smaller windows.")
    found = tallied(view, name, start, end, cohorts, jit=jit)
    key, counts, het = found.key, found.counts, found.het
    if carried_only and len(key):
        kept = (counts[:, :, tally.CARRIERS] > 0).any(axis=0)
        key, counts, het = key[kept], counts[:, kept], het[:, kept] if het is not None else None
    steps = _StepsOfAn(view, name, cohorts, found.readers, found.engine)
    pos0 = (key >> np.uint64(POS_SHIFT)).astype(np.int64) - 1
    an = np.zeros((2, len(cohorts), len(key)), dtype=np.int32)
    bases = np.zeros((2, len(cohorts), end - start), dtype=np.int32) if per_base else None
    steps.fill(start, end, pos0, an, bases)
    return SweptWindow(
        name,
        start,
        end,
        key,
        found.texts,
        counts,
        an[0] + counts[:, :, tally.D_AN],
        an[1] + counts[:, :, tally.RAW + tally.D_AN],
        het,
        bases[0] if bases is not None else None,
        bases[1] if bases is not None else None,
    )


@dataclass(frozen=True)
class Tallies:
    """What people's own records say in a stretch, c cohorts by v variants sorted by key: `counts` (c, v, 12) int32 by
    the fields of `model/tally.py`, `het` (c, v) on chrM, else None. `readers` and `engine` read callability likewise.
    """

    key: NDArray[np.uint64]
    texts: Texts
    counts: Int32s
    het: NDArray[np.uint16] | None
    readers: list[tuple[LiveSegment, ContigReader]]
    engine: Any


def tallied(
    view: View, contig: str, start: int, end: int, cohorts: Sequence[Mask], *, jit: bool | None = None
) -> Tallies:
    """Every key with a record in start..end of a contig, and its records summed; AN by callability is not in it."""
    low, high = key_floor(start + 1), key_floor(end + 1)
    readers = [(segment, reader) for segment in view.segments if (reader := segment.contig(contig)) is not None]
    engine = _engine(sum(reader.entries_between(low, high) for _, reader in readers), jit)
    loads = [(segment, engine.stretch(reader, low, high)) for segment, reader in readers]
    loads = [(segment, stretch) for segment, stretch in loads if len(stretch.key)]
    columns, texts = _settled([stretch for _, stretch in loads])
    key = _union(columns)
    counts = np.zeros((len(cohorts), len(key), tally.N_FIELDS), dtype=np.int32)
    het = np.zeros((len(cohorts), len(key)), dtype=np.uint16) if contig == "chrM" else None
    bits = np.stack([cohort.bits for cohort in cohorts])
    for (segment, stretch), column in zip(loads, columns, strict=True):
        index = np.searchsorted(key, column) if len(loads) > 1 else np.arange(len(key))
        local = bits[:, segment.offset : segment.offset + len(segment.table)]
        assumed = view.assumed[segment.offset : segment.offset + len(segment.table)]
        stretch.add(counts, index, local, assumed)
        if het is not None:
            _add_heteroplasmy(het, stretch.variants, index, local)
    return Tallies(key, texts, counts, het, readers, engine)


def windows(start: int, end: int, size: int = _BLOCK) -> Iterator[tuple[int, int]]:
    """Cut a stretch at multiples of `size`."""
    while start < end:
        stop = min((start // size + 1) * size, end)
        yield start, stop
        start = stop


class ListedStretch:
    """The variants of a stretch with their entries in columns, ready to be counted by an engine's loop."""

    def __init__(self, variants: Variants, add_entries: Any) -> None:
        self.variants, self._add = variants, add_entries
        self.key, self.texts = variants.key, variants.texts

    def add(self, out: Int32s, index: NDArray[np.intp], bits: NDArray[np.bool_], assumed: NDArray[np.bool_]) -> None:
        """Add each variant's numbers to out[cohort, index[variant]]; `bits` (cohorts, genomes of the segment)."""
        self._add(out, self.variants, index, bits, assumed)


def _settled(loads: list[Any]) -> tuple[list[NDArray[np.uint64]], Texts]:
    """Distinct keys of each segment's stretch, with hashed keys settled between them."""
    if sum(bool(v.texts) for v in loads) <= 1:
        texts: Texts = {}
        for v in loads:
            texts |= v.texts
        return [v.key for v in loads], texts
    none = np.empty(0, np.uint16)
    return settle([Part(v.key, none, none, none, v.texts) for v in loads])


def _union(columns: list[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Sorted distinct keys of sorted columns."""
    if len(columns) <= 1:
        return columns[0] if columns else np.empty(0, np.uint64)
    every = np.sort(np.concatenate(columns), kind="stable")
    distinct: NDArray[np.uint64] = every[np.append(every[1:] != every[:-1], True)]
    return distinct


def _add_heteroplasmy(out: NDArray[np.uint16], v: Variants, index: NDArray[np.intp], bits: NDArray[np.bool_]) -> None:
    row = np.repeat(index, np.diff(v.end, prepend=0))
    for cohort in range(len(bits)):
        inside = bits[cohort][v.ordinal]
        np.maximum.at(out[cohort], row[inside], v.heteroplasmy[inside])


class NumpyEngine:
    """The plain road: a few array operations per segment and cohort."""

    @classmethod
    def stretch(cls, reader: ContigReader, low: int, high: int) -> ListedStretch:
        """Variants with low <= key < high."""
        return ListedStretch(reader.between(low, high), cls.add_entries)

    @staticmethod
    def add_entries(
        out: Int32s, v: Variants, index: NDArray[np.intp], bits: NDArray[np.bool_], assumed: NDArray[np.bool_]
    ) -> None:
        """Add each variant's rows of TALLY to out[cohort, index[variant]]."""
        rows = tally.TALLY[v.entry.astype(np.int64) + tally.ASSUMED * assumed[v.ordinal]]
        for cohort in range(len(bits)):
            chosen = rows * bits[cohort][v.ordinal][:, None]
            out[cohort, index] += np.add.reduceat(chosen, v.begin, axis=0, dtype=np.int32)

    @staticmethod
    def runs_between(reader: ContigReader, start: int, end: int) -> Runs:
        """Runs over start..end, clipped to it."""
        return reader.runs_between(start, end)

    @staticmethod
    def add_runs(
        diff: Int32s,
        runs: Runs,
        places: NDArray[np.int64],
        own: NDArray[np.int8],
        assumed: NDArray[np.bool_],
        bits: NDArray[np.bool_],
    ) -> None:
        """Subtract what each run loses from diff[0] (adj) and diff[1] (raw) at the first place in it, and give it back
        at the first place after it. `own`: copies by ordinal here."""
        a, b = np.searchsorted(places, runs.start), np.searchsorted(places, runs.end)
        copies = own[runs.ordinal]
        lost_adj = tally.LOST_ADJ[copies, runs.state] * ~assumed[runs.ordinal]
        lost_raw = tally.LOST_RAW[copies, runs.state]
        for cohort in range(len(bits)):
            inside = bits[cohort][runs.ordinal] & (a < b)
            for level, lost in ((0, lost_adj), (1, lost_raw)):
                np.subtract.at(diff[level, cohort], a[inside], lost[inside])
                np.add.at(diff[level, cohort], b[inside], lost[inside])


def _engine(n_entries: int, jit: bool | None) -> Any:
    if jit is None:
        jit = n_entries >= _JIT_FROM or at_hand(COUNTING) is not None
    if not jit:
        return NumpyEngine
    from embla.genotypes.kernels import JitEngine

    return JitEngine


class _StepsOfAn:
    """AN by callability over a window, block by block and piece by piece (ploidy changes at the PAR borders)."""

    def __init__(self, view: View, contig: str, cohorts: Sequence[Mask], readers: list[Any], engine: Any) -> None:
        from embla.genotypes.view import COPIES, N_KARYOTYPES

        self.view, self.contig, self.readers, self.engine = view, contig, readers, engine
        self.bits = np.stack([cohort.bits for cohort in cohorts])
        self.by_code = np.stack([cohort.by_code for cohort in cohorts])
        self.copies, self.n_karyotypes = COPIES, N_KARYOTYPES

    def fill(self, start: int, end: int, pos0: NDArray[np.int64], an: Int32s, bases: Int32s | None) -> None:
        """`an` (2, c, v) at the sorted 0-based positions; `bases` (2, c, end - start) whole. First adj, then raw."""
        for piece in GRCH38.pieces(self.contig):
            copies = self.copies[piece.kind]
            for a, b in windows(max(start, piece.start), min(end, piece.end), _BLOCK if bases is not None else _STRIDE):
                first, last = (int(i) for i in np.searchsorted(pos0, (a, b)))
                if bases is not None:
                    values = self._steps(a, b, np.arange(a, b), copies)
                    an[:, :, first:last] = values[:, :, pos0[first:last] - a]
                    bases[:, :, a - start : b - start] = values
                elif first < last:
                    # Only between the first and the last variant of the block, and in steps of variants, not bases.
                    some = pos0[first:last]
                    an[:, :, first:last] = self._steps(int(some[0]), int(some[-1]) + 1, some, copies)

    def _steps(self, start: int, end: int, places: NDArray[np.int64], copies: NDArray[np.int8]) -> Int32s:
        """AN at sorted places of start..end: (2, c, len(places))."""
        diff = np.zeros((2, len(self.bits), len(places) + 1), dtype=np.int32)
        n = self.n_karyotypes
        diff[0, :, 0] = self.by_code[:, :n] @ copies.astype(np.int64)
        diff[1, :, 0] = diff[0, :, 0] + self.by_code[:, n:] @ copies.astype(np.int64)
        for segment, reader in self.readers:
            runs = self.engine.runs_between(reader, start, end)
            here = slice(segment.offset, segment.offset + len(segment.table))
            own = copies[self.view.karyotypes[here]]
            self.engine.add_runs(diff, runs, places, own, self.view.assumed[here], self.bits[:, here])
        return np.cumsum(diff[:, :, :-1], axis=2, dtype=np.int32)
