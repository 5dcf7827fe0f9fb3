"""Workers as jobs of Slurm, through dask-jobqueue.

Memory, wall time, partition, account and what a job script begins with are the site's: dask-jobqueue reads them from
its own file (`jobqueue.slurm` in ~/.config/dask/jobqueue.yaml). What that leaves open has a default here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shlex import quote
from shutil import which
from typing import Any, Final

from embla.errors import EmblaError, Unavailable
from embla.genotypes.cluster.watching import Watch, slurm_states
from embla.optional import require

_DEFAULTS: Final = {"memory": "4GB", "walltime": "04:00:00"}
_DOING: Final = "Spreading work with Slurm"


@contextmanager
def started(workers: int) -> Iterator[tuple[Any, Callable[[], EmblaError | None]]]:
    """A cluster that asks Slurm for so many workers of one core each, and for another where one has ended or its job
    brought none; and what to say when no job brings one. At the end the jobs are called off.

    Workers show the scheduler a certificate made for this run, which lies in `.embla-cluster` of the user's home, a
    folder that the nodes must share and nobody else may read. Their logs lie there too.

    Raises Unavailable where there is no Slurm.
    """
    if which("sbatch") is None or which("squeue") is None:
        raise Unavailable("there is no Slurm on this machine: no sbatch and squeue.", mend="Submit from a login node.")
    with cluster_of() as cluster:
        cluster.adapt(minimum_jobs=workers, maximum_jobs=workers)
        watch = Watch(cluster, str(_shared()), partial(slurm_states, cluster.job_header))
        watch.begin()
        try:
            yield cluster, watch.problem
        finally:
            watch.end()


def cluster_of() -> Any:
    """The cluster before it asks for workers; `job_script()` says what it would submit."""
    dask = require("dask", doing=_DOING, extra="cluster")
    jobqueue = require("dask_jobqueue", doing=_DOING, extra="cluster")
    distributed = require("distributed", doing=_DOING, extra="cluster")
    shared = _shared()
    # What the site says, without what dask-jobqueue has for those who say nothing: half an hour.
    site = dask.config.collect()
    said = {key: value for key in _DEFAULTS if (value := dask.config.get(f"jobqueue.slurm.{key}", None, config=site))}
    # A job's environment begins at its script: credentials and the bucket's address come along by Slurm's own export.
    prologue = [*(dask.config.get("jobqueue.slurm.job-script-prologue", None) or ())]
    prologue.append("export DASK_DISTRIBUTED__WORKER__HTTP__ROUTES='[]'")
    if path := os.environ.get("PYTHONPATH"):
        prologue.append(f"export PYTHONPATH={quote(path)}")
    return jobqueue.SLURMCluster(
        job_cls=_job_class(),
        cores=1,
        processes=1,
        **{**_DEFAULTS, **said},
        security=distributed.Security.temporary(),
        shared_temp_directory=str(shared),
        log_directory=str(shared),
        job_script_prologue=prologue,
        worker_extra_args=["--no-dashboard"],
        scheduler_options={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
    )


def _shared() -> Path:
    shared = Path.home() / ".embla-cluster"
    shared.mkdir(mode=0o700, exist_ok=True)
    return shared


def _job_class() -> Any:
    """A job that keeps why Slurm did not take it, and raises nothing: Dask would count it as coming all the same."""
    of_dask: Any = require("dask_jobqueue.slurm", doing=_DOING, extra="cluster").SLURMJob
    core = require("distributed.core", doing=_DOING, extra="cluster")

    class Job(of_dask):  # type: ignore[misc]
        refusal = ""

        async def start(self) -> None:
            try:
                await super().start()
            except (RuntimeError, OSError, ValueError) as error:
                self.refusal = _refusal(str(error))
                self.status = core.Status.running

        async def close(self) -> None:
            await super().close()
            self.status = core.Status.closed

    return Job


def _refusal(text: str) -> str:
    """What sbatch wrote on stderr, of what dask-jobqueue tells of a command that failed."""
    lines = text.partition("stderr:\n")[2].strip().splitlines() or text.strip().splitlines() or ["nothing"]
    return lines[0][:200]
