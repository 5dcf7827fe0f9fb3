"""The repository of backups: objects named by their SHA-256 and shared by all backups, and a list for each backup.

    about.json            format, and the recovery key's public half where there is one
    objects/ab/abcdef...  bytes, named by the SHA-256 of themselves
    backups/<id>.json     one backup: what lies where, see model.Backup
    erased.json           accessions that were withdrawn; a restore withdraws them again
    leaving.json          objects to be deleted once no backup needs them: tables that held keys of people who left

A backup's list is written last, so a run that died leaves objects that nobody names and the next prune removes.
"""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final

from embla.errors import Broken, NotFound, Refused, Unavailable
from embla.operations.model import FORMAT, Backup
from embla.storage import Folder

CHUNK: Final = 1 << 20
_ABOUT: Final = "about.json"
_ERASED: Final = "erased.json"
_LEAVING: Final = "leaving.json"
_COPY: Final = "Copy it anew from another copy of the repository: without it they would come back."


class Repository:
    """A repository in a folder. `create` makes it where nothing is; Refused where something else is."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder

    @classmethod
    def open(cls, folder: Folder, *, create: bool = False, recovery_key: str = "") -> "Repository":
        """The repository in `folder`. NotFound where there is none and `create` is False."""
        if not folder.exists(_ABOUT):
            if not create:
                raise NotFound(
                    f"There is no backup repository at {folder.path}.",
                    mend="`embla backup make REPOSITORY` makes one.",
                )
            if folder.list():
                raise Refused(f"{folder.path} holds something that is no backup.", mend="Give an empty folder.")
            about = {"format": FORMAT, "recovery_key": recovery_key}
            folder.put(_ABOUT, json.dumps(about, sort_keys=True).encode() + b"\n")
        return cls(folder)

    @property
    def recovery_key(self) -> str:
        """The public key, as Crypt4GH writes one, that bundles of keys are sealed to; "" for none."""
        return str(json.loads(self.folder.get(_ABOUT)).get("recovery_key", ""))

    def set_recovery_key(self, public: str) -> None:
        """Seal keys to this public key from the next backup on."""
        before = self.folder.get(_ABOUT)
        about = json.loads(before) | {"recovery_key": public}
        self.folder.swap(_ABOUT, before, json.dumps(about, sort_keys=True).encode() + b"\n")

    # Objects

    def has(self, digest: str) -> bool:
        """Is an object there?"""
        return self.folder.exists(_object(digest))

    def put(self, digest: str, chunks: Iterable[bytes]) -> bool:
        """Keep an object whose SHA-256 is known. True when it was new. Broken when the bytes are others."""
        if self.has(digest):
            return False
        running = sha256()

        def watched() -> Iterator[bytes]:
            for chunk in chunks:
                running.update(chunk)
                yield chunk
            # Raised before the object has its name: what is wrong is never stored.
            if running.hexdigest() != digest:
                raise Broken("A file changed while it was copied, or the disk gives other bytes.", sha256=digest)

        return self.folder.put(_object(digest), watched())

    def read(self, digest: str) -> Iterator[bytes]:
        """An object's bytes in pieces, checked: Broken after the last piece when the hash is another."""
        try:
            view = self.folder.open(_object(digest))
        except NotFound:
            raise Broken(
                f"The object {digest[:12]} is missing from the repository.", mend="Take another backup.", sha256=digest
            ) from None
        running = sha256()
        for start in range(0, len(view), CHUNK):
            chunk = bytes(view[start : start + CHUNK])
            running.update(chunk)
            yield chunk
        if running.hexdigest() != digest:
            raise Broken(f"The object {digest[:12]} has rotted.", mend="Take another backup.", sha256=digest)

    # Backups

    def backups(self) -> list[Backup]:
        """Every backup, oldest first. Broken where a list of one has rotted: whoever deletes must know all of them."""
        return in_order(self._load(name) for name in self.folder.list("backups/"))

    def readable(self) -> tuple[list[Backup], list[str]]:
        """Every backup whose list can be read, oldest first, and the ids of the others: one that rotted must not keep
        anybody from the rest."""
        found, rotten = list[Backup](), list[str]()
        for name in self.folder.list("backups/"):
            try:
                found.append(self._load(name))
            except Broken:
                rotten.append(name.removeprefix("backups/").removesuffix(".json"))
        return in_order(found), rotten

    def backup(self, ident: str | None = None) -> Backup:
        """One backup; the newest when no id is given."""
        found, rotten = self.readable()
        if ident in rotten:
            self._load(f"backups/{ident}.json")
        if not found and rotten:
            self.backups()
        if not found:
            raise NotFound("The repository holds no backup.", mend="`embla backup make REPOSITORY` makes one.")
        if ident is None:
            return found[-1]
        for backup in found:
            if backup.id == ident:
                return backup
        raise NotFound(f"There is no backup {ident}.", mend="`embla backup list REPOSITORY` names them.")

    def add(self, backup: Backup) -> None:
        """Name a backup: everything it needs is there already."""
        self.folder.put(f"backups/{backup.id}.json", backup.encode())

    def replace(self, backup: Backup) -> None:
        """Write a backup's list anew: what it names is there already."""
        name = f"backups/{backup.id}.json"
        if not self.folder.swap(name, self.folder.get(name), backup.encode()):
            raise Unavailable("Another program writes to this repository.", mend="Try again when it has ended.")

    def note_leaving(self, digest: str) -> None:
        """Remember that an object is to be deleted as soon as no backup needs it."""
        self._keep_leaving(self._leaving() | {digest})

    def drop_leaving(self) -> None:
        """Delete what was noted so and no backup needs."""
        leaving = self._leaving()
        if not leaving:
            return
        gone = leaving - {digest for backup in self.backups() for digest in backup.objects}
        for digest in gone:
            self.folder.delete(_object(digest))
        self._keep_leaving(leaving - gone)

    def _leaving(self) -> frozenset[str]:
        return frozenset(json.loads(self.folder.get(_LEAVING))) if self.folder.exists(_LEAVING) else frozenset()

    def _keep_leaving(self, digests: frozenset[str]) -> None:
        before = self.folder.get(_LEAVING) if self.folder.exists(_LEAVING) else None
        if not self.folder.swap(_LEAVING, before, json.dumps(sorted(digests)).encode() + b"\n"):
            raise Unavailable("Another program writes to this repository.", mend="Try again when it has ended.")

    def remove(self, idents: Iterable[str]) -> tuple[int, int]:
        """Delete backups, then the objects that no backup needs. Returns (backups, objects) deleted."""
        self.backups()  # before anything goes: what a list that has rotted needs is not known
        gone = sum(self.folder.delete(f"backups/{ident}.json") for ident in idents)
        needed = {digest for backup in self.backups() for digest in backup.objects}
        objects = [name for name in self.folder.list("objects/") if name.rpartition("/")[2] not in needed]
        for name in objects:
            self.folder.delete(name)
        self.folder.sweep()
        return gone, len(objects)

    def verify(self, backup: Backup) -> int:
        """Read every object of a backup; returns bytes read. Broken at the first that is missing or has rotted."""
        return sum(len(chunk) for digest in sorted(backup.objects) for chunk in self.read(digest))

    # The erased

    def erased(self) -> frozenset[str]:
        """Accessions that were withdrawn from the home when the last backup was made, or before."""
        try:
            return frozenset(str(name) for name in json.loads(self.folder.get(_ERASED)))
        except NotFound:
            return frozenset()
        except (ValueError, TypeError) as error:
            raise Broken(f"{_ERASED} is not a list of those who left.", mend=_COPY) from error

    def all_erased(self) -> frozenset[str]:
        """The same, for whoever brings a home back: Broken where a backup knew of more."""
        known = self.erased()
        if len(known) < max((one.erased for one in self.readable()[0]), default=0):
            raise Broken(f"{_ERASED} names fewer people who left than a backup knew of.", mend=_COPY)
        return known

    def add_erased(self, accessions: Iterable[str]) -> None:
        """Remember withdrawn accessions; none is ever forgotten."""
        before = self.folder.get(_ERASED) if self.folder.exists(_ERASED) else None
        known = self.erased()
        all_ = sorted(known | set(accessions))
        if len(all_) > len(known):
            if not self.folder.swap(_ERASED, before, json.dumps(all_).encode() + b"\n"):
                raise Unavailable("Another program writes to this repository.", mend="Try again when it has ended.")

    def _load(self, name: str) -> Backup:
        return Backup.decode(self.folder.get(name), name)


def in_order(backups: Iterable[Backup]) -> list[Backup]:
    """Oldest first."""
    return sorted(backups, key=lambda backup: (backup.made_at, backup.id))


def _object(digest: str) -> str:
    return f"objects/{digest[:2]}/{digest}"
