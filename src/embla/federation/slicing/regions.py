"""Regions as clients ask for them, made one list in a file's order. Pure; 0-based half-open."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

LAST: Final = 1 << 32  # behind the last base of any contig
UNPLACED: Final = "*"


class Stretch(NamedTuple):
    """Bases of a contig, by its name in the file; `*` is what lies nowhere."""

    contig: str
    start: int
    end: int


def merged(regions: Iterable[Stretch], order: Sequence[str]) -> list[Stretch]:
    """The same bases, each once, contigs as `order` has them; what touches or overlaps is one. Unplaced comes last."""
    rank = {name: number for number, name in enumerate((*order, UNPLACED))}
    found: list[Stretch] = []
    for one in sorted(regions, key=lambda region: (rank[region.contig], region.start, region.end)):
        if found and found[-1].contig == one.contig and one.start <= found[-1].end:
            found[-1] = found[-1]._replace(end=max(found[-1].end, one.end))
        else:
            found.append(one)
    return found
