"""python -m benchmarks.compacted [--people N] [--bases N] [--keep FOLDER]: what a genome costs, its compactions paid.

Simulated people over a stretch. Processor time of one core: the add of one gVCF after another, and for each tier the
merge of eight segments, by genome. With 200 people in the store a genome has been merged twice (8 and 64), with 20,000
four times (also 512 and 4,096), so that what it costs in the long run is told from few.

A lexicon is made anew where a store has twice the genomes of the last: over its life that reads each genome twice,
whatever its size, so it is told apart and counted in both sums.
"""

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import benchmarks.national.store as made
from benchmarks.national.files import Few
from benchmarks.national.trees import Carriers, kept
from embla.genotypes import CohortStore, warm
from embla.genotypes.adding import add_files

_FAN = 8
_TIERS = (1, 8, 64, 512)
_FILES = 12


def measure(folder: Path, carriers: Carriers, bases: int) -> dict[str, float]:
    """Milliseconds of processor time a genome: the add, and the merge of each tier; then the ratio."""
    found = {"add": min(_add(folder, carriers, bases) for _ in range(3))}
    for size in _TIERS:
        found[f"merge of {_FAN * size}"] = min(_merge(folder, carriers, bases, size) for _ in range(3))
    add, *merges = found.values()
    learn = 2 * min(_merge(folder, carriers, bases, _TIERS[-1], learning=True) for _ in range(2))
    found["lexicons"] = learn
    add += learn
    told = {name: round(seconds * 1000, 2) for name, seconds in found.items()}
    return told | {"20,000 against 200": round((add + sum(merges)) / (add + sum(merges[:2])), 3)}


def _add(folder: Path, carriers: Carriers, bases: int) -> float:
    few = Few.of(carriers, _FILES, bases)
    files = few.write(folder / "files")
    store = CohortStore.create(Path(tempfile.mkdtemp(dir=folder)) / "store")
    start = time.process_time()
    for file in files:
        add_files(store, [file], None)
    return (time.process_time() - start) / _FILES


def _merge(folder: Path, carriers: Carriers, bases: int, size: int, *, learning: bool = False) -> float:
    """Seconds a genome of one tier's merge; or, with `learning`, of making a lexicon of what was merged."""
    people = _FAN * size
    usual = made.MAX_GENOMES
    made.MAX_GENOMES = size  # type: ignore[misc]
    try:
        place = Path(tempfile.mkdtemp(dir=folder)) / "store"
        store = made.filled(place, replace(carriers, people=people), bases)
    finally:
        made.MAX_GENOMES = usual  # type: ignore[misc]
    learn = store.learn
    store.learn = lambda manifest=None: ""  # type: ignore[method-assign]
    start = time.process_time()
    store.compact(full=False)
    if learning:
        start = time.process_time()
        learn()
    seconds = time.process_time() - start
    assert len(store.view().segments) == 1 and len(store.view()) == people
    return seconds / people


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compacted", description=__doc__)
    parser.add_argument("--people", type=int, default=_FAN * _TIERS[-1], help="simulated; at least 4,096")
    parser.add_argument("--bases", type=int, default=2_000_000)
    parser.add_argument("--keep", type=Path, help="folder for the simulated people, made once and used again")
    asked = parser.parse_args()
    warm()
    with tempfile.TemporaryDirectory(prefix="embla-compacted-") as temporary:
        folder = Path(temporary)
        carriers = kept((asked.keep or folder).resolve(), asked.people, asked.bases)
        print(json.dumps(measure(folder, carriers, asked.bases)))


if __name__ == "__main__":
    main()
