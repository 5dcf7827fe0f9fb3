"""Loops that write plane frames, compiled: bit planes in spanning trees, gap lists for few carriers.

The layout is that of `files/planes.py`; what is written here is read back there and by `plane_kernels.py`.
"""

from collections.abc import Iterator
from typing import Final
from zlib import crc32

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.compiled import kernel
from embla.genotypes.files import planes
from embla.genotypes.files.columns import differences, plane_sections, squeeze_apart, to_planes
from embla.genotypes.files.planes import ALLELES_MASK, EVERYBODY, GROUP, LEAD, NOBODY, RAW
from embla.genotypes.files.variants import BLOCK_ENTRIES, Frame, Variants, alleles_of, is_hashed
from embla.genotypes.model import keys, tally
from embla.genotypes.plane_bits import I64S, OUT_U8, OUT_U16, OUT_U64, OUT_U64S, PAIR, U16S, ones

# A difference of fewer than this share of the people is a list, else a raw plane: where both take as long to open.
# From a twelfth to a twentieth they are the same size within a thousandth.
THIN_SHARE: Final = 16
_RAW_BLOCK: Final = 32_768  # planes of like density lie near each other in the tree's order


@kernel(types.void(OUT_U64S, U16S, I64S, I64S), nogil=True)
def _fill_planes(out, ordinal, begin, end):  # type: ignore[no-untyped-def]
    for row in range(len(begin)):
        for i in range(begin[row], end[row]):
            o = np.int64(ordinal[i])
            out[row, o >> 6] |= np.uint64(1) << np.uint64(o & 63)


@kernel(
    PAIR(OUT_U64S, types.int64, types.int64, OUT_U8, OUT_U16, OUT_U16, OUT_U64),
    nogil=True,
)
def _plan_group(plane, genomes, thin_below, tree, differ, gaps, raw):  # type: ignore[no-untyped-def]
    """Prim's minimum spanning tree from two roots, nobody and everybody; then each plane's difference in tree order.

    Fills `tree` (order, then parents), `differ`, `gaps` and `raw`; returns how many gaps and raw words there are.
    """
    k, words = plane.shape
    last = np.uint64(0xFFFFFFFFFFFFFFFF)
    if genomes & 63:
        last = (np.uint64(1) << np.uint64(genomes & 63)) - np.uint64(1)
    near = np.empty(k, np.int64)
    parent = np.empty(k, np.int64)
    taken = np.zeros(k, np.bool_)
    for row in range(k):
        n = np.int64(0)
        for w in range(words):
            n += ones(plane[row, w])
        near[row], parent[row] = n, NOBODY
        if genomes - n < n:
            near[row], parent[row] = genomes - n, EVERYBODY
    n_gaps, n_raw = 0, 0
    for step in range(k):
        best = -1
        for row in range(k):
            if not taken[row] and (best < 0 or near[row] < near[best]):
                best = row
        taken[best] = True
        tree[step], tree[k + step] = best, parent[best]
        p = parent[best]
        thin = near[best] < thin_below
        differ[step] = near[best] if thin else RAW
        before = np.int64(0)
        for w in range(words):
            x = plane[best, w]
            if p == EVERYBODY:
                x = ~x
                if w == words - 1:
                    x &= last
            elif p != NOBODY:
                x ^= plane[p, w]
            if thin:
                while x:
                    low = x & (~x + np.uint64(1))
                    o = w * 64 + ones(low - np.uint64(1))
                    gaps[n_gaps] = o - before
                    before = o
                    n_gaps += 1
                    x ^= low
            else:
                raw[n_raw] = x
                n_raw += 1
        for row in range(k):
            if not taken[row]:
                n = np.int64(0)
                for w in range(words):
                    n += ones(plane[row, w] ^ plane[best, w])
                if n < near[row]:
                    near[row], parent[row] = n, best
    return n_gaps, n_raw


def encode_all(variants: Variants, per_frame: int, level: int, genomes: int) -> Iterator[Frame]:
    """Cut into frames. Keys must be sorted and distinct."""
    begin, hashed, n = variants.begin, is_hashed(variants.key), len(variants)
    for low in range(0, n, per_frame):
        yield encode(variants, begin, hashed, low, min(low + per_frame, n), level, genomes)


def encode(v: Variants, begin: NDArray[np.int64], hashed: NDArray[np.bool_], low: int, high: int, level: int,
           genomes: int) -> Frame:  # fmt: skip
    """One frame of the variants low..high (numbers), everything in `files/planes.py`'s layout."""
    key, counts = v.key[low:high], (v.end[low:high] - begin[low:high]).astype(np.int64)
    a, b = int(begin[low]), int(v.end[high - 1])
    ordinal, entry = v.ordinal[a:b], v.entry[a:b]
    # All entries by variant, then those of other codes by variant and code.
    other = np.flatnonzero(entry != planes.DEFAULT)
    variant = np.repeat(np.arange(high - low), counts)[other]
    which = variant * tally.ASSUMED + entry[other]
    order = np.argsort(which, kind="stable")
    which = which[order]
    first = np.flatnonzero(np.diff(which, prepend=-1))
    code, further = which[first] % tally.ASSUMED, np.bincount(which[first] // tally.ASSUMED, minlength=high - low)
    further_size = np.diff(first, append=len(which))
    sizes = np.concatenate([counts, further_size]).astype(np.int64)
    every = np.ascontiguousarray(np.concatenate([ordinal, ordinal[other[order]]]))
    end = np.cumsum(sizes)
    dense_from = max(genomes // planes.DENSE_SHARE, 1)
    dense = sizes >= dense_from
    texts = "".join("\t".join(alleles_of(int(k), v.texts)) + "\n" for k in key[hashed[low:high]])
    pos = differences((key >> np.uint64(keys.POS_SHIFT)).astype(np.uint32))
    pos[0] = 0
    alleles = key & ALLELES_MASK
    columns = [pos, alleles.astype(np.uint32), (alleles >> np.uint64(32)).astype(np.uint8)]
    columns += [column.astype(np.uint16) for column in (counts, further, code, further_size)]
    head = squeeze_apart(_head_sections(b"".join(map(to_planes, columns)) + texts.encode(), high - low), level)
    blocks, facts = _blocks(every, end, sizes, dense, level)
    groups = _groups(every, end, sizes, dense, genomes, level)
    facts += [len(group) for group in groups]
    lead = LEAD.pack(0, planes.PLANES, 0, high - low, len(head), genomes, planes.DEFAULT, dense_from, 0, len(blocks),
                     len(groups))[4:]  # fmt: skip
    lead += np.array(facts, dtype="<u4").tobytes()
    data = crc32(lead).to_bytes(4, "little") + lead + head + b"".join(blocks) + b"".join(groups)
    return Frame(int(key[0]), high - low, b - a, data)


def _head_sections(head: bytes, n: int) -> list[memoryview]:
    """A head of n variants in three, each with code lengths of its own: small numbers, the first bases (the fourth byte
    of the alleles), small numbers again. A table for each column is no smaller and takes a fifth longer to open.
    """
    whole = memoryview(head)
    return [whole[: 7 * n], whole[7 * n : 8 * n], whole[8 * n :]]


def _blocks(
    every: NDArray[np.uint16], end: NDArray[np.int64], sizes: NDArray[np.int64], dense: NDArray[np.bool_], level: int
) -> tuple[list[bytes], list[int]]:
    """Thin rows as gaps, the first of each row from 0, cut between rows."""
    thin_sizes = sizes[~dense]
    if not len(thin_sizes):
        return [], []
    ordinal = every[np.repeat(~dense, sizes)]
    gaps = differences(ordinal)
    filled = thin_sizes[thin_sizes > 0]
    starts = np.cumsum(filled) - filled
    gaps[starts] = ordinal[starts]
    thin_end = np.cumsum(thin_sizes)
    blocks, facts, at = [], [], 0
    while at < len(thin_sizes):
        from_ = int(thin_end[at] - thin_sizes[at])
        stop = max(at + 1, int(np.searchsorted(thin_end, from_ + BLOCK_ENTRIES, side="right")))
        blocks.append(squeeze_apart(plane_sections(gaps[from_ : int(thin_end[stop - 1])]), level))
        facts += [stop - at, len(blocks[-1])]
        at = stop
    return blocks, facts


def _groups(
    every: NDArray[np.uint16],
    end: NDArray[np.int64],
    sizes: NDArray[np.int64],
    dense: NDArray[np.bool_],
    genomes: int,
    level: int,
) -> list[bytes]:
    rows = np.flatnonzero(dense)
    words = -(-genomes // 64)
    thin_below = max(genomes // THIN_SHARE, 1)
    gaps = np.empty(GROUP * thin_below, np.uint16)
    raw, differ, tree = np.empty(GROUP * words, np.uint64), np.empty(GROUP, np.uint16), np.empty(2 * GROUP, np.uint8)
    groups = []
    for at in range(0, len(rows), GROUP):
        some = rows[at : at + GROUP]
        k = len(some)
        plane = np.zeros((k, words), np.uint64)
        _fill_planes(plane, every, end[some] - sizes[some], end[some])
        n_gaps, n_raw = _plan_group(plane, genomes, thin_below, tree, differ, gaps, raw)
        words_of = memoryview(raw[:n_raw].view(np.uint8))  # type: ignore[arg-type]
        sections = [words_of[i : i + _RAW_BLOCK] for i in range(0, len(words_of), _RAW_BLOCK)]
        small = memoryview(tree[: 2 * k].tobytes() + to_planes(differ[:k]))
        groups.append(squeeze_apart([*sections, *plane_sections(gaps[:n_gaps]), small], level))
    return groups
