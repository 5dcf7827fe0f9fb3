"""The disk refuses the n-th write, sync, link, rename or unlink, once or for good: a clear error, nothing half done."""

import errno
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from embla.cli import run
from embla.errors import EmblaError, Refused, Unavailable
from embla.genome import Variant
from embla.genotypes import CohortStore, NewGenome
from embla.genotypes.files import blob
from embla.genotypes.files.blob import BlobWriter
from embla.genotypes.verifying import verify
from embla.storage import Folder
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


def test_create__on_a_full_disk_leaves_nothing_and_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = 0
    for n in range(1, 9):
        with monkeypatch.context() as patch:
            disk = Disk(patch, "write", n, True, errno.ENOSPC)
            try:
                CohortStore.create(tmp_path / f"s{n}")
            except Unavailable:
                failed += 1
        if disk.failed:
            assert Folder(tmp_path / f"s{n}").list() == []
            CohortStore.create(tmp_path / f"s{n}")
        assert list(verify(CohortStore.open(tmp_path / f"s{n}"))) == []
    assert failed >= 3


def test_create__that_was_killed_half_way_can_be_repeated_and_what_is_anothers_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def put(folder: Folder, name: str, data: Any, **how: Any) -> bool:
        if name == "store.json":
            raise Killed
        return real(folder, name, data, **how)

    def gone(*_: object) -> None:
        raise Killed

    real = Folder.put
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "put", put)
        patch.setattr(Folder, "delete", gone)
        with pytest.raises(Killed):
            CohortStore.create(tmp_path / "s")
    left = Folder(tmp_path / "s").list()
    assert "CURRENT" in left and "store.json" not in left

    shutil.copytree(tmp_path / "s", tmp_path / "other")
    (tmp_path / "other" / "CURRENT").write_text("7-" + "0" * 64 + "\n")
    with pytest.raises(Refused, match="is not empty"):
        CohortStore.create(tmp_path / "other")
    CohortStore.create(tmp_path / "s").add([NewGenome("A", make_pack(FIRST))])
    assert list(verify(CohortStore.open(tmp_path / "s"))) == []


def test_store__on_a_disk_that_is_read_only_says_where_and_how_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path / "s")

    def read_only(path: Any, flags: int, *mode: int, **how: Any) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, flags, *mode, **how)

    real = os.open
    monkeypatch.setattr(os, "open", read_only)

    assert run(["store", "remove", str(tmp_path / "s"), "A", "--yes", "A", "--json"]) == 1
    told = json.loads(capsys.readouterr().err)
    assert str(tmp_path / "s") in told["message"] and "LOCK: Read-only" in told["message"] and told["mend"]


def test_add__whose_compaction_fails_is_acknowledged_and_says_what_is_put_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = CohortStore.create(tmp_path / "s")
    for number in range(7):
        store.add([NewGenome(f"N{number}", make_pack(FIRST))])
    lines = ["##fileformat=VCFv4.2", "\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT A".split()),
             "\t".join("chr1 1000 . A G 9 PASS . GT:GQ:DP 0/1:60:30".split())]  # fmt: skip
    (tmp_path / "a.vcf").write_text("\n".join(lines) + "\n")
    real = CohortStore.stage_compact

    def full(*given: Any, **how: Any) -> Any:
        Disk(patch, "write", 1, True, errno.ENOSPC)
        return real(*given, **how)

    with monkeypatch.context() as patch:
        patch.setattr(CohortStore, "stage_compact", full)
        assert run(["store", "add", str(tmp_path / "s"), str(tmp_path / "a.vcf"), "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert told["added"] == ["A"] and told["manifest"] == CohortStore.open(tmp_path / "s").current().short
    assert "Compaction is put off" in told["said"][-1] and "No space left" in told["said"][-1]
    assert told["said"][-1] in said.err.splitlines()

    store = CohortStore.open(tmp_path / "s")
    assert "A" in store.view().names and len(store.view().segments) == 8
    store.compact(full=False)
    assert len(store.view().segments) == 1 and list(verify(store, recount=True)) == []


def test_a_temporary_file__that_finds_no_room_says_where_and_how_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(blob, "IN_MEMORY", 1)
    monkeypatch.setattr(tempfile, "TemporaryFile", full)

    with pytest.raises(Unavailable, match="TMPDIR"), BlobWriter(b"SEG") as writer:
        writer.add(b"some bytes")
