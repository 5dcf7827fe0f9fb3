"""Read one contig of a release: variants by position, AN at any base. Frames are read when asked for, and kept."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken, WrongFormat
from embla.frequency.files.frames import unpack_arrays
from embla.frequency.files.layout import (
    BLOCK_COLUMNS,
    BLOCK_DTYPE,
    COUNT_FIELDS,
    FORMAT,
    GROUP_FIELDS,
    MAGIC,
    TOTAL_FIELDS,
    WINDOW,
    WINDOW_COLUMNS,
    WINDOW_DTYPE,
)
from embla.genotypes import SweptWindow

Int32s = NDArray[np.int32]
_KEPT_FRAMES = 64
_KEPT_PLACES = 256


@dataclass(frozen=True)
class Steps:
    """AN of one window: per track the sorted offsets where it changes (the first is 0) and the values from there."""

    offset: tuple[NDArray[np.int64], ...]
    value: tuple[Int32s, ...]


class ContigFile:
    """One contig of a release, opened. Safe between threads. Raises Broken, and WrongFormat for another version."""

    def __init__(self, data: memoryview, name: str) -> None:
        self.data, self.name = data, name
        if bytes(data[:8]) != MAGIC or bytes(data[-8:]) != MAGIC:
            raise Broken(f"{name} is not a file of a release, or it is cut short.", mend="Restore it from a backup.")
        version = int.from_bytes(data[8:12], "little")
        if version != FORMAT:
            raise WrongFormat(
                f"{name} has release format {version}; this program reads {FORMAT}.", mend="Install a newer Embla."
            )
        size = int.from_bytes(data[-12:-8], "little")
        try:
            self.footer: dict[str, Any] = json.loads(bytes(data[-12 - size : -12]))
        except ValueError as error:
            raise Broken(f"{name} has no readable footer.", mend="Restore it from a backup.") from error
        self.contig: str = self.footer["contig"]
        self.length: int = self.footer["length"]
        self.strata: int = self.footer["strata"]
        self.karyotypes: tuple[str, ...] = tuple(self.footer["karyotypes"])
        self.tracks = self.strata + 1 + len(self.karyotypes)
        self._block = lru_cache(_KEPT_FRAMES)(self._read_block)
        self._groups = lru_cache(_KEPT_FRAMES)(self._read_groups)
        self._steps = lru_cache(_KEPT_FRAMES)(self._read_steps)
        # One answer asks for its place several times.
        self.an_at = lru_cache(_KEPT_PLACES)(self._an_at)

    def totals(self, start: int, end: int) -> SweptWindow:
        """The total (one cohort) of every variant whose POS lies in start..end, 0-based half-open; no per-base AN."""
        parts = [self._block(block) for block in self._blocks_between(start, end)]
        if not parts:
            return _window(self.contig, start, end, np.empty(0, np.uint64), {}, _no_columns(), np.empty(0, np.uint16))
        first, last = np.searchsorted(np.concatenate([part.pos for part in parts]), (start + 1, end + 1))
        here = slice(int(first), int(last))
        het = [part.max_heteroplasmy[0] for part in parts if part.max_heteroplasmy is not None]
        return SweptWindow(
            self.contig, start, end,
            key=np.concatenate([part.key for part in parts])[here],
            texts={key: text for part in parts for key, text in part.texts.items()},
            counts=np.concatenate([part.counts for part in parts], axis=1)[:, here],
            an=np.concatenate([part.an for part in parts], axis=1)[:, here],
            raw_an=np.concatenate([part.raw_an for part in parts], axis=1)[:, here],
            max_heteroplasmy=np.concatenate(het)[None, here] if het else None,
            per_base_an=None,
            per_base_raw_an=None,
        )  # fmt: skip

    def find(self, pos: int, ref: str, alt: str) -> tuple[SweptWindow, int, Int32s] | None:
        """A variant by its normal form: the block, its place in it, and (strata - 1, 5) columns of the groups."""
        for block in self._blocks_between(pos - 1, pos):
            found = self._block(block)
            first, last = np.searchsorted(found.pos, (pos, pos + 1))
            for i in range(int(first), int(last)):
                if found.alleles(i) == (ref, alt):
                    return found, i, self._groups(block)[:, :, i]
        return None

    def _blocks_between(self, start: int, end: int) -> range:
        """Blocks that may hold positions start + 1 to end."""
        first = int(np.searchsorted(self._table[:, 6], np.uint64(start + 1), side="left"))
        stop = int(np.searchsorted(self._table[:, 5], np.uint64(end), side="right"))
        return range(first, max(first, stop))

    def _an_at(self, pos0: int) -> Int32s:
        """(tracks,) AN by callability at a 0-based place."""
        window, offset = divmod(pos0, WINDOW)
        if not int(self._windows[0][window, 1]):
            constant: Int32s = self._windows[1][window]
            return constant
        steps = self._steps(window)
        values = [
            value[int(np.searchsorted(offsets, offset, side="right")) - 1]
            for offsets, value in zip(steps.offset, steps.value, strict=True)
        ]
        return np.array(values, dtype=np.int32)

    def an_of(self, track: int, places: NDArray[np.int64]) -> Int32s:
        """(n,) AN of one track by callability at (n,) sorted 0-based places."""
        out = np.empty(len(places), np.int32)
        windows, first = np.unique(places // WINDOW, return_index=True)
        ends = [*first.tolist()[1:], len(places)]
        for window, a, b in zip(windows.tolist(), first.tolist(), ends[: len(windows)], strict=True):
            if not int(self._windows[0][window, 1]):
                out[a:b] = self._windows[1][window, track]
                continue
            steps = self._steps(window)
            offsets = places[a:b] - window * WINDOW
            out[a:b] = steps.value[track][np.searchsorted(steps.offset[track], offsets, side="right") - 1]
        return out

    def runs(self, track: int, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """(start, end, AN) of one track over start..end, as long as AN stays: adjoining pieces may be equal."""
        for window in range(start // WINDOW, (end - 1) // WINDOW + 1):
            base = window * WINDOW
            low, high = max(start, base), min(end, base + WINDOW, self.length)
            if not int(self._windows[0][window, 1]):
                yield low, high, int(self._windows[1][window, track])
                continue
            steps = self._steps(window)
            offset, value = steps.offset[track] + base, steps.value[track]
            first = int(np.searchsorted(offset, low, side="right")) - 1
            stop = int(np.searchsorted(offset, high, side="left"))
            borders = [low, *offset[first + 1 : stop].tolist(), high]
            for i, (a, b) in enumerate(zip(borders, borders[1:], strict=False)):
                yield a, b, int(value[first + i])

    def read_stretches(self, track: int) -> Iterator[tuple[int, int]]:
        """(start, end) of every stretch, 0-based half-open and as long as it goes, in which one track has an AN."""
        begun: int | None = None
        for window in range(-(-self.length // WINDOW)):
            base = window * WINDOW
            if not int(self._windows[0][window, 1]):
                offset, on = np.zeros(1, np.int64), np.array([self._windows[1][window, track] > 0])
            else:
                steps = self._steps(window)
                offset, on = steps.offset[track], steps.value[track] > 0
            turns = np.flatnonzero(on != np.concatenate(([begun is not None], on[:-1])))
            for place in (offset[turns] + base).tolist():
                if begun is None:
                    begun = place
                else:
                    yield begun, place
                    begun = None
        if begun is not None:
            yield begun, self.length

    def per_base(self, track: int, start: int, end: int) -> Int32s:
        """(end - start,) AN of one track."""
        out = np.empty(end - start, dtype=np.int32)
        for a, b, value in self.runs(track, start, end):
            out[a - start : b - start] = value
        return out

    @cached_property
    def _table(self) -> NDArray[np.uint64]:
        shape = (int(self.footer["blocks"]), BLOCK_COLUMNS)
        frame = self.data[self.footer["block_at"] : self.footer["window_at"]]
        return self._unpack(frame, [(BLOCK_DTYPE, shape)])[0]

    @cached_property
    def _windows(self) -> tuple[NDArray[np.uint64], Int32s]:
        n = int(self.footer["windows"])
        frame = self.data[self.footer["window_at"] : self.footer["footer_at"]]
        table, values = self._unpack(frame, [(WINDOW_DTYPE, (n, WINDOW_COLUMNS)), (np.int32, (n, self.tracks))])
        return table, values

    def _read_block(self, block: int) -> SweptWindow:
        at, first, _, n, text, low, high = (int(x) for x in self._table[block])
        shapes: list[Any] = [(np.uint64, (n,)), (np.int32, (TOTAL_FIELDS, n)), (np.uint16, (n,)), (np.uint8, (text,))]
        gaps, columns, het, raw = self._unpack(self.data[at : at + first], shapes)
        texts = {int(k): (ref, alt) for k, ref, alt in json.loads(raw.tobytes())} if text else {}
        return _window(self.contig, low - 1, high, np.cumsum(gaps, dtype=np.uint64), texts, columns, het)

    def _read_groups(self, block: int) -> Int32s:
        at, first, second, n, _, _, _ = (int(x) for x in self._table[block])
        shape = (self.strata - 1, len(GROUP_FIELDS), n)
        groups: Int32s = self._unpack(self.data[at + first : at + first + second], [(np.int32, shape)])[0]
        return groups

    def _read_steps(self, window: int) -> Steps:
        at, length, n = (int(x) for x in self._windows[0][window])
        shapes: list[Any] = [(np.uint32, (self.tracks,)), (np.uint16, (n,)), (np.int32, (n,))]
        per_track, offset, value = self._unpack(self.data[at : at + length], shapes)
        cuts = np.cumsum(per_track)[:-1]
        return Steps(tuple(np.split(offset.astype(np.int64), cuts)), tuple(np.split(value, cuts)))

    def _unpack(self, frame: memoryview, shapes: Any) -> list[NDArray[Any]]:
        try:
            return unpack_arrays(frame, shapes)
        except Broken as error:
            raise Broken(f"{self.name}: {error.message}", mend="Restore the release from a backup.") from error


def _window(
    contig: str, start: int, end: int, key: NDArray[np.uint64], texts: dict[int, tuple[str, str]], columns: Int32s,
    het: NDArray[np.uint16],
) -> SweptWindow:  # fmt: skip
    counts = np.ascontiguousarray(columns[:COUNT_FIELDS].T)[None]
    return SweptWindow(
        contig, start, end, key, texts, counts, columns[COUNT_FIELDS][None], columns[COUNT_FIELDS + 1][None],
        het[None] if contig == "chrM" else None, None, None,
    )  # fmt: skip


def _no_columns() -> Int32s:
    return np.empty((TOTAL_FIELDS, 0), dtype=np.int32)
