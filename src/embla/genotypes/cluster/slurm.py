"""Workers as jobs of Slurm, through dask-jobqueue.

Memory, wall time, partition, account and what a job script begins with are the site's: dask-jobqueue reads them from
its own file (`jobqueue.slurm` in ~/.config/dask/jobqueue.yaml). What that leaves open has a default here.
"""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote
from typing import Any, Final

from embla.optional import require

_DEFAULTS: Final = {"memory": "4GB", "walltime": "04:00:00"}
_DOING: Final = "Spreading work with Slurm"


def start(workers: int) -> Any:
    """A cluster that asks Slurm for so many workers of one core each, and for another where one has ended; closing it
    calls the jobs off.

    Workers show the scheduler a certificate made for this run, which lies in `.embla-cluster` of the user's home, a
    folder that the nodes must share and nobody else may read. Their logs lie there too.
    """
    cluster = cluster_of()
    cluster.adapt(minimum_jobs=workers, maximum_jobs=workers)
    return cluster


def cluster_of() -> Any:
    """The cluster before it asks for workers; `job_script()` says what it would submit."""
    dask = require("dask", doing=_DOING, extra="cluster")
    jobqueue = require("dask_jobqueue", doing=_DOING, extra="cluster")
    distributed = require("distributed", doing=_DOING, extra="cluster")
    shared = Path.home() / ".embla-cluster"
    shared.mkdir(mode=0o700, exist_ok=True)
    # What the site says, without what dask-jobqueue has for those who say nothing: half an hour.
    site = dask.config.collect()
    said = {key: value for key in _DEFAULTS if (value := dask.config.get(f"jobqueue.slurm.{key}", None, config=site))}
    # A job's environment begins at its script: credentials and the bucket's address come along by Slurm's own export.
    prologue = ["export DASK_DISTRIBUTED__WORKER__HTTP__ROUTES='[]'"]
    if path := os.environ.get("PYTHONPATH"):
        prologue.append(f"export PYTHONPATH={quote(path)}")
    return jobqueue.SLURMCluster(
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
