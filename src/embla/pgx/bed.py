"""Places that a laboratory lists as callable, from a BED file (0-based, half-open)."""

from bisect import bisect_right
from pathlib import Path
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38

_MAX_LINES: Final = 20_000_000


class Callable:
    """Merged stretches by contig."""

    def __init__(self, stretches: dict[str, list[tuple[int, int]]]) -> None:
        self._starts: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        for contig, found in stretches.items():
            merged: list[list[int]] = []
            for start, end in sorted(found):
                if merged and start <= merged[-1][1]:
                    merged[-1][1] = max(merged[-1][1], end)
                else:
                    merged.append([start, end])
            self._starts[contig] = [start for start, _ in merged]
            self._ends[contig] = [end for _, end in merged]

    def covers(self, contig: str, start: int, end: int) -> bool:
        """Whether all of it is listed."""
        at = bisect_right(self._starts.get(contig, []), start) - 1
        return at >= 0 and end <= self._ends[contig][at]


def read_bed(path: Path) -> Callable:
    """Read a BED file; BadInput names the line that is none."""
    stretches: dict[str, list[tuple[int, int]]] = {}
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if number > _MAX_LINES:
                    raise BadInput("more than 20 million lines.", path=str(path), mend="Merge what lies together.")
                if not line.strip() or line.startswith(("#", "track", "browser")):
                    continue
                cells = line.rstrip("\n").split("\t")
                if len(cells) < 3 or not (_is_place(cells[1]) and _is_place(cells[2].strip())):
                    raise BadInput(
                        "this is not a line of BED.", path=str(path), line=number, mend="contig, start, end."
                    )
                contig = GRCH38.find(cells[0])
                if contig is not None:
                    if not int(cells[1]) < int(cells[2]) <= contig.length:
                        told = f"{cells[1]}-{cells[2].strip()} is no stretch of {contig.name}."
                        raise BadInput(
                            told, path=str(path), line=number, mend="start is below end, end within the contig."
                        )
                    stretches.setdefault(contig.name, []).append((int(cells[1]), int(cells[2])))
    except (OSError, UnicodeError) as error:
        raise BadInput(
            f"it cannot be read ({type(error).__name__}).", path=str(path), mend="Give a BED file."
        ) from None
    return Callable(stretches)


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 10
