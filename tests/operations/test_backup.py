"""Backups are made while others write, come back equal on either engine, and what has rotted is found."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, table, text

from embla.composition import open_home
from embla.errors import BadInput, Broken, NotFound, Refused, Unavailable
from embla.genome import Variant
from embla.operations import Backup, Repository, back_up, drill, restore
from embla.operations.backup import home_files
from embla.operations.keys import KEYS, generate, open_keys, private_bytes, public_bytes
from embla.platform import (
    OPERATOR,
    Database,
    House,
    dump_table,
    events_since,
    table_names,
)
from embla.registry import certify, erase, erasures, find_genome, find_person, withdraw_person
from embla.storage import Folder
from embla.submission import receive
from embla.vault import seal_message
from tests.operations.conftest import report
from tests.submission.kinds import person2, sample2, write_package
from tests.support.laboratory import START, make_single


def rows_of(database: Database) -> dict[str, bytes]:
    with database.reading() as connection:
        return {name: b"".join(dump_table(connection, name)) for name in table_names(connection)}


def counts_of(house: House, sites: range) -> list[tuple[int, int]]:
    with house.database.reading() as connection:
        view = house.view(connection)
    answers = [view.count(Variant("chr21", START + 100 * n, "A", "G"), None)[0] for n in sites]
    return [(answer.ac, answer.an) for answer in answers]


@pytest.fixture
def keys(house: House) -> Path:
    """The home's folder of keys, with one in it whatever else there is."""
    folder = house.home / KEYS
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "signing.key").write_bytes(b"\x00secret\xff")
    (folder / "signing.key").chmod(0o600)
    return folder


def test_restore__brings_back_every_row_file_and_count(
    house_on_both: House, repository: Repository, packages: list[Path], tmp_path: Path
) -> None:
    house = house_on_both
    report(house, packages)
    before, counts = rows_of(house.database), counts_of(house, range(1, 4))
    assert [ac for ac, _ in counts] == [1, 1, 1]

    backup = back_up(house, repository)
    settings = replace(house.settings, home=tmp_path / "again", database_url="")
    outcome = restore(repository, backup, settings, keys=house.home / KEYS)

    # Also from PostgreSQL to SQLite: the lines are the same.
    again = open_home(settings, create=False)
    with again.database.reading() as connection:
        came_back = [event.kind for event in events_since(connection, backup.log_events)]
    assert came_back == ["home-restored"]
    restored = rows_of(again.database)
    assert restored.pop("events").startswith(before.pop("events"))
    log_end = {name for name, rows in before.items() if restored[name] != rows}
    assert restored.keys() == before.keys()
    assert log_end <= {"event_head", "event_nodes", "log_checkpoints"}  # the end of the log, which was signed
    assert counts_of(again, range(1, 4)) == counts
    assert (outcome.genomes, outcome.events) == (3, backup.log_events)
    for name in home_files(house.home):
        if not name.startswith("log/"):  # its end was signed once more
            assert (again.home / name).read_bytes() == (house.home / name).read_bytes(), name


def test_restore__from_sqlite_into_postgresql_goes_on_where_it_was(
    house: House, repository: Repository, packages: list[Path], tmp_path: Path, postgres_url: str
) -> None:
    report(house, packages[:2])
    backup = back_up(house, repository)
    settings = replace(house.settings, home=tmp_path / "again", database_url=postgres_url)

    restore(repository, backup, settings, keys=house.home / KEYS)

    again = open_home(settings, clock=house.clock, new_id=lambda: "another", create=False)
    assert len(report(again, packages[2:])) == 1
    assert [ac for ac, _ in counts_of(again, range(1, 4))] == [1, 1, 1]
    again.database.close()


def test_back_up__under_load_holds_whole_submissions(house: House, repository: Repository, tmp_path: Path) -> None:
    many = [
        make_single(tmp_path / f"load{n}", f"L{n}", [("chr21", START + 100 * n, "A", "G", "0/1")]) for n in range(12)
    ]
    acknowledged: list[str] = []

    def send() -> None:
        for package in many:
            acknowledged.extend(report(house, [package]))

    writer = threading.Thread(target=send)
    writer.start()
    while len(acknowledged) < 3:
        time.sleep(0.01)
    at_least = len(acknowledged)
    backup = back_up(house, repository)
    writer.join()

    settings = replace(house.settings, home=tmp_path / "again")
    outcome = restore(repository, backup, settings, keys=house.home / KEYS)

    assert at_least <= outcome.genomes <= 12
    again = open_home(settings, create=False)
    assert [ac for ac, _ in counts_of(again, range(12))] == [1] * outcome.genomes + [0] * (12 - outcome.genomes)


def test_back_up__copies_nothing_twice(house: House, repository: Repository, packages: list[Path]) -> None:
    report(house, packages)
    first = back_up(house, repository)
    objects = set(repository.folder.list("objects/"))

    second = back_up(house, repository)

    new = {name.rpartition("/")[2] for name in set(repository.folder.list("objects/")) - objects}
    files = {file.sha256 for file in second.files}
    # Only the log and what tells of it have moved on.
    assert not new & files
    assert {table.table for table in second.tables if table.sha256 in new} <= {"events", "event_head"} | {
        table.table for table in second.tables if "log" in table.table or "checkpoint" in table.table
    }
    assert first.id != second.id


def test_restore__withdraws_again_whoever_left_after_the_backup(
    house: House, repository: Repository, packages: list[Path], tmp_path: Path
) -> None:
    left, *_ = report(house, packages)
    old = back_up(house, repository)
    with house.database.reading() as connection:
        genome = find_genome(connection, left)
    assert genome is not None
    withdraw_person(house, OPERATOR, genome.person)
    back_up(house, repository)

    settings = replace(house.settings, home=tmp_path / "again")
    outcome = restore(repository, old, settings, keys=house.home / KEYS)

    assert (outcome.withdrawn_again, outcome.genomes) == (1, 2)
    again = open_home(settings, create=False)
    assert [ac for ac, _ in counts_of(again, range(1, 4))] == [0, 1, 1]
    # It is an erasure like any other: the bytes go, and what is left is recounted and signed for.
    assert erase(again, OPERATOR) == 1
    assert [one.genomes for one in certify(again, OPERATOR)] == [1]
    assert not [
        path for path in (again.home / "store").rglob("*") if path.is_file() and left.encode() in path.read_bytes()
    ]


def test_restore__refuses_a_folder_that_holds_something(house: House, repository: Repository, tmp_path: Path) -> None:
    backup = back_up(house, repository)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()

    with pytest.raises(Refused, match="not empty"):
        restore(repository, backup, replace(house.settings, home=tmp_path / "full"), keys=house.home / KEYS)
    with pytest.raises(Refused, match="keys"):
        restore(repository, backup, replace(house.settings, home=tmp_path / "new"))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("how", ["flip", "cut", "delete", "grow"])
def test_verify__finds_every_object_that_has_rotted(
    house: House, repository: Repository, packages: list[Path], how: str, tmp_path: Path
) -> None:
    report(house, packages[:1])
    backup = back_up(house, repository)
    assert repository.verify(backup) > 0

    for digest in sorted(backup.objects):
        path = repository.folder.path / "objects" / digest[:2] / digest
        whole = path.read_bytes()
        if how == "delete":
            path.unlink()
        else:
            middle = len(whole) // 2
            flipped = whole[:middle] + bytes([(whole[middle] if whole else 0) ^ 1]) + whole[middle + 1 :]
            path.write_bytes({"flip": flipped, "cut": whole[:-1], "grow": whole + b"\n"}[how])
        if whole or how != "cut":
            with pytest.raises(Broken):
                repository.verify(backup)
        path.write_bytes(whole)
    assert repository.verify(backup) > 0


def test_restore__that_met_rot_leaves_nothing_that_passes_for_a_home(
    house: House, repository: Repository, tmp_path: Path
) -> None:
    backup = back_up(house, repository)
    digest = next(table.sha256 for table in backup.tables if table.table == "events")
    (repository.folder.path / "objects" / digest[:2] / digest).write_bytes(b"[]\n")
    settings = replace(house.settings, home=tmp_path / "again")

    with pytest.raises(Broken, match="rotted"):
        restore(repository, backup, settings, keys=house.home / KEYS)
    with pytest.raises(Refused, match="did not come to its end"):
        open_home(settings)


def test_drill__passes_and_is_noted__and_a_failed_one_too(
    house: House, repository: Repository, packages: list[Path], keys: Path
) -> None:
    report(house, packages)
    backup = back_up(house, repository)

    outcome = drill(house, repository, backup)
    name = next(file for file in backup.files if file.name.startswith("store/segments/"))
    (repository.folder.path / "objects" / name.sha256[:2] / name.sha256).unlink()
    with pytest.raises(Broken):
        drill(house, repository, backup)

    assert outcome.genomes == 3
    with house.database.reading() as connection:
        noted = [event.body["passed"] for event in events_since(connection, 0, kinds=("restore-drilled",))]
    assert noted == [True, False]


def test_keys__travel_only_sealed_and_only_the_recovery_key_opens_them(
    house: House, repository: Repository, keys: Path, tmp_path: Path
) -> None:
    private, public = generate()
    stranger, _ = generate()
    assert back_up(house, repository).keys == ""
    repository.set_recovery_key(public)

    backup = back_up(house, repository)

    assert backup.keys
    for path in repository.folder.path.rglob("*"):
        assert path.is_dir() or b"\x00secret\xff" not in path.read_bytes()
    settings = replace(house.settings, home=tmp_path / "again")
    with pytest.raises(BadInput, match="does not open"):
        restore(repository, backup, settings, recovery_key=private_bytes(stranger))
    shutil.rmtree(settings.home)
    outcome = restore(repository, backup, settings, recovery_key=private_bytes(private))
    back = settings.home / KEYS / "signing.key"
    assert back.read_bytes() == b"\x00secret\xff"
    assert back.stat().st_mode & 0o777 == 0o600
    assert outcome.keys == sum(path.is_file() for path in keys.rglob("*"))


def test_keys__are_ordinary_crypt4gh_keys(tmp_path: Path) -> None:
    from crypt4gh.keys import get_private_key, get_public_key

    private, public = generate()
    (tmp_path / "key").write_text(private)
    (tmp_path / "key.pub").write_text(public)

    assert get_private_key(tmp_path / "key", lambda: "") == private_bytes(private)
    assert get_public_key(tmp_path / "key.pub") == public_bytes(public)


@pytest.mark.parametrize("text", ["", "-----BEGIN CRYPT4GH PUBLIC KEY-----", "no key", "x" * 10_000])
def test_keys__what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        public_bytes(text)
    with pytest.raises(BadInput):
        private_bytes(text)


def test_prune__deletes_what_no_backup_needs_and_keeps_what_one_does(
    house: House, repository: Repository, packages: list[Path]
) -> None:
    report(house, packages[:1])
    first = back_up(house, repository)
    report(house, packages[1:])
    second = back_up(house, repository)
    repository.folder.put("objects/00/" + "0" * 64, b"left by a run that died")

    gone, objects = repository.remove([first.id])

    assert (gone, repository.backups()) == (1, [second])
    assert objects == len(first.objects - second.objects) + 1
    assert repository.verify(second) > 0


def test_back_up__to_a_full_disk_says_so_and_keeps_the_last_backup(
    house: House, repository: Repository, packages: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    report(house, packages[:1])
    first = back_up(house, repository)
    report(house, packages[1:])

    real, left = os.fsync, 3

    def full(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(28, "No space left on device")
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Unavailable, match="No space left"):
            back_up(house, repository)

    assert repository.backups() == [first]
    assert repository.verify(first) > 0
    assert back_up(house, repository).genomes == 3


KILLED = """
import os, signal, sys
from pathlib import Path
from embla.composition import open_home
from embla.operations import Repository, back_up
from embla.platform import Settings
from embla.storage import Folder

house = open_home(Settings(home=Path(sys.argv[1]), demo=True))
repository = Repository.open(Folder(sys.argv[2]), create=True)
left = int(sys.argv[3])
for name in ("fsync", "link", "replace", "unlink"):
    def fused(*given, real=getattr(os, name), **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    setattr(os, name, fused)
back_up(house, repository)
"""


@pytest.mark.parametrize("calls", [1, 7, 23, 60, 101])
def test_back_up__killed_anywhere_harms_neither_home_nor_repository(
    house: House, repository: Repository, packages: list[Path], tmp_path: Path, calls: int
) -> None:
    report(house, packages)
    first = back_up(house, repository)
    report(house, [make_single(tmp_path / "later", "N9", [("chr21", START + 900, "A", "G", "0/1")])])

    command = [sys.executable, "-c", KILLED, str(house.home), str(repository.folder.path), str(calls)]
    died = subprocess.run(command, capture_output=True, timeout=120)

    assert died.returncode in (-9, 0), died.stderr[-500:]
    assert first in repository.backups()
    for backup in repository.backups():
        assert repository.verify(backup) > 0
    last = back_up(house, repository)
    assert last.genomes == 4
    assert repository.verify(last) > 0


def test_repository__says_what_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("mine")

    with pytest.raises(NotFound, match="backup repository"):
        Repository.open(Folder(tmp_path / "none"))
    with pytest.raises(Refused, match="no backup"):
        Repository.open(Folder(tmp_path / "other"), create=True)
    with pytest.raises(NotFound, match="holds no backup"):
        Repository.open(Folder(tmp_path / "new"), create=True).backup()
    with pytest.raises(Broken):
        Backup.decode(json.dumps({"format": 1}).encode(), "backups/x.json")


def test_dump__of_every_table_is_the_same_on_both_engines(database: Database) -> None:
    with database.reading() as connection:
        names = table_names(connection)
        lines = {name: b"".join(dump_table(connection, name)).splitlines() for name in names}

    assert {"events", "genomes", "persons", "store_pointer"} <= set(names)
    for name, (first, *_) in lines.items():
        with database.reading() as connection:
            columns = connection.execute(select(text("*")).select_from(table(name))).keys()
        assert json.loads(first) == list(columns)


def test_operator__is_who_made_the_backup(house: House, repository: Repository) -> None:
    backup = back_up(house, repository)

    with house.database.reading() as connection:
        (event,) = events_since(connection, 0, kinds=("backup-made",))
    assert (event.actor, event.body["backup"]) == (OPERATOR.id, backup.id)


def test_back_up__takes_one_state_of_the_identity_zone(house: House, repository: Repository, tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    (house.home / "identity").mkdir(exist_ok=True)
    zone = house.home / "identity" / "other.db"
    with closing(sqlite3.connect(zone, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE entries (n INTEGER)")
        connection.executemany("INSERT INTO entries VALUES (?)", [(n,) for n in range(500)])
        backup = back_up(house, repository)

    settings = replace(house.settings, home=tmp_path / "again")
    restore(repository, backup, settings, keys=house.home / KEYS)

    with closing(sqlite3.connect(settings.home / "identity" / "other.db")) as connection:
        assert connection.execute("SELECT count(*), sum(n) FROM entries").fetchone() == (500, 124750)


def test_restore__withdraws_again_whoever_has_only_rna(house: House, repository: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "rna"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "r.counts.tsv").write_text("gene\t1\n")
    rna = sample2("R1", calls=False, material="rna", assay="transcriptome", files=["files/r.counts.tsv"])
    package = write_package(folder, "R", "single", [person2("r", "index", rna)])
    receive(house, OPERATOR, package)
    old = back_up(house, repository)
    with house.database.reading() as connection:
        person = find_person(connection, "north", "r")
    assert person is not None
    withdraw_person(house, OPERATOR, person)
    back_up(house, repository)

    settings = replace(house.settings, home=tmp_path / "again")
    restore(repository, old, settings, keys=house.home / KEYS)

    again = open_home(settings, create=False)
    assert [path for path in (again.home / "files").rglob("*") if path.is_file()] == []
    assert len(erasures(again, OPERATOR)) == 1
    again.database.close()


@pytest.mark.parametrize("name", ["../evil.key", "/tmp/evil.key", "keys/../../evil.key", "elsewhere/evil.key", "keys"])
def test_keys__of_a_bundle_stay_inside_their_folder(tmp_path: Path, name: str) -> None:
    private, public = generate()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as bundle:
        info = tarfile.TarInfo(name)
        info.size = 4
        bundle.addfile(info, io.BytesIO(b"evil"))

    (tmp_path / "home").mkdir()
    with pytest.raises(BadInput, match="outside their folder"):
        open_keys(seal_message(out.getvalue(), public_bytes(public)), private_bytes(private), tmp_path / "home")

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
