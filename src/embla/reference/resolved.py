"""What any spelling of a variant comes to: one allele with its id and names, or the reason why not.

Status and reason are stable words that tables, queues and other programs may keep; `detail` is a sentence for people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from embla.errors import BadInput
from embla.genome import Variant

Status = Literal["resolved", "ambiguous", "failed", "reference_mismatch"]

REASONS: Final[Mapping[str, str]] = {
    "reference_not_loaded": "The bases of this place are not loaded (no such contig, or N there).",
    "no_equivalence_loaded": "A name of another build, and no equivalence or chain that covers it is loaded.",
    "lift_over_failed": "The place of the other build has no single place in GRCh38.",
    "transcript_not_loaded": "This transcript, or this version of it, is not loaded. Another version is never taken.",
    "version_missing": "The transcript is named without its version, and the version decides where a position lies.",
    "transcript_missing": "The name says neither its transcript nor its gene.",
    "gene_not_loaded": "No transcript of a gene with this name is loaded.",
    "protein_not_loaded": "No transcript with this protein is loaded.",
    "not_coding": "A c. name on a transcript without a coding sequence; n. names it.",
    "outside_transcript": "The position lies outside the transcript, or further into an intron than it is long.",
    "not_at_exon_boundary": "A position with an offset must start from the last or first base of an exon.",
    "alignment_gap": "Transcript and genome differ in length here; a person must look at it.",
    "outside_contig": "The position lies outside the contig.",
    "unknown_contig": "No such contig among 1-22, X, Y, M of GRCh38.",
    "reference_mismatch": "The stated base differs from the reference.",
    "amino_acid_mismatch": "The protein has another amino acid there.",
    "names_disagree": "The parts of the text name different things.",
    "reference_allele": "The text says that the sequence is as in the reference, which is no variant.",
    "several_alleles": "The text fits several alleles.",
    "transcripts_disagree": "The text names a gene, and not every transcript that decides reads it.",
    "incomplete_cds": "The coding sequences that are loaded of this gene are cut: c. is counted on a whole one.",
    "spans_intron": "An intron lies between the positions, and the name does not say whether it is changed.",
    "no_rsid_table": "An rs number, and no table of rs numbers is loaded.",
    "rsid_not_loaded": "This rs number is not in the loaded table.",
    "identifier": "An identifier of another database, which names no sequence change by itself.",
    "protein_silent": "The text says that the protein stays as it is: a silent change, of which the c. or g. name says "
    "which it is.",
    "protein_unknown": "The text says that nobody can tell what becomes of the protein; the c. or g. name says what "
    "the change is.",
    "protein_not_placed": "Too many alleles give this change of protein.",
    "symbolic": "The allele is not spelled out in bases.",
    "not_a_variant": "A place or a region, not a variant.",
    "uncertain_position": "A position that is not exact.",
    "unsupported": "A form of HGVS that is not read here.",
    "too_long": "The text or the allele is longer than is read here.",
    "empty": "There is nothing to read.",
    "personal_number": "It looks like a personal number, so it was neither read nor kept.",
    "unreadable": "This is no variant in a form that is read here.",
}


@dataclass(frozen=True, slots=True)
class TranscriptNames:
    """What one transcript calls an allele: `c` or, without a coding sequence, `n`; `p` predicted, None if unknown.

    `reason` says why there is no name: beyond_transcript, alignment_gap; and `p_reason` why there is no `p`.
    """

    c: str | None = None
    n: str | None = None
    p: str | None = None
    reason: str = ""
    p_reason: str = ""


@dataclass(frozen=True, slots=True)
class AlleleNames:
    """All names of an allele: `g` with its accession, and what each loaded transcript there calls it."""

    g: str
    transcripts: Mapping[str, TranscriptNames] = field(default_factory=dict)

    def tell(self) -> dict[str, object]:
        """For JSON: `g` beside each transcript with its version."""
        told: dict[str, object] = {"g": self.g}
        for name, names in self.transcripts.items():
            kind, text = ("n", names.n) if names.n is not None else ("c", names.c)
            told[name] = {kind: text, **({"p": names.p} if kind == "c" else {})}
            if names.reason:
                told[name] = {"c": None, "p": None, "reason": names.reason}
        return told


@dataclass(frozen=True, slots=True)
class ResolvedAllele:
    """What one text came to. `pos` 1-based, `ref` and `alt` trimmed and left-aligned as in VCF, `contig` as `chr21`.

    Unless `status` is resolved, `reason` is filled and contig, pos, ref, alt, vrs_id and names are empty; `candidates`
    then holds the alleles between which the text does not decide, and `mend` what to write instead where that is known.
    `method` says how it was read, `tool` with what.
    """

    submitted: str
    status: Status
    contig: str = ""
    pos: int = 0
    ref: str = ""
    alt: str = ""
    vrs_id: str = ""
    names: AlleleNames | None = None
    method: str = ""
    reason: str = ""
    detail: str = ""
    candidates: tuple[Variant, ...] = ()
    notes: tuple[str, ...] = ()
    tool: str = ""
    mend: str = ""

    @property
    def variant(self) -> Variant | None:
        """The allele, or None."""
        return Variant(self.contig, self.pos, self.ref, self.alt) if self.status == "resolved" else None

    def tell(self) -> dict[str, object]:
        """For JSON, in the order of the contract."""
        return {
            "submitted": self.submitted,
            "status": self.status,
            "variant": str(self.variant) if self.variant else None,
            "vrs_id": self.vrs_id or None,
            "names": self.names.tell() if self.names else {},
            "method": self.method,
            "reason": self.reason or None,
            "detail": self.detail or None,
            "candidates": [str(candidate) for candidate in self.candidates],
            "notes": list(self.notes),
            "tool": self.tool,
        }


@dataclass(frozen=True, slots=True)
class Spelling:
    """A text that came to an allele: how it was read, on which transcripts, and sentences about it."""

    variant: Variant
    method: str
    transcripts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Unplaced(BadInput):
    """A text that comes to no allele; `reason` is a key of REASONS."""

    def __init__(
        self, reason: str, detail: str = "", *, status: Status | None = None, candidates: tuple[Variant, ...] = (),
        mend: str = "",
    ) -> None:  # fmt: skip
        super().__init__(detail or REASONS[reason], reason=reason, mend=mend)
        self.reason = reason
        self.candidates = candidates
        self.status: Status = status or (
            "reference_mismatch"
            if reason == "reference_mismatch"
            else "ambiguous"
            if reason in ("several_alleles", "transcripts_disagree")
            else "failed"
        )
