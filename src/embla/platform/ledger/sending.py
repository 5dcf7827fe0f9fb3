"""The log sent to another machine while it is written: syslog (RFC 5424) over TLS (RFC 5425).

Two kinds of messages: `entry`, the entries of the event log as they are exported (what is sealed in them stays sealed),
with the signed checkpoints after them (`checkpoint`), each in order and none left out; and `line`, the lines of the
program's own log since the last time, of which the oldest are lost where nobody takes them. Who collects them holds
what this machine can no longer change; an entry may come twice, never not at all.
"""

import logging
import os
import socket
import ssl
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select

from embla.errors import Unavailable, UsageError
from embla.platform.clock import time_text
from embla.platform.database import Database
from embla.platform.ledger.audit import entries_after
from embla.platform.logging import JsonLines
from embla.platform.tables import log_checkpoints

# RFC 5425, 4.1.
PORT: Final = 6514
SECONDS: Final = 10.0
_ROUNDS, _ROWS, _LINES = 20, 1000, 10_000
# RFC 5424, 6.2.1: facility 13 (log audit), severity 6 (informational).
_PRIORITY: Final = 13 * 8 + 6


class Lines(logging.Handler):
    """Keeps the newest lines of the program's log until they are sent."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.waiting: deque[str] = deque(maxlen=_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Never fails who logs."""
        try:
            self.waiting.append(self.format(record))
        except Exception:
            self.handleError(record)


@dataclass(frozen=True)
class Collector:
    """Where the log is sent, and whose certificates are believed: those of the system, or those in `authority`."""

    host: str
    port: int
    authority: Path | None

    @classmethod
    def of(cls, text: str, authority: Path | None) -> "Collector":
        """`host` or `host:port`."""
        host, colon, port = text.strip().rpartition(":")
        if not colon:
            host, port = port, str(PORT)
        if not host or not port.isdecimal() or not 0 < int(port[:9]) < 65536:
            raise UsageError("EMBLA_LOG_COLLECTOR is no address.", mend=f"Write host or host:port ({PORT}).")
        return cls(host.strip("[]"), int(port), authority)


class Sender:
    """Sends what is new; `mark` (a file of the home) says up to which entry it was taken."""

    def __init__(self, database: Database, collector: Collector, mark: Path, lines: Lines | None = None) -> None:
        self.database, self.collector, self.mark, self.lines = database, collector, mark, lines

    @property
    def sent(self) -> int:
        """The last entry that was taken; 0 where none was."""
        try:
            text = self.mark.read_text().strip()
        except FileNotFoundError:
            return 0
        return int(text) if text.isdecimal() else 0

    def silent(self, at: datetime) -> bool:
        """True where nothing was taken in the last hour."""
        try:
            return at.timestamp() - self.mark.stat().st_mtime > 3600
        except FileNotFoundError:
            return True

    def send(self, at: datetime) -> int:
        """Send what is new, at most some thousand entries; how many entries. Unavailable when nobody takes them."""
        after = self.sent
        frames, last = self._entries(after, at)
        lines = list(self.lines.waiting) if self.lines is not None else []
        frames += [_frame("line", line.encode(), at) for line in lines]
        if not frames:
            return 0
        self._deliver(frames)
        for _ in lines:
            if self.lines is not None and self.lines.waiting:
                self.lines.waiting.popleft()
        self._note(last)
        return last - after

    def _entries(self, after: int, at: datetime) -> tuple[list[bytes], int]:
        frames, last = [], after
        with self.database.reading() as connection:
            for _ in range(_ROUNDS):
                batch = entries_after(connection, last, _ROWS)
                frames += [_frame("entry", entry, at) for _, entry, _ in batch]
                last = batch[-1][0] if batch else last
                if len(batch) < _ROWS:
                    break
            size = log_checkpoints.c.size
            signed = select(log_checkpoints.c.envelope).where(size > after, size <= last).order_by(size)
            frames += [_frame("checkpoint", text.encode(), at) for text in connection.scalars(signed)]
        return frames, last

    def _deliver(self, frames: list[bytes]) -> None:
        to = self.collector
        try:
            context = ssl.create_default_context(cafile=None if to.authority is None else str(to.authority))
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            with (
                socket.create_connection((to.host, to.port), SECONDS) as plain,
                context.wrap_socket(plain, server_hostname=to.host) as sealed,
            ):
                sealed.sendall(b"".join(frames))
                _closed_by_both(sealed)
        except OSError as error:
            raise Unavailable(f"The collector of the log does not take it ({type(error).__name__}).") from error

    def _note(self, last: int) -> None:
        self.mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.mark.with_suffix(".part")
        part.write_text(f"{last}\n")
        os.replace(part, self.mark)


def _closed_by_both(sealed: ssl.SSLSocket) -> None:
    """The other side closes only after all that came before, and then it has it; a reset connection is an OSError."""
    try:
        sealed.unwrap()
    except ssl.SSLEOFError:
        return  # it closed without the word that TLS has for it
    except OSError as error:
        if error.errno != 0:  # Python says "[Errno 0]" for the same
            raise


def _frame(kind: str, message: bytes, at: datetime) -> bytes:
    """RFC 5425, 4.3: the length in octets, a space, the message."""
    head = f"<{_PRIORITY}>1 {time_text(at)} {socket.gethostname()[:255] or '-'} embla {os.getpid()} {kind} - "
    line = head.encode("ascii", "replace") + message
    return b"%d %b" % (len(line), line)
