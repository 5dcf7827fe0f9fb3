"""Compaction: segments merge in tiers of eight, removed genomes are left out for good.

A segment of 1 to 7 genomes is in tier 0, of 8 to 63 in tier 1, and so on to 8,192, above which nothing merges: so each
genome is rewritten a handful of times, and erasing one rewrites one segment. Merging walks each contig in stretches of
about a million entries, so memory does not grow with the segments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from embla.genome import GRCH38
from embla.genotypes.files.manifest import Manifest, SegmentEntry, encode_tombstones
from embla.genotypes.files.runs import WIDE_LEVELS, Runs
from embla.genotypes.files.segment import MAX_GENOMES, PLANES_FROM, ContigReader, key_floor
from embla.genotypes.files.variants import Variants
from embla.genotypes.merging import gather, part_of
from embla.genotypes.model.keys import POS_SHIFT
from embla.genotypes.staging import RUN_RANGE, ContigData, Scratch, Staged, encoded, write_manifest, write_segment

if TYPE_CHECKING:
    from embla.genotypes.cluster.crew import Crew
    from embla.genotypes.view import LiveSegment, View

    Mapped = tuple[ContigReader, NDArray[np.int32]]

FAN: Final = 8
SMALL: Final = 512
STRETCH: Final = 1_000_000


def tier(genomes: int) -> int:
    """0 for 1-7 genomes, 1 for 8-63, 2 for 64-511, 3 for 512-4095, 4 from there."""
    return min((max(genomes, 1).bit_length() - 1) // 3, 4)


def stage_compact(
    scratch: Scratch, view: View, *, full: bool, only: Collection[int] = (), crew: Crew | None = None
) -> Staged | None:
    """Write merged segments and the next manifest; None when nothing is due. See `CohortStore.stage_compact`."""
    if only:
        groups = [[segment] for segment in view.segments if segment.number in only]
    else:
        groups = _all_due(view) if full else _full_tier(view)
    if not groups:
        return None
    old = view.content
    stones = view.store.tombstones(old)
    number = old.next_segment
    entries: dict[int, SegmentEntry | None] = {s.number: s for s in old.segments}
    for group in groups:
        merged = _merge(scratch, view, group, number, crew)
        number += 1
        for segment in group:
            entries[segment.number] = None
            stones.pop(segment.number, None)
        entries[group[0].number] = merged
    file = ""
    if any(stones.values()):
        file, data = encode_tombstones(stones)
        scratch.put(file, data)
    kept = tuple(entry for entry in entries.values() if entry is not None)
    after = Manifest(old.number + 1, number, kept, file, sum(len(v) for v in stones.values()))
    return Staged(write_manifest(scratch, after), view.manifest, files=tuple(scratch.new))


def _living(view: View, segment: LiveSegment) -> int:
    return int(_alive(view, segment).sum())


def _full_tier(view: View) -> list[list[LiveSegment]]:
    """The eight oldest of the lowest tier that has eight, as many as fit in one segment."""
    tiers: dict[int, list[LiveSegment]] = {}
    for segment in view.segments:
        tiers.setdefault(tier(len(segment.table)), []).append(segment)
    for level in sorted(tiers):
        if len(tiers[level]) < FAN:
            continue
        group: list[LiveSegment] = []
        total = 0
        for segment in tiers[level][:FAN]:
            if total + len(segment.table) > MAX_GENOMES:
                break
            group.append(segment)
            total += len(segment.table)
        if len(group) > 1:
            return [group]
    return []


def _all_due(view: View) -> list[list[LiveSegment]]:
    """Every segment with a removed genome and every small one, put together up to the limit."""
    groups: list[list[LiveSegment]] = []
    group: list[LiveSegment] = []
    total = 0
    for segment in view.segments:
        living = _living(view, segment)
        if living == len(segment.table) and living >= SMALL:
            continue
        if group and total + living > MAX_GENOMES:
            groups.append(group)
            group, total = [], 0
        group.append(segment)
        total += living
    if group:
        groups.append(group)
    return [g for g in groups if len(g) > 1 or _living(view, g[0]) < len(g[0].table)]


def _merge(
    scratch: Scratch, view: View, group: list[LiveSegment], number: int, crew: Crew | None
) -> SegmentEntry | None:
    genomes = [row for s in group for row in s.table.rows(np.flatnonzero(_alive(view, s)))]
    if not genomes:
        return None
    if len(genomes) >= PLANES_FROM:
        # What is written in planes is compiled; loaded now, it reads planes too.
        import_module("embla.genotypes.plane_kernels")
    if crew is not None:
        from embla.genotypes.cluster.compacting import encoded_contigs

        return write_segment(scratch, number, genomes, encoded_contigs(crew, view, group, len(genomes)))
    contigs = _contigs(group, ordinal_maps(view, group))
    return write_segment(scratch, number, genomes, encoded(contigs, len(genomes)))


def _alive(view: View, segment: LiveSegment) -> NDArray[np.bool_]:
    return view.alive[segment.offset : segment.offset + len(segment.table)]


def ordinal_maps(view: View, group: list[LiveSegment]) -> list[NDArray[np.int32]]:
    """For each segment, the ordinal that each of its genomes gets in the merged one; -1 for a removed one."""
    maps, base = [], 0
    for segment in group:
        alive = _alive(view, segment)
        maps.append(np.where(alive, base + np.cumsum(alive) - 1, -1).astype(np.int32))
        base += int(alive.sum())
    return maps


def mapped_readers(group: list[LiveSegment], maps: list[NDArray[np.int32]], contig: str) -> list[Mapped]:
    """The readers of those segments that have the contig, each with its map."""
    return [(reader, m) for s, m in zip(group, maps, strict=True) if (reader := s.contig(contig)) is not None]


def _contigs(group: list[LiveSegment], maps: list[NDArray[np.int32]]) -> Iterator[ContigData]:
    for contig in GRCH38.contigs:
        found = mapped_readers(group, maps, contig.name)
        yield contig.name, contig.length, _variants(found), _runs(found, contig.length)


def _variants(found: list[Mapped]) -> Iterator[Variants]:
    for low, high in contig_stretches([reader for reader, _ in found]):
        yield variants_between(found, low, high)


def variants_between(found: list[Mapped], low: int, high: int) -> Variants:
    """The merged variants with low <= key < high."""
    return gather([part_of(reader.between(low, high), ordinal_map) for reader, ordinal_map in found])


def contig_stretches(readers: list[ContigReader]) -> Iterator[tuple[int, int]]:
    """Key ranges of about a million entries, cut between positions (alleles with one hash share a position)."""
    none = [np.empty(0, np.int64)]
    pos = np.concatenate([(r.first_key >> np.uint64(POS_SHIFT)).astype(np.int64) for r in readers] or none)
    size = np.concatenate([r.frame_entries.astype(np.int64) for r in readers] or none)
    order = np.argsort(pos, kind="stable")
    piece = np.cumsum(size[order]) // STRETCH
    cuts = pos[order][1:][piece[1:] != piece[:-1]].astype(np.int64) if len(pos) else pos
    borders = [0, *np.unique(cuts[cuts > 0]).tolist(), 1 << (64 - POS_SHIFT)]
    for low, high in zip(borders, borders[1:], strict=False):
        yield key_floor(int(low)), key_floor(int(high))


def _runs(found: list[Mapped], length: int) -> Iterator[Runs]:
    for bases in (None, *run_ranges(length)):
        runs = runs_over(found, length, bases)
        if len(runs):
            yield runs


def run_ranges(length: int) -> list[tuple[int, int]]:
    """The ranges of bases (0-based, end excluded) that runs are merged by."""
    return [(start, min(start + RUN_RANGE, length)) for start in range(0, length, RUN_RANGE)]


def runs_over(found: list[Mapped], length: int, bases: tuple[int, int] | None) -> Runs:
    """The merged runs of a range. Runs over whole contigs stay whole: those are in no range, but in None."""
    if bases is None:
        return Runs.joined([_mapped(reader.runs_between(0, length, WIDE_LEVELS[:1]), m) for reader, m in found])
    wide = WIDE_LEVELS[:1]
    return Runs.joined([_mapped(reader.runs_between(*bases, None, wide), m) for reader, m in found]).mended()


def _mapped(runs: Runs, ordinal_map: NDArray[np.int32]) -> Runs:
    new = ordinal_map[runs.ordinal]
    kept = runs.take(new >= 0)
    return Runs(new[new >= 0].astype(np.uint16), kept.start, kept.end, kept.state)
