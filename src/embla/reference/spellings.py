"""Readers of every spelling: of which transcript, gene, protein, build or table a text speaks, and what it says."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from embla.genome import GRCH38, Variant
from embla.reference.ask import parse
from embla.reference.ask_words import split_build
from embla.reference.builds import GRCH37
from embla.reference.edits import known_bases
from embla.reference.genomic_names import beside_notes, read_genomic
from embla.reference.other_build import is_of_37, read_other_build
from embla.reference.proteins import read_protein
from embla.reference.resolved import Spelling, Unplaced
from embla.reference.resources import Resources
from embla.reference.transcript_names import models_of, of_gene, read_on_transcripts

_HGVS: Final = re.compile(
    r"(?P<of>[A-Za-z0-9][A-Za-z0-9_.-]{0,39})?(?:\((?P<beside>[A-Za-z0-9_.-]{1,40})\))?(?:\s?[:,]\s?|\s|^)"
    r"(?P<kind>[cgmnpr])\.\s?(?P<what>.+)"
)


def read_spelling(line: str, resources: Resources) -> Spelling:
    """Read a cleaned line. Raises Unplaced, or BadInput with a reason of `parse`."""
    if re.fullmatch(r"rs\d{1,12}", line, re.IGNORECASE):
        return _rs_number(line.lower(), resources)
    build, rest = split_build(line)
    match = _HGVS.fullmatch(rest)
    if build == GRCH37.name or (match is None and is_of_37(rest)):
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
        return read_on_transcripts(match, resources)
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
    of, beside = match["of"], match["beside"] or ""
    if of is not None and match["kind"] == "m" and of.upper().startswith("MT-"):
        of, beside = None, beside or of  # the symbols of the mitochondrial genes: MT-TL1 m.3243A>G
    if of is None and match["kind"] == "g":
        raise Unplaced("unreadable", "A g. name needs its chromosome: NC_000021.9:g.25585733C>T.")
    contig = GRCH38.find(of or "chrM")
    if contig is None:
        if is_of_37(line):
            return _of_other_build(line, match, resources)
        if re.fullmatch(r"NC_0000(0[1-9]|1\d|2[0-4])\.\d+", of, re.IGNORECASE):
            raise Unplaced("no_equivalence_loaded", f"{of} is of a build other than GRCh38.")
        raise Unplaced("unknown_contig")
    return read_genomic(match, contig, beside, resources)


def _protein(match: re.Match[str], resources: Resources) -> Spelling:
    """p. names: every codon that gives the amino acid is a candidate."""
    of, loaded, what = match["of"] or "", resources.transcripts, match["what"]
    if loaded is None:
        raise Unplaced("transcript_not_loaded", "No transcripts are loaded.")
    models = loaded.of_protein(of) or loaded.of_protein(of.upper())
    if not models and re.match(r"(?:[NX]P_|ENSP)", of, re.IGNORECASE):
        raise Unplaced("protein_not_loaded")
    notes: tuple[str, ...] = ()
    if not models:
        meant = models_of(of, match["beside"] or "", resources)
        if meant.gene:
            return of_gene(meant, "p", lambda model: (read_protein(what, (model,), resources.reference), ()), resources)
        models, notes = meant.models, meant.notes
    names = tuple(model.id for model in models)
    return Spelling(read_protein(what, models, resources.reference), "hgvs_p", names, notes)


def _of_other_build(line: str, match: re.Match[str] | None, resources: Resources) -> Spelling:
    found = read_other_build(line, match, resources, lambda name: read_spelling(name, resources).variant)
    variant, beside = found.variant, (match["beside"] or "") if match else ""
    other = GRCH37.find(beside)
    if other is not None and other.name != variant.contig:
        raise Unplaced("names_disagree", f"{beside} is not {variant.contig}.")
    contig, end = GRCH38.contig(variant.contig), variant.pos - 1 + len(variant.ref)
    notes = beside_notes("" if other else beside, contig, variant.pos - 1, end, resources)
    return replace(found, notes=(*found.notes, *notes))


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
