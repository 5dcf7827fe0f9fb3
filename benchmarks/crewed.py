"""`python -m benchmarks.crewed FOLDER RUNS`: one process beside a crew of two of this machine (`--cluster local:2`).

They take turns in adding many files, and in counting all that a random half of the people carry. What comes out must be
the same: segments and manifests byte for byte, packs by their digests (each is sealed under a random key), every count.
Prints, for adding and for counting, the median seconds of both, and how long a crew takes to begin. Two cores, where
the other benchmarks take one.
"""

import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks.commands import run
from benchmarks.outcome import Measured, Outcome
from embla.genotypes import CohortStore, warm
from embla.genotypes.adding import add_files
from embla.genotypes.asking import tell_everything
from embla.genotypes.cluster.crew import Crew, open_crew

WORKERS = 2
CREW, ALONE = f"embla, --cluster local:{WORKERS}, on two cores", "embla, one process"
Done = TypeVar("Done")


def crewing(folder: Path, people: int, records: int, runs: int) -> list[Outcome]:
    """Both, each with the process alone as its rival; no aim, as what a crew gains depends on the cores."""
    nation = folder / f"crew-{people}-{records}"
    if not nation.exists():
        run([sys.executable, "-m", "embla", "simulate", nation, "--people", people, "--families", 0, "--format", "vcf",
             "--records", records, "--no-truth"])  # fmt: skip
    said = json.loads(run([sys.executable, "-m", "benchmarks.crewed", nation, runs]))
    named = {
        "add": f"Add {said['files']:,} files of {records:,} records at once; both bit for bit the same",
        "count": f"Recount {said['counts']:,} variants in a random half of the people; every count the same",
    }
    outcomes = []
    for what, done in (("add", said["files"]), ("count", said["counts"])):
        by_crew, alone = (Measured(name, said[what][name], done) for name in (CREW, ALONE))
        outcomes.append(Outcome(named[what], (replace(by_crew, whole=by_crew.seconds + said["begin"]), alone)))
    return outcomes


def measure(nation: Path, runs: int) -> dict[str, Any]:
    """What the module says it prints."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    warm()
    start = time.perf_counter()
    with open_crew(f"local:{WORKERS}") as crew:
        begin = time.perf_counter() - start
        return {"begin": begin, **beside(crew, nation, runs)}


def beside(crew: Crew, nation: Path, runs: int) -> dict[str, Any]:
    """The crew and this process in turns. Raises SystemExit where they differ in anything."""
    files, folder = sorted((nation / "genomes").glob("*.vcf.gz")), nation / "stores"
    seconds: dict[str, dict[str, list[float]]] = {"add": {}, "count": {}}
    _half(_added(folder / "warm", nation, files, crew), crew)  # each worker loads what was compiled
    told = 0
    for _ in range(runs):
        made = []
        for name, own in ((CREW, crew), (ALONE, None)):
            took, store = _clocked(partial(_added, folder / ("crew" if own else "alone"), nation, files, own))
            seconds["add"].setdefault(name, []).append(took)
            took, counts = _clocked(partial(_half, store, own))
            seconds["count"].setdefault(name, []).append(took)
            made.append((_bytes(store), counts))
        if made[0] != made[1]:
            raise SystemExit(f"a crew gives something else than one process: see {folder}")
        told = len(made[0][1])
    shutil.rmtree(folder)
    medians = {what: {name: statistics.median(took) for name, took in named.items()} for what, named in seconds.items()}
    return {"files": len(files), "counts": told, **medians}


def _clocked(work: Callable[[], Done]) -> tuple[float, Done]:
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def _added(path: Path, nation: Path, files: list[Path], crew: Crew | None) -> CohortStore:
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(exist_ok=True)
    store = CohortStore.create(path, reference=nation / "reference.fa.gz")
    add_files(store, files, nation / "samples.tsv", crew)
    return store


def _half(store: CohortStore, crew: Crew | None) -> list[str]:
    view = store.view()
    half = view.mask(np.random.default_rng(1).random(view.size) < 0.5)
    return [line for lines in tell_everything(view, half, crew=crew) for line in lines.splitlines()]


def _bytes(store: CohortStore) -> dict[str, bytes]:
    names = store.folder.list()
    return {name: b"" if name.startswith(("packs/", "keys/")) else store.folder.get(name) for name in names}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
