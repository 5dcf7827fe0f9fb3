"""Callability runs cut into windows of several levels.

A run is what one genome says over a stretch. It is taken apart like an interval in a tree: whole windows of the widest
level that fit are one entry each, the rest falls to the next level, and what is left at the lowest level is cut at its
borders. So a contig nobody sequenced costs one entry per genome, the gap between two exons a few, and a place is
answered by one small frame per level.

Levels are window sizes as powers of two: 28 (a whole contig), 24 (16 Mb), 20 (1 Mb), and a lowest one of 11 to 23
chosen so that a frame holds some 4,000 runs (prototype: 4,000-8,000 is fastest).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.files.columns import Buffer, differences, from_planes, running, to_planes

WIDE_LEVELS: Final = (28, 24, 20)
LOWEST: Final = range(23, 10, -1)
AIM: Final = 4_096
NARROW: Final = 16  # up to this level an offset in a window is 16 bits


@dataclass(frozen=True)
class Runs:
    """Runs of several genomes on one contig: `start` (0-based), `end` (exclusive), local `ordinal`, `state`."""

    ordinal: NDArray[np.uint16]
    start: NDArray[np.uint32]
    end: NDArray[np.uint32]
    state: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.ordinal)

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> "Runs":
        """A selection."""
        return Runs(self.ordinal[which], self.start[which], self.end[which], self.state[which])

    @staticmethod
    def none() -> "Runs":
        """No run."""
        return Runs(np.empty(0, np.uint16), np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.uint8))

    @staticmethod
    def joined(parts: "list[Runs]") -> "Runs":
        """All of them, in the order given."""
        if not parts:
            return Runs.none()
        if len(parts) == 1:
            return parts[0]
        return Runs(
            np.concatenate([p.ordinal for p in parts]),
            np.concatenate([p.start for p in parts]),
            np.concatenate([p.end for p in parts]),
            np.concatenate([p.state for p in parts]),
        )

    def mended(self) -> "Runs":
        """Sorted by (ordinal, start), with pieces that only a window border had cut put together again."""
        runs = self.take(np.lexsort((self.start, self.ordinal)))
        if len(runs) < 2:
            return runs
        same = (
            (runs.ordinal[1:] == runs.ordinal[:-1])
            & (runs.start[1:] == runs.end[:-1])
            & (runs.state[1:] == runs.state[:-1])
        )
        first = np.concatenate(([True], ~same))
        last = np.concatenate((~same, [True]))
        return Runs(runs.ordinal[first], runs.start[first], runs.end[last], runs.state[first])

    def clipped(self, start: int, end: int) -> "Runs":
        """The parts inside `start`..`end`."""
        over = (self.start < end) & (self.end > start)
        inside = self if over.all() else self.take(over)
        return Runs(
            inside.ordinal,
            np.maximum(inside.start, np.uint32(start)),
            np.minimum(inside.end, np.uint32(end)),
            inside.state,
        )


def lowest_level(n_runs: int, length: int) -> int:
    """The window size (a power of two) at which a frame holds about AIM runs."""
    for bits in LOWEST:
        if n_runs * (1 << bits) <= AIM * max(length, 1):
            return bits
    return LOWEST[-1]


def split_levels(runs: Runs, length: int, lowest: int) -> dict[int, tuple[NDArray[np.uint32], Runs]]:
    """Take runs apart: level -> (window number of each piece, pieces), sorted by window. `length` of the contig."""
    out: dict[int, tuple[NDArray[np.uint32], Runs]] = {}
    rest = runs
    for level in (wide for wide in WIDE_LEVELS if wide > lowest):
        window, whole, rest = _whole_windows(rest, length, level)
        if len(whole):
            out[level] = _by_window(window, whole)
    window, pieces = _cut(rest, lowest)
    if len(pieces):
        out[lowest] = _by_window(window, pieces)
    return out


def _by_window(window: NDArray[np.uint32], runs: Runs) -> tuple[NDArray[np.uint32], Runs]:
    # Within a window by start, length, ordinal: the prototype's order, 14 % smaller than by genome.
    order = np.lexsort((runs.ordinal, runs.end, runs.start, window))
    return window[order], runs.take(order)


def _whole_windows(runs: Runs, length: int, level: int) -> tuple[NDArray[np.uint32], Runs, Runs]:
    """Windows of this level that lie whole inside a run, and what remains of the runs to the left and right."""
    size = 1 << level
    start = runs.start.astype(np.int64)
    end = runs.end.astype(np.int64)
    # The last window of a contig ends where the contig does.
    reach = np.where(end >= length, -(-length // size) * size, end)
    first, last = -(-start // size), reach // size
    has = first < last
    if not has.any():
        return np.empty(0, np.uint32), Runs.none(), runs
    n = np.where(has, last - first, 0)
    owner = np.repeat(np.arange(len(runs)), n)
    window = (np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n) + first[owner]).astype(np.uint32)
    left, right = first * size, np.minimum(last * size, length)
    whole = Runs(
        runs.ordinal[owner],
        (window.astype(np.int64) * size).astype(np.uint32),
        np.minimum((window.astype(np.int64) + 1) * size, length).astype(np.uint32),
        runs.state[owner],
    )
    stay, before, after = ~has, has & (start < left), has & (end > right)
    rest = Runs.joined(
        [
            runs.take(stay),
            Runs(runs.ordinal[before], runs.start[before], left[before].astype(np.uint32), runs.state[before]),
            Runs(runs.ordinal[after], right[after].astype(np.uint32), runs.end[after], runs.state[after]),
        ]
    )
    return window, whole, rest


def _cut(runs: Runs, level: int) -> tuple[NDArray[np.uint32], Runs]:
    """Cut at every window border."""
    first, last = runs.start >> level, (runs.end - np.uint32(1)) >> level
    n = (last - first + 1).astype(np.int64)
    if len(runs) == 0 or int(n.max()) == 1:
        return first.astype(np.uint32), runs
    owner = np.repeat(np.arange(len(runs)), n)
    window = (np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n) + first[owner]).astype(np.uint32)
    low = window.astype(np.int64) << level
    return window, Runs(
        runs.ordinal[owner],
        np.maximum(runs.start[owner], low).astype(np.uint32),
        np.minimum(runs.end[owner].astype(np.int64), low + (1 << level)).astype(np.uint32),
        runs.state[owner],
    )


def encode_whole(runs: Runs) -> bytes:
    """A frame of runs that each fill the window: ordinal and state."""
    order = np.argsort(runs.ordinal, kind="stable")
    return to_planes(differences(runs.ordinal[order])) + to_planes(runs.state[order])


def encode_parts(runs: Runs, window_start: int, level: int) -> bytes:
    """A frame of runs inside one window of 2**level bases, sorted by start, end, ordinal."""
    kind = np.uint16 if level <= NARROW else np.uint32
    start = (runs.start - np.uint32(window_start)).astype(kind)
    length_less_one = (runs.end - runs.start - np.uint32(1)).astype(kind)
    return (
        to_planes(differences(start))
        + to_planes(length_less_one)
        + to_planes(differences(runs.ordinal))
        + to_planes(runs.state)
    )


def decode_whole(data: Buffer, n: int, window_start: int, window_end: int) -> Runs:
    """The inverse of `encode_whole`."""
    ordinal = running(from_planes(data, np.uint16, n))
    state = from_planes(data, np.uint8, n, 2 * n)
    return Runs(ordinal, np.full(n, window_start, np.uint32), np.full(n, window_end, np.uint32), state)


def decode_parts(data: Buffer, n: int, window_start: int, level: int) -> Runs:
    """The inverse of `encode_parts`."""
    kind, size = (np.uint16, 2) if level <= NARROW else (np.uint32, 4)
    start = running(from_planes(data, kind, n)).astype(np.uint32) + np.uint32(window_start)
    end = start + from_planes(data, kind, n, size * n) + np.uint32(1)
    ordinal = running(from_planes(data, np.uint16, n, 2 * size * n))
    return Runs(ordinal, start, end, from_planes(data, np.uint8, n, (2 * size + 2) * n))
