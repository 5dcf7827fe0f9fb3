"""What a release shows of the alleles that a gene's results are made of, for tables of medicines to be held against."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select

from embla.disclosure import Level
from embla.errors import BadInput, NotFound, Refused
from embla.frequency import open_answer
from embla.genome import Variant
from embla.pgx import tables
from embla.pgx.model.beside import ShownAllele, copies_at
from embla.pgx.model.definition import Gene

if TYPE_CHECKING:
    from embla.genotypes import Count
    from embla.platform import House

# Of a person whose diplotype is not kept nothing is known; two copies of the reference, as most have.
_COPIES: Final = 2
Diplotype = tuple[str, ...]


def diplotypes_of(connection: Connection, standing: Mapping[str, int]) -> dict[str, dict[int, Diplotype]]:
    """Gene -> person -> the names of the alleles, the first of what fits: all that fit have the same copies."""
    found: dict[str, dict[int, Diplotype]] = {}
    query = select(tables.results.c.genome, tables.results.c.gene, tables.results.c.told)
    for row in connection.execute(query):
        if row.genome in standing:
            pairs = json.loads(row.told).get("diplotypes") or [""]
            found.setdefault(row.gene, {})[standing[row.genome]] = tuple(name for name in pairs[0].split("/") if name)
    return found


class Shown:
    """A release's alleles, each looked up once."""

    def __init__(self, house: "House", release: str) -> None:
        self.house, self.release = house, release
        self._levels: dict[Variant, Level] = {}

    def alleles(self, gene: Gene, people: "list[int]", diplotypes: Mapping[int, Diplotype]) -> list[ShownAllele]:
        """Every alternate of a gene's positions that somebody of the people has."""
        own = [copies_at(gene, diplotypes.get(person, ())) for person in people]
        have = [len(diplotypes.get(person, ())) or _COPIES for person in people]
        found = []
        for at, number in sorted({key for one in own for key in one}):
            site = gene.sites[at]
            variant = Variant(gene.contig, site.pos, site.ref, site.alts[number])
            copies = [one.get((at, number), 0) for one in own]
            found.append(ShownAllele(self._level(variant), copies, have))
        return found

    def _level(self, variant: Variant) -> Level:
        if variant not in self._levels:
            try:
                answer = open_answer(self.house, variant, self.release)
            except (BadInput, NotFound, Refused):
                # What no door answers is not shown.
                self._levels[variant] = Level.HIDDEN
            else:
                # Where fewer than a few are related, the release has no table of the unrelated: everybody is as good.
                self._levels[variant] = _level_of(answer.unrelated or answer.headline)
        return self._levels[variant]


def _level_of(count: "Count") -> Level:
    if count.ac is None:
        return Level.HIDDEN
    return Level.ALLELES if count.nhet is None else Level.FULL


def has_unrelated(info: Any) -> bool:
    """Has a release a table of the unrelated, whose alleles by region are then nobody's to know?"""
    return bool(info.people_by.get("relatedness"))
