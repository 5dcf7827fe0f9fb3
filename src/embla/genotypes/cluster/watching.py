"""Jobs of Slurm that ended before their worker came.

Dask asks for another worker where one that it saw has gone. A job that ends earlier (its node died, its environment is
not there, it was called off) it counts as coming, for ever. So Slurm is asked which jobs it still has; the others, and
those it did not take, are dropped, and Dask asks for new ones.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from embla.errors import EmblaError, Unavailable
from embla.optional import require

LOOK: Final = 10.0  # seconds between two looks; after one in vain the next waits twice as long
_LONGEST: Final = 320.0
_ROUNDS: Final = 3  # of jobs in vain, one after the other, until it is an error
_ARRIVES: Final = 600.0  # seconds after which a job that runs has its worker, or is called off
_ASKING: Final = 60.0
_CLUSTERS: Final = re.compile(r"^#SBATCH\s+(?:-M\s*|--clusters?[=\s]+)(\S+)", re.MULTILINE)

States = Callable[[], Awaitable[Mapping[str, str] | None]]


class Watch:
    """Looks after the jobs of a cluster of dask-jobqueue, whose loop calls `look`. `states` says what Slurm has: job ->
    state; None where it does not answer."""

    def __init__(self, cluster: Any, logs: str, states: States, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._cluster, self._logs, self._states, self._clock = cluster, logs, states, clock
        self._came: set[str] = set()  # jobs whose worker was seen: what becomes of them Dask knows
        self._running: dict[str, float] = {}  # since when, of those whose worker was not
        self._rounds = self._lost = 0
        self._not_before = 0.0
        self._here = False
        self._last = ""
        self._beat: Any = None
        self._looking = asyncio.Lock()

    def begin(self) -> None:
        """Look every LOOK seconds, in the cluster's loop."""
        ioloop = require("tornado.ioloop", doing="Watching jobs of Slurm", extra="cluster")
        self._beat = ioloop.PeriodicCallback(self.look, LOOK * 1000)
        self._cluster.loop.add_callback(self._beat.start)

    def end(self) -> None:
        """Look no more; waits for a look that is under way."""
        self._cluster.sync(self._end)

    async def _end(self) -> None:
        self._beat.stop()
        async with self._looking:
            pass

    def problem(self) -> EmblaError | None:
        """What to say when several rounds of jobs were in vain and nobody is at work."""
        if self._here or self._rounds < _ROUNDS:
            return None
        return Unavailable(f"none of the last {self._lost} jobs of Slurm became a worker.", mend=self._last)

    async def look(self) -> None:
        """Drop the jobs that will bring no worker."""
        async with self._looking:
            jobs = dict(self._cluster.workers)  # before Slurm is asked: a younger job is not one that ended
            states = await self._states()
            self._note_arrived(jobs)
            if states is not None:
                self._note_running(states)
            now = self._clock()
            waiting = {name: job for name, job in jobs.items() if job.job_id not in self._came}
            ended = [name for name, job in waiting.items() if self._is_over(job.job_id, states, now)]
            if not ended or now < self._not_before:
                return
            for name in ended:
                await self._drop(name, jobs[name])
            self._rounds, self._lost = self._rounds + 1, self._lost + len(ended)
            self._not_before = now + min(LOOK * 2**self._rounds, _LONGEST)

    def _note_arrived(self, jobs: Mapping[str, Any]) -> None:
        here = {worker["name"] for worker in self._cluster.scheduler_info["workers"].values()}
        self._here = bool(here)
        came = {job.job_id for name, job in jobs.items() if name in here}
        if came - self._came:
            self._rounds = self._lost = 0
            self._not_before = 0.0
        self._came |= came

    def _note_running(self, states: Mapping[str, str]) -> None:
        now = self._clock()
        running = {job for job, state in states.items() if state == "RUNNING"}
        self._running = {job: self._running.get(job, now) for job in running}

    def _is_over(self, job: str | None, states: Mapping[str, str] | None, now: float) -> bool:
        if job is None:
            return True  # Slurm did not take it
        if states is None:
            return False
        return job not in states or now - self._running.get(job, now) > _ARRIVES

    async def _drop(self, name: str, job: Any) -> None:
        if self._cluster.workers.get(name) is not job:
            return
        del self._cluster.workers[name]
        self._cluster.worker_spec.pop(name, None)
        refused = getattr(job, "refusal", "")
        self._last = f"Slurm says: {refused}" if refused else f"Look into {self._logs}/*-{job.job_id}.err."
        await job.close()


async def slurm_states(header: str) -> Mapping[str, str] | None:
    """What `squeue` says of this user's jobs; `header`: that of a job script, which may name another cluster."""
    other = _CLUSTERS.search(header)
    words = [f"--clusters={other[1]}"] if other else []
    try:
        process = await asyncio.create_subprocess_exec(
            "squeue", "--noheader", "--format=%i %T", f"--user={os.getuid()}", *words,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return None
    try:
        told, _ = await asyncio.wait_for(process.communicate(), _ASKING)
    except TimeoutError:
        process.kill()
        return None
    if process.returncode != 0:
        return None
    lines = (line.split() for line in told.decode("ascii", "replace").splitlines())
    return {words[0]: words[1] for words in lines if len(words) == 2 and words[0].isdigit()}
