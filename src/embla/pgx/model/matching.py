"""Which pairs of named alleles the assessed sites leave possible.

A pair fits when both rows fit every site where the copies are alike, and when every phase block can be turned so that
one row fits one strand and the other the other. Blocks turn freely against each other, so looking at each block on its
own is the same as trying every assignment of the heterozygous sites, and nothing has to be cut short. The plain twin
in tests/pgx/plain.py tries them all.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from embla.pgx.model.definition import Gene
from embla.pgx.model.evidence import OTHER, UNKNOWN, Observed
from embla.pgx.model.naming import order_key

MOST_SCORED: Final = 1024
Pair = tuple[int, ...]  # indexes into gene.alleles: two, or one where there is one copy


@dataclass(frozen=True)
class Fits:
    """`pairs` are all that fit, unordered; `hidden` are rows that no assessed site could show (bits)."""

    gene: Gene
    pairs: tuple[Pair, ...]
    assessed: int  # sites as bits
    hidden: int

    @cached_property
    def alleles(self) -> frozenset[str]:
        """Every allele that is not excluded, by the name that is told."""
        return frozenset(self.gene.alleles[row].core for pair in self.pairs for row in pair)

    @cached_property
    def shown(self) -> tuple[tuple[str, ...], ...]:
        """Pairs of core names that the assessed sites can show, the higher score first, then by allele."""
        points = self.points
        return tuple(sorted(points, key=lambda names: (-points[names], [self._name_key(name) for name in names])))

    @cached_property
    def points(self) -> dict[tuple[str, ...], int]:
        """Score of each shown pair: defined cells at assessed sites. It breaks ties and is no probability."""
        points: dict[tuple[str, ...], int] = {}
        told = [pair for pair in self.pairs if not any(self.hidden >> row & 1 for row in pair)]
        # Where only hidden rows fit (a row admits two bases at a site), they are the candidates.
        for pair in told or self.pairs:
            names = tuple(sorted((self.gene.alleles[row].core for row in pair), key=self._name_key))
            points[names] = max(points.get(names, 0), sum(self._scores[row] for row in pair))
        return points

    @cached_property
    def _scores(self) -> tuple[int, ...]:
        # Genomes of one sort of file have the same sites assessed.
        known = self.gene.scored
        if self.assessed not in known:
            if len(known) >= MOST_SCORED:
                known.clear()
            known[self.assessed] = self._scored()
        return known[self.assessed]

    def _scored(self) -> tuple[int, ...]:
        seen = [at for at in range(len(self.gene.sites)) if self.assessed >> at & 1]
        return tuple(sum(allele.cells[at] is not None for at in seen) for allele in self.gene.alleles)

    def _name_key(self, name: str) -> tuple[int, int, str]:
        return order_key(name, self._orders.get(name, 0))

    @cached_property
    def _orders(self) -> dict[str, int]:
        return {allele.core: allele.order for allele in reversed(self.gene.alleles)}


def fit(gene: Gene, observed: Mapping[int, Observed], copies: int) -> Fits:
    """Every pair (`copies` 2) or allele (1) that the assessed sites leave possible."""
    everyone = (1 << len(gene.alleles)) - 1
    both, assessed = everyone, 0
    blocks: dict[Hashable, list[int]] = {}
    for at, site in observed.items():
        if not site.strands:
            continue
        assessed |= 1 << at
        rows = [everyone if base == UNKNOWN else gene.rows[at].get(base, 0) for base in site.strands[:copies]]
        if len(set(site.strands[:copies])) == 1:
            both &= rows[0]
            continue
        own = site.block if site.block is not None else ("alone", at)
        held = blocks.setdefault(own, [everyone, everyone])
        held[0], held[1] = held[0] & rows[0], held[1] & rows[1]
    return Fits(gene, tuple(_pairs(both, list(blocks.values()), copies)), assessed, _hidden(gene, assessed))


def _pairs(both: int, blocks: list[list[int]], copies: int) -> Iterator[Pair]:
    rows = [row for row in range(both.bit_length()) if both >> row & 1]
    if copies == 1:
        yield from ((row,) for row in rows)
        return
    # Per row, the blocks (as bits) whose first and whose second strand it fits.
    first = {row: sum(1 << n for n, block in enumerate(blocks) if block[0] >> row & 1) for row in rows}
    second = {row: sum(1 << n for n, block in enumerate(blocks) if block[1] >> row & 1) for row in rows}
    whole = (1 << len(blocks)) - 1
    able = [row for row in rows if first[row] | second[row] == whole]
    for n, one in enumerate(able):
        for other in able[n:]:
            if (first[one] & second[other]) | (second[one] & first[other]) == whole:
                yield one, other


def _hidden(gene: Gene, assessed: int) -> int:
    """Rows that no assessed site tells from a reference: they can never be found, and are never excluded either."""
    hidden = 0
    for row, sets in enumerate(gene.telling):
        if any(not apart & assessed for apart in sets):
            hidden |= 1 << row
    return hidden


def unknown_bases(gene: Gene, observed: Mapping[int, Observed]) -> list[int]:
    """Sites where a strand has a base that no row knows."""
    return [
        at
        for at, site in observed.items()
        if any(base == OTHER or (base != UNKNOWN and base not in gene.rows[at]) for base in site.strands)
    ]
