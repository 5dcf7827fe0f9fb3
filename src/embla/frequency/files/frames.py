"""Arrays <-> compressed bytes. A frame is zstd over byte-split columns, behind its own checksum and lengths.

Byte-split: all first bytes, then all second bytes, ... of a column; counts are small, so most of those planes are zero.
"""

import struct
import zlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import zstandard
from numpy.typing import DTypeLike, NDArray

from embla.errors import Broken

_HEAD: Final = struct.Struct("<II")  # CRC-32 of what follows, bytes when decompressed
MAX_FRAME: Final = 1 << 28
LEVEL: Final = 6


def pack_arrays(arrays: Sequence[NDArray[Any]]) -> bytes:
    """One frame of the arrays, in order. Shapes and types are the reader's to know."""
    raw = b"".join(_split(array) for array in arrays)
    body = zstandard.ZstdCompressor(level=LEVEL, write_content_size=True).compress(raw)
    rest = len(raw).to_bytes(4, "little") + body
    return _HEAD.pack(zlib.crc32(rest), len(raw)) + body


def unpack_arrays(frame: bytes | memoryview, shapes: Sequence[tuple[DTypeLike, tuple[int, ...]]]) -> list[NDArray[Any]]:
    """The arrays of a frame. Raises Broken when bytes or lengths are not what was written."""
    raw = _raw(frame)
    wanted = sum(np.dtype(dtype).itemsize * _size(shape) for dtype, shape in shapes)
    if wanted != len(raw):
        raise Broken("a frame of the release has another length than its index says.")
    found, at = [], 0
    for dtype, shape in shapes:
        size = np.dtype(dtype).itemsize * _size(shape)
        found.append(_join(raw[at : at + size], np.dtype(dtype), shape))
        at += size
    return found


def unpack_bytes(frame: bytes | memoryview) -> bytes:
    """A frame of plain bytes (one uint8 array)."""
    return _raw(frame)


def _raw(frame: bytes | memoryview) -> bytes:
    if len(frame) < _HEAD.size:
        raise Broken("a frame of the release is cut short.")
    crc, size = _HEAD.unpack(frame[: _HEAD.size])
    body = bytes(frame[_HEAD.size :])
    if zlib.crc32(size.to_bytes(4, "little") + body) != crc or size > MAX_FRAME:
        raise Broken("a frame of the release does not match its checksum.")
    try:
        return zstandard.ZstdDecompressor().decompress(body, max_output_size=size)
    except zstandard.ZstdError as error:
        raise Broken("a frame of the release cannot be decompressed.") from error


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _split(array: NDArray[Any]) -> bytes:
    flat = np.ascontiguousarray(array).reshape(-1)
    width = flat.dtype.itemsize
    if width == 1:
        return flat.tobytes()
    little = flat.astype(flat.dtype.newbyteorder("<"), copy=False)
    return np.ascontiguousarray(little.view(np.uint8).reshape(-1, width).T).tobytes()


def _join(raw: bytes, dtype: "np.dtype[Any]", shape: tuple[int, ...]) -> NDArray[Any]:
    width = dtype.itemsize
    planes = np.frombuffer(raw, dtype=np.uint8)
    if width > 1:
        planes = np.ascontiguousarray(planes.reshape(width, -1).T).reshape(-1)
    return planes.view(dtype.newbyteorder("<")).astype(dtype, copy=False).reshape(shape)
