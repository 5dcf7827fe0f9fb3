"""Bytes sealed under a key: nothing in them can be read, changed, cut, moved or mixed with another's without the key.

    "EMBLASEAL" version(1) salt(16)   segments of 64 KiB, each AES-256-GCM with its tag(16) after it

STREAM (Hoang, Reyhanitabar, Rogaway and Vizar 2015): the nonce is the segment's index (11 bytes) and whether it is the
last (1 byte), so a segment opens in its own place only and a sealed thing that lost its end does not open. The
segments' key is HKDF-SHA-256 of the key and a fresh salt: one key may seal twice without a nonce meeting two texts.
`about` (say, the name it is kept under) is authenticated and not stored.
"""

from collections.abc import Iterable, Iterator
from secrets import token_bytes
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from embla.errors import Broken, WrongFormat
from embla.storage.paged import Paged

KEY_BYTES: Final = 32
SEGMENT: Final = 1 << 16
_MAGIC: Final = b"EMBLASEAL"
_VERSION: Final = 1
_SALT: Final = 16
_TAG: Final = 16
_HEAD: Final = len(_MAGIC) + 1 + _SALT


class Sliced(Protocol):
    """Bytes that are sliced: in memory, mapped, or fetched as they are touched."""

    def __len__(self) -> int: ...

    def __getitem__(self, at: slice, /) -> Any: ...


def new_key() -> bytes:
    """A random key."""
    return token_bytes(KEY_BYTES)


def is_sealed(data: Sliced) -> bool:
    """Do these bytes begin as a sealed thing does?"""
    return bytes(data[: len(_MAGIC)]) == _MAGIC


def seal(pieces: Iterable[bytes], key: bytes, about: bytes) -> Iterator[bytes]:
    """Seal a stream; holds one segment and one piece at a time. The same bytes are sealed differently each time."""
    salt = token_bytes(_SALT)
    yield _MAGIC + bytes([_VERSION]) + salt
    cipher, index, held = _cipher(key, salt), 0, bytearray()
    for piece in pieces:
        held += piece
        start = 0
        # The last segment is known only at the end, so a full one waits until something follows it.
        while len(held) - start > SEGMENT:
            with memoryview(held) as view:
                sealed = cipher.encrypt(_nonce(index, False), view[start : start + SEGMENT], about)
            yield sealed
            start, index = start + SEGMENT, index + 1
        del held[:start]
    yield cipher.encrypt(_nonce(index, True), bytes(held), about)


class Sealed(Paged):
    """A sealed thing over its bytes: indexed and sliced like the plain bytes, of which it opens what is asked for.

    Raises Broken when it was changed, cut, is another's, or the key is not its key. Safe between threads.
    """

    PAGE = SEGMENT

    def __init__(self, data: Sliced, key: bytes, about: bytes, name: str) -> None:
        self._data = memoryview(data) if isinstance(data, bytes) else data
        self._about = about
        self._name = name
        if not is_sealed(self._data) or len(self._data) < _HEAD + _TAG:
            raise Broken(f"{name} is damaged or cut short.", mend="Restore it from a backup.", file=name)
        if bytes(self._data[len(_MAGIC) : len(_MAGIC) + 1]) != bytes([_VERSION]):
            raise WrongFormat(f"{name} is sealed in a way this program does not know.", mend="Upgrade it.", file=name)
        self._cipher = _cipher(key, bytes(self._data[_HEAD - _SALT : _HEAD]))
        body = len(self._data) - _HEAD
        self._last = (body - 1) // (SEGMENT + _TAG)
        self._size = body - (self._last + 1) * _TAG
        # Opening the last segment first proves that the end is the end.
        self._held = (-1, b"")
        self._segment(self._last)

    def _pages(self, first: int, last: int) -> list[bytes]:
        return [self._segment(index) for index in range(first, last + 1)]

    def pieces(self) -> Iterator[bytes]:
        """All plain bytes, a segment at a time."""
        for index in range(self._last + 1):
            yield self._segment(index)

    def _segment(self, index: int) -> bytes:
        number, held = self._held
        if number == index:
            return held
        start = _HEAD + index * (SEGMENT + _TAG)
        try:
            opened = self._cipher.decrypt(
                _nonce(index, index == self._last), self._data[start : start + SEGMENT + _TAG], self._about
            )
        except (InvalidTag, ValueError):
            raise Broken(
                f"{self._name} does not open under its key: it is damaged, cut short or another's, or the key is not "
                "its key.",
                mend="Restore the file, or the keys, from a backup.",
                file=self._name,
            ) from None
        self._held = (index, opened)
        return opened


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, b"embla sealed segments 1").derive(key))


def _nonce(index: int, last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([last])
