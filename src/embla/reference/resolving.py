"""Any spelling of a variant to one allele, or to the reason why not.

Nothing is guessed: a version is never swapped for another, a text that fits several alleles gives them as candidates,
and what cannot be decided from what is loaded fails with a stable reason. Readers of each form stand in `spellings.py`.
"""

import re
from dataclasses import replace
from typing import Final

from embla import __version__
from embla.errors import BadInput
from embla.genome import Variant
from embla.reference.clean import clean
from embla.reference.hgvs_words import in_order
from embla.reference.naming import names_of, spread
from embla.reference.protein import THREE
from embla.reference.proteins import in_case
from embla.reference.resolved import ResolvedAllele, Unplaced
from embla.reference.resources import Resources
from embla.reference.spellings import read_spelling
from embla.reference.vrs import vrs_id

TOOL: Final = f"embla {__version__}"
_P_BESIDE: Final = re.compile(r"[ ,;:/|]?\s?\(?(?P<p>p\.(?:\([^()\s]{1,60}\)|[^()\s]{1,60}))\)?\Z", re.IGNORECASE)
_HGVS_BEFORE: Final = re.compile(r":\s?[cngm]\.|^\S+\s[cn]\.")
NOT_COMPARED: Final = "The p. name beside it was not compared: what becomes of the protein is not known."
_KEPT: Final = 500  # letters of a text whose answer is kept in memory
# The reasons of `parse`, which reads the genomic forms, in the words of `resolved.REASONS`.
_OF_PARSE: Final = {
    "empty": "empty",
    "length": "too_long",
    "lines": "unreadable",
    "personal number": "personal_number",
    "build": "no_equivalence_loaded",
    "contig": "unknown_contig",
    "outside": "outside_contig",
    "region": "not_a_variant",
    "reference": "reference_mismatch",
    "choices": "several_alleles",
    "no variant": "reference_allele",
    "needs reference": "reference_not_loaded",
    "id": "identifier",
    "transcript": "unsupported",
}


def resolve(text: str, resources: Resources) -> ResolvedAllele:
    """What `text` comes to. Never raises for a text; the same text is worked out once, unless it is very long."""
    known = resources.known.get(text)
    if known is None:
        known = _resolve(text, resources)
        if len(text) > _KEPT or known.reason == "personal_number":
            return known
        if len(resources.known) >= resources.memory:
            resources.known.popitem(last=False)
        resources.known[text] = known
    return known


def allele_of(variant: Variant, resources: Resources) -> ResolvedAllele:
    """The id and names of an allele in normal form, `submitted` empty. Unplaced where its place is not loaded."""
    named = resources.named.get(variant)
    if named is None:
        place = spread(variant, resources.reference)
        named = ResolvedAllele(
            "",
            "resolved",
            variant.contig,
            variant.pos,
            variant.ref,
            variant.alt,
            vrs_id(variant, place.slack),
            names_of(place, resources.transcripts, resources.reference),
            tool=TOOL,
        )
        if len(resources.named) >= resources.memory:
            resources.named.popitem(last=False)
        resources.named[variant] = named
    return named


def _resolve(text: str, resources: Resources) -> ResolvedAllele:
    try:
        line, protein = _without_protein(in_order(clean(text)))
        spelling = read_spelling(line, resources)
        found = allele_of(spelling.variant, resources)
        notes = spelling.notes
        if protein and not _check_protein(protein, found, spelling.transcripts):
            notes = (*notes, NOT_COMPARED)
    except Unplaced as error:
        return ResolvedAllele(
            text,
            error.status,
            reason=error.reason,
            detail=error.message,
            candidates=error.candidates,
            tool=TOOL,
            mend=error.mend,
        )
    except BadInput as error:
        return _refused(text, error)
    return replace(found, submitted=text, method=spelling.method, notes=notes)


def _refused(text: str, error: BadInput) -> ResolvedAllele:
    """What `parse` refused, in the words of REASONS."""
    reason = _OF_PARSE.get(str(error.facts.get("reason")), "unreadable")
    if reason == "personal_number":
        text = re.sub(r"\d", "*", text)  # neither shown nor kept
    choices = error.facts.get("choices") if reason == "several_alleles" else None
    candidates = (
        tuple(choice for choice in choices if isinstance(choice, Variant)) if isinstance(choices, tuple) else ()
    )
    return _of(Unplaced(reason, error.message, candidates=candidates), text)


def _of(error: Unplaced, text: str) -> ResolvedAllele:
    return ResolvedAllele(
        text, error.status, reason=error.reason, detail=error.message, candidates=error.candidates, tool=TOOL
    )


def _without_protein(line: str) -> tuple[str, str]:
    """A c. name and the p. name written behind it, as in `NM_000100.4(CSTB):c.121G>A (p.Val41Met)`."""
    match = _P_BESIDE.search(line)
    if match is None or not _HGVS_BEFORE.search(line[: match.start()]):
        return line, ""
    return line[: match.start()].rstrip(" ,;:/|("), match["p"]


def _check_protein(stated: str, found: ResolvedAllele, transcripts: tuple[str, ...]) -> bool:
    """Whether the text's own p. name is the allele's on the transcript it names; False where that has none to compare.

    Unplaced where it is another.
    """
    names = found.names.transcripts if found.names else {}
    computed = {names[name].p for name in transcripts if name in names}
    plain = {_plain(name) for name in computed if name}
    said = _plain(stated)
    # `p.=` says of no amino acid that it stays; of one that does not it is wrong.
    agree = said in plain or said == "?" or (said == "=" and any(name.endswith("=") for name in plain))
    if plain and not agree and not plain & {"?", "0?"}:
        raise Unplaced(
            "names_disagree", f"The text says {stated}; this change gives {', '.join(sorted(filter(None, computed)))}."
        )
    return agree


def _plain(name: str) -> str:
    """A p. name without brackets, with three-letter amino acids and stops, frameshifts without their length."""
    text = (
        in_case(name[2:] if name[:2].lower() == "p." else name)
        .replace("(", "")
        .replace(")", "")
        .replace("*", "Ter")
        .replace("X", "Ter")
    )
    text = re.sub(r"[A-Z](?=fs|del|ins|dup|ext|[^a-z]|$)", lambda one: THREE.get(one[0], one[0]), text)
    return re.sub(r"(fs).*", r"\1", re.sub(r"[A-Z][a-z]{2}fs", "fs", text))
