"""Files into a bare store: read, add, acknowledge; a progress bar at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embla.genome import GRCH38
from embla.genotypes.reading import ReadReport, read_packs, read_samples_tsv, specs_for
from embla.genotypes.staging import NewGenome

if TYPE_CHECKING:
    from embla.genotypes.store import CohortStore

Progress = Callable[[Path, int, int], None]


def add_files(store: CohortStore, files: Sequence[Path], samples: Path | None) -> tuple[dict[str, Any], list[str]]:
    """Add every sample of the files, or those of a samples table. Returns the acknowledgement and what to say.

    The acknowledgement names samples; the sentences do not.
    """
    specs = read_samples_tsv(samples) if samples else specs_for(files)
    total = ReadReport()

    with _bar() as progress:

        def news() -> Iterator[NewGenome]:
            nonlocal total
            for read in read_packs(
                specs, assembly=GRCH38, reference=store.reference, policy=store.policy, progress=progress
            ):
                total = total + read.report
                yield NewGenome(read.spec.name, read.pack, dict(read.spec.attributes))

        staged = store.add(news())
    store.compact(full=False)
    acknowledgement = {
        "added": list(staged.added), "unchanged": list(staged.unchanged), "duplicates": list(staged.duplicates),
        "manifest": staged.manifest.short, "policy": store.policy.digest(), "said": total.lines(),
    }  # fmt: skip
    return acknowledgement, [*total.lines(), *staged.warnings]


@contextmanager
def _bar() -> Iterator[Progress | None]:
    """A bar over the bytes of each file, when somebody is looking."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    ) as bars:  # fmt: skip
        tasks: dict[Path, Any] = {}

        def seen(path: Path, done: int, size: int) -> None:
            if path not in tasks:
                tasks[path] = bars.add_task(path.name, total=size)
            bars.update(tasks[path], completed=done, total=size)

        yield seen
