"""Proofs out of the database: that an entry is in the log that was signed, that one signed log begins with another.

They read two paths of the tree, not the log: kept nodes (subtrees of 256 entries and more) and at most a few hundred
entries at the edges.
"""

from typing import Any

from sqlalchemy import Connection, select

from embla.errors import NotFound
from embla.platform.ledger import merkle
from embla.platform.ledger.audit import LogTable, entries_after
from embla.platform.ledger.follow import last_checkpoint
from embla.platform.tables import event_nodes


def proof_of_entry(connection: Connection, number: int) -> dict[str, Any]:
    """What a `log-proof` says: the entry, and its path to the root of the newest checkpoint."""
    last = last_checkpoint(connection)
    if last is None or number > last.size:
        raise NotFound(f"There is no signed entry {number}.", mend="embla log status says how many there are.")
    ((_, entry, _),) = entries_after(connection, number - 1, 1)
    path = [step.hex() for step in prove_entry(connection, number, last.size)]
    log = LogTable(connection).header.log
    return {"log": log, "size": last.size, "root": last.root, "entry": entry.decode(), "path": path}


def prove_entry(connection: Connection, number: int, size: int) -> list[bytes]:
    """The hashes that lead from entry `number` (1-based) to the root of the first `size` entries."""
    return merkle.inclusion_proof(number - 1, size, lambda start, end: subtree_root(connection, start, end))


def prove_growth(connection: Connection, old: int, size: int) -> list[bytes]:
    """The hashes that show that the log of `size` entries begins with the log of `old` entries."""
    return merkle.consistency_proof(old, size, lambda start, end: subtree_root(connection, start, end))


def subtree_root(connection: Connection, start: int, end: int) -> bytes:
    """The root over leaves start..end (0-based, half-open), as RFC 9162 splits it."""
    width = end - start
    if width & (width - 1) == 0 and width >= 1 << merkle.KEPT_LEVEL:
        level = width.bit_length() - 1
        here = (event_nodes.c.level == level) & (event_nodes.c.position == start >> level)
        return bytes.fromhex(connection.execute(select(event_nodes.c.hash).where(here)).scalar_one())
    if width < 1 << merkle.KEPT_LEVEL:
        tree = merkle.Tree()
        tree.extend([merkle.leaf_hash(entry) for _, entry, _ in entries_after(connection, start, width)])
        return tree.root()
    middle = start + (1 << ((width - 1).bit_length() - 1))
    return merkle.node_hash(subtree_root(connection, start, middle), subtree_root(connection, middle, end))
