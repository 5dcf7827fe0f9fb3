"""Puts a home together: settings -> database -> files -> store -> reference. Used by `cli.py`, `app.py`, `worker.py`."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from embla.errors import NotFound
from embla.platform import Clock, Database, House, NewId, Settings, random_id, sqlite_url, utc_now
from embla.registry import seed

if TYPE_CHECKING:
    from embla.genotypes import CohortStore
    from embla.reference import Genes, Reference
    from embla.storage import Folder

# Where a home keeps its own reference and genes; a setting of the same name beats them.
REFERENCE_NAMES = ("reference.fa", "reference.fa.gz", "reference/reference.fa", "reference/reference.fa.gz")
GENES_NAMES = ("genes.gff3", "genes.gff3.gz", "reference/genes.gff3", "reference/genes.gff3.gz")


def open_home(settings: Settings, *, create: bool = True, clock: Clock = utc_now, new_id: NewId = random_id) -> House:
    """The home of these settings, its database migrated and its registers filled.

    `create` False: NotFound for a home that does not exist, instead of making one.
    """
    home = settings.home
    if not create and not settings.database_url and not (home / "embla.db").exists():
        raise NotFound(
            f"There is no Embla home at {home}.", mend="`embla home init` makes one; EMBLA_HOME names another."
        )
    # Others on the machine have no business in here.
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database_url or sqlite_url(home / "embla.db"))
    if database.migrate():
        with database.transaction() as connection:
            seed(connection)
    return House(
        settings=settings,
        database=database,
        clock=clock,
        new_id=new_id,
        open_files=partial(_files, home),
        open_store=partial(_store, home, settings),
        open_reference=partial(_reference, home, settings),
        open_genes=partial(_genes, home, settings),
    )


def _files(home: Path) -> "Folder":
    from embla.storage import Folder

    return Folder(home / "files")


def _store(home: Path, settings: Settings) -> "CohortStore":
    from embla.genotypes import CohortStore

    path = home / "store"
    if path.exists():
        return CohortStore.open(path)
    return CohortStore.create(path, reference=_found(home, settings.reference, REFERENCE_NAMES), managed=True)


def _reference(home: Path, settings: Settings) -> "Reference | None":
    from embla.reference import Reference

    path = _found(home, settings.reference, REFERENCE_NAMES)
    return None if path is None else Reference.open(path)


def _genes(home: Path, settings: Settings) -> "Genes | None":
    from embla.reference import Genes

    path = _found(home, settings.genes, GENES_NAMES)
    return None if path is None else Genes.open(path)


def _found(home: Path, setting: Path | None, names: tuple[str, ...]) -> Path | None:
    if setting is not None:
        return setting
    return next((home / name for name in names if (home / name).exists()), None)
