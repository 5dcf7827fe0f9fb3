"""Loops that read plane frames, compiled: counting cohorts in them from compressed bytes, listing their entries.

Their plain twin is `files/planes.py`; `plane_writing.py` writes what both read.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from embla.genotypes.files import planes
from embla.genotypes.files.columns import unsqueeze
from embla.genotypes.files.planes import (
    EVERYBODY,
    GROUP,
    NOBODY,
    PER_FURTHER,
    PER_VARIANT,
    RAW,
    read_lead,
)
from embla.genotypes.files.segment import ContigReader
from embla.genotypes.files.variants import Texts, Variants, hashed_texts
from embla.genotypes.model import keys, tally
from embla.genotypes.plane_bits import (
    BYTES,
    I64S,
    OUT_I32S,
    OUT_I64,
    OUT_I64S,
    OUT_U16,
    OUT_U64,
    OUT_U64S,
    TABLE,
    given,
    ones,
)

_ADDS: Final = tally.TALLY.astype(np.int64)
_MEMBERS: Final[Any] = given(types.uint8, 2)

# One row per frame of `table`: where its head lies among the bytes, its variants, genomes, default code, the size from
# which a row is dense, its first part in `parts` and how many blocks and groups follow.
_HEAD, _N, _GENOMES, _DEFAULT, _DENSE, _FIRST, _BLOCKS, _GROUPS = range(8)


@njit(types.int64(BYTES, types.int64, types.int64, types.int64), inline="always")
def _u16(raw, at, n, i):  # type: ignore[no-untyped-def]
    """Value i of a column of n 16-bit numbers in byte planes."""
    return np.int64(raw[at + i]) | (np.int64(raw[at + n + i]) << 8)


@njit(types.void(BYTES, TABLE, given(types.uint64), OUT_U64, OUT_I64, OUT_I64), cache=True, nogil=True)
def _open_keys(raw, table, first_key, key, end, further):  # type: ignore[no-untyped-def]
    """Keys and ends of each variant's entries, over all frames; how many further rows each frame has."""
    v = total = np.int64(0)
    for f in range(len(table)):
        at, n = table[f, _HEAD], table[f, _N]
        # Plane by plane, so that each loop is one the compiler makes wide.
        own = key[v : v + n]
        for i in range(n):
            own[i] = np.uint64(raw[at + i])
        for b in range(1, 4):
            for i in range(n):
                own[i] |= np.uint64(raw[at + b * n + i]) << np.uint64(8 * b)
        pos = first_key[f] >> np.uint64(keys.POS_SHIFT)
        for i in range(n):
            pos += own[i]
            own[i] = pos << np.uint64(keys.POS_SHIFT)
        for b in range(5):
            for i in range(n):
                own[i] |= np.uint64(raw[at + (4 + b) * n + i]) << np.uint64(8 * b)
        more = np.int64(0)
        for i in range(n):
            total += _u16(raw, at + 9 * n, n, i)
            end[v + i] = total
            more += _u16(raw, at + 11 * n, n, i)
        v += n
        further[f] = more


@njit(types.void(BYTES, TABLE, OUT_I64, OUT_I64, OUT_I64), cache=True, nogil=True)
def _open_rows(raw, table, size, variant, code):  # type: ignore[no-untyped-def]
    """Size, variant and code of each row, over all frames."""
    r = first = np.int64(0)
    for f in range(len(table)):
        at, n = table[f, _HEAD], table[f, _N]
        k = np.int64(0)
        for i in range(n):
            size[r + i] = _u16(raw, at + 9 * n, n, i)
            variant[r + i] = first + i
            code[r + i] = table[f, _DEFAULT]
            k += _u16(raw, at + 11 * n, n, i)
        r += n
        j = np.int64(0)
        for i in range(n):
            for _ in range(_u16(raw, at + 11 * n, n, i)):
                size[r] = _u16(raw, at + PER_VARIANT * n + 2 * k, k, j)
                code[r] = _u16(raw, at + PER_VARIANT * n, k, j)
                variant[r] = first + i
                j += 1
                r += 1
        first += n


@njit(
    types.void(BYTES, given(types.uint64), types.int64, types.int64, types.int64, types.int64, OUT_U64S),
    cache=True,
    nogil=True,
)
def _open_group(raw, raw64, at, end, k, genomes, plane):  # type: ignore[no-untyped-def]
    """The planes of a group, from the roots of its tree outwards."""
    words = plane.shape[1]
    tree, differ = end - 4 * k, end - 2 * k
    word, n_thin = at >> 3, np.int64(0)
    for i in range(k):
        d = np.int64(raw[differ + i]) | (np.int64(raw[differ + k + i]) << 8)
        if d != RAW:
            n_thin += d
    gap = tree - 2 * n_thin
    last = ~np.uint64(0)
    if genomes & 63:
        last = (np.uint64(1) << np.uint64(genomes & 63)) - np.uint64(1)
    for i in range(k):
        row, p = np.int64(raw[tree + i]), np.int64(raw[tree + k + i])
        d = np.int64(raw[differ + i]) | (np.int64(raw[differ + k + i]) << 8)
        if d == RAW:
            if p == NOBODY:
                for w in range(words):
                    plane[row, w] = raw64[word + w]
            elif p == EVERYBODY:
                for w in range(words):
                    plane[row, w] = ~raw64[word + w]
                plane[row, words - 1] &= last
            else:
                for w in range(words):
                    plane[row, w] = plane[p, w] ^ raw64[word + w]
            word += words
        else:
            if p == NOBODY:
                for w in range(words):
                    plane[row, w] = np.uint64(0)
            elif p == EVERYBODY:
                for w in range(words):
                    plane[row, w] = ~np.uint64(0)
                plane[row, words - 1] = last
            else:
                for w in range(words):
                    plane[row, w] = plane[p, w]
            o = np.int64(0)
            for j in range(gap, gap + d):
                o += np.int64(raw[j]) | (np.int64(raw[j + n_thin]) << 8)
                plane[row, o >> 6] ^= np.uint64(1) << np.uint64(o & 63)
            gap += d


@njit(
    types.void(BYTES, given(types.uint64), TABLE, TABLE, I64S, I64S, given(types.uint64, 2), _MEMBERS, OUT_I64S),
    cache=True,
    nogil=True,
)
def _count_rows(raw, raw64, table, parts, size, further, word_masks, byte_masks, out):  # type: ignore[no-untyped-def]
    """People of each row in each mask: `out` (masks, rows), rows in the order of `size`, all frames one after another.

    `size` holds the entries of all variants of a frame, then its further rows, frame after frame; `further` how many
    further rows each frame has.
    """
    masks, words = word_masks.shape
    plane = np.empty((GROUP, words), np.uint64)
    place = np.empty(words * 64, np.int64)
    row = np.int64(0)
    for f in range(len(table)):
        genomes, dense = table[f, _GENOMES], table[f, _DENSE]
        rows = table[f, _N] + further[f]
        part = table[f, _FIRST]
        group_part, last_group = part + table[f, _BLOCKS], part + table[f, _BLOCKS] + table[f, _GROUPS]
        n_dense = np.int64(0)
        for r in range(row, row + rows):
            n_dense += size[r] >= dense
        in_group = k = np.int64(0)
        at, n_block, left = np.int64(0), np.int64(0), np.int64(0)
        for r in range(row, row + rows):
            n = size[r]
            if n >= dense:
                if in_group == k:
                    if group_part == last_group:
                        return
                    k, in_group = min(np.int64(GROUP), n_dense), np.int64(0)
                    n_dense -= k
                    _open_group(raw, raw64, parts[group_part, 0], parts[group_part, 1], k, genomes, plane)
                    group_part += 1
                for m in range(masks):
                    s = np.int64(0)
                    for w in range(words):
                        s += ones(plane[in_group, w] & word_masks[m, w])
                    out[m, r] = s
                in_group += 1
                continue
            if left == 0:
                at, left = parts[part, 0], parts[part, 2]
                n_block = (parts[part, 1] - at) >> 1
                part += 1
            left -= 1
            o = np.int64(0)
            for i in range(n):
                o += np.int64(raw[at + i]) | (np.int64(raw[at + n_block + i]) << 8)
                place[i] = o
            at += n
            for m in range(masks):
                s = np.int64(0)
                for i in range(n):
                    s += byte_masks[m, place[i]]
                out[m, r] = s
        row += rows


@njit(
    types.void(BYTES, given(types.uint64), TABLE, TABLE, I64S, I64S, I64S, I64S, I64S, OUT_U16, OUT_U16),
    cache=True,
    nogil=True,
)
def _list_entries(  # type: ignore[no-untyped-def]
    raw, raw64, table, parts, size, further, variant, code, end, ordinal, entry
):
    """Ordinals and entries of every variant of all frames, in order of variant. `end` of each variant's entries."""
    plane = np.empty((GROUP, (table[0, _GENOMES] + 63) >> 6), np.uint64)
    row = np.int64(0)
    for f in range(len(table)):
        genomes, dense, n_variants = table[f, _GENOMES], table[f, _DENSE], table[f, _N]
        part = table[f, _FIRST]
        group_part = part + table[f, _BLOCKS]
        rows = n_variants + further[f]
        n_dense = np.int64(0)
        for r in range(row, row + rows):
            n_dense += size[r] >= dense
        in_group = k = np.int64(0)
        at, n_block, left = np.int64(0), np.int64(0), np.int64(0)
        for i in range(rows):
            n = size[row + i]
            own = i < n_variants
            v = variant[row + i]
            to = end[v - 1] if v else np.int64(0)
            stop = end[v]
            c = np.uint16(code[row + i])
            if n >= dense:
                if in_group == k:
                    k, in_group = min(np.int64(GROUP), n_dense), np.int64(0)
                    n_dense -= k
                    _open_group(raw, raw64, parts[group_part, 0], parts[group_part, 1], k, genomes, plane)
                    group_part += 1
                for w in range(plane.shape[1]):
                    x = plane[in_group, w]
                    while x:
                        low = x & (~x + np.uint64(1))
                        o = np.uint16(w * 64 + ones(low - np.uint64(1)))
                        if own:
                            ordinal[to] = o
                            entry[to] = c
                        else:
                            while to < stop and ordinal[to] != o:
                                to += 1
                            if to == stop:
                                return
                            entry[to] = c
                        to += 1
                        x ^= low
                in_group += 1
                continue
            if left == 0:
                at, left = parts[part, 0], parts[part, 2]
                n_block = (parts[part, 1] - at) >> 1
                part += 1
            left -= 1
            o16 = np.uint16(0)
            for j in range(at, at + n):
                o16 = np.uint16(o16 + (np.uint16(raw[j]) | (np.uint16(raw[j + n_block]) << np.uint16(8))))
                if own:
                    ordinal[to] = o16
                    entry[to] = c
                else:
                    while to < stop and ordinal[to] != o16:
                        to += 1
                    if to == stop:
                        return
                    entry[to] = c
                to += 1
            at += n
        row += rows


class PlaneScan:
    """Plane frames of one contig, opened together: `key` and `end` (v,) as in `Variants`, the rest by row.

    Rows lie frame by frame: all entries of each variant, then the further rows. `variant` is a row's variant among all.
    """

    def __init__(self, reader: ContigReader, frames: range) -> None:
        self.data = [reader.frame_bytes(i) for i in frames]
        self.leads = [read_lead(data) for data in self.data]
        heads = [unsqueeze(data[slice(*lead.head)]) for data, lead in zip(self.data, self.leads, strict=True)]
        n = np.array([lead.n_variants for lead in self.leads], np.int64)
        self.table = np.zeros((len(n), 8), np.int64)
        raw, self.table[:, _HEAD], stop = _laid(heads)
        self.table[:, _N] = n
        for column, name in ((_GENOMES, "n_genomes"), (_DEFAULT, "default"), (_DENSE, "dense"), (_BLOCKS, "n_blocks")):
            self.table[:, column] = [getattr(lead, name) for lead in self.leads]
        self.table[:, _GROUPS] = [len(lead.parts) - 1 - lead.n_blocks for lead in self.leads]
        total = int(n.sum())
        self.key = np.empty(total, np.uint64)
        self.further, self.end = np.empty(len(n), np.int64), np.empty(total, np.int64)
        first_key = reader.first_key[frames.start : frames.stop].astype(np.uint64)
        _open_keys(raw, self.table, first_key, self.key, self.end, self.further)
        rows = total + int(self.further.sum())
        self.size, self.variant, self.code = (np.empty(rows, np.int64) for _ in range(3))
        _open_rows(raw, self.table, self.size, self.variant, self.code)
        self.texts = Texts()
        stops = np.cumsum(n)
        used = self.table[:, _HEAD] + PER_VARIANT * n + PER_FURTHER * self.further
        for f in np.flatnonzero(used < stop).tolist():
            key = self.key[int(stops[f] - n[f]) : int(stops[f])]
            self.texts |= hashed_texts(key, heads[f][int(used[f] - self.table[f, _HEAD]) :])

    def _parts(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Every block and group, decompressed; `parts` rows are from, to and rows in a block."""
        pieces, rows = [], []
        for data, lead in zip(self.data, self.leads, strict=True):
            borders = lead.parts.tolist()
            pieces += [unsqueeze(data[a:b]) for a, b in zip(borders, borders[1:], strict=False)]
            rows += lead.block_rows.tolist() + [0] * (len(borders) - 1 - lead.n_blocks)
        raw, start, stop = _laid(pieces)
        count = self.table[:, _BLOCKS] + self.table[:, _GROUPS]
        self.table[:, _FIRST] = np.cumsum(count) - count
        return raw, np.column_stack([start, stop, np.array(rows, np.int64).reshape(-1)]).astype(np.int64)

    def people(self, members: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many of each row are in each cohort: (cohorts, rows). `members` (cohorts, genomes)."""
        everybody: NDArray[np.bool_] = np.asarray(members.all(axis=1))
        if (everybody | ~members.any(axis=1)).all():
            # The head says it: nothing else need be opened.
            return np.where(everybody[:, None], self.size, 0)
        raw, parts = self._parts()
        genomes = members.shape[1]
        words = -(-genomes // 64)
        packed = np.zeros((len(members), 8 * words), np.uint8)
        bits = np.packbits(members, axis=1, bitorder="little")
        packed[:, : bits.shape[1]] = bits
        out = np.zeros((len(members), len(self.size)), np.int64)
        _count_rows(raw, raw.view(np.uint64), self.table, parts, self.size, self.further, packed.view(np.uint64),
                    np.ascontiguousarray(members).view(np.uint8), out)  # fmt: skip
        return out

    def variants(self) -> Variants:
        """All of them with their entries in columns."""
        raw, parts = self._parts()
        total = int(self.end[-1]) if len(self.end) else 0
        ordinal, entry = np.empty(total, np.uint16), np.empty(total, np.uint16)
        _list_entries(raw, raw.view(np.uint64), self.table, parts, self.size, self.further,
                      self.variant, self.code, self.end, ordinal, entry)  # fmt: skip
        return Variants(self.key, self.end, ordinal, entry, np.empty(0, np.uint16), self.texts)


@njit(
    types.void(OUT_I32S, I64S, I64S, I64S, I64S, types.int64, types.int64, types.int64, TABLE),
    cache=True,
    nogil=True,
)
def _add_people(out, index, people, variant, code, default, first, last, words):  # type: ignore[no-untyped-def]
    """Add each row's people, times what its code adds, to `out` (variants, fields) at index[variant - first].

    A further row's people are in the row of all entries too, where they counted as the default code.
    """
    for r in range(len(people)):
        v = variant[r]
        if v < first or v >= last or people[r] == 0:
            continue
        to, c = index[v - first], code[r]
        if c == default:
            for f in range(out.shape[1]):
                out[to, f] += people[r] * words[c, f]
        else:
            for f in range(out.shape[1]):
                out[to, f] += people[r] * (words[c, f] - words[default, f])


class PlanedStretch:
    """The variants of a stretch of a contig in planes, ready to be counted; see `sweep.ListedStretch`."""

    heteroplasmy: Final = None

    def __init__(self, reader: ContigReader, low: int, high: int) -> None:
        self.scans = list(_scans(reader, reader.frames_between(low, high)))
        self.cuts = [tuple(int(i) for i in np.searchsorted(scan.key, np.array([low, high], np.uint64)))
                     for scan in self.scans]  # fmt: skip
        self.key = np.concatenate([s.key[a:b] for s, (a, b) in zip(self.scans, self.cuts, strict=True)])
        self.texts = Texts()
        for scan in self.scans:
            self.texts |= scan.texts

    def add(
        self, out: NDArray[np.int32], index: NDArray[np.intp], bits: NDArray[np.bool_], assumed: NDArray[np.bool_]
    ) -> None:
        """Add each variant's numbers to out[cohort, index[variant]]; `bits` (cohorts, genomes of the segment)."""
        where = np.ascontiguousarray(index, dtype=np.int64)
        kinds = [(bits & ~assumed, 0), (bits & assumed, tally.ASSUMED)] if assumed.any() else [(bits, 0)]
        members = np.concatenate([some for some, _ in kinds])
        at = 0
        for scan, (a, b) in zip(self.scans, self.cuts, strict=True):
            people = scan.people(members)
            for row in range(len(members)):
                offset = kinds[row // len(bits)][1]
                _add_people(out[row % len(bits)], where[at:], people[row], scan.variant, scan.code, planes.DEFAULT,
                            a, b, _ADDS[offset : offset + tally.ASSUMED])  # fmt: skip
            at += b - a


def listed(reader: ContigReader, frames: range) -> Iterator[Variants]:
    """All variants of some frames with their entries in columns, in turns."""
    for scan in _scans(reader, frames):
        yield scan.variants()


def _laid(pieces: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Pieces in one buffer, each from a multiple of eight on: bytes, starts, ends."""
    sizes = np.array([len(piece) for piece in pieces], np.int64)
    room = (sizes + 7) & ~np.int64(7)
    start = np.cumsum(room) - room
    filled = b"".join([piece + bytes(-len(piece) % 8) for piece in pieces])
    return np.frombuffer(filled, np.uint8), start, start + sizes


def _scans(reader: ContigReader, frames: range) -> Iterator[PlaneScan]:
    """The frames in turns of about four million entries, so that memory stays bounded."""
    at = frames.start
    while at < frames.stop:
        total = np.cumsum(reader.frame_entries[at : frames.stop], dtype=np.int64)
        step = max(1, int(np.searchsorted(total, 4_000_000, side="right")))
        yield PlaneScan(reader, range(at, min(at + step, frames.stop)))
        at += step
