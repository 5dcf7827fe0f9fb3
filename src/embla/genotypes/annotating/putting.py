"""Text put together in a buffer: helpers that go into the kernels that write lines."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

# libc, by symbol name as in reading/kernels/text.py.
_memcpy: Any = types.ExternalFunction("memcpy", types.intp(types.intp, types.intp, types.uintp))
_SHORT: Final = 24

# Helpers are compiled into the kernels only, and only when those are: a kernel that is on disk needs none of them.
_HELPER: Final[Any] = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy"}


def helper(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile when the first kernel that calls it is compiled."""
    compiled: Callable[..., Any] = njit(**_HELPER)(function)
    return compiled


@helper
def put(out: Bytes, at: int, text: Bytes, a: int, b: int) -> int:
    """Copy text[a:b]; gives the place after it."""
    if b - a < _SHORT:
        for i in range(b - a):
            out[at + i] = text[a + i]
    else:
        _memcpy(out.ctypes.data + at, text.ctypes.data + a, b - a)
    return at + b - a


@helper
def put_constant(out: Bytes, at: int, text: Bytes, a: int, b: int) -> int:
    """The same from one of our own texts, which Numba holds as read-only."""
    for i in range(b - a):
        out[at + i] = text[a + i]
    return at + b - a


@helper
def put_number(out: Bytes, at: int, value: int) -> int:
    """A whole number from 0 on."""
    digits = 1
    rest = value
    while rest >= 10:
        rest //= 10
        digits += 1
    rest = value
    for i in range(digits - 1, -1, -1):
        out[at + i] = 48 + rest % 10
        rest //= 10
    return at + digits
