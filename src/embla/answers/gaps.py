"""Genes of a panel that the answered genome does not cover well enough: an empty answer means less there."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from embla.classification import check_test
from embla.errors import BadInput
from embla.genome import Region
from embla.policy import Decision
from embla.registry import called_shares_of

if TYPE_CHECKING:
    from embla.classification import Entry, PanelVersion
    from embla.platform import House
    from embla.reference import Gene, Genes


def gaps_of(house: "House", genome: str, decision: Decision, version: "PanelVersion") -> tuple[str, ...]:
    """Symbols of minimum and recommended genes with less than 95 per cent of their coding bases called.

    Of a genome whose files do not say what was called, and of genes that the home's table lacks, nothing can be told:
    none is named.
    """
    genes = house.genes
    if genes is None:
        return ()
    asked = version.genes("minimum", "recommended").values()
    coding = {one.symbol: regions for one in asked if (regions := _coding(genes, one))}
    shares = called_shares_of(house, genome, decision, coding)
    if shares is None:
        return ()
    return check_test(version, shares, {symbol: 100 * share for symbol, share in shares.items()}).thin


def _coding(genes: "Genes", entry: "Entry") -> list[Region]:
    """The coding bases of the panel's transcript, else of the gene's main one."""
    gene = _gene(genes, (entry.hgnc, entry.symbol))
    if gene is None:
        return []
    named = entry.transcript.partition(".")[0]
    chosen = next(
        (one for one in gene.transcripts if named and one.id.partition(".")[0] == named), gene.main_transcript
    )
    return [Region(gene.contig, start, end) for start, end in chosen.cds] if chosen else []


def _gene(genes: "Genes", names: Iterable[str]) -> "Gene | None":
    for name in names:
        try:
            if (found := genes.by_name(name)) is not None:
                return found
        except BadInput:
            return None  # several genes go by it
    return None
