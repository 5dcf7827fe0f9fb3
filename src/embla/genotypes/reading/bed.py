"""The BED of a capture kit: the bases where an exome or panel can see. 0-based half-open (UCSC, GA4GH BED v1.0)."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import BadInput, UnknownContig
from embla.genome import Assembly
from embla.genotypes.reading.source import open_source

_MAX_LINE: Final = 1 << 20

Intervals = dict[str, NDArray[np.uint32]]


def read_bed(path: Path, assembly: Assembly) -> tuple[Intervals, int]:
    """Contig name -> (n, 2) start and end, sorted, overlapping and touching ones merged; and how many intervals were
    on other contigs of the analysis set. BadInput names the line."""
    found: dict[str, list[tuple[int, int]]] = {}
    skipped = 0
    number = 0
    with open_source(path) as source:
        if source.kind == "bcf":
            raise BadInput("this is BCF, not BED.", path=str(path), mend="Give the BED of the kit.")
        rest = b""
        while True:
            piece = source.next()
            lines = (rest + piece).split(b"\n")
            rest = lines.pop() if piece else b""
            if len(rest) > _MAX_LINE:
                text = "the line is longer than 1 MB: this is not BED."
                raise BadInput(text, path=str(path), line=number + 1, mend=_MEND)
            for raw in lines:
                number += 1
                interval = _interval(path, number, raw, assembly)
                if interval is None:
                    continue
                contig, start, end = interval
                if contig:
                    found.setdefault(contig, []).append((start, end))
                else:
                    skipped += 1
            if not piece:
                break
    if not found:
        raise BadInput("the BED has no interval on 1-22, X, Y, M.", path=str(path), line=max(number, 1), mend=_MEND)
    return {contig: _merged(intervals) for contig, intervals in found.items()}, skipped


_MEND: Final = "A BED line is contig, start and end, separated by tabs, 0-based with the end left out."


def _interval(path: Path, number: int, raw: bytes, assembly: Assembly) -> tuple[str, int, int] | None:
    """(contig, start, end); contig "" for other contigs of the analysis set; None for header and empty lines."""
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r")
    except UnicodeDecodeError:
        raise BadInput("the line is not text.", path=str(path), line=number, mend=_MEND) from None
    words = text.split("\t") if "\t" in text else text.split()
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


def _merged(intervals: list[tuple[int, int]]) -> NDArray[np.uint32]:
    merged: list[list[int]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return np.array(merged, np.uint32)
