"""The slow plain twin of the matcher: every assignment of the strands, every pair of rows, cell by cell."""

from collections.abc import Hashable, Mapping
from itertools import combinations_with_replacement, product

from embla.pgx.model.definition import Gene, bases
from embla.pgx.model.evidence import Observed


def pairs_that_fit(gene: Gene, observed: Mapping[int, Observed]) -> set[tuple[int, int]]:
    seen = {at: site for at, site in observed.items() if site.strands}
    blocks: list[Hashable] = sorted(
        {site.block if site.block is not None else at for at, site in seen.items() if site.is_het}, key=repr
    )
    fit = set()
    for turns in product((0, 1), repeat=len(blocks)):
        turned = dict(zip(blocks, turns, strict=True))
        one, other = {}, {}
        for at, site in seen.items():
            turn = turned.get(site.block if site.block is not None else at, 0) if site.is_het else 0
            one[at], other[at] = site.strands[turn], site.strands[1 - turn]
        for a, b in combinations_with_replacement(range(len(gene.alleles)), 2):
            if (carries(gene, a, one) and carries(gene, b, other)) or (
                carries(gene, b, one) and carries(gene, a, other)
            ):
                fit.add((a, b))
    return fit


def carries(gene: Gene, row: int, strand: Mapping[int, str]) -> bool:
    for at, base in strand.items():
        cell = gene.alleles[row].cells[at] or gene.alleles[0].cells[at]
        assert cell is not None
        if base != "*" and base not in bases(cell):
            return False
    return True
