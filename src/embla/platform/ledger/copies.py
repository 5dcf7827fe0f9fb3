"""Second places for signed checkpoints: one file per log in a folder, a checkpoint a line, only ever appended to.

Who holds such a copy needs nobody's word: a log whose tail was cut, or that was rewritten, does not agree with it. The
folder may be a share or a mount on another machine; when it is away, what it misses follows later.
"""

import fcntl
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embla.errors import BadInput, Unavailable
from embla.platform.envelope import Envelope, parse_envelope

_TAIL: Final = 1 << 16


@dataclass(frozen=True)
class Copies:
    """The copy of one log's checkpoints in one folder."""

    folder: Path
    log: str

    @property
    def file(self) -> Path:
        """Where the checkpoints are."""
        return self.folder / f"embla-log-{self.log}.jsonl"

    def newest(self) -> Envelope | None:
        """The last whole line, unchecked; None where nothing was copied yet. Unavailable when the folder is away."""
        try:
            with self.file.open("rb") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(max(0, end - _TAIL))
                lines = file.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"{self.file} cannot be read: {error.strerror}.") from error
        return parse_envelope(lines[-1], path=str(self.file)) if lines else None

    def append(self, envelopes: Sequence[Envelope]) -> None:
        """Add checkpoints and bring them to the disk. A line torn by a crash goes first."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
            with os.fdopen(handle, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                _drop_torn_line(file.fileno())
                there = self.newest()
                seen = there.says.get("size", 0) if there is not None else 0
                # Another process may have been here since we looked.
                new = [one for one in envelopes if one.says["size"] > seen]
                file.write(b"".join(one.text().encode() + b"\n" for one in new))
                file.flush()
                os.fsync(file.fileno())
            folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise Unavailable(f"{self.file} cannot be written: {error.strerror}.") from error


def _drop_torn_line(handle: int) -> None:
    end = os.fstat(handle).st_size
    tail = os.pread(handle, _TAIL, max(0, end - _TAIL))
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(handle, end - len(tail) + tail.rfind(b"\n") + 1)


def newest_of(copies: Sequence[Copies]) -> tuple[list[tuple[Copies, Envelope]], list[Copies]]:
    """The newest checkpoint of each place that has one, and the places that cannot be read."""
    found, away = [], []
    for place in copies:
        try:
            envelope = place.newest()
        except (Unavailable, BadInput):
            away.append(place)
            continue
        if envelope is not None:
            found.append((place, envelope))
    return found, away
