"""A store cut into windows, each a job for one cohort; only counts travel back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from embla.genome import GRCH38, Region
from embla.genotypes.files.columns import squeeze, unsqueeze
from embla.genotypes.files.segment import key_floor

if TYPE_CHECKING:
    from embla.genotypes.view import Mask, View

_ENTRIES: Final = 500_000  # in a job of several windows: its answer is never larger


@dataclass(frozen=True)
class Windows:
    """A job: stretches of a contig (0-based, end excluded), one after the other, for a cohort, which is given by a bit
    per genome, packed and squeezed."""

    contig: str
    stretches: tuple[tuple[int, int], ...]
    cohort: bytes = field(repr=False)


def windows_of(view: View, mask: Mask, region: Region | None, step: int) -> list[Windows]:
    """Jobs over a region, or over every contig that the store has, in order. A window has at most `step` bases;
    neighbours that hold little together are one job, and those that hold nothing at all are left out."""
    regions = [region] if region is not None else [Region(c.name, 0, c.length) for c in GRCH38.contigs]
    cohort = squeeze(np.packbits(mask.bits).tobytes())
    return [Windows(one.contig, stretches, cohort) for one in regions for stretches in _grouped(view, one, step)]


def _grouped(view: View, region: Region, step: int) -> Iterator[tuple[tuple[int, int], ...]]:
    readers = [reader for segment in view.segments if (reader := segment.contig(region.contig)) is not None]
    group: list[tuple[int, int]] = []
    size = 0
    for start, end in cut(region.start, region.end, step):
        entries = sum(reader.entries_between(key_floor(start + 1), key_floor(end + 1)) for reader in readers)
        if group and size + entries > _ENTRIES:
            yield tuple(group)
            group, size = [], 0
        if entries:
            group.append((start, end))
            size += entries
    if group:
        yield tuple(group)


def cut(start: int, end: int, step: int) -> Iterator[tuple[int, int]]:
    """Stretches of `step` bases; the last may be shorter."""
    return ((low, min(low + step, end)) for low in range(start, end, step))


@lru_cache(maxsize=2)
def mask_of(view: View, cohort: bytes) -> Mask:
    """The cohort of a window; of the last windows it is kept."""
    bits = np.unpackbits(np.frombuffer(unsqueeze(cohort), np.uint8), count=view.size)
    return view.mask(bits.astype(np.bool_))
