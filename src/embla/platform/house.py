"""A home that is open: what every service is given. `composition.open_home` makes one; tests make their own.

Opening is cheap: the cohort store, the reference and the genes are loaded when first asked for, so a command that only
lists regions pays for none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from embla.platform.clock import Clock, NewId
from embla.platform.database import Database
from embla.platform.key_files import PLAIN_KEY_FILES, KeyFiles
from embla.platform.keyring import Keyring
from embla.platform.ledger.keeper import LogHealth, LogKeeper
from embla.platform.ledger.sending import Collector, Lines, Sender
from embla.platform.pointer import current_manifest
from embla.platform.settings import Settings
from embla.platform.wrapping import Wrapping

if TYPE_CHECKING:
    from embla.genotypes import CohortStore, View
    from embla.reference import Effects, Genes, Reference, Resources
    from embla.storage import Storage


@dataclass(frozen=True)
class House:
    """Settings, database, files, cohort store, reference, clock and ids of one home."""

    settings: Settings
    database: Database
    clock: Clock
    new_id: NewId
    open_files: "Callable[[], Storage]"
    open_store: "Callable[[], CohortStore]"
    open_reference: "Callable[[], Reference | None]"
    open_genes: "Callable[[], Genes | None]"
    open_files_copy: "Callable[[], Storage | None]" = lambda: None
    key_files: KeyFiles = PLAIN_KEY_FILES
    open_names: "Callable[[Reference | None], Resources] | None" = None

    @property
    def home(self) -> Path:
        """The one folder that holds everything."""
        return self.settings.home

    @cached_property
    def keyring(self) -> Keyring:
        """The keys that sign: `house.keyring.sign("certificate", {...}, at=house.clock())`."""
        return Keyring.of_home(self.home, self.key_files)

    @cached_property
    def wrapping(self) -> Wrapping:
        """The key-encryption key, under which keys in the database are wrapped."""
        return Wrapping.of_home(self.home, self.key_files)

    @cached_property
    def log(self) -> LogKeeper:
        """The keeper of the event log: signs it, copies what was signed, knows how it is."""
        elsewhere = [Path(folder).expanduser() for folder in self.settings.checkpoint_copies.split(":") if folder]
        return LogKeeper(self.database, self.keyring, self.home / "log", elsewhere)

    @cached_property
    def log_sender(self) -> Sender | None:
        """Sends the log to another machine; None where no setting names one."""
        if not self.settings.log_collector:
            return None
        to = Collector.of(self.settings.log_collector, self.settings.log_collector_ca)
        return Sender(self.database, to, self.home / "log" / "sent", Lines())

    @cached_property
    def files(self) -> "Storage":
        """Where the vault's bodies lie: a folder of the home, or a bucket."""
        return self.open_files()

    @cached_property
    def files_copy(self) -> "Storage | None":
        """Where else they lie, by other means than backups; None where nobody said."""
        return self.open_files_copy()

    @cached_property
    def store(self) -> "CohortStore":
        """The home's cohort store. Its current manifest is the database's, see `view`."""
        return self.open_store()

    @cached_property
    def reference(self) -> "Reference | None":
        """The assembly's FASTA, None where the home has none (alleles are then not checked)."""
        return self.open_reference()

    @cached_property
    def genes(self) -> "Genes | None":
        """Genes of the assembly, None where the home has none."""
        return self.open_genes()

    @cached_property
    def names(self) -> "Resources":
        """What names of variants are resolved against: the reference, and transcripts and tables where there are."""
        from embla.reference import Resources

        return Resources(self.reference) if self.open_names is None else self.open_names(self.reference)

    @cached_property
    def effects(self) -> "Effects":
        """What alleles do to the loaded transcripts; where none are loaded, it says so."""
        from embla.reference import Effects

        return Effects(self.reference, self.genes)

    def at_hand(self, part: str) -> object | None:
        """`reference`, `genes`, `names` or `effects` where it was asked for before, else None. Opens nothing."""
        return vars(self).get(part)

    def view(self, connection: Connection) -> "View":
        """The cohort store as this transaction sees it: the same genomes that the registry's rows name."""
        return self.store.view(current_manifest(connection))


def log_health(house: House) -> LogHealth:
    """The "log intact" light: the log followed to its last entry, against what was signed and copied. Cheap enough for
    a page."""
    return house.log.health(house.clock())
