"""Where in a file the records of a region begin: BAI, TBI and CSI (SAM specification 5, tabix, CSI 1).

One answer is read out of them: a place from which on every record that touches the region comes. It may come with
others before it; whoever reads compares each.
"""

import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

from embla.errors import BadInput
from embla.federation.slicing.source import Source, Stream

LARGEST: Final = 1 << 24
_WINDOW: Final = 14


class _Contig(NamedTuple):
    """chunks: bin -> (first, last virtual offsets); offsets: window -> first place (BAI, TBI), or bin -> it (CSI)."""

    chunks: Mapping[int, tuple[tuple[int, int], ...]]
    offsets: Mapping[int, int]


class Index(NamedTuple):
    """`names`: contigs as the index calls them, where it does; else they are the file's, in its order."""

    names: tuple[str, ...]
    shift: int
    depth: int
    windows: bool
    contigs: tuple[_Contig, ...]

    def begins(self, contig: int, start: int, end: int) -> int | None:
        """A place from which to read for what touches start..end; None where there is nothing."""
        if not 0 <= contig < len(self.contigs):
            return None
        known = self.contigs[contig]
        least = self._least(known, start)
        found = [
            max(first, least)
            for number in self._bins(start, max(end, start + 1), known.chunks)
            for first, last in known.chunks[number]
            if last > least
        ]
        return min(found, default=None)

    @property
    def unplaced(self) -> int:
        """The place behind every record that has one."""
        ends = (last for contig in self.contigs for chunks in contig.chunks.values() for _, last in chunks)
        return max(ends, default=0)

    def _bins(self, start: int, end: int, there: Mapping[int, object]) -> list[int]:
        found, first, shift = [], 0, self.shift + 3 * self.depth
        for level in range(self.depth + 1):
            low, high = first + (start >> shift), first + ((end - 1) >> shift)
            if high - low < len(there):
                found += [number for number in range(low, high + 1) if number in there]
            else:
                found += [number for number in there if low <= number <= high]
            first += 1 << 3 * level
            shift -= 3
        return found

    def _least(self, known: _Contig, start: int) -> int:
        if self.windows:
            # A window past the last record has none: the last that is known comes before it.
            window = start >> _WINDOW
            return known.offsets.get(window, known.offsets.get(max(known.offsets, default=0), 0))
        number = ((1 << 3 * self.depth) - 1) // 7 + (start >> self.shift)
        while number and number not in known.offsets:
            number = (number - 1) >> 3
        return known.offsets.get(number, 0)


def read_index(source: Source) -> Index:
    """An index as a laboratory sent it. BadInput for one that is none."""
    if source.size > LARGEST:
        raise BadInput("is too large to be an index.")
    try:
        return _read(Stream(source).whole(LARGEST))
    except (struct.error, IndexError, ValueError, OverflowError, MemoryError):
        raise BadInput("is no sound index.", mend="Make it again.") from None


def _read(data: bytes) -> Index:
    names: tuple[str, ...] = ()
    shift, depth, windows = _WINDOW, 5, True
    if data[:4] == b"BAI\x01":
        count, at = struct.unpack_from("<i", data, 4)[0], 8
    elif data[:4] == b"TBI\x01":
        count, length = struct.unpack_from("<i", data, 4)[0], struct.unpack_from("<i", data, 32)[0]
        names, at = _names(data[36 : 36 + length]), 36 + length
    elif data[:4] == b"CSI\x01":
        windows = False
        shift, depth, length = struct.unpack_from("<iii", data, 4)
        if not 0 < shift < 32 or not 0 < depth < 11:
            raise ValueError
        names = _names(data[44 : 16 + length]) if length >= 28 else ()
        count, at = struct.unpack_from("<i", data, 16 + length)[0], 20 + length
    else:
        raise ValueError
    # The bin beyond the last holds numbers of records.
    extra = ((1 << 3 * (depth + 1)) - 1) // 7 + 1
    contigs = []
    for _ in range(count):
        contig, at = _contig(data, at, extra, windows=windows)
        contigs.append(contig)
    return Index(names, shift, depth, windows, tuple(contigs))


def _contig(data: bytes, at: int, extra: int, *, windows: bool) -> tuple[_Contig, int]:
    chunks: dict[int, tuple[tuple[int, int], ...]] = {}
    offsets: dict[int, int] = {}
    bins, at = _int(data, at)
    for _ in range(bins):
        number = struct.unpack_from("<I", data, at)[0]
        at += 4
        if not windows:
            if number != extra:
                offsets[number] = struct.unpack_from("<Q", data, at)[0]
            at += 8
        count, at = _int(data, at)
        if not 0 <= count <= len(data):
            raise ValueError
        pairs = struct.unpack_from(f"<{2 * count}Q", data, at)
        at += 16 * count
        if number != extra:
            chunks[number] = tuple(zip(pairs[::2], pairs[1::2], strict=True))
    if windows:
        count, at = _int(data, at)
        if not 0 <= count <= len(data):
            raise ValueError
        offsets = dict(enumerate(struct.unpack_from(f"<{count}Q", data, at)))
        at += 8 * count
    return _Contig(chunks, offsets), at


def _int(data: bytes, at: int) -> tuple[int, int]:
    return struct.unpack_from("<i", data, at)[0], at + 4


def _names(data: bytes) -> tuple[str, ...]:
    return tuple(name.decode("utf-8", "replace") for name in data.rstrip(b"\0").split(b"\0"))
