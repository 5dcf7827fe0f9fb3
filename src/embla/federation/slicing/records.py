"""Headers and records of BAM, BCF and VCF: the bytes of each, and the bases that it lies on.

Sources: SAM specification 4.2 (BAM), VCF 4.3 6 (BCF), VCF 4.3 1.6.1 (END). Places are 0-based half-open. A record
without bases of its own lies on one; a read with a place but unmapped, too (as htslib has it).
"""

import re
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from embla.errors import BadInput
from embla.federation.slicing.source import Stream

LARGEST_HEADER: Final = 1 << 24
LARGEST_RECORD: Final = 1 << 24
_CONTIG: Final = re.compile(rb"##contig=<(?:.*?,)?ID=([^,>]+)(.*)>\s*$")
_IDX: Final = re.compile(rb",IDX=(\d{1,6})")
_END: Final = re.compile(rb"(?:^|;)END=(\d{1,12})(?:;|$)")
_ON_REFERENCE: Final = frozenset((0, 2, 3, 7, 8))  # M D N = X of a CIGAR


class Header(NamedTuple):
    """`data`: the header's bytes, decompressed. `contigs`: names in the file's order. `form`: BAM, BCF or VCF."""

    form: str
    data: bytes
    contigs: tuple[str, ...]


class Record(NamedTuple):
    """`contig`: a place in the header's list, -1 for none; for VCF, the name. `data`: its bytes."""

    contig: int | str
    start: int
    end: int
    data: bytes


def read_header(stream: Stream) -> Header:
    """The header; the stream is then at the first record. BadInput for a file that is none of the three."""
    start = bytes(stream.peek(5))
    if start[:4] == b"BAM\x01":
        return _bam_header(stream)
    if start[:4] == b"BCF\x02":
        return _bcf_header(stream)
    if start[:1] == b"#":
        return _vcf_header(stream)
    raise BadInput("is no BAM, BCF or VCF file.", mend="Look at what the laboratory sent.")


def records(stream: Stream, header: Header) -> Iterator[Record]:
    """Every record from here on."""
    if header.form == "BAM":
        return _bam_records(stream)
    return _bcf_records(stream) if header.form == "BCF" else _vcf_records(stream)


def _bam_header(stream: Stream) -> Header:
    data = bytearray(stream.take(8))
    text = _bounded(struct.unpack_from("<i", data, 4)[0])
    data += stream.take(text + 4)
    names = []
    for _ in range(_bounded(struct.unpack_from("<i", data, len(data) - 4)[0])):
        size = stream.take(4)
        part = stream.take(_bounded(struct.unpack("<i", size)[0]) + 4)
        names.append(part[:-5].decode("latin-1"))
        data += size + part
        _bounded(len(data))
    return Header("BAM", bytes(data), tuple(names))


def _bcf_header(stream: Stream) -> Header:
    data = stream.take(9)
    text = stream.take(_bounded(struct.unpack_from("<I", data, 5)[0]))
    places: dict[int, str] = {}
    for line in text.split(b"\n"):
        found = _CONTIG.match(line)
        if found:
            idx = _IDX.search(found[2])
            places[int(idx[1]) if idx else len(places)] = found[1].decode("utf-8", "replace")
    names = tuple(places.get(n, "") for n in range(max(places, default=-1) + 1))
    return Header("BCF", data + text, names)


def _vcf_header(stream: Stream) -> Header:
    data, names = bytearray(), []
    while bytes(stream.peek(1)) == b"#":
        line = stream.line(LARGEST_RECORD)
        data += line
        _bounded(len(data))
        found = _CONTIG.match(line)
        if found:
            names.append(found[1].decode("utf-8", "replace"))
        if not line.startswith(b"##"):
            break
    return Header("VCF", bytes(data), tuple(names))


def _bam_records(stream: Stream) -> Iterator[Record]:
    while len(stream.peek(1)):
        head = bytes(stream.peek(36))
        if len(head) < 36:
            raise BadInput("ends in the middle of a record.", mend="Send it again.")
        size, contig, pos, name, _, _, cigars, flag = struct.unpack_from("<iiiBBHHH", head)
        data = stream.take(4 + _record(size, 32 + name + 4 * cigars))
        span = 0
        if not flag & 4:
            for value in struct.unpack_from(f"<{cigars}I", data, 36 + name):
                span += value >> 4 if value & 15 in _ON_REFERENCE else 0
        yield Record(contig, pos, pos + (span or 1), data)


def _bcf_records(stream: Stream) -> Iterator[Record]:
    while len(stream.peek(1)):
        head = bytes(stream.peek(20))
        if len(head) < 20:
            raise BadInput("ends in the middle of a record.", mend="Send it again.")
        shared, own, contig, pos, length = struct.unpack_from("<IIiii", head)
        data = stream.take(8 + _record(shared + own, 24))
        yield Record(contig, pos, pos + max(length, 1), data)


def _vcf_records(stream: Stream) -> Iterator[Record]:
    while line := stream.line(LARGEST_RECORD):
        fields = line.split(b"\t", 8)
        if len(fields) < 8 or not fields[1].isdigit() or len(fields[1]) > 12:
            if not line.strip():
                continue
            raise BadInput("has a line that is no record.", mend="Send it again.")
        start = int(fields[1]) - 1
        end = _END.search(fields[7].strip())
        past = int(end[1]) if end else 0
        yield Record(
            fields[0].decode("utf-8", "replace"), start, past if past > start else start + len(fields[3]), line
        )


def _record(size: int, least: int) -> int:
    if not least <= size <= LARGEST_RECORD:
        raise BadInput("has a record whose length cannot be.", mend="Send it again.")
    return size


def _bounded(size: int) -> int:
    if not 0 <= size <= LARGEST_HEADER:
        raise BadInput("has a header that is too large.", mend="Send it again.")
    return size
