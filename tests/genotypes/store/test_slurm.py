"""Work spread by Slurm: jobs that bring no worker, and that end on the way; on a fake, and deep on a real one."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from embla.errors import EmblaError, Unavailable
from embla.genotypes import CohortStore, verify
from embla.genotypes.adding import add_files
from embla.genotypes.asking import tell_everything
from embla.genotypes.cluster.crew import open_crew
from embla.genotypes.cluster.site import Site
from embla.genotypes.cluster.watching import Watch

pytest.importorskip("distributed", reason="dask is not installed: pip install 'embla[cluster]'")
import dask

from tests.genotypes.store.spread import counts_and_recount_alike, failing, files, seven_samples, two, wrongly_encoded


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return seven_samples(tmp_path)


def test_slurm__is_asked_for_one_core_a_worker_and_for_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed: pip install 'embla[cluster]'")
    from embla.genotypes.cluster.slurm import cluster_of

    monkeypatch.setenv("HOME", str(tmp_path))
    with dask.config.set({"jobqueue.slurm.job-script-prologue": ["module load embla"]}), cluster_of() as cluster:
        script = cluster.job_script()

    assert "#SBATCH --cpus-per-task=1" in script and "#SBATCH -t 04:00:00" in script and "tls://" in script
    assert "module load embla" in script
    assert (tmp_path / ".embla-cluster").stat().st_mode & 0o077 == 0, "the run's certificate is nobody else's"


class FakeJob:
    """A job as dask-jobqueue keeps it; None: Slurm did not take it."""

    def __init__(self, job_id: str | None, refusal: str = "") -> None:
        self.job_id, self.refusal, self.closed = job_id, refusal, False

    async def close(self) -> None:
        self.closed = True


class FakeSlurm:
    """A cluster of dask-jobqueue, and what Slurm says of its jobs; `adapt` asks for what is missing."""

    def __init__(self, asked: int) -> None:
        self.asked, self.submitted, self.passed = asked, 0, 0.0
        self.workers: dict[str, FakeJob] = {}
        self.worker_spec: dict[str, dict] = {}
        self.scheduler_info: dict[str, dict] = {"workers": {}}
        self.queue: dict[str, str] | None = {}
        self.watch = Watch(self, "/logs", self.states, clock=lambda: self.passed)
        self.adapt()

    async def states(self) -> dict[str, str] | None:
        return self.queue

    def adapt(self) -> None:
        while len(self.worker_spec) < self.asked:
            name = f"w{self.submitted}"
            self.worker_spec[name], self.workers[name] = {}, FakeJob(str(self.submitted))
            self.submitted += 1

    def come(self, name: str) -> None:
        self.scheduler_info["workers"][f"tls://{name}"] = {"name": name}

    def look(self, seconds: float = 10) -> EmblaError | None:
        self.passed += seconds
        asyncio.run(self.watch.look())
        self.adapt()
        return self.watch.problem()


def test_slurm_job__that_ends_before_its_worker_came_is_replaced() -> None:
    slurm = FakeSlurm(2)
    slurm.come("w0")
    slurm.queue = {"0": "RUNNING", "1": "PENDING"}
    assert slurm.look() is None and slurm.submitted == 2, "one is at work, one still waits"

    slurm.queue = {"0": "RUNNING"}
    ended = slurm.workers["w1"]
    assert slurm.look() is None and list(slurm.workers) == ["w0", "w2"] == list(slurm.worker_spec) and ended.closed

    slurm.queue = None  # Slurm does not answer: nobody knows
    assert slurm.look(1000) is None and slurm.submitted == 3
    slurm.queue = {"2": "RUNNING"}  # what becomes of a job whose worker was seen Dask knows
    assert slurm.look(1000) is None and slurm.submitted == 3
    slurm.look(601)
    assert list(slurm.workers) == ["w0", "w3"], "a job that runs and brings no worker is called off"


def test_slurm_jobs__none_of_which_brings_a_worker_are_an_error_after_some_rounds() -> None:
    slurm = FakeSlurm(2)
    said = [slurm.look() for _ in range(12)]

    first = next(n for n, problem in enumerate(said) if problem is not None)
    assert 3 <= first <= 10 and slurm.submitted <= 2 + 3 * 2 + 2
    assert str(said[first]) == "none of the last 6 jobs of Slurm became a worker. Look into /logs/*-5.err."
    slurm.come(next(iter(slurm.workers)))
    assert slurm.look() is None, "one came after all"

    refusing = FakeSlurm(1)
    while (problem := refusing.look()) is None:
        refusing.workers = dict.fromkeys(refusing.workers, FakeJob(None, "sbatch: error: no such partition"))
    assert "Slurm says: sbatch: error: no such partition" in str(problem)


def test_slurm__that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(Unavailable, match="no Slurm on this machine"), open_crew("slurm:1"):
        pass


@pytest.fixture
def slurm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Slurm of two virtual nodes on this machine."""
    pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed: pip install 'embla[cluster]'")
    script = Path(__file__).parents[3] / "deploy" / "slurm-try.sh"
    with tempfile.TemporaryDirectory(prefix="embla-slurm-", dir="/var/tmp") as name, closing(socket.socket()) as held:
        Path(name).chmod(0o755)  # munged is another user
        held.bind(("127.0.0.1", 0))
        monkeypatch.setenv("EMBLA_SLURM_TRY", name)
        monkeypatch.setenv("EMBLA_SLURM_TRY_PORT", str(held.getsockname()[1] - 5))
        monkeypatch.setenv("SLURM_CONF", f"{name}/slurm.conf")
        monkeypatch.setenv("HOME", name)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(entry for entry in sys.path if entry))
        started = subprocess.run(["bash", script, "start", "2"], capture_output=True, text=True, timeout=600)
        try:
            if started.returncode != 0:
                pytest.skip(f"no Slurm can be started here: {(started.stderr or started.stdout).strip()[-300:]}")
            yield
        finally:
            subprocess.run(["bash", script, "stop"], check=True, timeout=60)


def slurm_jobs() -> list[str]:
    said = subprocess.run(["squeue", "-h", "-o", "%i", "-t", "R"], capture_output=True, text=True, check=True)
    return said.stdout.split()


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_slurm__whose_first_job_ends_before_its_worker_came_gives_another(slurm: None, tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "st")
    site = Site.of(store, store.current())
    jobqueue = Path(os.environ["HOME"])
    bad = f"mkdir {jobqueue}/first 2>/dev/null && exit 1"
    with dask.config.set({"jobqueue.slurm.job-script-prologue": [bad]}), open_crew("slurm:2") as workers:
        workers._client.wait_for_workers(2, timeout=300)
        assert list(workers.answers(failing, site, range(9))) == list(range(9))
    assert (jobqueue / "first").is_dir(), "no job ended early"

    with dask.config.set({"jobqueue.slurm.job-script-prologue": ["exit 1"]}), open_crew("slurm:1") as workers:
        with pytest.raises(Unavailable, match=r"none of the last 3 jobs of Slurm became a worker"):
            list(workers.answers(failing, site, range(9)))
    with dask.config.set({"jobqueue.slurm.queue": "nowhere"}), open_crew("slurm:1") as workers:
        with pytest.raises(Unavailable, match="Slurm says: .*partition"):
            list(workers.answers(failing, site, range(9)))
    assert slurm_jobs() == []


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_slurm__does_the_work_also_when_one_of_its_jobs_is_ended(slurm: None, table: Path, tmp_path: Path) -> None:
    alone, spread = two(tmp_path)

    with open_crew("slurm:2") as workers:
        for store, own in ((alone, None), (spread, workers)):
            add_files(store, [], table, own)
            store.remove(["P"])
        ended = slurm_jobs()[0]
        asked = Site.of(spread, spread.current())
        answers = workers.answers(failing, asked, range(40))
        next(answers)
        subprocess.run(["scancel", "--signal=KILL", "--full", ended], check=True)
        assert len(list(answers)) == 39
        alone.compact()
        spread.compact(crew=workers)
        workers._client.wait_for_workers(2, timeout=300)
        assert len(slurm_jobs()) == 2 and ended not in slurm_jobs(), "another came in its place"

    assert files(alone, sealed=False) == files(spread, sealed=False)
    assert slurm_jobs() == [], "jobs are called off with the crew"


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_slurm__counts_and_recounts_as_one_process_also_when_workers_and_a_job_end_in_the_middle(
    slurm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = wrongly_encoded(tmp_path / "s")

    with open_crew("slurm:2") as workers:
        workers._client.wait_for_workers(2, timeout=300)
        counts_and_recount_alike(store, workers, monkeypatch)
        ended = slurm_jobs()[0]
        view = store.view()
        lines = tell_everything(view, view.cohort(None), crew=workers)
        first = next(lines)
        subprocess.run(["scancel", "--signal=KILL", "--full", ended], check=True)
        assert first + "".join(lines) == "".join(tell_everything(view, view.cohort(None)))
        workers._client.wait_for_workers(2, timeout=300)
        assert len(slurm_jobs()) == 2 and ended not in slurm_jobs(), "another came in its place"
        assert list(verify(store, recount=True, crew=workers)) == list(verify(store, recount=True)) != []
    assert slurm_jobs() == [], "jobs are called off with the crew"
