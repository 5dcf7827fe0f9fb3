"""The BED of a capture kit: the bases where an exome or panel can see. 0-based half-open (UCSC, GA4GH BED v1.0)."""

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import BadInput, UnknownContig
from embla.genome import Assembly
from embla.genotypes.reading.source import Source, open_source

_MAX_LINE: Final = 1 << 20
# A kit has some hundred thousand intervals, a whole genome's callable stretches some millions.
_MOST_INTERVALS: Final = 5_000_000
_MOST_TEXT: Final = 1 << 30
_TOGETHER: Final = 1 << 16  # bytes that are cut into lines at once; a bgzip block may hold a single one

Intervals = dict[str, NDArray[np.uint32]]


def read_bed(path: Path, assembly: Assembly) -> tuple[Intervals, int]:
    """Contig name -> (n, 2) start and end, sorted, overlapping and touching ones merged; and how many intervals were
    on other contigs of the analysis set. BadInput names the line."""
    found: dict[str, array[int]] = {}
    skipped = number = kept = 0
    with open_source(path) as source:
        if source.kind == "bcf":
            raise BadInput("this is BCF, not BED.", path=str(path), mend="Give the BED of the kit.")
        for raw in _lines(source, path):
            number += 1
            interval = _interval(path, number, raw, assembly)
            if interval is None:
                continue
            contig, start, end = interval
            if not contig:
                skipped += 1
                continue
            kept += 1
            if kept > _MOST_INTERVALS:
                raise BadInput(
                    f"the BED has more than {_MOST_INTERVALS:,} intervals.",
                    path=str(path),
                    line=number,
                    mend="Merge those that touch: bedtools merge -i KIT.bed",
                )
            found.setdefault(contig, array("I")).extend((start, end))
    if not found:
        raise BadInput("the BED has no interval on 1-22, X, Y, M.", path=str(path), line=max(number, 1), mend=_MEND)
    return {contig: _merged(np.frombuffer(pairs, np.uint32).reshape(-1, 2)) for contig, pairs in found.items()}, skipped


def _lines(source: Source, path: Path) -> Iterator[bytes]:
    """Every line without its line feed, and what follows the last one. Bounded in the length of a line and in all."""
    rest = b""
    number = size = 0
    while True:
        pieces = [rest]
        held = 0
        while held < _TOGETHER and (piece := source.next()):
            pieces.append(bytes(piece))
            held += len(piece)
        size += held
        lines = b"".join(pieces).split(b"\n")
        rest = lines.pop() if held else b""
        number += len(lines)
        if max(len(rest), *map(len, lines), 0) > _MAX_LINE:
            number += 1 - next((len(lines) - i for i, line in enumerate(lines) if len(line) > _MAX_LINE), 0)
            raise BadInput("the line is longer than 1 MB: this is not BED.", path=str(path), line=number, mend=_MEND)
        if size > _MOST_TEXT:
            text = f"the BED is more than {_MOST_TEXT >> 20:,} MB of text."
            raise BadInput(text, path=str(path), line=number, mend="Give the kit's intervals, three columns each.")
        yield from lines
        if not held:
            return


_MEND: Final = "A BED line is contig, start and end, separated by tabs, 0-based with the end left out."


def _interval(path: Path, number: int, raw: bytes, assembly: Assembly) -> tuple[str, int, int] | None:
    """(contig, start, end); contig "" for other contigs of the analysis set; None for header and empty lines."""
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r")
    except UnicodeDecodeError:
        raise BadInput("the line is not text.", path=str(path), line=number, mend=_MEND) from None
    words = text.split("\t", 3) if "\t" in text else text.split(None, 3)
    if not words or not text.strip() or text.startswith("#") or words[0].split(" ")[0] in ("track", "browser"):
        return None
    if len(words) < 3:
        raise BadInput(f"{len(words)} columns where at least 3 are needed.", path=str(path), line=number, mend=_MEND)
    numbers = [word.strip() for word in words[1:3]]
    if not all(word.isascii() and word.isdigit() and len(word) < 12 for word in numbers):
        raise BadInput("start or end is not a number.", path=str(path), line=number, mend=_MEND)
    start, end = int(numbers[0]), int(numbers[1])
    contig = assembly.find(words[0])
    if contig is None:
        if assembly.is_other(words[0]):
            return "", 0, 0
        try:
            assembly.contig(words[0])
        except UnknownContig as error:
            raise UnknownContig(error.message, path=str(path), line=number, mend=error.mend) from None
        return "", 0, 0
    if not start < end <= contig.length:
        raise BadInput(
            f"{start}-{end} is no interval of {contig.name}, which has {contig.length:,} bases.",
            path=str(path),
            line=number,
            mend=_MEND,
        )
    return contig.name, start, end


def _merged(pairs: NDArray[np.uint32]) -> NDArray[np.uint32]:
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    reach = np.maximum.accumulate(pairs[:, 1])
    first = np.append(True, pairs[1:, 0] > reach[:-1])
    last = np.append(first[1:], True)
    return np.stack((pairs[first, 0], reach[last]), axis=1)
