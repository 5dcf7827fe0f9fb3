"""What the vault says about a file, and about itself."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class StoredFile:
    """One file: SHA-256 and bytes of what was sent, name and bytes of the encrypted body that keeps it.

    header: the Crypt4GH header under the vault's key of `key_version`. body: the body's name in storage.
    """

    sha256: str
    size: int
    body: str
    body_size: int
    header: bytes = field(repr=False)
    key_version: int
    stored_at: datetime
    checked_at: datetime | None = None


@dataclass(frozen=True)
class Found:
    """Something wrong with a file, by its hash, in a sentence."""

    sha256: str
    problem: str


@dataclass(frozen=True)
class Fixity:
    """What reading again came to: files and bytes read, and everything that was wrong."""

    files: int
    size: int
    found: tuple[Found, ...]


@dataclass(frozen=True)
class Probe:
    """Does the vault open? `tried` files, one or more per key version in use; `found` what did not."""

    tried: int
    found: tuple[Found, ...]

    @property
    def sound(self) -> bool:
        """Nothing was wrong."""
        return not self.found
