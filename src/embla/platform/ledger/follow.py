"""Following the database's log entry by entry from a place that is known to be right."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Row, desc, select

from embla.errors import BadInput, Broken
from embla.platform.envelope import Envelope, PublicKeys, parse_envelope
from embla.platform.ledger.audit import CHECKPOINT, Header, entries_after
from embla.platform.ledger.faults import WINDOW, Chain, fault, name_fault
from embla.platform.ledger.merkle import Tree
from embla.platform.tables import log_checkpoints

_PIECE: Final = 5000


@dataclass
class Follower:
    """How far the log was followed: its tree and its chain."""

    tree: Tree = field(default_factory=Tree)
    chain: Chain = field(default_factory=Chain)

    def copy(self) -> "Follower":
        """The same place, to go on from on one's own."""
        chain = Chain(self.chain.number, self.chain.head, self.chain.before)
        return Follower(self.tree.copy(), chain)

    def follow(self, connection: Connection, header: Header, until: int) -> None:
        """Follow the log up to entry `until`; Broken at the first that is not right."""
        while self.tree.size < until:
            rows = entries_after(connection, self.tree.size, min(until - self.tree.size, _PIECE))
            if not rows:
                number = self.tree.size + 1
                raise fault("cut", number, f"The log ends at entry {number - 1}, but {header.size} were written.")
            for _, entry, _ in rows:
                if not self.chain.follow(entry):
                    window = [one for _, one, _ in entries_after(connection, self.chain.number, WINDOW)]
                    raise name_fault(self.chain, window, header.head)
            self.tree.extend([sha256(b"\0" + entry).digest() for _, entry, _ in rows])

    def agrees(self, header: Header) -> None:
        """Broken unless the head that was kept while the log was written says the same as its entries."""
        number = self.tree.size
        if header.size != number:
            raise fault("cut", header.size + 1, f"The log says it has {header.size} entries; it had {number}.")
        if header.head != self.chain.head or header.peaks != self.tree.text():
            raise fault("rewritten", max(number, 1), f"The log's head does not fit to entry {number}, the last one.")


def start_from(last: "Row[Any] | None", header: Header, keys: PublicKeys) -> Follower:
    """Where to follow from: the last checkpoint, once its signature and its peaks are checked; else the beginning."""
    if last is None:
        return Follower()
    try:
        envelope = parse_envelope(last.envelope)
        tree = Tree.of(last.size, last.peaks)
    except (BadInput, ValueError):
        raise fault("forged", last.size, f"The checkpoint after entry {last.size} is not whole.") from None
    says = checked(envelope, header, keys)
    if says != {"log": header.log, "size": last.size, "root": tree.root().hex(), "head": says.get("head")}:
        raise fault("forged", last.size, f"The checkpoint after entry {last.size} is not the one that was signed.")
    return Follower(tree, Chain(last.size, str(says["head"])))


def checked(envelope: Envelope, header: Header, keys: PublicKeys) -> dict[str, Any]:
    """What a checkpoint says, if it is signed and of this log."""
    try:
        keys.check(envelope)
    except Broken as error:
        error.facts.setdefault("number", envelope.says.get("size", 0))
        raise
    if envelope.kind != CHECKPOINT or envelope.says.get("log") != header.log:
        raise fault("other-log", 0, "A checkpoint is not of this log.")
    return dict(envelope.says)


def last_checkpoint(connection: Connection, size: int | None = None) -> "Row[Any] | None":
    """The newest checkpoint, or the newest that covers at most `size` entries."""
    query = select(log_checkpoints).order_by(desc(log_checkpoints.c.size)).limit(1)
    if size is not None:
        query = query.where(log_checkpoints.c.size <= size)
    return connection.execute(query).first()
