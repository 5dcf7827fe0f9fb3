"""Files into a bare store: read, add, acknowledge; a progress bar at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embla.errors import NameTaken
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
    total, last = ReadReport(), specs[0]

    with bar() as progress:

        def news() -> Iterator[NewGenome]:
            nonlocal total, last
            for read in read_packs(
                specs,
                assembly=GRCH38,
                reference=store.reference,
                policy=store.policy,
                progress=progress and (lambda path, done, size: progress(path.name, done, size)),
            ):
                total, last = total + read.report, read.spec
                yield NewGenome(read.spec.name, read.pack, dict(read.spec.attributes))

        try:
            staged = store.add(news())
        except NameTaken as error:
            # The one who typed the command line knows the names; a log of the library never sees them.
            raise NameTaken(
                f"{last.path}: the store has another genome named '{last.name}', with other content.",
                mend=f"Nothing was added. Remove it first (embla store remove STORE {last.name}), or use another name.",
            ) from error
    store.compact(full=False)
    acknowledgement = {
        "added": list(staged.added),
        "unchanged": list(staged.unchanged),
        "duplicates": list(staged.duplicates),
        "manifest": staged.manifest.short,
        "policy": store.policy.digest(),
        "said": total.lines(),
    }
    return acknowledgement, [*total.lines(), *staged.warnings]
