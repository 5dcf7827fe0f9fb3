"""The names of an allele: g., and on each transcript c. or n., with the predicted p.

HGVS nomenclature 21.1: an insertion or deletion stands as far 3' as it goes in the direction of its sequence. For c.
and n. it moves in the genome, introns included (as a name on a genomic sequence with a transcript does), so it never
jumps over an intron. Its class comes first: deletion, inversion, duplication, insertion, else delins.
"""

from dataclasses import dataclass

from embla.genome import GRCH38, Variant
from embla.reference.edits import known_bases, reverse_complement
from embla.reference.fasta import Reference
from embla.reference.protein import protein_name
from embla.reference.resolved import AlleleNames, TranscriptNames, Unplaced
from embla.reference.transcripts import TranscriptModel, Transcripts

_STEP = 64


@dataclass(frozen=True, slots=True)
class Placed:
    """A trimmed allele at one place: `old` at 0-based `start` becomes `new`, + strand; one of them may be empty."""

    start: int
    old: str
    new: str

    @property
    def end(self) -> int:
        """The base after `old`; `start` for an insertion, which stands before that base."""
        return self.start + len(self.old)


@dataclass(frozen=True, slots=True)
class Spread:
    """An allele at the two ends of where it can stand, and the bases it moves through between them."""

    contig: str
    left: Placed
    right: Placed
    slack: str


def spread(variant: Variant, reference: Reference | None) -> Spread:
    """How far an allele in normal form can move. Unplaced where that runs into bases that are not loaded."""
    ref, alt, start = variant.ref, variant.alt, variant.pos - 1
    known_bases(variant.contig, start, start + len(ref), reference)
    if min(len(ref), len(alt)) == 1 and len(ref) != len(alt):
        if ref[0] == alt[0]:
            if ref[-1] == alt[-1] and start > 0:
                raise Unplaced("reference_not_loaded", "It stands in a repeat that runs into bases not loaded.")
            ref, alt, start = ref[1:], alt[1:], start + 1
        elif ref[-1] == alt[-1]:
            ref, alt = ref[:-1], alt[:-1]
    left = Placed(start, ref, alt)
    if ref and alt:
        return Spread(variant.contig, left, left, "")
    wheel, after = ref or alt, start + len(ref)
    end = GRCH38.contig(variant.contig).length
    slack: list[str] = []
    window, size = "", len(wheel)
    while after + len(slack) < end:
        if len(slack) % _STEP == 0:
            at = after + len(slack)
            window = reference.fetch(variant.contig, at, min(at + _STEP, end)) if reference else ""
        base = window[len(slack) % _STEP]
        if base not in "ACGT":
            raise Unplaced("reference_not_loaded", "It stands beside bases that are not loaded.")
        if base != (wheel[len(slack)] if len(slack) < size else slack[len(slack) - size]):
            break
        slack.append(base)
    moved = "".join(slack)
    turned = (wheel + moved)[-size:]
    right = Placed(start + len(moved), turned if ref else "", "" if ref else turned)
    return Spread(variant.contig, left, right, moved)


def names_of(place: Spread, transcripts: Transcripts | None, reference: Reference | None) -> AlleleNames:
    """All names of the allele on what is loaded."""
    found: dict[str, TranscriptNames] = {}
    low, high = place.left.start, max(place.right.end, place.left.start + 1)
    for model in transcripts.overlapping(place.contig, low, high) if transcripts else ():
        try:
            found[model.id] = transcript_names(place, model, reference)
        except Unplaced as error:
            reason = "beyond_transcript" if error.reason == "outside_transcript" else error.reason
            found[model.id] = TranscriptNames(reason=reason)
    return AlleleNames(genomic_name(place, reference), found)


def genomic_name(place: Spread, reference: Reference | None) -> str:
    """`NC_000021.9:g.43774284_43774285del`; m. on the mitochondrial genome."""
    put = place.right
    kind = "m" if place.contig == "chrM" else "g"
    change = _change(put, 1, place.contig, reference)
    if change.startswith("ins"):
        where = f"{put.start}_{put.start + 1}"
    else:
        start, end = _named_span(put, 1, change)
        where = f"{start + 1}_{end}" if end - start > 1 else f"{start + 1}"
    return f"{GRCH38.contig(place.contig).accession}:{kind}.{where}{change}"


def transcript_names(place: Spread, model: TranscriptModel, reference: Reference | None) -> TranscriptNames:
    """The names on one transcript; Unplaced when it has none there."""
    put = place.right if model.strand > 0 else place.left
    if model.gap_near(place.left.start - 1, place.right.end + 1):
        raise Unplaced("alignment_gap")
    change = _change(put, model.strand, place.contig, reference)
    start, end = (put.start - 1, put.start + 1) if change.startswith("ins") else _named_span(put, model.strand, change)
    ends = (start, end - 1) if model.strand > 0 else (end - 1, start)
    first, last = model.position(ends[0]), model.position(ends[1])
    where = model.written(first) if end - start == 1 else f"{model.written(first)}_{model.written(last)}"
    if model.cds is None:
        return TranscriptNames(n=f"n.{where}{change}")
    p, p_reason = protein_name(put, model, first, last, reference)
    return TranscriptNames(c=f"c.{where}{change}", p=p, p_reason=p_reason)


def _named_span(put: Placed, strand: int, change: str) -> tuple[int, int]:
    """The bases that the name gives: of a duplication those before the insertion in reading direction."""
    if change == "dup":
        size = len(put.new)
        return (put.start - size, put.start) if strand > 0 else (put.start, put.start + size)
    return put.start, put.end


def _change(put: Placed, strand: int, contig: str, reference: Reference | None) -> str:
    """The part of the name behind the positions, in the direction of `strand`."""
    old, new = (put.old, put.new) if strand > 0 else (reverse_complement(put.old), reverse_complement(put.new))
    if not old:
        size = len(new)
        low = put.start - size if strand > 0 else put.start
        if low >= 0 and reference and reference.fetch(contig, low, low + size) == put.new:
            return "dup"
        return f"ins{new}"
    if not new:
        return "del"
    if len(old) == len(new) == 1:
        return f"{old}>{new}"
    return "inv" if new == reverse_complement(old) else f"delins{new}"
