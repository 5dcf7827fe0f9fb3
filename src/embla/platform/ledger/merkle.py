"""Merkle trees over a log, as RFC 9162 (Certificate Transparency 2.0, formerly RFC 6962) section 2.1 has them. Pure.

A leaf is SHA-256(0x00 + entry), a node SHA-256(0x01 + left + right); the left part of a tree of n leaves holds the
largest power of two below n. A tree that grows needs no more state than its *peaks*: the roots of its complete
subtrees, largest first, one per bit that is set in its size.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

EMPTY: Final = sha256(b"").digest()
# Nodes from this level up (subtrees of 256 leaves and more) are handed out to be kept: proofs start from them.
KEPT_LEVEL: Final = 8
Subtree = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The leaf of one entry."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node over two."""
    return sha256(b"\1" + left + right).digest()


@dataclass
class Tree:
    """A growing tree: how many leaves, and its peaks, largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def copy(self) -> "Tree":
        """The same tree, to grow on its own."""
        return Tree(self.size, list(self.peaks))

    def root(self) -> bytes:
        """The hash over all leaves."""
        if not self.peaks:
            return EMPTY
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def push(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Add a leaf; gives (level, position, hash) of each complete subtree of KEPT_LEVEL or more that it closes.

        The tree has grown when the iterator is exhausted, or with `extend`, which needs no nodes.
        """
        node, level, rest = leaf, 0, self.size
        while rest & 1:
            node, level, rest = node_hash(self.peaks.pop(), node), level + 1, rest >> 1
            if level >= KEPT_LEVEL:
                yield level, rest, node
        self.peaks.append(node)
        self.size += 1

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaves: whole aligned blocks are hashed level by level, which is much faster than one by one."""
        done = 0
        while done < len(leaves):
            left = len(leaves) - done
            block = 1 << (left.bit_length() - 1)
            if self.size:
                block = min(block, self.size & -self.size)
            nodes = list(leaves[done : done + block])
            while len(nodes) > 1:
                pairs = iter(nodes)
                nodes = [sha256(b"\1" + a + b).digest() for a, b in zip(pairs, pairs, strict=True)]
            self._close(block, nodes[0])
            done += block

    def take(self, leaves: int, node: Callable[[int, int], bytes]) -> None:
        """Add many leaves whose nodes are known: `node(level, position)` gives that of each complete subtree."""
        done = 0
        while done < leaves:
            block = 1 << ((leaves - done).bit_length() - 1)
            if self.size:
                block = min(block, self.size & -self.size)
            level = block.bit_length() - 1
            self._close(block, node(level, self.size >> level))
            done += block

    def _close(self, block: int, node: bytes) -> None:
        rest = self.size // block
        while rest & 1:
            node, rest = node_hash(self.peaks.pop(), node), rest >> 1
        self.peaks.append(node)
        self.size += block

    def text(self) -> str:
        """The peaks as hex, for a column."""
        return b"".join(self.peaks).hex()

    @classmethod
    def of(cls, size: int, text: str) -> "Tree":
        """The inverse of `text`; ValueError when the peaks cannot be those of a tree of this size."""
        raw = bytes.fromhex(text)
        if len(raw) != 32 * size.bit_count():
            raise ValueError("not the peaks of a tree of this size")
        return cls(size, [raw[at : at + 32] for at in range(0, len(raw), 32)])


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """RFC 9162 2.1.3.1: the hashes that lead from leaf `index` (0-based) to the root of the first `size` leaves.

    `subtree(start, end)` gives the root over leaves start..end (half-open).
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    proof, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """RFC 9162 2.1.4.1: the hashes that show that the tree of `size` leaves begins with the tree of `old` leaves."""
    if not 0 < old <= size:
        raise ValueError("no such tree")
    proof, start, end, whole = [], 0, size, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        proof.append(subtree(start, end))
    return proof[::-1]


def included(leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 2.1.3.2: is the leaf at `index` of the tree with this root?"""
    if not 0 <= index < size:
        return False
    at, last, node = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = node_hash(step, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, step)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def consistent(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 2.1.4.2: does the tree with `root` begin with the tree with `old_root`?"""
    if not 0 < old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, step)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _split(n: int) -> int:
    """The largest power of two below n, n > 1."""
    return 1 << ((n - 1).bit_length() - 1)
