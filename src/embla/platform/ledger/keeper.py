"""Keeps the log honest while the house runs: follows it, signs it, copies what was signed, and says how it is.

The keeper signs only what it has followed entry by entry from the last signed checkpoint, and what agrees with every
copy it can reach. So whoever rewrites the log in the database gets no signature for it: the light goes red instead. In
a process that lives long it also reads the whole log again, a piece at each look.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from embla.errors import Broken, Conflict, EmblaError, Unavailable
from embla.platform.clock import time_text
from embla.platform.database import Database
from embla.platform.envelope import Envelope, parse_envelope
from embla.platform.keyring import Keyring
from embla.platform.ledger.audit import CHECKPOINT, Header, LogTable
from embla.platform.ledger.copies import Copies, newest_of
from embla.platform.ledger.faults import fault
from embla.platform.ledger.follow import Follower, checked, last_checkpoint, start_from
from embla.platform.tables import log_checkpoints

EVERY_ENTRIES: Final = 1000
EVERY: Final = timedelta(seconds=60)
# How many old entries a look reads again, at least; all of them in at most a thousand looks.
_AGAIN: Final = 1000
log = logging.getLogger("embla.log")


@dataclass(frozen=True)
class CopyHealth:
    """One second place: can it be reached, and how many entries does its newest checkpoint cover?"""

    place: str
    reachable: bool
    size: int


@dataclass(frozen=True)
class LogHealth:
    """How the log is. `signed`: entries that the last checkpoint covers, `age`: seconds since it was signed; `again`:
    entries read again in this round, `read_again_at`: when this process last finished reading the whole log again."""

    intact: bool
    fault: str | None
    first_wrong: int | None
    size: int
    root: str
    signed: int
    last_checkpoint: datetime | None
    age: float | None
    copies: tuple[CopyHealth, ...]
    again: int
    read_again_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        """Stable keys."""
        told = dict(vars(self)) | {"copies": [vars(one) for one in self.copies]}
        for name in ("last_checkpoint", "read_again_at"):
            told[name] = None if told[name] is None else time_text(told[name])
        return told


class LogKeeper:
    """The keeper of one home's log: one per process, safe from many threads and beside other processes."""

    def __init__(self, database: Database, keyring: Keyring, own: Path, elsewhere: Sequence[Path] = ()) -> None:
        """`own`: the home's folder for copies, where no other log is ever copied to; `elsewhere`: more of them."""
        self.database, self.keyring, self.own = database, keyring, own
        self.folders = (own, *elsewhere)
        self._lock = threading.RLock()
        self._at: Follower | None = None
        self._again: tuple[Follower, int, bytes] | None = None
        self._read_again_at: datetime | None = None
        self._signed: tuple[int, datetime] | None = None
        self._tried: datetime | None = None
        self._looked: tuple[datetime, LogHealth] | None = None

    def after(self, number: int, at: datetime) -> None:
        """Called after each commit that wrote an event; signs when it is time. Never fails its caller: that commit is
        made."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._due(number, at):
                self._tried = at
                self.checkpoint(at)
        except EmblaError as error:
            log.error("the log was not signed: %s", error)
        finally:
            self._lock.release()

    def tick(self, at: datetime) -> LogHealth:
        """What a worker does every minute: sign what is new, copy what is missing somewhere, look."""
        try:
            self.checkpoint(at)
        except EmblaError as error:
            log.error("the log was not signed: %s", error)
        return self.health(at)

    def checkpoint(self, at: datetime) -> Envelope | None:
        """Sign the log as it is now, unless that is signed already, and copy it; None for an empty log.

        Broken when the log is not what was signed before, here or in a copy: then nothing is signed.
        """
        with self._lock:
            with self.database.reading() as connection:
                header = LogTable(connection).header
                here = self._follow(connection, header)
                self._compare_copies(connection, header)
                last = last_checkpoint(connection)
            size = here.tree.size
            if size == 0:
                return None
            if last is not None and last.size == size:
                envelope, self._signed = parse_envelope(last.envelope), (size, last.at)
            else:
                says = {"log": header.log, "size": size, "root": here.tree.root().hex(), "head": here.chain.head}
                envelope, self._signed = self.keyring.sign(CHECKPOINT, says, at=at), (size, at)
                row = {"size": size, "at": at, "root": says["root"], "peaks": here.tree.text()}
                try:
                    with self.database.transaction() as connection:
                        connection.execute(insert(log_checkpoints).values(row | {"envelope": envelope.text()}))
                except Conflict:
                    log.info("another process has signed the log at this size")
                    with self.database.reading() as connection:
                        there = last_checkpoint(connection, size)
                    if there is not None:
                        envelope = parse_envelope(there.envelope)
            self._copy(header)
            return envelope

    def health(self, at: datetime) -> LogHealth:
        """How the log is, followed to its last entry. Cheap: reads what is new, and a piece of what is old again."""
        found: Broken | None = None
        with self._lock, self.database.reading() as connection:
            header, last = LogTable(connection).header, last_checkpoint(connection)
            try:
                self._follow(connection, header)
                self._compare_copies(connection, header)
                self._read_again(connection, header, at)
            except Broken as error:
                found, self._at, self._again = error, None, None
            root = self._at.tree.root().hex() if self._at is not None else ""
            again = self._again[0].tree.size if self._again is not None else 0
        return LogHealth(
            intact=found is None,
            fault=None if found is None else str(found.facts.get("fault", "broken")),
            first_wrong=None if found is None else int(str(found.facts.get("number", 0))),
            size=header.size,
            root=root,
            signed=0 if last is None else last.size,
            last_checkpoint=None if last is None else last.at,
            age=None if last is None else max(0.0, (at - last.at).total_seconds()),
            copies=self._copies_health(header),
            again=again,
            read_again_at=self._read_again_at,
        )

    def recent(self, at: datetime, within: timedelta = timedelta(seconds=5)) -> LogHealth:
        """`health`, looked at again when the last look is older than `within`: for a page that anybody may ask for."""
        if self._looked is None or not timedelta(0) <= at - self._looked[0] < within:
            self._looked = (at, self.health(at))
        return self._looked[1]

    def copies(self, header: Header) -> tuple[Copies, ...]:
        """The second places of this log."""
        return tuple(Copies(folder, header.log) for folder in self.folders)

    def _due(self, number: int, at: datetime) -> bool:
        if self._tried is not None and timedelta(0) <= at - self._tried < EVERY:
            # What could not be signed is tried again in a minute, not at each event.
            return self._signed is not None and number - self._signed[0] >= EVERY_ENTRIES
        if self._signed is None:
            with self.database.reading() as connection:
                last = last_checkpoint(connection)
            if last is None:
                return True
            self._signed = (last.size, last.at)
        return number - self._signed[0] >= EVERY_ENTRIES or not timedelta(0) <= at - self._signed[1] < EVERY

    def _follow(self, connection: Connection, header: Header) -> Follower:
        if self._at is None:
            self._at = start_from(last_checkpoint(connection), header, self.keyring.public)
        at = self._at.copy()
        at.follow(connection, header, header.size)
        at.agrees(header)
        self._at = at
        return at

    def _read_again(self, connection: Connection, header: Header, at: datetime) -> None:
        """A piece of the old log: in the end its tree must be the one that was followed and signed."""
        assert self._at is not None
        if self._again is None:
            self._again = (Follower(), self._at.tree.size, self._at.tree.root())
        walker, size, root = self._again
        walker = walker.copy()
        walker.follow(connection, header, min(size, walker.tree.size + max(_AGAIN, size // 1000)))
        self._again = (walker, size, root)
        if walker.tree.size == size:
            if walker.tree.root() != root:
                raise fault("rewritten", 1, "The log read again from its beginning is not the log that was signed.")
            self._again, self._read_again_at = None, at

    def _compare_copies(self, connection: Connection, header: Header) -> None:
        """Broken when a second place knows of a log that goes on, or that is another."""
        if any(file.name != Copies(self.own, header.log).file.name for file in self.own.glob("embla-log-*.jsonl")):
            raise fault("forked", 1, "This home has signed another log than the one in its database.")
        found, _ = newest_of(self.copies(header))
        for _place, envelope in found:
            says = checked(envelope, header, self.keyring.public)
            if says["size"] > header.size:
                told = f"The log ends at entry {header.size}, but {says['size']} were signed and copied elsewhere."
                raise fault("cut", header.size + 1, told)
            here = last_checkpoint(connection, says["size"])
            if here is None or here.size != says["size"] or here.root != says["root"]:
                first = 1 if here is None else here.size
                raise fault("forked", first, "The checkpoint copied elsewhere is not one of this log.")

    def _copy(self, header: Header) -> None:
        found, away = newest_of(self.copies(header))
        newest = {place: int(envelope.says["size"]) for place, envelope in found}
        for place in self.copies(header):
            if place in away:
                log.warning("a second place for checkpoints is away: %s", place.folder)
                continue
            query = select(log_checkpoints.c.envelope).where(log_checkpoints.c.size > newest.get(place, 0))
            with self.database.reading() as connection:
                missing = connection.execute(query.order_by(log_checkpoints.c.size)).scalars().all()
            try:
                if missing:
                    place.append([parse_envelope(text) for text in missing])
            except Unavailable as error:
                log.warning("a checkpoint was not copied: %s", error)

    def _copies_health(self, header: Header) -> tuple[CopyHealth, ...]:
        places = self.copies(header)
        found, away = newest_of(places)
        sizes = {place: int(envelope.says.get("size", 0)) for place, envelope in found}
        return tuple(CopyHealth(str(place.folder), place not in away, sizes.get(place, 0)) for place in places)
