"""Bring a home back from a backup, and the drill that shows it can be done.

A restore goes into an empty folder and compares as it goes: every file with its hash, every table with its lines, the
event log's chain with the end that the backup noted, the store with the number of genomes. Genomes that were withdrawn
after the backup was made are withdrawn again before anybody can ask.
"""

import json
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from sqlalchemy import Connection

from embla.composition import open_home
from embla.errors import Broken, Refused
from embla.identity import ZONE_FILE, prepare_zone, zone_opens
from embla.operations.elsewhere import FILES
from embla.operations.keys import KEYS, open_keys
from embla.operations.model import Backup, TableEntry
from embla.operations.repository import Repository
from embla.platform import (
    OPERATOR,
    Database,
    House,
    KeyFiles,
    Settings,
    append_event,
    check_databases,
    current_manifest,
    dumped_lines,
    fill_tables,
    load_tables,
    read_settings,
    seal_again,
    sqlite_url,
    verify_chain,
)
from embla.registry import next_accession, withdraw_again

Say = Callable[[str], None]
_PREFIX: Final = "EMBG"
# No nation accepts as many genomes between two backups; numbers are not scarce.
GIVEN_SINCE: Final = 10_000


@dataclass(frozen=True)
class Restored:
    """What a restore brought back, and in how long. `withdrawn_again`: genomes that had left meanwhile."""

    backup: str
    made_at: datetime
    files: int
    bytes: int
    rows: int
    events: int
    genomes: int
    keys: int
    withdrawn_again: int
    seconds: float


def restore(
    repository: Repository,
    backup: Backup,
    settings: Settings,
    *,
    recovery_key: bytes | None = None,
    keys: Path | None = None,
    say: Say = lambda _: None,
) -> Restored:
    """Restore into `settings.home`, which must be empty or absent, and `settings.database_url`, likewise.

    `recovery_key`: the private half that opens the keys of the backup; or `keys`: a folder with the home's own keys.

    Raises Refused for a home that holds something, Broken where the backup has rotted or does not compare; a restore
    that failed leaves a folder that no Embla takes for a home until it is emptied.
    """
    begun = perf_counter()
    home = settings.home
    if home.exists() and any(home.iterdir()):
        raise Refused(f"{home} is not empty.", mend="Restore into a new folder: --home FOLDER.")
    if recovery_key is None and keys is None:
        raise Refused(
            "Without its keys nothing of a restored home can be read.",
            mend="Give --recovery-key FILE"
            + (", or --keys FOLDER." if backup.keys else "; this backup holds no keys."),
        )
    if recovery_key is not None and not backup.keys:
        raise Refused("This backup holds no keys.", mend="Give --keys FOLDER with the home's own.")
    erased = repository.all_erased()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = home / "restore.unfinished"
    unfinished.touch()
    say(f"Copying {len(backup.files)} files ...")
    for file in backup.files:
        if settings.files_at and file.name.startswith(FILES):
            continue
        _write(home / file.name, repository, file.sha256, file.size)
    found_keys = 0
    if recovery_key is not None:
        found_keys = open_keys(b"".join(repository.read(backup.keys)), recovery_key, home)
    elif keys is not None and keys.is_dir():
        shutil.copytree(keys, home / KEYS)
        found_keys = sum(path.is_file() for path in keys.rglob("*"))
    # As the settings say they shall lie here, however they lay where they come from.
    seal_again(home, KeyFiles(settings.keys_command))
    say(f"Filling {len(backup.tables)} tables ...")
    check_databases(settings)
    database = Database(settings.database_url or sqlite_url(home / "embla.db"), settings.database_password_file)
    by_name = {table.table: table.sha256 for table in backup.tables}
    load_tables(database, backup.database_format, by_name, lambda name: repository.read(by_name[name]))
    _rows_equal(database, backup.tables)
    database.close()
    _restore_zone(repository, backup, settings)
    say("Comparing ...")
    house = open_home(settings, create=False, restoring=True)
    if backup.zone:
        zone_opens(house)
    if settings.files_at:
        _bring_bodies(house, repository, backup)
    events = _compare(house, backup)
    again = withdraw_again(house, OPERATOR, erased) if erased else 0
    with house.database.transaction() as connection:
        append_event(
            connection,
            at=house.clock(),
            actor=OPERATOR.id,
            kind="home-restored",
            subject="home",
            body={"backup": backup.id, "last_number": _last_number(connection, repository, erased), "withdrawn": again},
        )
    # Only now: who left must not be back for a moment, whatever dies when.
    unfinished.unlink()
    _tell_other_places(settings, say)
    return Restored(
        backup.id,
        backup.made_at,
        len(backup.files),
        backup.size,
        sum(table.rows for table in backup.tables),
        events,
        backup.genomes - again,
        found_keys,
        again,
        perf_counter() - begun,
    )


def drill(
    house: House,
    repository: Repository,
    backup: Backup,
    *,
    recovery_key: bytes | None = None,
    scratch: Path | None = None,
    say: Say = lambda _: None,
) -> Restored:
    """Restore a backup into an empty folder, compare every stored file with its hash, throw it away, and note it in the
    log of the living home. Broken when anything differs; that is noted too.

    Without the recovery key the drill reads with the living home's keys: it proves the data, not the sealed keys.
    """
    keys = house.home / KEYS
    with TemporaryDirectory(dir=scratch, prefix="embla-drill-") as folder:
        # Nothing of the living home is within reach: what lies outside of it, the drill must not change.
        home = Path(folder) / "home"
        settings = replace(house.settings, home=home, database_url="", identity_url="", files_at="")
        body: dict[str, object] = {"backup": backup.id, "passed": False, "told": "stopped half way"}
        try:
            outcome = restore(
                repository, backup, settings, recovery_key=recovery_key, keys=None if recovery_key else keys, say=say
            )
            say("Reading every file of the store ...")
            _verify_store(settings)
            body |= {"passed": True, "told": "restored and equal", "seconds": round(outcome.seconds)}
        except Broken as error:
            body["told"] = error.message
            raise
        finally:
            shutil.rmtree(settings.home, ignore_errors=True)
            with house.database.transaction() as connection:
                append_event(
                    connection,
                    at=house.clock(),
                    actor=OPERATOR.id,
                    kind="restore-drilled",
                    subject="home",
                    body=body,
                )
    return outcome


def _write(path: Path, repository: Repository, digest: str, size: int) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("xb") as file:
        written = sum(file.write(chunk) for chunk in repository.read(digest))
    if written != size:
        raise Broken(f"{path.name} came back with {written} bytes instead of {size}.", mend="Take another backup.")


def _restore_zone(repository: Repository, backup: Backup, settings: Settings) -> None:
    """The zone into `identity_url`, which must be empty, else into the home."""
    if not backup.zone:
        if settings.identity_url and any(file.name == ZONE_FILE for file in backup.files):
            raise Refused(
                "This backup, of an older Embla, has the identity zone as a file.",
                mend="Restore without identity_url, make a backup of that home, and restore that one.",
            )
        return
    file = settings.home / ZONE_FILE
    file.parent.mkdir(mode=0o700, exist_ok=True)
    database = Database(settings.identity_url or sqlite_url(file), settings.identity_password_file)
    by_name = {table.table: table.sha256 for table in backup.zone}
    try:
        prepare_zone(database, backup.zone_format)
        fill_tables(
            database, str(backup.zone_format), by_name, lambda name: repository.read(by_name[name])
        )  # fmt: skip
        _rows_equal(database, backup.zone)
    finally:
        database.close()


def _bring_bodies(house: House, repository: Repository, backup: Backup) -> None:
    """Kept files into the place outside the home that the settings name; what lies there already stays."""
    for file in backup.files:
        if file.name.startswith(FILES):
            name = file.name.removeprefix(FILES)
            if not house.files.exists(name):
                house.files.put(name, repository.read(file.sha256))


def _last_number(connection: Connection, repository: Repository, erased: Collection[str]) -> int:
    """The last number of a genome that may have been given before: what is here, what newer backups knew and who left,
    and as many more as nobody accepts between two backups. An accession given to another would be withdrawn in place of
    whoever left, and a laboratory that kept it would meet another's genome under it."""
    numbers = [next_accession(connection) - 1]
    numbers += [
        int(name[len(_PREFIX) :]) for name in erased if name.startswith(_PREFIX) and name[len(_PREFIX) :].isdigit()
    ]
    for backup in reversed(repository.readable()[0]):
        found = _last_in(repository, backup)
        if found is not None:
            return max(*numbers, found) + GIVEN_SINCE
    return max(numbers) + GIVEN_SINCE


def _last_in(repository: Repository, backup: Backup) -> int | None:
    """The highest number of a genome in a backup, 0 for none; None where its table has rotted."""
    highest = 0
    try:
        for table in backup.tables:
            if table.table == "genomes":
                lines = dumped_lines(repository.read(table.sha256))
                at = json.loads(next(lines)).index("number")
                highest = max((int(json.loads(line)[at]) for line in lines), default=0)
    except (Broken, ValueError, StopIteration):
        return None
    return highest


def _tell_other_places(settings: Settings, say: Say) -> None:
    """The home's own settings came back with it: where they name other places than those just filled, say so."""
    there = read_settings({}, home=settings.home)
    for name in ("database_url", "identity_url", "files_at"):
        if getattr(there, name) not in ("", getattr(settings, name)):
            say(f"settings.toml in the restored home gives another {name} than this restore filled: change it first.")


def _rows_equal(database: Database, tables: tuple[TableEntry, ...]) -> None:
    from sqlalchemy import func, select, table

    with database.reading() as connection:
        for entry in tables:
            found = connection.execute(select(func.count()).select_from(table(entry.table))).scalar()
            if found != entry.rows:
                raise Broken(f"The table {entry.table} came back with {found} rows instead of {entry.rows}.")


def _compare(house: House, backup: Backup) -> int:
    """The log's chain to its end, and the store's state with its genomes."""
    with house.database.reading() as connection:
        events = verify_chain(connection)
        manifest = current_manifest(connection)
        genomes = len(house.view(connection))
    if events != backup.log_events:
        raise Broken(f"The event log came back with {events} events instead of {backup.log_events}.")
    found = manifest.short if manifest is not None else ""
    if (found, genomes) != (backup.manifest, backup.genomes):
        raise Broken(
            f"The store came back as {found} with {genomes} genomes instead of {backup.manifest} with {backup.genomes}."
        )
    return events


def _verify_store(settings: Settings) -> None:
    from embla.genotypes import verify

    for problem in verify(open_home(settings, create=False).store):
        raise Broken(problem, mend="Take another backup with --full.")
