"""The disk refuses the n-th write, sync, link, rename or unlink, once or for good: a clear error, nothing half done."""

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from embla.errors import EmblaError, Unavailable
from embla.genome import Variant
from embla.genotypes import CohortStore, NewGenome
from embla.genotypes.files import blob
from embla.genotypes.files.blob import BlobWriter
from embla.genotypes.verifying import verify
from tests.support.disk import Disk
from tests.support.packs import Call, Person, make_pack

FIRST = Person(calls=(Call("chr1", 1000, "A", "G"),))
SECOND = Person(calls=(Call("chr1", 1000, "A", "G"), Call("chr1", 2000, "C", "CACGTACGTACGTACGT")))
ASKED = (Variant("chr1", 1000, "A", "G"), Variant("chr1", 2000, "C", "CACGTACGTACGTACGT"))


def numbers(path: Path) -> list[tuple[int, int]]:
    view = CohortStore.open(path).view()
    return [(c.ac, c.an) for variant in ASKED for c in view.count(variant)]


def made(path: Path) -> None:
    store = CohortStore.create(path)
    store.add([NewGenome("A", make_pack(FIRST)), NewGenome("B", make_pack(Person("XY")))])
    store.add([NewGenome("C", make_pack(FIRST))])
    store.remove(["C"])


def change(path: Path, how: str) -> None:
    store = CohortStore.open(path)
    if how == "add":
        store.add([NewGenome("D", make_pack(SECOND))])
    elif how == "remove":
        if "A" in store.view().names:
            store.remove(["A"])
    else:
        store.compact()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that tests copy."""
    path = tmp_path_factory.mktemp("original") / "store"
    made(path)
    return path


@pytest.fixture(scope="module", params=["add", "remove", "compact"])
def changed(
    request: pytest.FixtureRequest, original: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[tuple[int, int]]]:
    """A change, and the numbers after it."""
    path = shutil.copytree(original, tmp_path_factory.mktemp("changed") / "store")
    change(path, request.param)
    return request.param, numbers(path)


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("call", ["write", "fsync", "link", "replace", "unlink"])
def test_disk__that_refuses_its_nth_call_leaves_the_state_before_or_after_and_no_orphan(
    call: str, stays: bool, original: Path, changed: tuple[str, list[tuple[int, int]]], tmp_path: Path
) -> None:
    how, after = changed
    before = numbers(original)

    for n in range(1, 60):
        path = shutil.copytree(original, tmp_path / f"s{n}")
        with pytest.MonkeyPatch.context() as patch:
            disk = Disk(patch, call, n, stays, errno.EIO)
            said = None
            try:
                change(path, how)
            except EmblaError as error:
                said = error
        if not disk.failed:
            break
        assert said is None or (isinstance(said, Unavailable) and said.message), n
        assert numbers(path) in (before, after) if said else numbers(path) == after, n
        change(path, how)
        assert numbers(path) == after, n
        store = CohortStore.open(path)
        store.compact()
        assert numbers(path) == after and list(verify(store, recount=True)) == []
        packs = {f"packs/{digest}" for s in store.view().segments for digest in s.table.packs}
        needed = {"store.json", "CURRENT", "LOCK", store.current().file, *store.view().content.files} | packs
        assert {name for name in store.folder.list() if not name.startswith("keys/")} == needed, n
    assert n > 1 or (call, how) == ("unlink", "add")


def test_full_disk__is_a_clear_error_and_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / "s")
    before, files = numbers(tmp_path / "s"), CohortStore.open(tmp_path / "s").folder.list()

    for n in range(1, 5):
        with monkeypatch.context() as patch:
            Disk(patch, "write", n, True, errno.ENOSPC)
            with pytest.raises(Unavailable, match="No space left"):
                change(tmp_path / "s", "add")
        assert CohortStore.open(tmp_path / "s").folder.list() == files and numbers(tmp_path / "s") == before

    change(tmp_path / "s", "add")
    assert numbers(tmp_path / "s") != before


def test_a_temporary_file__that_finds_no_room_says_where_and_how_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(blob, "IN_MEMORY", 1)
    monkeypatch.setattr(tempfile, "TemporaryFile", full)

    with pytest.raises(Unavailable, match="TMPDIR"), BlobWriter(b"SEG") as writer:
        writer.add(b"some bytes")
