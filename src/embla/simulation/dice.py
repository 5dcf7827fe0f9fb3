"""Seeded draws that are the same on every machine and with every NumPy: raw PCG64 words and integer arithmetic only.

NumPy promises the stream of its bit generators, not that of `Generator`'s methods, and logarithms differ in the last
bit between processors. So every distribution here is a table of integer weights.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Dice:
    """A stream of its own for each scope: `Dice(1, "calls", "chr21", 7)`. Other scopes never change its draws."""

    def __init__(self, *scope: object) -> None:
        text = "\x1f".join(str(part) for part in scope)
        self._bits = np.random.PCG64(int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little"))

    def words(self, size: int) -> NDArray[np.uint64]:
        """`size` words of 64 random bits."""
        return self._bits.random_raw(size)

    def below(self, limit: int | Ints, size: int) -> Ints:
        """`size` whole numbers in 0..limit-1; `limit` (below 2**31) may be one number or one for each draw."""
        high = self.words(size) >> np.uint64(32)
        return (high * np.asarray(limit).astype(np.uint64) >> np.uint64(32)).astype(np.int64)

    def one(self, limit: int) -> int:
        """One whole number in 0..limit-1."""
        return int(self.below(limit, 1)[0])

    def chance(self, per_mille: int | Ints, size: int) -> NDArray[np.bool_]:
        """True in `per_mille` of 1,000 cases."""
        return np.asarray(self.below(1000, size) < per_mille)

    def pick(self, weights: Ints | list[int], size: int) -> Ints:
        """Index into `weights` (whole numbers), each with its weight."""
        total = np.cumsum(np.asarray(weights, dtype=np.int64))
        assert total[-1] < 1 << 31, "weights add up to more than a draw can tell apart"
        return np.searchsorted(total, self.below(int(total[-1]), size), side="right").astype(np.int64)

    def heads(self, tosses: Ints) -> Ints:
        """Heads among `tosses` throws of a fair coin, exact up to 64, a mean of two such draws scaled up beyond."""
        words = self.words(len(tosses))
        few = np.minimum(tosses, 64)
        counted = np.bitwise_count(words >> (64 - np.maximum(few, 1)).astype(np.uint64)).astype(np.int64)
        return np.where(few == 0, 0, np.where(tosses <= 64, counted, counted * tosses // 64))


def distinct(values: Ints) -> Ints:
    """The different values, sorted. (For a few thousand numbers this beats `numpy.unique`, which hashes first.)"""
    ordered = np.sort(values)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered
