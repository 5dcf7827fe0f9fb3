"""A bucket as storage: the contract in memory and against a server of S3's language, and what only a bucket can do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from embla.errors import Conflict, NotFound, Unavailable, UsageError
from embla.storage import Bucket, open_bucket
from embla.storage.bucket import IN_MEMORY
from tests.storage.contract import StorageContract

pytest.importorskip("obstore", reason="obstore is not installed: pip install 'embla[s3]'")


@pytest.fixture
def endpoint(bucket_endpoint: str) -> str:
    """A server on loopback that speaks S3, with one bucket."""
    return bucket_endpoint


class TestMemory(StorageContract):
    @pytest.fixture
    def store(self) -> Bucket:
        return Bucket.in_memory()


class TestS3(StorageContract):
    @pytest.fixture
    def store(self, endpoint: str, request: pytest.FixtureRequest) -> Bucket:
        return open_bucket(f"s3://nation/{abs(hash(request.node.name))}/x", endpoint)


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Bucket:
    if request.param == "memory":
        return Bucket.in_memory()
    url = request.getfixturevalue("endpoint")
    return open_bucket(f"s3://nation/{abs(hash(request.node.name))}", url)


def large(pieces: int = 5) -> Iterator[bytes]:
    return (bytes([n]) * (8 << 20) for n in range(pieces))


def test_put__of_more_than_fits_in_memory_goes_up_in_parts_and_is_whole(store: Bucket) -> None:
    assert store.put("big/one", large()) is True

    assert store.size("big/one") == 5 * (8 << 20) > IN_MEMORY
    assert store.read("big/one", (8 << 20) - 1, 2) == b"\0\1" and store.get("big/one") == b"".join(large())
    assert store.put("big/one", large(4)) is False and store.size("big/one") == 5 * (8 << 20)
    assert store.list() == ["big/one"]


def test_put__of_a_large_source_that_fails_leaves_no_name_and_no_claim(store: Bucket) -> None:
    def pieces() -> Iterator[bytes]:
        yield from large(4)
        raise RuntimeError("source broke")

    with pytest.raises(RuntimeError, match="source broke"):
        store.put("big/two", pieces())

    assert store.list() == [] and store.sweep(0) == 0
    assert store.put("big/two", large(4)) is True


def test_put__of_a_large_thing_while_another_sends_it_is_a_conflict(store: Bucket) -> None:
    def pieces() -> Iterator[bytes]:
        yield from large(4)
        with pytest.raises(Conflict, match="another writer"):
            store.put("big/three", large(4))

    assert store.put("big/three", pieces()) is True
    assert store.sweep(0) == 0


def test_sweep__removes_the_claim_that_a_dead_writer_left(store: Bucket) -> None:
    store._create(".claims/" + sha256(b"big").hexdigest(), b"big")
    assert store.list() == [] and store.sweep() == 0
    with pytest.raises(Conflict):
        store.put("big", large(4))

    assert store.sweep(0) == 1 and store.put("big", large(4)) is True


class Losing(Bucket):
    """The answer to the first request that makes a thing is lost, and the client sends it again, as obstore does."""

    lost = ""

    def _create(self, name: str, data: bytes) -> bool:
        made = super()._create(name, data)
        if made and not self.lost:
            self.lost = name
            return super()._create(name, data)
        return made


def test_put__of_a_large_thing_whose_claim_lost_its_answer_goes_on(store: Bucket) -> None:
    losing = Losing(store._store, store.where)

    assert losing.put("big/four", large(4)) is True

    assert losing.lost.startswith(".claims/") and store.size("big/four") == 4 * (8 << 20)
    assert store.sweep(0) == 0, "the claim went with the work"


def test_put__of_a_large_thing_whose_claim_was_swept_leaves_the_claim_of_the_next(store: Bucket) -> None:
    def pieces() -> Iterator[bytes]:
        yield from large(4)
        assert store.sweep(0) == 1
        store._create(".claims/" + sha256(b"big/five").hexdigest(), b"another's")

    assert store.put("big/five", pieces()) is True
    assert store.sweep(0) == 1


def test_swap__of_many_clients_loses_no_update(endpoint: str) -> None:
    open_bucket("s3://nation/swaps", endpoint).put("n", b"0")

    def add_one(_: int) -> None:
        client = open_bucket("s3://nation/swaps", endpoint)
        while True:
            seen = client.get("n")
            if client.swap("n", seen, str(int(seen) + 1).encode()):
                return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add_one, range(12)))
    assert open_bucket("s3://nation/swaps", endpoint).get("n") == b"12"


def test_bucket__that_is_down_or_not_there_is_unavailable_and_never_empty(endpoint: str) -> None:
    gone, down = open_bucket("s3://no-such-bucket/x", endpoint), open_bucket("s3://nation/x", "http://127.0.0.1:9")

    for use in (
        lambda: down.get("a"),
        lambda: down.exists("a"),
        lambda: down.list(),
        lambda: down.put("a", b"1"),
        lambda: down.swap("a", b"1", b"2"),
        lambda: down.delete("a"),
        lambda: gone.put("a", b"1"),
        lambda: gone.list(),
    ):
        with pytest.raises(Unavailable):
            use()
    with pytest.raises((NotFound, Unavailable)):
        gone.get("a")


@pytest.mark.parametrize(
    ("where", "endpoint"),
    [("nation", ""), ("s3://", ""), ("http://x/y", ""), ("s3://nation/x", "http://elsewhere.example:9000")],
)
def test_address__that_is_no_bucket_or_would_travel_in_the_open_is_refused(where: str, endpoint: str) -> None:
    with pytest.raises(UsageError):
        open_bucket(where, endpoint)
