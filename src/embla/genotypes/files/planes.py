"""Variant frames of large segments (kind 3): rows of people, as bit planes where many carry, as gap lists where few do.

A *row* is a set of ordinals. Every variant has one row of all its entries, and one more for each entry code in it other
than the frame's default code (het, passing the gates): those who are homozygous, those outside the gates, and so on.
So a count is a sum over rows of (people of the row who are in the cohort) x (what the code adds), without a list of
entries ever being made, and the counts of everybody stand in the head.

    crc32 of what follows up to the head (u32)   kind(u8) 0(u8) n_variants(u16) head_size(u32)
    n_genomes(u16) default_code(u16) dense(u16) 0(u16) n_blocks(u32) n_groups(u32)
    per block: n_rows(u32) size(u32)        per group: size(u32)
    head    position differences (u32 planes), the 36 allele bits of each key (40-bit planes), entries per variant (u16
            planes), further codes per variant (u16 planes), code and size of each further row (u16 planes each), then
            "REF\\tALT\\n" of each hashed key
    block   the ordinals of thin rows, first one and gaps (u16 planes), some 8,192 of them
    group   up to 128 dense rows as planes, each XOR-ed against the nearest of its group (see below)

Rows come in the order: all entries by variant, then the further rows by variant and code. A row of at least `dense`
people is a plane. In a group the planes form a tree: each is kept as its difference from another one, from nobody
(parent 254) or from everybody (parent 255), whichever is nearest; neighbours in linkage differ in few people.

    raw planes (64-bit words), ordinals that differ, first one and gaps (u16 planes), order (u8 each), parent (u8 each),
    people that differ (u16 planes; 65535: the difference is a raw plane)
"""

import struct
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken
from embla.genotypes.files.columns import from_planes, running, unsqueeze
from embla.genotypes.files.variants import Column16, Texts, Variants, hashed_texts
from embla.genotypes.model import codes, keys
from embla.genotypes.model.tally import ASSUMED

PLANES: Final = 3
GROUP: Final = 128
NOBODY: Final = 254
EVERYBODY: Final = 255
RAW: Final = 65_535
# A row of this share of the people costs a scan the same as plane and as list, and neighbours differ in few.
DENSE_SHARE: Final = 64
DEFAULT: Final = codes.make_entry(codes.HET, adj=True)
# Bytes of the head per variant and per further row.
PER_VARIANT: Final = 13
PER_FURTHER: Final = 4
ALLELES_MASK: Final = np.uint64((1 << keys.POS_SHIFT) - 1)
LEAD: Final = struct.Struct("<IBBHIHHHHII")
_NO_COLUMN: Final[Column16] = np.empty(0, np.uint16)


class Lead(NamedTuple):
    """What stands before a frame's head: sizes, and where its parts lie in the frame."""

    n_variants: int
    n_genomes: int
    default: int
    dense: int
    head: tuple[int, int]  # from, to
    block_rows: tuple[int, ...]
    parts: list[int]  # (blocks + groups + 1) borders of the blocks, then of the groups

    @property
    def n_blocks(self) -> int:
        """Thin rows lie in so many parts; the rest are groups."""
        return len(self.block_rows)


def read_lead(data: memoryview) -> Lead:
    """Raises Broken where the checksum does not match."""
    check, kind, _, n, head_size, genomes, default, dense, _, n_blocks, n_groups = LEAD.unpack_from(data)
    at = LEAD.size + 8 * n_blocks + 4 * n_groups
    if kind != PLANES or crc32(data[4:at]) != check:
        raise Broken("a variant frame does not match its checksum.", mend="Run `embla store verify`.")
    # Python's own numbers: a frame has a few parts, and columns of so few cost more than all the rest of the lead.
    facts = struct.unpack_from(f"<{2 * n_blocks + n_groups}I", data, LEAD.size)
    blocks = 2 * n_blocks
    parts = list(accumulate(facts[1:blocks:2] + facts[blocks:], initial=at + head_size))
    return Lead(n, genomes, default, dense, (at, at + head_size), facts[:blocks:2], parts)


@dataclass(frozen=True)
class Row:
    """People of one code at one variant, as ordinals in order or as a bit for each genome; `size` of them."""

    code: int
    size: int
    ordinals: Column16 | None
    bits: NDArray[np.bool_] | None

    def among(self, members: NDArray[np.bool_]) -> int:
        """How many of them are in a cohort, given a bit for each genome of the segment."""
        if self.bits is not None:
            return int(np.count_nonzero(self.bits & members))
        return int(np.count_nonzero(members[self.ordinals]))

    def listed(self) -> Column16:
        """Their ordinals, in order."""
        return self.ordinals if self.bits is None else np.flatnonzero(self.bits).astype(np.uint16)  # type: ignore[return-value]


class PlaneReader:
    """One such frame, opened head first, with NumPy alone; the compiled scan is in `plane_kernels.py`."""

    kind: Final = PLANES

    def __init__(self, data: memoryview, first_key: int) -> None:
        self.data = data
        self.lead = read_lead(data)
        n = self.lead.n_variants
        # Only the keys are made at once: most segments that are asked for an allele do not have it.
        self._head = head = unsqueeze(data[slice(*self.lead.head)])
        pos = running(from_planes(head, np.uint32, n)).astype(np.uint64) + np.uint64(first_key >> keys.POS_SHIFT)
        low, high = from_planes(head, np.uint32, n, 4 * n), np.frombuffer(head, np.uint8, n, 8 * n)
        alleles = (high.astype(np.uint64) << np.uint64(32)) | low.astype(np.uint64)
        self.key: NDArray[np.uint64] = (pos << np.uint64(keys.POS_SHIFT)) | alleles

    @cached_property
    def end(self) -> NDArray[np.int64]:
        """Where each variant's entries end."""
        n = self.lead.n_variants
        return np.cumsum(from_planes(self._head, np.uint16, n, 9 * n), dtype=np.int64)

    @cached_property
    def further_end(self) -> NDArray[np.int64]:
        """Where each variant's further rows end."""
        n = self.lead.n_variants
        return np.cumsum(from_planes(self._head, np.uint16, n, 11 * n), dtype=np.int64)

    @property
    def _further(self) -> int:
        return int(self.further_end[-1]) if self.lead.n_variants else 0

    @cached_property
    def further_code(self) -> Column16:
        """Code of each further row."""
        found: Column16 = from_planes(self._head, np.uint16, self._further, PER_VARIANT * self.lead.n_variants)
        if int(found.max(initial=0)) >= ASSUMED:
            raise Broken("a variant frame has a code that is none.", mend="Run `embla store verify`.")
        return found

    @cached_property
    def row_size(self) -> Column16:
        """People of each row: all entries by variant, then the further rows."""
        n, k = self.lead.n_variants, self._further
        own, further = (from_planes(self._head, np.uint16, size, at) for size, at in ((n, 9 * n), (k, 13 * n + 2 * k)))
        return np.concatenate([own, further])

    def texts(self) -> Texts:
        """Hashed key -> (REF, ALT) of this frame."""
        used = PER_VARIANT * self.lead.n_variants + PER_FURTHER * self._further
        return hashed_texts(self.key, self._head[used:])

    @cached_property
    def _thin(self) -> NDArray[np.int64]:
        """By row: ordinals in thin rows before it, or for a dense row minus one less its number among the dense."""
        dense = self.row_size >= self.lead.dense
        thin = np.where(dense, 0, self.row_size).astype(np.int64)
        return np.where(dense, -np.cumsum(dense, dtype=np.int64), np.cumsum(thin) - thin)

    @cached_property
    def _block_first(self) -> NDArray[np.int64]:
        """Ordinals of thin rows before each block."""
        thin = self.row_size[self.row_size < self.lead.dense]
        before = np.concatenate(([0], np.cumsum(thin, dtype=np.int64)))
        rows: NDArray[np.int64] = np.concatenate(([0], np.cumsum(self.lead.block_rows, dtype=np.int64)))
        first: NDArray[np.int64] = before[rows]
        return first

    def rows(self, variant: int) -> list[Row]:
        """The row of all entries, then the further rows of the variant with this number."""
        first = int(self.further_end[variant - 1]) if variant else 0
        found = [self._row(variant, self.lead.default)]
        for i in range(first, int(self.further_end[variant])):
            found.append(self._row(self.lead.n_variants + i, int(self.further_code[i])))
        return found

    def sizes(self, variant: int) -> list[tuple[int, int]]:
        """(code, people) of the same rows, from the head alone."""
        first, last = int(self.further_end[variant - 1]) if variant else 0, int(self.further_end[variant])
        n = self.lead.n_variants
        further = zip(self.further_code[first:last].tolist(), self.row_size[n + first : n + last].tolist(), strict=True)
        return [(self.lead.default, int(self.row_size[variant])), *further]

    def _row(self, row: int, code: int) -> Row:
        size, where = int(self.row_size[row]), int(self._thin[row])
        if where < 0:
            return Row(code, size, None, self._plane(-1 - where))
        if size == 0:
            return Row(code, 0, _NO_COLUMN, None)
        block = int(np.searchsorted(self._block_first, where, side="right")) - 1
        raw = self._part(block)
        n, at = len(raw) // 2, where - int(self._block_first[block])
        low = np.frombuffer(raw, np.uint8, size, at).astype(np.uint16)
        high = np.frombuffer(raw, np.uint8, size, n + at).astype(np.uint16)
        return Row(code, size, np.cumsum(low | high << np.uint16(8), dtype=np.uint16), None)

    def _part(self, number: int) -> bytes:
        return unsqueeze(self.data[self.lead.parts[number] : self.lead.parts[number + 1]])

    def _plane(self, number: int) -> NDArray[np.bool_]:
        """One dense row as bits: what differs along its way down from the root of the tree."""
        group, wanted = divmod(number, GROUP)
        raw = self._part(self.lead.n_blocks + group)
        total = int(np.count_nonzero(self.row_size >= self.lead.dense))
        k, genomes = min(GROUP, total - group * GROUP), self.lead.n_genomes
        tree = len(raw) - 4 * k
        order, parent = np.frombuffer(raw, np.uint8, k, tree), np.frombuffer(raw, np.uint8, k, tree + k)
        differ = from_planes(raw, np.uint16, k, tree + 2 * k).astype(np.int64)
        thin = np.where(differ == RAW, 0, differ)
        end, raw_end = np.cumsum(thin), np.cumsum(differ == RAW)
        n_thin, words = int(end[-1]), -(-genomes // 64)
        gaps_at = tree - 2 * n_thin
        at = {row: i for i, row in enumerate(order.tolist())}
        bits = np.zeros(64 * words, np.bool_)
        while wanted < NOBODY:
            i = at[wanted]
            if differ[i] == RAW:
                plane = np.frombuffer(raw, np.uint8, 8 * words, 8 * words * (int(raw_end[i]) - 1))
                np.logical_xor(bits, np.unpackbits(plane, bitorder="little"), out=bits)
            else:
                n, first = int(thin[i]), int(end[i] - thin[i])
                low = np.frombuffer(raw, np.uint8, n, gaps_at + first).astype(np.uint16)
                high = np.frombuffer(raw, np.uint8, n, gaps_at + n_thin + first).astype(np.uint16)
                bits[np.cumsum(low | high << np.uint16(8), dtype=np.uint16)] ^= True
            wanted = int(parent[i])
        own = bits[:genomes]
        return ~own if wanted == EVERYBODY else own

    def people_with(self, variant: int, code: int) -> Column16:
        """Ordinals of those with this entry, in order. Opens no more rows than that takes."""
        if code == self.lead.default:
            first, *further = self.rows(variant)
            others: list[Column16] = [row.listed() for row in further]
            own = first.listed()
            return np.setdiff1d(own, np.concatenate(others), assume_unique=True) if others else own
        first_row, last = int(self.further_end[variant - 1]) if variant else 0, int(self.further_end[variant])
        for i in range(first_row, last):
            if int(self.further_code[i]) == code:
                return self._row(self.lead.n_variants + i, code).listed()
        return _NO_COLUMN

    def carriers(self, variant: int) -> "tuple[Column16, Column16, Column16]":
        """(ordinals, entries, heteroplasmy) of the variant with this number; heteroplasmy is empty here."""
        first, *further = self.rows(variant)
        ordinals = first.listed()
        entries = np.full(len(ordinals), first.code, np.uint16)
        for row in further:
            entries[np.searchsorted(ordinals, row.listed())] = row.code
        return ordinals, entries, _NO_COLUMN

    def between(self, low: int, high: int) -> Variants:
        """The variants with low <= key < high."""
        a, b = (int(i) for i in np.searchsorted(self.key, np.array([low, high], dtype=np.uint64)))
        if a >= b:
            return Variants.none()
        parts = [self.carriers(i) for i in range(a, b)]
        ordinal, entry = (np.concatenate([part[i] for part in parts]) for i in range(2))
        start = int(self.end[a - 1]) if a else 0
        return Variants(self.key[a:b], self.end[a:b] - start, ordinal, entry, _NO_COLUMN, self.texts())
