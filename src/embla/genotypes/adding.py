"""Files into a bare store: read, add, acknowledge; a progress bar at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embla.errors import NameTaken
from embla.genome import GRCH38
from embla.genotypes.reading import ReadReport, SampleSpec, read_genomes, read_samples_tsv, specs_for
from embla.genotypes.staging import Staged
from embla.genotypes.telling import bar

if TYPE_CHECKING:
    from embla.genotypes.cluster.crew import Crew
    from embla.genotypes.readying import Needs, ReadyHere
    from embla.genotypes.store import CohortStore

Seen = Callable[[SampleSpec, ReadReport], None]  # a sample that was read, and what reading left out


def add_files(
    store: CohortStore, files: Sequence[Path], samples: Path | None, crew: Crew | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Add every sample of the files, or those of a samples table, by a `crew` if given. Returns the acknowledgement and
    what to say.

    The acknowledgement names samples; the sentences do not.
    """
    specs = read_samples_tsv(samples) if samples else specs_for(files)
    total, last = ReadReport(), specs[0]

    def seen(spec: SampleSpec, report: ReadReport) -> None:
        nonlocal total, last
        total, last = total + report, spec

    try:
        staged = _add_here(store, specs, seen) if crew is None else _add_by(crew, store, specs, seen)
    except NameTaken as error:
        # The one who typed the command line knows the names; a log of the library never sees them.
        raise NameTaken(
            f"{last.path}: the store has another genome named '{last.name}', with other content.",
            mend=f"Nothing was added. Remove it first (embla store remove STORE {last.name}), or use another name.",
        ) from error
    store.compact(full=False, crew=crew)
    acknowledgement = {
        "added": list(staged.added),
        "unchanged": list(staged.unchanged),
        "duplicates": list(staged.duplicates),
        "manifest": staged.manifest.short,
        "policy": store.policy.digest(),
        "said": total.lines(),
    }
    return acknowledgement, [*total.lines(), *staged.warnings]


def _add_here(store: CohortStore, specs: Sequence[SampleSpec], seen: Seen) -> Staged:
    with bar() as progress:

        def genomes(needs: Needs) -> Generator[ReadyHere]:
            for read in read_genomes(
                specs,
                needs.begin,
                assembly=GRCH38,
                reference=store.reference,
                policy=store.policy,
                progress=progress and (lambda path, done, size: progress(path.name, done, size)),
            ):
                seen(read.spec, read.report)
                yield read.made

        return store.add_genomes(genomes)


def _add_by(crew: Crew, store: CohortStore, specs: Sequence[SampleSpec], seen: Seen) -> Staged:
    from embla.genotypes.cluster.adding import stage_files

    return store.change(partial(stage_files, crew=crew, specs=specs, seen=seen))
