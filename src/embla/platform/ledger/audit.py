"""Is the log whole? The tree over its entries against signed checkpoints; the chain, read again, where they differ.

An audit trusts nothing but the public keys given: every checkpoint inside the log must be signed by one of them and
agree with the entries before it, the last one must cover the last entry, and each checkpoint from elsewhere must agree
too. What agrees with a signed root is, byte for byte, what was signed; so the chain is followed only where something is
wrong, and then it names the first wrong entry and the kind of fault (see `faults`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection, select, text

from embla.errors import BadInput, Broken
from embla.platform.clock import time_text
from embla.platform.envelope import Envelope, PublicKeys, parse_envelope
from embla.platform.ledger.entry import entry_bytes, entry_hash, previous_of
from embla.platform.ledger.faults import WINDOW, Chain, fault, name_fault
from embla.platform.ledger.merkle import Tree
from embla.platform.tables import log_checkpoints
from embla.platform.verifying import read_envelopes

if TYPE_CHECKING:
    from embla.platform.ledger.kernels import Levels

FORMAT = "embla-log/1"
CHECKPOINT = "checkpoint"
_MARK = b'{"format":"embla-log/'
_ROWS, _BLOCK = 5000, 4 << 20
# So many lines at once are worth the compiled hashes.
_MANY = 2000
_AFTER = text(
    "SELECT number, at, actor, kind, subject, version, body, previous, hash FROM events "
    "WHERE number > :after ORDER BY number LIMIT :limit"
)


@dataclass(frozen=True)
class Header:
    """What a log says of itself; proof of nothing. `peaks` only where it is a database."""

    log: str
    size: int
    head: str
    peaks: str | None = None


@dataclass(frozen=True)
class Audit:
    """A log that is whole. `checkpoints` counts the signed ones in it, `beside` those from elsewhere that agree."""

    log: str
    size: int
    root: str
    checkpoints: int
    beside: int
    signed: int
    signed_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        """Stable keys."""
        signed_at = None if self.signed_at is None else time_text(self.signed_at)
        return {"intact": True} | vars(self) | {"signed_at": signed_at}

    def sentence(self) -> str:
        """For people."""
        beside = f" and {self.beside} kept elsewhere" if self.beside else ""
        at = f", the last of {time_text(self.signed_at)}" if self.signed_at is not None else ""
        return (
            f"log {self.log}: {self.size} entries, unbroken; {self.checkpoints} signed checkpoints in it{beside} agree"
            f"{at}; root {self.root}"
        )


class Source(Protocol):
    """A log to read from its beginning, as often as needed: batches of entries, and checkpoints where they belong."""

    @property
    def header(self) -> Header: ...
    def batches(self) -> Iterator[list[bytes]]: ...


class LogFile:
    """An exported log. Memory is bounded whatever the file holds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header = self._header()

    def batches(self) -> Iterator[list[bytes]]:
        """Lines after the first, without their ends."""
        try:
            with self.path.open("rb") as file:
                file.readline(_BLOCK)
                rest = b""
                while block := file.read(_BLOCK):
                    *lines, rest = (rest + block).split(b"\n")
                    if len(rest) > 4 * _BLOCK:
                        raise BadInput("has a line without end.", path=str(self.path))
                    yield lines
                if rest:
                    yield [rest]
        except OSError as error:
            raise BadInput(f"cannot be read: {error.strerror}.", path=str(self.path)) from error

    def _header(self) -> Header:
        try:
            with self.path.open("rb") as file:
                told = json.loads(file.readline(1 << 16))
            if told["format"] != FORMAT:
                raise ValueError("format")
            return Header(str(told["log"]), int(told["size"]), str(told["head"]))
        except OSError as error:
            raise BadInput(f"cannot be read: {error.strerror}.", path=str(self.path)) from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BadInput(
                "is not an exported log.", path=str(self.path), mend="`embla log export` makes one."
            ) from error


class LogTable:
    """The log in the database, in one transaction. `wrong_hash`: the first row whose hash column is not its hash."""

    def __init__(self, connection: Connection, *, hashes: bool = False) -> None:
        self.connection = connection
        self.hashes = hashes
        self.wrong_hash: int | None = None
        # Whatever columns there are: an upgrade is rehearsed on a log from before the tree.
        row = connection.execute(text("SELECT * FROM event_head")).mappings().one()
        self.header = Header(row.get("log", ""), row["number"], row["hash"], row.get("peaks"))

    def batches(self) -> Iterator[list[bytes]]:
        """Entries as they would be exported, and checkpoints."""
        after = 0
        while batch := entries_after(self.connection, after):
            end = batch[-1][0] if len(batch) == _ROWS else None
            signed = self._checkpoints(after, end)
            lines: list[bytes] = []
            for number, entry, said in batch:
                while signed and signed[0][0] < number:
                    lines.append(signed.pop(0)[1])
                if self.hashes and self.wrong_hash is None and entry_hash(entry) != said:
                    self.wrong_hash = number
                lines.append(entry)
            yield lines + [line for _, line in signed]
            after = batch[-1][0]

    def _checkpoints(self, after: int, end: int | None) -> list[tuple[int, bytes]]:
        if self.header.peaks is None:
            return []
        query = select(log_checkpoints.c.size, log_checkpoints.c.envelope).where(log_checkpoints.c.size > after)
        if end is not None:
            query = query.where(log_checkpoints.c.size <= end)
        return [(row.size, row.envelope.encode()) for row in self.connection.execute(query.order_by("size"))]


def entries_after(connection: Connection, after: int, limit: int = _ROWS) -> list[tuple[int, bytes, str]]:
    """(number, entry, what the row says is its hash) of the next rows."""
    rows = connection.execute(_AFTER, {"after": after, "limit": limit})
    return [(row[0], entry_bytes(row[:8]), row[8]) for row in rows.all()]


def audit(source: Source, keys: PublicKeys, beside: Sequence[Envelope] = ()) -> Audit:
    """The log as it is, if it is what was signed; Broken with `fault` and the `number` of the first wrong entry if not.

    `beside`: checkpoints from a second place. They find what a log cannot tell of itself: its tail cut off together
    with what was signed about it, and a fork.
    """
    walk = _Walk(source.header, keys, sorted((_said(one, source.header, keys) for one in beside), key=_size))
    try:
        for batch in source.batches():
            walk.take(batch)
        walk.end()
    except _Differs as differs:
        follow_chain(source, differs.agreed)
        raise differs.otherwise from None
    return walk.told()


def is_exported_log(path: Path) -> bool:
    """Does this file begin like an exported log?"""
    try:
        with path.open("rb") as file:
            return file.read(len(_MARK)) == _MARK
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", path=str(path)) from error


def audit_file(path: Path, keys: PublicKeys, beside: Sequence[Path] = ()) -> Audit:
    """Audit an exported log with checkpoints from these files."""
    return audit(LogFile(path), keys, [envelope for file in beside for _, envelope in read_envelopes(file)])


def walk_database(connection: Connection) -> Tree:
    """Chain, tree and head of the database's log, without any key; Broken names the first wrong entry."""
    source = LogTable(connection, hashes=True)
    follow_chain(source, 0)
    if source.wrong_hash is not None:
        number = source.wrong_hash
        raise fault("edited", number, f"Event {number} was changed: it does not match its hash.")
    tree = Tree()
    for batch in source.batches():
        tree.extend([sha256(b"\0" + entry).digest() for entry in batch if entry[:1] == b"["])
    if source.header.peaks is not None and tree.text() != source.header.peaks:
        raise fault("rewritten", 1, "The tree that was kept while the log was written is not the tree of its events.")
    return tree


def follow_chain(source: Source, after: int) -> Chain:
    """Follow the chain from entry `after`, which is known to be right; Broken names the first that is not."""
    chain, seen, header = Chain(), 0, source.header
    window: list[bytes] = []
    for batch in source.batches():
        for entry in batch:
            if entry[:1] != b"[":
                continue
            seen += 1
            if seen < after:
                continue
            if seen == after:
                chain = Chain(after, entry_hash(entry), previous_of(entry))
            elif window or not chain.follow(entry):
                window.append(entry)
                if len(window) >= WINDOW:
                    raise name_fault(chain, window, None)
    if window:
        raise name_fault(chain, window, header.head)
    if chain.number < header.size:
        number = chain.number + 1
        raise fault("cut", number, f"The log ends at entry {chain.number}, but {header.size} were written.")
    if chain.head != header.head:
        raise fault("edited", chain.number, f"Entry {chain.number}, the last one, was edited or added.")
    return chain


class _Differs(Exception):
    """Entries and a checkpoint disagree. `agreed`: up to here they did; `otherwise`: the error if the chain is fine."""

    def __init__(self, agreed: int, otherwise: Broken) -> None:
        self.agreed, self.otherwise = agreed, otherwise


class _Walk:
    """One pass over a log: its tree, and what was signed about it."""

    def __init__(self, header: Header, keys: PublicKeys, beside: list[Mapping[str, Any]]) -> None:
        self.header, self.keys, self.beside = header, keys, beside
        self.tree = Tree()
        self.agreed = self.checkpoints = self.met = self.signed = 0
        self.signed_at: datetime | None = None
        self.last = b""

    def take(self, batch: list[bytes]) -> None:
        """Grow by the entries, stopping where something was signed."""
        signed = [at for at, line in enumerate(batch) if line[:1] != b"["]
        levels = None
        if len(batch) >= _MANY:
            # Compiled, and so not loaded for the short log of a young database.
            from embla.platform.ledger.kernels import Levels

            entries = [line for line in batch if line[:1] == b"["] if signed else batch
            levels = Levels(self.tree.size, entries)
        start = 0
        for at in signed:
            self._grow(batch[start:at], levels)
            if batch[at]:
                self._checkpoint(batch[at])
            start = at + 1
        self._grow(batch[start:], levels)

    def end(self) -> None:
        """What only the end can tell."""
        size, header = self.tree.size, self.header
        missing = self.beside[self.met :]
        if missing:
            # What no checkpoint here covers may be anything; only what agrees with one is known to be right.
            told = f"The log ends at entry {size}, but {missing[-1]['size']} were signed elsewhere"
            told += "." if self.agreed == size else f"; the entries after {self.agreed} may be others."
            raise self._differs("cut", told)
        if size != header.size or (size and entry_hash(self.last) != header.head):
            raise self._differs("cut", f"The log says that it has {header.size} entries, and has {size}.", size + 1)
        if header.peaks is not None and self.tree.text() != header.peaks:
            raise self._differs("rewritten", "The tree kept while the log was written is not the tree of its entries.")
        if self.agreed < size:
            raise self._differs("unsigned", f"Nobody signed the entries after {self.agreed}.")

    def told(self) -> Audit:
        """What was found."""
        root = self.tree.root().hex()
        return Audit(self.header.log, self.tree.size, root, self.checkpoints, self.met, self.agreed, self.signed_at)

    def _grow(self, entries: list[bytes], levels: "Levels | None") -> None:
        done = 0
        while done < len(entries):
            stop = len(entries)
            if self.met < len(self.beside):
                stop = min(stop, done + self.beside[self.met]["size"] - self.tree.size)
            piece = entries[done:stop] if done or stop < len(entries) else entries
            if levels is not None:
                self.tree.take(len(piece), levels.node)
            else:
                self.tree.extend([sha256(b"\0" + entry).digest() for entry in piece])
            self.last, done = piece[-1], stop
            while self.met < len(self.beside) and self.beside[self.met]["size"] == self.tree.size:
                self._agree(self.beside[self.met], "forked", "is signed elsewhere as another log than this one")
                self.met += 1

    def _checkpoint(self, line: bytes) -> None:
        try:
            envelope = parse_envelope(line)
            said = _said(envelope, self.header, self.keys)
        except (BadInput, Broken) as error:
            kind = error.facts.get("fault", "forged") if isinstance(error, Broken) else "forged"
            told = f"The checkpoint after entry {self.tree.size} does not hold: {error.message}"
            raise self._differs(str(kind), told) from None
        self._agree(said, "rewritten", "is not what was signed then")
        self.checkpoints += 1
        self.signed_at = envelope.signed_at

    def _agree(self, said: Mapping[str, Any], kind: str, what: str) -> None:
        size = said["size"]
        if size != self.tree.size or said["root"] != self.tree.root().hex():
            first = self.agreed + 1
            told = f"entry {first}" if first == size else f"one of the entries {first} to {size}"
            raise self._differs(kind, f"The log up to entry {size} {what}: {told} is the first that differs.")
        self.agreed = size

    def _differs(self, kind: str, told: str, number: int | None = None) -> _Differs:
        return _Differs(self.agreed, fault(kind, number or self.agreed + 1, told))


def _said(envelope: Envelope, header: Header, keys: PublicKeys) -> Mapping[str, Any]:
    """What a checkpoint says, its signature and its log checked."""
    keys.check(envelope)
    said = envelope.says
    if envelope.kind != CHECKPOINT or not isinstance(said.get("size"), int) or not isinstance(said.get("root"), str):
        raise Broken(f"A signed {envelope.kind} is no checkpoint.", fault="forged")
    if said.get("log") != header.log:
        raise Broken("A checkpoint is of another log.", fault="other-log", mend="Give the checkpoints of this log.")
    return said


def _size(said: Mapping[str, Any]) -> int:
    size: int = said["size"]
    return size
