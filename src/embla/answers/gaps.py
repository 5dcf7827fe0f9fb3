"""Genes of a panel of which an empty answer says less: not covered well enough, or not known how well."""

from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Gaps:
    """Symbols of minimum and recommended genes. `thin`: less than 95 per cent of their coding bases called.
    `unmeasured`: nothing can be told, as the home's table lacks the gene or its coding bases, the karyotype is unknown
    and decides how many copies there are (X, Y), or the genome's files do not say what was called."""

    thin: tuple[str, ...]
    unmeasured: tuple[str, ...]


def gaps_of(house: "House", genome: str, decision: Decision, version: "PanelVersion") -> Gaps:
    """What one genome leaves open of a panel. A gene on a contig that the karyotype does not have is neither."""
    asked = version.genes("minimum", "recommended").values()
    genes = house.genes
    coding = {one.symbol: regions for one in asked if genes is not None and (regions := _coding(genes, one))}
    shares = called_shares_of(house, genome, decision, coding) if coding else {}
    if shares is None:
        return Gaps((), tuple(one.symbol for one in asked))
    known = {symbol: 100 * share for symbol, share in shares.items() if share is not None}
    open_ = [one.symbol for one in asked if one.symbol not in coding or shares.get(one.symbol, 0.0) is None]
    return Gaps(check_test(version, known, known).thin, tuple(open_))


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
