"""A store in a bucket: the same files and answers as in a folder, by ranges, whoever dies or comes too late."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from embla.cli import run
from embla.errors import Conflict, EmblaError, NotFound, Refused, UsageError
from embla.genome import Region, Variant
from embla.genotypes import CohortStore, NewGenome, verify
from embla.genotypes.turns import LEASE, Clocks, Lease, LeaseTurns
from embla.storage import Blocks, Bucket, open_bucket, ranged
from tests.support.packs import Call, Person, make_pack

pytest.importorskip("obstore", reason="obstore is not installed: pip install 'embla[s3]'")

SHARED = Variant("chr1", 1000, "A", "G")
LONG = "CACGTACGTACGTACGT"


def person(number: int, karyotype: str = "XX") -> NewGenome:
    calls = (Call("chr1", 1000, "A", "G"), Call("chr1", 5_000 + number, "C", LONG), Call("chrX", 9000, "G", "T"))
    runs = {"chr1": ((20_000 + number, 30_000, 0),), "chr2": ((0, 100_000_000, 0),)}
    return NewGenome(f"N{number}", make_pack(Person(karyotype, calls=calls, runs=runs)))


class FakeTime:
    """Passes when somebody sleeps."""

    def __init__(self) -> None:
        self.passed = 0.0

    def clocks(self) -> Clocks:
        began = datetime(2026, 1, 1, tzinfo=UTC)
        return Clocks(lambda: began + timedelta(seconds=self.passed), lambda: self.passed, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


class Watched(Bucket):
    """Counts the bytes of segments that were sent, and dies at change number `left`."""

    left = 10**9
    sent = 0

    def read_within(self, name: str, start: int, length: int) -> bytes:
        self.sent += length
        return super().read_within(name, start, length)

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Crash

    def put(self, name, data, *, private=False):
        self._step()
        return super().put(name, data, private=private)

    def delete(self, name):
        self._step()
        return super().delete(name)

    def swap(self, name, expected, new):
        if name != LEASE or self.left <= 0:
            self._step()
        return super().swap(name, expected, new)


class Crash(BaseException):
    """The process dies here."""


def watched() -> Watched:
    return Watched(Bucket.in_memory()._store, "memory")


def twin(bucket: Bucket, kind: type[Bucket] = Bucket) -> Bucket:
    """Another process's view of a bucket in memory."""
    return kind(bucket._store, bucket.where)


def opened(bucket: Bucket, time: FakeTime | None = None) -> CohortStore:
    turns = LeaseTurns(bucket, (time or FakeTime()).clocks())
    return CohortStore.open(bucket, turns=turns, blocks=Blocks())


@pytest.fixture
def in_server(bucket_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Addresses of empty prefixes in a server of S3's language, which commands find by their environment."""
    monkeypatch.setenv("EMBLA_STORE_ENDPOINT", bucket_endpoint)
    monkeypatch.setenv("EMBLA_STORE_CACHE", str(tmp_path / "cache"))
    return lambda name: f"s3://nation/{tmp_path.name}/{name}"


def everything(store: CohortStore) -> list[dict]:
    view = store.view()
    regions = [Region("chr1", 0, 50_000), Region("chrX", 8_000, 10_000)]
    return [count.to_json() for region in regions for count in view.count(region, by="karyotype")]


def test_bucket__holds_the_same_files_and_answers_as_a_folder(in_server: Callable[[str], str], tmp_path: Path) -> None:
    there, here = CohortStore.create(in_server("s")), CohortStore.create(tmp_path / "s")
    for store in (there, here):
        for number in range(5):
            store.add([person(number, "XY" if number % 2 else "XX")])
        store.remove(["N3"])
        assert everything(store)
    assert there.current() == here.current() and everything(there) == everything(here)
    for store in (there, here):
        store.compact()

    again = CohortStore.open(in_server("s"))
    assert again.current() == here.current() and everything(again) == everything(here)
    plain = ("segments/", "genomes/", "manifests/", "tombstones/")
    for place in plain:
        assert again.folder.list(place) == here.folder.list(place)
        assert all(again.folder.get(name) == here.folder.get(name) for name in here.folder.list(place))
    assert [n for n in again.folder.list() if n not in here.folder.list()] == [LEASE]
    assert list(verify(again, recount=True)) == []
    assert again.view().genome("N4").contigs.keys() == here.view().genome("N4").contigs.keys()


def test_bucket__is_read_by_ranges_and_what_was_read_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranged.Ranged, "PAGE", 512)
    bucket = watched()
    store = CohortStore.create(bucket)
    places = [1000, *sorted(random.Random(1).sample(range(1001, 10_000_000), 300))]
    wide = tuple(Call(f"chr{contig}", pos, "A", "G") for contig in range(1, 9) for pos in places)
    store.add(
        [NewGenome(f"N{n}", make_pack(Person(calls=wide[n:], runs={"chr3": ((5, 9 + n, 0),)}))) for n in range(2)]
    )
    size = store.view().content.segments[0].blobs[0].size

    def ask() -> tuple[int, int]:
        own = twin(bucket, Watched)
        found = CohortStore.open(own, blocks=Blocks(tmp_path / "c", on_disk=size * 2)).view().count(SHARED)[0].ac
        return found, own.sent

    first, again = ask(), ask()

    assert first[0] == again[0] == 1  # the second genome begins one call later
    assert 0 < first[1] < size / 2 and again[1] == 0
    for block in (tmp_path / "c").rglob("[0-9]*"):
        if block.is_file():
            block.write_bytes(block.read_bytes()[:-1] + b"\0")
    assert ask() == first, "damaged blocks are fetched again"


def test_cache__is_bounded_and_keeps_nothing_of_a_genome_that_was_erased(tmp_path: Path) -> None:
    bucket = Bucket.in_memory()
    store = CohortStore.create(bucket)
    blocks = Blocks(tmp_path / "c")
    store = CohortStore.open(bucket, blocks=blocks)
    for number in range(3):
        store.add([person(number)])
        everything(store)
    held = {path.name for path in (tmp_path / "c").iterdir()}
    assert len(held) == 3

    store.remove(["N1"])
    store.compact()
    everything(store)
    for _ in range(2):
        store.add([person(10 + _)])
        everything(store)

    assert not held & {path.name for path in (tmp_path / "c").iterdir()}
    bounded = Blocks(tmp_path / "d", on_disk=10_000)
    for number in range(50):
        bounded.keep("x", number, "0" * 64, bytes(1000))
    assert sum(path.stat().st_size for path in (tmp_path / "d").rglob("*") if path.is_file()) <= 10_000


def test_reader__whose_state_is_swept_gets_an_error_and_never_a_wrong_number() -> None:
    bucket = Bucket.in_memory()
    CohortStore.create(bucket)
    opened(bucket).add([person(0)])
    store, late = opened(twin(bucket)), opened(twin(bucket))
    view, opened_late = store.view(), late.view()
    before = view.count(SHARED)[0]
    opened(twin(bucket)).remove(["N0"])
    opened(twin(bucket)).compact()

    assert view.count(SHARED)[0] == before
    late.states._cache._held.clear()  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        opened_late.count(Variant("chrX", 9000, "G", "T"))
    assert late.view().count(SHARED)[0].ac == 0


def test_writers__of_one_bucket_take_turns_and_every_genome_counts(in_server: Callable[[str], str]) -> None:
    CohortStore.create(in_server("two"))
    failed: list[BaseException] = []

    def write(first: int) -> None:
        try:
            store = CohortStore.open(in_server("two"))
            for number in range(first, first + 3):
                store.add([person(number)])
                store.compact(full=False)
        except BaseException as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=(first,)) for first in (0, 100)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)

    store = CohortStore.open(in_server("two"))
    assert failed == [] and store.view().count(SHARED)[0].ac == 6
    assert list(verify(store, recount=True)) == []


def test_writer__who_waits_too_long_is_told_so() -> None:
    bucket, time = Bucket.in_memory(), FakeTime()
    CohortStore.create(bucket)
    busy, waiting = LeaseTurns(bucket, time.clocks()), LeaseTurns(bucket, time.clocks(), patience=40)

    busy.take()
    with pytest.raises(Conflict, match="another writer"):
        waiting.take()

    busy.give_back()
    waiting.take()
    waiting.give_back()


def test_lease__is_taken_over_only_when_it_stood_still_for_its_time_whatever_the_clocks_say() -> None:
    bucket, time = Bucket.in_memory(), FakeTime()
    CohortStore.create(bucket)
    first = LeaseTurns(bucket, time.clocks())
    first.take()
    second = LeaseTurns(bucket, Clocks(lambda: datetime(2026, 1, 1, tzinfo=UTC), lambda: time.passed, time.sleep))
    beats = 0

    def sleep(seconds: float) -> None:
        nonlocal beats
        time.passed += seconds
        if time.passed < 100 and time.passed // 15 > beats:
            beats = int(time.passed // 15)
            first.renew()

    second._clocks = Clocks(second._clocks.now, second._clocks.monotonic, sleep)
    second.take()

    assert 150 <= time.passed < 170 and Lease.decode(bucket.get(LEASE)).turn == 2
    with pytest.raises(Conflict):
        first.check()
    first.renew()
    first.give_back()
    second.check()
    assert Lease.decode(bucket.get(LEASE)).turn == 2
    second.give_back()


def test_lease__of_a_living_writer_is_not_taken_by_one_whose_clock_is_ahead_or_whose_answers_are_late() -> None:
    class Late(Bucket):
        """The first look at the lease takes long."""

        late = 100.0

        def get(self, name):
            if name == LEASE:
                time.passed, self.late = time.passed + self.late, 0.0
                if time.passed < 150:
                    first.renew()
            return super().get(name)

    bucket, time = Bucket.in_memory(), FakeTime()
    CohortStore.create(bucket)
    first = LeaseTurns(bucket, time.clocks())
    first.take()
    ahead = Clocks(lambda: datetime(2030, 1, 1, tzinfo=UTC), lambda: time.passed, time.sleep)

    LeaseTurns(twin(bucket, Late), ahead).take()

    assert 210 <= time.passed < 230, "it stood still from 150 on"


def test_turn__of_a_store_begins_with_sweeping_the_claims_of_the_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment above 16 MiB, whose writer died or lost the bucket while it sent it: nobody could compact any more."""
    monkeypatch.setattr("embla.storage.bucket.IN_MEMORY", 64)
    bucket = Bucket.in_memory()
    CohortStore.create(bucket)
    store = opened(bucket)
    for number in range(2):
        store.add([person(number)])
    alike = CohortStore.create(Bucket.in_memory())
    for number in range(2):
        alike.add([person(number)])
    alike.compact()
    merged = alike.view().content.segments[0].blobs[0].file
    assert bucket._create(".claims/" + sha256(merged.encode()).hexdigest(), merged.encode())

    store.compact()

    assert merged in bucket.list() and store.view().count(SHARED)[0].ac == 2
    assert bucket.sweep(0) == 0


def test_lease__whose_renewals_lost_their_answers_is_still_ours() -> None:
    class Deaf(Bucket):
        deaf = False

        def swap(self, name, expected, new):
            done = super().swap(name, expected, new)
            if self.deaf:
                raise EmblaError("no answer")
            return done

    bucket, time = Bucket.in_memory(), FakeTime()
    CohortStore.create(bucket)
    deaf = twin(bucket, Deaf)
    turns = LeaseTurns(deaf, time.clocks())
    turns.take()
    deaf.deaf = True
    turns.renew()
    deaf.deaf = False
    turns.renew()
    turns.renew()

    time.passed = 30
    turns.check()
    turns.give_back()
    assert Lease.decode(bucket.get(LEASE)).holder == ""


def test_writer__that_was_taken_for_dead_changes_nothing_and_deletes_nothing_of_its_successor() -> None:
    bucket, time = Bucket.in_memory(), FakeTime()
    CohortStore.create(bucket)
    opened(bucket).add([person(0)])
    late, next_ = opened(twin(bucket), time), opened(twin(bucket), time)

    with pytest.raises(Conflict), late.writing():
        staged = late.stage_add([person(1)])
        time.passed += 1000  # the machine slept
        next_.add([person(1)])
        next_.compact()
        late.publish(staged)

    store = opened(twin(bucket))
    assert store.view().names == ["N0", "N1"] and store.view().count(SHARED)[0].ac == 2
    assert list(verify(store, recount=True)) == []


def test_writer__that_was_taken_for_dead_is_refused_even_if_its_successor_only_swept() -> None:
    bucket, time = Bucket.in_memory(), FakeTime()
    CohortStore.create(bucket)
    opened(bucket).add([person(0)])
    late, next_ = opened(twin(bucket), time), opened(twin(bucket), time)

    with pytest.raises(Conflict), late.writing():
        staged = late.stage_add([person(1)])
        time.passed += 1000
        next_.tidy()
        # It does not even know that its time was over.
        late._turns._good_until = 10**9  # type: ignore[attr-defined]
        late.publish(staged)

    store = opened(twin(bucket))
    assert store.view().names == ["N0"] and list(verify(store, recount=True)) == []


@pytest.mark.parametrize(
    ("how", "step"),
    [
        ("add", 3),
        ("remove", 2),
        ("compact", 7),
        *(pytest.param(how, 1, marks=pytest.mark.deep) for how in ("add", "remove", "compact")),
    ],
)
def test_crash__at_changes_of_the_bucket_leaves_the_old_numbers_and_the_next_writer_right(how: str, step: int) -> None:
    k = 0
    while True:
        bucket, time = Bucket.in_memory(), FakeTime()
        CohortStore.create(bucket)
        store = opened(bucket)
        store.add([person(0), person(1, "XY")])
        if how == "compact":
            store.add([person(2)])
            store.remove(["N1"])
        before, names = everything(store), store.view().names
        dying = opened(twin(bucket, Watched), time)
        dying.folder.left = k  # type: ignore[union-attr]
        died = False
        try:
            if how == "add":
                dying.add([person(5)])
            elif how == "remove":
                dying.remove(["N0"])
            else:
                dying.compact()
        except Crash:
            died = True
        next_ = opened(twin(bucket), time)
        if next_.view().names == names and how != "compact":
            assert died and everything(next_) == before, k
        next_.add([person(7)])
        next_.compact()
        living = set(next_.view().names)
        assert living - {"N5", "N0"} == set(names + ["N7"]) - {"N0"}, k
        assert next_.view().count(SHARED)[0].ac == len(living)
        needed = {"store.json", "CURRENT", LEASE, next_.current().file, *next_.view().content.files}
        packs = {f"{place}/{d}" for s in next_.view().segments for d in s.table.packs for place in ("packs", "keys")}
        assert set(next_.folder.list()) == needed | packs, k
        if not died:
            assert list(verify(next_, recount=True)) == []
            break
        k += step
    assert k >= 3


CHILD = """
    import os, signal, sys
    sys.path[:0] = [{src!r}, {root!r}]
    from embla.genotypes import CohortStore
    from embla.storage import Bucket
    from tests.genotypes.store.test_bucket_store import person
    real, left = Bucket.put, [int(sys.argv[2])]
    def put(self, *args, **how):
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return real(self, *args, **how)
    Bucket.put = put
    CohortStore.open(sys.argv[1]).add([person(5)])
"""


def test_kill_minus_nine__of_a_writer_costs_the_next_one_the_time_of_a_lease(in_server: Callable[[str], str]) -> None:
    where = in_server("killed")
    CohortStore.create(where).add([person(0)])
    root = Path(__file__).parents[3]
    code = textwrap.dedent(CHILD).format(src=str(root / "src"), root=str(root))

    child = subprocess.run(
        [sys.executable, "-c", code, where, "2"], timeout=60, capture_output=True, env=os.environ.copy()
    )

    assert child.returncode == -signal.SIGKILL, child.stderr
    bucket, time = open_bucket(where, os.environ["EMBLA_STORE_ENDPOINT"]), FakeTime()
    assert Lease.decode(bucket.get(LEASE)).holder
    store = opened(bucket, time)
    store.add([person(6)])
    assert 60 <= time.passed < 70 and store.view().names == ["N0", "N6"]
    store.tidy()
    assert len(store.folder.list("packs/")) == len(store.folder.list("keys/")) == 2


def test_commands__take_the_address_of_a_bucket(
    in_server: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = in_server("cli")
    (tmp_path / "a.vcf").write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\n"
        "chr1\t1000\t.\tA\tG\t9\tPASS\t.\tGT:GQ:DP\t0/1:60:30\n"
    )

    assert run(["store", "create", where]) == 0
    assert run(["store", "create", where]) == 1
    assert run(["store", "add", where, str(tmp_path / "a.vcf")]) == 0
    capsys.readouterr()
    assert run(["store", "count", where, "chr1-1000-A-G", "--json"]) == 0
    assert '"ac": 1' in capsys.readouterr().out.replace('"raw": {"ac": 1', '"ac": 1')
    for words in (["stats"], ["verify", "--recount"], ["compact"]):
        assert run(["store", words[0], where, *words[1:]]) == 0
    assert run(["store", "export", where, "-o", str(tmp_path / "sites.vcf")]) == 0
    assert run(["store", "genome", where, "A", "-o", str(tmp_path / "again.vcf")]) == 0
    assert run(["store", "rebuild", where, in_server("new")]) == 0
    assert run(["store", "remove", where, "A", "--yes", "A"]) == 0
    capsys.readouterr()
    assert run(["store", "count", "s3://no-such-bucket/x", "chr1-1000-A-G"]) == 1
    assert run(["store", "count", in_server("none"), "chr1-1000-A-G"]) == 1
    assert "there is no store at s3://" in capsys.readouterr().err


def test_managed_store__is_not_made_in_a_bucket_and_two_are_not_made_in_one_place() -> None:
    bucket = Bucket.in_memory()
    with pytest.raises(UsageError):
        CohortStore.create(bucket, managed=True)

    CohortStore.create(bucket)
    with pytest.raises(Refused):
        CohortStore.create(twin(bucket))
