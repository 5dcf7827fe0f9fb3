"""Work spread over processes: the same files and answers, also when workers are killed on the way."""

import asyncio
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from benchmarks import crewed
from embla.cli import run
from embla.errors import BadInput, EmblaError, NameTaken, Refused, Unavailable, UsageError
from embla.genome import GRCH38, Region
from embla.genotypes import CohortStore, NewGenome, export_sites, verify
from embla.genotypes.adding import add_files
from embla.genotypes.asking import ask_everything, tell_everything
from embla.genotypes.cluster import adding, compacting, crew, packing
from embla.genotypes.cluster.crew import Crew, Spec, open_crew, parse_spec
from embla.genotypes.cluster.handing import hand_over
from embla.genotypes.cluster.site import Failure, Site, built, perform
from embla.genotypes.cluster.watching import Watch
from embla.genotypes.model.policy import Policy
from tests.support.packs import Call, Person, make_pack

pytest.importorskip("distributed", reason="dask is not installed: pip install 'embla[cluster]'")
import dask

HEAD = """##fileformat=VCFv4.2
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
"""


@pytest.fixture(scope="module")
def workers() -> Iterator[Crew]:
    """One worker, as each costs seconds of processor to start; the deep tests have more. It starts without a word, also
    where Dask's usual port is taken."""
    with closing(socket.socket()) as taken, ExitStack() as stack:
        with suppress(OSError):  # another's
            taken.bind(("127.0.0.1", 8787))
            taken.listen()
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            opened = stack.enter_context(open_crew("local:1"))
        assert [str(one.message) for one in said if "port" in str(one.message).lower()] == []
        yield opened


def person(number: int) -> NewGenome:
    calls = (
        Call("chr1", 1000, "A", "G"),
        Call("chr1", 5_000 + number, "C", "CACGTACGTACGTACGT"),
        Call("chrX", 9000, "G", "T"),
        Call("chrM", 3243, "A", "G", kind=6, heteroplasmy=4_000),
    )
    runs = {"chr1": ((20_000 + number, 40_000_000, 0),), "chr2": ((0, 100_000_000, 0),)}
    return NewGenome(f"N{number}", make_pack(Person("XY" if number % 2 else "XX", calls=calls, runs=runs)))


@pytest.fixture
def twins(tmp_path: Path) -> tuple[CohortStore, CohortStore]:
    """Two equal stores of nine people, one of whom left."""
    store = CohortStore.create(tmp_path / "a")
    for number in range(9):
        store.add([person(number)])
    store.remove(["N3"])
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    return store, CohortStore.open(tmp_path / "b")


def vcf(path: Path, names: str, *records: str) -> Path:
    lines = ["\t".join(f"#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT {names}".split())]
    path.write_text(HEAD + "\n".join([*lines, *("\t".join(record.split()) for record in records)]) + "\n")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Seven samples in four files, one of which repeats another's calls under a new name."""
    folder = tmp_path / "in"
    folder.mkdir()
    long = f"chr1 5000 . C C{'ACGT' * 9} 50 PASS . GT:DP:GQ"
    vcf(folder / "A.vcf", "A", "chr1 1000 . A G 50 PASS . GT:DP:GQ 0/1:30:60", f"{long} 1/1:30:60")
    block = "chr1 900 . N <NON_REF> . . END={} GT:DP:GQ 0/0:30:60"
    vcf(folder / "B.vcf", "B", block.format(4000), "chrX 90000000 . C T 50 PASS . GT:DP:GQ 1:30:60")
    names = "P Q R S"
    many = " ".join(["0/1:30:60", "1/1:9:60", "./.:0:0", "0/0:30:60"])
    vcf(folder / "M.vcf", names, f"chr1 1000 . A G,T 50 LowQual . GT:DP:GQ {many}", f"{long} {many}",
        f"chrM 3243 . A G 50 PASS . GT:DP:GQ {many}")  # fmt: skip
    shutil.copy(folder / "A.vcf", folder / "C.vcf")
    (folder / "C.vcf").write_text((folder / "A.vcf").read_text().replace("FORMAT\tA", "FORMAT\tC"))
    rows = ["sample path karyotype callability region", "A A.vcf XX assumed n", "P M.vcf XX assumed n",
            "B B.vcf XY gvcf s", *(f"{name} M.vcf XY assumed s" for name in "QRS"), "C C.vcf XX assumed n"]  # fmt: skip
    (folder / "samples.tsv").write_text("\n".join("\t".join(row.split()) for row in rows) + "\n")
    return folder / "samples.tsv"


def files(store: CohortStore, *, sealed: bool = True) -> dict[str, bytes]:
    """Every file; without `sealed`, of packs and keys the names only, as each pack has a random key."""
    names = store.folder.list()
    return {n: b"" if not sealed and n.startswith(("packs/", "keys/")) else store.folder.get(n) for n in names}


def two(tmp_path: Path) -> tuple[CohortStore, CohortStore]:
    return CohortStore.create(tmp_path / "a"), CohortStore.create(tmp_path / "b")


def test_add__by_a_crew_is_bit_for_bit_that_of_one_process(
    workers: Crew, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embla.genotypes.staging.GROUP", 3)  # three segments
    alone, spread = two(tmp_path)

    for _ in range(2):  # the second time nothing changes
        assert add_files(alone, [], table) == add_files(spread, [], table, workers)
        assert files(alone, sealed=False) == files(spread, sealed=False)
    assert list(verify(spread, recount=True)) == []

    vcf(table.parent / "A.vcf", "A", "chr2 1000 . A G 50 PASS . GT:DP:GQ 0/1:30:60")
    vcf(table.parent / "bad.vcf", "Z", "chr1 1000 . A")
    before = files(spread)
    for given, error in (([table.parent / "A.vcf"], NameTaken), ([table.parent / "bad.vcf"], BadInput)):
        said = []
        for store, own in ((alone, None), (spread, workers)):
            with pytest.raises(error) as raised:
                add_files(store, given, None, own)
            said.append(str(raised.value))
        assert said[0] == said[1]
    assert files(spread) == before, "nothing is added, and nothing is left in work/"


def test_a_refused_genome__is_told_of_by_a_crew_as_by_one_process(workers: Crew, table: Path, tmp_path: Path) -> None:
    folder = table.parent
    vcf(folder / "empty.vcf", "Z")
    vcf(folder / "x.vcf", "X", *(f"chrX {5_000_000 + 100 * i} . A G 50 PASS . GT:DP:GQ 1/1:30:60" for i in range(120)))
    (folder / "kit.bed").write_text("chr1\t0\t99999\nchr2\t0\t1\n")
    stores = two(tmp_path)
    for rows, error, named in (
        ("A A.vcf XX assumed\nZ empty.vcf XX assumed", BadInput, "empty.vcf: genome 2 of this add"),
        ("A A.vcf XX assumed\nZ empty.vcf XX bed:kit.bed", BadInput, "empty.vcf: genome 2 of this add"),
        ("A A.vcf XX assumed\nX x.vcf XX assumed", Refused, "x.vcf: genome 2 of this add"),
    ):
        own = folder / "own.tsv"
        own.write_text("sample path karyotype callability\n".replace(" ", "\t") + rows.replace(" ", "\t") + "\n")
        said = []
        for store, own_crew in zip(stores, (None, workers), strict=True):
            before = {"LOCK": b""} | files(store)
            with pytest.raises(error) as raised:
                add_files(store, [], own, own_crew)
            said.append((str(raised.value), raised.value.facts["index"]))
            assert files(store) == before
        assert said[0] == said[1] and named in said[0][0]

    (folder / "kit.bed").write_text("chr1\t0\t99998\nchr2\t0\t1\n")
    own.write_text("sample\tpath\tcallability\nZ\tempty.vcf\tbed:kit.bed\n")
    alone, spread = (add_files(store, [], own, by) for store, by in zip(stores, (None, workers), strict=True))
    assert alone == spread and "counts as reference everywhere in its BED (99,999 bases)" in alone[1][0]


def test_compaction_export_recount_and_counts__of_a_crew_are_bit_for_bit_those_of_one_process(
    workers: Crew, twins: tuple[CohortStore, CohortStore], tmp_path: Path
) -> None:
    alone, spread = twins

    alone.compact()
    spread.compact(crew=workers)

    assert files(alone) == files(spread), "nothing differs, and nothing is left in work/"
    for name, how in (("s.vcf.gz", 'karyotype == "XX"'), ("s.parquet", None)):
        for place, view, own in zip(("1", "2"), (alone.view(), spread.view()), (None, workers), strict=True):
            (tmp_path / place).mkdir(exist_ok=True)
            export_sites(view, tmp_path / place / name, cohort=view.cohort(how), crew=own)
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
    view = spread.view()
    females = view.cohort('karyotype == "XX"')
    told = "".join(tell_everything(view, females, "karyotype", crew=workers))
    assert told == "".join(tell_everything(view, females, "karyotype"))
    counted = list(ask_everything(view, females, "karyotype"))
    assert [json.loads(line) for line in told.splitlines()] == [count.to_json() for count in counted]
    singly = [count for name in ("chr1", "chrX", "chrM") for count in view.count(region_of(name), females, "karyotype")]
    assert counted == singly and len(counted) > 3
    assert list(verify(spread, recount=True, crew=workers)) == []
    pack = next((tmp_path / "b" / "packs").iterdir())
    pack.chmod(0o600)
    pack.write_bytes(pack.read_bytes()[:-1] + b"\0")
    assert list(verify(spread, crew=workers)) == list(verify(CohortStore.open(tmp_path / "b"))) != []


def region_of(contig: str) -> Region:
    return Region(contig, 0, GRCH38.contig(contig).length)


def dying(store: CohortStore, site: Site, what: str) -> None:
    """Once in a store's life, after some bytes were written, as if the machine were gone."""
    mark = Path(store.where + f".{what}")
    if not mark.exists():
        mark.touch()
        hand_over(store.folder, site.token, [b"half of it"])
        os.kill(os.getpid(), signal.SIGKILL)


def dying_read(store: CohortStore, site: Site, job):
    dying(store, site, "read")
    return packing.read_file(store, site, job)


def dying_segment(store: CohortStore, site: Site, job):
    dying(store, site, "segment")
    return packing.encode_segment(store, site, job)


ENCODE = compacting.encode


def dying_merge(store: CohortStore, site: Site, job):
    dying(store, site, "merge")
    return ENCODE(store, site, job)


def test_compaction__one_of_whose_workers_is_killed_on_the_way_costs_time_and_no_data(
    workers: Crew, twins: tuple[CohortStore, CohortStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, spread = twins
    monkeypatch.setattr(compacting, "encode", dying_merge)

    alone.compact()
    spread.compact(crew=workers)

    assert Path(f"{spread.where}.merge").exists(), "nobody was killed"
    assert files(alone) == files(spread)


def test_benchmark__of_a_crew_beside_one_process_finds_both_the_same_or_stops(
    workers: Crew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nation = tmp_path / "nation"
    words = ["--people", "3", "--families", "0", "--format", "vcf", "--records", "40", "--no-truth"]
    assert run(["simulate", str(nation), *words]) == 0

    said = crewed.beside(workers, nation, 1)

    assert said["files"] == 3 and said["counts"] > 20
    assert all(set(said[what]) == {crewed.CREW, crewed.ALONE} for what in ("add", "count"))
    monkeypatch.setattr(crewed, "_half", lambda store, crew: [crew is None])
    with pytest.raises(SystemExit, match="something else"):
        crewed.beside(workers, nation, 1)


@pytest.mark.deep
def test_every_kind_of_job__whose_worker_is_killed_on_the_way_costs_time_and_no_data(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, spread = two(tmp_path)
    monkeypatch.setattr(adding, "read_file", dying_read)
    monkeypatch.setattr(adding, "encode_segment", dying_segment)
    monkeypatch.setattr(compacting, "encode", dying_merge)

    with open_crew("local:2") as workers:
        for store, own in ((alone, None), (spread, workers)):
            add_files(store, [], table, own)
            store.remove(["P"])
            store.compact(crew=own)

    assert [Path(f"{spread.where}.{what}").exists() for what in ("read", "segment", "merge")] == [True] * 3
    assert files(alone, sealed=False) == files(spread, sealed=False)
    assert list(verify(spread, recount=True)) == []


@pytest.mark.deep
@pytest.mark.timeout(1200)
def test_workers__killed_again_and_again_at_any_moment_cost_time_and_no_data(table: Path, tmp_path: Path) -> None:
    """Rounds of add, remove and compact; somebody shoots at the workers all the while."""
    rng, over = Random(4), threading.Event()
    shots = 0

    def shoot(workers: Crew) -> None:
        nonlocal shots
        while not over.wait(rng.uniform(2, 8)):
            pids = list(workers._client.run(os.getpid, on_error="ignore").values())
            with suppress(ProcessLookupError, IndexError):  # it died by itself, or none is back yet
                os.kill(rng.choice(pids), signal.SIGKILL)
                shots += 1

    alone, spread = two(tmp_path)
    with open_crew("local:2") as workers:
        # A job is given up when it killed four workers; here its workers were killed by others.
        workers._client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", 1000))
        shooter = threading.Thread(target=shoot, args=(workers,))
        shooter.start()
        try:
            while shots < 6:
                for store, own in ((alone, None), (spread, workers)):
                    add_files(store, [], table, own)
                    store.remove(["P", "A"])
                    store.compact(crew=own)
                assert files(alone, sealed=False) == files(spread, sealed=False)
        finally:
            over.set()
            shooter.join()
    assert list(verify(spread, recount=True)) == []


def failing(store: CohortStore, site: Site, job: int) -> int:
    if job == 99:
        raise BadInput("no such job", path="NAME.vcf")
    return job


def test_job__that_fails_raises_its_own_error_at_its_place_and_tells_no_log(
    workers: Crew, twins: tuple[CohortStore, CohortStore]
) -> None:
    site = Site.of(twins[0], twins[0].current())
    answers = workers.answers(failing, site, [1, 99, 2])

    assert next(answers) == 1
    with pytest.raises(BadInput, match="no such job"):
        next(answers)
    assert "NAME" not in str(workers._client.get_worker_logs())


def test_job__of_other_software_is_refused(twins: tuple[CohortStore, CohortStore]) -> None:
    site = Site.of(twins[0], twins[0].current())

    answer = perform(failing, site, (("embla", "0"), *built()[1:]), 1)

    assert isinstance(answer, Failure) and "and 0 here" in str(answer.error)


class Staying:
    """A client with one worker that lives on from driver to driver: this process."""

    status = "finished"

    def submit(self, perform, *words, pure):
        future = Staying()
        future.answer = perform(*words)
        return future

    def result(self, timeout: float):
        return self.answer

    def cancel(self, force: bool) -> None:
        """Nothing waits."""

    def wait_for_workers(self, n: int, timeout: float) -> None:
        """It is here."""

    def scheduler_info(self, n_workers: int) -> dict:
        return {"workers": {"here": {}}}


def test_worker__that_knew_another_store_at_this_path_reads_under_the_policy_of_this_one(
    table: Path, tmp_path: Path
) -> None:
    """As `store rebuild --policy` and `mv` leave it; also one made anew with the same words opens with its own keys."""
    crew_, strict = Crew(Staying(), 1), Policy(min_gq=70)
    made = []
    for policy in (Policy(), strict, strict):
        add_files(CohortStore.create(tmp_path / "st", policy=policy), [], table, crew_)
        assert list(verify(CohortStore.open(tmp_path / "st"), recount=True, crew=crew_)) == []
        made.append((tmp_path / "st").rename(tmp_path / f"st{len(made)}"))
    alone = CohortStore.create(tmp_path / "alone", policy=strict)
    add_files(alone, [], table)

    stores = [CohortStore.open(where) for where in made]
    assert files(stores[1], sealed=False) == files(stores[2], sealed=False) == files(alone, sealed=False)
    counts = [list(ask_everything(store.view(), store.view().cohort(None))) for store in (*stores, alone)]
    assert counts[1] == counts[2] == counts[3]
    assert sum(count.an for count in counts[0]) > sum(count.an for count in counts[1])


def test_worker__that_finds_another_store_than_the_driver_is_refused(tmp_path: Path) -> None:
    driver = CohortStore.create(tmp_path / "st")
    site = Site.of(driver, driver.current())
    (tmp_path / "st").rename(tmp_path / "first")
    CohortStore.create(tmp_path / "st", policy=Policy(min_gq=70))

    answer = perform(failing, site, built(), 1)

    assert isinstance(answer, Failure) and "another store" in str(answer.error)


def slow(store: CohortStore, site: Site, job: int) -> int:
    time.sleep(0.2)
    return job


def test_scheduler__that_is_killed_under_the_work_is_said_in_one_sentence(tmp_path: Path) -> None:
    """Without a worker: the driver waits for the first, or for its answers, when the scheduler goes."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen([*words, "--no-dashboard"], **quiet)
    store = CohortStore.create(tmp_path / "st")
    told: list[logging.LogRecord] = []
    listening = logging.Handler()
    listening.emit = told.append  # type: ignore[method-assign]
    logging.getLogger("distributed.client").addHandler(listening)
    try:
        for left in range(60):
            try:
                with open_crew(f"tcp://127.0.0.1:{port}", patience=5) as opened:
                    pending = opened.begin(slow, Site.of(store, store.current()), 1)
                    scheduler.kill()
                    with pytest.raises(Unavailable, match="scheduler is gone"):
                        pending.result()
                    break
            except Unavailable:
                assert left < 59, "no scheduler came up"
                time.sleep(1)
    finally:
        logging.getLogger("distributed.client").removeHandler(listening)
        scheduler.kill()
        scheduler.wait()
    assert [record.getMessage() for record in told] == []


class Gone:
    """A client whose workers have all ended."""

    status = "pending"

    def scheduler_info(self, n_workers: int) -> dict:
        return {"workers": {}}

    def result(self, timeout: float) -> None:
        raise TimeoutError


def test_crew__all_of_whose_workers_are_gone_does_not_wait_for_ever() -> None:
    with pytest.raises(Unavailable, match="all workers are gone"):
        Crew(Gone(), patience=30).wait_for(Gone())


def test_file_that_a_worker_does_not_find__is_said(twins: tuple[CohortStore, CohortStore], tmp_path: Path) -> None:
    from embla.genotypes.reading import SampleSpec

    job = packing.FileJob((SampleSpec("N1", tmp_path / "none.vcf"),), "")

    with pytest.raises(BadInput, match="a worker finds no such file"):
        packing.read_file(twins[0], Site.of(twins[0], twins[0].current()), job)
    assert "N1" not in repr(job), "what a scheduler shows of a job goes into logs"


def test_commands__take_a_cluster(
    workers: Crew, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def opened(text: str, tell: object = None) -> Iterator[Crew]:
        assert text == "local:2"
        yield workers

    monkeypatch.setattr(crew, "open_crew", opened)
    store, spread = str(tmp_path / "s"), ["--cluster", "local:2"]
    CohortStore.create(store)

    for words in (["add", store, "--samples", str(table)], ["compact", store], ["verify", store, "--recount"],
                  ["count", store, "--all", "--by", "region", "--json"]):  # fmt: skip
        assert run(["store", *words, *spread]) == 0, capsys.readouterr().err
    assert "added 7" in (out := capsys.readouterr().out) and '"groups"' in out
    for wrong in (["count", store], ["count", store, "--all"], ["count", store, "chr1:1000", *spread],
                  ["count", store, "chr1:1000", "--all", "--json"]):  # fmt: skip
        assert run(["store", *wrong]) == 2


@pytest.mark.parametrize("text", ["", "local", "local:0", "tcp://", "http://x:1", "slurm:x", "tcp://h:1/x"])
def test_cluster__that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_spec(text)


def test_cluster__is_local_slurm_or_an_address() -> None:
    assert parse_spec("local:3") == Spec("local", 3)
    assert parse_spec("slurm:16") == Spec("slurm", 16) and parse_spec("slurm").workers > 0
    assert parse_spec("tls://h:8786").address == "tls://h:8786"


def test_scheduler_that_is_not_there__is_said() -> None:
    with pytest.raises(EmblaError, match="no scheduler answers"), open_crew("tcp://127.0.0.1:1", patience=0.2):
        pass


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


def test_crew__whose_workers_will_not_come_says_why_as_soon_as_it_is_known() -> None:
    class Nobody(Gone):
        def wait_for_workers(self, n: int, timeout: float) -> None:
            raise TimeoutError

    known = Unavailable("none became a worker.")
    hopeless = Crew(Nobody(), 2, patience=10**9, trouble=lambda: known)

    for wait in (lambda: hopeless.ahead, lambda: hopeless.wait_for(Gone())):
        with pytest.raises(Unavailable, match="none became a worker"):
            wait()


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
