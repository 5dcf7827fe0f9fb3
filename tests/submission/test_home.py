"""The home between packages: opened again, set right after a crash, swept, its segments merged."""

import threading
from pathlib import Path
from typing import Any

import pytest

from embla.composition import open_home
from embla.errors import NotFound
from embla.platform import House, Settings, current_manifest, events_since
from embla.submission import receive, sweep
from embla.submission.sweep import tend
from embla.vault import Vault
from tests.submission.receiving import NORTH, count, module, open_files
from tests.support.homes import Ticking, counting_ids
from tests.support.laboratory import SITE, START, make_single


def test_home__opened_again_has_everything(tmp_path: Path, house: House) -> None:
    first = receive(house, NORTH, make_single(tmp_path / "a"))
    house.database.close()

    again = open_home(house.settings, clock=Ticking(), new_id=counting_ids())

    assert count(again) == (1, 2)
    assert receive(again, NORTH, tmp_path / "a") == first


def test_home__that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_home(Settings(home=tmp_path / "none"), create=False)

    assert not (tmp_path / "none").exists()


def test_home__from_many_threads_is_furnished_once(tmp_path: Path) -> None:
    made: list[House] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            made.append(open_home(Settings(home=tmp_path / "home")))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == [] and len(made) == 4
    with made[0].database.reading() as connection:
        pointer = current_manifest(connection)
    assert pointer is not None and pointer.number == 0


def test_store__current_is_set_right_after_a_crash_between_commit_and_publish(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(house.store), "publish", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        receive(house, NORTH, make_single(tmp_path / "a"))
    monkeypatch.undo()

    again = open_home(house.settings)

    with again.database.reading() as connection:
        assert current_manifest(connection) == again.store.current()
    assert count(again) == (1, 2)
    assert len(receive(again, NORTH, tmp_path / "a").genomes) == 1


def test_sweep__removes_what_nothing_refers_to_and_nothing_else(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_single(tmp_path / "a"))
    house.files.put("bodies/00/" + "0" * 64 + ".x", b"orphan")
    (house.home / "store" / "packs" / ("f" * 64)).write_bytes(b"orphan")

    assert [name for name in sweep(house) if name.startswith("files/")] == []
    deleted = sweep(house, hours=0)

    assert "files/bodies/00/" + "0" * 64 + ".x" in deleted
    assert count(house) == (1, 2)
    (file,) = [Vault(house).find(Path(name).name[:64]) for name in house.files.list()]
    assert Vault(house).problem(file) == ""


def test_sweep__between_keeping_and_commit_is_noticed(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module._commit

    def swept_first(*given: Any) -> Any:
        for one in given[2]:
            one.kept.result()
        sweep(house, hours=0)
        return real(*given)

    monkeypatch.setattr(module, "_commit", swept_first)
    receive(house, NORTH, make_single(tmp_path / "a"))

    assert all(Vault(house).holds(file.sha256) for file in open_files(tmp_path / "a"))


def test_tend__merges_segments_and_counts_stay(tmp_path: Path, house: House) -> None:
    for i in range(9):
        receive(
            house, NORTH, make_single(tmp_path / f"p{i}", f"N{i}", [SITE, ("chr21", START + 10 + i, "A", "G", "0/1")])
        )
    before = count(house)

    merges = tend(house)

    assert merges >= 1 and count(house) == before == (9, 18)
    assert tend(house) == 0
    with house.database.reading() as connection:
        assert current_manifest(connection) == house.store.current()
        assert [event.kind for event in events_since(connection, 0)].count("store-compacted") == merges
