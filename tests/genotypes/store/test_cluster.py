"""Work spread over processes: the same files and answers, also when workers are killed on the way."""

import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
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
from embla.genotypes.asking import ask_everything, is_small, tell_everything
from embla.genotypes.cluster import adding, compacting, counting, crew, packing
from embla.genotypes.cluster.crew import Crew, Spec, open_crew, parse_spec
from embla.genotypes.cluster.handing import hand_over
from embla.genotypes.cluster.site import Failure, Site, built, perform
from embla.genotypes.model.policy import Policy
from tests.genotypes.store.spread import (
    counts_and_recount_alike,
    failing,
    files,
    seven_samples,
    two,
    vcf,
    wrongly_encoded,
)
from tests.support.packs import Call, Person, make_pack

pytest.importorskip("distributed", reason="dask is not installed: pip install 'embla[cluster]'")


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


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return seven_samples(tmp_path)


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


def test_counts_and_recount__of_a_crew_whose_workers_are_killed_on_the_way_are_those_of_one_process(
    workers: Crew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts_and_recount_alike(wrongly_encoded(tmp_path / "s"), workers, monkeypatch)


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


def test_crew__whose_workers_will_not_come_says_why_as_soon_as_it_is_known() -> None:
    class Nobody(Gone):
        def wait_for_workers(self, n: int, timeout: float) -> None:
            raise TimeoutError

    known = Unavailable("none became a worker.")
    hopeless = Crew(Nobody(), 2, patience=10**9, trouble=lambda: known)

    for wait in (lambda: hopeless.ahead, lambda: hopeless.wait_for(Gone())):
        with pytest.raises(Unavailable, match="none became a worker"):
            wait()


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
    monkeypatch.setattr(counting, "WORTH", 0)
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


def test_count__of_a_small_store_is_done_by_one_process_which_says_so(
    twins: tuple[CohortStore, CohortStore], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store, words = twins[0], ["count", twins[0].where, "--all", "--json"]
    assert run(["store", *words]) == 0
    alone = capsys.readouterr()

    for text, code in (("slurm:2", 0), ("nothing", 2)):  # no Slurm is asked, and what is no cluster is refused as ever
        assert run(["store", *words, "--cluster", text]) == code
    spread = capsys.readouterr()

    assert spread.out == alone.out != "" and "one process is done before workers have begun" in spread.err
    view = store.view()
    blobs = [blob for segment in view.segments for _, blob in segment.blobs]
    told = sum(reader.n_variants for blob in blobs for name in blob.contigs if (reader := blob.contig(name)))
    assert told >= alone.out.count("\n") > 3
    for by, worth, small in ((None, told, False), (None, told + 1, True), ("karyotype", told + 1, False)):
        monkeypatch.setattr(counting, "WORTH", worth)
        assert is_small(view, view.cohort(None), by) is small


def test_scheduler_that_is_not_there__is_said() -> None:
    with pytest.raises(EmblaError, match="no scheduler answers"), open_crew("tcp://127.0.0.1:1", patience=0.2):
        pass
