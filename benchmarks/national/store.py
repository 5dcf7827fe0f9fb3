"""A store of many people straight from arrays: segments are written, packs are not, so that it is made in a minute.

Runs of not-callable bases follow the model that the store was designed with: hard regions with their own rate, a
quality of each genome, most borders shared but for a jitter, and private runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.national.trees import CONTIG, FIRST_BASE, HET, HOM, Carriers, allele_key
from embla.genome import GRCH38
from embla.genotypes import CohortStore, ContigCalls, Pack, Policy, Records
from embla.genotypes.files.genomes import Genome
from embla.genotypes.files.manifest import Manifest
from embla.genotypes.files.runs import WIDE_LEVELS, Runs
from embla.genotypes.files.segment import MAX_GENOMES
from embla.genotypes.files.variants import Variants
from embla.genotypes.model import codes, keys
from embla.genotypes.staging import ContigData, Scratch, Staged, encoded, write_manifest, write_segment

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


def filled(path: Path, carriers: Carriers, length: int, runs: Runs | None = None, seed: int = 1) -> CohortStore:
    """A store with all the people of `carriers` in segments of 8,192 and a rest; `runs` are simulated if not given, and
    given only for people who fit in one segment.
    """
    store = CohortStore.create(path)
    rng = np.random.default_rng(seed)
    manifest, segments, at = store.manifest(store.current()), [], 0
    sizes = [min(MAX_GENOMES, carriers.people - low) for low in range(0, carriers.people, MAX_GENOMES)]
    scratch = Scratch(store.folder)
    for number, size in enumerate(sizes, 1):
        own = runs_of(size, length, rng) if runs is None else runs
        contigs = encoded(_contig(carriers.variants(at, at + size), own), size)
        segments.append(write_segment(scratch, number, people_named(at, at + size), contigs))
        at += size
    ident = write_manifest(scratch, Manifest(manifest.number + 1, len(sizes) + 1, tuple(segments)))
    store.publish(Staged(ident, store.current(), tuple("all")))
    return store


def _contig(variants: Variants, runs: Runs) -> Iterator[ContigData]:
    window = 1 << WIDE_LEVELS[1]
    pieces = []
    for start in range(0, GRCH38.contig(CONTIG).length, window):
        piece = runs.clipped(start, start + window)
        if len(piece):
            pieces.append(piece)
    yield CONTIG, GRCH38.contig(CONTIG).length, [variants], pieces


def packs_of(carriers: Carriers, n: int, elsewhere: int, seed: int = 7) -> list[Pack]:
    """New people: each the left half of one person and the right half of another, with `elsewhere` calls of their own
    on chr2, so that a pack weighs what a genome does. Depths as at 34 x."""
    rng = np.random.default_rng(seed)
    middle = int(carriers.pos[len(carriers.pos) // 2])
    packs = []
    for _ in range(n):
        left, right = (int(i) for i in rng.choice(carriers.people, 2, replace=False))
        (before, hom_before), (after, hom_after) = carriers.of(left), carriers.of(right)
        pos = np.concatenate((before[before < middle], after[after >= middle]))
        hom = np.concatenate((hom_before[before < middle], hom_after[after >= middle]))
        shared = _calls(np.array([allele_key(int(p)) for p in pos], np.uint64), hom, rng)
        place = np.unique(rng.integers(1_000_000, 240_000_000, elsewhere))
        change = rng.choice([0b0010, 0b1000, 0b0111, 0b1101, 0b0001, 0b0100], len(place)).astype(np.uint64)
        own = place.astype(np.uint64) << np.uint64(36) | np.uint64(0x11) << np.uint64(28) | change << np.uint64(24)
        contigs = {CONTIG: shared, "chr2": _calls(own, rng.random(len(place)) < 0.4, rng)}
        packs.append(Pack("GRCh38", "XX", "gvcf", Policy().digest(), "arrays", ("PASS",), contigs))
    return packs


def _calls(key: NDArray[np.uint64], hom: NDArray[np.bool_], rng: np.random.Generator) -> ContigCalls:
    n = len(key)
    text = ["\t".join(keys.key_alleles(k)) for k in key.tolist()]
    depth = rng.poisson(34, n).clip(12).astype(np.int32)
    alt = np.where(hom, depth - (rng.random(n) < 0.02), rng.binomial(depth, 0.5)).astype(np.int32)
    quality = np.where(hom, np.minimum(3 * depth, 99), np.where(rng.random(n) < 0.8, 99, rng.integers(40, 99, n)))
    phased = rng.random(n) < 0.5
    gt = np.where(hom[:, None], 1, np.where((phased & (rng.random(n) < 0.5))[:, None], (1, 0), (0, 1))).astype(np.int8)
    pos = (key >> np.uint64(keys.POS_SHIFT)).astype(np.uint32)
    block = np.maximum.accumulate(np.where(rng.random(n) < 0.1, pos, pos[:1])).astype(np.int64)
    records = Records(
        pos, "".join(text).encode(), np.cumsum([len(t) for t in text]).astype(np.uint32), gt, phased,
        np.where(phased, block, -1), np.zeros(n, np.uint8), depth, quality.astype(np.int16),
        np.column_stack([depth - alt, alt]).reshape(-1), (2 * np.arange(1, n + 1)).astype(np.uint32),
        np.ones(n, np.bool_),
    )  # fmt: skip
    start = np.arange(int(pos[0]), int(pos[-1]), max((int(pos[-1]) - int(pos[0])) * 17 // n, 90), dtype=np.uint32)
    start = (start + rng.integers(0, 30, len(start))).astype(np.uint32)
    length = rng.geometric(1 / 50, len(start)).clip(1, 55).astype(np.uint32)
    state = np.where(rng.random(len(start)) < 0.4, *STATES).astype(np.uint8)
    entry = np.where(hom, HOM, HET).astype(np.uint16)
    # Places that are not callable hold no calls here.
    row = np.searchsorted(start, pos - np.uint32(1), side="right") - 1
    covered = (row >= 0) & (pos - np.uint32(1) < (start + length)[row])
    free = np.setdiff1d(np.arange(len(start)), row[covered])
    return ContigCalls(
        key, entry, np.empty(0, np.uint16), {}, start[free], (start + length)[free], state[free], records
    )
