"""Writing a reference: whole contigs at their true length, bases in the windows, N elsewhere; bgzip, .fai and .gzi.

A contig of 150 million N costs 300 kB: blocks of N are compressed once and repeated.
"""

from collections.abc import Mapping
from pathlib import Path
from struct import pack
from typing import Final

import numpy as np

from embla.genome import GRCH38, Region
from embla.simulation import bgzf
from embla.simulation.sequence import Bases

_LINE: Final = 60
_LINES: Final = 1_070  # lines of one BGZF block: 61 * 1,070 = 65,270 bytes
_N: Final = ord("N")
_LEVEL: Final = 1


def write_fasta(path: Path, contigs: Mapping[str, Bases | list[tuple[Region, Bases]]]) -> None:
    """Write `path` (.fa.gz), `path`.fai and `path`.gzi. A contig is given whole, or as its stretches of sequence."""
    fai: list[str] = []
    marks: list[tuple[int, int]] = []
    at_file = at_text = 0
    with path.open("wb") as file:

        def add(text: bytes, compressed: bytes) -> None:
            nonlocal at_file, at_text
            file.write(compressed)
            at_file += len(compressed)
            at_text += len(text)
            marks.append((at_file, at_text))

        for name, parts in contigs.items():
            length = GRCH38.contig(name).length
            title = f">{name}\n".encode()
            add(title, bgzf.block(title))
            fai.append(f"{name}\t{length}\t{at_text}\t{_LINE}\t{_LINE + 1}\n")
            for start in range(0, length, _LINE * _LINES):
                end = min(start + _LINE * _LINES, length)
                bases = _cut(parts, start, end)
                text = _lines(bases)
                plain = text is _FULL
                add(text, bgzf.same_block(text) if plain else bgzf.block(text, _LEVEL))
        file.write(bgzf.end_of_file())
    path.with_name(path.name + ".fai").write_text("".join(fai))
    # The index of bgzip: where each block but the first starts, in the file and in the text.
    starts = marks[:-1]
    body = b"".join(pack("<QQ", *mark) for mark in starts)
    path.with_name(path.name + ".gzi").write_bytes(pack("<Q", len(starts)) + body)


def _cut(parts: Bases | list[tuple[Region, Bases]], start: int, end: int) -> Bases | int:
    """Bases of `start` to `end`; where there is nothing but N, only how many."""
    if isinstance(parts, np.ndarray):
        bases = parts[start:end]
        return bases if (bases != _N).any() else end - start
    made: Bases | None = None
    for region, bases in parts:
        if region.start < end and start < region.end:
            made = np.full(end - start, _N, dtype=np.uint8) if made is None else made
            left, right = max(start, region.start), min(end, region.end)
            made[left - start : right - start] = bases[left - region.start : right - region.start]
    return end - start if made is None else made


def _lines(bases: Bases | int) -> bytes:
    text = b"N" * bases if isinstance(bases, int) else bases.tobytes()
    if isinstance(bases, int) and bases == _LINE * _LINES:
        return _FULL
    return b"".join(text[at : at + _LINE] + b"\n" for at in range(0, len(text), _LINE))


_FULL: Final = (b"N" * _LINE + b"\n") * _LINES
