"""One file on its way: opened, hashed and written while it arrives, and kept whatever byte the line was cut at.

The plain bytes so far lie beside the file's place, under a name that begins with a dot. Of a file that was encrypted at
the laboratory only opened bytes are written; its header, and the beginning of a segment that a piece ended in, lie in a
small file of their own. The running hash stays in memory between pieces; where it is lost, the file is hashed from its
beginning when the last byte is here. Then size and SHA-256 must be the manifest's.
"""

import fcntl
import os
import re
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from embla.errors import BadInput, Conflict, Unavailable
from embla.storage import Beside, Digest
from embla.submission.model.manifest import File
from embla.vault import SEGMENTS, header_end, most_sealed

if TYPE_CHECKING:
    from embla.vault import Opener

# What opens segments, from the header of a file; `path` is what the manifest calls it.
Unseal = Callable[[bytes, str], "Opener"]
_CHUNK: Final = 1 << 20
_SEGMENT, _SEALED_SEGMENT = SEGMENTS
_RANGE: Final = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
# Before header and rest of a segment: at how many opened bytes it was written, and how long the header is.
_HEAD: Final = struct.Struct("<QI")
# Running hashes of files that are between two pieces: by the part's place, with its inode and how much was hashed.
_RUNNING: dict[str, tuple[int, int, Digest]] = {}
_MOST_RUNNING: Final = 256


@dataclass(frozen=True)
class Span:
    """Bytes `start` to `end` (0-based, end not included) of `total`: a Content-Range. Sizes are those of what travels,
    which of an encrypted file is more than the manifest's."""

    start: int
    end: int
    total: int

    @classmethod
    def parse(cls, text: str) -> "Span":
        """From `bytes FIRST-LAST/TOTAL`, where LAST is included (RFC 9110, 14.4)."""
        found = _RANGE.fullmatch(text.strip())
        first, last, total = (int(number) for number in found.groups()) if found else (0, -1, 0)
        if not first <= last < total:
            raise BadInput("The Content-Range of the piece cannot be read.", mend="Write bytes FIRST-LAST/TOTAL.")
        return cls(first, last + 1, total)


def part_of(place: Path, *, sealed: bool) -> Path:
    """Where the plain bytes of a file lie while more are to come."""
    return place.with_name(f".{place.name}.{'opened' if sealed else 'plain'}")


def head_of(place: Path) -> Path:
    """Where the header of an encrypted file lies meanwhile, and what came of the segment that is not whole."""
    return place.with_name(f".{place.name}.head")


def arrived(place: Path, *, sealed: bool) -> int:
    """How many bytes of it are here, of those that travel."""
    part = part_of(place, sealed=sealed)
    size = part.stat().st_size if part.exists() else 0
    if not sealed:
        return size
    header, rest = _read_head(head_of(place), size)
    return len(header) + size // _SEGMENT * _SEALED_SEGMENT + len(rest)


class Receiver:
    """Adds one piece to what has arrived, or the whole file.

    One at a time: Conflict, with `arrived`, for a second that comes meanwhile and for a piece that does not begin where
    the last one ended; `anew`: the whole file comes in one request, and what had arrived of it is forgotten. Of one
    whose line is cut what came stays all the same.
    """

    def __init__(self, place: Path, file: File, span: Span, unseal: Unseal | None, *, anew: bool = False) -> None:
        most = file.size if unseal is None else most_sealed(file.size)
        if span.total > most or (unseal is None and span.total != file.size):
            found = f"{span.total:,} bytes are announced; the manifest says {file.size:,}."
            raise BadInput(found, path=file.path, mend="Send it as it is listed.")
        self._place, self._manifest, self._span, self._unseal = place, file, span, unseal
        self._left, self._anew = span.end - span.start, anew
        self._part = part_of(place, sealed=unseal is not None)
        self._file = _locked(self._part, place)
        self._header, self._rest = b"", bytearray()
        self._open: Opener | None = None
        self._begin(anew)
        self._hash = _taken_up(self._part, self._file, self._size)
        self._beside = Beside(self._hash) if self._hash is not None else None

    def write(self, chunk: bytes) -> None:
        """Add bytes; they stay. BadInput when there are more than were announced or when they do not open: of the
        latter nothing stays."""
        self._left -= len(chunk)
        if self._left < 0:
            if self._anew:
                self._forget()
            raise BadInput("more bytes came than were announced.", path=self._manifest.path, mend="Send it again.")
        if self._unseal is None:
            self._keep(memoryview(chunk))
            return
        self._rest += chunk
        try:
            self._open_whole()
        except BadInput:
            self._forget()
            raise

    def finish(self) -> bool:
        """True when the file is whole by now and is what the manifest says, and on the disk; else more is to come.

        BadInput when bytes of the piece are missing (what came stays), or when the whole is not the manifest's file:
        then nothing of it stays.
        """
        if self._left:
            found = f"{self._left:,} bytes of this piece did not arrive."
            if self._anew:  # all of it came, and it is another file
                self._forget()
            raise BadInput(found, path=self._manifest.path, mend="Go on from what has arrived.")
        if self._span.end < self._span.total:
            return False
        try:
            if self._unseal is not None:
                self._open_last()
            self._compare()
            os.fsync(self._file.fileno())
            os.replace(self._part, self._place)
        except OSError as error:
            raise no_room(error) from error
        except BadInput:
            self._forget()
            raise
        self._left = -1
        head_of(self._place).unlink(missing_ok=True)
        return True

    def close(self) -> None:
        """Let go; what came of a segment that is not whole is kept beside."""
        try:
            if self._beside is not None:
                self._beside.settle()
                self._beside.close()
            if self._left >= 0:
                self._put_aside()
        finally:
            self._file.close()

    def _begin(self, anew: bool) -> None:
        """Go on where the last piece ended, or from the first byte."""
        try:
            self._size = 0 if anew else os.fstat(self._file.fileno()).st_size
            if self._unseal is not None:
                self._header, rest = _read_head(head_of(self._place), self._size)
                self._size -= self._size % _SEGMENT
                self._rest += rest
            have = 0 if anew else len(self._header) + self._size // _SEGMENT * _SEALED_SEGMENT + len(self._rest)
            if self._unseal is None:
                have = self._size
            if have != self._span.start:
                self._file.close()
                raise Conflict(f"The next byte to come is number {have}.", mend="Go on from there.", arrived=have)
            if os.fstat(self._file.fileno()).st_size != self._size:
                os.ftruncate(self._file.fileno(), self._size)
            if self._header and self._unseal is not None:
                self._open = self._unseal(self._header, self._manifest.path)
        except OSError as error:
            self._file.close()
            raise no_room(error) from error
        except BadInput:
            self._forget()
            self._file.close()
            raise

    def _open_whole(self) -> None:
        """Open and keep what is whole of the segments that came."""
        if self._open is None:
            end = header_end(self._rest, self._manifest.path)
            if end is None:
                return
            assert self._unseal is not None
            self._header, self._open = (
                bytes(self._rest[:end]),
                self._unseal(bytes(self._rest[:end]), self._manifest.path),
            )
            del self._rest[:end]
            # Before any opened byte, which without it would be worth nothing.
            self._write_head(b"")
        whole = len(self._rest) // _SEALED_SEGMENT * _SEALED_SEGMENT
        if whole:
            with memoryview(self._rest) as view, view[:whole] as segments:
                plain = self._open(segments, self._size // _SEGMENT)
            del self._rest[:whole]
            self._keep(plain)

    def _open_last(self) -> None:
        """The last segment may be a short one."""
        if self._open is None:
            raise BadInput(
                "its Crypt4GH header is cut or too large.", path=self._manifest.path, mend="Encrypt it again."
            )
        if self._rest:
            plain = self._open(bytes(self._rest), self._size // _SEGMENT)
            self._rest.clear()
            self._keep(plain)

    def _keep(self, plain: memoryview) -> None:
        """Write plain bytes, and hash them beside."""
        if self._size + len(plain) > self._manifest.size:
            found = f"{self._size + len(plain):,} bytes arrived of the {self._manifest.size:,} in the manifest."
            raise BadInput(found, path=self._manifest.path, mend="Send it again.")
        if self._beside is not None:
            self._beside.take(plain)
        view = plain
        try:
            while view:
                written = self._file.write(view)
                self._size += written
                view = view[written:]
        except OSError as error:
            self._hash = None  # it has had bytes that are not here
            self._rest.clear()  # what came of a segment after those that are not here comes once more
            raise no_room(error) from error

    def _compare(self) -> None:
        if self._size != self._manifest.size:
            found = f"{self._size:,} bytes arrived of the {self._manifest.size:,} in the manifest."
            raise BadInput(found, path=self._manifest.path, mend="Send it again.")
        if self._beside is not None:
            self._beside.settle()
        digest = self._hash or _hash_of(self._part)
        if digest.hexdigest() != self._manifest.sha256:
            mend = "Was the file changed after the manifest was written?"
            raise BadInput("its SHA-256 is not the manifest's.", path=self._manifest.path, mend=mend)

    def _put_aside(self) -> None:
        """For the next piece: the running hash, and what came of a segment."""
        if self._hash is not None:
            while len(_RUNNING) >= _MOST_RUNNING:
                _RUNNING.pop(next(iter(_RUNNING), ""), None)
            _RUNNING[str(self._part)] = (os.fstat(self._file.fileno()).st_ino, self._size, self._hash)
        if self._unseal is not None and (self._rest or self._header):
            with suppress(Unavailable):  # then it comes once more
                self._write_head(bytes(self._rest))

    def _write_head(self, rest: bytes) -> None:
        head = head_of(self._place)
        temporary = head.with_name(f"{head.name}.{os.getpid()}")
        try:
            temporary.write_bytes(_HEAD.pack(self._size, len(self._header)) + self._header + rest)
            os.replace(temporary, head)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise no_room(error) from error

    def _forget(self) -> None:
        """Nothing of it stays."""
        self._left = -1
        _RUNNING.pop(str(self._part), None)
        self._part.unlink(missing_ok=True)
        head_of(self._place).unlink(missing_ok=True)


def _read_head(head: Path, size: int) -> tuple[bytes, bytes]:
    """Header, and what came of the segment that follows `size` opened bytes. A rest that was written at another size is
    of a segment that is whole by now, or was lost since."""
    try:
        raw = head.read_bytes()
        at, length = _HEAD.unpack_from(raw)
    except (FileNotFoundError, struct.error):
        return b"", b""
    header = raw[_HEAD.size : _HEAD.size + length]
    if not length:  # the header itself is not whole
        return b"", raw[_HEAD.size :] if size == 0 else b""
    return header, raw[_HEAD.size + length :] if at == size else b""


def _taken_up(part: Path, file: BinaryIO, size: int) -> Digest | None:
    """The running hash of the bytes that are here; None where nobody in this process hashed them."""
    inode, hashed, digest = _RUNNING.pop(str(part), (0, -1, None))
    if size == 0:
        return sha256()
    return digest if (inode, hashed) == (os.fstat(file.fileno()).st_ino, size) else None


def _hash_of(part: Path) -> Digest:
    digest = sha256()
    with part.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest


def _locked(part: Path, place: Path) -> BinaryIO:
    busy = "Another piece of this file arrives right now."
    try:
        file = part.open("ab", buffering=0)
    except OSError as error:
        raise no_room(error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it before us may have given the file its place: ours would be that one.
        same = part.exists() and os.path.samestat(part.stat(), os.fstat(file.fileno()))
    except OSError:
        same = False
    if not same or place.exists():
        file.close()
        if place.exists():
            part.unlink(missing_ok=True)
        raise Conflict(busy, mend="Ask what is missing, and go on.", arrived=-1)
    return file


def no_room(error: OSError) -> Unavailable:
    """A full disk, most often. What has arrived stays and is gone on with."""
    return Unavailable(f"The file cannot be kept now ({error.strerror}).", mend="Go on later; what arrived is kept.")
