"""The log as a file: JSON Lines that anybody can check with `embla verify` and the public keys, far from the home.

First a line that says which log and how long; then a line per entry, its canonical bytes; after the entries that it
covers, each signed checkpoint. Personal fields stay sealed.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from embla.errors import Unavailable
from embla.platform.clock import time_text
from embla.platform.database import Database
from embla.platform.ledger.audit import FORMAT, LogTable


def export_log(source: LogTable, *, at: datetime) -> Iterator[bytes]:
    """The file in pieces of whole lines. Sign first: an audit wants every entry signed."""
    header = source.header
    told = {"format": FORMAT, "log": header.log, "size": header.size, "head": header.head}
    yield json.dumps(told | {"exported_at": time_text(at)}, separators=(",", ":")).encode() + b"\n"
    for batch in source.batches():
        yield b"\n".join(batch) + b"\n"


def write_log(database: Database, out: Path, *, at: datetime) -> int:
    """Write the file, whole or not at all; returns how many entries it holds. Memory does not grow with the log."""
    temporary = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    entries = 0
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file, database.reading() as connection:
            for piece in export_log(LogTable(connection), at=at):
                file.write(piece)
                entries += piece.count(b"\n[") + piece.startswith(b"[")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, out)
    except OSError as error:
        raise Unavailable(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        temporary.unlink(missing_ok=True)
    return entries
