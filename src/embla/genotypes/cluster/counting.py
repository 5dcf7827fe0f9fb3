"""Everything that a cohort carries, counted: window by window, here or on many machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embla.genome import Region
from embla.genotypes.annotating.sites import widest
from embla.genotypes.cluster.site import Site, each
from embla.genotypes.cluster.windows import Windows, mask_of, windows_of
from embla.genotypes.model.count import Count

if TYPE_CHECKING:
    from embla.genotypes.cluster.crew import Crew
    from embla.genotypes.store import CohortStore
    from embla.genotypes.view import Mask, View


@dataclass(frozen=True)
class CountJob:
    """A job: windows, also by the values of an attribute, with the groups that take no part in grpmax."""

    windows: Windows
    by: str | None
    without: frozenset[str]


def count_everything(
    view: View,
    cohort: Mask,
    by: str | None,
    without: frozenset[str],
    crew: Crew | None,
    tell: Callable[[str, int, int], None] | None,
) -> Iterator[Count]:
    """See `asking.ask_everything`."""
    groups = len(view.groups(by, cohort)) if by else 0
    # A sweep keeps a row per variant and cohort, so with many groups a window is narrower.
    windows = windows_of(view, cohort, None, widest(len(cohort) * (1 + groups)))
    jobs = [CountJob(some, by, without) for some in windows]
    for done, counts in enumerate(each(crew, count_windows, view.store, view.manifest, jobs), 1):
        yield from counts
        if tell is not None:
            tell("Counting", done, len(jobs))


def count_windows(store: CohortStore, site: Site, job: CountJob) -> list[Count]:
    """On a worker: the counts of some windows."""
    view = store.view(site.manifest)
    cohort = mask_of(view, job.windows.cohort)
    regions = (Region(job.windows.contig, start, end) for start, end in job.windows.stretches)
    return [count for region in regions for count in view.count(region, cohort, job.by, job.without)]
