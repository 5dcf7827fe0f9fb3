"""Make a backup while the home is in use.

Twice over the files: first everything, as long as it takes, without holding anybody up; then under the store's lock the
database in one state and the few files that came meanwhile. So the database of a backup never names a file that the
backup lacks, and a submission acknowledged before it began is in it.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import Connection

from embla import __version__
from embla.errors import NotFound, Unavailable
from embla.identity import ZONE_FILE, zone_format
from embla.operations.elsewhere import FILES, bodies_for_backup, not_in_backup, pieces, zone_to_dump
from embla.operations.forgetting import forget_keys
from embla.operations.keys import seal_keys
from embla.operations.model import Backup, FileEntry, TableEntry
from embla.operations.repository import CHUNK, Repository
from embla.platform import (
    OPERATOR,
    House,
    append_event,
    current_manifest,
    database_version,
    dump_table,
    newest_events,
    table_names,
)
from embla.registry import withdrawn_accessions

Say = Callable[[str], None]
# What a backup leaves out of a home: the database (dumped in one state instead), keys (sealed apart), and what is
# nobody's state. The identity zone has a database of its own, dumped likewise wherever it lies.
_LEFT_OUT: Final = ("keys/", "backups/", "embla.db", ZONE_FILE, "furnish.lock", "numba/")
_TEMPORARY: Final = ("-wal", "-shm", "-journal", ".lock", ".building")
# These lie under names that tell their content, so one that is in the last backup need not be read again.
_NEVER_CHANGE: Final = (
    "store/segments/", "store/genomes/", "store/packs/", "store/lexicons/", "store/manifests/", "files/", "vault/",
)  # fmt: skip


def back_up(house: House, repository: Repository, *, full: bool = False, say: Say = lambda _: None) -> Backup:
    """Make one backup of the home. `full` reads every file again instead of trusting the names of immutable ones.

    Raises Unavailable when the repository's disk is full or gone: the earlier backups stay as they were.
    """
    known = {} if full else _known(repository)
    say("Copying files ...")
    _copy(house.home, repository, known)
    _copy_bodies(house, repository, known)
    say("Copying the database, and what came meanwhile ...")
    with house.store.writing(), house.database.reading() as connection:
        files = _copy(house.home, repository, known) + _copy_bodies(house, repository, known)
        tables = tuple(_dump(connection, repository, name) for name in table_names(connection))
        last = newest_events(connection, limit=1).items
        manifest = current_manifest(connection)
        genomes = len(house.view(connection))
        erased = withdrawn_accessions(connection)
    # After the house: it never knows a pseudonym that the zone of the same backup lacks.
    zone, zone_number = _dump_zone(house, repository)
    at = house.clock()
    backup = Backup(
        id=f"{at:%Y%m%dT%H%M%S}-{house.new_id()[-6:]}",
        made_at=at,
        version=__version__,
        database_format=database_version(house.database),
        engine="sqlite" if house.database.is_sqlite else "postgresql",
        log_events=last[0].number if last else 0,
        log_hash=last[0].hash if last else "",
        manifest=manifest.short if manifest is not None else "",
        genomes=genomes,
        tables=tables,
        files=tuple(files),
        keys=seal_keys(house.home, repository, house.key_files),
        zone=zone,
        zone_format=zone_number,
        left_out=not_in_backup(house),
    )
    repository.add_erased(erased)
    backup = replace(backup, erased=len(repository.erased()))
    repository.add(backup)
    with house.database.transaction() as connection:
        append_event(
            connection,
            at=at,
            actor=OPERATOR.id,
            kind="backup-made",
            subject="home",
            body={
                "backup": backup.id,
                "files": len(files),
                "bytes": backup.size,
                "keys": bool(backup.keys),
                "zone": bool(backup.zone),
                "left_out": list(backup.left_out),
            },
        )
    forget_keys(repository)
    return backup


def home_files(home: Path) -> list[str]:
    """Names of the files that a backup of this home holds, sorted."""
    found = []
    for folder, _, names in os.walk(home):
        for name in names:
            path = (Path(folder) / name).relative_to(home).as_posix()
            if path.startswith(_LEFT_OUT) or path.endswith(_TEMPORARY) or name.startswith("."):
                continue
            found.append(path)
    return sorted(found)


def _known(repository: Repository) -> dict[str, FileEntry]:
    """The immutable files of the newest backup, by name."""
    backups, _ = repository.readable()
    if not backups:
        return {}
    return {file.name: file for file in backups[-1].files if file.name.startswith(_NEVER_CHANGE)}


def _copy(home: Path, repository: Repository, known: dict[str, FileEntry]) -> list[FileEntry]:
    """Every file of the home into the repository. `known` grows, so that a second time only what is new is read."""
    found = []
    for name in home_files(home):
        path = home / name
        try:
            size = path.stat().st_size
            entry = known.get(name)
            if path.suffix == ".db":
                entry = _keep_database(repository, name, path)
            elif entry is None or entry.size != size or not repository.has(entry.sha256):
                entry = _keep(repository, name, path)
        except FileNotFoundError:
            continue  # a sweeper was here between the listing and the reading; the second time is under the lock
        except OSError as error:
            raise Unavailable(
                f"{name} cannot be read: {os.strerror(error.errno or 0)}.", mend="Check the disk."
            ) from error
        if name.startswith(_NEVER_CHANGE):
            known[name] = entry
        found.append(entry)
    return found


def _keep(repository: Repository, name: str, path: Path) -> FileEntry:
    running, size = sha256(), 0
    for chunk in _chunks(path):
        running.update(chunk)
        size += len(chunk)
    repository.put(running.hexdigest(), _chunks(path))
    return FileEntry(name, running.hexdigest(), size)


def _keep_database(repository: Repository, name: str, path: Path) -> FileEntry:
    """One state of a SQLite file, whatever is being written to it: the file alone would lack what is in its WAL."""
    with TemporaryDirectory(prefix=".snapshot-", dir=repository.folder.path) as folder:
        copy = Path(folder) / "copy.db"
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        return _keep(repository, name, copy)


def _copy_bodies(house: House, repository: Repository, known: dict[str, FileEntry]) -> list[FileEntry]:
    """Kept files that lie outside the home, where backups are to hold them; under the names a home has for them.

    A body never changes under its name, so one that the newest backup holds is not fetched again.
    """
    found = []
    for body, size in bodies_for_backup(house).items():
        name = FILES + body
        entry = known.get(name)
        if entry is None or entry.size != size or not repository.has(entry.sha256):
            try:
                digest, _ = _keep_stream(repository, "bodies", pieces(house.files, body, size))
            except NotFound:
                continue  # it left meanwhile; the second time is under the lock
            entry = known[name] = FileEntry(name, digest, size)
        found.append(entry)
    return found


def _dump_zone(house: House, repository: Repository) -> tuple[tuple[TableEntry, ...], int]:
    """The identity zone in one state, and its format; nothing and 0 where there is no zone yet."""
    database = zone_to_dump(house.settings)
    if database is None:
        return (), 0
    try:
        with database.reading() as connection:
            tables = tuple(_dump(connection, repository, name) for name in table_names(connection))
            return tables, zone_format(connection)
    finally:
        database.close()


def _dump(connection: Connection, repository: Repository, table: str) -> TableEntry:
    digest, lines = _keep_stream(repository, table, dump_table(connection, table))
    return TableEntry(table, lines - 1, digest)


def _keep_stream(repository: Repository, what: str, chunks: Iterable[bytes]) -> tuple[str, int]:
    """(SHA-256, line ends) of a stream, which goes through a file of the repository's disk: its hash, by which it is
    kept, is known only at the end."""
    running, lines = sha256(), 0

    def watched() -> Iterator[bytes]:
        nonlocal lines
        for chunk in chunks:
            running.update(chunk)
            lines += chunk.count(b"\n")
            yield chunk

    scratch = f"dumping/{what}"
    repository.folder.delete(scratch)
    repository.folder.put(scratch, watched())
    view = repository.folder.open(scratch)
    digest = running.hexdigest()
    repository.put(digest, (bytes(view[i : i + CHUNK]) for i in range(0, len(view), CHUNK)))
    repository.folder.delete(scratch)
    return digest, lines


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
