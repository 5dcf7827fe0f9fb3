"""What somebody typed, whatever it is: a genomic form, or a name that needs transcripts and tables."""

from dataclasses import replace
from typing import Final

from embla.errors import BadInput
from embla.reference.ask import Asked, parse
from embla.reference.ask_words import NOT_COMPARED
from embla.reference.clean import EXAMPLES
from embla.reference.resolved import REASONS
from embla.reference.resolving import resolve
from embla.reference.resources import Resources

# Where names may say more than `parse`, which knows the genome alone.
_ASK_NAMES: Final = ("transcript", "id", "build", "unknown")
# A name of a transcript whose tables are loaded: what is wrong is then the name.
_NOT_READ: Final = ("unreadable", "unsupported")
# What `resolve` says where it knows no better than `parse`.
_NO_BETTER: Final = (
    "unreadable",
    "unsupported",
    "identifier",
    "empty",
    "unknown_contig",
    "no_equivalence_loaded",
    "no_rsid_table",
)


def read_any(text: str, resources: Resources) -> Asked:
    """A variant, place or region. `notes` say by which name a variant was found.

    Raises BadInput as `parse` does; with `facts["choices"]` where a name fits several alleles, and with a word of
    `REASONS` as `facts["reason"]` where a name could be read and comes to none.
    """
    try:
        return _compared(parse(text, resources.reference), text, resources)
    except BadInput as error:
        if error.facts.get("reason") not in _ASK_NAMES:
            raise
        found = resolve(text, resources)
        variant = found.variant
        if variant is not None:
            return replace(variant, notes=(f"Found by its name ({_named(found.method)}).", *found.notes))
        if error.facts["reason"] == "transcript" and found.reason in _NOT_READ and resources.transcripts is not None:
            raise BadInput(
                REASONS["unsupported"], mend=f"Give it as in VCF. {EXAMPLES}", reason="unsupported"
            ) from error
        if found.reason in _NO_BETTER or not _could_know(found.reason, resources):
            raise
        choices = found.candidates
        loaded = found.detail if found.reason in ("transcript_not_loaded", "version_missing") else ""
        mend = "Give the name on a loaded transcript, or as in VCF."
        if found.mend:
            mend = found.mend
        elif choices:
            mend = "Choose one of these alleles."
        elif found.reason == "transcript_missing":
            mend = "Write the transcript with its version, or the gene, before it: CSTB c.121G>A."
        elif loaded.startswith("Loaded: "):
            mend = f"{loaded} Give the name on one of them, with its version."
        # A fixed sentence, which pages tell in the reader's language; how the base differs is worth more than that.
        raise BadInput(
            found.detail if found.reason == "reference_mismatch" else REASONS[found.reason],
            mend=mend,
            reason="choices" if choices else found.reason,
            choices=choices,
            detail=found.detail,
        ) from error


def _compared(asked: Asked, text: str, resources: Resources) -> Asked:
    """With the gene that stands beside a contig held against the place, where transcripts are loaded."""
    if NOT_COMPARED not in asked.notes or resources.transcripts is None:
        return asked
    found = resolve(text, resources)
    if found.reason == "names_disagree":
        raise BadInput(
            REASONS[found.reason], mend="Check the position and the build.", reason=found.reason, detail=found.detail
        )
    if found.status == "resolved" and NOT_COMPARED not in found.notes:
        return replace(asked, notes=tuple(note for note in asked.notes if note != NOT_COMPARED))
    return asked


def _could_know(reason: str, resources: Resources) -> bool:
    """False where the answer would only be that nothing of the kind is loaded."""
    needs_transcripts = reason in (
        "transcript_missing",
        "transcript_not_loaded",
        "gene_not_loaded",
        "protein_not_loaded",
    )
    return not needs_transcripts or resources.transcripts is not None


def _named(method: str) -> str:
    kind = method.rsplit("_", 1)[-1]
    return {"rsid": "rs", "equivalence": "GRCh37", "chain": "GRCh37"}.get(kind, f"{kind}.")
