"""Callability runs cut into windows of several levels.

A run is what one genome says over a stretch. It is taken apart like an interval in a tree: whole windows of the widest
level that fit are one entry each, the rest falls to the next level, and what is left at the lowest level is cut at its
borders. So a contig nobody sequenced costs one entry per genome, the gap between two exons a few, and a place is
answered by one small frame per level.

Levels are window sizes as powers of two: 28 (a whole contig), 24 (16 Mb), 20 (1 Mb), and a lowest one of 10 to 23
chosen for each 16 Mb so that a frame holds some 2,000 runs, in large segments some 1,000: a lookup opens one in each
segment, so that of many genomes it is dear, and fewer cut more runs in two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.files.columns import Buffer, differences, from_planes, plane_sections, running

WIDE_LEVELS: Final = (28, 24, 20)
LOWEST: Final = range(23, 9, -1)
AIM: Final = 2_048
AIM_OF_MANY: Final = 1_024
BLOCK: Final = WIDE_LEVELS[1]  # the lowest level is chosen once in each of these
_OCCUPIED: Final = 16
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
        if len(self) < 2:
            return self
        # One number of both is sorted faster than two columns; no genome has two runs that start together.
        runs = self.take(np.argsort(self.ordinal.astype(np.uint64) << np.uint64(32) | self.start))
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


@dataclass(frozen=True)
class Window:
    """Runs inside one window: 2**level bases from `start` on. `whole`: each of them fills it."""

    start: int
    level: int
    whole: bool
    runs: Runs


def lowest_level(n_runs: int, length: int, aim: int = AIM) -> int:
    """The window size (a power of two) at which a frame holds about `aim` runs."""
    for bits in LOWEST:
        if n_runs * (1 << bits) <= aim * max(length, 1):
            return bits
    return LOWEST[-1]


def take_apart(runs: Runs, length: int, aim: int = AIM) -> Iterator[Window]:
    """Cut runs into windows; `length` of the contig, `aim` runs in one. Windows that are not whole come in order of
    place."""
    rest = runs
    for level in WIDE_LEVELS[:2]:
        window, whole, rest = _whole_windows(rest, length, level)
        yield from _windows(window, whole, level, whole=True)
    block, rest = _cut(rest, BLOCK)
    for number, some in _grouped(block, rest):
        # Runs come in clusters: what counts is how dense they are where there are any.
        occupied = len(np.unique(some.start >> _OCCUPIED)) << _OCCUPIED
        lowest = lowest_level(len(some), min(occupied, length - (number << BLOCK)), aim)
        if lowest < WIDE_LEVELS[2]:
            window, whole, some = _whole_windows(some, length, WIDE_LEVELS[2])
            yield from _windows(window, whole, WIDE_LEVELS[2], whole=True)
        yield from _windows(*_cut(some, lowest), lowest, whole=False)


def _windows(window: NDArray[np.uint32], runs: Runs, level: int, *, whole: bool) -> Iterator[Window]:
    for number, some in _grouped(window, runs):
        yield Window(number << level, level, whole, some)


def _grouped(window: NDArray[np.uint32], runs: Runs) -> Iterator[tuple[int, Runs]]:
    """The runs of each window, window by window."""
    if not len(runs):
        return
    window, runs = _by_window(window, runs)
    cuts = np.flatnonzero(np.append(True, window[1:] != window[:-1])).tolist()
    for a, b in zip(cuts, [*cuts[1:], len(window)], strict=True):
        yield int(window[a]), Runs(runs.ordinal[a:b], runs.start[a:b], runs.end[a:b], runs.state[a:b])


def _by_window(window: NDArray[np.uint32], runs: Runs) -> tuple[NDArray[np.uint32], Runs]:
    # Within a window by start, length, ordinal: the prototype's order, 14 % smaller than by genome. All three fit one
    # number (28, 23 and 13 bits) but for the widest windows, and windows lie in the order of their starts.
    length = runs.end - runs.start - np.uint32(1)
    if not len(runs) or int(length.max()) >> LOWEST[0]:
        order = np.lexsort((runs.ordinal, runs.end, runs.start, window))
    else:
        key = runs.start.astype(np.uint64) << np.uint64(36) | length.astype(np.uint64) << np.uint64(13)
        order = np.argsort(key | runs.ordinal.astype(np.uint64))
    return window[order], runs.take(order)


def _whole_windows(runs: Runs, length: int, level: int) -> tuple[NDArray[np.uint32], Runs, Runs]:
    """Windows of this level that lie whole inside a run, and what remains of the runs to the left and right."""
    size = 1 << level
    # The last window of a contig ends where the contig does.
    up = np.uint32(size - 1)
    first = (runs.start + up) >> np.uint32(level)
    last = np.where(runs.end >= length, (length + size - 1) >> level, runs.end >> np.uint32(level))
    has = first < last
    if not has.any():
        return np.empty(0, np.uint32), Runs.none(), runs
    first, last = first.astype(np.int64), last.astype(np.int64)
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
    stay, before, after = ~has, has & (runs.start < left), has & (runs.end > right)
    rest = Runs.joined(
        [
            runs.take(stay),
            Runs(runs.ordinal[before], runs.start[before], left[before].astype(np.uint32), runs.state[before]),
            Runs(runs.ordinal[after], right[after].astype(np.uint32), runs.end[after], runs.state[after]),
        ]
    )
    return window, whole, rest


def _cut(runs: Runs, level: int) -> tuple[NDArray[np.uint32], Runs]:
    """Cut at every window border. Windows and runs in no order."""
    first, last = runs.start >> np.uint32(level), (runs.end - np.uint32(1)) >> np.uint32(level)
    across = first != last
    if not across.any():
        return first, runs
    # Few are cut, so that the others are left as they are.
    some, n = runs.take(across), (last[across] - first[across] + 1).astype(np.int64)
    owner = np.repeat(np.arange(len(some)), n)
    window = (np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n) + first[across][owner]).astype(np.uint32)
    low = window << np.uint32(level)
    pieces = Runs(
        some.ordinal[owner],
        np.maximum(some.start[owner], low),
        np.minimum(some.end[owner], low + np.uint32(1 << level)),
        some.state[owner],
    )
    return np.concatenate((first[~across], window)), Runs.joined([runs.take(~across), pieces])


def encode_whole(runs: Runs) -> list[memoryview]:
    """A frame of runs that each fill the window: ordinal and state, as columns."""
    order = np.argsort(runs.ordinal, kind="stable")
    return [*plane_sections(differences(runs.ordinal[order])), *plane_sections(runs.state[order])]


def encode_parts(runs: Runs, window_start: int, level: int) -> list[memoryview]:
    """A frame of runs inside one window of 2**level bases, sorted by start, end, ordinal, as columns."""
    kind = np.uint16 if level <= NARROW else np.uint32
    start = (runs.start - np.uint32(window_start)).astype(kind)
    length_less_one = (runs.end - runs.start - np.uint32(1)).astype(kind)
    columns = (differences(start), length_less_one, differences(runs.ordinal), runs.state)
    return [section for column in columns for section in plane_sections(column)]


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


def parts_at(data: Buffer, n: int, place: int, level: int) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """(ordinals, states) of the runs of such a frame over one place, given from the window's start; no more is read
    than lies before it."""
    kind, size = (np.uint16, 2) if level <= NARROW else (np.uint32, 4)
    start = running(from_planes(data, kind, n))
    begun = int(start.searchsorted(kind(place), side="right"))
    end = start[:begun].astype(np.uint32)  # less one
    for i in range(size):
        end += np.frombuffer(data, np.uint8, begun, (size + i) * n).astype(np.uint32) << np.uint32(8 * i)
    over = np.flatnonzero(end >= place)
    low, high = (np.frombuffer(data, np.uint8, begun, 2 * size * n + i * n) for i in range(2))
    gaps = high.astype(np.uint16) << np.uint16(8)
    gaps |= low
    ordinal = running(gaps)
    return ordinal[over], np.frombuffer(data, np.uint8, begun, (2 * size + 2) * n)[over]
