"""Files into a bare store: read, add, acknowledge; a progress bar at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embla.genome import GRCH38
from embla.genotypes.reading import ReadReport, read_packs, read_samples_tsv, specs_for
from embla.genotypes.staging import NewGenome
from embla.genotypes.telling import bar

if TYPE_CHECKING:
    from embla.genotypes.store import CohortStore


def add_files(store: CohortStore, files: Sequence[Path], samples: Path | None) -> tuple[dict[str, Any], list[str]]:
    """Add every sample of the files, or those of a samples table. Returns the acknowledgement and what to say.

    The acknowledgement names samples; the sentences do not.
    """
    specs = read_samples_tsv(samples) if samples else specs_for(files)
    total = ReadReport()

    with bar() as progress:

        def news() -> Iterator[NewGenome]:
            nonlocal total
            for read in read_packs(
                specs, assembly=GRCH38, reference=store.reference, policy=store.policy,
                progress=progress and (lambda path, done, size: progress(path.name, done, size)),
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
