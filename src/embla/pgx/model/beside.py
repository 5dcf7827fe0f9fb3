"""Which tables of medicines may stand beside the alleles that a release shows of the same people. Pure.

A phenotype is made of alleles. Of a gene with one position everybody who is not "normal" carries it; so alleles less
carriers are the homozygous, whom the release may hide. Of a gene with several, a phenotype less the alleles that are
shown is the one that is hidden. docs/decisions/0061 says what is done.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from embla.disclosure import Level, linked
from embla.pgx.model.definition import Gene
from embla.pgx.model.moving import Cell
from embla.pgx.model.shares import OTHER

PARTS: Final = "parts"
REGIONS: Final = "regions"
# Of more kinds of people than this it is not asked whether one alone follows, as that takes their square in memory.
_MOST_WHOLE: Final = 2000


@dataclass(frozen=True)
class ShownAllele:
    """An alternate of a defining position: how much of it a release shows of the unrelated, and of each of the (n,)
    people how many copies have it, of how many."""

    level: Level
    copies: Sequence[int]
    have: Sequence[int]


def copies_at(gene: Gene, names: Sequence[str]) -> dict[tuple[int, int], int]:
    """(position's index, alternate's index) -> copies that a diplotype has, by the names of its alleles."""
    found: Counter[tuple[int, int]] = Counter()
    for name in names:
        row = next((one for one in gene.alleles if name in (one.core, one.name)), None)
        for at, (site, cell) in enumerate(zip(gene.sites, row.cells if row else (), strict=False)):
            if cell in site.alts:
                found[at, site.alts.index(cell)] += 1
    return dict(found)


def told_rows(told: Mapping[str, Any] | None, cells: Sequence[Cell | None]) -> dict[str, list[list[int]]]:
    """What a table tells, as rows over people's cells: everybody and the parts, and the parts of each region."""
    if told is None:
        return {}
    regions = told["regions"] or {}
    named = {part for row in regions.values() for part in row}
    own = [cell or ("", "") for cell in cells]
    nation = [[int(cell is not None) for cell in cells]]
    nation += [[int(part == name) for _, part in own] for name, n in (told["parts"] or {}).items() if n is not None]
    split = [
        [int(here == region and (part if part in named else OTHER) == name) for here, part in own]
        for region, row in regions.items()
        for name in row
    ]
    return {PARTS: nation, REGIONS: split}


def withheld(
    cells: Sequence[Cell], times: Sequence[int], alleles: Sequence[ShownAllele],
    tables: Mapping[str, Sequence[Sequence[int]]], *, below: int, by_region: bool,
) -> frozenset[str]:  # fmt: skip
    """Names of the tables to leave out beside the alleles, and beside those kept before them.

    cells: (region, part) of each of (n,) kinds of people, and of how many (`times`); tables: name -> rows of (n,)
    weights; `by_region`: the release's regions are of the same people, so alleles are known by region, too.
    """
    some = [one for one in alleles if any(one.copies)]
    known = [[1] * len(cells)]  # AN says how many were read
    known += [row for one in some for row in _rows(one, [region for region, _ in cells], by_region=by_region)]
    every = [known, *tables.values()]
    kinds: dict[tuple[object, ...], list[int]] = {}
    for person, cell in enumerate(cells):
        own = tuple(f"{one.copies[person]} of {one.have[person]}" for one in some)
        kinds.setdefault((*cell, *own, *(row[person] for rows in every for row in rows)), []).append(person)
    first = [members[0] for members in kinds.values()]
    return linked(
        [tuple(str(part) for part in kind[: 2 + len(some)]) for kind in kinds],
        [sum(times[one] for one in members) for members in kinds.values()],
        {name: [[row[person] for person in first] for row in rows] for name, rows in tables.items()},
        below=below,
        whole=len(kinds) <= _MOST_WHOLE,
        known=[[row[person] for person in first] for row in known],
    )


def _rows(one: ShownAllele, regions: Sequence[str], *, by_region: bool) -> list[list[int]]:
    """What the release tells of an allele: copies and, where genotypes are shown, who is het, homozygous, hemi."""
    if one.level is Level.HIDDEN:
        return []
    rows = [list(one.copies)]
    if one.level is Level.FULL:
        pairs = list(zip(one.copies, one.have, strict=True))
        rows += [[int(pair == kind) for pair in pairs] for kind in ((1, 2), (2, 2), (1, 1))]
    if not by_region:
        return rows
    split = [
        [n * (here == region) for n, here in zip(row, regions, strict=True)]
        for region in sorted(set(regions))
        for row in rows
    ]
    return rows + split
