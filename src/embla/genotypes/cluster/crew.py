"""A crew: jobs given out through Dask, answers taken in the order of the jobs."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

from embla.errors import EmblaError, Unavailable, UsageError
from embla.genotypes.cluster.site import Failure, Site, built, perform
from embla.optional import require

Answer = TypeVar("Answer")
DEFAULT_JOBS: Final = 4
_SPEC: Final = re.compile(r"(?P<kind>local|slurm)(:(?P<n>[1-9][0-9]{0,3}))?|(?P<address>(tcp|tls)://[^\s/]+:[0-9]+)")
_AHEAD: Final = 3  # jobs per worker
_DOING: Final = "Spreading work over machines"
_WAIT: Final = 600.0
_LOOK: Final = 10.0  # seconds after which somebody looks whether there are workers at all
# What a scheduler and workers tell over HTTP to whoever asks: nothing.
_QUIET: Final[dict[str, list[str]]] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}


Trouble = Callable[[], EmblaError | None]


def no_trouble() -> None:
    """Nothing is known against the workers."""


@dataclass(frozen=True)
class Spec:
    """What `--cluster` says: `local` and `slurm` with a number of workers, or the `address` of a scheduler."""

    kind: str
    workers: int = 0
    address: str = ""


def parse_spec(text: str) -> Spec:
    """`local:4`, `slurm:16`, `slurm`, tcp://host:8786 or tls://host:8786. Raises UsageError for anything else."""
    match = _SPEC.fullmatch(text)
    if match is None or (match["kind"] == "local" and not match["n"]):
        raise UsageError(
            f"'{text[:60]}' is no cluster.", mend="Write local:4, slurm:16, tcp://HOST:PORT or tls://HOST:PORT."
        )
    if match["address"]:
        return Spec("address", address=match["address"])
    return Spec(match["kind"], int(match["n"] or DEFAULT_JOBS))


class Crew:
    """Workers behind a Dask client: `asked` for, of whom more may come later. One driver uses it, from one thread.

    `tell` hears how far a work of many pieces is: what, done, of. `trouble` says why no worker will come, once that is
    known; who waits raises it.
    """

    def __init__(
        self,
        client: Any,
        asked: int = 0,
        tell: Callable[[str, int, int], None] | None = None,
        *,
        patience: float = _WAIT,
        trouble: Trouble = no_trouble,
    ) -> None:
        self._client = client
        self._asked = asked
        self.tell = tell or (lambda what, done, of: None)
        self._patience, self._trouble = patience, trouble
        self._built = built()

    def begin(self, work: Callable[..., Answer], site: Site, job: Any) -> Pending[Answer]:
        """Have `work(store, site, job)` done. A worker that dies has its jobs done by others."""
        return Pending(self, self._client.submit(perform, work, site, self._built, job, pure=False))

    def answers(self, work: Callable[..., Answer], site: Site, jobs: Iterable[Any]) -> Iterator[Answer]:
        """`work(store, site, job)` for each job, in their order, a bounded number at a time.

        An error of a job is raised here at its place, and what waits is called off.
        """
        waiting: deque[Pending[Answer]] = deque()
        coming = iter(jobs)
        limit = self.ahead
        try:
            while True:
                for job in coming:
                    waiting.append(self.begin(work, site, job))
                    if len(waiting) >= limit:
                        break
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            for pending in waiting:
                pending.call_off()

    @property
    def ahead(self) -> int:
        """How many jobs may wait or be at work: enough that no worker is idle, and no more, so that answers do not pile
        up."""
        return _AHEAD * max(self._asked, self._ready())

    def _ready(self) -> int:
        """How many workers there are; waits for the first."""
        distributed = require("distributed", doing=_DOING, extra="cluster")
        waited = 0.0
        while waited < self._patience:
            try:
                self._client.wait_for_workers(1, timeout=_LOOK)
                return max(1, self._workers())
            except (TimeoutError, distributed.TimeoutError):
                waited += _LOOK
                self._raise_trouble()
        raise Unavailable(
            f"no worker came within {self._patience:.0f} seconds.", mend="Look at the queue of the cluster."
        )

    def _raise_trouble(self) -> None:
        if (problem := self._trouble()) is not None:
            raise problem

    def _workers(self) -> int:
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def wait_for(self, future: Any) -> Any:
        """What became of a job; it waits as long as there is a worker, or one may still come.

        Raises Unavailable when it killed several workers, none came back, or the scheduler is gone.
        """
        distributed = require("distributed", doing=_DOING, extra="cluster")
        alone = 0.0
        while True:
            try:
                return future.result(timeout=_LOOK)
            except (TimeoutError, distributed.TimeoutError) as error:
                if future.status == "error":
                    raise  # the job's own
                self._raise_trouble()
                alone = 0.0 if self._workers() else alone + _LOOK
                if alone >= self._patience:
                    raise Unavailable("all workers are gone.", mend="Look at the queue of the cluster.") from error
            except distributed.KilledWorker as error:
                raise Unavailable(
                    "a piece of work ended several workers, one after the other.",
                    mend="Give workers more memory, or look into their logs.",
                ) from error
            except (distributed.CancelledError, distributed.comm.CommClosedError, OSError) as error:
                raise Unavailable(
                    "the cluster's scheduler is gone.", mend="Start it again; nothing was changed."
                ) from error


class Pending(Generic[Answer]):
    """A job that was given out."""

    def __init__(self, crew: Crew, future: Any) -> None:
        self._crew, self._future = crew, future

    def result(self) -> Answer:
        """Wait for the answer. Raises the job's own error, and what `Crew.wait_for` raises."""
        answer = self._crew.wait_for(self._future)
        if isinstance(answer, Failure):
            raise answer.error
        return cast(Answer, answer)

    def call_off(self) -> None:
        """Nobody wants it any more."""
        self._future.cancel(force=True)


@contextmanager
def open_crew(
    text: str, tell: Callable[[str, int, int], None] | None = None, *, patience: float = 30.0
) -> Iterator[Crew]:
    """The crew that `--cluster` names; what was started for it ends with it. `patience`: seconds for an address to
    answer."""
    spec = parse_spec(text)
    distributed = require("distributed", doing=_DOING, extra="cluster")
    dask = require("dask", doing=_DOING, extra="cluster")
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(_QUIET))
        stack.enter_context(_quiet())
        trouble: Trouble = no_trouble
        if spec.kind == "address":
            security = distributed.Security() if spec.address.startswith("tls://") else None
            try:
                client = distributed.Client(spec.address, security=security, timeout=patience, set_as_default=False)
            except (OSError, TimeoutError, ValueError) as error:
                raise Unavailable(
                    f"no scheduler answers at {spec.address}.", mend="Start it: dask scheduler."
                ) from error
        elif spec.kind == "local":
            client = distributed.Client(stack.enter_context(_local(spec)), set_as_default=False)
        else:
            from embla.genotypes.cluster.slurm import started

            cluster, trouble = stack.enter_context(started(spec.workers))
            client = distributed.Client(cluster, set_as_default=False)
        stack.enter_context(client)
        yield Crew(client, spec.workers, tell, trouble=trouble)


@contextmanager
def _quiet() -> Iterator[None]:
    """What goes wrong is said in a sentence of ours; Dask writes a traceback before it, of a scheduler that is gone."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "tornado.application")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _local(spec: Spec) -> Any:
    """Processes of this machine, one thread each. Whoever reaches a scheduler runs what he likes, so also on this
    machine it speaks only to who has its certificate."""
    distributed = require("distributed", doing=_DOING, extra="cluster")
    cluster = distributed.LocalCluster(
        n_workers=spec.workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        security=distributed.Security.temporary(),
        # A port of its own: of the usual one Dask says on stderr that it is taken.
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        silence_logs=logging.CRITICAL,
    )
    # A worker that dies is begun again by its own nanny; one that dies while it begins, only by this.
    cluster.adapt(minimum=spec.workers, maximum=spec.workers)
    return cluster
