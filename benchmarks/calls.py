"""Library calls, each in a process of its own: warm up, run once with the clock on, print seconds, how much was done,
and the most memory the process held (MB).

python -m benchmarks.calls add STORE VCF | annotate STORE VCF OUT LEVEL | points STORE | sweep STORE
"""

import gzip
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from embla.genome import GRCH38, Variant
from embla.genotypes import CohortStore, View, annotate, warm
from embla.genotypes.adding import add_files

_POINTS = 2_000


class _Clock:
    """Seconds, and seconds of processor time of this process, between entering and leaving."""

    def __enter__(self) -> "_Clock":
        self._worked, self._start = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds, self.processor = time.perf_counter() - self._start, time.process_time() - self._worked


def add(store: str, vcf: str) -> tuple[float, int, float]:
    """`embla store add` of one file into an empty store; fsync and all. Gives its records."""
    opened = CohortStore.open(Path(store))
    _warm_reading(opened, Path(vcf))
    with _Clock() as clock:
        add_files(opened, [Path(vcf)], None)
    return clock.seconds, len(opened.view()), clock.processor


def annotated(store: str, vcf: str, out: str, level: str) -> tuple[float, int, float]:
    """`embla store annotate` of one file."""
    view = CohortStore.open(Path(store)).view()
    warm()
    with _Clock() as clock:
        report = annotate(view, vcf, out, level=int(level))
    return clock.seconds, report.statuses["observed"], clock.processor


def points(store: str) -> tuple[float, int]:
    """Median seconds of one count of a variant that somebody carries, over everybody."""
    view = CohortStore.open(Path(store)).view()
    some = _carried(view)
    for variant in some[:50]:
        view.count(variant)
    seconds = []
    for variant in some:
        start = time.perf_counter()
        view.count(variant)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), len(some)


def sweep(store: str) -> tuple[float, int]:
    """Count every variant of the store for everybody; gives how many there were."""
    view = CohortStore.open(Path(store)).view()
    warm()
    everybody = view.cohort()
    start = time.perf_counter()
    variants = 0
    for contig in GRCH38.contigs:
        for low in range(0, contig.length, 4_000_000):
            window = view.sweep(contig.name, low, min(low + 4_000_000, contig.length), [everybody], per_base=False)
            variants += len(window)
    return time.perf_counter() - start, variants


def _warm_reading(store: CohortStore, vcf: Path) -> None:
    """Compile or load the kernels on the head of the file, in a store that is thrown away."""
    warm()
    with tempfile.TemporaryDirectory() as folder:
        head = Path(folder) / "head.vcf"
        with gzip.open(vcf, "rt") as file, head.open("w") as into:
            for number, line in enumerate(file):
                into.write(line)
                if number > 300:
                    break
        small = CohortStore.create(Path(folder) / "store", reference=store.reference.path if store.reference else None)
        add_files(small, [head], None)


def _carried(view: View) -> list[Variant]:
    """Variants from all over the store."""
    found: list[Variant] = []
    for contig in GRCH38.contigs:
        window = view.sweep(contig.name, 0, contig.length, [view.cohort()], per_base=False)
        rows = random.Random(1).sample(range(len(window)), min(len(window), _POINTS))
        found += [Variant(contig.name, int(window.pos[i]), *window.alleles(i)) for i in rows]
    random.Random(2).shuffle(found)
    return found[:_POINTS]


_CALLS: dict[str, Callable[..., tuple[float, int] | tuple[float, int, float]]] = {
    "add": add,
    "annotate": annotated,
    "points": points,
    "sweep": sweep,
}


def call(words: Sequence[str]) -> str:
    """One call by name; its answer as text."""
    seconds, done, *processor = _CALLS[words[0]](*words[1:])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return " ".join(str(word) for word in (seconds, done, f"{peak:.0f}", *processor)) + "\n"


if __name__ == "__main__":
    print(call(sys.argv[1:]), end="")
