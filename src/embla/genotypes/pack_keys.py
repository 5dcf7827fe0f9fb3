"""The keys of genome packs: one each, so that destroying a key makes one genome unreadable everywhere at once.

A pack's copies (in backups, on other machines, in a file system's old blocks) stay what they are, and none of them
opens any more. Who holds the keys is the store's owner's business: a bare store has them in `keys/` beside the packs, a
managed one is given a holder by its owner.
"""

from collections.abc import Collection, Mapping
from typing import Protocol

from embla.errors import Broken, Refused
from embla.storage import Storage


class PackKeys(Protocol):
    """Where keys are held, by the digest of their pack."""

    def find(self, digest: str) -> bytes | None:
        """The key; None when it was destroyed or never was."""

    def find_all(self, digests: Collection[str]) -> dict[str, bytes]:
        """Digest -> key of those that are there, in one question."""

    def keep(self, keys: Mapping[str, bytes]) -> None:
        """Hold these for good; when it returns they survive a crash. A key that is held already stays as it is."""

    def destroy(self, digests: Collection[str]) -> None:
        """Forget these for good. One that is not there is no error."""

    def digests(self) -> list[str]:
        """Of which packs there are keys."""


class KeyFolder:
    """Keys as files `keys/DIGEST` of a bare store, readable by their owner only."""

    def __init__(self, folder: Storage) -> None:
        self._folder = folder

    def find(self, digest: str) -> bytes | None:
        """See PackKeys."""
        name = _file(digest)
        if not self._folder.exists(name):
            return None
        key = self._folder.get(name)
        if len(key) != 32:
            raise Broken(f"{name} is no key.", mend="Restore it from a backup.", file=name)
        return key

    def find_all(self, digests: Collection[str]) -> dict[str, bytes]:
        """See PackKeys."""
        return {digest: key for digest in digests if (key := self.find(digest)) is not None}

    def keep(self, keys: Mapping[str, bytes]) -> None:
        """See PackKeys."""
        for digest, key in keys.items():
            self._folder.put(_file(digest), key, private=True)

    def destroy(self, digests: Collection[str]) -> None:
        """See PackKeys. What a disk keeps in freed blocks is out of a program's reach."""
        for digest in digests:
            self._folder.delete(_file(digest))

    def digests(self) -> list[str]:
        """See PackKeys."""
        return [name.removeprefix("keys/") for name in self._folder.list("keys/")]


class LockedKeys:
    """Stands in where a managed store was opened without its owner: no pack opens."""

    def find(self, digest: str) -> bytes | None:
        """Refused."""
        raise _locked()

    def find_all(self, digests: Collection[str]) -> dict[str, bytes]:
        """Refused."""
        raise _locked()

    def keep(self, keys: Mapping[str, bytes]) -> None:
        """Refused."""
        raise _locked()

    def destroy(self, digests: Collection[str]) -> None:
        """Refused."""
        raise _locked()

    def digests(self) -> list[str]:
        """Refused."""
        raise _locked()


def _file(digest: str) -> str:
    return f"keys/{digest}"


def _locked() -> Refused:
    return Refused(
        "this store is managed: the keys of its packs are with its owner.",
        mend="Use its owner's commands (`embla vault check-store`, `embla registry`).",
        rule="managed",
    )
