"""Loops that open what plane frames hold: keys and rows of their heads, and the planes of a group."""

import numpy as np
from numba import types

from embla.compiled import kernel
from embla.genotypes.files.planes import EVERYBODY, NOBODY, PER_FURTHER, PER_VARIANT, RAW
from embla.genotypes.model import keys
from embla.genotypes.model.tally import ASSUMED
from embla.genotypes.plane_bits import (
    BYTES,
    OUT_I32,
    OUT_U16,
    OUT_U64,
    OUT_U64S,
    U16S,
    given,
)


@kernel(
    types.int64(BYTES, types.int64, types.int64, types.uint64, types.int64, OUT_U64, OUT_U16, OUT_I32, OUT_U16),
    nogil=True,
)
def open_head(raw, n, default, first_key, first, key, size, variant, code):  # type: ignore[no-untyped-def]
    """Keys of a frame's n variants, and size, variant (the frame's begin at `first`) and code of each row. The columns
    have room for all; how many further rows there are, or -1 where the head is too short for them or a code is none.
    """
    if len(raw) < PER_VARIANT * n or default >= ASSUMED:
        return np.int64(-1)
    # Byte planes as columns of their own, and one loop for what lies side by side: so the compiler makes it wide.
    d0, d1, d2, d3 = raw[:n], raw[n : 2 * n], raw[2 * n : 3 * n], raw[3 * n : 4 * n]
    a0, a1, a2, a3 = raw[4 * n : 5 * n], raw[5 * n : 6 * n], raw[6 * n : 7 * n], raw[7 * n : 8 * n]
    a4 = raw[8 * n : 9 * n]
    for i in range(n):
        apart = np.uint32(d0[i]) | np.uint32(d1[i]) << 8 | np.uint32(d2[i]) << 16 | np.uint32(d3[i]) << 24
        low = np.uint32(a0[i]) | np.uint32(a1[i]) << 8 | np.uint32(a2[i]) << 16 | np.uint32(a3[i]) << 24
        own = np.uint64(apart) << np.uint64(keys.POS_SHIFT)
        key[i] = own | np.uint64(low) | np.uint64(a4[i]) << np.uint64(32)
    alleles = (np.uint64(1) << np.uint64(keys.POS_SHIFT)) - np.uint64(1)
    pos = first_key & ~alleles
    for i in range(n):
        pos += key[i] & ~alleles
        key[i] = pos | (key[i] & alleles)
    s0, s1, f0, f1 = raw[9 * n : 10 * n], raw[10 * n : 11 * n], raw[11 * n : 12 * n], raw[12 * n : 13 * n]
    for i in range(n):
        size[i] = np.uint16(s0[i]) | np.uint16(s1[i]) << 8
    for i in range(n):
        variant[i] = first + i
    code[:n] = np.uint16(default)
    k = np.int64(0)
    for i in range(n):
        k += np.int64(f0[i]) | np.int64(f1[i]) << 8
    at = PER_VARIANT * n
    if at + PER_FURTHER * k > len(raw):
        return np.int64(-1)
    c0, c1 = raw[at : at + k], raw[at + k : at + 2 * k]
    s0, s1 = raw[at + 2 * k : at + 3 * k], raw[at + 3 * k : at + 4 * k]
    every = np.uint16(0)
    for j in range(k):
        code[n + j] = np.uint16(c0[j]) | np.uint16(c1[j]) << 8
        size[n + j] = np.uint16(s0[j]) | np.uint16(s1[j]) << 8
        every |= code[n + j]
    if every >= ASSUMED:
        return np.int64(-1)
    row = n
    for i in range(n):
        for _ in range(np.int64(f0[i]) | np.int64(f1[i]) << 8):
            variant[row] = first + i
            row += 1
    return k


@kernel(types.int64(U16S, types.int64, types.int64, OUT_I32, OUT_I32), nogil=True)
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


@kernel(
    types.void(BYTES, given(types.uint64), types.int64, types.int64, types.int64, types.int64, OUT_U64S),
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
