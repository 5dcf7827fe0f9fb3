"""Research only: a strand that no known allele is, told as several alleles at once, or as one with more changes.

`[*6 + *14]` is two alleles on one strand, `[*17 + g.94781859G>A]` one with a change that it does not have. Asked only
where no pair of alleles fits; no change is counted twice; nothing told here has a phenotype or advice (the function of
such a strand is not known). A duplication in cis, `*36+*10`, is another thing and written without brackets.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from embla.pgx.model.definition import Allele, Gene, bases
from embla.pgx.model.evidence import OTHER, UNKNOWN, Observed
from embla.pgx.model.naming import order_key

MOST_BLOCKS: Final = 10  # heterozygous blocks of unknown phase: 512 ways to turn them
MOST_CHANGES: Final = 12  # changes on one strand
MOST_TOLD: Final = 20
Strand = dict[int, str]


@dataclass(frozen=True)
class _Told:
    """One strand in words. Fewer changes left over are better, then fewer alleles, then the name."""

    left: int
    alleles: int
    text: str

    @property
    def key(self) -> tuple[int, int, tuple[int, int, str]]:
        return self.left, self.alleles, order_key(self.text, 0)


def combinations(gene: Gene, observed: Mapping[int, Observed], copies: int) -> tuple[str, ...] | None:
    """Diplotypes with combinations, the plainest first, at most 20; None where there are too many ways to try.

    `observed` has the sites of a gene of which no pair of alleles fits; `copies` is 1 or 2.
    """
    seen = {at: site.strands[:copies] for at, site in observed.items() if site.strands}
    if any(OTHER in strands or UNKNOWN in strands or len(strands) < copies for strands in seen.values()):
        return ()
    het = [at for at, strands in seen.items() if len(set(strands)) > 1]
    blocks: dict[Hashable, list[int]] = {}
    for at in het:
        block = observed[at].block
        blocks.setdefault(block if block is not None else ("alone", at), []).append(at)
    if len(blocks) > MOST_BLOCKS:
        return None
    best: dict[str, tuple[int, int]] = {}
    known: dict[tuple[str, ...], _Told | None] = {}
    for strands in _turned(seen, list(blocks.values()), copies):
        told = []
        for strand in strands:
            key = tuple(strand[at] for at in sorted(strand))
            if key not in known:
                known[key] = _tell(gene, strand)
            one = known[key]
            if one is None:
                return None
            told.append(one)
        told.sort(key=lambda one: order_key(one.text.lstrip("["), 0))
        text = "/".join(one.text for one in told)
        rank = (sum(one.left for one in told), sum(one.alleles for one in told))
        best[text] = min(rank, best.get(text, rank))
    return tuple(sorted(best, key=lambda text: (best[text], text)))[:MOST_TOLD]


def _turned(seen: Mapping[int, tuple[str, ...]], blocks: list[list[int]], copies: int) -> Iterator[list[Strand]]:
    """Every way to turn the blocks against each other; the first stays, as both strands turned are the same pair."""
    for turns in product((0, 1), repeat=max(len(blocks) - 1, 0)):
        turn = {at: way for block, way in zip(blocks, (0, *turns), strict=False) for at in block}
        yield [{at: strands[n ^ turn.get(at, 0)] for at, strands in seen.items()} for n in range(copies)]


def _tell(gene: Gene, strand: Strand) -> _Told | None:
    """The plainest way to tell one strand; None where it has more changes than are tried."""
    rows = ~0
    for at, base in strand.items():
        rows &= gene.rows[at].get(base, 0)
    whole = [row for bit, row in enumerate(gene.alleles) if rows >> bit & 1]
    if whole:
        shown = max(whole, key=lambda row: (sum(row.cells[at] is not None for at in strand), -row.order))
        return _Told(0, 1, shown.core)
    told = []
    for ground in (row for row in gene.alleles if row.score == len(gene.sites)):
        changed = frozenset(at for at, base in strand.items() if base not in bases(ground.cells[at] or ""))
        if len(changed) > MOST_CHANGES:
            continue
        able = [(row, own) for row in gene.alleles if (own := _own(row, ground, strand))]
        for parts, left in _covers(changed, able):
            # A cell of an IUPAC letter admits a change without asking for it: it is explained, too.
            rest = tuple(at for at in left if all(row.cells[at] is None for row in parts))
            told.append(_written(gene, ground, strand, parts, rest))
    return min(told, key=lambda one: one.key) if told else None


def _own(row: Allele, ground: Allele, strand: Strand) -> frozenset[int]:
    """The sites that make a row another than the ground, where the strand has all of what the row defines."""
    own = set()
    for at, cell in enumerate(row.cells):
        if cell is None:
            continue
        if strand.get(at) not in bases(cell):
            return frozenset()
        if not set(bases(ground.cells[at] or "")) <= set(bases(cell)):
            own.add(at)
    return frozenset(own)


def _covers(
    changed: frozenset[int], rows: list[tuple[Allele, frozenset[int]]]
) -> Iterator[tuple[tuple[Allele, ...], tuple[int, ...]]]:
    """Every choice of rows with no change in common, and the changes that are left."""
    if not changed:
        yield (), ()
        return
    first = min(changed)
    for row, own in rows:
        if first in own and own <= changed:
            for parts, left in _covers(changed - own, rows):
                yield (row, *parts), left
    for parts, left in _covers(changed - {first}, rows):
        yield parts, (first, *left)


def _written(gene: Gene, ground: Allele, strand: Strand, parts: tuple[Allele, ...], left: tuple[int, ...]) -> _Told:
    names = sorted({row.core for row in parts or (ground,)}, key=lambda name: order_key(name, 0))
    more = [_change(gene, at, ground.cells[at] or "", strand[at]) for at in left]
    return _Told(len(left), len(parts), f"[{' + '.join((*names, *more))}]")


def _change(gene: Gene, at: int, before: str, after: str) -> str:
    site = gene.sites[at]
    names = [name.strip() for name in site.hgvs.split(";")]
    if after in site.alts and len(names) == len(site.alts):
        return names[site.alts.index(after)]
    return f"g.{site.pos}{before}>{after}"
