"""A segment: up to 8,192 genomes of the store in column form. Local ordinals, no names.

One blob file. Per contig: variant frames (`variants.py`), callability frames (`runs.py`) and an index; the directory at
the end says where. Written once, in order (`writing.py`); read by `SegmentReader` through a memory map, or by ranges
where it lies in a bucket.
"""

import sys
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken
from embla.genotypes.files.blob import read_directory
from embla.genotypes.files.columns import (
    Buffer,
    from_planes,
    unsqueeze,
)
from embla.genotypes.files.planes import PLANES, PlaneReader
from embla.genotypes.files.runs import (
    Runs,
    decode_parts,
    decode_whole,
    parts_at,
)
from embla.genotypes.files.variants import Column16, FrameReader, Texts, Variants
from embla.genotypes.model import keys
from embla.storage import Ranged

KIND: Final = b"SEG"
MAX_GENOMES: Final = 8_192
_FEW: Final = 2  # up to so many frames a stretch is a lookup, and is remembered; more are a scan
SMALL_SEGMENT: Final = 64
PLANES_FROM: Final = 512
FRAME_INDEX: Final = (("first_key", "<u8"), ("offset", "<u8"), ("n_variants", "<u4"), ("n_entries", "<u4"))
PART_INDEX: Final = (("start", "<u4"), ("level", "|u1"), ("offset", "<u8"), ("n_runs", "<u4"))
RUN_INDEX: Final = (("window", "<u4"), ("offset", "<u8"), ("n_runs", "<u4"))


Decode = Callable[[Buffer, int, int, int], Runs]
AnyFrame = FrameReader | PlaneReader
_PLANES: Final = bytes([PLANES])
_COMPILED: Final = "embla.genotypes.plane_kernels"


def key_floor(pos: int) -> int:
    """The smallest key at or after a 1-based position."""
    return min(pos << keys.POS_SHIFT, (1 << 64) - 1)


def _read_index(
    data: memoryview | Ranged, where: list[int], columns: tuple[tuple[str, str], ...]
) -> list[NDArray[Any]]:
    offset, size, n = where
    raw = unsqueeze(data[offset : offset + size])
    out, at = [], 0
    for _, dtype in columns:
        out.append(from_planes(raw, dtype, n, at))
        at += n * np.dtype(dtype).itemsize
    return out


class ContigReader:
    """One contig of one segment. Everything is read lazily and only what was read last is kept decoded."""

    def __init__(self, data: memoryview | Ranged, facts: dict[str, Any]) -> None:
        self.data = data
        self.length: int = facts["length"]
        self.n_variants: int = facts["variants"]
        self.n_entries: int = facts["entries"]
        self.n_runs: int = facts["runs"]
        self.first_key, offset, self.frame_variants, self.frame_entries = _read_index(
            data, facts["frames"], FRAME_INDEX
        )
        self.frame_at = np.append(offset, np.uint64(facts["frames_end"])).astype(np.int64)
        levels = {int(level): _read_index(data, where, RUN_INDEX) for level, where in facts["levels"].items()}
        # Format 1 had one lowest level for a whole contig.
        old = levels.pop(facts["lowest"], None) if "lowest" in facts else None
        if old is not None:
            level = np.full(len(old[0]), facts["lowest"], np.uint8)
            self.parts = [old[0] << np.uint32(facts["lowest"]), level, old[1], old[2]]
        else:
            self.parts = _read_index(data, facts["parts"], PART_INDEX) if "parts" in facts else _NO_PARTS
        self.levels = levels
        self.runs_end: int = facts["runs_end"]
        self.frame = lru_cache(maxsize=64)(self.open_frame)
        self.whole_frame = lru_cache(maxsize=64)(self._whole_frame)
        self.part_bytes = lru_cache(maxsize=64)(self._part_bytes)

    def open_frame(self, number: int) -> AnyFrame:
        """One frame, past the cache: a scan must not push out what lookups use."""
        data = self.frame_bytes(number)
        if data[4:5] == _PLANES:
            return PlaneReader(data, int(self.first_key[number]))
        return self.open_lists(number)

    def open_lists(self, number: int) -> FrameReader:
        """One frame of lists."""
        return FrameReader(self.frame_bytes(number), int(self.first_key[number]))

    def frame_bytes(self, number: int) -> memoryview:
        """One frame as it lies in the file."""
        return memoryview(self.data[int(self.frame_at[number]) : int(self.frame_at[number + 1])])

    @property
    def in_planes(self) -> bool:
        """Are the frames of this contig plane frames? All of a contig are of one kind."""
        return len(self.first_key) > 0 and self.frame_bytes(0)[4:5] == _PLANES

    def frames_between(self, low: int, high: int) -> range:
        """Numbers of the frames that may hold keys in low..high (high excluded)."""
        if not len(self.first_key) or low >= high:
            return range(0)
        first = max(int(np.searchsorted(self.first_key, np.uint64(low), side="right")) - 1, 0)
        return range(first, int(np.searchsorted(self.first_key, np.uint64(high), side="left")))

    def entries_between(self, low: int, high: int) -> int:
        """About how many entries such a stretch has: those of its frames."""
        frames = self.frames_between(low, high)
        return int(self.frame_entries[frames.start : frames.stop].sum(dtype=np.int64))

    def find(self, key: int) -> tuple[AnyFrame, int] | None:
        """The frame and the number in it of exactly this key."""
        asked = np.uint64(key)
        number = int(self.first_key.searchsorted(asked, side="right")) - 1
        if number < 0:
            return None
        frame = self.frame(number)
        at = int(frame.key.searchsorted(asked))
        return (frame, at) if at < len(frame.key) and int(frame.key[at]) == key else None

    def find_allele(self, pos: int, ref: str, alt: str) -> tuple[AnyFrame, int] | None:
        """The same for an allele: a hashed key is only right where its text is, whatever its salt."""
        if keys.is_short(ref, alt):
            return self.find(keys.make_key(pos, ref, alt))
        for salt in range(keys.MAX_SALT + 1):
            found = self.find(keys.make_key(pos, ref, alt, salt=salt))
            if found and found[0].texts()[int(found[0].key[found[1]])] == (ref, alt):
                return found
        return None

    def between(self, low: int, high: int) -> Variants:
        """All variants with low <= key < high."""
        parts = []
        frames = self.frames_between(low, high)
        if len(frames) and self.in_planes and (len(frames) > _FEW or _COMPILED in sys.modules):
            # Listing planes plainly is slow. Long stretches are what compaction and recounts read: worth to load for.
            from embla.genotypes.plane_kernels import listed

            return slice_keys(join_in_order(list(listed(self, frames))), low, high)
        look = self.frame if len(frames) <= _FEW else self.open_frame
        for number in frames:
            part = look(number).between(low, high)
            if len(part):
                parts.append(part)
        return join_in_order(parts)

    def _whole_frame(self, level: int, row: int) -> Runs:
        window, start, n = self.levels[level]
        raw = self._run_bytes(int(start[row]))
        low = int(window[row]) << level
        return decode_whole(raw, int(n[row]), low, min(low + (1 << level), self.length))

    def _part_bytes(self, row: int) -> bytes:
        return self._run_bytes(int(self.parts[2][row]))

    def _run_bytes(self, start: int) -> bytes:
        if isinstance(self.data, memoryview):
            return unsqueeze_at(self.data, start, self.runs_end)
        ends = self._run_starts
        return unsqueeze(self.data[start : int(ends[ends.searchsorted(start, side="right")])])

    @cached_property
    def _run_starts(self) -> NDArray[np.int64]:
        """Where frames of runs begin, sorted, and where the last ends: a bucket sends no more than is asked for."""
        starts = [self.parts[2], *(start for _, start, _ in self.levels.values())]
        return np.append(np.sort(np.concatenate(starts)), self.runs_end).astype(np.int64)

    def _part_frame(self, row: int, decode: Decode = decode_parts) -> Runs:
        window, level, _, n = self.parts
        return decode(self._part_bytes(row), int(n[row]), int(window[row]), int(level[row]))

    def runs_at(self, pos0: int) -> tuple[Column16, NDArray[np.uint8]]:
        """(ordinals, states) of the runs over a 0-based place; each genome at most once."""
        found = self.whole_at(pos0)
        part = self.part_at(pos0)
        if part is not None:
            found.append(parts_at(*part))
        if not found:
            return _NO_RUNS
        if len(found) == 1:
            return found[0]
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])

    def whole_at(self, pos0: int) -> list[tuple[Column16, NDArray[np.uint8]]]:
        """The same for the runs that fill a whole window, by level."""
        found = []
        for level, (window, _, _) in self.levels.items():
            row = int(window.searchsorted(np.uint32(pos0 >> level)))
            if row < len(window) and int(window[row]) == pos0 >> level:
                runs = self.whole_frame(level, row)
                found.append((runs.ordinal, runs.state))
        return found

    def part_at(self, pos0: int) -> tuple[bytes, int, int, int] | None:
        """The frame of parts that a place lies in: its bytes, runs, the place in it, and its level."""
        begin, levels, _, n = self.parts
        row = int(begin.searchsorted(np.uint32(pos0), side="right")) - 1
        if row < 0 or pos0 >= int(begin[row]) + (1 << int(levels[row])):
            return None
        return self.part_bytes(row), int(n[row]), pos0 - int(begin[row]), int(levels[row])

    def runs_between(
        self,
        start: int,
        end: int,
        only: tuple[int, ...] | None = None,
        without: tuple[int, ...] = (),
        decode: Decode = decode_parts,
    ) -> Runs:
        """The runs over `start`..`end` (0-based, end excluded), clipped to it; of some wide levels only, or without
        some."""
        found = []

        def take(runs: Runs, low: int, level: int) -> None:
            found.append(runs if start <= low and low + (1 << level) <= end else runs.clipped(start, end))

        for level, (window, _, _) in self.levels.items():
            if (only is not None and level not in only) or level in without:
                continue
            first = int(np.searchsorted(window, np.uint32(start >> level)))
            last = int(np.searchsorted(window, np.uint32((end - 1) >> level), side="right"))
            for row in range(first, last):
                take(self.whole_frame(level, row), int(window[row]) << level, level)
        if only is None:
            window, levels = self.parts[:2]
            first = max(int(np.searchsorted(window, np.uint32(start), side="right")) - 1, 0)
            last = int(np.searchsorted(window, np.uint32(end)))
            for row in range(first, last):
                low, level = int(window[row]), int(levels[row])
                if low + (1 << level) > start:
                    take(self._part_frame(row, decode), low, level)
        return Runs.joined(found)


def unsqueeze_at(data: memoryview, start: int, limit: int) -> bytes:
    """Decompress the one zstd frame that starts here; what follows it, up to `limit`, is not looked at."""
    return unsqueeze(data[start:limit])


_NO_PARTS: Final[list[NDArray[Any]]] = [np.empty(0, np.dtype(kind)) for _, kind in PART_INDEX]
_NO_RUNS: Final = (np.empty(0, np.uint16), np.empty(0, np.uint8))


class SegmentReader:
    """A segment, opened over its bytes (a memory map). Raises Broken for a damaged file."""

    def __init__(self, data: memoryview | Ranged, name: str) -> None:
        self.name = name
        self.data = data
        directory = read_directory(data, KIND, name)
        self.n_genomes: int = directory["genomes"]
        self._facts: dict[str, Any] = directory["contigs"]
        self._contigs: dict[str, ContigReader] = {}

    @property
    def contigs(self) -> list[str]:
        """Names of the contigs written here."""
        return list(self._facts)

    def facts(self, contig: str) -> dict[str, Any]:
        """Sizes of one contig, from the directory."""
        facts: dict[str, Any] = self._facts[contig]
        return facts

    def contig(self, name: str) -> ContigReader | None:
        """One contig, or None where the segment has none of that name."""
        if name not in self._contigs:
            if name not in self._facts:
                return None
            try:
                self._contigs[name] = ContigReader(self.data, self._facts[name])
            except (KeyError, ValueError) as error:
                raise Broken(f"{self.name} is damaged.", mend="Run `embla store verify`.") from error
        return self._contigs[name]


def slice_keys(variants: Variants, low: int, high: int) -> Variants:
    """The variants with low <= key < high."""
    if not len(variants) or (int(variants.key[0]) >= low and int(variants.key[-1]) < high):
        return variants
    a, b = (int(x) for x in np.searchsorted(variants.key, np.array([low, high], dtype=np.uint64)))
    if a >= b:
        return Variants.none()
    first = int(variants.end[a - 1]) if a else 0
    last = int(variants.end[b - 1])
    het = variants.heteroplasmy
    return Variants(
        variants.key[a:b],
        variants.end[a:b] - first,
        variants.ordinal[first:last],
        variants.entry[first:last],
        het[first:last] if len(het) else het,
        variants.texts,
    )


def join_in_order(parts: list[Variants]) -> Variants:
    """Put parts together whose keys follow each other."""
    if not parts:
        return Variants.none()
    if len(parts) == 1:
        return parts[0]
    base = np.cumsum([0, *(len(p.ordinal) for p in parts[:-1])])
    texts: Texts = {}
    for part in parts:
        texts |= part.texts
    return Variants(
        np.concatenate([p.key for p in parts]),
        np.concatenate([p.end + b for p, b in zip(parts, base, strict=True)]),
        np.concatenate([p.ordinal for p in parts]),
        np.concatenate([p.entry for p in parts]),
        np.concatenate([p.heteroplasmy for p in parts]),
        texts,
    )
