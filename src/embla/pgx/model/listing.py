"""Genes whose variants are listed (DPYD, RYR1, CACNA1S, CFTR): all that is found, and the pair that the lookup uses.

Each strand counts with its lowest-function variant. Where phase is unknown each assignment of the strands gives a pair;
the two lowest-function variants on different strands come first, as the safe assumption.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from typing import Final

from embla.pgx.model.definition import Gene
from embla.pgx.model.evidence import UNKNOWN, Observed
from embla.pgx.model.rules import DPYD_BOTH, HAPB3_EXON, HAPB3_INTRON

_MAX_BLOCKS: Final = 14
Rank = Callable[[str], Decimal]


@dataclass(frozen=True)
class Listed:
    """`pairs` best first; `variants` in the definition's order; `free` heterozygous blocks whose phase is open."""

    pairs: tuple[tuple[str, str], ...]
    variants: tuple[str, ...]
    not_excluded: frozenset[str]
    free: int


def list_variants(
    gene: Gene, observed: Mapping[int, Observed], truly: Mapping[int, Observed], rank: Rank
) -> Listed | None:
    """`observed` may have been settled (HapB3), `truly` is what the file says: it decides what is not excluded.

    None where there are more heterozygous blocks than are enumerated: said, never cut short."""
    same: dict[int, str] = {}
    blocks: dict[Hashable, list[dict[int, str]]] = {}
    for at, site in observed.items():
        if not site.strands or all(base in (gene.reference.cells[at], UNKNOWN) for base in site.strands):
            continue
        if len(set(site.strands)) == 1:
            same[at] = site.strands[0]
        else:
            held = blocks.setdefault(site.block if site.block is not None else ("alone", at), [{}, {}])
            held[0][at], held[1][at] = site.strands
    if len(blocks) > _MAX_BLOCKS:
        return None
    pairs: dict[tuple[str, str], None] = {}
    found: dict[int, bool] = {}  # row -> on both strands in every assignment
    lowest = _lowest(gene, rank)
    for turns in product((0, 1), repeat=max(len(blocks) - 1, 0)):
        one, other = dict(same), dict(same)
        for block, turn in zip(blocks.values(), (0, *turns), strict=False):
            one.update(block[turn])
            other.update(block[1 - turn])
        rows = [_rows_on(gene, strand) for strand in (one, other)]
        for row in rows[0] | rows[1]:
            found[row] = found.get(row, True) and row in rows[0] and row in rows[1]
        names = sorted((lowest(rows[0]), lowest(rows[1])), key=lambda name: _order(gene, name))
        pairs[names[0], names[1]] = None

    def low_first(pair: tuple[str, str]) -> tuple[object, ...]:
        return (
            sorted(rank(name) for name in pair),
            sum(name == gene.reference.name for name in pair),
            -sum(name in DPYD_BOTH for name in pair),
            [_order(gene, name) for name in pair],
        )

    ordered = tuple(sorted(pairs, key=low_first))
    variants = tuple(gene.alleles[row].name + (" (homozygous)" if both else "") for row, both in sorted(found.items()))
    shown = {name for pair in ordered for name in pair} | {gene.alleles[row].name for row in found}
    return Listed(ordered, variants, _open(gene, truly) - shown, len(blocks))


def _rows_on(gene: Gene, strand: Mapping[int, str]) -> set[int]:
    """The most specific rows that a strand holds: a compound row takes the place of its parts."""
    there: dict[int, frozenset[int]] = {}
    for row, allele in enumerate(gene.alleles[1:], 1):
        own = gene.own[row]
        if own and all(strand.get(at) == allele.cells[at] for at in own):
            there[row] = frozenset(own)
    return {row for row, sites in there.items() if not any(sites < more for more in there.values())}


def _lowest(gene: Gene, rank: Rank) -> Callable[[set[int]], str]:
    def lowest(rows: set[int]) -> str:
        names = sorted(
            (gene.alleles[row].name for row in rows), key=lambda n: (rank(n), n not in DPYD_BOTH, _order(gene, n))
        )
        return names[0] if names else gene.reference.name

    return lowest


def _order(gene: Gene, name: str) -> int:
    return next(allele.order for allele in gene.alleles if allele.name == name)


def _open(gene: Gene, observed: Mapping[int, Observed]) -> frozenset[str]:
    """Alleles with an unassessed cell whose assessed cells are all there on some strand."""
    names = set()
    for row, allele in enumerate(gene.alleles[1:], 1):
        own = gene.own[row]
        strands = [observed[at].strands if at in observed else () for at in own]
        unseen = [not bases or UNKNOWN in bases for bases in strands]
        seen = all(gone or allele.cells[at] in bases for at, bases, gone in zip(own, strands, unseen, strict=True))
        if any(unseen) and seen:
            names.add(allele.name)
    return frozenset(names)


def settle_hapb3(gene: Gene, observed: dict[int, Observed]) -> list[str]:
    """DPYD HapB3, changed in place: the intronic variant is causal and is believed; the exonic one stands in for it.

    CPIC (Gammal 2024): c.1236G>A is a proxy. Gives the warnings.
    """
    intron = next(at for at, site in enumerate(gene.sites) if site.rsid == HAPB3_INTRON)
    exon = next(at for at, site in enumerate(gene.sites) if site.rsid == HAPB3_EXON)
    plain, changed = gene.sites[exon].ref, gene.sites[exon].alts[0]
    causal_plain, causal = gene.sites[intron].ref, gene.sites[intron].alts[0]
    inner, outer = observed[intron], observed[exon]
    if not inner.strands:
        if changed not in outer.strands:
            return []
        strands = tuple(causal if base == changed else causal_plain for base in outer.strands)
        block = outer.block if outer.block is not None else "HapB3"
        observed[intron] = replace(inner, strands=strands, block=block)
        observed[exon] = replace(outer, block=block)
        return [f"HapB3 by its exonic proxy {HAPB3_EXON} alone: {HAPB3_INTRON} was not assessed."]
    if not outer.strands or len(inner.strands) != 2 or len(outer.strands) != 2:
        return []
    beside = _beside(inner, outer, causal, changed)
    strands = tuple(
        changed if there and base == causal else plain for base, there in zip(inner.strands, beside, strict=True)
    )
    block = inner.block if inner.block is not None else "HapB3"
    observed[intron] = replace(inner, block=block)
    observed[exon] = replace(outer, strands=strands, block=block)
    if inner.strands.count(causal) == outer.strands.count(changed) == strands.count(changed):
        return []
    return [f"HapB3: {HAPB3_EXON} (exonic) does not agree with {HAPB3_INTRON} (intronic), which is believed."]


def _beside(inner: Observed, outer: Observed, causal: str, changed: str) -> list[bool]:
    """Per strand of the intronic site whether the exonic change lies on it; put beside it where phase is unknown."""
    known = inner.block is not None and inner.block == outer.block
    if known or len(set(outer.strands)) == 1 or not inner.is_het:
        return [base == changed for base in outer.strands]
    return [base == causal for base in inner.strands]
