"""Loops that open what plane frames hold: keys and rows of their heads, and the planes of a group."""

import numpy as np
from numba import njit, types

from embla.genotypes.files.planes import EVERYBODY, NOBODY, PER_VARIANT, RAW
from embla.genotypes.model import keys
from embla.genotypes.plane_bits import (
    BYTES,
    OUT_I32,
    OUT_I64,
    OUT_U16,
    OUT_U64,
    OUT_U64S,
    TABLE,
    U16S,
    given,
)

# One row per frame of `table`: where its head lies among the bytes, its variants, genomes, default code, the size from
# which a row is dense, its first part in `parts` and how many blocks and groups follow.
HEAD, N, GENOMES, DEFAULT, DENSE, FIRST, BLOCKS, GROUPS = range(8)


@njit(types.int64(BYTES, types.int64, types.int64, types.int64), inline="always")
def _u16(raw, at, n, i):  # type: ignore[no-untyped-def]
    """Value i of a column of n 16-bit numbers in byte planes."""
    return np.int64(raw[at + i]) | (np.int64(raw[at + n + i]) << 8)


@njit(types.void(BYTES, TABLE, given(types.uint64), OUT_U64, OUT_I64), cache=True, nogil=True)
def open_keys(raw, table, first_key, key, further):  # type: ignore[no-untyped-def]
    """Keys of each variant, over all frames; how many further rows each frame has."""
    v = np.int64(0)
    for f in range(len(table)):
        at, n = table[f, HEAD], table[f, N]
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
            more += _u16(raw, at + 11 * n, n, i)
        v += n
        further[f] = more


@njit(types.void(BYTES, TABLE, OUT_U16, OUT_I32, OUT_U16), cache=True, nogil=True)
def open_rows(raw, table, size, variant, code):  # type: ignore[no-untyped-def]
    """Size, variant and code of each row, over all frames."""
    r = first = np.int64(0)
    for f in range(len(table)):
        at, n = table[f, HEAD], table[f, N]
        for i in range(n):
            size[r + i] = _u16(raw, at + 9 * n, n, i)
            variant[r + i] = first + i
            code[r + i] = table[f, DEFAULT]
        r += n
        k = np.int64(0)
        for i in range(n):
            for _ in range(_u16(raw, at + 11 * n, n, i)):
                variant[r + k] = first + i
                k += 1
        for j in range(k):
            code[r + j] = _u16(raw, at + PER_VARIANT * n, k, j)
            size[r + j] = _u16(raw, at + PER_VARIANT * n + 2 * k, k, j)
        r += k
        first += n


@njit(types.int64(U16S, types.int64, types.int64, OUT_I32, OUT_I32), cache=True, nogil=True)
def part_rows(size, first, dense_from, thin, dense):  # type: ignore[no-untyped-def]
    """Numbers of the thin rows and of the dense ones, from `first` on; how many are thin. Both columns have room for
    one more than all rows.
    """
    n_thin = n_dense = np.int64(0)
    for i in range(len(size)):
        # Both are written and one goes on: which it is, no processor could foresee.
        many = np.int64(size[i] >= dense_from)
        thin[n_thin] = first + i
        dense[n_dense] = first + i
        n_thin += 1 - many
        n_dense += many
    return n_thin


@njit(
    types.void(BYTES, given(types.uint64), types.int64, types.int64, types.int64, types.int64, OUT_U64S),
    cache=True,
    nogil=True,
)
def open_group(raw, raw64, at, end, k, genomes, plane):  # type: ignore[no-untyped-def]
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
        # Unsigned and in columns of their own, or Numba looks at each place whether it is counted from the end.
        own, p = plane[np.uint64(raw[tree + i])], np.uint64(raw[tree + k + i])
        d = np.int64(raw[differ + i]) | (np.int64(raw[differ + k + i]) << 8)
        if d == RAW:
            other = raw64[word : word + words]
            if p == NOBODY:
                for w in range(words):
                    own[w] = other[w]
            elif p == EVERYBODY:
                for w in range(words):
                    own[w] = ~other[w]
                own[words - 1] &= last
            else:
                near = plane[p]
                for w in range(words):
                    own[w] = near[w] ^ other[w]
            word += words
            continue
        if p == NOBODY:
            own[:] = np.uint64(0)
        elif p == EVERYBODY:
            own[:] = ~np.uint64(0)
            own[words - 1] = last
        else:
            near = plane[p]
            for w in range(words):
                own[w] = near[w]
        low, high, o = raw[gap : gap + d], raw[gap + n_thin : gap + n_thin + d], np.uint64(0)
        for j in range(d):
            o += np.uint64(low[j]) | (np.uint64(high[j]) << np.uint64(8))
            own[o >> np.uint64(6)] ^= np.uint64(1) << (o & np.uint64(63))
        gap += d
