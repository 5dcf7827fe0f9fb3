"""Folder storage: the contract, and what only a disk can do wrong."""

import errno
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from embla.errors import EmblaError, NotFound, Unavailable, UsageError
from embla.storage import Folder, disk, hashed
from tests.storage.contract import StorageContract


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "store")


class TestFolder(StorageContract):
    pass


def temporaries(folder: Folder) -> list[str]:
    return [path.name for path in folder.path.rglob(".tmp-*")]


def in_child(do: Callable[[], object], *, as_root: bool = False) -> str:
    """Run `do` in a child, without root's rights unless `as_root`; its answer or the name of its error."""
    receive, send = multiprocessing.Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0 and not as_root:
                os.setgid(65534)
                os.setuid(65534)
            answer = str(do())
        except EmblaError as error:
            answer = type(error).__name__
        except BaseException as error:
            answer = f"unexpected {error!r}"
        send.send(answer)
        os._exit(0)
    os.waitpid(child, 0)
    return str(receive.recv())


def test_folder__is_made_with_those_above_it(tmp_path: Path) -> None:
    Folder(tmp_path / "a" / "b" / "c").put("x", b"1")

    assert (tmp_path / "a/b/c/x").read_bytes() == b"1"


def test_folder__that_must_exist_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Folder(tmp_path / "absent", create=False)
    assert not (tmp_path / "absent").exists()


def test_folder__cannot_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(UsageError, match="is not a folder"):
        Folder(tmp_path / "file")


def test_folder__keeps_its_place_when_the_process_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Folder("relative")
    store.put("a", b"1")

    monkeypatch.chdir("/")

    assert store.get("a") == b"1"


def test_names__cannot_be_file_and_folder_at_once(store: Folder) -> None:
    store.put("a/b", b"1")

    with pytest.raises(UsageError, match="a folder of names"):
        store.put("a", b"2")
    with pytest.raises(UsageError, match="is a name already"):
        store.put("a/b/c", b"2")
    with pytest.raises(UsageError, match="is a name already"):
        store.swap("a/b/c/d", None, b"2")
    assert not store.exists("a")
    assert not store.exists("a/b/c")
    for use in (store.get, store.open, store.size):
        with pytest.raises(NotFound):
            use("a")
    assert store.delete("a") is False
    assert store.list() == ["a/b"]


def test_put__works_again_after_somebody_removed_an_empty_folder(store: Folder) -> None:
    store.put("a/b", b"1")
    store.delete("a/b")
    (store.path / "a").rmdir()

    assert store.put("a/b", b"2") is True


def test_put__works_on_a_disk_without_hard_links(store: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)

    assert store.put("a", b"1") is True
    assert store.put("a", b"2") is False
    assert store.get("a") == b"1"
    assert temporaries(store) == []


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EDQUOT, errno.EROFS])
@pytest.mark.parametrize("call", ["fsync", "link", "open"])
def test_put__on_a_disk_that_fails_is_unavailable_and_leaves_nothing(
    store: Folder, monkeypatch: pytest.MonkeyPatch, call: str, reason: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(reason, os.strerror(reason))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(Unavailable) as caught:
            store.put("a", b"1")

    assert os.strerror(reason) in str(caught.value)
    assert temporaries(store) == []
    assert not store.exists("a") or store.get("a") == b"1"


@pytest.mark.parametrize("at", [1, 2])
def test_put__of_pieces_goes_to_the_disk_on_the_way_and_what_fails_there_leaves_nothing(
    store: Folder, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """A long file is synced while its next pieces are made; trouble of that other thread is the put's."""
    monkeypatch.setattr(disk, "SYNC_EVERY", 3)
    synced: list[int] = []

    def sync(handle: int) -> None:
        synced.append(os.fstat(handle).st_size)
        if len(synced) == at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def pieces() -> Iterator[bytes]:
        for _ in range(50):
            yield b"ab"
            time.sleep(0.001)  # the syncing thread gets a turn

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", sync)
        with pytest.raises(Unavailable, match=os.strerror(errno.EIO)):
            store.put("a", pieces())

    assert len(synced) == at and temporaries(store) == [] and not store.exists("a")

    at = 0
    assert store.put("a", pieces()) is True
    assert store.get("a") == b"ab" * 50


def test_put__on_a_full_disk_is_unavailable(tmp_path: Path) -> None:
    store = Folder(tmp_path)

    def fill() -> object:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        return store.put("a", b"x" * 100_000)

    assert in_child(fill, as_root=True) == "Unavailable"
    assert store.list() == []
    assert temporaries(store) == []


@pytest.mark.parametrize(
    "use",
    [
        lambda s: s.get("a/b"), lambda s: s.read("a/b", 0, 1), lambda s: s.open("a/b"), lambda s: s.size("a/b"),
        lambda s: s.exists("a/b"), lambda s: s.list(), lambda s: s.delete("a/b"), lambda s: s.put("a/c", b""),
        lambda s: s.swap("a/b", b"1", b"2"), lambda s: s.exists("a/none"), lambda s: s.get("a/none"),
    ],
)  # fmt: skip
def test_forbidden__is_unavailable_and_never_absent(store: Folder, use: Callable[[Folder], Any]) -> None:
    store.put("a/b", b"1")
    (store.path / "a").chmod(0)
    try:
        assert in_child(lambda: use(store)) == "Unavailable"
    finally:
        (store.path / "a").chmod(0o755)


@pytest.mark.parametrize(
    "use",
    [
        lambda s: s.get("a"), lambda s: s.exists("a"), lambda s: s.list(), lambda s: s.delete("a"),
        lambda s: s.open("a"), lambda s: s.put("b/c", b""), lambda s: s.swap("a", b"1", b"2"), lambda s: s.sweep(),
        lambda s: s.size("a"),
    ],
)  # fmt: skip
def test_folder__that_went_away_is_unavailable_and_never_empty(store: Folder, use: Callable[[Folder], Any]) -> None:
    store.put("a", b"1")
    store.path.rename(store.path.with_name("elsewhere"))

    with pytest.raises(Unavailable, match="is gone"):
        use(store)


def test_sweep__removes_old_temporaries_and_nothing_else(store: Folder) -> None:
    store.put("a/b", b"1")
    old, young = store.path / "a" / ".tmp-1-old", store.path / ".tmp-1-young"
    for place in (old, young):
        place.write_bytes(b"half")
    day_before = time.time() - 90_000
    os.utime(old, (day_before, day_before))

    assert store.list() == ["a/b"]
    assert store.sweep() == 1
    assert temporaries(store) == [".tmp-1-young"]
    assert store.sweep(older_than=0) == 1
    assert store.get("a/b") == b"1"


@pytest.mark.parametrize("operation", ["put", "swap", "swap new", "delete"])
def test_every_call_to_the_disk__may_fail_once_without_a_torn_name(tmp_path: Path, operation: str) -> None:
    """As SQLite does it: let the n-th call fail, for every n, and look at what is left."""
    calls = ["open", "fsync", "link", "replace", "unlink", "mkdir", "stat", "rename"]
    for number in range(1, 100):
        store = Folder(tmp_path / f"{number}")
        store.put("CURRENT", b"old" * 100)
        store = Folder(store.path)
        with pytest.MonkeyPatch.context() as patch:
            counter = FailingCalls(patch, calls, number)
            try:
                if operation == "put":
                    store.put("a/b/c", b"new" * 100)
                elif operation == "delete":
                    store.delete("CURRENT")
                else:
                    name = "CURRENT" if operation == "swap" else "x/y"
                    store.swap(name, b"old" * 100 if operation == "swap" else None, b"new" * 100)
                failed = False
            except Unavailable:
                failed = True
        names = {name: store.get(name) for name in store.list()}
        assert set(names) <= {"CURRENT", "a/b/c", "x/y"}
        assert names.get("CURRENT", b"old" * 100) in (b"old" * 100, b"new" * 100)
        assert all(names.get(name, b"new" * 100) == b"new" * 100 for name in ("a/b/c", "x/y"))
        if not failed and operation == "put":
            assert names["a/b/c"] == b"new" * 100
        if not failed and operation == "swap":
            assert names["CURRENT"] == b"new" * 100
        if counter.seen < number:
            assert not failed
            return
    raise AssertionError("the operation never ran to its end")


class FailingCalls:
    """Replaces functions of `os`; the `number`-th call among them raises EIO, the others work."""

    def __init__(self, patch: pytest.MonkeyPatch, names: list[str], number: int) -> None:
        self.seen = 0
        self.number = number
        for name in names:
            patch.setattr(disk.os, name, self._wrap(getattr(os, name)))

    def _wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def maybe(*args: Any, **kwargs: Any) -> Any:
            self.seen += 1
            if self.seen == self.number:
                raise OSError(errno.EIO, "broken")
            return call(*args, **kwargs)

        return maybe


def test_hashed__gives_the_pieces_on_and_has_had_them_all_at_the_end() -> None:
    pieces = [bytes([n]) * (n * 1000) for n in range(30)]
    digest = sha256()

    assert list(hashed(pieces, digest)) == pieces
    assert digest.digest() == sha256(b"".join(pieces)).digest()


def test_hashed__raises_what_the_digest_raises_and_what_the_pieces_raise() -> None:
    class Bad:
        def update(self, data: bytes, /) -> None:
            raise OSError("bad")

    with pytest.raises(OSError, match="bad"):
        list(hashed([b"1"], Bad()))

    def cut() -> Iterator[bytes]:
        yield b"1"
        raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        list(hashed(cut(), sha256()))
