"""g. and m. names: a place of a contig, and what is done there."""

import re
from typing import Final

from embla.genome import GRCH38, Contig
from embla.reference.ask_words import NOT_COMPARED, is_elsewhere, number, to_int
from embla.reference.edits import apply_edit, known_bases, read_edit
from embla.reference.hgvs_words import is_accession
from embla.reference.resolved import Spelling, Unplaced
from embla.reference.resources import Resources

_GENOMIC: Final = re.compile(rf"{number('start')}(?:_{number('end')})?(?P<edit>.*)")
_BESIDE_GENE: Final = 5_000  # bases up- and downstream of a gene that are still told as its: VEP's default, too


def read_genomic(match: re.Match[str], contig: Contig, beside: str, resources: Resources) -> Spelling:
    """`g.25585733C>T` on a contig of GRCh38; the gene, transcript or contig `beside` it must lie there."""
    if beside and is_elsewhere(contig.name, beside):
        raise Unplaced("names_disagree", f"{beside} is not {contig.name} of GRCh38.")
    what = genomic_span(match["what"])
    start, end = to_int(what["start"]) - 1, to_int(what["end"] or what["start"])
    if not 0 <= start < end or end > contig.length:
        reason = "outside_contig" if start < 0 or end > contig.length else "unreadable"
        raise Unplaced(reason, f"{contig.name} of GRCh38 has bases 1 to {contig.length:,}.")
    if (match["kind"] == "m") != (contig.name == "chrM") and match["kind"] == "m":
        raise Unplaced("unreadable", "m. is for the mitochondrial genome.")
    notes = beside_notes(beside, contig, start, end, resources)
    known_bases(contig.name, start, min(end, start + 5_000), resources.reference)
    if not what["edit"]:
        raise Unplaced("not_a_variant")
    edit = read_edit(what["edit"])
    variant = apply_edit(contig.name, start, end, edit, resources.reference)
    return Spelling(variant, f"hgvs_{match['kind']}", notes=notes)


def genomic_span(what: str) -> re.Match[str]:
    """The parts `start`, `end` (None for one base) and `edit` of what follows `g.`."""
    found = _GENOMIC.fullmatch(what)
    if found is None:
        raise Unplaced("uncertain_position" if re.match(r"[(?]", what) else "unreadable")
    if re.match(r"[_(?]", found["edit"]):
        raise Unplaced("uncertain_position")
    return found


def beside_notes(named: str, contig: Contig, start: int, end: int, resources: Resources) -> tuple[str, ...]:
    """A note where the gene or transcript in `chr21(CSTB):g.` is not loaded; Unplaced where it lies elsewhere."""
    if not named or GRCH38.find(named) is not None:
        return ()
    loaded = resources.transcripts
    if loaded is None:
        return (NOT_COMPARED,)
    model = loaded.find(named) or loaded.find(named.upper())
    models = (model,) if model is not None else loaded.of_gene(named)
    if not models and is_accession(named) and (versions := loaded.versions(named.upper())):
        models = tuple(model for version in versions if (model := loaded.find(version)) is not None)
    if not models:
        return (NOT_COMPARED,)
    far = 0 if contig.name == "chrM" else _BESIDE_GENE  # whose genes lie end to end
    near = (model.start - far < end and start < model.end + far for model in models)
    if not any(model.contig == contig.name and close for model, close in zip(models, near, strict=True)):
        raise Unplaced("names_disagree", f"{models[0].gene or models[0].id} does not lie there.")
    return ()
