"""The home's key-encryption key: it wraps the small keys that lie in the database, so the database alone opens none.

`home/keys/wrapping/vN.key` (32 bytes, mode 0600) per version; the newest wraps, every one unwraps. Wrapped text is "N:"
and base64 of nonce and AES-256-GCM ciphertext; `context` (say "subject-key:7Q...") is bound in, so a wrapped key
cannot be moved to another row. After `rotate`, wrap again what older versions wrapped (`is_old` tells). Keep the first
version: pseudonyms are made with it.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from embla.errors import Broken, Conflict, NotFound
from embla.platform.key_files import PLAIN_KEY_FILES, KeyFiles
from embla.platform.secret_files import key_versions

FOLDER: Final = Path("keys", "wrapping")
_NONCE = 12


class Wrapping:
    """Wraps and unwraps small secrets under the home's key-encryption key."""

    def __init__(self, folder: Path, files: KeyFiles = PLAIN_KEY_FILES) -> None:
        self.folder = folder
        self.files = files
        self._keys: dict[int, bytes] = {}
        self._ciphers: dict[int, AESGCM] = {}

    @classmethod
    def of_home(cls, home: Path, files: KeyFiles = PLAIN_KEY_FILES) -> "Wrapping":
        """The key-encryption key in this home."""
        return cls(home / FOLDER, files)

    @property
    def versions(self) -> tuple[int, ...]:
        """Versions whose key is there, oldest first."""
        return key_versions(self.folder)

    @property
    def version(self) -> int:
        """The version that wraps now."""
        versions = self.versions
        if not versions:
            raise NotFound(
                f"There is no key-encryption key in {self.folder}.",
                mend="Restore the folder `keys`; without it, what is sealed cannot be opened.",
            )
        return versions[-1]

    def prepare(self) -> bool:
        """Make the first version in a new home. True when it was made; safe from many processes."""
        if self.versions:
            return False
        try:
            self.files.write(self.folder / "v1.key", token_bytes(32))
        except Conflict:
            return False
        return True

    def rotate(self) -> int:
        """Make the next version, which wraps from now on; the older ones still unwrap."""
        new = self.version + 1
        self.files.write(self.folder / f"v{new}.key", token_bytes(32))
        return new

    def wrap(self, secret: bytes, context: str) -> str:
        """`secret` under the newest version, for this context only."""
        version, nonce = self.version, token_bytes(_NONCE)
        sealed = self._cipher(version).encrypt(nonce, secret, context.encode())
        return f"{version}:{b64encode(nonce + sealed).decode()}"

    def unwrap(self, text: str, context: str) -> bytes:
        """The inverse. Broken for a changed text, another context or another key; NotFound when its version is gone."""
        try:
            version, data = text.split(":", 1)
            raw = b64decode(data, validate=True)
            return self._cipher(int(version)).decrypt(raw[:_NONCE], raw[_NONCE:], context.encode())
        except (ValueError, NotBase64, InvalidTag):
            raise Broken(
                f"A wrapped key ({context}) does not open: it was changed, or the home's key is another.",
                mend="Restore the folder `keys` that belongs to this database.",
            ) from None

    def is_old(self, text: str) -> bool:
        """Was this wrapped by an older version than the one that wraps now?"""
        return text.split(":", 1)[0] != str(self.version)

    def pseudonym(self, domain: str, text: str) -> str:
        """The same 32 hex digits for the same text, and nothing about it to whoever has no key."""
        derived = hmac.digest(self._key(self.versions[0]), f"embla pseudonym {domain}".encode(), sha256)
        return hmac.new(derived, text.encode(), sha256).hexdigest()[:32]

    def derived(self, use: str) -> bytes:
        """A key of 32 bytes for one use, which tells nothing of the home's; the same on each of its machines."""
        return hmac.digest(self._key(self.versions[0]), f"embla key {use}".encode(), sha256)

    def _cipher(self, version: int) -> AESGCM:
        # Kept: a question about structural variants unwraps a key for each genome.
        if version not in self._ciphers:
            self._ciphers[version] = AESGCM(self._key(version))
        return self._ciphers[version]

    def _key(self, version: int) -> bytes:
        if version not in self._keys:
            key = self.files.read(self.folder / f"v{version}.key")
            if len(key) != 32:
                raise Broken(f"Version {version} of the key-encryption key is not whole.", mend="Restore `keys`.")
            self._keys[version] = key
        return self._keys[version]
