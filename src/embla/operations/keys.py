"""The home's keys inside a backup: one bundle, sealed to a recovery key whose private half lies elsewhere.

Without the keys the files of a backup are noise, and with them beside it a thief needs nothing more. So they travel
only as Crypt4GH (GA4GH, 1.0) for the recovery key: `embla backup keygen` makes the pair; the private half goes into a
safe.
"""

import io
import tarfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from embla.errors import BadInput, Broken, NotFound
from embla.operations.repository import Repository
from embla.platform import KeyFiles, replace_file
from embla.vault import open_message, read_public_key, seal_message

KEYS: Final = "keys"
_BEGIN_PUBLIC: Final = "-----BEGIN CRYPT4GH PUBLIC KEY-----"
_END_PUBLIC: Final = "-----END CRYPT4GH PUBLIC KEY-----"
_BEGIN_PRIVATE: Final = "-----BEGIN CRYPT4GH PRIVATE KEY-----"
_END_PRIVATE: Final = "-----END CRYPT4GH PRIVATE KEY-----"
# Crypt4GH 1.0, "key formats": c4gh-v1, then kdf and cipher as length-prefixed strings, then the key likewise.
_MAGIC: Final = b"c4gh-v1"
_MAX_BUNDLE: Final = 16 << 20


def generate() -> tuple[str, str]:
    """A new pair as Crypt4GH key files: (private, public). The private one is not locked by a passphrase."""
    private = X25519PrivateKey.generate()
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    fields = b"".join(len(part).to_bytes(2, "big") + part for part in (b"none", b"none", raw))
    inside = b64encode(_MAGIC + fields).decode("ascii")
    return (
        f"{_BEGIN_PRIVATE}\n{inside}\n{_END_PRIVATE}\n",
        f"{_BEGIN_PUBLIC}\n{b64encode(public).decode('ascii')}\n{_END_PUBLIC}\n",
    )


def public_bytes(text: str) -> bytes:
    """The 32 bytes of a public key file. BadInput when it is none."""
    return read_public_key(text)


def private_bytes(text: str) -> bytes:
    """The 32 bytes of an unlocked private key file. BadInput when it is none, or locked by a passphrase."""
    raw = _between(text, _BEGIN_PRIVATE, _END_PRIVATE, None)
    parts: list[bytes] = []
    rest = raw.removeprefix(_MAGIC)
    while len(rest) >= 2 and len(parts) < 4:
        length = int.from_bytes(rest[:2], "big")
        parts.append(rest[2 : 2 + length])
        rest = rest[2 + length :]
    if not raw.startswith(_MAGIC) or len(parts) < 3 or parts[0] != b"none" or len(parts[2]) != 32:
        raise BadInput(
            "The recovery key is no unlocked Crypt4GH private key.",
            mend="Give the private file that `embla backup keygen` made.",
        )
    return parts[2]


def seal_keys(home: Path, repository: Repository, files: KeyFiles) -> str:
    """Put the home's keys into the repository, sealed to its recovery key. The object's SHA-256; "" without a key.

    They are opened first: the recovery key alone must bring a home back, also where the key server burned with it.
    """
    public, folder = repository.recovery_key, home / KEYS
    if not public or not folder.is_dir():
        return ""
    sealed = seal_message(_bundle(folder, files), public_bytes(public))
    digest = sha256(sealed).hexdigest()
    repository.put(digest, iter((sealed,)))
    return digest


def open_keys(sealed: bytes, private: bytes, home: Path) -> int:
    """Write the keys of a bundle into a home; returns how many. BadInput when this key does not open it."""
    try:
        plain = open_message(sealed, private)
    except Broken as error:
        raise BadInput(
            "This recovery key does not open the keys of this backup.", mend="Give the right one."
        ) from error
    (home / KEYS).mkdir(mode=0o700, exist_ok=True)
    count = 0
    with tarfile.open(fileobj=io.BytesIO(plain)) as bundle:
        for member in bundle:
            if member.isfile() and (held := bundle.extractfile(member)) is not None:
                replace_file(home / _inside(member.name), held.read(), mode=0o600)
                count += 1
    for folder in [home / KEYS, *(path for path in (home / KEYS).rglob("*") if path.is_dir())]:
        folder.chmod(0o700)
    return count


def _inside(name: str) -> PurePosixPath:
    """The name of a bundle's file, which lies in the folder of keys and nowhere else; `TarFile.extract` with a filter
    is younger than the Python that Debian 12 brings."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.parts[:1] != (KEYS,) or len(path.parts) < 2:
        raise BadInput("A file of these keys would lie outside their folder.", mend="Is this backup the home's own?")
    return path


def recovery_private(path: Path) -> bytes:
    """The private recovery key in a file."""
    try:
        return private_bytes(path.read_text("ascii"))
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(
            f"There is no key file {path}.", mend="Give the private half that `backup keygen` made."
        ) from None
    except UnicodeDecodeError as error:
        raise BadInput("is no key file.", path=str(path)) from error


def _bundle(folder: Path, files: KeyFiles) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as bundle:
        for path in _files(folder):
            info = tarfile.TarInfo(f"{KEYS}/{path.relative_to(folder).as_posix()}")
            data = files.opened(path, path.read_bytes())
            info.size, info.mode = len(data), 0o600
            bundle.addfile(info, io.BytesIO(data))
    data = out.getvalue()
    if len(data) > _MAX_BUNDLE:
        raise BadInput(f"{folder} holds more than keys.", mend="Move what is no key out of it.")
    return data


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _between(text: str, begin: str, end: str, length: int | None) -> bytes:
    try:
        inside = text.split(begin, 1)[1].split(end, 1)[0]
        raw = b64decode("".join(inside.split()), validate=True)
    except (IndexError, ValueError):
        raise BadInput("is no Crypt4GH key file.", mend="It begins with " + begin) from None
    if length is not None and len(raw) != length:
        raise BadInput("is a Crypt4GH key of the wrong length.")
    return raw
