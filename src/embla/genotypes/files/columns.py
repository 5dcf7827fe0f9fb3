"""Integer columns as bytes: differences, byte planes, zstd with a checksum."""

from collections.abc import Sequence
from threading import local
from typing import Any, Final

import numpy as np
import zstandard
from numpy.typing import NDArray

from embla.errors import Broken

FAST: Final = 1
SMALL: Final = 3
# No level of zstd's own. Columns without repeats are little but code lengths: its optimal parser parts blocks where
# these change, and matches of seven bytes or more leave nothing slow to put together. 2.5 % smaller than FAST and
# opened a tenth quicker, for twice the time.
FITTED: Final = 0
Buffer = bytes | memoryview
_MANY: Final = 1 << 14  # bytes from which turning planes is worth a compiled loop
_OWN_BLOCK: Final = 512  # bytes from which a section gets its own table

_own = local()


def squeeze(data: Buffer, level: int = FAST) -> bytes:
    """Compress; the checksum in the frame makes a damaged byte an error instead of a wrong count."""
    tools: dict[int, zstandard.ZstdCompressor] = _own.__dict__.setdefault("squeeze", {})
    if level not in tools:
        tools[level] = zstandard.ZstdCompressor(level=level, write_checksum=True)
    return tools[level].compress(data)


def squeeze_apart(sections: Sequence[memoryview], level: int = FAST) -> bytes:
    """Compress several columns into one frame, each in blocks of its own, so that each gets its own code lengths.

    Bytes of differing nature under one Huffman table cost a tenth more. Sections too short to pay for a table go
    together with the next.
    """
    tools: dict[int, zstandard.ZstdCompressor] = _own.__dict__.setdefault("apart", {})
    if level not in tools:
        tools[level] = zstandard.ZstdCompressor(compression_params=_parameters(level))
    tool = tools[level].compressobj(size=sum(map(len, sections)))
    out, waiting = [], 0
    for section in sections:
        if waiting >= _OWN_BLOCK <= len(section):
            out.append(tool.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
            waiting = 0
        out.append(tool.compress(section))
        waiting += len(section)
    out.append(tool.flush())
    return b"".join(out)


def _parameters(level: int) -> zstandard.ZstdCompressionParameters:
    if level != FITTED:
        return zstandard.ZstdCompressionParameters.from_level(level, write_checksum=True)
    return zstandard.ZstdCompressionParameters(
        strategy=zstandard.STRATEGY_BTOPT, min_match=7, target_length=999, search_log=5, window_log=17, chain_log=15,
        hash_log=15, write_content_size=True, write_checksum=True,
    )  # fmt: skip


def plane_sections(values: NDArray[Any], cuts: NDArray[np.intp] | None = None) -> list[memoryview]:
    """The byte planes of a column, one by one, for `squeeze_apart`; each in pieces where `cuts` are given."""
    flat = planes_of(values)
    n = len(values)
    inside = np.unique(cuts[(cuts > 0) & (cuts < n)]).tolist() if cuts is not None else []
    pieces = list(zip([0, *inside], [*inside, n], strict=True)) if n else []
    return [flat[at + a : at + b] for at in range(0, len(flat), n or 1) for a, b in pieces]


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
    return bytes(planes_of(values))


def planes_of(values: NDArray[Any]) -> memoryview:
    """The same bytes, not copied once more; those of a column of bytes are its own."""
    flat = np.ascontiguousarray(values)
    if flat.dtype.itemsize == 1:
        return flat.view(np.uint8).data
    if flat.nbytes >= _MANY:
        # Compiled; what is small is not worth the loading.
        from embla.genotypes.files.column_kernels import planes

        return planes(flat).data
    return memoryview(flat.view(np.uint8).reshape(-1, flat.dtype.itemsize).T.tobytes())


def varying_planes_of(values: NDArray[Any]) -> list[Buffer]:
    """The byte planes one by one; of one whose bytes are all equal that byte alone."""
    flat = np.ascontiguousarray(values)
    width, n = flat.dtype.itemsize, len(flat)
    if width > 1 and flat.nbytes >= _MANY and flat.flags.aligned:
        from embla.genotypes.files.column_kernels import varying_planes

        first = flat[:1].tobytes()
        return [first[j : j + 1] if plane is None else plane.data for j, plane in enumerate(varying_planes(flat))]
    turned = planes_of(flat)
    planes = [turned[at : at + n] for at in range(0, len(turned), n or 1)]
    return [plane[:1] if bool((np.frombuffer(plane, np.uint8) == plane[0]).all()) else plane for plane in planes]


def from_planes(data: Buffer, dtype: Any, n: int, offset: int = 0) -> NDArray[Any]:
    """The column that `to_planes` wrote: n values from `offset` on."""
    kind = np.dtype(dtype)
    if len(data) < offset + n * kind.itemsize:
        raise Broken("a column is shorter than its index says.", mend="Run `embla store verify`.")
    raw = np.frombuffer(data, dtype=np.uint8, count=n * kind.itemsize, offset=offset)
    if kind.itemsize == 1:
        return raw.view(kind)
    if kind.itemsize == 2 and kind.byteorder in "=<|":
        # Twelve times faster than turning the planes, and most columns are of this width.
        wide = raw[n:].astype(np.uint16)
        wide <<= np.uint16(8)
        wide |= raw[:n]
        return wide.view(kind)
    # Several times faster than turning the planes, too.
    own = np.empty(n * kind.itemsize, np.uint8)
    for plane in range(kind.itemsize):
        own[plane :: kind.itemsize] = raw[plane * n : (plane + 1) * n]
    return own.view(kind)


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
