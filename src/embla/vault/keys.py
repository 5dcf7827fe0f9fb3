"""The vault's own keys: X25519, one per version, `keys/vault/vN.key` (32 bytes, mode 0600)."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from embla.errors import Broken, Conflict, NotFound
from embla.platform import KeyFiles, key_versions

if TYPE_CHECKING:
    from embla.platform import House

FOLDER: Final = Path("keys", "vault")


class VaultKeys:
    """Reads the key files when asked, each version once."""

    def __init__(self, folder: Path, files: KeyFiles) -> None:
        self.folder = folder
        self.files = files
        self._private: dict[int, bytes] = {}

    @classmethod
    def of(cls, house: "House") -> "VaultKeys":
        """The keys of a home's vault, read as that home's key files are."""
        return cls(house.home / FOLDER, house.key_files)

    @property
    def versions(self) -> tuple[int, ...]:
        """Versions whose key file is there, oldest first."""
        return key_versions(self.folder)

    @property
    def version(self) -> int:
        """The version that encrypts. NotFound without any."""
        versions = self.versions
        if not versions:
            raise NotFound(f"The vault has no key in {self.folder}.", mend="Restore the folder `keys`.")
        return versions[-1]

    def prepare(self) -> bool:
        """Make the first key. True when made; safe from many processes."""
        return not self.versions and self._make(1)

    def rotate(self) -> int:
        """Make the next version, which encrypts from now on."""
        new = self.version + 1
        self._make(new)
        return new

    def private(self, version: int) -> bytes:
        """The secret key of a version. NotFound when its file is lost, Broken when it is no key."""
        if version not in self._private:
            key = self.files.read(self.folder / f"v{version}.key")
            if len(key) != 32:
                raise Broken(f"Version {version} of the vault's key is not whole.", mend="Restore the folder `keys`.")
            self._private[version] = key
        return self._private[version]

    def public(self, version: int) -> bytes:
        """The public key of a version."""
        return X25519PrivateKey.from_private_bytes(self.private(version)).public_key().public_bytes_raw()

    def fingerprint(self, version: int) -> str:
        """SHA-256 of the public key, 64 hex digits."""
        return sha256(self.public(version)).hexdigest()

    def public_text(self, version: int) -> str:
        """The public key as a Crypt4GH key file."""
        text = b64encode(self.public(version)).decode()
        return f"-----BEGIN CRYPT4GH PUBLIC KEY-----\n{text}\n-----END CRYPT4GH PUBLIC KEY-----\n"

    def _make(self, version: int) -> bool:
        try:
            self.files.write(self.folder / f"v{version}.key", token_bytes(32))
        except Conflict:
            return False
        return True
