"""Variant frames: up to 512 variants (2,048 in small segments) with their carriers, found by key.

A frame is a head and carrier blocks, each squeezed apart, so that a lookup opens the head and one block:

    crc32 of what follows up to the head (u32)   kind(u8) 0(u8) n_variants(u16) head_size(u32) n_blocks(u32)
    per block: end_variant(u32) n_entries(u32) size(u32)
    head    key differences (u64 planes), carriers per variant (u16 planes), then "REF\\tALT\\n" of each hashed key
    block   ordinal gaps (u16 planes, wrapping), entries (u16 planes), on chrM heteroplasmy (u16 planes)

kind 1 is carriers as lists, kind 2 lists with heteroplasmy. Segments of 512 genomes or more have frames of kind 3, see
`planes.py`.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken
from embla.genotypes.files.columns import differences, from_planes, running, squeeze, to_planes, unsqueeze
from embla.genotypes.model import keys

LISTS: Final = 1
LISTS_MT: Final = 2
BLOCK_ENTRIES: Final = 8_192
_HEAD: Final = struct.Struct("<IBBHII")
_BLOCK: Final = struct.Struct("<III")
_MANY: Final = 4_096  # variants from which a compiled loop is worth it
_HASHED: Final = np.uint64(keys.HASHED)
Texts = dict[int, tuple[str, str]]


@dataclass(frozen=True)
class Variants:
    """Sorted distinct variants of one contig and their carriers in columns: n variants, m entries.

    The entries of variant i are `end[i-1]:end[i]`, by ordinal. `heteroplasmy` is (m,) on chrM, else (0,).
    """

    key: NDArray[np.uint64]
    end: NDArray[np.int64]
    ordinal: NDArray[np.uint16]
    entry: NDArray[np.uint16]
    heteroplasmy: NDArray[np.uint16]
    texts: Texts

    def __len__(self) -> int:
        return len(self.key)

    @property
    def begin(self) -> NDArray[np.int64]:
        """First entry of each variant."""
        out = np.zeros(len(self.end), dtype=np.int64)
        out[1:] = self.end[:-1]
        return out

    def key_of_entry(self) -> NDArray[np.uint64]:
        """The key of each entry: (m,)."""
        return np.repeat(self.key, np.diff(self.end, prepend=0))

    @staticmethod
    def none() -> "Variants":
        """No variant."""
        return Variants(
            np.empty(0, np.uint64),
            np.empty(0, np.int64),
            np.empty(0, np.uint16),
            np.empty(0, np.uint16),
            np.empty(0, np.uint16),
            {},
        )


def is_hashed(key: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which keys have their alleles in a side table."""
    return np.asarray((key >> np.uint64(keys.REF_LEN_SHIFT)) & np.uint64(15) == _HASHED)


def alleles_of(key: int, texts: Texts) -> tuple[str, str]:
    """REF and ALT of any key. Raises Broken for a hashed key without text."""
    if not keys.is_hashed(key):
        return keys.key_alleles(key)
    if key not in texts:
        raise Broken("the text of a long allele is missing", mend="Run `embla store verify`.")
    return texts[key]


def hashed_texts(key: NDArray[np.uint64], text: bytes) -> Texts:
    """Hashed key -> (REF, ALT), from the lines of a frame's head."""
    if not text:
        return {}
    lines = (line.split("\t") for line in text.decode().splitlines())
    return {long: (ref, alt) for long, (ref, alt) in zip(key[is_hashed(key)].tolist(), lines, strict=True)}


@dataclass(frozen=True)
class Frame:
    """One encoded frame for the writer: index facts and bytes."""

    first_key: int
    n_variants: int
    n_entries: int
    data: bytes


def encode(variants: Variants, per_frame: int, level: int) -> Iterator[Frame]:
    """Cut into frames. Keys must be sorted and distinct."""
    n = len(variants)
    begin = variants.begin
    hashed = is_hashed(variants.key)
    laid: memoryview | None = None
    if n >= _MANY and not len(variants.heteroplasmy):
        # Compiled; what is small is not worth the loading.
        from embla.genotypes.files.frame_kernels import laid_out

        laid = laid_out(variants.key, variants.end, variants.ordinal, variants.entry, per_frame)
    for low in range(0, n, per_frame):
        high = min(low + per_frame, n)
        if laid is not None and variants.end[high - 1] - begin[low] <= BLOCK_ENTRIES:
            yield _squeezed(variants, begin, hashed, low, high, laid, level)
        else:
            yield _encode_one(variants, begin, hashed, low, high, level)


def _texts_of(v: Variants, hashed: NDArray[np.bool_], low: int, high: int) -> bytes:
    long = v.key[low:high][hashed[low:high]].tolist()
    try:
        return "".join([f"{ref}\t{alt}\n" for ref, alt in map(v.texts.__getitem__, long)]).encode()
    except KeyError:
        raise Broken("the text of a long allele is missing", mend="Run `embla store verify`.") from None


def _squeezed(
    v: Variants, begin: NDArray[np.int64], hashed: NDArray[np.bool_], low: int, high: int, laid: memoryview, level: int
) -> Frame:
    """A frame of one block, whose head and block lie ready."""
    first, m = int(begin[low]), int(v.end[high - 1] - begin[low])
    at = 10 * low + 4 * first
    middle = at + 10 * (high - low)
    texts = _texts_of(v, hashed, low, high)
    head = squeeze(bytes(laid[at:middle]) + texts if texts else laid[at:middle], level)
    block = squeeze(laid[middle : middle + 4 * m], level)
    lead = _HEAD.pack(0, LISTS, 0, high - low, len(head), 1)[4:] + _BLOCK.pack(high - low, m, len(block))
    return Frame(int(v.key[low]), high - low, m, b"".join((crc32(lead).to_bytes(4, "little"), lead, head, block)))


def _encode_one(
    v: Variants, begin: NDArray[np.int64], hashed: NDArray[np.bool_], low: int, high: int, level: int
) -> Frame:
    key, counts = v.key[low:high], (v.end[low:high] - begin[low:high]).astype(np.uint16)
    delta = differences(key)
    delta[0] = 0
    head = squeeze(to_planes(delta) + to_planes(counts) + _texts_of(v, hashed, low, high), level)
    blocks, rows = [], []
    at = low
    while at < high:
        limit = int(begin[at]) + BLOCK_ENTRIES
        stop = max(at + 1, int(np.searchsorted(v.end[low:high], limit, side="right")) + low)
        a, b = int(begin[at]), int(v.end[stop - 1])
        raw = to_planes(differences(v.ordinal[a:b])) + to_planes(v.entry[a:b])
        if len(v.heteroplasmy):
            raw += to_planes(v.heteroplasmy[a:b])
        blocks.append(squeeze(raw, level))
        rows += [stop - low, b - a, len(blocks[-1])]
        at = stop
    kind = LISTS_MT if len(v.heteroplasmy) else LISTS
    lead = _HEAD.pack(0, kind, 0, high - low, len(head), len(blocks))[4:] + np.array(rows, dtype="<u4").tobytes()
    data = crc32(lead).to_bytes(4, "little") + lead + head + b"".join(blocks)
    return Frame(int(key[0]), high - low, int(v.end[high - 1] - begin[low]), data)


class FrameReader:
    """One frame of a segment, opened head first. `data` is a view of the file, `first_key` from the index."""

    __slots__ = ("_end", "_first_key", "_key", "block_at", "blocks", "data", "head", "kind", "n")

    def __init__(self, data: memoryview, first_key: int) -> None:
        self.data = data
        check, self.kind, _, self.n, head_size, n_blocks = _HEAD.unpack_from(data)
        at = _HEAD.size + 12 * n_blocks
        if crc32(data[4:at]) != check:
            raise Broken("a variant frame does not match its checksum.", mend="Run `embla store verify`.")
        if self.kind not in (LISTS, LISTS_MT):
            raise Broken(f"variant frame of kind {self.kind}", mend="Run `embla store upgrade STORE`.")
        self.blocks: NDArray[np.uint32] = np.frombuffer(data, "<u4", 3 * n_blocks, _HEAD.size).reshape(n_blocks, 3)
        self.head = unsqueeze(data[at : at + head_size])
        if len(self.head) < 10 * self.n:
            raise Broken("a column is shorter than its index says.", mend="Run `embla store verify`.")
        self._first_key = first_key
        self._key: NDArray[np.uint64] | None = None
        self._end: NDArray[np.int64] | None = None
        starts = np.zeros(n_blocks, dtype=np.int64)
        starts[1:] = np.cumsum(self.blocks[:-1, 2], dtype=np.int64)
        self.block_at = starts + at + head_size

    @property
    def key(self) -> NDArray[np.uint64]:
        """Keys of the variants."""
        if self._key is None:
            self._key = running(from_planes(self.head, np.uint64, self.n)) + np.uint64(self._first_key)
        return self._key

    @property
    def end(self) -> NDArray[np.int64]:
        """Where the entries of each variant end."""
        if self._end is None:
            self._end = np.cumsum(from_planes(self.head, np.uint16, self.n, 8 * self.n), dtype=np.int64)
        return self._end

    def open_with(self, columns: Callable[[bytes, int, int], tuple[NDArray[np.uint64], NDArray[np.int64]]]) -> None:
        """Make `key` and `end` now: what `columns` gives for the head, its variants and the first key."""
        self._key, self._end = columns(self.head, self.n, self._first_key)

    @property
    def text(self) -> bytes:
        """Lines of the alleles that no key holds."""
        return self.head[10 * self.n :]

    def texts(self) -> Texts:
        """Hashed key -> (REF, ALT) of this frame."""
        return hashed_texts(self.key, self.text)

    def block_bytes(self, number: int) -> bytes:
        """One block decompressed, its columns still as byte planes."""
        at = int(self.block_at[number])
        return unsqueeze(self.data[at : at + int(self.blocks[number, 2])])

    def block(self, number: int) -> "tuple[Column16, Column16, Column16]":
        """(ordinals, entries, heteroplasmy) of one block; `heteroplasmy` is empty outside chrM."""
        raw, n = self.block_bytes(number), int(self.blocks[number, 1])
        ordinal = running(from_planes(raw, np.uint16, n))
        entry = from_planes(raw, np.uint16, n, 2 * n)
        return ordinal, entry, from_planes(raw, np.uint16, n, 4 * n) if self.kind == LISTS_MT else _NO_COLUMN

    def people_with(self, variant: int, code: int) -> "Column16":
        """Ordinals of those with this entry, in order."""
        ordinals, entries, _ = self.carriers(variant)
        people: Column16 = ordinals[entries == code]
        return people

    def carriers(self, variant: int) -> "tuple[Column16, Column16, Column16]":
        """(ordinals, entries, heteroplasmy) of the variant with this number in the frame."""
        number = int(np.searchsorted(self.blocks[:, 0], variant, side="right"))
        first = int(self.blocks[number - 1, 0]) if number else 0
        base = int(self.end[first - 1]) if first else 0
        a = int(self.end[variant - 1]) - base if variant > first else 0
        b = int(self.end[variant]) - base
        ordinal, entry, het = self.block(number)
        return ordinal[a:b], entry[a:b], het[a:b]

    def between(self, low: int, high: int) -> Variants:
        """The variants with low <= key < high; only the blocks that hold them are opened."""
        a, b = (int(i) for i in np.searchsorted(self.key, np.array([low, high], dtype=np.uint64)))
        if a >= b:
            return Variants.none()
        first, last = (int(np.searchsorted(self.blocks[:, 0], i, side="right")) for i in (a, b - 1))
        from_variant = int(self.blocks[first - 1, 0]) if first else 0
        base = int(self.end[from_variant - 1]) if from_variant else 0
        start = int(self.end[a - 1]) if a else 0
        stop = int(self.end[b - 1])
        parts = [self.block(number) for number in range(first, last + 1)]
        columns = parts[0] if len(parts) == 1 else [np.concatenate(column) for column in zip(*parts, strict=True)]
        ordinal, entry, het = (column[start - base : stop - base] for column in columns)
        return Variants(self.key[a:b], self.end[a:b] - start, ordinal, entry, het, self.texts())


Column16 = NDArray[np.uint16]
_NO_COLUMN: Final[NDArray[Any]] = np.empty(0, np.uint16)
