"""Loops that read plane frames, compiled: counting cohorts in them from compressed bytes, listing their entries.

Their plain twin is `files/planes.py`; `plane_writing.py` writes what both read.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.compiled import kernel
from embla.errors import Broken
from embla.genotypes.files import planes
from embla.genotypes.files.columns import unsqueeze
from embla.genotypes.files.planes import GROUP, PER_FURTHER, PER_VARIANT, Lead, read_lead
from embla.genotypes.files.segment import ContigReader
from embla.genotypes.files.variants import BLOCK_ENTRIES, Texts, Variants, hashed_texts
from embla.genotypes.model import tally
from embla.genotypes.plane_bits import BYTES, I32S, I64S, OUT_I32S, OUT_U16, TABLE, U16S, given, ones
from embla.genotypes.plane_counting import MEMBERS, count_block, count_group
from embla.genotypes.plane_opening import open_group, open_head, part_rows

_ADDS: Final = tally.TALLY.astype(np.int64)
# Columns of `PlaneScan._frames`.
N, FURTHER, GENOMES, DENSE, FIRST, BLOCKS = range(6)
_OTHER_ROWS: Final = "a variant frame has other rows than its head says, or a code that is none."
_VERIFY: Final = "Run `embla store verify`."

# A large piece asked for and given back, never touched: from then on glibc keeps up to 62 MB of what is freed, instead
# of handing each large array back and asking for it anew, page by page, which took a fifth of a scan.
np.empty(31 << 20, np.uint8)


@kernel(
    types.void(BYTES, given(types.uint64), TABLE, TABLE, U16S, I32S, U16S, I64S, OUT_U16, OUT_U16),
    nogil=True,
)
def _list_entries(  # type: ignore[no-untyped-def]
    raw, raw64, table, parts, size, variant, code, end, ordinal, entry
):
    """Ordinals and entries of every variant of all frames, in order of variant. `end` of each variant's entries. A row
    of `table` is a frame: see `PlaneScan._frames`.
    """
    plane = np.empty((GROUP, (table[0, GENOMES] + 63) >> 6), np.uint64)
    row = np.int64(0)
    for f in range(len(table)):
        genomes, dense, n_variants = table[f, GENOMES], table[f, DENSE], table[f, N]
        part = table[f, FIRST]
        group_part = part + table[f, BLOCKS]
        rows = n_variants + table[f, FURTHER]
        n_dense = np.int64(0)
        for r in range(row, row + rows):
            n_dense += size[r] >= dense
        in_group = k = np.int64(0)
        at, n_block, left = np.int64(0), np.int64(0), np.int64(0)
        for i in range(rows):
            n = np.int64(size[row + i])
            own = i < n_variants
            v = variant[row + i]
            to = end[v - 1] if v else np.int64(0)
            stop = end[v]
            c = np.uint16(code[row + i])
            if n >= dense:
                if in_group == k:
                    k, in_group = min(np.int64(GROUP), n_dense), np.int64(0)
                    n_dense -= k
                    open_group(raw, raw64, parts[group_part, 0], parts[group_part, 1], k, genomes, plane)
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
    """Plane frames of one contig, opened together: `key` (v,) as in `Variants`, the rest by row.

    Rows lie frame by frame: all entries of each variant, then the further rows. `variant` is a row's variant among all.
    """

    def __init__(self, reader: ContigReader, frames: range) -> None:
        self.data = [reader.frame_bytes(i) for i in frames]
        self.leads = [read_lead(data) for data in self.data]
        self.n = np.array([lead.n_variants for lead in self.leads], np.int64)
        self.further = np.zeros(len(self.n), np.int64)
        total = int(self.n.sum())
        self.key, self.texts = np.empty(total, np.uint64), Texts()
        # Narrow columns: memory that is asked for anew costs a scan more than what is written there.
        self.size, self.code, self.variant = _columns(total + total // 4)
        first = row = 0
        for f, (data, lead) in enumerate(zip(self.data, self.leads, strict=True)):
            # One head after another, while the processor has it near.
            head, n = unsqueeze(data[lead.head[0] : lead.head[1]]), lead.n_variants
            most = row + n + max(len(head) - PER_VARIANT * n, 0) // PER_FURTHER
            if most > len(self.size):
                before = self.size[:row], self.code[:row], self.variant[:row]
                self.size, self.code, self.variant = _columns(2 * most)
                self.size[:row], self.code[:row], self.variant[:row] = before
            key, first_key = self.key[first : first + n], int(reader.first_key[frames.start + f])
            k = open_head(np.frombuffer(head, np.uint8), n, lead.default, first_key, first,
                          key, self.size[row:], self.variant[row:], self.code[row:])  # fmt: skip
            if k < 0:
                raise Broken(_OTHER_ROWS, mend=_VERIFY)
            used = PER_VARIANT * n + PER_FURTHER * k
            if used < len(head):
                self.texts |= hashed_texts(key, head[used:])
            self.further[f] = k
            first, row = first + n, row + n + k
        self.size, self.code, self.variant = self.size[:row], self.code[:row], self.variant[:row]

    def _parts(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Every block and group, decompressed; `parts` rows are from, to and rows in a block."""
        pieces, rows = [], []
        for data, lead in zip(self.data, self.leads, strict=True):
            borders = lead.parts
            pieces += [unsqueeze(data[a:b]) for a, b in zip(borders, borders[1:], strict=False)]
            rows += [*lead.block_rows, *[0] * (len(borders) - 1 - lead.n_blocks)]
        raw, start, stop = _laid(pieces)
        return raw, np.column_stack([start, stop, np.array(rows, np.int64).reshape(-1)]).astype(np.int64)

    def _frames(self) -> NDArray[np.int64]:
        """A row per frame: variants, further rows, genomes, the size from which a row is dense, its first part, and how
        many blocks go before its groups.
        """
        table, part = np.zeros((len(self.leads), 6), np.int64), 0
        for f, lead in enumerate(self.leads):
            table[f] = lead.n_variants, self.further[f], lead.n_genomes, lead.dense, part, lead.n_blocks
            part += len(lead.parts) - 1
        return table

    def people(self, members: NDArray[np.bool_]) -> NDArray[np.int32]:
        """How many of each row are in each cohort: (cohorts, rows). `members` (cohorts, genomes)."""
        everybody: NDArray[np.bool_] = np.asarray(members.all(axis=1))
        if (everybody | ~members.any(axis=1)).all():
            # The head says it: nothing else need be opened.
            return np.where(everybody[:, None], self.size, 0).astype(np.int32)
        return _Count(members, int((self.n + self.further).max(initial=0))).people(self)

    def variants(self) -> Variants:
        """All of them with their entries in columns."""
        raw, parts = self._parts()
        first = np.cumsum(self.n + self.further) - self.n - self.further
        own = [self.size[at : at + n] for at, n in zip(first.tolist(), self.n.tolist(), strict=True)]
        end = np.cumsum(np.concatenate(own), dtype=np.int64)
        total = int(end[-1]) if len(end) else 0
        ordinal, entry = np.empty(total, np.uint16), np.empty(total, np.uint16)
        _list_entries(raw, raw.view(np.uint64), self._frames(), parts, self.size,
                      self.variant, self.code, end, ordinal, entry)  # fmt: skip
        return Variants(self.key, end, ordinal, entry, np.empty(0, np.uint16), self.texts)


class _Count:
    """Cohorts as the loops want them, and room to work in, for frames of at most `rows` rows."""

    def __init__(self, members: NDArray[np.bool_], rows: int) -> None:
        cohorts, genomes = members.shape
        self.bytes = np.zeros((cohorts, MEMBERS), np.uint8)
        self.bytes[:, :genomes] = members
        words = -(-genomes // 64)
        packed = np.zeros((cohorts, 8 * words), np.uint8)
        bits = np.packbits(members, axis=1, bitorder="little")
        packed[:, : bits.shape[1]] = bits
        self.words, self.genomes = packed.view(np.uint64), genomes
        self.plane = np.empty((GROUP, words), np.uint64)
        self.thin, self.dense = np.empty(rows + 1, np.int32), np.empty(rows + 1, np.int32)
        self._room(BLOCK_ENTRIES)

    def _room(self, entries: int) -> None:
        self.keep, self.place = np.empty(entries + 1, np.uint16), np.empty(entries + 1, np.uint16)
        self.sums = np.empty(entries + 1, np.int32)

    def people(self, scan: PlaneScan) -> NDArray[np.int32]:
        """See `PlaneScan.people`."""
        out = np.empty((len(self.words), len(scan.size)), np.int32)
        first = 0
        for data, lead, further in zip(scan.data, scan.leads, scan.further.tolist(), strict=True):
            stop = first + lead.n_variants + further
            n_thin = part_rows(scan.size[first:stop], first, lead.dense, self.thin, self.dense)
            self._blocks(data, lead, self.thin[:n_thin], scan.size, out)
            self._groups(data, lead, self.dense[: stop - first - n_thin], out)
            first = stop
        return out

    def _blocks(
        self, data: memoryview, lead: Lead, thin: NDArray[np.int32], size: NDArray[np.uint16], out: NDArray[np.int32]
    ) -> None:
        at, borders = 0, lead.parts
        for i, n in enumerate(lead.block_rows):
            raw = np.frombuffer(unsqueeze(data[borders[i] : borders[i + 1]]), np.uint8)
            if len(raw) // 2 >= len(self.keep):
                self._room(len(raw) // 2)
            rows, at = thin[at : at + n], at + n
            if not count_block(raw, rows, size, self.bytes, self.keep, self.place, self.sums, out):
                raise Broken(_OTHER_ROWS, mend=_VERIFY)
        if at != len(thin):
            raise Broken(_OTHER_ROWS, mend=_VERIFY)

    def _groups(self, data: memoryview, lead: Lead, dense: NDArray[np.int32], out: NDArray[np.int32]) -> None:
        borders = lead.parts[lead.n_blocks :]
        if len(borders) - 1 != -(-len(dense) // GROUP):
            raise Broken(_OTHER_ROWS, mend=_VERIFY)
        for i in range(len(borders) - 1):
            part = unsqueeze(data[borders[i] : borders[i + 1]])
            raw, raw64 = np.frombuffer(part, np.uint8), np.frombuffer(part, np.uint64, len(part) // 8)
            rows = dense[i * GROUP : (i + 1) * GROUP]
            count_group(raw, raw64, self.genomes, self.plane, rows, self.words, out)


@kernel(
    types.void(OUT_I32S, I64S, I32S, I32S, U16S, types.int64, types.int64, types.int64, TABLE),
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


def _columns(rows: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.int32]]:
    """Room for size, code and variant of so many rows."""
    return np.empty(rows, np.uint16), np.empty(rows, np.uint16), np.empty(rows, np.int32)


def _laid(pieces: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Pieces in one buffer, each from a multiple of eight on: bytes, starts, ends."""
    sizes = np.array([len(piece) for piece in pieces], np.int64)
    room = (sizes + 7) & ~np.int64(7)
    start = np.cumsum(room) - room
    filled = b"".join([part for piece in pieces for part in (piece, bytes(-len(piece) % 8))])
    return np.frombuffer(filled, np.uint8), start, start + sizes


def _scans(reader: ContigReader, frames: range) -> Iterator[PlaneScan]:
    """The frames in turns of about four million entries, so that memory stays bounded."""
    at = frames.start
    while at < frames.stop:
        total = np.cumsum(reader.frame_entries[at : frames.stop], dtype=np.int64)
        step = max(1, int(np.searchsorted(total, 4_000_000, side="right")))
        yield PlaneScan(reader, range(at, min(at + step, frames.stop)))
        at += step
