"""Files on their way to us: encrypted at the laboratory for the vault's public key, opened here once.

What a laboratory sends may come from any Crypt4GH program, so any nonces are taken here; that nothing was cut, dropped
or swapped is held by size and SHA-256 of the manifest, which the caller compares.
"""

import io
import struct
from collections.abc import Iterable, Iterator
from secrets import token_bytes
from typing import TYPE_CHECKING, BinaryIO, Final

from embla.errors import BadInput, Broken
from embla.vault import headers, segments
from embla.vault.keys import VaultKeys

if TYPE_CHECKING:
    from embla.platform import House

SEALED: Final = ".c4gh"
LARGEST_HEADER: Final = 1 << 16
_BEGINS: Final = struct.pack("<8sI", b"crypt4gh", 1)  # Crypt4GH 1.0, 2.2: magic and version


def public_key(house: "House") -> str:
    """The Crypt4GH public key file that laboratories encrypt for; the first key is made where there is none."""
    keys = VaultKeys.of(house)
    keys.prepare()
    return keys.public_text(keys.version)


def seal(pieces: Iterable[bytes], reader: bytes) -> Iterator[bytes]:
    """A whole Crypt4GH file (header and body) that the holder of `reader`'s secret key opens."""
    key = token_bytes(32)
    yield headers.make_header(key, [reader])
    for number, block in enumerate(segments.blocks(pieces)):
        yield segments.encrypt(block, key, number * segments.PER_BLOCK)


def most_sealed(size: int) -> int:
    """No Crypt4GH file of so many plain bytes is larger."""
    return segments.body_size(size) + LARGEST_HEADER


def unseal(house: "House", stream: BinaryIO, path: str) -> Iterator[bytes]:
    """The plain bytes of a file that was encrypted for one of the vault's keys. BadInput, about `path`, when it was
    not, or when a segment is damaged."""
    key = _session_key(VaultKeys.of(house), _header(stream, path), path)
    number = 0
    while block := stream.read(segments.CIPHER_BLOCK):
        try:
            yield bytes(segments.decrypt(block, key, number, ours=False))
        except Broken:
            found = f"segment {number} of the encrypted file, or one soon after it, is damaged or cut."
            raise BadInput(found, path=path, mend="Encrypt it again and send it again.") from None
        number += segments.PER_BLOCK


def _header(stream: BinaryIO, path: str) -> bytes:
    raw = stream.read(16)
    if len(raw) != 16 or not raw.startswith(_BEGINS):
        raise BadInput(
            "does not begin as a Crypt4GH file does.", path=path, mend="`embla submission encrypt` makes one."
        )
    for _ in range(min(struct.unpack("<I", raw[12:])[0], LARGEST_HEADER)):
        length = stream.read(4)
        size = struct.unpack("<I", length)[0] if len(length) == 4 else 0
        # The length counts its own four bytes.
        if size < 4 or len(raw) + size > LARGEST_HEADER:
            raise BadInput("its Crypt4GH header is cut or too large.", path=path, mend="Encrypt it again.")
        raw += length + stream.read(size - 4)
    return raw


def _session_key(keys: VaultKeys, header: bytes, path: str) -> bytes:
    """A key that was retired since the laboratory fetched it still opens."""
    for version in reversed(keys.versions):
        try:
            return headers.read_header(io.BytesIO(header), keys.private(version))
        except Broken:
            continue
    mend = "Fetch the key anew (`embla submission encrypt --to URL`), encrypt, and send again."
    raise BadInput("was not encrypted for this database's key.", path=path, mend=mend)
