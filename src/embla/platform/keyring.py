"""The one keyring that signs everything: checkpoints of the log, certificates, releases.

`home/keys/signing/` holds a file per private key (`ID.key`, mode 0600) and `public.json`, all public keys with their
dates, which is what others check with (`embla keys export`). One key signs at a time; rotating makes a new one, and
what the old ones signed stays good. A key that fell into wrong hands: rotate, and take it out of the files of public
keys that checkers hold.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from embla.errors import Broken, NotFound, Unavailable
from embla.platform.envelope import (
    Envelope,
    PublicKey,
    PublicKeys,
    check_kind,
    key_id,
    parse_public_keys,
    payload_of,
    signed_bytes,
)
from embla.platform.key_files import PLAIN_KEY_FILES, KeyFiles
from embla.platform.secret_files import replace_file

FOLDER: Final = Path("keys", "signing")
_PUBLIC = "public.json"


class Keyring:
    """The signing keys of one home. Reads its folder anew when it changed, so a rotation needs no restart."""

    def __init__(self, folder: Path, files: KeyFiles = PLAIN_KEY_FILES) -> None:
        self.folder = folder
        self.files = files
        self._seen: tuple[int, int] | None = None
        self._keys = PublicKeys(())

    @classmethod
    def of_home(cls, home: Path, files: KeyFiles = PLAIN_KEY_FILES) -> "Keyring":
        """The keyring in this home."""
        return cls(home / FOLDER, files)

    @property
    def public(self) -> PublicKeys:
        """Every key there is, oldest first."""
        place = self.folder / _PUBLIC
        try:
            told = place.stat()
            if self._seen != (told.st_mtime_ns, told.st_ino):
                self._keys = parse_public_keys(place.read_bytes(), path=str(place))
                self._seen = (told.st_mtime_ns, told.st_ino)
        except FileNotFoundError:
            raise NotFound(
                f"There are no signing keys in {self.folder}.", mend="Restore the folder `keys`, or: embla home init."
            ) from None
        except OSError as error:
            raise Unavailable(f"The keys in {self.folder} cannot be read: {error.strerror}.") from error
        return self._keys

    @property
    def signing(self) -> PublicKey:
        """The key that signs now."""
        for key in reversed(self.public.keys):
            if key.retired is None:
                return key
        raise NotFound(f"No key in {self.folder} signs any more.", mend="embla keys rotate")

    def sign(self, kind: str, says: Mapping[str, Any], *, at: datetime) -> Envelope:
        """Sign what `says` says as a thing of this kind; the kind is part of what is signed."""
        key = self.signing
        payload = payload_of(says, at)
        signature = self._private(key).sign(signed_bytes(check_kind(kind), payload))
        return Envelope(kind, says, at, key.id, payload, signature)

    def check(self, envelope: Envelope) -> PublicKey:
        """The key of this keyring that signed it, or Broken."""
        return self.public.check(envelope)

    def prepare(self, at: datetime) -> bool:
        """Make the first key of a new home. True when one was made; safe from many processes."""
        if (self.folder / _PUBLIC).exists():
            return False
        with self._lock():
            if (self.folder / _PUBLIC).exists():
                return False
            self._publish((self._new_key(1, at),))
            return True

    def rotate(self, at: datetime) -> PublicKey:
        """Retire the key that signs and make a new one. What was signed before stays good."""
        with self._lock():
            before = self.public.keys
            # The same instant: nothing that the old key honestly signed is later than its retirement.
            ended = tuple(key if key.retired is not None else replace(key, retired=at) for key in before)
            new = self._new_key(max((key.version for key in before), default=0) + 1, at)
            self._publish((*ended, new))
            return new

    def probe(self) -> None:
        """Broken, NotFound or Unavailable unless the key that signs is there and belongs to its public half."""
        self._private(self.signing)

    def _private(self, key: PublicKey) -> Ed25519PrivateKey:
        if key.id not in self._opened:
            data = self.files.read(self.folder / f"{key.id}.key")
            if len(data) != 32:
                raise Broken(f"The signing key {key.id} is not whole.", mend="Restore the folder `keys`.")
            private = Ed25519PrivateKey.from_private_bytes(data)
            if private.public_key().public_bytes_raw() != key.public:
                raise Broken(f"The signing key {key.id} is not the one it was.", mend="Restore the folder `keys`.")
            self._opened[key.id] = private
        return self._opened[key.id]

    @cached_property
    def _opened(self) -> dict[str, Ed25519PrivateKey]:
        return {}

    def _new_key(self, version: int, at: datetime) -> PublicKey:
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        # The private half first: a crash after this leaves a file that nothing names, never a name without its file.
        self.files.write(self.folder / f"{key_id(public)}.key", private.private_bytes_raw())
        return PublicKey(key_id(public), version, public, at)

    def _publish(self, keys: tuple[PublicKey, ...]) -> None:
        replace_file(self.folder / _PUBLIC, PublicKeys(keys).text().encode())

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(f"The keys in {self.folder} cannot be changed: {error.strerror}.") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
