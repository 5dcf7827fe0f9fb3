"""The envelope of every binary file of the store: magic, parts, a directory at the end.

    "EMBLA" kind(3) version(1)   parts one after another   zstd(JSON directory)   size(u32) check(8) "EMBLAEND"

The directory is small, at the end and found from there, so a reader on a bucket needs one range to know all offsets.
A version this program does not know is refused with the command that upgrades.
"""

import json
import struct
from collections.abc import Iterator
from hashlib import blake2b, sha256
from tempfile import SpooledTemporaryFile, gettempdir
from typing import Any, Final

from embla.errors import Broken, Unavailable, WrongFormat
from embla.genotypes.files.columns import squeeze, unsqueeze
from embla.storage import Ranged, Sealed

FORMAT: Final = 1
_MAGIC: Final = b"EMBLA"
_END: Final = b"EMBLAEND"
_TRAILER: Final = struct.Struct("<I8s8s")
IN_MEMORY: Final = 64 << 20
_CHUNK: Final = 4 << 20
Buffer = bytes | memoryview | Sealed | Ranged


class BlobWriter:
    """Collects a file's parts, on disk past 64 MB, and knows its SHA-256 when finished, if `digest`. Use as a context
    manager."""

    def __init__(self, kind: bytes, *, digest: bool = True) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)
        self._hash = sha256() if digest else None
        self.size = 0
        self.add(_MAGIC + kind + bytes([FORMAT]))

    def __enter__(self) -> "BlobWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nobody asks for its bytes any more."""
        self._file.close()

    def add(self, part: bytes | memoryview) -> tuple[int, int]:
        """Append; returns (offset, size) for the directory."""
        offset = self.size
        try:
            self._file.write(part)
        except OSError as error:
            raise Unavailable(
                f"cannot write a temporary file in {gettempdir()}: {error.strerror}.",
                mend="Make room there, or let TMPDIR name a larger disk.",
                errno=error.errno,
            ) from error
        if self._hash is not None:
            self._hash.update(part)
        self.size += len(part)
        return offset, len(part)

    def finish(self, directory: dict[str, Any]) -> str:
        """Write directory and trailer; returns the file's SHA-256 (64 hex digits), or "" where none is wanted."""
        packed = squeeze(json.dumps(directory, sort_keys=True, separators=(",", ":")).encode(), 3)
        self.add(packed)
        self.add(_TRAILER.pack(len(packed), blake2b(packed, digest_size=8).digest(), _END))
        return self._hash.hexdigest() if self._hash is not None else ""

    def chunks(self) -> Iterator[bytes]:
        """The whole file, a few megabytes at a time."""
        self._file.seek(0)
        while piece := self._file.read(_CHUNK):
            yield piece


def read_directory(data: Buffer, kind: bytes, name: str) -> dict[str, Any]:
    """The directory of a blob. Raises Broken for damage, WrongFormat for another version; `name` is the file."""
    head = len(_MAGIC) + len(kind) + 1
    if len(data) < head + _TRAILER.size or bytes(data[: head - 1]) != _MAGIC + kind:
        raise Broken(f"{name} is not a file of this store.", mend="Run `embla store verify`.", file=name)
    version = data[head - 1]
    if version != FORMAT:
        raise WrongFormat(
            f"{name} has format {version}, this program reads {FORMAT}.",
            mend="Run `embla store upgrade STORE`.",
            file=name,
        )
    size, check, end = _TRAILER.unpack(data[-_TRAILER.size :])
    packed = data[-_TRAILER.size - size : -_TRAILER.size] if size < len(data) else b""
    if end != _END or blake2b(packed, digest_size=8).digest() != check:
        raise Broken(f"{name} is damaged or cut short.", mend="Run `embla store verify`.", file=name)
    directory: dict[str, Any] = json.loads(unsqueeze(packed))
    return directory
