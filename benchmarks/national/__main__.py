"""`python -m benchmarks.national [--people N] [--bases N] [--keep FOLDER] [--json]`: what many people cost a store.

They come from a simulated tree sequence and go into segments past the files. Times are CPU of this process on one core,
each the best of several tries, as other work on the machine can only add to it.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.national.store import filled, packs_of
from benchmarks.national.trees import CONTIG, FIRST_BASE, Carriers, kept
from embla.genome import GRCH38, Variant
from embla.genotypes import CohortStore, Mask, NewGenome, View, warm
from embla.genotypes.files.packfile import encode_pack
from embla.genotypes.plane_kernels import PlaneScan
from embla.genotypes.prints import find_alike, print_of


@dataclass(frozen=True)
class Figure:
    """One measured number; `aim` is at most, or at least where `more` is better."""

    what: str
    value: float
    unit: str
    aim: float
    more: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.aim if self.more else self.value <= self.aim

    def __str__(self) -> str:
        verdict = "met" if self.met else "NOT MET"
        bound = "at least" if self.more else "at most"
        return f"{self.what:<78} {self.value:>14,.3f} {self.unit:<12} {bound} {self.aim:,}: {verdict}"


def measure(folder: Path, people: int, bases: int) -> Iterator[Figure]:
    """Everything, on one store of `people`."""
    warm()
    carriers = kept(folder, people, bases)
    path = folder / f"store-{people}-{bases}"
    store = CohortStore.open(path) if path.exists() else filled(path, carriers, bases)
    view = store.view()
    yield from sizes(view, carriers, bases)
    yield from recounts(view)
    yield from points(view)
    yield from adding(folder, carriers, bases, store)
    yield from removing(folder, carriers, bases)


def sizes(view: View, carriers: Carriers, bases: int) -> Iterator[Figure]:
    """Bytes on disk, by what they hold."""
    frames = runs = 0
    for segment in view.segments:
        reader = segment.contig(CONTIG)
        assert reader is not None
        frames += int(reader.frame_at[-1] - reader.frame_at[0])
        runs += reader.runs_end - int(reader.parts[2].min())
    whole_genome = 300_000 / 194 * 2_000_000 / bases
    yield Figure("bytes per non-reference genotype, keys and sizes of rows included", frames / len(carriers.person),
                 "bytes", 0.22)  # fmt: skip
    yield Figure("callability of a genome with 300,000 runs, in a segment", runs / view.size * whole_genome / 1e6, "MB",
                 0.75)  # fmt: skip


def recounts(view: View) -> Iterator[Figure]:
    """Every carrier of a random half of the people counted, from compressed bytes."""
    half = np.random.default_rng(1).random(view.size) < 0.5
    readers = [(s, reader) for s in view.segments if (reader := s.contig(CONTIG)) is not None and reader.in_planes]

    def count() -> None:
        for segment, reader in readers:
            local = half[segment.offset : segment.offset + len(segment.table)][None]
            PlaneScan(reader, range(len(reader.first_key))).people(local)

    total = sum(reader.n_entries for _, reader in readers)
    yield Figure("recount of a sub-cohort", total / best(count, 15) / 1e9, "1e9/s", 1.2, more=True)


def points(view: View) -> Iterator[Figure]:
    """One variant, the whole answer; for everybody and for a random third."""
    swept = view.sweep(CONTIG, FIRST_BASE, FIRST_BASE + 10_000_000, [view.cohort()], per_base=False)
    chosen = random.Random(1).sample(range(len(swept)), min(len(swept), 400))
    variants = [Variant(CONTIG, int(swept.pos[i]), *swept.alleles(i)) for i in chosen]
    third = view.mask(np.random.default_rng(2).random(view.size) < 0.3)
    for what, cohort, aim in (("everybody", view.cohort(), 0.3), ("an arbitrary sub-cohort", third, 0.5)):
        yield Figure(
            f"count of one variant, {what}: median", median(_one_by_one(view, variants, cohort)) * 1e3, "ms", aim
        )


def _one_by_one(view: View, variants: list[Variant], cohort: Mask) -> list[float]:
    """Seconds of each, the best of twelve rounds."""
    rounds = []
    for _ in range(12):
        row = []
        for variant in variants:
            start = time.perf_counter()
            view.count(variant, cohort)
            row.append(time.perf_counter() - start)
        rounds.append(row)
    return [min(column) for column in zip(*rounds, strict=True)]


def adding(folder: Path, carriers: Carriers, bases: int, many: CohortStore) -> Iterator[Figure]:
    """One genome more when all are in, against when 200 are."""
    few = _fresh(folder, "few", carriers, bases, 200)
    news = [NewGenome(f"new{i}", pack) for i, pack in enumerate(packs_of(carriers, 4, 200_000))]
    seconds: dict[str, list[float]] = {"few": [], "many": []}
    for _ in range(4):
        for new in news:
            for name, store in (("few", few), ("many", many)):
                start = time.process_time()
                staged = store.stage_add([new])
                seconds[name].append(time.process_time() - start)
                for file in staged.files:
                    store.folder.delete(file)
    for store in (few, many):
        store.tidy()
    ratio = sorted(seconds["many"])[len(news)] / sorted(seconds["few"])[len(news)]
    calls = sum(len(contig.key) for contig in news[0].pack.contigs.values())
    yield Figure(f"add of one genome of {calls:,} calls to {len(many.view()):,} people, against 200: CPU ratio", ratio,
                 "", 1.05)  # fmt: skip
    _, blob = encode_pack(news[0].pack)
    own = print_of(news[0].pack)
    alone = print_of(replace(news[0].pack, contigs={CONTIG: news[0].pack.contigs[CONTIG]}))
    assert len(own) and find_alike(many.view(), alone) is None
    yield Figure("is a new genome somebody who is here: its print compared with everybody",
                 best(lambda: find_alike(many.view(), alone), 9) * 1e3, "ms", 100)  # fmt: skip
    yield Figure("pack of a genome of 5 million such calls and 300,000 runs", blob.size / calls * 5.0, "MB", 15.0)


def removing(folder: Path, carriers: Carriers, bases: int) -> Iterator[Figure]:
    """Out of every answer: one commit, then a count."""
    store = _fresh(folder, "leaving", carriers, bases, carriers.people)
    names = store.view().names[:: max(len(store.view()) // 9, 1)]
    times = []
    for name in names:
        start = time.perf_counter()
        store.remove([name])
        assert len(store.view()) == len(store.view().cohort())
        times.append(time.perf_counter() - start)
    yield Figure("remove one genome, until the next view is open", min(times) * 1e3, "ms", 50)


def _fresh(folder: Path, name: str, carriers: Carriers, bases: int, people: int) -> CohortStore:
    return filled(
        Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder)) / "store", replace(carriers, people=people), bases
    )


def best(work: Callable[[], Any], tries: int) -> float:
    """Least user CPU seconds of several tries."""
    seconds = []
    for _ in range(tries):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.national", description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--bases", type=int, default=2_000_000)
    parser.add_argument("--keep", type=Path, help="folder for the simulated people, made once and used again")
    parser.add_argument("--json", action="store_true", help="one JSON object per figure")
    chosen = parser.parse_args(arguments)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="embla-national-") as temporary:
        folder = (chosen.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for figure in measure(folder, chosen.people, chosen.bases):
            print(json.dumps(asdict(figure) | {"met": figure.met}) if chosen.json else figure, flush=True)
    print(f"load average {os.getloadavg()[0]:.1f}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    assert GRCH38.contig(CONTIG).length > FIRST_BASE
    sys.exit(main(sys.argv[1:]))
