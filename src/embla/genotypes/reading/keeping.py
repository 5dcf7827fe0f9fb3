"""Lines that a pack keeps as the file wrote them, 0/0 and blocks too, at the places of a configured list.

A pack otherwise keeps what a genome carries or failed at; of these places it must be known what was looked at, and how
well. `data/kept_places.bed` is the list. Kept are POS, REF, ALT, FILTER, END and the fields of one sample that decide
whether a call is believed; nothing else of the line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import BadInput
from embla.genotypes.reading.bed import Intervals

_FIELDS: Final = (b"GT", b"DP", b"MIN_DP", b"GQ", b"FT", b"AD", b"PS", b"PGT", b"PID")
_MOST: Final = 16 << 20  # bytes of one sample and contig; a whole gVCF keeps some 40 kB
CALLABLE: Final = b"#callable"


@dataclass(frozen=True)
class Places:
    """Places of one contig, 1-based with the end included, sorted and apart."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


@cache
def kept_places() -> Mapping[str, Places]:
    """The configured list by contig."""
    text = files("embla.genotypes").joinpath("data", "kept_places.bed").read_text(encoding="utf-8")
    found: dict[str, list[tuple[int, int]]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            contig, start, end = line.split("\t")[:3]
            found.setdefault(contig, []).append((int(start) + 1, int(end)))
    return {
        contig: Places(np.array([a for a, _ in rows], np.int64), np.array([b for _, b in rows], np.int64))
        for contig, rows in ((contig, sorted(rows)) for contig, rows in found.items())
    }


class Keeping:
    """Collects the kept lines of the samples of a file; `columns` are theirs, counted from the first sample."""

    def __init__(self, columns: NDArray[np.int32]) -> None:
        self._columns = [9 + int(column) for column in columns]
        self._held: dict[tuple[int, str], bytearray] = {}

    def look(self, text: bytearray, a: int, b: int, contig: str, path: str) -> None:
        """Keep what touches a place among the whole lines of [a, b), all of them of one contig."""
        places = kept_places().get(contig)
        if places is None or b <= a:
            return
        from embla.genotypes.reading.keeping_kernels import touching

        for begin, end in touching(np.frombuffer(text, np.uint8), a, b, places.starts, places.ends):
            fields = bytes(text[begin:end]).rstrip(b"\r").split(b"\t")
            _, pos, _, ref, alt, _, passed, info, keys = fields[:9]
            stop = next((item for item in info.split(b";") if item.startswith(b"END=")), b".")
            named = keys.split(b":")
            at = [n for n, key in enumerate(named) if key in _FIELDS]
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
