"""Everything that a cohort carries, counted: window by window, here or on many machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embla.genome import Region
from embla.genotypes.annotating.sites import widest
from embla.genotypes.cluster.site import Site, each
from embla.genotypes.cluster.windows import Windows, mask_of, windows_of
from embla.genotypes.model.count import Count
from embla.genotypes.telling import json_line

if TYPE_CHECKING:
    from embla.genotypes.cluster.crew import Crew
    from embla.genotypes.store import CohortStore
    from embla.genotypes.view import Mask, View


# Counts to tell below which one process is done before workers have begun: some 28 us for each, beside 6 s for a crew
# to begin (docs/benchmarks.md).
WORTH: Final = 400_000


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
) -> Iterator[str]:
    """See `asking.tell_everything`."""
    jobs = _jobs(view, cohort, by, without)
    for done, lines in enumerate(each(crew, tell_windows, view.store, view.manifest, jobs), 1):
        yield lines
        if tell is not None:
            tell("Counting", done, len(jobs))


def counts_of_everything(view: View, cohort: Mask, by: str | None, without: frozenset[str]) -> Iterator[Count]:
    """See `asking.ask_everything`."""
    return (count for job in _jobs(view, cohort, by, without) for count in _counts(view, job))


def is_small(view: View, cohort: Mask, by: str | None) -> bool:
    """Is one process faster with everything that the cohort carries than a crew that is yet to begin?"""
    told = sum(reader.n_variants for s in view.segments for _, blob in s.blobs for name in blob.contigs
               if (reader := blob.contig(name)) is not None)  # fmt: skip
    return told * (1 + (len(view.groups(by, cohort)) if by else 0)) < WORTH


def tell_windows(store: CohortStore, site: Site, job: CountJob) -> str:
    """On a worker: the counts of some windows, as the lines that are told. Text travels in a tenth of the time that
    objects take, and to make it is most of the work."""
    return "".join(json_line(count.to_json()) for count in _counts(store.view(site.manifest), job))


def _jobs(view: View, cohort: Mask, by: str | None, without: frozenset[str]) -> list[CountJob]:
    groups = len(view.groups(by, cohort)) if by else 0
    # A sweep keeps a row per variant and cohort, so with many groups a window is narrower.
    return [CountJob(some, by, without) for some in windows_of(view, cohort, None, widest(len(cohort) * (1 + groups)))]


def _counts(view: View, job: CountJob) -> Iterator[Count]:
    cohort = mask_of(view, job.windows.cohort)
    regions = (Region(job.windows.contig, start, end) for start, end in job.windows.stretches)
    return (count for region in regions for count in view.count(region, cohort, job.by, job.without))
