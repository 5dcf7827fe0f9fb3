"""Bytes of a line to numbers. Ranges are [a, b) in the buffer; nothing outside is read."""

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.genotypes.reading.kernels.jit import helper

Bytes = NDArray[np.uint8]

# libc: about 6 GB/s where a byte loop does 1. By symbol name, as a ctypes pointer would switch off the cache on disk.
_memchr: Any = types.ExternalFunction("memchr", types.intp(types.intp, types.int32, types.uintp))

_TAB = 9
_MOST = (1 << 31) - 1


@helper
def find(buf: Bytes, byte: int, a: int, b: int) -> int:
    """Place of the first `byte`, or -1."""
    if b <= a:
        return -1
    base = buf.ctypes.data
    hit = _memchr(base + a, byte, b - a)
    return hit - base if hit else -1


@helper
def same(buf: Bytes, a: int, b: int, text: Bytes, length: int) -> bool:
    """True when the range holds the first `length` bytes of `text`."""
    if b - a != length:
        return False
    for i in range(length):
        if buf[a + i] != text[i]:
            return False
    return True


@helper
def whole_number(buf: Bytes, a: int, b: int) -> int:
    """1 to 10 digits, or -1."""
    if b <= a or b - a > 10:
        return -1
    value = 0
    for i in range(a, b):
        digit = buf[i] - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@helper
def number(buf: Bytes, a: int, b: int) -> int:
    """A depth or quality cut to a whole number of at most 2**31 - 1; -1 for a missing one, -2 for anything else."""
    if b <= a or (b - a == 1 and buf[a] == 46):
        return -1
    value = 0
    i = a
    while i < b:
        digit = buf[i] - 48
        if digit < 0 or digit > 9:
            break
        if value <= _MOST:
            value = value * 10 + digit
        i += 1
    if i == a:
        return -2
    if i < b:
        if buf[i] != 46:
            return -2
        for k in range(i + 1, b):
            if buf[k] < 48 or buf[k] > 57:
                return -2
    return min(value, _MOST)


@helper
def share(buf: Bytes, a: int, b: int) -> int:
    """A fraction in 1/10,000, cut, decided on its digits and never on a double; -1 for no number or one above 1."""
    e = a
    digits = 0
    points = 0
    before = 0
    while e < b and ((buf[e] >= 48 and buf[e] <= 57) or buf[e] == 46):
        if buf[e] == 46:
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
        if buf[e] != 69 and buf[e] != 101:
            return -1
        k = e + 1
        negative = False
        if k < b and (buf[k] == 43 or buf[k] == 45):
            negative = buf[k] == 45
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
        if buf[i] == 46:
            continue
        digit = buf[i] - 48
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


@helper
def holds_end(buf: Bytes, a: int, b: int) -> bool:
    """True when `END=` occurs anywhere; written so that LLVM makes vector code of it."""
    view = buf[a:b]
    found = np.uint8(0)
    for i in range(view.shape[0] - 3):
        found |= np.uint8((view[i] == 69) & (view[i + 1] == 78) & (view[i + 2] == 68) & (view[i + 3] == 61))
    return found != 0


@helper
def info_value(buf: Bytes, a: int, b: int, name: Bytes) -> tuple[int, int]:
    """Range of the value of the first INFO key `name`, or (-1, -1)."""
    size = name.shape[0]
    i = a
    while i < b:
        stop = find(buf, 59, i, b)
        if stop < 0:
            stop = b
        if stop - i > size and buf[i + size] == 61 and same(buf, i, i + size, name, size):
            return i + size + 1, stop
        i = stop + 1
    return -1, -1


@helper
def tabs(buf: Bytes, a: int, b: int) -> int:
    """How many tabs."""
    n = 0
    i = find(buf, _TAB, a, b)
    while i >= 0:
        n += 1
        i = find(buf, _TAB, i + 1, b)
    return n
