"""Integer columns as bytes: differences, byte planes, zstd with a checksum."""

from threading import local
from typing import Any, Final

import numpy as np
import zstandard
from numpy.typing import NDArray

from embla.errors import Broken

FAST: Final = 1
SMALL: Final = 3
Buffer = bytes | memoryview

_own = local()


def squeeze(data: bytes, level: int = FAST) -> bytes:
    """Compress; the checksum in the frame makes a damaged byte an error instead of a wrong count."""
    tools: dict[int, zstandard.ZstdCompressor] = _own.__dict__.setdefault("squeeze", {})
    if level not in tools:
        tools[level] = zstandard.ZstdCompressor(level=level, write_checksum=True)
    return tools[level].compress(data)


def unsqueeze(data: Buffer) -> bytes:
    """Decompress one frame. Raises Broken when the bytes are damaged."""
    tool = _own.__dict__.get("unsqueeze")
    if tool is None:
        tool = _own.unsqueeze = zstandard.ZstdDecompressor()
    try:
        out: bytes = tool.decompress(data)
    except zstandard.ZstdError as error:
        raise Broken("a compressed part does not match its checksum", mend="Run `embla store verify`.") from error
    return out


def to_planes(values: NDArray[Any]) -> bytes:
    """Byte planes of a column: all first bytes, then all second bytes, ... (little endian)."""
    flat = np.ascontiguousarray(values)
    if flat.dtype.itemsize == 1:
        return flat.tobytes()
    return flat.view(np.uint8).reshape(-1, flat.dtype.itemsize).T.tobytes()


def from_planes(data: Buffer, dtype: Any, n: int, offset: int = 0) -> NDArray[Any]:
    """The column that `to_planes` wrote: n values from `offset` on."""
    kind = np.dtype(dtype)
    if len(data) < offset + n * kind.itemsize:
        raise Broken("a column is shorter than its index says.", mend="Run `embla store verify`.")
    raw = np.frombuffer(data, dtype=np.uint8, count=n * kind.itemsize, offset=offset)
    if kind.itemsize == 1:
        return raw.view(kind)
    values: NDArray[Any] = np.ascontiguousarray(raw.reshape(kind.itemsize, n).T).view(kind).reshape(n)
    return values


def differences(values: NDArray[Any]) -> NDArray[Any]:
    """First value, then each less the one before, wrapping in the column's own width."""
    out = values.copy()
    if len(out) > 1:
        np.subtract(values[1:], values[:-1], out=out[1:])
    return out


def running(values: NDArray[Any]) -> NDArray[Any]:
    """The inverse of `differences`, wrapping alike."""
    summed: NDArray[Any] = np.cumsum(values, dtype=values.dtype)
    return summed
