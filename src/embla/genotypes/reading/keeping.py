"""Lines that a pack keeps as the file wrote them, 0/0 and blocks too, at the places of a configured list.

A pack otherwise keeps what a genome carries or failed at; of these places it must be known what was looked at, and how
well. `data/kept_places.bed` is the list. Kept are POS, REF, ALT, FILTER, END and the fields of one sample that decide
whether a call is believed; nothing else of the line.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import BadInput
from embla.genome import GRCH38
from embla.genotypes.reading.bed import Intervals

_FIELDS: Final = (b"GT", b"DP", b"MIN_DP", b"GQ", b"RGQ", b"FT", b"AD", b"PS", b"PGT", b"PID")
_SPELLINGS: Final = (b"GQX", b"DPI", b"RD", b"RO", b"AO")  # from version 3 of the rules on
_MOST: Final = 16 << 20  # bytes of one sample and contig; a whole gVCF keeps some 40 kB
# A BED with more places; a home sets it from the setting kept_places.
MORE: Final = "EMBLA_STORE_KEPT_PLACES"
CALLABLE: Final = b"#callable"


@dataclass(frozen=True)
class Places:
    """Places of one contig, 1-based with the end included, sorted and apart."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def kept_places() -> Mapping[str, Places]:
    """The configured list by contig: the carried one, and that of the file EMBLA_STORE_KEPT_PLACES beside it."""
    return _places(os.environ.get(MORE, ""))


@cache
def _places(more: str) -> Mapping[str, Places]:
    texts = [("kept_places.bed", files("embla.genotypes").joinpath("data", "kept_places.bed").read_text("utf-8"))]
    if more:
        try:
            with open(more, encoding="utf-8") as file:
                texts.append((more, file.read(_MOST)))
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"cannot be read ({type(error).__name__}).", path=more, mend=f"Mend {MORE}.") from None
    found: dict[str, list[tuple[int, int]]] = {}
    for path, text in texts:
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip() and not line.startswith(("#", "track", "browser")):
                contig, first, last = _place(line, path, number)
                found.setdefault(contig, []).append((first, last))
    return {contig: _apart(sorted(rows)) for contig, rows in found.items()}


def _place(line: str, path: str, number: int) -> tuple[str, int, int]:
    """A line of a BED (0-based half-open) as a contig of ours and both ends, 1-based."""
    fields = line.split("\t")
    numbers = [int(one) if one.isascii() and one.isdigit() and len(one) < 10 else -1 for one in fields[1:3]]
    if len(numbers) < 2 or not 0 <= numbers[0] < numbers[1]:
        raise BadInput("is no line of a BED: contig, start, end.", path=path, line=number)
    return GRCH38.contig(fields[0]).name, numbers[0] + 1, numbers[1]


def _apart(rows: list[tuple[int, int]]) -> Places:
    """Sorted places, those that touch each other as one."""
    joined: list[tuple[int, int]] = []
    for first, last in rows:
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return Places(np.array([a for a, _ in joined], np.int64), np.array([b for _, b in joined], np.int64))


class Keeping:
    """Collects the kept lines of the samples of a file; `columns` are theirs, counted from the first sample.
    `spellings`: with other callers' names of depth and quality."""

    def __init__(self, columns: NDArray[np.int32], *, spellings: bool) -> None:
        self._fields = frozenset(_FIELDS + _SPELLINGS * spellings)
        self._columns = [9 + int(column) for column in columns]
        self._held: dict[tuple[int, str], bytearray] = {}

    def look(self, text: bytearray, a: int, b: int, contig: str, span: tuple[int, int], path: str) -> None:
        """Keep what touches a place among the whole lines of [a, b), all of them of one contig and within `span`: a
        position that none comes before, and an end that none goes beyond."""
        places = kept_places().get(contig)
        if places is None or b <= a or not ((places.ends >= span[0]) & (places.starts <= span[1])).any():
            return
        from embla.genotypes.reading.keeping_kernels import touching

        for begin, end in touching(np.frombuffer(text, np.uint8), a, b, places.starts, places.ends):
            fields = bytes(text[begin:end]).rstrip(b"\r").split(b"\t")
            _, pos, _, ref, alt, _, passed, info, keys = fields[:9]
            stop = next((item for item in info.split(b";") if item.startswith(b"END=")), b".")
            named = keys.split(b":")
            at = [n for n, key in enumerate(named) if key in self._fields]
            head = b"\t".join(
                (contig.encode(), pos, b".", ref, alt, b".", passed, stop, b":".join(named[n] for n in at) or b".")
            )
            for index, column in enumerate(self._columns):
                values = fields[column].split(b":")
                told = b":".join(values[n] if n < len(values) else b"." for n in at) or b"."
                held = self._held.setdefault((index, contig), bytearray())
                held += head + b"\t" + told + b"\n"
                if len(held) > _MOST:
                    raise BadInput(
                        f"more lines at listed places of {contig} than are kept.",
                        path=path,
                        mend="Give each call once; the file repeats itself.",
                    )

    def of(self, index: int, bed: Intervals | None) -> dict[str, bytes]:
        """Contig -> kept lines of one sample, before them the places that its BED lists whole."""
        kept = {}
        for contig, places in kept_places().items():
            text = _listed(contig, places, bed) + bytes(self._held.get((index, contig), b""))
            if text:
                kept[contig] = text
        return kept


def _listed(contig: str, places: Places, bed: Intervals | None) -> bytes:
    """`#callable contig start end` (0-based half-open) of each stretch of a place that the BED holds."""
    stretches = bed.get(contig) if bed is not None else None
    if stretches is None:
        return b""
    lines = []
    for start, end in zip((places.starts - 1).tolist(), places.ends.tolist(), strict=True):
        first = int(np.searchsorted(stretches[:, 1], start, side="right"))
        for low, high in stretches[first:].tolist():
            if low >= end:
                break
            lines.append(b"\t".join((CALLABLE, contig.encode(), b"%d" % max(low, start), b"%d\n" % min(high, end))))
    return b"".join(lines)
