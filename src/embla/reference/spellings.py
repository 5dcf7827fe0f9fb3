"""Readers of every spelling: of which transcript, gene, protein, build or table a text speaks, and what it says."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from embla.genome import GRCH38, Variant
from embla.reference import ask_plain
from embla.reference.ask import parse
from embla.reference.ask_words import is_elsewhere, number, split_build, to_int
from embla.reference.builds import GRCH37, Lifted
from embla.reference.edits import Edit, apply_edit, known_bases, read_edit
from embla.reference.hgvs_words import is_accession
from embla.reference.proteins import read_protein
from embla.reference.resolved import Unplaced
from embla.reference.resources import Resources
from embla.reference.transcripts import TranscriptModel

_HGVS: Final = re.compile(
    r"(?P<of>[A-Za-z0-9][A-Za-z0-9_.-]{0,39})?(?:\((?P<beside>[A-Za-z0-9_.-]{1,40})\))?(?:\s?[:,]\s?|\s|^)"
    r"(?P<kind>[cgmnpr])\.\s?(?P<what>.+)"
)
_GENOMIC: Final = re.compile(rf"{number('start')}(?:_{number('end')})?(?P<edit>.*)")
_SPAN: Final = re.compile(
    r"(?P<start>[-*]?\d{1,7}(?:[+-]\d{1,7})?)(?:_(?P<end>[-*]?\d{1,7}(?:[+-]\d{1,7})?))?(?P<edit>.*)"
)
_TRANSCRIPT: Final = re.compile(r"[NX][MR]_|ENST", re.IGNORECASE)
_MOST_NAMED: Final = 5  # transcripts of a gene, where the one asked for is not loaded
_SPDI37: Final = re.compile(
    r"(?P<contig>NC_\d{6}\.\d{1,3}):(?P<pos>\d{1,10}):(?P<old>[ACGTN]*|\d{1,7}):(?P<new>[ACGTN]*)", re.I
)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A text that came to an allele: how it was read, on which transcripts, and sentences about it."""

    variant: Variant
    method: str
    transcripts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_spelling(line: str, resources: Resources) -> Spelling:
    """Read a cleaned line. Raises Unplaced, or BadInput with a reason of `parse`."""
    if re.fullmatch(r"rs\d{1,12}", line, re.IGNORECASE):
        return _rs_number(line.lower(), resources)
    build, rest = split_build(line)
    match = _HGVS.fullmatch(rest)
    if build == GRCH37.name or (match is None and _of_37(rest)):
        return _of_other_build(rest, match, resources)
    if build not in (None, GRCH38.name):
        raise Unplaced("no_equivalence_loaded", f"This is a position of {build}, and the database is GRCh38.")
    if match is not None:
        kind = match["kind"]
        if kind in "gm":
            return _genomic(rest, match, resources)
        if kind == "r":
            raise Unplaced("unsupported", "Names of RNA (r.) are not read; give the c. or g. name.")
        if kind == "p":
            return _protein(match, resources)
        return _transcript(match, resources)
    return _plain(line, resources)


def _plain(line: str, resources: Resources) -> Spelling:
    """VCF and SPDI, read by `parse`."""
    asked = parse(line, resources.reference)
    if not isinstance(asked, Variant):
        raise Unplaced("not_a_variant")
    if asked.is_symbolic:
        raise Unplaced("symbolic")
    known_bases(asked.contig, asked.pos - 1, asked.pos - 1 + len(asked.ref), resources.reference)
    if "N" in asked.alt:
        raise Unplaced("unsupported", "The new bases are not all known.")
    spdi = any("SPDI" in note for note in asked.notes)
    return Spelling(replace(asked, notes=()), "spdi" if spdi else "vcf", notes=asked.notes)


def _genomic(line: str, match: re.Match[str], resources: Resources) -> Spelling:
    """g. and m. names."""
    of = match["of"]
    if of is not None and match["kind"] == "m" and of.upper().startswith("MT-"):
        of = None  # the symbols of the mitochondrial genes: MT-TL1 m.3243A>G
    if of is None and match["kind"] == "g":
        raise Unplaced("unreadable", "A g. name needs its chromosome: NC_000021.9:g.25585733C>T.")
    contig = GRCH38.find(of or "chrM")
    if contig is None:
        if _of_37(line):
            return _of_other_build(line, match, resources)
        if re.fullmatch(r"NC_0000(0[1-9]|1\d|2[0-4])\.\d+", of, re.IGNORECASE):
            raise Unplaced("no_equivalence_loaded", f"{of} is of a build other than GRCh38.")
        raise Unplaced("unknown_contig")
    if match["beside"] and is_elsewhere(contig.name, match["beside"]):
        raise Unplaced("names_disagree", f"{match['beside']} is not {contig.name} of GRCh38.")
    what = _genomic_span(match["what"])
    start, end = to_int(what["start"]) - 1, to_int(what["end"] or what["start"])
    if not 0 <= start < end or end > contig.length:
        reason = "outside_contig" if start < 0 or end > contig.length else "unreadable"
        raise Unplaced(reason, f"{contig.name} of GRCh38 has bases 1 to {contig.length:,}.")
    if (match["kind"] == "m") != (contig.name == "chrM") and match["kind"] == "m":
        raise Unplaced("unreadable", "m. is for the mitochondrial genome.")
    known_bases(contig.name, start, min(end, start + 5_000), resources.reference)
    if not what["edit"]:
        raise Unplaced("not_a_variant")
    edit = read_edit(what["edit"])
    return Spelling(apply_edit(contig.name, start, end, edit, resources.reference), f"hgvs_{match['kind']}")


def _genomic_span(what: str) -> re.Match[str]:
    found = _GENOMIC.fullmatch(what)
    if found is None:
        raise Unplaced("uncertain_position" if re.match(r"[(?]", what) else "unreadable")
    if re.match(r"[_(?]", found["edit"]):
        raise Unplaced("uncertain_position")
    return found


def _transcript(match: re.Match[str], resources: Resources) -> Spelling:
    """c. and n. names of a transcript, or of a gene."""
    models, method, notes = models_of(match["of"] or "", match["beside"] or "", resources)
    placed: dict[Variant, list[str]] = {}
    refused: list[Unplaced] = []
    for model in models:
        try:
            variant = on_transcript(model, match["kind"], match["what"], resources)
            placed.setdefault(variant, []).append(model.id)
        except Unplaced as error:
            refused.append(error)
    if len(placed) == 1:
        variant, names = next(iter(placed.items()))
        return Spelling(variant, f"{method}_{match['kind']}", tuple(names), notes)
    if placed:
        raise Unplaced(
            "several_alleles",
            "The transcripts of this gene give different alleles; name the transcript and its version.",
            candidates=tuple(sorted(placed, key=Variant.sort_key)),
        )
    raise next((error for error in refused if error.reason == "reference_mismatch"), None) or next(
        (error for error in refused if error.reason != "not_coding"), refused[0]
    )


def on_transcript(model: TranscriptModel, kind: str, what: str, resources: Resources) -> Variant:
    """The allele that `76A>C` and the like names on one transcript."""
    span = _SPAN.fullmatch(what)
    if span is None or re.match(r"[_(?]", span["edit"]):
        raise Unplaced(
            "uncertain_position"
            if re.match(r"[(?]", what) or "?" in what
            else "unsupported"
            if "[" in what
            else "unreadable"
        )
    if not span["edit"]:
        raise Unplaced("not_a_variant")
    edit = read_edit(span["edit"])
    first = model.genomic(span["start"], kind)
    last = model.genomic(span["end"], kind) if span["end"] else first
    low, high = (first, last) if model.strand > 0 else (last, first)
    if low > high:
        raise Unplaced("unreadable", "The positions run backwards.")
    if model.gap_near(low, high + 1):
        raise Unplaced("alignment_gap")
    return apply_edit(model.contig, low, high + 1, edit if model.strand > 0 else edit.flipped(), resources.reference)


def models_of(of: str, beside: str, resources: Resources) -> tuple[tuple[TranscriptModel, ...], str, tuple[str, ...]]:
    """The transcripts that `of(beside):c.` speaks of, how they were found, and notes. Unplaced when none is loaded."""
    loaded = resources.transcripts
    if of and GRCH37.find(of) and not GRCH38.find(of):
        raise Unplaced("no_equivalence_loaded", "The transcript is placed on GRCh37.")
    contig = GRCH38.find(of)
    if contig and beside:  # NC_000021.9(NM_000100.3):c.67-1G>C
        models, method, notes = models_of(beside, "", resources)
        there = tuple(model for model in models if model.contig == contig.name)
        if not there:
            raise Unplaced("names_disagree", f"{beside} does not lie on {contig.name}.")
        return there, method, notes
    if not of:
        raise Unplaced("transcript_missing")
    if loaded is None:
        raise Unplaced("transcript_not_loaded", "No transcripts are loaded.")
    model = loaded.find(of) or loaded.find(of.upper())
    if model is not None:
        if beside and beside.upper() != model.gene.upper() and loaded.of_gene(beside):
            raise Unplaced("names_disagree", f"{model.id} is a transcript of {model.gene}, not of {beside}.")
        if _TRANSCRIPT.match(beside) and beside.upper() != model.id.upper():
            raise Unplaced("names_disagree", f"{model.id} and {beside} are two transcripts.")
        known = not beside or beside.upper() == model.gene.upper()
        note = f"The gene beside it was not compared: {model.id} is loaded as {model.gene}."
        return (model,), "hgvs", () if known else (note,)
    genes = loaded.of_gene(of)
    if genes and beside and beside.upper() != of.upper():  # CSTB(NM_000100.3):c.67-1G>C
        if loaded.of_gene(beside):
            raise Unplaced("names_disagree", f"{of} and {beside} are two genes.")
        return models_of(beside, of, resources)
    if genes:
        return genes, "gene", ()
    if not is_accession(of):
        raise Unplaced("gene_not_loaded")
    versions = loaded.versions(of.upper())
    if versions and "." not in of:
        raise Unplaced("version_missing", f"Loaded: {', '.join(versions)}.")
    others = versions or tuple(other.id for other in loaded.of_gene(beside))[:_MOST_NAMED]
    raise Unplaced("transcript_not_loaded", f"Loaded: {', '.join(others)}." if others else "")


def _protein(match: re.Match[str], resources: Resources) -> Spelling:
    """p. names: every codon that gives the amino acid is a candidate."""
    of, loaded = match["of"] or "", resources.transcripts
    if loaded is None:
        raise Unplaced("transcript_not_loaded", "No transcripts are loaded.")
    models = loaded.of_protein(of) or loaded.of_protein(of.upper())
    if not models and re.match(r"(?:[NX]P_|ENSP)", of, re.IGNORECASE):
        raise Unplaced("protein_not_loaded")
    if not models:
        models = models_of(of, match["beside"] or "", resources)[0]
    return Spelling(read_protein(match["what"], models, resources.reference), "hgvs_p", tuple(m.id for m in models))


def _rs_number(name: str, resources: Resources) -> Spelling:
    if resources.rs_numbers is None:
        raise Unplaced("no_rsid_table")
    alleles = resources.rs_numbers.alleles.get(name)
    if not alleles:
        raise Unplaced("rsid_not_loaded")
    found = {_settled(allele, resources) for allele in alleles}
    return Spelling(_only(found), "rsid")


def _settled(allele: Variant, resources: Resources) -> Variant:
    asked = parse(str(allele), resources.reference)
    if not isinstance(asked, Variant) or asked.is_symbolic:
        raise Unplaced("symbolic")
    return replace(asked, notes=())


def _only(found: Iterable[Variant]) -> Variant:
    several = tuple(sorted(found, key=Variant.sort_key))
    if len(several) > 1:
        raise Unplaced("several_alleles", candidates=several)
    return several[0]


def _of_37(line: str) -> bool:
    head = re.match(r"[A-Za-z0-9_.]{1,40}", line)
    return bool(head and GRCH37.find(head[0]) and not GRCH38.find(head[0]))


def _of_other_build(line: str, match: re.Match[str] | None, resources: Resources) -> Spelling:
    """A genomic name of GRCh37: by equivalence, else through the chain."""
    if match is not None and match["kind"] not in "gm":
        raise Unplaced("no_equivalence_loaded", "A c. name has no build; give it without one.")
    name = line
    contig = GRCH37.find(re.split(r"[:\-\s(]", line)[0])
    if contig is None:
        raise Unplaced("unknown_contig")
    if match is not None:
        name = f"{contig.accession}:{match['kind']}.{match['what']}"
    else:
        start, old, new = _plain_37(line)
        name = _name_37(contig.accession, start, old, new)
    equal = resources.equivalences.of(name) if resources.equivalences else ()
    if equal:
        found = {read_spelling(other, resources).variant for other in equal}
        return Spelling(_only(found), "equivalence", notes=(f"{name} is {', '.join(equal)} by a loaded equivalence.",))
    if resources.chain is None:
        raise Unplaced("no_equivalence_loaded")
    if match is not None:
        what = _genomic_span(match["what"])
        start, end = to_int(what["start"]) - 1, to_int(what["end"] or what["start"])
        edit = read_edit(what["edit"]) if what["edit"] else None
        if edit is None:
            raise Unplaced("not_a_variant")
        if not 0 <= start < end <= contig.length:
            raise Unplaced("outside_contig", f"{contig.name} of GRCh37 has bases 1 to {contig.length:,}.")
    else:
        start, old, new = _plain_37(line)
        end, edit = start + len(old), Edit("delins", old, new, len(old))
        if not old:
            start, end, edit = start - 1, start + 1, Edit("ins", new=new)
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


def _plain_37(line: str) -> tuple[int, str, str]:
    """SPDI or VCF of GRCh37: 0-based start, old and new bases, trimmed."""
    spdi = _SPDI37.fullmatch(line)
    if spdi:
        if spdi["old"].isdigit():
            raise Unplaced("unsupported", "Spell out the deleted bases.")
        start, old, new = int(spdi["pos"]), spdi["old"].upper(), spdi["new"].upper()
    else:
        head = re.match(r"[A-Za-z0-9_.]{1,40}", line)
        contig = GRCH37.find(head[0]) if head else None
        if head and contig:
            line = contig.name + line[head.end() :]
        asked = ask_plain.read_vcf_line(line, None) or ask_plain.read_variant(line, None)
        if asked is None or asked.is_symbolic:
            raise Unplaced("symbolic" if asked else "unreadable")
        start, old, new = asked.pos - 1, asked.ref, asked.alt
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    while old and new and old[0] == new[0]:
        start, old, new = start + 1, old[1:], new[1:]
    if old == new:
        raise Unplaced("reference_allele")
    return start, old, new


def _name_37(accession: str, start: int, old: str, new: str) -> str:
    where = f"{start + 1}" if len(old) == 1 else f"{start + 1}_{start + len(old)}"
    if not old:
        return f"{accession}:g.{start}_{start + 1}ins{new}"
    if not new:
        return f"{accession}:g.{where}del"
    return f"{accession}:g.{where}" + (f"{old}>{new}" if len(old) == len(new) == 1 else f"delins{new}")
