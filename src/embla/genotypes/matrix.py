"""Genotypes of a cohort as a dense matrix, block by block: what a research freeze is written from. Person-level: the
caller decides who may have it.

A cell holds what the person adds to the counts, so that summing a row gives the counts of `View.count`: calls that do
not pass the gates, places not read well, and karyotypes that do not count there are missing. On chrM an allele is
written from 10 % heteroplasmy on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import UsageError
from embla.genome import GRCH38, Region
from embla.genotypes.files.segment import key_floor
from embla.genotypes.files.variants import Variants, alleles_of
from embla.genotypes.merging import Part, settle
from embla.genotypes.model import codes
from embla.genotypes.model.keys import POS_SHIFT
from embla.genotypes.view import COPIES

if TYPE_CHECKING:
    from embla.genotypes.files.segment import ContigReader
    from embla.genotypes.files.variants import Texts
    from embla.genotypes.view import LiveSegment, View

Int8s = NDArray[np.int8]
# Of the type of the cells: a plain int would make every matrix eight times as large on the way.
MISSING: Final = np.int8(-1)
FILL: Final = np.int8(-2)
_WINDOW: Final = 1 << 18
_CELLS: Final = 1 << 24  # of one block before it is joined to others
_NOTHING: Final = np.empty(0, np.uint16)
_AC: Final = np.array(codes.AC_OF, dtype=np.int8)


@dataclass(frozen=True)
class CallBlock:
    """v variants by n people. `contig` (v,) codes of GRCH38.contigs; `pos` (v,) 1-based.

    `an` (v, n) alleles the person adds to AN, `ac` (v, n) to AC, `copies` (v, n) how many copies count there.
    """

    contig: NDArray[np.int8]
    pos: NDArray[np.int64]
    ref: list[str]
    alt: list[str]
    an: Int8s
    ac: Int8s
    copies: Int8s

    def __len__(self) -> int:
        return len(self.pos)

    def alleles(self) -> Int8s:
        """(v, n, 2): 0 REF, 1 ALT, -1 missing, -2 no such copy. A half-call has its second allele missing."""
        two = self.copies == 2
        out = np.empty((*self.an.shape, 2), np.int8)
        first = (self.ac == 2) | ((self.ac == 1) & (self.an == 1))
        out[:, :, 0] = np.where(self.an == 0, MISSING, first.view(np.int8))
        out[:, :, 1] = np.where(two, np.where(self.an < 2, MISSING, (self.ac > 0).view(np.int8)), FILL)
        return out

    def part(self, start: int, end: int) -> CallBlock:
        """Variants start..end."""
        here = slice(start, end)
        return CallBlock(
            self.contig[here], self.pos[here], self.ref[here], self.alt[here],
            self.an[here], self.ac[here], self.copies[here],
        )  # fmt: skip


def genotype_blocks(
    view: View, people: NDArray[np.int64], size: int, region: Region | None = None
) -> Iterator[CallBlock]:
    """Blocks of `size` variants (the last may be shorter) in order of place, for people given by their numbers in the
    view, in the order given: each variant that one of them carries in a call that passes the gates.

    Memory: some (size + what 262,144 bases hold) x people x 3 bytes.
    """
    if len(np.unique(people)) != len(people) or not view.alive[people].all():
        raise UsageError("the people of a matrix are distinct genomes that count.")
    waiting: list[CallBlock] = []
    held = 0
    for block in _windows(view, people, region):
        waiting.append(block)
        held += len(block)
        while held >= size:
            whole = joined(waiting)
            yield whole.part(0, size)
            waiting, held = [whole.part(size, held)], held - size
    if held:
        yield joined(waiting)


def joined(blocks: list[CallBlock]) -> CallBlock:
    """Blocks put together."""
    if len(blocks) == 1:
        return blocks[0]
    return CallBlock(
        np.concatenate([b.contig for b in blocks]), np.concatenate([b.pos for b in blocks]),
        [ref for b in blocks for ref in b.ref], [alt for b in blocks for alt in b.alt],
        np.concatenate([b.an for b in blocks]), np.concatenate([b.ac for b in blocks]),
        np.concatenate([b.copies for b in blocks]),
    )  # fmt: skip


def _windows(view: View, people: NDArray[np.int64], region: Region | None) -> Iterator[CallBlock]:
    regions = [region] if region is not None else [Region(c.name, 0, c.length) for c in GRCH38.contigs]
    column = np.full(view.size, -1, np.int64)
    column[people] = np.arange(len(people))
    most = max(_CELLS // max(len(people), 1), 1)
    for one in regions:
        readers = [(s, reader) for s in view.segments if (reader := s.contig(one.contig)) is not None]
        for start in range(one.start, one.end, _WINDOW) if readers else ():
            end = min(start + _WINDOW, one.end)
            low, high = key_floor(start + 1), key_floor(end + 1)
            loads = [(s, reader, reader.between(low, high)) for s, reader in readers]
            loads = [(s, reader, variants) for s, reader, variants in loads if len(variants)]
            if not loads:
                continue
            columns, texts = _keys([variants for _, _, variants in loads])
            key = np.unique(np.concatenate(columns))
            made = _Window(view, one.contig, readers, column, people, texts)
            for at in range(0, len(key), most):
                some = key[at : at + most]
                parts = [(s, v, keys) for (s, _, v), keys in zip(loads, columns, strict=True)]
                block = made.block(some, parts)
                if len(block):
                    yield block


def _keys(loads: list[Variants]) -> tuple[list[NDArray[np.uint64]], Texts]:
    """Distinct keys of each segment's stretch, with hashed keys settled between them."""
    if sum(bool(v.texts) for v in loads) <= 1:
        return [v.key for v in loads], {key: text for v in loads for key, text in v.texts.items()}
    return settle([Part(v.key, _NOTHING, _NOTHING, _NOTHING, v.texts) for v in loads])


@dataclass(frozen=True)
class _Window:
    """What the blocks of one stretch have in common. `column` (size of the view,): a person's column, -1 for others."""

    view: View
    contig: str
    readers: list[tuple[LiveSegment, ContigReader]]
    column: NDArray[np.int64]
    people: NDArray[np.int64]
    texts: Texts

    def block(
        self, key: NDArray[np.uint64], parts: list[tuple[LiveSegment, Variants, NDArray[np.uint64]]]
    ) -> CallBlock:
        pos = (key >> np.uint64(POS_SHIFT)).astype(np.int64)
        copies = self._copies(pos)
        an = self._callable(pos - 1, copies)
        ac = np.zeros_like(an)
        for segment, variants, own_key in parts:
            row, column, entry = self._entries(segment, variants, own_key, key)
            passed = (entry & codes.ADJ) > 0
            an[row, column] += ((entry >> codes.D_ADJ_SHIFT) & 0b111).astype(np.int8) - np.int8(2)
            ac[row, column] = np.where(passed, _AC[entry & codes.CLASS_MASK], 0)
        assumed = self.view.assumed[self.people]
        an[:, assumed] = 0
        ac[:, assumed] = 0
        kept = ac.any(axis=1)
        pairs = [alleles_of(k, self.texts) for k in key[kept].tolist()]
        code = np.full(len(pairs), GRCH38.contig(self.contig).index, np.int8)
        return CallBlock(
            code, pos[kept], [ref for ref, _ in pairs], [alt for _, alt in pairs], an[kept], ac[kept], copies[kept]
        )

    def _copies(self, pos: NDArray[np.int64]) -> Int8s:
        """(v, n) copies that count, which change at the borders of the PAR."""
        out = np.empty((len(pos), len(self.people)), np.int8)
        own = self.view.karyotypes[self.people]
        for piece in GRCH38.pieces(self.contig):
            a, b = np.searchsorted(pos - 1, (piece.start, piece.end))
            out[a:b] = COPIES[piece.kind][own]
        return out

    def _callable(self, pos0: NDArray[np.int64], copies: Int8s) -> Int8s:
        """(v, n) alleles read at POS, adj, by callability alone. Runs of one person never overlap: steps add."""
        steps = np.zeros((len(pos0) + 1, len(self.people)), np.int8)
        steps[0] = codes.FULL
        for segment, reader in self.readers:
            runs = reader.runs_between(int(pos0[0]), int(pos0[-1]) + 1)
            column = self.column[runs.ordinal.astype(np.int64) + segment.offset]
            a, b = np.searchsorted(pos0, runs.start), np.searchsorted(pos0, runs.end)
            inside = (column >= 0) & (a < b)
            less = (codes.FULL - runs.state[inside] % 3).astype(np.int8)
            np.subtract.at(steps, (a[inside], column[inside]), less)
            np.add.at(steps, (b[inside], column[inside]), less)
        level = np.cumsum(steps[:-1], axis=0, dtype=np.int8)
        return np.where(level == codes.FULL, copies, np.minimum(level, copies))

    def _entries(
        self, segment: LiveSegment, variants: Variants, own: NDArray[np.uint64], key: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint16]]:
        """(row, column, entry) of what people of the matrix say at these keys."""
        row = np.searchsorted(key, own)
        row[(row == len(key)) | (key[np.minimum(row, len(key) - 1)] != own)] = -1
        rows = np.repeat(row, np.diff(variants.end, prepend=0))
        columns = self.column[variants.ordinal.astype(np.int64) + segment.offset]
        inside = (rows >= 0) & (columns >= 0)
        return rows[inside], columns[inside], variants.entry[inside]
