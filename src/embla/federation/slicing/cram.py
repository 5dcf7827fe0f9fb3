"""CRAM by containers (CRAM 3.0 and 3.1, sections 6 to 9): the header's bytes, the containers of regions, the end.

A container is the least that can be given without decoding reads: what comes holds every read that touches the
regions, and its neighbours in the same containers.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from embla.errors import BadInput
from embla.federation.slicing.regions import UNPLACED, Stretch
from embla.federation.slicing.source import Source, Stream

END_OF_FILE: Final = bytes.fromhex("0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b")
_FIRST: Final = 26
_LARGEST_HEADER: Final = 1 << 24
_SEVERAL: Final = -2
# Each costs a read; a file of 100 GB has some 50,000.
_MOST: Final = 200_000


class Container(NamedTuple):
    """Bytes `at` to `past` of the file; `contig` by number, -1 for unplaced, -2 for several; 0-based half-open."""

    at: int
    past: int
    contig: int
    start: int
    end: int


class CramHeader(NamedTuple):
    """Where the records begin, and the contigs."""

    past: int
    contigs: tuple[str, ...]


def read_cram_header(source: Source) -> CramHeader:
    """Of a CRAM 3 file; BadInput for any other."""
    start = source.read(0, _FIRST)
    if len(start) < _FIRST or start[:4] != b"CRAM" or start[4] != 3:
        raise BadInput("is no CRAM 3 file.", mend="Write it again with samtools.")
    first, body = _container(source, _FIRST)
    if first.past - body > _LARGEST_HEADER:
        raise BadInput("has a header that is too large.")
    block = source.read(body, first.past - body)
    text = _block(block)
    if len(text) < 4:
        raise BadInput("has a header that cannot be read.", mend="Send it again.")
    length = struct.unpack_from("<i", text)[0]
    names = []
    for line in text[4 : 4 + length].split(b"\n"):
        if line.startswith(b"@SQ"):
            names += [part[3:].decode("latin-1") for part in line.split(b"\t") if part.startswith(b"SN:")]
    return CramHeader(first.past, tuple(names))


def containers(source: Source, header: CramHeader) -> Iterator[Container]:
    """Every container with records, in order; only their heads are read."""
    at = header.past
    for _ in range(_MOST):
        if at >= source.size:
            return
        found, _ = _container(source, at)
        if found.past > source.size:
            raise BadInput("ends in the middle of a container.", mend="Send it again.")
        if source.size - found.at > len(END_OF_FILE) or source.read(at, len(END_OF_FILE)) != END_OF_FILE:
            yield found
        at = found.past
    raise BadInput("has too many containers.", mend="Write it again with samtools.")


def ranges_of(
    source: Source, header: CramHeader, regions: Sequence[Stretch], crai: bytes | None
) -> list[tuple[int, int]]:
    """The bytes of every container that may hold a read of these regions, in order, neighbours joined."""
    wanted = [(header.contigs.index(r.contig) if r.contig != UNPLACED else -1, r.start, r.end) for r in regions]
    found: list[tuple[int, int]] = []
    for one in _indexed(source, crai, wanted) if crai is not None else containers(source, header):
        if any(_may_touch(one, *region) for region in wanted):
            if found and found[-1][1] == one.at:
                found[-1] = (found[-1][0], one.past)
            elif not found or found[-1][1] < one.past:
                found.append((one.at, one.past))
    return found


def read_crai(source: Source) -> bytes:
    """The index's text."""
    return Stream(source).whole(_LARGEST_HEADER)


def _may_touch(one: Container, contig: int, start: int, end: int) -> bool:
    if one.contig == _SEVERAL:
        return True
    return one.contig == contig and (contig == -1 or (one.start < end and start < one.end))


def _indexed(source: Source, crai: bytes, wanted: Sequence[tuple[int, int, int]]) -> Iterator[Container]:
    """Containers as the index has them, those that may touch what is wanted: a line is a slice of one contig, of which
    a container may hold several."""
    try:
        lines = sorted(
            {(at, contig, start - 1, start - 1 + span)
             for contig, start, span, at, _, _ in (map(int, line.split(b"\t")) for line in crai.splitlines())}
        )  # fmt: skip
    except ValueError:
        raise BadInput("is no sound index.", mend="Make it again.") from None
    pasts: dict[int, int] = {}
    for at, contig, start, end in lines:
        if not any(_may_touch(Container(at, at, contig, start, end), *region) for region in wanted):
            continue
        if at not in pasts:
            pasts[at] = _container(source, at)[0].past
        if len(pasts) > _MOST:
            raise BadInput("has too many containers.", mend="Write it again with samtools.")
        yield Container(at, pasts[at], contig, start, end)


def _container(source: Source, at: int) -> tuple[Container, int]:
    """The container there, and where its first block begins."""
    head = source.read(at, 4096)
    try:
        length = struct.unpack_from("<i", head)[0]
        contig, place = _itf8(head, 4)
        start, place = _itf8(head, place)
        span, place = _itf8(head, place)
        _, place = _itf8(head, place)
        place += _ltf8_size(head[place])
        place += _ltf8_size(head[place])
        _, place = _itf8(head, place)
        marks, place = _itf8(head, place)
        for _ in range(marks):
            _, place = _itf8(head, place)
    except (struct.error, IndexError):
        raise BadInput("has a container that cannot be read.", mend="Send it again.") from None
    body = at + place + 4  # a CRC
    if length < 0 or body + length > source.size:
        raise BadInput("ends in the middle of a container.", mend="Send it again.")
    return Container(at, body + length, contig, start - 1, start - 1 + span), body


def _block(data: bytes) -> bytes:
    """What is in a block that is raw or gzipped, as a header's is."""
    try:
        method = data[0]
        _, at = _itf8(data, 2)
        size, at = _itf8(data, at)
        plain, at = _itf8(data, at)
        if not 0 <= plain <= _LARGEST_HEADER or method not in (0, 1):
            raise BadInput("has a header packed in a way that is not read here.", mend="Write it with samtools.")
        packed = data[at : at + size]
        return packed if method == 0 else zlib.decompressobj(wbits=31).decompress(packed, plain)
    except (IndexError, zlib.error, struct.error):
        raise BadInput("has a header that cannot be read.", mend="Send it again.") from None


def _itf8(data: bytes, at: int) -> tuple[int, int]:
    """A number of 1 to 5 bytes (CRAM 2.3), and where the next begins."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    if first < 0xC0:
        return (first & 0x3F) << 8 | data[at + 1], at + 2
    if first < 0xE0:
        return (first & 0x1F) << 16 | data[at + 1] << 8 | data[at + 2], at + 3
    if first < 0xF0:
        return (first & 0x0F) << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3], at + 4
    value = (first & 0x0F) << 28 | data[at + 1] << 20 | data[at + 2] << 12 | data[at + 3] << 4 | (data[at + 4] & 0x0F)
    return value - (1 << 32) if value >= 1 << 31 else value, at + 5


def _ltf8_size(first: int) -> int:
    """Bytes of the number that begins so."""
    size = 1
    while size < 9 and first & (0x80 >> (size - 1)):
        size += 1
    return size
