"""The records of a BAM, BCF or VCF that touch regions: each once, in the file's order, in one pass forward."""

from collections.abc import Iterator, Sequence

from embla.federation.slicing.indexes import Index
from embla.federation.slicing.records import Header, Record, read_header, records
from embla.federation.slicing.regions import UNPLACED, Stretch
from embla.federation.slicing.source import Source, Stream


def everything(source: Source) -> Iterator[bytes]:
    """All records' bytes, decompressed, without the header."""
    stream = Stream(source)
    read_header(stream)
    yield stream.rest()
    while len(stream.peek(1)):
        yield stream.rest()


def touching(source: Source, regions: Sequence[Stretch], index: Index | None, *, after: int = 0) -> Iterator[bytes]:
    """The bytes of each record that touches one of the regions (which are merged, in the file's order).

    after: of the first region's contig, leave out what begins before this base; who was given the regions before these
    has it already. Without an index the whole file is read, and it may be in any order.
    """
    stream = Stream(source)
    header = read_header(stream)
    if index is None or not stream.bgzf:
        yield from _by_reading(stream, header, regions, after)
    else:
        yield from _by_index(stream, header, regions, index, after)


def _by_reading(stream: Stream, header: Header, regions: Sequence[Stretch], after: int) -> Iterator[bytes]:
    wanted: dict[int | str, list[Stretch]] = {}
    for region in regions:
        wanted.setdefault(_key(header, region.contig), []).append(region)
    first = _key(header, regions[0].contig) if regions else None
    for record in records(stream, header):
        if after and record.contig == first and record.start < after:
            continue
        if any(_touches(record, region) for region in wanted.get(record.contig, ())):
            yield record.data


def _by_index(stream: Stream, header: Header, regions: Sequence[Stretch], index: Index, after: int) -> Iterator[bytes]:
    for number, region in enumerate(regions):
        begins = _begins(header, index, region)
        if begins is None:
            continue
        # What touches this region and begins before the end of the one before it touches that one too, and was given.
        before = regions[number - 1] if number else None
        gone = after if before is None else before.end if before.contig == region.contig else 0
        key = _key(header, region.contig)
        stream.seek(begins)
        for record in records(stream, header):
            if record.contig != key:
                if _before(header, record, region):
                    continue
                break
            if region.contig == UNPLACED:
                yield record.data
            elif record.start >= region.end:
                break
            elif record.start >= gone and _touches(record, region):
                yield record.data


def _begins(header: Header, index: Index, region: Stretch) -> int | None:
    if region.contig == UNPLACED:
        return index.unplaced or None
    names = index.names or header.contigs
    if region.contig not in names:
        return None
    return index.begins(names.index(region.contig), region.start, region.end)


def _key(header: Header, contig: str) -> int | str:
    if contig == UNPLACED:
        return -1
    return contig if header.form == "VCF" else header.contigs.index(contig)


def _touches(record: Record, region: Stretch) -> bool:
    return region.contig == UNPLACED or (record.start < region.end and region.start < record.end)


def _before(header: Header, record: Record, region: Stretch) -> bool:
    """A record of another contig before the one wanted: a place of an index may lie a little too early."""
    if region.contig == UNPLACED:
        return record.contig != -1
    if isinstance(record.contig, str):
        known = header.contigs
        return (
            record.contig in known
            and region.contig in known
            and known.index(record.contig) < known.index(region.contig)
        )
    return 0 <= record.contig < header.contigs.index(region.contig)
