"""What is said of a home, and what a backup is: values and rules, no files and no database."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from embla.errors import Broken, WrongFormat
from embla.platform import parse_time, time_text

FORMAT: Final = 3
# Format 1 had the identity zone as a file, and said nothing of what it left out; 2 did not say how many had left.
_READS: Final = (1, 2, 3)
# ISO 27001 A.8.13 asks for tested copies; a month with a few days' grace, as ux-security B7 of the plan has it.
DRILL_DAYS: Final = 35
BACKUP_HOURS: Final = 26
GROWTH_DAYS: Final = 90


@dataclass(frozen=True)
class Finding:
    """One thing the doctor looked at. `state`: "ok", "warn" (mend it soon) or "bad" (mend it now)."""

    name: str
    state: str
    text: str
    mend: str = ""


@dataclass(frozen=True)
class FileEntry:
    """A file of the home: its name relative to it, the SHA-256 of its bytes, its size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class TableEntry:
    """A table of the database: how many rows, and the SHA-256 of their lines, see platform/dumping.py."""

    table: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Backup:
    """One state of a home. `log_events` and `log_hash`: the end of the event log in it; `manifest`: the store's state.

    keys: SHA-256 of the sealed bundle of keys, "" where the repository has no recovery key. zone: the tables of the
    identity zone, a database of its own, encrypted as they are; its format is `zone_format`, 0 where there is none.
    left_out: "files" where the kept files lie outside the home and something else copies them. erased: how many
    accessions the repository knew to have left.
    """

    id: str
    made_at: datetime
    version: str
    database_format: str
    engine: str
    log_events: int
    log_hash: str
    manifest: str
    genomes: int
    tables: tuple[TableEntry, ...]
    files: tuple[FileEntry, ...]
    keys: str = ""
    zone: tuple[TableEntry, ...] = ()
    zone_format: int = 0
    left_out: tuple[str, ...] = ()
    erased: int = 0

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def objects(self) -> set[str]:
        """SHA-256 of everything in the repository that this backup needs."""
        found = {file.sha256 for file in self.files} | {table.sha256 for table in (*self.tables, *self.zone)}
        return found | ({self.keys} if self.keys else set())

    def encode(self) -> bytes:
        """JSON, one form for one content."""
        values = asdict(self) | {"made_at": time_text(self.made_at), "format": FORMAT}
        return json.dumps(values, sort_keys=True, indent=1).encode() + b"\n"

    @classmethod
    def decode(cls, data: bytes, name: str) -> "Backup":
        """The backup that these bytes are. Broken when they are none, WrongFormat for another version's."""
        try:
            values: dict[str, Any] = json.loads(data)
            format_ = values.pop("format")
            if format_ not in _READS:
                raise WrongFormat(
                    f"{name} is a backup of format {format_}; this program reads up to {FORMAT}.",
                    mend="Use the Embla that made it.",
                )
            values["made_at"] = parse_time(values["made_at"])
            values["tables"] = tuple(TableEntry(**item) for item in values["tables"])
            values["files"] = tuple(FileEntry(**item) for item in values["files"])
            values["zone"] = tuple(TableEntry(**item) for item in values.get("zone", ()))
            values["left_out"] = tuple(values.get("left_out", ()))
            return cls(**values)
        except (ValueError, KeyError, TypeError) as error:
            raise Broken(f"{name} is not a backup's list.", mend="Take another backup of this repository.") from error


def full_on(free: int, per_genome: float, genomes_before: int, genomes_now: int, today: date) -> date | None:
    """The day when the disk is full if the last `GROWTH_DAYS` go on as they went; None when nothing grows.

    free: bytes left; per_genome: bytes that one genome takes; genomes_before: how many there were GROWTH_DAYS ago.
    """
    grown = (genomes_now - genomes_before) * per_genome
    if grown <= 0:
        return None
    days = free / (grown / GROWTH_DAYS)
    return today + timedelta(days=int(days)) if days < 36_500 else None


def to_prune(backups: Mapping[str, datetime], *, keep: int, keep_months: int, now: datetime) -> set[str]:
    """Ids of backups to delete: all but the newest `keep`, and the newest of each of the last `keep_months` months."""
    newest_first = sorted(backups, key=lambda name: (backups[name], name), reverse=True)
    kept = set(newest_first[:keep])
    month_of_now = now.year * 12 + now.month
    seen: set[int] = set()
    for name in newest_first:
        month = backups[name].year * 12 + backups[name].month
        if month_of_now - month < keep_months and month not in seen:
            seen.add(month)
            kept.add(name)
    return set(backups) - kept
