"""Bytes that are read by ranges, and BGZF (SAM specification 4.1) over them: blocks, virtual offsets, one stream."""

import struct
import zlib
from typing import Final, Protocol

from embla.errors import BadInput

_AHEAD: Final = 1 << 18
_LARGEST_BLOCK: Final = 1 << 16
END_OF_FILE: Final = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


class Source(Protocol):
    """A file as it was sent, opened."""

    @property
    def size(self) -> int:
        """Bytes."""

    def read(self, start: int, length: int) -> bytes:
        """`length` bytes from byte `start`, fewer only at the end."""


class Bytes:
    """Bytes in memory as a source."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    def read(self, start: int, length: int) -> bytes:
        """A piece."""
        return self.data[start : start + length]


class Ahead:
    """A source that is read in larger pieces than are asked for, the last of which is kept."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.size = source.size
        self._start, self._held = 0, b""

    def read(self, start: int, length: int) -> bytes:
        """The same as the source gives."""
        end = min(start + length, self.size)
        if start < self._start or end > self._start + len(self._held):
            self._start, self._held = start, self.source.read(start, max(length, _AHEAD))
        return self._held[start - self._start : max(end - self._start, 0)]


class Stream:
    """Plain bytes of a compressed or plain file, in order, from any place that `seek` allows.

    A place is a virtual offset in BGZF (block's place << 16 | byte in it), and a byte in plain text; a gzip file that
    is no BGZF is read from its beginning only.
    """

    def __init__(self, source: Source) -> None:
        self.source = Ahead(source)
        start = self.source.read(0, 18)
        self.gzip = start[:2] == b"\x1f\x8b"
        self.bgzf = self.gzip and len(start) == 18 and start[3] & 4 != 0 and start[12:14] == b"BC"
        self._inflating = zlib.decompressobj(wbits=31) if self.gzip and not self.bgzf else None
        self._next = 0
        self._held, self._at = b"", 0

    def seek(self, place: int) -> None:
        """Go on from there."""
        if self._inflating is not None:
            raise BadInput("is gzipped, not bgzipped, and has no places.", mend="Compress it with bgzip.")
        self._next, skip = (place >> 16, place & 0xFFFF) if self.bgzf else (place, 0)
        self._held, self._at = b"", 0
        if skip:
            self._fill()
            self._at = skip

    def peek(self, length: int) -> memoryview:
        """The next bytes, fewer at the end only; they stay."""
        while len(self._held) - self._at < length and self._fill():
            pass
        return memoryview(self._held)[self._at : self._at + length]

    def take(self, length: int) -> bytes:
        """The next bytes, all of them. BadInput where the file ends before."""
        found = bytes(self.peek(length))
        if len(found) < length:
            raise BadInput("ends in the middle of a record.", mend="Send it again.")
        self._at += length
        return found

    def line(self, longest: int) -> bytes:
        """The next line with its end; b"" at the end of the file."""
        looked = 0
        while (end := self._held.find(b"\n", self._at + looked)) < 0:
            looked = len(self._held) - self._at
            if looked > longest:
                raise BadInput("has a line that is too long.")
            if not self._fill():
                end = len(self._held) - 1
                break
        found = self._held[self._at : end + 1]
        self._at = end + 1
        return found

    def whole(self, most: int) -> bytes:
        """Everything from here on, decompressed. BadInput where that is more than `most` bytes."""
        parts = [self.rest()]
        size = len(parts[0])
        while len(self.peek(1)):
            parts.append(self.rest())
            size += len(parts[-1])
            if size > most:
                raise BadInput("is too large.")
        return b"".join(parts)

    def rest(self) -> bytes:
        """What is decompressed and was not taken yet."""
        found, self._held, self._at = self._held[self._at :], b"", 0
        return found

    def _fill(self) -> bool:
        """More bytes behind those that are held; False at the end."""
        more = self._block() if self.bgzf else self._inflated() if self._inflating else self._plain()
        if more is None:
            return False
        self._held, self._at = self._held[self._at :] + more, 0
        return True

    def _plain(self) -> bytes | None:
        data = self.source.read(self._next, _LARGEST_BLOCK)
        self._next += len(data)
        return data or None

    def _inflated(self) -> bytes | None:
        assert self._inflating is not None
        while not self._inflating.eof:
            data = self._inflating.unconsumed_tail
            if not data:
                data = self.source.read(self._next, _LARGEST_BLOCK)
                self._next += len(data)
                if not data:
                    raise BadInput("ends in the middle of its compression.", mend="Send it again.")
            try:
                found = self._inflating.decompress(data, _AHEAD)
            except zlib.error:
                raise BadInput("is no sound gzip file.", mend="Send it again.") from None
            if found:
                return found
        # A gzip file may be several, one behind the other.
        tail = self._inflating.unused_data
        if not tail and self._next >= self.source.size:
            return None
        self._next -= len(tail)
        self._inflating = zlib.decompressobj(wbits=31)
        return b""

    def _block(self) -> bytes | None:
        if self._next >= self.source.size:
            return None
        head = self.source.read(self._next, 18)
        if len(head) < 18 or head[:4] != b"\x1f\x8b\x08\x04" or head[12:16] != b"BC\x02\x00":
            raise BadInput("is no sound BGZF file.", mend="Send it again.")
        size = struct.unpack_from("<H", head, 16)[0] + 1
        block = self.source.read(self._next, size)
        if len(block) < size or size < 26:
            raise BadInput("ends in the middle of a block.", mend="Send it again.")
        try:
            inflating = zlib.decompressobj(wbits=-15)
            found = inflating.decompress(memoryview(block)[18:-8], _LARGEST_BLOCK)
        except zlib.error:
            raise BadInput("has a block that does not open.", mend="Send it again.") from None
        if struct.unpack_from("<I", block, size - 4)[0] != len(found):
            raise BadInput("has a block of another length than it says.", mend="Send it again.")
        self._next += size
        return found
