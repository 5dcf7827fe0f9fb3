"""`python -m benchmarks.national [--people N] [--bases N] [--files N] [--keep FOLDER] [--write] [--json]`.

60,000 people come from a simulated tree sequence and go into segments past the files; some hundred of them also go the
whole way, as gVCFs through the real add, and must be counted the same. Times are CPU of this process on one core,
each the best of several tries, as other work on the machine can only add to it. A stretch of the genome is measured;
what a whole genome would take is marked as extrapolated.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.national.files import Few, counts, from_arrays
from benchmarks.national.store import filled, packs_of
from benchmarks.national.trees import CONTIG, FIRST_BASE, Carriers, kept
from benchmarks.page import machine, put
from embla.genome import GRCH38, Variant
from embla.genotypes import CohortStore, Mask, NewGenome, View, warm
from embla.genotypes.adding import add_files
from embla.genotypes.files.packfile import encode_pack
from embla.genotypes.plane_kernels import PlaneScan
from embla.genotypes.prints import find_alike, print_of

GENOME = sum(contig.length for contig in GRCH38.contigs if contig.kind == "autosome")


@dataclass(frozen=True)
class Figure:
    """One measured number; `aim` is at most, or at least where `more` is better; 0 is no aim."""

    what: str
    value: float
    unit: str
    aim: float = 0.0
    more: bool = False
    extrapolated: bool = False

    @property
    def verdict(self) -> str:
        """Whether the aim is met; empty where there is none."""
        if not self.aim:
            return ""
        met = self.value >= self.aim if self.more else self.value <= self.aim
        return f"{'at least' if self.more else 'at most'} {self.aim:,}: {'met' if met else 'NOT MET'}"

    @property
    def told(self) -> str:
        """What, and that it was not measured where it was not."""
        return f"{self.what} (extrapolated)" if self.extrapolated else self.what

    def __str__(self) -> str:
        return f"{self.told:<98} {self.value:>14,.3f} {self.unit:<12} {self.verdict}".rstrip()


def measure(folder: Path, people: int, bases: int, in_files: int) -> Iterator[Figure]:
    """Everything, on one store of `people`; `in_files` of them also through files."""
    start = time.perf_counter()
    carriers = kept(folder, people, bases)
    yield Figure(f"{people:,} people over {bases:,} bases simulated by all cores, or read where they were kept",
                 time.perf_counter() - start, "s")  # fmt: skip
    # From here on one core.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    warm()
    path = folder / f"store-{people}-{bases}"
    start = time.process_time()
    store = CohortStore.open(path) if path.exists() else filled(path, carriers, bases)
    yield Figure("their segments written, or opened where they were kept", time.process_time() - start, "s")
    yield Figure("variants", len(carriers.pos), "")
    yield Figure("carried genotypes", len(carriers.person), "")
    view = store.view()
    yield from sizes(view, carriers, bases)
    yield from recounts(view, bases)
    yield from points(view)
    yield from adding(folder, carriers, bases, store)
    yield from removing(folder, path)
    yield from through_files(folder, carriers, bases, in_files)


def sizes(view: View, carriers: Carriers, bases: int) -> Iterator[Figure]:
    """Bytes on disk, by what they hold."""
    frames = runs = 0
    for segment in view.segments:
        reader = segment.contig(CONTIG)
        assert reader is not None
        frames += int(reader.frame_at[-1] - reader.frame_at[0])
        runs += reader.runs_end - int(reader.parts[2].min())
    whole_genome = 300_000 / 194 * 2_000_000 / bases
    genomes = GENOME / bases
    yield Figure("bytes per non-reference genotype, keys and sizes of rows included", frames / len(carriers.person),
                 "bytes", 0.22)  # fmt: skip
    yield Figure("callability of a genome with 300,000 runs, in a segment", runs / view.size * whole_genome / 1e6, "MB",
                 0.75)  # fmt: skip
    yield Figure(
        f"carriers of {view.size:,} whole genomes, in segments", frames * genomes / 1e9, "GB", extrapolated=True
    )
    yield Figure(f"callability of {view.size:,} whole genomes, in segments", runs * whole_genome / 1e9, "GB",
                 extrapolated=True)  # fmt: skip


def recounts(view: View, bases: int) -> Iterator[Figure]:
    """Every carrier of a random half of the people counted, from compressed bytes."""
    half = np.random.default_rng(1).random(view.size) < 0.5
    readers = [(s, reader) for s in view.segments if (reader := s.contig(CONTIG)) is not None and reader.in_planes]

    def count() -> None:
        for segment, reader in readers:
            local = half[segment.offset : segment.offset + len(segment.table)][None]
            PlaneScan(reader, range(len(reader.first_key))).people(local)

    total = sum(reader.n_entries for _, reader in readers)
    seconds = best(count, 15)
    yield Figure("recount of a sub-cohort, carried genotypes", total / seconds / 1e9, "1e9/s", 1.2, more=True)
    yield Figure(
        "recount of a sub-cohort over whole genomes, one core", seconds * GENOME / bases, "s", extrapolated=True
    )


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


def removing(folder: Path, path: Path) -> Iterator[Figure]:
    """Out of every answer: one commit, then a count."""
    store = CohortStore.open(shutil.copytree(path, Path(tempfile.mkdtemp(prefix="leaving-", dir=folder)) / "store"))
    names = store.view().names[:: max(len(store.view()) // 9, 1)]
    times = []
    for name in names:
        start = time.perf_counter()
        store.remove([name])
        assert len(store.view()) == len(store.view().cohort())
        times.append(time.perf_counter() - start)
    yield Figure("remove one genome, until the next view is open", min(times) * 1e3, "ms", 50)


def through_files(folder: Path, carriers: Carriers, bases: int, people: int) -> Iterator[Figure]:
    """The first of them as their laboratories would send them; counted as from arrays, or there is no figure."""
    few = Few.of(carriers, people, bases)
    files = few.write(folder / f"files-{people}-{bases}")
    aside = Path(tempfile.mkdtemp(prefix="files-", dir=folder))
    store = CohortStore.create(aside / "files")
    start = time.process_time()
    add_files(store, files, None)
    seconds = time.process_time() - start
    said, meant = counts(store.view(), bases), counts(from_arrays(aside / "arrays", few).view(), bases)
    same = 0
    for one, other in zip_longest(said, meant):
        assert one == other, f"a variant is {one} from files and {other} from arrays"
        same += 1
    yield Figure(f"add of {people:,} people's gVCFs of this stretch, each", seconds / people, "s")
    yield Figure(f"variants of those {people:,} people that count the same from files as from arrays", same, "")


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
    parser.add_argument("--people", type=int, default=60_000)
    parser.add_argument("--bases", type=int, default=5_000_000)
    parser.add_argument("--files", type=int, default=500, help="people who also go through files and the real add")
    parser.add_argument("--keep", type=Path, help="folder for the simulated people, made once and used again")
    parser.add_argument("--json", action="store_true", help="one JSON object per figure")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="embla-national-") as temporary:
        folder = (chosen.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        start, figures = time.perf_counter(), []
        for figure in measure(folder, chosen.people, chosen.bases, chosen.files):
            figures.append(figure)
            print(json.dumps(asdict(figure) | {"verdict": figure.verdict}) if chosen.json else figure, flush=True)
    about = f"{machine(os.getloadavg()[0])}; the whole run took {(time.perf_counter() - start) / 60:.0f} minutes."
    print(about, file=sys.stderr)
    if chosen.write:
        rows = ["| what | figure | aim |", "|---|---|---|"]
        rows += [f"| {figure.told} | {figure.value:,.3f} {figure.unit} | {figure.verdict} |" for figure in figures]
        put("nation", "\n".join([about, "", *rows, ""]))
    return 0


if __name__ == "__main__":
    assert GRCH38.contig(CONTIG).length > FIRST_BASE
    sys.exit(main(sys.argv[1:]))
