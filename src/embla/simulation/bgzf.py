"""Writing BGZF (SAM specification, section 4.1): equal text gives equal bytes, as no time and no name is stored."""

import zlib
from functools import lru_cache
from pathlib import Path
from struct import pack
from typing import Final

from deflate import deflate_compress

BLOCK: Final = 65_280
_EMPTY: Final = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def block(text: bytes, level: int = 4) -> bytes:
    """One BGZF block of at most 65,280 bytes of text. `level` 1-12 as in libdeflate."""
    body = bytes(deflate_compress(text, level))
    if len(body) + 26 > 0xFFFF:  # does not shrink: store it
        body = pack("<BHH", 1, len(text), len(text) ^ 0xFFFF) + text
    head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + pack("<H", len(body) + 25)
    return head + body + pack("<II", zlib.crc32(text), len(text))


@lru_cache(maxsize=64)
def same_block(text: bytes) -> bytes:
    """`block`, remembered: for the long runs of N of a reference."""
    return block(text)


def end_of_file() -> bytes:
    """The empty block that marks a complete file."""
    return _EMPTY


class Writer:
    """A BGZF file that is opened only while it is written to, so a nation may have more people than open files."""

    def __init__(self, path: Path, level: int = 4) -> None:
        self.path = path
        self._level = level
        self._waiting = b""
        path.write_bytes(b"")

    def write(self, text: bytes) -> None:
        """Add text; whole blocks go to disk."""
        text = self._waiting + text
        whole = len(text) - len(text) % BLOCK
        if whole:
            with self.path.open("ab") as file:
                for start in range(0, whole, BLOCK):
                    file.write(block(text[start : start + BLOCK], self._level))
        self._waiting = text[whole:]

    def close(self) -> None:
        """Write what waits and the end-of-file block."""
        with self.path.open("ab") as file:
            if self._waiting:
                file.write(block(self._waiting, self._level))
            file.write(_EMPTY)
        self._waiting = b""
