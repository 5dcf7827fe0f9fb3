"""Files on their way to us: encrypted at the laboratory for the vault's public key, opened here once.

What a laboratory sends may come from any Crypt4GH program, so any nonces are taken here; that nothing was cut, dropped
or swapped is held by size and SHA-256 of the manifest, which the caller compares.
"""

import io
import struct
from collections.abc import Callable, Iterable, Iterator
from secrets import token_bytes
from typing import TYPE_CHECKING, Final

from embla.errors import BadInput, Broken
from embla.vault import headers, segments
from embla.vault.keys import VaultKeys

if TYPE_CHECKING:
    from embla.platform import House

SEALED: Final = ".c4gh"
# Bytes of a segment, plain and as it travels.
SEGMENTS: Final = (segments.SEGMENT, segments.CIPHER_SEGMENT)
LARGEST_HEADER: Final = 1 << 16
_BEGINS: Final = struct.pack("<8sI", b"crypt4gh", 1)  # Crypt4GH 1.0, 2.2: magic and version
_PREAMBLE: Final = len(_BEGINS) + 4  # and how many packets follow
# Segments of the body, number of the first -> plain bytes.
Opener = Callable[[bytes | bytearray | memoryview, int], memoryview]


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


def header_end(data: bytes | bytearray, path: str) -> int | None:
    """How many bytes of the beginning of an encrypted file are its header; None where more must come to tell. BadInput,
    about `path`, for what does not begin so."""
    if data[: len(_BEGINS)] != _BEGINS[: len(data)]:
        raise BadInput(
            "does not begin as a Crypt4GH file does.", path=path, mend="`embla submission encrypt` makes one."
        )
    if len(data) < _PREAMBLE:
        return None
    end = _PREAMBLE
    for _ in range(min(struct.unpack_from("<I", data, len(_BEGINS))[0], LARGEST_HEADER)):
        if len(data) < end + 4:
            return None
        # The length counts its own four bytes.
        size = struct.unpack_from("<I", data, end)[0]
        if size < 4 or end + size > LARGEST_HEADER:
            raise BadInput("its Crypt4GH header is cut or too large.", path=path, mend="Encrypt it again.")
        end += size
    return end if end <= len(data) else None


def opener(house: "House", header: bytes, path: str) -> Opener:
    """What opens whole segments of the file with this header, whose first has the number given. BadInput, about `path`,
    when it was not encrypted for one of the vault's keys, or when a segment is damaged."""
    key = _session_key(VaultKeys.of(house), header, path)

    def opened(block: bytes | bytearray | memoryview, number: int) -> memoryview:
        try:
            return segments.decrypt(block, key, number, ours=False)
        except Broken:
            found = f"segment {number} of the encrypted file, or one soon after it, is damaged or cut."
            raise BadInput(found, path=path, mend="Encrypt it again and send it again.") from None

    return opened


def _session_key(keys: VaultKeys, header: bytes, path: str) -> bytes:
    """A key that was retired since the laboratory fetched it still opens."""
    for version in reversed(keys.versions):
        try:
            return headers.read_header(io.BytesIO(header), keys.private(version))
        except Broken:
            continue
    mend = "Fetch the key anew (`embla submission encrypt --to URL`), encrypt, and send again."
    raise BadInput("was not encrypted for this database's key.", path=path, mend=mend)
