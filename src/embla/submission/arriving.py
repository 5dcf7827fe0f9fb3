"""One file on its way, piece by piece: what arrived stays, whatever byte the line was cut at; the next piece goes on.

The bytes so far lie beside the file's place, under a name that begins with a dot. A file that was encrypted at the
laboratory is opened when its last byte is here; then, as for a plain one, size and SHA-256 must be the manifest's.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from embla.errors import BadInput, Conflict, Unavailable
from embla.storage import hashed
from embla.submission.model.manifest import File
from embla.vault import most_sealed

# The plain bytes of an encrypted file; `path` is what the manifest calls it.
Unseal = Callable[[BinaryIO, str], Iterator[bytes]]
_CHUNK: Final = 1 << 20
_RANGE: Final = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


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
    """Where the bytes of a file lie while more are to come."""
    return place.with_name(f".{place.name}.{'sealed' if sealed else 'plain'}")


def arrived(place: Path, *, sealed: bool) -> int:
    """How many bytes of it are here."""
    try:
        return part_of(place, sealed=sealed).stat().st_size
    except FileNotFoundError:
        return 0


class PieceReceiver:
    """Adds one piece to what has arrived.

    One at a time: Conflict, with `arrived`, for a second that comes meanwhile and for a piece that does not begin where
    the last one ended.
    """

    def __init__(self, place: Path, file: File, span: Span, unseal: Unseal | None) -> None:
        most = file.size if unseal is None else most_sealed(file.size)
        if span.total > most or (unseal is None and span.total != file.size):
            found = f"{span.total:,} bytes are announced; the manifest says {file.size:,}."
            raise BadInput(found, path=file.path, mend="Send it as it is listed.")
        self._place, self._manifest, self._span, self._unseal = place, file, span, unseal
        self._part = part_of(place, sealed=unseal is not None)
        self._left = span.end - span.start
        self._file = _locked(self._part, place)
        have = os.fstat(self._file.fileno()).st_size
        if have != span.start:
            self._file.close()
            raise Conflict(f"The next byte to come is number {have}.", mend="Go on from there.", arrived=have)

    def write(self, chunk: bytes) -> None:
        """Add bytes; they stay. BadInput when there are more than were announced."""
        self._left -= len(chunk)
        if self._left < 0:
            raise BadInput("more bytes came than were announced.", path=self._manifest.path, mend="Send it again.")
        view = memoryview(chunk)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise no_room(error) from error

    def finish(self) -> bool:
        """True when the file is whole by now and is what the manifest says; else more is to come.

        BadInput when bytes of the piece are missing (what came stays), or when the whole is not the manifest's file:
        then nothing of it stays.
        """
        if self._left:
            found = f"{self._left:,} bytes of this piece did not arrive."
            raise BadInput(found, path=self._manifest.path, mend="Go on from what has arrived.")
        if self._span.end < self._span.total:
            return False
        try:
            os.fsync(self._file.fileno())
            self._settle()
        except OSError as error:
            raise no_room(error) from error
        except BadInput:
            self._part.unlink(missing_ok=True)
            raise
        return True

    def close(self) -> None:
        """Let go."""
        self._file.close()

    def _settle(self) -> None:
        with self._part.open("rb") as body:
            if self._unseal is None:
                self._compare(iter(lambda: body.read(_CHUNK), b""), None)
                os.replace(self._part, self._place)
                return
            plain = self._place.with_name(f".{self._place.name}.opened")
            try:
                with plain.open("wb") as out:
                    self._compare(self._unseal(body, self._manifest.path), out)
                    out.flush()
                    os.fsync(out.fileno())
                os.replace(plain, self._place)
            finally:
                plain.unlink(missing_ok=True)
            self._part.unlink(missing_ok=True)

    def _compare(self, pieces: Iterable[bytes], out: BinaryIO | None) -> None:
        digest, size = sha256(), 0
        for piece in hashed(pieces, digest):
            size += len(piece)
            if size > self._manifest.size:
                break
            if out is not None:
                out.write(piece)
        if size != self._manifest.size:
            found = f"{size:,} bytes arrived of the {self._manifest.size:,} in the manifest."
            raise BadInput(found, path=self._manifest.path, mend="Send it again.")
        if digest.hexdigest() != self._manifest.sha256:
            mend = "Was the file changed after the manifest was written?"
            raise BadInput("its SHA-256 is not the manifest's.", path=self._manifest.path, mend=mend)


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
