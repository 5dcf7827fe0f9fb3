"""The zone, open: its database and its key, always of one version.

The database says which version of the key is in use. Every transaction reads that first, and takes a new version from
the key file when another process has rotated the key meanwhile; so rotation needs no standstill.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hmac import compare_digest
from threading import Lock
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, insert, select, update

from embla.errors import Broken, UsageError
from embla.identity import steps, tables
from embla.identity.keys import KeyFile, KeyVersion
from embla.platform import Clock, Database, NewId, sqlite_url

if TYPE_CHECKING:
    from embla.platform import House, Settings

ZONE_FILE: Final = "identity/identity.db"
_OPEN: "Final[WeakKeyDictionary[House, Zone]]" = WeakKeyDictionary()
_LOCK: Final = Lock()


@dataclass(frozen=True)
class Inside:
    """One transaction of the zone, with the key in use and every version that can still be opened."""

    connection: Connection
    key: KeyVersion
    versions: Mapping[int, KeyVersion]

    def open(self, version: int, data: str, bound: str) -> str:
        """What a row holds. Broken where its version of the key was destroyed."""
        key = self.versions.get(version)
        if key is None:
            raise Broken(
                f"Version {version} of the identity key is gone, and an entry needs it.",
                mend="Restore the key file from its backup.",
            )
        return key.open(data, bound)


class Zone:
    """The identity zone of one home."""

    def __init__(self, database: Database, keys: KeyFile, clock: Clock, new_id: NewId) -> None:
        self.database = database
        self.keys = keys
        self.clock = clock
        self.new_id = new_id
        self._versions: Mapping[int, KeyVersion] = {}
        steps.migrate(database)
        self._furnish()

    @contextmanager
    def writing(self) -> Iterator[Inside]:
        """All or nothing; writers of the zone wait for each other."""
        with self.database.transaction() as connection:
            # Taking the row orders writers on PostgreSQL too, so what is looked for before it is written stays true.
            connection.execute(update(tables.state).values(id=tables.state.c.id))
            yield self._inside(connection)

    @contextmanager
    def reading(self) -> Iterator[Inside]:
        """Read only, one state of the zone."""
        with self.database.reading() as connection:
            yield self._inside(connection)

    def _inside(self, connection: Connection) -> Inside:
        version, proof = connection.execute(select(tables.state.c.key_version, tables.state.c.proof)).one()
        if version not in self._versions:
            self._versions = self.keys.read()
        key = self._versions.get(version)
        if key is None:
            raise Broken(
                f"Version {version} of the identity key is missing: without it no number and no name can be read.",
                mend=f"Restore {self.keys.path} from its backup.",
            )
        if not compare_digest(key.look_up("proof", ""), proof):
            raise Broken(
                "The identity key is not the one that this zone was written with.",
                mend=f"Restore {self.keys.path} from the backup that belongs to this database.",
            )
        return Inside(connection, key, self._versions)

    def _furnish(self) -> None:
        """A new zone gets a key. An old one whose key is gone never does: that would hide the loss."""
        with self.database.reading() as connection:
            ready = connection.execute(select(tables.state.c.id)).first() is not None
        if ready:
            return
        with self.database.transaction() as connection:
            if not self.database.is_sqlite:
                connection.exec_driver_sql("LOCK TABLE zone_state IN EXCLUSIVE MODE")
            if connection.execute(select(tables.state.c.id)).first() is not None:
                return
            found = self.keys.read()
            key = found[max(found)] if found else self.keys.add()
            connection.execute(
                insert(tables.state).values(id=1, key_version=key.number, proof=key.look_up("proof", ""))
            )


def zone_of(house: "House") -> Zone:
    """The zone of a home, opened (and made) when it is first asked for."""
    with _LOCK:
        zone = _OPEN.get(house)
        if zone is None:
            zone = _OPEN[house] = _opened(house)
        return zone


def zone_database(settings: "Settings") -> Database | None:
    """The zone's database as it is, not opened as a zone; None where there is none yet."""
    file = settings.home / ZONE_FILE
    if not settings.identity_url and not file.exists():
        return None
    return Database(settings.identity_url or sqlite_url(file), settings.identity_password_file)


def zone_opens(house: "House") -> None:
    """Raises Broken when the zone's key is missing or another one."""
    with zone_of(house).reading():
        pass


def _opened(house: "House") -> Zone:
    settings, folder = house.settings, house.home / "identity"
    if settings.identity_url and settings.identity_url == settings.database_url:
        raise UsageError(
            "The identity zone needs a database of its own.", mend="Give another identity_url, or none for a file."
        )
    if not settings.identity_url:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.identity_url or sqlite_url(house.home / ZONE_FILE), settings.identity_password_file)
    return Zone(database, KeyFile(house.home / "keys" / "identity.key", house.key_files), house.clock, house.new_id)
