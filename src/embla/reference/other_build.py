"""Genomic names of GRCh37: by a loaded equivalence, else through the chain.

An equivalence is found by place and change. What else the text states, REF with its neighbours, deleted or doubled
bases or their number, is compared with the bases of GRCh38 there: a name is never read past what it says.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38, Contig, Variant
from embla.reference import ask_plain
from embla.reference.ask_words import to_int
from embla.reference.builds import GRCH37, Lifted
from embla.reference.edits import Edit, Op, apply_edit, check_bases, known_bases, read_edit, reverse_complement
from embla.reference.genomic_names import genomic_span
from embla.reference.resolved import Spelling, Unplaced
from embla.reference.resources import Resources

_SPDI: Final = re.compile(
    r"(?P<contig>NC_\d{6}\.\d{1,3}):(?P<pos>\d{1,10}):(?P<old>[ACGTN]*|\d{1,7}):(?P<new>[ACGTN]*)", re.I
)
_NAME: Final = re.compile(r"(?P<contig>[^:]+):(?P<kind>[gm])\.(?P<what>.+)")


@dataclass(frozen=True, slots=True)
class _Said:
    """A change of bases `start` to `end` of GRCh37 (0-based half-open), and `known` that the text states from `at` on.

    `name` says the change alone; an insertion lies between the two bases of its span. `whole` is the change of all of
    `known` where it is more than that: REF of a VCF to its ALT.
    """

    name: str
    start: int
    end: int
    edit: Edit
    at: int
    known: str
    whole: Edit | None = None


def is_of_37(line: str) -> bool:
    """Whether a text begins with a contig's name that only GRCh37 has."""
    head = re.match(r"[A-Za-z0-9_.]{1,40}", line)
    return bool(head and GRCH37.find(head[0]) and not GRCH38.find(head[0]))


def read_other_build(
    line: str, match: re.Match[str] | None, resources: Resources, again: Callable[[str], Variant]
) -> Spelling:
    """A genomic name of GRCh37; `again` reads one of GRCh38. Unplaced where nothing loaded covers it."""
    if match is not None and match["kind"] not in "gm":
        raise Unplaced("no_equivalence_loaded", "A c. name has no build; give it without one.")
    contig = GRCH37.find(re.split(r"[:\-\s(]", line)[0])
    if contig is None:
        raise Unplaced("unknown_contig")
    said = _said(line, contig) if match is None else None
    name = said.name if said else f"{contig.accession}:{match['kind']}.{match['what']}" if match else ""
    equal = resources.equivalences.of(name) if resources.equivalences else ()
    if not equal and resources.chain is None:
        raise Unplaced("no_equivalence_loaded")
    said = said or _said_in_hgvs(name)
    if equal:
        for other in equal:
            _compare(said, other, resources)
        found = tuple(sorted({again(other) for other in equal}, key=Variant.sort_key))
        if len(found) > 1:
            raise Unplaced("several_alleles", candidates=found)
        return Spelling(found[0], "equivalence", notes=(f"{name} is {', '.join(equal)} by a loaded equivalence.",))
    return _through_chain(said, contig, resources)


def _through_chain(said: _Said, contig: Contig, resources: Resources) -> Spelling:
    assert resources.chain is not None
    start, end, edit, name = said.start, said.end, said.edit, said.name
    if said.whole is not None:
        start, end, edit = said.at, said.at + len(said.known), said.whole
    if not 0 <= start < end <= contig.length:
        raise Unplaced("outside_contig", f"{contig.name} of GRCh37 has bases 1 to {contig.length:,}.")
    places = resources.chain.lift(contig.name, start, end)
    told = (f"{name} was lifted over to GRCh38 through the loaded chain.",)
    if len(places) == 1:
        return Spelling(_lifted(places[0], edit, resources), "chain", notes=told)
    found = set()
    for place in places:
        # A place whose bases do not fit is no candidate, but that another fits does not decide between them.
        with suppress(Unplaced):
            found.add(_lifted(place, edit, resources))
    raise Unplaced(
        "several_alleles",
        f"The chain gives {name} {len(places)} places in GRCh38.",
        candidates=tuple(sorted(found, key=Variant.sort_key)),
    )


def _lifted(place: Lifted, edit: Edit, resources: Resources) -> Variant:
    turned = edit if place.strand > 0 else edit.flipped()
    return apply_edit(place.contig, place.start, place.end, turned, resources.reference)


def _compare(said: _Said, other: str, resources: Resources) -> None:
    """Unplaced where the bases that the text states are not those of GRCh38 at the equivalent place."""
    if not said.known:
        return
    name = _NAME.fullmatch(other)
    contig = GRCH38.find(name["contig"]) if name else None
    if name is None or contig is None:
        raise Unplaced("names_disagree", "The bases that the text states cannot be compared with GRCh38.")
    what = genomic_span(name["what"])
    start, end = to_int(what["start"]) - 1, to_int(what["end"] or what["start"])
    edit = read_edit(what["edit"])
    if edit.op != said.edit.op or end - start != said.end - said.start:
        raise Unplaced("names_disagree", "The bases that the text states cannot be compared with GRCh38.")
    low = said.at - said.start
    high, there = low + len(said.known), said.known
    # Only new bases tell that the builds read opposite strands here; without, they read the same one.
    if edit.new != said.edit.new and edit.new == reverse_complement(said.edit.new):
        low, high, there = end - high, end - low, reverse_complement(said.known)
    else:
        low, high = start + low, start + high
    bases = known_bases(contig.name, low, high, resources.reference)
    check_bases(contig.name, low, bases, there)


def _said_in_hgvs(name: str) -> _Said:
    parts = _NAME.fullmatch(name)
    assert parts is not None
    what = genomic_span(parts["what"])
    start, end = to_int(what["start"]) - 1, to_int(what["end"] or what["start"])
    if not what["edit"]:
        raise Unplaced("not_a_variant")
    edit = read_edit(what["edit"])
    if edit.count and edit.count != end - start:
        raise Unplaced("unreadable", f"The positions span {end - start:,} bases, and {edit.count:,} are named.")
    known = edit.stated if edit.op in ("del", "dup", "inv", "delins", "sub") else ""
    return _Said(name, start, end, edit, start, known)


def _said(line: str, contig: Contig) -> _Said:
    """VCF or SPDI."""
    at, ref, alt = _plain(line)
    start, old, new = at, ref, alt
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    while old and new and old[0] == new[0]:
        start, old, new = start + 1, old[1:], new[1:]
    if old == new:
        raise Unplaced("reference_allele")
    whole = Edit("delins", ref, alt, len(ref)) if ref else None
    if not old:
        name = f"{contig.accession}:g.{start}_{start + 1}ins{new}"
        return _Said(name, start - 1, start + 1, Edit("ins", new=new), at, ref, whole)
    where = f"{start + 1}" if len(old) == 1 else f"{start + 1}_{start + len(old)}"
    op: Op = "del" if not new else "sub" if len(old) == len(new) == 1 else "delins"
    change = {"del": "del", "sub": f"{old}>{new}", "delins": f"delins{new}"}[op]
    return _Said(
        f"{contig.accession}:g.{where}{change}", start, start + len(old), Edit(op, old, new, len(old)), at, ref, whole
    )


def _plain(line: str) -> tuple[int, str, str]:
    """0-based start, REF and ALT as written."""
    spdi = _SPDI.fullmatch(line)
    if spdi:
        if spdi["old"].isdigit():
            raise Unplaced("unsupported", "Spell out the deleted bases.")
        return int(spdi["pos"]), spdi["old"].upper(), spdi["new"].upper()
    head = re.match(r"[A-Za-z0-9_.]{1,40}", line)
    contig = GRCH37.find(head[0]) if head else None
    if head and contig:
        line = contig.name + line[head.end() :]
    try:
        asked = ask_plain.read_vcf_line(line, None) or ask_plain.read_variant(line, None)
    except BadInput as error:
        if error.facts.get("choices"):  # of GRCh37: they are no alleles of this database
            raise Unplaced("several_alleles", error.message) from error
        raise
    if asked is None or asked.is_symbolic:
        raise Unplaced("symbolic" if asked else "unreadable")
    return asked.pos - 1, asked.ref, asked.alt
