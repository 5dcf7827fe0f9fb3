"""What a worker does first: check that it is the same program, and open the store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, TypeVar

from embla.errors import EmblaError, NotFound, Refused, Unavailable, UsageError
from embla.genotypes.files.manifest import ManifestId
from embla.genotypes.places import ENDPOINT
from embla.storage import Bucket

if TYPE_CHECKING:
    from embla.genotypes.cluster.crew import Crew
    from embla.genotypes.store import CohortStore

_DECIDING: Final = ("numpy", "zstandard", "numba", "pyarrow")
Built = tuple[tuple[str, str], ...]
Job = TypeVar("Job")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Site:
    """Where the store lies for every worker, which state is meant, and `token`, the folder of this work.

    `about` is the digest of the store's `About`, `opening` the driver's opening of it: workers outlive
    drivers, and by the next one another store may lie there.
    """

    where: str
    endpoint: str
    manifest: ManifestId
    token: str = ""
    about: str = ""
    opening: str = ""

    @staticmethod
    def of(store: CohortStore, manifest: ManifestId, token: str = "") -> Site:
        """Raises UsageError for a bucket in memory, which no other process sees."""
        if isinstance(store.folder, Bucket) and not store.where.startswith("s3://"):
            raise UsageError("this store is in this process's memory only.", mend="Use a folder or a bucket.")
        return Site(store.where, os.environ.get(ENDPOINT, ""), manifest, token, store.about.digest(), store.opening)


@lru_cache(maxsize=1)  # looking versions up takes longer than many a job
def built() -> Built:
    """What decides over the bytes that are written: equal on all machines, or the work is refused."""
    import embla

    return ("embla", embla.__version__), *((name, version(name)) for name in _DECIDING)


@dataclass(frozen=True)
class Failure:
    """A job's own error, carried home as a value: a scheduler that sees an exception writes it to the worker's log, and
    the paths in it may be names."""

    error: EmblaError


def perform(work: Callable[[CohortStore, Site, Any], Any], site: Site, wanted: Built, job: Any) -> Any:
    """On a worker: open the store, do the job. Its answer, or a Failure."""
    try:
        own = built()
        if own != wanted:
            pairs = zip(wanted, own, strict=True)
            differs = ", ".join(f"{name} {there} there and {here} here" for (name, here), (_, there) in pairs
                                if here != there)  # fmt: skip
            raise Refused(f"a worker runs other software: {differs}.", mend="Install the same on every machine.")
        return work(_store(site.where, site.endpoint, site.about, site.opening), site, job)
    except EmblaError as error:
        return Failure(error)
    except OSError as error:
        return Failure(Unavailable(f"a worker's disk: {error.strerror or error}.", mend="Look at that machine."))


def each(
    crew: Crew | None,
    work: Callable[[CohortStore, Site, Job], Answer],
    store: CohortStore,
    manifest: ManifestId,
    jobs: Iterable[Job],
) -> Iterator[Answer]:
    """Do each job in order: here, or by a crew."""
    if crew is not None:
        return crew.answers(work, Site.of(store, manifest), jobs)
    return (work(store, Site(store.where, "", manifest), job) for job in jobs)


@lru_cache(maxsize=2)
def _store(where: str, endpoint: str, about: str, opening: str) -> CohortStore:
    """The store as this opening of the driver has it; kept from job to job. Raises Refused for another store."""
    from embla.genotypes.places import is_address
    from embla.genotypes.store import CohortStore
    from embla.storage import open_bucket

    try:
        store = CohortStore.open(open_bucket(where, endpoint) if is_address(where) else where)
    except NotFound as error:
        raise NotFound(
            f"a worker finds no store at {where}.", mend="Use a folder that all machines share, or a bucket."
        ) from error
    if store.about.digest() != about:
        raise Refused(
            f"a worker finds another store at {where} than the driver's, by what its store.json says.",
            mend="Use a folder that all machines share, and move no store while one works on it.",
        )
    return store
