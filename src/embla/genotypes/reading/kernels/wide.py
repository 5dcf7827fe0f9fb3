"""Many bytes at once: masks of 64 bytes, words of 8, numbers without a loop. Little-endian, as every machine of Numba.

A mask has bit j set where byte i + j is so; what reads 64 bytes wants as many behind the text (`SLACK` of layout.py).
LLVM makes of each what the processor has. NUMBA_BOUNDSCHECK=1 puts checked loops in their place.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from embla.genotypes.reading.kernels.jit import HELPER, byte_at, helper, i64, u1

Bytes = NDArray[np.uint8]

if getattr(config, "BOUNDSCHECK", None):

    @njit(**HELPER)
    def mask_of(buf: Any, i: int, byte: int) -> int:
        """Which of the 64 bytes from `i` on are `byte`."""
        mask = np.int64(0)
        for j in range(64):
            if buf[i + j] == byte:
                mask |= np.int64(1) << j
        return mask

    @njit(**HELPER)
    def mask_below(buf: Any, i: int, byte: int) -> int:
        """Which of the 64 bytes from `i` on are less than `byte`."""
        mask = np.int64(0)
        for j in range(64):
            if buf[i + j] < byte:
                mask |= np.int64(1) << j
        return mask

    @njit(**HELPER)
    def mask_same(buf: Any, i: int, other: Any, at: int) -> int:
        """Which of the 64 bytes from `i` on are those of `other` from `at` on."""
        mask = np.int64(0)
        for j in range(64):
            if buf[i + j] == other[at + j]:
                mask |= np.int64(1) << j
        return mask

    @njit(**HELPER)
    def word_at(buf: Any, i: int) -> int:
        """The 8 bytes from `i` on, the first one lowest."""
        word = np.int64(0)
        for j in range(8):
            word |= np.int64(buf[i + j]) << (8 * j)
        return word

    @njit(**HELPER)
    def copy_16(into: Any, at: int, buf: Any, i: int) -> None:
        """Copy 16 bytes."""
        for j in range(16):
            into[at + j] = buf[i + j]

else:

    def _pointer(context: Any, builder: Any, kind: Any, array: Any, place: Any, place_kind: Any, shape: Any) -> Any:
        data = context.make_array(kind)(context, builder, value=array).data
        at = builder.gep(data, [context.cast(builder, place, place_kind, types.int64)])
        return builder.bitcast(at, shape.as_pointer())

    _64 = ir.VectorType(ir.IntType(8), 64)
    _16 = ir.VectorType(ir.IntType(8), 16)
    _8 = ir.IntType(64)

    def _compared(how: str, buf: Any, i: Any, byte: Any) -> Any:
        def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kinds = signature.args
            pointer = _pointer(context, builder, kinds[0], arguments[0], arguments[1], kinds[1], _64)
            value = context.cast(builder, arguments[2], kinds[2], types.uint8)
            one = builder.insert_element(ir.Constant(_64, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64)
            all_ = builder.shuffle_vector(one, ir.Constant(_64, ir.Undefined), zeros)
            return builder.bitcast(builder.icmp_unsigned(how, builder.load(pointer, align=1), all_), ir.IntType(64))

        return types.int64(buf, i, byte), lower

    @intrinsic
    def mask_of(typing_context: Any, buf: Any, i: Any, byte: Any) -> Any:
        """Which of the 64 bytes from `i` on are `byte`."""
        return _compared("==", buf, i, byte)

    @intrinsic
    def mask_below(typing_context: Any, buf: Any, i: Any, byte: Any) -> Any:
        """Which of the 64 bytes from `i` on are less than `byte`."""
        return _compared("<", buf, i, byte)

    @intrinsic
    def mask_same(typing_context: Any, buf: Any, i: Any, other: Any, at: Any) -> Any:
        """Which of the 64 bytes from `i` on are those of `other` from `at` on."""

        def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kinds = signature.args
            one = _pointer(context, builder, kinds[0], arguments[0], arguments[1], kinds[1], _64)
            two = _pointer(context, builder, kinds[2], arguments[2], arguments[3], kinds[3], _64)
            same = builder.icmp_unsigned("==", builder.load(one, align=1), builder.load(two, align=1))
            return builder.bitcast(same, ir.IntType(64))

        return types.int64(buf, i, other, at), lower

    @intrinsic
    def word_at(typing_context: Any, buf: Any, i: Any) -> Any:
        """The 8 bytes from `i` on, the first one lowest."""

        def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = _pointer(context, builder, signature.args[0], arguments[0], arguments[1], signature.args[1], _8)
            return builder.load(pointer, align=1)

        return types.int64(buf, i), lower

    @intrinsic
    def copy_16(typing_context: Any, into: Any, at: Any, buf: Any, i: Any) -> Any:
        """Copy 16 bytes."""

        def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kinds = signature.args
            one = _pointer(context, builder, kinds[0], arguments[0], arguments[1], kinds[1], _16)
            two = _pointer(context, builder, kinds[2], arguments[2], arguments[3], kinds[3], _16)
            builder.store(builder.load(two, align=1), one, align=1)
            return context.get_dummy_value()

        return types.void(into, at, buf, i), lower


def _lowest(typing_context: Any, mask: Any) -> Any:
    """Number of the lowest bit of a mask; 64 of an empty one."""

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = context.cast(builder, arguments[0], signature.args[0], types.int64)
        return builder.cttz(value, ir.Constant(ir.IntType(1), 0))

    return types.int64(mask), lower


lowest: Any = intrinsic(_lowest)


def _bits(typing_context: Any, mask: Any) -> Any:
    """How many bits a mask has."""

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(context.cast(builder, arguments[0], signature.args[0], types.int64))

    return types.int64(mask), lower


bits: Any = intrinsic(_bits)


@helper(i64(i64))
def below(n: int) -> int:
    """A mask of the bits 0 to n - 1, n from 0 to 63."""
    return (np.int64(1) << n) - 1


@helper(i64(u1, i64, i64))
def digits(buf: Bytes, a: int, b: int) -> int:
    """The whole number of 1 to 9 digits in [a, b); -1 for anything else."""
    n = b - a
    lead = np.int64(0)
    if n > 8:
        if n > 9:
            return -1
        lead = byte_at(buf, a) - 48
        if lead < 0 or lead > 9:
            return -1
        a += 1
        n = 8
    if n < 1:
        return -1
    shift = 64 - 8 * n
    # Each byte a digit of its own value, the last one highest, zeros below.
    word = (word_at(buf, a) << shift) ^ (np.int64(0x3030303030303030) << shift)
    if (word | (word + np.int64(0x7676767676767676))) & np.int64(-0x7F7F7F7F7F7F7F80):
        return -1
    # Pairs, then all: D. Lemire, "Quickly parsing eight digits" (2018).
    word = word * 10 + (word >> 8)
    high = (word & np.int64(0x000000FF000000FF)) * np.int64(0x000F424000000064)
    low = ((word >> 16) & np.int64(0x000000FF000000FF)) * np.int64(0x0000271000000001)
    return lead * 100_000_000 + ((high + low) >> 32)


@helper(i64(u1, i64))
def tab_or_feed(buf: Bytes, i: int) -> int:
    """Place of the first tab or line feed from `i` on; there must be one."""
    while True:
        mask = mask_of(buf, i, 9) | mask_of(buf, i, 10)
        if mask != 0:
            return i + lowest(mask)
        i += 64


@helper(i64(u1, i64))
def end_of_info(buf: Bytes, i: int) -> int:
    """Place of the first byte below 14 (tab, line feed) from `i` on; there must be one. -1 where `END` comes before."""
    while True:
        controls = mask_below(buf, i, 14)
        ends = mask_of(buf, i, 69) & mask_of(buf, i + 2, 68)
        if ends != 0 and ends & mask_of(buf, i + 1, 78) & ((controls & -controls) - 1) != 0:
            return -1
        if controls != 0:
            return i + lowest(controls)
        i += 64


@helper(i64(i64, i64))
def codes_8(word: int, n: int) -> int:
    """Codes (A C G T = 0 1 2 3) of the first n letters of a word, 1 <= n <= 8: each in a byte, in their order, the last
    one in the highest byte; -1 where one is no base."""
    # Bits 1 and 2 tell the four letters apart: A 00, C 01, T 10, G 11.
    two = word >> 1 & np.int64(0x0303030303030303)
    high = two >> 1 & np.int64(0x0101010101010101)
    low = (two ^ high) & np.int64(0x0101010101010101)
    letters = np.int64(0x4141414141414141) + 2 * low + 6 * high + 11 * (low & high)
    shift = 64 - 8 * n
    return (low + 2 * high) << shift if (letters ^ word) << shift == 0 else -1


@helper(i64(i64))
def first_highest(codes: int) -> int:
    """Codes of `codes_8` in two bits each, the last one lowest."""
    pairs = ((codes << 2) + (codes >> 8)) & np.int64(0x000F000F000F000F)
    fours = ((pairs << 4) + (pairs >> 16)) & np.int64(0x000000FF000000FF)
    return ((fours << 8) + (fours >> 32)) & 0xFFFF


@helper(i64(i64))
def first_lowest(codes: int) -> int:
    """The same, the first one lowest: n codes in the upper 2 n of 16 bits."""
    pairs = (codes | codes >> 6) & np.int64(0x000F000F000F000F)
    fours = (pairs | pairs >> 12) & np.int64(0x000000FF000000FF)
    return (fours | fours >> 24) & 0xFFFF
