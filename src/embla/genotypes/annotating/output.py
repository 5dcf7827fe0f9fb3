"""A text file being written: plain or bgzip, under a temporary name until it is whole."""

import os
import struct
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

from deflate import crc32, deflate_compress
from isal import igzip_lib

from embla.errors import Unavailable, UsageError
from embla.storage import begin_file

Text = bytes | memoryview
BLOCK: Final = 65_280
END_OF_FILE: Final = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_HEAD: Final = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0"
_SIZE: Final = struct.Struct("<H")
_TAIL: Final = struct.Struct("<II")
_WAITING: Final = 4  # batches of blocks in flight for each thread
_BATCH: Final = 16


def _stored(text: Text) -> bytes:
    return struct.pack("<BHH", 1, len(text), len(text) ^ 0xFFFF) + bytes(text)


def _squeezer(level: int) -> Callable[[Text], bytes]:
    """Raw DEFLATE at a level of 0 to 12. Level 1 is isal's, which is a third faster than libdeflate's and 6 %
    larger."""
    if level == 0:
        return _stored
    if level == 1:
        return lambda text: bytes(igzip_lib.compress(text, 1, igzip_lib.COMP_DEFLATE))
    return lambda text: bytes(deflate_compress(text, level))


def _parts(text: Text, squeeze: Callable[[Text], bytes]) -> tuple[bytes, ...]:
    body = squeeze(text)
    if len(body) + 25 > 0xFFFF:
        body = _stored(text)
    return _HEAD, _SIZE.pack(len(body) + 25), body, _TAIL.pack(crc32(text), len(text))


def block(text: Text, squeeze: Callable[[Text], bytes]) -> bytes:
    """One BGZF block (SAM specification 4.1) of at most 65,280 bytes of text."""
    return b"".join(_parts(text, squeeze))


def _blocks_of(texts: list[Text], squeeze: Callable[[Text], bytes]) -> bytes:
    return b"".join([part for text in texts for part in _parts(text, squeeze)])


class Output:
    """Write text with `write`, in a `with` block; the file appears under its name when the block ends well.

    bgzip where the name ends in .gz or .bgz. A pipe or a device is written to directly. UsageError when the folder is
    missing or the name is a folder's; Unavailable when the disk is full.
    """

    def __init__(self, path: Path, *, level: int = 1, threads: int = 1) -> None:
        self.path = path
        self._squeeze = _squeezer(level) if path.suffix in (".gz", ".bgz") else None
        self._direct = path.exists() and not path.is_file() and not path.is_dir()
        self._pool = ThreadPoolExecutor(threads) if threads > 1 and self._squeeze else None
        self._limit = threads * _WAITING
        self._pending: deque[Future[bytes]] = deque()
        self._rest = b""
        self._temporary: Path | None = None
        self._file: BinaryIO

    def __enter__(self) -> "Output":
        if self.path.is_dir():
            raise UsageError(f"{self.path} is a folder.", mend="Give the name of a file.")
        if not self.path.parent.is_dir():
            raise UsageError(f"there is no folder {self.path.parent}.", mend="Make it first.")
        try:
            if self._direct:
                self._file = self.path.open("wb")
            else:
                number, self._temporary = begin_file(self.path)
                self._file = os.fdopen(number, "wb")
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be written: {error.strerror}.", mend="Check the folder.") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)
            # Closing writes what is buffered once more: where that fails again the error from before says why.
            with suppress(OSError):
                self._file.close()
            if self._temporary is not None:
                self._temporary.unlink(missing_ok=True)

    def write(self, text: Text) -> None:
        """Add text."""
        if self._squeeze is None:
            self._put(text)
            return
        text = memoryview(text)
        at = 0
        blocks: list[Text] = []
        if self._rest:
            at = min(BLOCK - len(self._rest), len(text))
            self._rest += bytes(text[:at])
            if len(self._rest) < BLOCK:
                return
            blocks.append(self._rest)
        whole = at + (len(text) - at) // BLOCK * BLOCK
        # A thread compresses while the caller fills its buffer again, so it needs a copy.
        own = bytes if self._pool is not None else memoryview
        blocks += [own(text[start : start + BLOCK]) for start in range(at, whole, BLOCK)]
        self._rest = bytes(text[whole:])
        self._blocks(blocks)

    def _blocks(self, blocks: list[Text]) -> None:
        squeeze = self._squeeze
        assert squeeze is not None
        if self._pool is None:
            for start in range(0, len(blocks), _BATCH):
                self._put(_blocks_of(blocks[start : start + _BATCH], squeeze))
            return
        for start in range(0, len(blocks), _BATCH):
            some = blocks[start : start + _BATCH]
            self._pending.append(self._pool.submit(_blocks_of, some, squeeze))
            while len(self._pending) > self._limit:
                self._put(self._pending.popleft().result())

    def _finish(self) -> None:
        if self._squeeze is not None:
            if self._rest:
                self._blocks([self._rest])
            while self._pending:
                self._put(self._pending.popleft().result())
            self._put(END_OF_FILE)
        try:
            self._file.flush()
            if self._temporary is not None:
                os.fsync(self._file.fileno())
                mask = os.umask(0)
                os.umask(mask)
                self._temporary.chmod(0o666 & ~mask)
                self._temporary.replace(self.path)
        except OSError as error:
            raise self._full(error) from error

    def _put(self, data: Text) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise self._full(error) from error

    def _full(self, error: OSError) -> Unavailable:
        return Unavailable(f"{self.path} cannot be written: {error.strerror}.", mend="Make room on the disk.")
