"""Lists of classified variants, looked through: by gene, by any name of a variant, in words, by class and laboratory.

What was typed is read once into a `Sought`: a gene or a region is where it lies, a variant is its allele, and anything
else is looked for in what laboratories wrote. A list says which of these it took the text for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from embla.classification import store
from embla.classification.naming import Named, name_allele
from embla.classification.service import SHARED, covered_for
from embla.classification.store import Shown, Sought
from embla.errors import BadInput
from embla.genome import Region, Variant
from embla.policy import Action, permit
from embla.reference import parse, refuse_personal_number, resolve

if TYPE_CHECKING:
    from embla.platform import Actor, House, Page
    from embla.reference import AlleleNames, Genes

MOST_TYPED: Final = 300


@dataclass(frozen=True)
class Called:
    """What people call an allele. `gene`: symbols of the genes there; `c`, `p` on `transcript`: MANE Select where it
    names the allele, else the first that does. "" where nothing is loaded that says."""

    gene: str = ""
    transcript: str = ""
    c: str = ""
    p: str = ""


def sought(house: "House", text: str, class_: str = "", laboratory: str = "") -> Sought:
    """What a text and two choices come to. BadInput for a personal number, and for a text that is too long."""
    text = " ".join(text.split())
    refuse_personal_number(text)
    if len(text) > MOST_TYPED:
        raise BadInput(f"The text is longer than {MOST_TYPED} letters.", mend="Look for a shorter part of it.")
    plain = Sought(class_=class_, laboratory=laboratory)
    if not text:
        return plain
    genes = house.genes.find(text) if house.genes is not None else ()
    if genes:
        spans = tuple((gene.contig, gene.start, gene.end) for gene in genes)
        return replace(plain, kind="gene", said=", ".join(sorted({gene.symbol for gene in genes})), spans=spans)
    named = name_allele(text, house.names)
    if isinstance(named, Named):
        return replace(plain, kind="variant", said=str(named.variant), allele=str(named.variant))
    region = _region(house, text)
    if region is not None:
        spans = ((region.contig, region.start, region.end),)
        return replace(plain, kind="region", said=str(region), spans=spans)
    return replace(plain, kind="words", said=text, words=text)


def own_page(
    house: "House", actor: "Actor", laboratory: str, *, drafts: bool = False, wanted: Sought | None = None,
    cursor: str | None = None, limit: int = 50,
) -> "Page[Shown]":  # fmt: skip
    """A laboratory's own records, newest first, with their newest version. A class is never looked for among drafts
    that this reader has yet to conclude about blind: being found would tell it."""
    permit(house.database, actor, Action.CLASSIFY, purpose="care", clock=house.clock, laboratory=laboratory)
    with house.database.reading() as connection:
        found = store.page_of(
            connection, laboratory, drafts=drafts, wanted=wanted, reader=actor.id, cursor=cursor, limit=limit
        )
        shown = tuple(covered_for(connection, one, actor) for one in found.items)
    return replace(found, items=shown)


def shared_page(
    house: "House", actor: "Actor", wanted: Sought, *, cursor: str | None = None, limit: int = 50
) -> "Page[Shown]":
    """What laboratories share and stands, newest first."""
    permit(house.database, actor, Action.SEE_CLASSIFICATIONS, purpose="care", clock=house.clock)
    with house.database.reading() as connection:
        return store.shared_page(connection, SHARED, wanted, cursor=cursor, limit=limit)


def named_as(house: "House", alleles: Sequence[str]) -> dict[str, Called]:
    """What people call each allele; some milliseconds for a page of them."""
    told = {}
    for name in dict.fromkeys(alleles):
        contig, pos, ref, alt = name.rsplit("-", 3)
        variant = Variant(contig, int(pos), ref, alt)
        names = resolve(name, house.names).names
        told[name] = _called(variant, names, house.genes)
    return told


def _called(variant: Variant, names: "AlleleNames | None", genes: "Genes | None") -> Called:
    start = variant.pos - 1
    there = genes.overlapping(Region(variant.contig, start, start + len(variant.ref))) if genes is not None else ()
    symbols = ", ".join(dict.fromkeys(gene.symbol for gene in there))
    coding = {name: one for name, one in (names.transcripts if names else {}).items() if one.c}
    if not coding:
        return Called(symbols)
    best = [name for gene in there for one in gene.transcripts if one.is_mane_select for name in coding
            if name.rsplit(".", 1)[0] == one.id.rsplit(".", 1)[0]]  # fmt: skip
    name = best[0] if best else min(coding)
    return Called(symbols, name, coding[name].c or "", coding[name].p or "")


def _region(house: "House", text: str) -> Region | None:
    try:
        found = parse(text, house.reference)
    except BadInput:
        return None
    return found if isinstance(found, Region) else None
