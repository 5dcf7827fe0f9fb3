"""How helpers inside kernels are compiled: only into their callers, without a wrapper of their own (half the time)."""

from typing import Any

from numba import njit

helper: Any = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
