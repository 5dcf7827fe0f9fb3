"""The zone's key: a file of its own (0600), versions, and what is derived from each version.

One version is 32 random bytes. From it come, by HKDF-SHA-256 with different labels, the key that seals (AES-256-GCM,
bound to what is sealed, so that no value can be moved to another row) and the key of the look-ups (HMAC-SHA-256). A
plain hash would be searched through in minutes: there are fewer numbers than 10 digits allow.
"""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Final

from embla.errors import Broken, UsageError
from embla.platform import KeyFiles

_BYTES: Final = 32
_NONCE: Final = 12


@dataclass(frozen=True)
class Sealed:
    """An encrypted text and the version of the key that opens it."""

    version: int
    data: str


@dataclass(frozen=True)
class KeyVersion:
    """One version of the key."""

    number: int
    secret: bytes = field(repr=False)

    def seal(self, text: str, bound: str) -> Sealed:
        """Encrypt; only what is opened with the same `bound` comes out again."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self._sealing).encrypt(nonce, text.encode(), self._bound(bound))
        return Sealed(self.number, b64encode(nonce + sealed).decode())

    def open(self, data: str, bound: str) -> str:
        """Decrypt. Broken for what was changed, moved to another row, or sealed by another key."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        raw = b64decode(data)
        try:
            return AESGCM(self._sealing).decrypt(raw[:_NONCE], raw[_NONCE:], self._bound(bound)).decode()
        except (InvalidTag, ValueError):
            raise Broken(
                "An entry of the identity zone does not open with its key.",
                mend="Restore the zone's database and its key from the same backup.",
            ) from None

    def look_up(self, use: str, text: str) -> str:
        """A keyed hash, 64 hexadecimal digits; different for each `use`."""
        return digest(self._finding, f"{use}\0{text}".encode(), "sha256").hex()

    def _bound(self, bound: str) -> bytes:
        return f"{self.number}\0{bound}".encode()

    @cached_property
    def _sealing(self) -> bytes:
        return self._derived("seal")

    @cached_property
    def _finding(self) -> bytes:
        return self._derived("look-up")

    def _derived(self, label: str) -> bytes:
        # HKDF (RFC 5869) with one block of output: extract with an empty salt, then expand.
        extracted = digest(b"\0" * 32, self.secret, "sha256")
        return digest(extracted, f"embla identity {label} 1".encode() + b"\x01", "sha256")


class KeyFile:
    """`identity.key`: every version that is not destroyed. Which one is in use says the zone's database."""

    def __init__(self, path: Path, files: KeyFiles) -> None:
        self.path = path
        self.files = files

    def read(self) -> Mapping[int, KeyVersion]:
        """Every version. UsageError where others on the machine may read the file, Broken where it is none."""
        try:
            mode = self.path.stat().st_mode
            if mode & 0o077:
                raise UsageError("Others on this machine may read the identity key.", mend=f"chmod 600 {self.path}")
            said = json.loads(self.files.opened(self.path, self.path.read_bytes()))
            found = {int(number): KeyVersion(int(number), b64decode(key)) for number, key in said["keys"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise Broken(f"{self.path} is no identity key.", mend="Restore it from its backup.") from None
        if any(len(key.secret) != _BYTES for key in found.values()):
            raise Broken(f"{self.path} is no identity key.", mend="Restore it from its backup.")
        return found

    def add(self) -> KeyVersion:
        """Write one more version, and give it."""
        found = dict(self.read())
        new = KeyVersion(max(found, default=0) + 1, secrets.token_bytes(_BYTES))
        self._write(found | {new.number: new})
        return new

    def destroy(self, numbers: frozenset[int]) -> None:
        """Take versions out for good."""
        self._write({number: key for number, key in self.read().items() if number not in numbers})

    def _write(self, keys: Mapping[int, KeyVersion]) -> None:
        said = {"format": 1, "keys": {str(n): b64encode(key.secret).decode() for n, key in sorted(keys.items())}}
        self.files.replace(self.path, json.dumps(said).encode())


def fingerprint(key: KeyVersion) -> str:
    """Sixteen digits that tell two keys apart and give neither away."""
    return sha256(key.look_up("fingerprint", "").encode()).hexdigest()[:16]
