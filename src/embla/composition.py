"""Puts a home together: settings -> database -> files -> store -> reference, for `cli.py`, `app.py` and `worker.py`."""

import os
from dataclasses import replace
from fcntl import LOCK_EX, flock
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from embla.answers import forget_person as forget_answers
from embla.care import care_facts
from embla.datasets import dataset_facts
from embla.errors import Broken, NotFound, Refused
from embla.pgx import end_replaced, forget_person
from embla.platform import (
    IN_REPOSITORY,
    REVOKED_FILE,
    Clock,
    Database,
    House,
    KeyFiles,
    Keyring,
    NewId,
    Settings,
    Wrapping,
    check_databases,
    current_manifest,
    move_manifest,
    random_id,
    sqlite_url,
    utc_now,
)
from embla.policy import provide
from embla.registry import forget_with, registry_facts, replaced_with, seed
from embla.structural import drop_person
from embla.vault import WrappedKeys, bodies_waiting, try_delete_bodies

if TYPE_CHECKING:
    from embla.genotypes import CohortStore, ManifestId
    from embla.reference import Genes, Reference, Resources
    from embla.storage import Storage

# Where a home keeps its own reference and genes; a setting of the same name beats them.
REFERENCE_NAMES = ("reference.fa", "reference.fa.gz", "reference/reference.fa", "reference/reference.fa.gz")
TRANSCRIPTS_NAMES = tuple(f"{folder}transcripts.json{end}" for folder in ("", "reference/") for end in ("", ".gz"))
EQUIVALENCES_NAMES = tuple(f"{folder}equivalences.tsv{end}" for folder in ("", "reference/") for end in ("", ".gz"))
CHAIN_NAMES = tuple(f"{folder}grch37_to_grch38.chain{end}" for folder in ("", "reference/") for end in ("", ".gz"))
RS_NAMES = tuple(f"{folder}rs_numbers.{kind}" for folder in ("", "reference/") for kind in ("tsv", "vcf", "vcf.gz"))
GENES_NAMES = ("genes.gff3", "genes.gff3.gz", "reference/genes.gff3", "reference/genes.gff3.gz")


def open_home(
    settings: Settings,
    *,
    create: bool = True,
    restoring: bool = False,
    clock: Clock = utc_now,
    new_id: NewId = random_id,
) -> House:
    """The home of these settings, its database migrated and its registers filled.

    `create` False: NotFound for a home that does not exist, instead of making one. `restoring`: only for whoever brings
    it back, as those who left since may still be in it.
    """
    provide_facts()
    home = settings.home
    if not create and not settings.database_url and not (home / "embla.db").exists():
        raise NotFound(
            f"There is no Embla home at {home}.", mend="`embla home init` makes one; EMBLA_HOME names another."
        )
    if not restoring and (home / "restore.unfinished").exists():
        raise Refused(f"A restore into {home} did not come to its end.", mend="Empty the folder and restore again.")
    if settings.kept_places is not None:
        # Read by whoever reads a file, in other processes too.
        os.environ["EMBLA_STORE_KEPT_PLACES"] = str(settings.kept_places.absolute())
    # Others on the machine have no business in here.
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_databases(settings)
    database = Database(settings.database_url or sqlite_url(home / "embla.db"), settings.database_password_file)
    database.migrate()
    key_files = KeyFiles(settings.keys_command)
    Keyring.of_home(home, key_files).prepare(clock())
    wrapping = Wrapping.of_home(home, key_files)
    wrapping.prepare()
    with database.reading() as connection:
        ready = current_manifest(connection) is not None
    if not ready:
        _furnish(home, settings, database, wrapping)
    house = House(
        settings=settings,
        database=database,
        clock=clock,
        new_id=new_id,
        open_files=partial(_files, home, settings),
        open_store=partial(_store, home, database, wrapping),
        open_reference=partial(_reference, home, settings),
        open_genes=partial(_genes, home, settings),
        open_files_copy=partial(_files_copy, settings),
        key_files=key_files,
        open_names=partial(_names, home, settings),
    )
    database.after_events = house.log.after
    with database.reading() as connection:
        waiting = bodies_waiting(connection)
    if waiting:
        # Who withdrew somebody died before the files were deleted.
        try_delete_bodies(house)
    return house


def provide_facts() -> None:
    """The one place where rooms that know facts for `policy` say so (what no room knows is not true), and what they
    keep of a person that goes when the person leaves."""
    provide("registry", registry_facts)
    provide("care", care_facts)
    provide("datasets", dataset_facts)
    forget_with("pgx", forget_person, _publish_revocations)
    replaced_with("pgx", end_replaced)
    forget_with("answers", forget_answers, _nothing_published)
    forget_with("structural", drop_person, _nothing_published)


def _nothing_published(_house: House) -> None:
    """Answers lie with those who treat, structural calls are in releases only: nothing is to be published anew."""


def _publish_revocations(house: House) -> None:
    """Passports of whoever left hold no longer; a home that never issued one has no list."""
    if (house.home / REVOKED_FILE).exists():
        from embla.pgx import publish_revocations

        publish_revocations(house)


def _furnish(home: Path, settings: Settings, database: Database, wrapping: Wrapping) -> None:
    """A new home: an empty cohort store, registers, and the pointer that says so. Safe from many processes, and after
    a process that died in the middle."""
    from embla.genotypes import CohortStore

    with (home / "furnish.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        with database.transaction() as connection:
            if current_manifest(connection) is not None:
                return
            path = home / "store"
            keys = WrappedKeys(database, wrapping)
            if not (path / "store.json").exists():
                rmtree(path, ignore_errors=True)
                CohortStore.create(path, reference=_reference_path(home, settings), managed=True, keys=keys)
            store = CohortStore.open(path, keys)
            if len(store.view()):
                raise Broken(
                    f"{path} holds genomes that this database knows nothing of.",
                    mend="Give the database that belongs to it, or another EMBLA_HOME.",
                )
            seed(connection)
            move_manifest(connection, None, store.current())


def _store(home: Path, database: Database, wrapping: Wrapping) -> "CohortStore":
    """The home's store. Its own CURRENT, which only its commands read, is set right after a crash between commit and
    publish."""
    from embla.genotypes import CohortStore, Staged

    store = CohortStore.open(home / "store", WrappedKeys(database, wrapping))

    if store.about.keys != "owner":
        store.hand_keys_over()

    def pointer() -> "ManifestId | None":
        with database.reading() as connection:
            return current_manifest(connection)

    if pointer() != store.current():
        with store.writing():
            true = pointer()
            if true is not None and true != store.current():
                store.publish(Staged(true, store.current()))
                # Who died there may have removed a genome and not come to its key.
                store.destroy_orphan_keys(true)
    return store


def _files(home: Path, settings: Settings) -> "Storage":
    from embla.storage import Folder, open_bucket

    if settings.files_at.startswith("s3://"):
        return open_bucket(settings.files_at, settings.files_endpoint)
    return Folder(Path(settings.files_at).expanduser() if settings.files_at else home / "files")


def _files_copy(settings: Settings) -> "Storage | None":
    from embla.storage import Folder, open_bucket

    if settings.files_copy in ("", IN_REPOSITORY):
        return None
    if settings.files_copy.startswith("s3://"):
        return open_bucket(settings.files_copy, settings.files_endpoint)
    return Folder(Path(settings.files_copy).expanduser(), create=False)


def _reference(home: Path, settings: Settings) -> "Reference | None":
    from embla.reference import Reference

    path = _reference_path(home, settings)
    return None if path is None else Reference.open(path)


def _reference_path(home: Path, settings: Settings) -> Path | None:
    return _found(home, settings.reference, REFERENCE_NAMES)


def _names(home: Path, settings: Settings, reference: "Reference | None") -> "Resources":
    from embla.reference import Resources

    loaded = Resources.open(
        None,
        _found(home, settings.transcripts, TRANSCRIPTS_NAMES),
        equivalences=_found(home, settings.equivalences, EQUIVALENCES_NAMES),
        chain=_found(home, settings.chain, CHAIN_NAMES),
        rs_numbers=_found(home, settings.rs_numbers, RS_NAMES),
    )
    # A server runs for months: what it remembers is bounded to some ten megabytes.
    return replace(loaded, reference=reference, memory=5_000)


def _genes(home: Path, settings: Settings) -> "Genes | None":
    from embla.reference import Genes

    path = _found(home, settings.genes, GENES_NAMES)
    return None if path is None else Genes.open(path)


def _found(home: Path, setting: Path | None, names: tuple[str, ...]) -> Path | None:
    if setting is not None:
        return setting
    return next((home / name for name in names if (home / name).exists()), None)
