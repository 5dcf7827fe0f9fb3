"""Bytes of a line to numbers. Ranges are [a, b) in the buffer; nothing outside is read."""

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.genotypes.reading.kernels.jit import bool_, byte_at, helper, i64, pair, u1

Bytes = NDArray[np.uint8]

# libc: about 6 GB/s where a byte loop does 1. By symbol name, as a ctypes pointer would switch off the cache on disk.
_memchr: Any = types.ExternalFunction("memchr", types.intp(types.intp, types.int32, types.uintp))
_memcmp: Any = types.ExternalFunction("memcmp", types.int32(types.intp, types.intp, types.uintp))

_TAB = 9
_MOST = (1 << 31) - 1


@helper(i64(u1, i64, i64, i64))
def find(buf: Bytes, byte: int, a: int, b: int) -> int:
    """Place of the first `byte`, or -1."""
    if b <= a:
        return -1
    base = buf.ctypes.data
    hit = _memchr(base + a, byte, b - a)
    return hit - base if hit else -1


@helper(bool_(u1, i64, i64, i64, i64))
def same(buf: Bytes, a: int, b: int, address: int, length: int) -> bool:
    """True when the range holds the `length` bytes that lie at a memory address (`array.ctypes.data`)."""
    return b - a == length and _memcmp(buf.ctypes.data + a, address, length) == 0


@helper(i64(u1, i64, i64))
def whole_number(buf: Bytes, a: int, b: int) -> int:
    """1 to 10 digits, or -1."""
    if b <= a or b - a > 10:
        return -1
    value = 0
    for i in range(a, b):
        digit = byte_at(buf, i) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@helper(i64(u1, i64, i64), inline=False)
def scientific(buf: Bytes, a: int, b: int) -> int:
    """A number with an exponent, cut to a whole one of at most 2**31 - 1 by its digits; -2 for anything else."""
    e = a
    digits = 0
    before = -1
    while e < b and ((byte_at(buf, e) >= 48 and byte_at(buf, e) <= 57) or byte_at(buf, e) == 46):
        if byte_at(buf, e) == 46:
            if before >= 0 or digits == 0:
                return -2
            before = digits
        else:
            digits += 1
        e += 1
    if digits == 0 or e + 1 >= b or (byte_at(buf, e) != 69 and byte_at(buf, e) != 101):
        return -2
    wanted = before if before >= 0 else digits  # digits in front of the cut
    i = e + 1
    sign = byte_at(buf, i)
    if sign == 43 or sign == 45:
        i += 1
    power = whole_number(buf, i, b)
    if power < 0 or b - i > 3:
        return -2
    wanted += -power if sign == 45 else power
    value = 0
    taken = 0
    for i in range(a, e):
        if byte_at(buf, i) != 46 and taken < wanted and value <= _MOST:
            value = value * 10 + byte_at(buf, i) - 48
            taken += 1
    while taken < wanted and 0 < value <= _MOST:
        value *= 10
        taken += 1
    return value if value < _MOST else _MOST


@helper(i64(u1, i64, i64, i64))
def number(buf: Bytes, a: int, b: int, exponents: int) -> int:
    """A depth or quality cut to a whole number of at most 2**31 - 1; -1 for a missing one, -2 for anything else.

    `exponents`: 1 where `1.6e2` is a number, too.
    """
    if b <= a:
        return -1
    value = 0
    i = a
    while i < b:
        digit = byte_at(buf, i) - 48
        if digit < 0 or digit > 9:
            break
        if value <= _MOST:
            value = value * 10 + digit
        i += 1
    if i < b:
        if byte_at(buf, i) != 46:
            return scientific(buf, a, b) if exponents else -2
        if i == a:
            return -1 if b - a == 1 else -2
        for j in range(i + 1, b):
            if byte_at(buf, j) < 48 or byte_at(buf, j) > 57:
                return scientific(buf, a, b) if exponents else -2
    return value if value < _MOST else _MOST


@helper(i64(u1, i64, i64), inline=False)
def share(buf: Bytes, a: int, b: int) -> int:
    """A fraction in 1/10,000, cut, decided on its digits and never on a double; -1 for no number or one above 1."""
    e = a
    digits = 0
    points = 0
    before = 0
    while e < b and ((byte_at(buf, e) >= 48 and byte_at(buf, e) <= 57) or byte_at(buf, e) == 46):
        if byte_at(buf, e) == 46:
            points += 1
            before = digits
        else:
            digits += 1
        e += 1
    if points == 0:
        before = digits
    if digits == 0 or points > 1:
        return -1
    power = 0
    if e < b:
        if byte_at(buf, e) != 69 and byte_at(buf, e) != 101:
            return -1
        k = e + 1
        negative = False
        if k < b and (byte_at(buf, k) == 43 or byte_at(buf, k) == 45):
            negative = byte_at(buf, k) == 45
            k += 1
        if k >= b or b - k > 4:
            return -1
        power = whole_number(buf, k, b)
        if power < 0:
            return -1
        if negative:
            power = -power
    wanted = before + power + 4  # digits in front of the cut
    value = 0
    taken = 0
    rest = False
    for i in range(a, e):
        if byte_at(buf, i) == 46:
            continue
        digit = byte_at(buf, i) - 48
        if taken < wanted:
            value = value * 10 + digit
            taken += 1
            if value > 10_000:
                return -1
        elif digit > 0:
            rest = True
    while taken < wanted and value > 0:
        value *= 10
        taken += 1
        if value > 10_000:
            return -1
    if value == 10_000 and rest:
        return -1
    return value


@helper(bool_(u1, i64, i64))
def holds_end(buf: Bytes, a: int, b: int) -> bool:
    """True when `END` is anywhere; written so that LLVM makes vector code of it."""
    view = buf[a:b]
    found = np.uint8(0)
    for i in range(view.shape[0] - 2):
        found |= np.uint8((view[i] == 69) & (view[i + 1] == 78) & (view[i + 2] == 68))
    return found != 0


@helper(pair(u1, i64, i64, i64, i64))
def info_value(buf: Bytes, a: int, b: int, name: int, size: int) -> tuple[int, int]:
    """Range of the value of the first INFO key with the name of `size` bytes at address `name`, or (-1, -1).

    A key without `=` has an empty value.
    """
    i = a
    while i < b:
        stop = find(buf, 59, i, b)
        if stop < 0:
            stop = b
        if stop - i > size and byte_at(buf, i + size) == 61 and same(buf, i, i + size, name, size):
            return i + size + 1, stop
        if stop - i == size and same(buf, i, stop, name, size):
            return stop, stop
        i = stop + 1
    return -1, -1


@helper(i64(u1, i64, i64))
def tabs(buf: Bytes, a: int, b: int) -> int:
    """How many tabs."""
    n = 0
    i = find(buf, _TAB, a, b)
    while i >= 0:
        n += 1
        i = find(buf, _TAB, i + 1, b)
    return n
