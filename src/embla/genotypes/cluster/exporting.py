"""The tables of an export, window by window on many machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from embla.genome import Region
from embla.genotypes.annotating.bounds import Bounds
from embla.genotypes.annotating.sites import widest
from embla.genotypes.cluster.crew import Crew
from embla.genotypes.cluster.site import Site
from embla.genotypes.cluster.windows import Windows, mask_of, windows_of
from embla.genotypes.export import SitesTable, table_of

if TYPE_CHECKING:
    from embla.genotypes.store import CohortStore
    from embla.genotypes.view import Mask, View


def tables_of(
    crew: Crew,
    view: View,
    mask: Mask,
    region: Region | None,
    progress: Callable[[str, int, int], None] | None,
) -> Iterator[SitesTable]:
    """The tables of an export, in order."""
    jobs = windows_of(view, mask, region, widest(len(mask)))
    answers = crew.answers(sweep_windows, Site.of(view.store, view.manifest), jobs)
    for done, tables in enumerate(answers, 1):
        yield from tables
        if progress is not None:
            progress("Exporting", done, len(jobs))


def sweep_windows(store: CohortStore, site: Site, job: Windows) -> list[SitesTable]:
    """On a worker: the counts of some windows; no table for one where nobody carries anything."""
    view = store.view(site.manifest)
    mask = mask_of(view, job.cohort)
    swept = (view.sweep(job.contig, start, end, [mask], per_base=False) for start, end in job.stretches)
    return [table_of(window, *_bounds()) for window in swept if len(window)]


@lru_cache(maxsize=1)
def _bounds() -> tuple[Bounds, Bounds]:
    return Bounds(0.95), Bounds(0.99)
