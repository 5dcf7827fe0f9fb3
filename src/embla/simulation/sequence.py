"""Stretches of sequence: real where a reference has them, else seeded bases with repeats at true coordinates.

A seeded base is a function of (seed, contig, position) alone: other regions or other people never change it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import UsageError
from embla.genome import GRCH38, Region
from embla.simulation.dice import Dice

if TYPE_CHECKING:
    from embla.reference import Reference

Bases = NDArray[np.uint8]  # ASCII, upper case

TILE: Final = 1 << 16
# Windows are simulated one at a time; longer regions are cut so that memory stays bounded.
LONGEST_WINDOW: Final = 2_000_000
_SHORTEST_STRETCH: Final = 1_000
_MOST_WITHOUT_REGIONS: Final = 20_000_000
_LETTERS: Final = np.frombuffer(b"ACGT", dtype=np.uint8)
_N: Final = ord("N")

# Both sides of each PAR border, the middle of X and Y, two small autosomes and all of mtDNA: every rule of ploidy.
DEFAULT_REGIONS: Final = (
    Region("chr21", 25_800_000, 26_200_000),
    Region("chr22", 42_100_000, 42_200_000),
    Region("chrX", 2_740_000, 2_820_000),
    Region("chrX", 31_100_000, 31_220_000),
    Region("chrX", 155_680_000, 155_730_000),
    Region("chrY", 2_760_000, 2_880_000),
    Region("chrM", 0, 16_569),
)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch that is simulated: `bases` are those of `start` to `end` (0-based half-open) of `contig`."""

    contig: str
    start: int
    end: int
    bases: Bases
    real: bool

    def text(self, start: int, end: int) -> str:
        """Bases by 0-based offsets inside the window."""
        return self.bases[start:end].tobytes().decode("ascii")


def seeded_bases(seed: int, contig: str, start: int, end: int) -> Bases:
    """The bases of `start` to `end`, cut from tiles of 65,536."""
    tiles = [_tile(seed, contig, tile) for tile in range(start // TILE, -(-end // TILE))]
    first = start // TILE * TILE
    return np.concatenate(tiles)[start - first : end - first]


def _tile(seed: int, contig: str, tile: int) -> Bases:
    """Random bases, 41 % G or C, with a homopolymer about every 250 bases and a short tandem repeat about every 800."""
    dice = Dice(seed, "sequence", contig, tile)
    bases = _LETTERS[dice.pick([295, 205, 205, 295], TILE)]
    runs = TILE // 250
    for at, letter, length in zip(
        dice.below(TILE - 16, runs).tolist(),
        dice.pick([4, 1, 1, 4], runs).tolist(),
        (5 + dice.pick([30, 20, 15, 10, 8, 6, 4, 3, 2, 1], runs)).tolist(),
        strict=True,
    ):
        bases[at : at + length] = _LETTERS[letter]
    repeats = TILE // 800
    for at, unit, times, word in zip(
        dice.below(TILE - 80, repeats).tolist(),
        (2 + dice.pick([6, 2, 2], repeats)).tolist(),
        (4 + dice.below(12, repeats)).tolist(),
        dice.below(256, repeats).tolist(),
        strict=True,
    ):
        letters = _LETTERS[[word & 3, word >> 2 & 3, word >> 4 & 3, word >> 6 & 3][:unit]]
        bases[at : at + unit * times] = np.tile(letters, times)
    return bases


def regions_with_sequence(reference: "Reference") -> tuple[Region, ...]:
    """The stretches of a reference that hold bases; gaps shorter than 1,000 N are bridged."""
    found: list[Region] = []
    for contig in reference.contigs:
        bases = reference.array(contig) if GRCH38.find(contig) else None
        if bases is None:
            continue
        known = np.concatenate(([False], bases != _N, [False]))
        edges = np.flatnonzero(known[1:] != known[:-1])
        starts, ends = edges[::2], edges[1::2]
        far = np.flatnonzero(starts[1:] - ends[:-1] >= _SHORTEST_STRETCH) + 1
        for group_starts, group_ends in zip(np.split(starts, far), np.split(ends, far), strict=True):
            if len(group_starts) and group_ends[-1] - group_starts[0] >= _SHORTEST_STRETCH:
                found.append(Region(contig, int(group_starts[0]), int(group_ends[-1])))
        if sum(map(len, found)) > _MOST_WITHOUT_REGIONS:
            raise UsageError(
                "this reference has more sequence than a quick nation should use.",
                mend="Say which parts: --regions chr21:25000000-26000000,chrX:2700000-2800000.",
            )
    return tuple(found)


def plan(regions: Iterable[Region], longest: int = LONGEST_WINDOW) -> tuple[Region, ...]:
    """Regions in genome order, joined where they touch and cut to pieces of at most `longest` bases."""
    joined: list[Region] = []
    for region in sorted(regions, key=lambda r: (GRCH38.contig(r.contig).index, r.start)):
        contig = GRCH38.contig(region.contig)
        if region.start >= contig.length:
            raise UsageError(
                f"{region} is beyond the end of {contig.name}, which has {contig.length:,} bases.",
                mend="Check the region and the build (GRCh38).",
            )
        end = min(region.end, contig.length)
        if joined and joined[-1].contig == contig.name and region.start <= joined[-1].end:
            joined[-1] = Region(contig.name, joined[-1].start, max(end, joined[-1].end))
        else:
            joined.append(Region(contig.name, region.start, end))
    return tuple(
        Region(region.contig, start, min(start + longest, region.end))
        for region in joined
        for start in range(region.start, region.end, longest)
    )


def make_window(seed: int, region: Region, reference: "Reference | None") -> Window:
    """The window of one region, from the reference where that has the contig."""
    bases = reference.array(region.contig) if reference is not None and reference.has(region.contig) else None
    if bases is not None:
        return Window(region.contig, region.start, region.end, bases[region.start : region.end], real=True)
    made = seeded_bases(seed, region.contig, region.start, region.end)
    return Window(region.contig, region.start, region.end, made, real=False)


def total_bases(regions: Sequence[Region]) -> int:
    """Bases in all regions together."""
    return sum(map(len, regions))


def parse_regions(text: str) -> tuple[Region, ...]:
    """`chr21:25,000,001-26,000,000` (1-based, both ends) or whole contigs, several parted by `;` or by a comma before
    a name."""
    found = []
    for part in re.split(r";|,(?=\s*(?:[A-Za-z]|[0-9]+:))", text):
        match = re.fullmatch(r"\s*([A-Za-z0-9._]+)(?::([0-9,]+)-([0-9,]+))?\s*", part)
        if match is None:
            raise UsageError(
                f"'{part[:60]}' is not a region.", mend="Write chr21:25000001-26000000,chrX:2700001-2800000."
            )
        contig = GRCH38.contig(match[1])
        start = int(match[2].replace(",", "")) - 1 if match[2] else 0
        end = int(match[3].replace(",", "")) if match[3] else contig.length
        if not 0 <= start < end:
            raise UsageError(f"'{part[:60]}' ends before it starts.", mend="Write chr21:25000001-26000000.")
        found.append(Region(contig.name, start, end))
    return tuple(found)
