"""The bytes of a file as uncompressed text, a piece at a time: plain, gzip, bgzip and BCF, told apart by content.

A file name proves nothing: the thirteen real gVCFs of the tests are called `.vcf.gz` and hold plain gzip. BGZF is known
by the BC subfield, which may stand anywhere in the gzip extra field (SAM specification 4.1).
"""

import ctypes
import struct
from abc import ABC, abstractmethod
from collections.abc import Generator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

import deflate
import numpy as np
import pysam
from isal import isal_zlib

from embla.errors import BadInput

_IsalError: Any = isal_zlib.error  # its stub says an instance
_READ: Final = 1 << 20
_TAIL: Final = 1 << 17  # with less left of what was read, read on: more than a block
# Small enough that the allocator gives the same memory again: larger pieces cost more in page faults than inflating.
_PIECE: Final = 1 << 16
_BLOCK: Final = 1 << 16
_MANY: Final = 2 * _BLOCK  # wanted at once, from which a compiled walk over the blocks is worth it
_LEAST_BLOCK: Final = 26  # its header and its trailer
_SIZE: Final = struct.Struct("<H")
_LENGTH: Final = struct.Struct("<I")
_EOF_BLOCK: Final = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_MEND_CUT: Final = "Copy the file again and compare its checksum with the sender's."


Piece = bytes | bytearray


class Source(ABC):
    """One open file. `next()` gives the next piece of text, b"" at the end; `done` of `total` file bytes are read."""

    kind = "plain"

    def __init__(self, path: Path, file: BinaryIO, total: int) -> None:
        self.path = path
        self.file = file
        self.total = total
        self.done = 0

    @abstractmethod
    def next(self) -> Piece:
        """The next piece, of 64 kB or a little more; b"" at the end. BadInput where the file is damaged or cut off."""

    def fill(self, text: bytearray, at: int, slack: int, most: int = 0) -> int:
        """Put the next piece into `text` from `at` on, and make `text` longer where it and `slack` bytes behind it need
        that; where that is cheaper further pieces, too, until `text` holds `most` bytes. How many bytes; 0 at the
        end."""
        piece = self.next()
        _lengthen(text, at + len(piece) + slack)
        text[at : at + len(piece)] = piece
        return len(piece)

    def __enter__(self) -> "Source":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def _read(self, size: int) -> bytes:
        try:
            data = self.file.read(size)
        except OSError as error:
            raise self._stopped_reading(error) from error
        self.done += len(data)
        return data

    def _read_into(self, place: memoryview) -> int:
        """Fill `place` as far as the file goes; how many bytes that is."""
        try:
            n = self.file.readinto(place)  # type: ignore[attr-defined]
        except OSError as error:
            raise self._stopped_reading(error) from error
        self.done += n
        return int(n)

    def _stopped_reading(self, error: OSError) -> BadInput:
        text = f"reading stopped at byte {self.done:,}: {error.strerror}."
        return BadInput(text, path=str(self.path), mend=_MEND_CUT)


def _lengthen(text: bytearray, least: int) -> None:
    if least > len(text):
        text += bytes(least - len(text) + 2 * _BLOCK)


@cache
def inflater() -> Any:
    """The library in the package `deflate`, whose function writes where it is told; None where it does not show it."""
    try:
        library = ctypes.CDLL(deflate._deflate.__file__)
        library.libdeflate_alloc_decompressor.restype = ctypes.c_void_p
        library.libdeflate_free_decompressor.argtypes = (ctypes.c_void_p,)
        library.libdeflate_free_decompressor.restype = None
        size, place = ctypes.c_size_t, ctypes.c_void_p
        library.libdeflate_gzip_decompress.argtypes = (place, place, size, place, size, place)
    except (AttributeError, OSError):
        return None
    return library


def open_source(path: Path) -> Source:
    """Open a file for reading its text. BadInput when it is missing, a folder, unreadable or empty."""
    path = Path(path)
    try:
        if path.is_dir():
            raise BadInput("this is a folder, not a file.", path=str(path), mend="Give the files in it.")
        if path.exists() and not path.is_file():
            raise BadInput("this is not a regular file.", path=str(path), mend="Write it to a file first.")
        total = path.stat().st_size
        file = path.open("rb")
    except FileNotFoundError:
        raise BadInput("there is no such file.", path=str(path), mend="Check the path.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(f"the file cannot be opened: {reason}.", path=str(path), mend="Check its permissions.") from None
    try:
        return _recognise(path, file, total)
    except BaseException:
        file.close()
        raise


def _recognise(path: Path, file: BinaryIO, total: int) -> Source:
    if total == 0:
        raise BadInput("the file is empty.", path=str(path), mend=_MEND_CUT)
    head = file.read(1 << 12)
    file.seek(0)
    source: Source
    if head[:2] != b"\x1f\x8b":
        if head[:3] == b"BCF":
            return _bcf(path, file, total, compressed=False)
        return _Plain(path, file, total)
    size = _block_size(head)
    source = _Bgzf(path, file, total) if size is not None else _Gzip(path, file, total)
    start = source.next()
    file.seek(0)
    if start[:3] == b"BCF":
        return _bcf(path, file, total, compressed=size is not None)
    return type(source)(path, file, total)


def _block_size(head: bytes | memoryview) -> int | None:
    """Bytes of the BGZF block that starts here, None where it is not one (no BC subfield, or its header is cut)."""
    if len(head) < 18 or head[:3] != b"\x1f\x8b\x08" or not head[3] & 4:
        return None
    at, end = 12, 12 + int(struct.unpack_from("<H", head, 10)[0])
    while at + 4 <= min(end, len(head)):
        length = int(struct.unpack_from("<H", head, at + 2)[0])
        if head[at : at + 2] == b"BC" and length == 2 and at + 6 <= len(head):
            return int(struct.unpack_from("<H", head, at + 4)[0]) + 1
        at += 4 + length
    return None


class _Plain(Source):
    def next(self) -> Piece:
        return self._read(_PIECE)


class _Gzip(Source):
    """Plain gzip, also of several members; bounded output per step, so a bomb costs time and no memory."""

    kind = "gzip"

    def __init__(self, path: Path, file: BinaryIO, total: int) -> None:
        super().__init__(path, file, total)
        self._inflate = isal_zlib.decompressobj(wbits=31)
        self._input = b""
        self._started = False

    def next(self) -> Piece:
        while True:
            if self._inflate.eof:
                self._input = self._inflate.unused_data or self._input
                if not self._another_member():
                    return b""
            if not self._input:
                self._input = self._read(_READ)
                if not self._input:
                    raise BadInput(
                        f"the file is truncated: its gzip stream ends in the middle, at byte {self.done:,}.",
                        path=str(self.path),
                        mend=_MEND_CUT,
                    )
            try:
                piece: bytes = self._inflate.decompress(self._input, _PIECE)
            except (_IsalError, ValueError) as error:
                raise BadInput(
                    f"the gzip data are damaged before byte {self.done:,}.", path=str(self.path), mend=_MEND_CUT
                ) from error
            self._input = self._inflate.unconsumed_tail
            if piece:
                return piece

    def _another_member(self) -> bool:
        """Go to the next gzip member; False at the end of the file. Padding of zero bytes is no damage (gzip(1))."""
        while len(self._input) < 2:
            more = self._read(_READ)
            if not more:
                break
            self._input += more
        rest = self._input.lstrip(b"\0") if self._input[:1] == b"\0" else self._input
        while not rest and (more := self._read(_READ)):
            rest = more.lstrip(b"\0")
        if not rest:
            return False
        if rest[:2] != b"\x1f\x8b"[: len(rest)]:
            raise BadInput(
                f"bytes that are not gzip follow the gzip data, before byte {self.done:,}.",
                path=str(self.path),
                mend=_MEND_CUT,
            )
        self._inflate = isal_zlib.decompressobj(wbits=31)
        self._input = rest
        return True


class _Bgzf(Source):
    """Blocks of at most 64 kB, each with its own CRC; the last must be the empty end block, or the file was cut."""

    kind = "bgzip"

    def __init__(self, path: Path, file: BinaryIO, total: int) -> None:
        super().__init__(path, file, total)
        self._input = memoryview(b"")  # what was read and is not yet done with
        self._at = 0
        self._offset = 0  # of _input[0] in the file
        self._space = np.empty(_READ + _TAIL, np.uint8)  # where _input lies
        self._address = self._space.ctypes.data
        self._closed = False  # the last block was the empty one
        self._decompressor: int | None = None
        self._bytes = self._space[:0]  # _input
        self._stopped = np.zeros(1, np.int64)

    def next(self) -> Piece:
        while (found := self._block()) is not None:
            at, size, length = found
            if not length:
                continue
            try:
                # One byte more than promised, as libdeflate cannot write into an empty buffer.
                text = deflate.gzip_decompress(self._input[at : at + size], length + 1)
            except (deflate.DeflateError, ValueError) as error:
                raise self._damaged(size) from error
            if len(text) != length:
                raise self._damaged(size)
            return text
        return b""

    def fill(self, text: bytearray, at: int, slack: int, most: int = 0) -> int:
        library = inflater()
        if library is None:
            return super().fill(text, at, slack)
        if self._decompressor is None:
            self._decompressor = library.libdeflate_alloc_decompressor()
        if most - at > _MANY and (filled := self._fill_blocks(text, at, slack, most)):
            return filled
        while (found := self._block()) is not None:
            begin, size, length = found
            if not length:
                continue
            _lengthen(text, at + length + slack)
            first = ctypes.c_char.from_buffer(text, at)
            # Without a place for the number of bytes it is an error if there are fewer than promised.
            if library.libdeflate_gzip_decompress(
                self._decompressor, self._address + begin, size, ctypes.byref(first), length, None
            ):
                raise self._damaged(size)
            return length
        return 0

    def _fill_blocks(self, text: bytearray, at: int, slack: int, most: int) -> int:
        """Usual blocks that are there already, in one call; 0 where the next one is none."""
        # Compiled; a small file is read before it is loaded.
        from embla.genotypes.reading.inflating_kernels import inflate_blocks

        _lengthen(text, most + _BLOCK + slack)
        into = np.frombuffer(text, np.uint8)
        held = int(inflate_blocks(self._bytes, self._at, into, at, most, self._decompressor, self._stopped))
        if held > at:
            self._at = int(self._stopped[0])
            self._closed = False
        return held - at

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._decompressor is not None:
            inflater().libdeflate_free_decompressor(self._decompressor)
            self._decompressor = None
        super().__exit__(kind, error, trace)

    def _block(self) -> tuple[int, int, int] | None:
        """The next block: where it begins in the input, its bytes, and those of its text; None at the end."""
        if len(self._input) - self._at < _TAIL:
            self._read_on()
        at = self._at
        left = len(self._input) - at
        if not left:
            if not self._closed:
                raise BadInput(
                    f"the file is truncated: it ends at byte {self.done:,} without the empty block that closes bgzip.",
                    path=str(self.path),
                    mend=f"{_MEND_CUT} If a tool wrote it so, without an end block, write it again with bgzip.",
                )
            return None
        size = self._size(at)
        if size is None or size > left:
            where = f"at byte {self._offset + at:,}"
            cut = left < 18 or (size is not None and size > left)
            what = f"the file is truncated in the bgzip block {where}." if cut else f"damaged: no bgzip block {where}."
            raise BadInput(what, path=str(self.path), mend=_MEND_CUT)
        block = self._input[at : at + size]
        self._at = at + size
        self._closed = size == len(_EOF_BLOCK) and block == _EOF_BLOCK
        length = int(_LENGTH.unpack_from(block, size - 4)[0]) if size >= _LEAST_BLOCK else _BLOCK + 1
        if length > _BLOCK:
            raise self._damaged(size)
        return at, size, length

    def _read_on(self) -> None:
        """Move what is left to the front, and read on behind it."""
        left = len(self._input) - self._at
        self._space[:left] = self._bytes[self._at :].copy()
        n = left + self._read_into(self._space.data[left : left + _READ])
        self._offset += self._at
        self._bytes = self._space[:n]
        self._bytes.flags.writeable = False
        self._input = self._bytes.data
        self._at = 0

    def _size(self, at: int) -> int | None:
        """Bytes of the block at `at`; the usual header, with BC alone, is known at a glance."""
        head = bytes(self._input[at : at + 18])
        if head[:4] == b"\x1f\x8b\x08\x04" and head[10:16] == b"\x06\0BC\x02\0":
            return int(_SIZE.unpack_from(head, 16)[0]) + 1 if len(head) == 18 else None
        return _block_size(self._input[at : at + _BLOCK])

    def _damaged(self, size: int) -> BadInput:
        where = self._offset + self._at - size
        text = f"the bgzip block at byte {where:,} is damaged (its checksum is wrong)."
        return BadInput(text, path=str(self.path), mend=_MEND_CUT)


class _Bcf(Source):
    """BCF as VCF text: htslib reads, we parse the lines it prints."""

    kind = "bcf"

    def __init__(self, path: Path, file: BinaryIO, total: int) -> None:
        super().__init__(path, file, total)
        self._lines = self._text()

    def next(self) -> Piece:
        pieces: list[str] = []
        held = 0
        for line in self._lines:
            pieces.append(line)
            held += len(line)
            if held >= _PIECE:
                break
        return "".join(pieces).encode("utf-8", "replace")

    def _text(self) -> Generator[str, None, None]:
        before = pysam.set_verbosity(0)
        number = 0
        try:
            with pysam.VariantFile(str(self.path), "rb") as variants:
                header = str(variants.header)
                yield header
                for record in variants:
                    number += 1
                    yield str(record)
                    self.done = min(self.total, max(self.done, variants.tell() >> 16))
        except (OSError, ValueError, UnicodeError) as error:
            text = f"the BCF is damaged or truncated after record {number:,}."
            raise BadInput(text, path=str(self.path), mend=_MEND_CUT) from error
        finally:
            pysam.set_verbosity(before)
        self.done = self.total

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        super().__exit__(kind, error, trace)


def _bcf(path: Path, file: BinaryIO, total: int, *, compressed: bool) -> Source:
    if compressed:
        file.seek(max(total - len(_EOF_BLOCK), 0))
        tail = file.read()
        file.seek(0)
        if tail != _EOF_BLOCK:
            raise BadInput(
                f"the file is truncated: it ends at byte {total:,} without the empty block that closes bgzip.",
                path=str(path),
                mend=_MEND_CUT,
            )
    return _Bcf(path, file, total)
