"""Changes of several bases (MNPs) among a release's variants: how much of each may be shown beside its single bases.

What is decided of one depends on the release and the threshold alone, not on the stretch that is asked for, so every
door shows the same. docs/decisions/0060.
"""

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embla.disclosure import Level, level_beside_bases, levels
from embla.genome import Variant

if TYPE_CHECKING:
    from embla.frequency.files.release import ReleaseFiles
    from embla.genotypes import SweptWindow

# Bases of an MNP; a longer one is not shown. So what lies within as many bases of it decides.
LONGEST: Final = 100
# Fields of a swept count that are people or alleles: ac first, genotypes, the same in raw, failed. AN is open anyhow.
_TOLD: Final = [0, 1, 2, 3, 5, 6, 7, 8, 10]


class _Mnp(NamedTuple):
    pos: int
    ref: str
    alt: str
    ac: int


def level_alone(swept: "SweptWindow", below: int, cap: NDArray[np.int8] | None = None) -> NDArray[np.int8]:
    """What may be shown of each variant's total under a `cap`, without if there were no others: (v,) of `Level`."""
    haploid = swept.contig == "chrM"
    columns = (swept.ac[0], swept.nhet[0], swept.nhomalt[0], swept.nhemi[0])
    seen = swept.raw_ac[0] if haploid else swept.raw_ac[0] - swept.raw_nhomalt[0]
    return levels(*columns, below, seen=seen, haploid=haploid, cap=cap)


def caps(files: "ReleaseFiles", swept: "SweptWindow", below: int) -> NDArray[np.int8]:
    """The most that may be shown of each variant of a window beside the others: (v,) of `Level`."""
    found = np.full(len(swept), int(Level.FULL), np.int8)
    if below <= 1 or not len(swept.mnps) or not files.about["counting"].get("mnp_components", True):
        return found
    file = files.contig(swept.contig)
    before, after = max(swept.start - LONGEST, 0), min(swept.end + LONGEST, file.length)
    parts = [file.totals(before, swept.start), swept, file.totals(swept.end, after)]
    shown = [one for part in parts for one in _shown(part, below)]
    places = [one.pos for one in shown]
    for row in swept.mnps.tolist():
        pos, (ref, alt) = int(swept.pos[row]), swept.alleles(row)
        if len(ref) > LONGEST:
            found[row] = int(Level.HIDDEN)
            continue
        near = shown[bisect_left(places, pos - LONGEST) : bisect_right(places, pos + len(ref))]
        others = [one for one in near if (one.pos, one.ref, one.alt) != (pos, ref, alt)]
        bases = [
            (_numbers(parts, pos + i, a, b), [one.ac for one in others if _has(one, pos + i, b)])
            for i, (a, b) in enumerate(zip(ref, alt, strict=True))
            if a != b
        ]
        own = tuple(swept.counts[0, row, _TOLD].tolist())
        found[row] = int(level_beside_bases(own, bases, below, haploid=swept.contig == "chrM"))
    return found


def cap_of(files: "ReleaseFiles", asked: object, below: int) -> Level:
    """The same of one variant; FULL of a place, and of what nobody has."""
    if not isinstance(asked, Variant) or not len(asked.ref) == len(asked.alt) > 1:
        return Level.FULL
    swept = files.contig(asked.contig).totals(asked.pos - 1, asked.pos)
    rows = [row for row in swept.mnps.tolist() if swept.alleles(row) == (asked.ref, asked.alt)]
    return Level(int(caps(files, swept, below)[rows[0]])) if rows else Level.FULL


def differ_in_groups(files: "ReleaseFiles", asked: object) -> bool:
    """Has some group other numbers of an MNP than of one of its bases? Where the totals are equal, too, as one person's
    base more and another's less."""
    if not isinstance(asked, Variant) or not len(asked.ref) == len(asked.alt) > 1:
        return False
    own = files.find(asked).strata
    single = [
        Variant(asked.contig, asked.pos + i, a, b)
        for i, (a, b) in enumerate(zip(asked.ref, asked.alt, strict=True))
        if a != b
    ]
    return any(
        _told(one) != _told(two) for base in single for one, two in zip(files.find(base).strata, own, strict=True)
    )


def _told(count: Any) -> tuple[Any, ...]:
    return count.ac, count.nhet, count.nhomalt, count.nhemi


def _shown(part: "SweptWindow", below: int) -> list[_Mnp]:
    """MNPs that more than a few people carry."""
    if not len(part.mnps):
        return []
    rows = part.mnps[(level_alone(part, below)[part.mnps] > int(Level.HIDDEN)) & (part.ac[0][part.mnps] > 0)]
    return [_Mnp(int(part.pos[row]), *part.alleles(row), int(part.ac[0, row])) for row in rows.tolist()]


def _has(one: _Mnp, pos: int, base: str) -> bool:
    """Does an MNP put this base there, for another?"""
    at = pos - one.pos
    return 0 <= at < len(one.ref) and one.alt[at] == base != one.ref[at]


def _numbers(parts: "list[SweptWindow]", pos: int, ref: str, alt: str) -> tuple[int, ...]:
    """All numbers of an SNV; 0 where nobody has it."""
    for part in parts:
        low, high = np.searchsorted(part.pos, (pos, pos + 1))
        for row in range(int(low), int(high)):
            if part.alleles(row) == (ref, alt):
                return tuple(part.counts[0, row, _TOLD].tolist())
    return (0,) * len(_TOLD)
