"""A store of many people straight from arrays: segments are written, packs are not, so that it is made in a minute.

Runs of not-callable bases follow the model that the store was designed with: hard regions with their own rate, a
quality of each genome, most borders shared but for a jitter, and private runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np

from benchmarks.national.trees import CONTIG, FIRST_BASE, Carriers
from embla.genome import GRCH38
from embla.genotypes import CohortStore
from embla.genotypes.files.genomes import Genome
from embla.genotypes.files.manifest import Manifest
from embla.genotypes.files.runs import WIDE_LEVELS, Runs
from embla.genotypes.files.segment import MAX_GENOMES
from embla.genotypes.model import codes
from embla.genotypes.staging import ContigData, Scratch, Staged, write_manifest, write_segment

STATES = (codes.make_state(codes.NOTHING, codes.NOTHING), codes.make_state(codes.FULL, codes.NOTHING))


def runs_of(people: int, length: int, rng: np.random.Generator, per_genome: float = 194.0) -> Runs:
    """Runs of `people` genomes over `length` bases: 300,000 a genome make 194 in 2 Mb."""
    regions = max(int(450 * length / 1_000_000), 1)
    start = np.sort(rng.integers(0, length - 2_000, regions))
    size = rng.geometric(1 / 60, regions) + 5
    rate = rng.beta(0.4, 1.2, regions)
    scale = per_genome * length / 2_000_000 * 0.9 / rate.sum()
    quality = rng.lognormal(0, 0.3, people)
    rows = []
    for region in range(regions):
        hit = np.flatnonzero(rng.random(people) < np.minimum(rate[region] * scale * quality, 0.98))
        jitter = np.where(rng.random((2, len(hit))) < 0.7, np.rint(rng.normal(0, 6, (2, len(hit)))), 0).astype(np.int64)
        low = np.maximum(start[region] + jitter[0], 0)
        high = np.maximum(start[region] + size[region] + jitter[1], low + 1)
        rows.append((hit, low, high, np.where(rng.random(len(hit)) < 0.4, *STATES)))
    own = rng.poisson(per_genome * length / 2_000_000 * 0.1, people)
    who = np.repeat(np.arange(people), own)
    low = rng.integers(0, length - 500, len(who))
    rows.append((who, low, low + rng.geometric(1 / 40, len(who)), np.where(rng.random(len(who)) < 0.4, *STATES)))
    ordinal, low, high, state = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.lexsort((low, ordinal))
    ordinal, low, high, state = ordinal[order], low[order], high[order], state[order]
    # Runs of one genome must not overlap.
    free = np.append(
        True,
        (ordinal[1:] != ordinal[:-1])
        | (low[1:] >= np.maximum.accumulate(high + ordinal * 4 * length)[:-1] - ordinal[1:] * 4 * length),
    )
    shift = np.uint32(FIRST_BASE)
    return Runs(ordinal[free].astype(np.uint16), low[free].astype(np.uint32) + shift,
                high[free].astype(np.uint32) + shift, state[free].astype(np.uint8))  # fmt: skip


def people_named(low: int, high: int) -> list[Genome]:
    """Rows of a genome table; one person in two is XY, five regions."""
    return [
        Genome(f"N{i:06d}", sha256(str(i).encode()).hexdigest(), ("XX", "XY")[i % 2], "gvcf",
               {"region": f"108{1 + i % 5}"})
        for i in range(low, high)
    ]  # fmt: skip


def filled(path: Path, carriers: Carriers, length: int, sizes: list[int] | None = None, seed: int = 1) -> CohortStore:
    """A store with all the people of `carriers` in segments of these sizes, 8,192 and a rest if not given."""
    store = CohortStore.create(path)
    rng = np.random.default_rng(seed)
    manifest, segments, at = store.manifest(store.current()), [], 0
    sizes = sizes or [min(MAX_GENOMES, carriers.people - low) for low in range(0, carriers.people, MAX_GENOMES)]
    scratch = Scratch(store.folder)
    for number, size in enumerate(sizes, 1):
        segments.append(
            write_segment(scratch, number, people_named(at, at + size), _contig(carriers, length, at, at + size, rng))
        )
        at += size
    ident = write_manifest(scratch, Manifest(manifest.number + 1, len(sizes) + 1, tuple(segments)))
    store.publish(Staged(ident, store.current(), tuple("all")))
    return store


def _contig(carriers: Carriers, length: int, low: int, high: int, rng: np.random.Generator) -> Iterator[ContigData]:
    variants, runs = carriers.variants(low, high), runs_of(high - low, length, rng)
    window = 1 << WIDE_LEVELS[1]
    pieces = []
    for start in range(0, GRCH38.contig(CONTIG).length, window):
        piece = runs.clipped(start, start + window)
        if len(piece):
            pieces.append(piece)
    yield CONTIG, GRCH38.contig(CONTIG).length, [variants], pieces
