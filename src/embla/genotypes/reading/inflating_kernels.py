"""Many bgzip blocks inflated in one call, compiled. The plain twin is `source._Bgzf.fill`, a block at a time.

A block costs Python as much as a tenth of inflating it. libdeflate is the one in the package `deflate`; it is called by
name, as an address in the code would keep Numba from storing it on disk.
"""

import ctypes
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.genotypes.reading.kernels import STAMP
from embla.genotypes.reading.kernels.jit import byte_at, i8, i64, kernel, u1, u1_readonly
from embla.genotypes.reading.source import inflater

Bytes = NDArray[np.uint8]

_NAME = "libdeflate_gzip_decompress"
_place: Any = types.intp
_decompress: Any = types.ExternalFunction(_NAME, types.int32(_place, _place, types.uintp, _place, types.uintp, _place))
# The header that nearly every block has: BC is its only extra field (SAM specification 4.1); 0 is left open.
_HEADER = np.frombuffer(b"\x1f\x8b\x08\x04\0\0\0\0\0\0\x06\0BC\x02\0", np.uint8).copy()
_SHORTEST = 26
_LONGEST = 1 << 16


def _make(stamp: int) -> Any:
    @kernel(i64(u1_readonly, i64, u1, i64, i64, i64, i8))
    def inflate_blocks(
        data: Bytes, at: int, text: Bytes, held: int, most: int, tool: int, out: NDArray[np.int64]
    ) -> int:
        """Inflate whole blocks of `data` from `at` on into `text` from `held` on, while no more than `most` is held.

        Stops before a block that is unusual, empty, cut or damaged, which the twin then reads in its own way. `out`:
        where it stopped in `data`. Gives the bytes that are held then; `text` is at least 65,536 bytes longer than
        `most`.
        """
        if stamp < 0:
            return -1
        n = data.shape[0]
        while held < most and n - at > _SHORTEST:
            usual = True
            for i in range(16):
                usual &= (byte_at(data, at + i) == _HEADER[i]) | ((i >= 4) & (i <= 9))
            size = (byte_at(data, at + 16) | byte_at(data, at + 17) << 8) + 1
            if not usual or size < _SHORTEST or size > n - at:
                break
            end = at + size
            low, high = (
                byte_at(data, end - 4) | byte_at(data, end - 3) << 8,
                byte_at(data, end - 2) | byte_at(data, end - 1) << 8,
            )
            length = low | high << 16
            if length < 1 or length > _LONGEST:
                break
            # Without a place for the number of bytes it is an error if there are fewer than promised.
            if _decompress(tool, data.ctypes.data + at, size, text.ctypes.data + held, length, 0):
                break
            held += length
            at = end
        out[0] = at
        return held

    return inflate_blocks


def _made() -> Any:
    library = inflater()
    if library is None:
        return None
    address = ctypes.cast(library.libdeflate_gzip_decompress, ctypes.c_void_p).value
    llvm.add_symbol(_NAME, address)
    return _make(STAMP)


# None where the package does not show its function.
inflate_blocks: Any = _made()
