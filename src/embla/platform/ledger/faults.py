"""Which entry is the first wrong one, and what was done to it: the chain read slowly, once the tree has said that
something is wrong. Pure.

Somebody with the database's own rights can write anything, but not the hashes that honest entries hold of their
predecessors. So the traces tell: an entry that its successor does not know was changed; one whose predecessor is not
there misses it; one whose predecessor stands behind it was moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from embla.errors import Broken
from embla.platform.ledger.entry import FIRST_HASH, LARGEST_ENTRY, entry_hash, number_of, numbered, previous_of

# How many entries behind a fault are looked at to tell what it is.
WINDOW: Final = 20_000


@dataclass
class Chain:
    """The chain up to here: the last good entry's number and hash, and what that entry says of the one before it."""

    number: int = 0
    head: str = FIRST_HASH
    before: str = ""
    waiting: list[bytes] = field(default_factory=list)

    def follow(self, entry: bytes) -> bool:
        """Take the next entry if it is the right one."""
        if number_of(entry) != self.number + 1 or previous_of(entry) != self.head or len(entry) > LARGEST_ENTRY:
            return False
        self.number, self.before, self.head = self.number + 1, self.head, entry_hash(entry)
        return True


def fault(kind: str, number: int, text: str) -> Broken:
    """The error that names the first wrong entry and the kind of fault."""
    return Broken(text, fault=kind, number=number)


def name_fault(chain: Chain, entries: Sequence[bytes], declared: str | None) -> Broken:
    """`entries`: the first that does not follow, and those behind it. `declared`: the hash that the log says it ends
    with, where the window reaches its end."""
    expected, first = chain.number + 1, entries[0]
    known = {previous_of(entry) for entry in entries} | ({declared} if declared is not None else set())
    if previous_of(first) == chain.head:
        if number_of(first) == expected:
            return fault("edited", expected, f"Entry {expected} is longer than any entry.")
        return fault("edited", expected, f"Entry {expected} was edited: it bears another number.")
    successor = next((at for at, entry in enumerate(entries) if previous_of(entry) == chain.head), None)
    if successor is not None:
        honest = entry_hash(numbered(entries[successor], expected))
        behind = next((at for at, entry in enumerate(entries) if previous_of(entry) == honest), None)
        if behind is not None and behind < successor:
            return fault("reordered", expected, f"Entry {expected} was moved: it stands {successor} places behind.")
        return fault(
            "inserted", expected, f"Entry {expected} was inserted: entry {expected - 1} is followed by another."
        )
    if chain.number and previous_of(first) == chain.before:
        return fault(
            "inserted", chain.number, f"Entry {chain.number} was inserted: the one behind it follows the one before it."
        )
    if (number_of(first) or 0) > expected:
        return fault("deleted", expected, f"Entry {expected} is missing.")
    if entry_hash(first) not in known and any(
        entry_hash(numbered(first, expected + shift)) in known for shift in range(1, 100)
    ):
        return fault("deleted", expected, f"Entry {expected} is missing, and those behind it bear other numbers.")
    if chain.number and entry_hash(first) in known:
        return fault(
            "edited", chain.number, f"Entry {chain.number} was edited: entry {expected} holds another hash of it."
        )
    return fault("edited", expected, f"Entry {expected} was edited: it does not follow entry {expected - 1}.")
