"""Any genomic form that people paste, read as one variant, place or region in normal form.

A form is a row in a table: its name, an example, what the example means, and its reader. Help texts and tests are made
from the rows. A reader gives None for text that is not its form, and BadInput for text that is its form and wrong.
Positions in what comes out are 1-based (Variant, Place) or 0-based half-open (Region).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38, Contig, Place, Region, Variant
from embla.reference import ask_hgvs, ask_plain
from embla.reference.clean import EXAMPLES, clean
from embla.reference.fasta import Reference
from embla.reference.normal import normalise

Asked = Variant | Region | Place
Reader = Callable[[str, Reference | None], Asked | None]


@dataclass(frozen=True)
class Form:
    """One way of writing: `example` reads as `answer` (its str) against the built-in chr21 slice."""

    name: str
    example: str
    answer: str
    read: Reader


def parse(text: str, reference: Reference | None = None) -> Asked:
    """Read what somebody pasted. The answer's `notes` are sentences on how it was read and what was changed.

    A variant comes back trimmed and left-aligned against the reference; where the reference has N or nothing a note
    says that REF is unchecked. Raises BadInput, and nothing else, for every text that is not one variant, place or
    region of GRCh38; `facts["reason"]` tells programs which kind of refusal it is, and for several ALTs
    `facts["choices"]` holds the variants to choose from. Messages repeat positions and alleles, never other text.
    """
    line = ask_plain.without_build(clean(text))
    for form in _all_forms():
        asked = form.read(line, reference)
        if asked is not None:
            return _finish(asked, reference)
    raise BadInput(
        "this is not a variant, place or region in a form that Embla reads.", mend=EXAMPLES, reason="unknown"
    )


def forms() -> tuple[Form, ...]:
    """Every form that `parse` reads, in the order in which they are tried."""
    return tuple(form for form in _all_forms() if form.example)


def _finish(asked: Asked, reference: Reference | None) -> Asked:
    contig = GRCH38.contig(asked.contig)
    if isinstance(asked, Region):
        _inside(contig, asked.end)
        return asked
    if isinstance(asked, Place):
        _inside(contig, asked.pos)
        return asked
    _inside(contig, asked.pos)
    _inside(contig, asked.pos + len(asked.ref) - 1)
    result = normalise(asked, reference)
    notes = list(asked.notes)
    variant = result.variant
    if (variant.pos, variant.ref, variant.alt) != (asked.pos, asked.ref.upper(), asked.alt.upper()):
        if not variant.is_symbolic:
            notes.append(f"Trimmed and left-aligned from {_shown(asked)}.")
    if not result.checked:
        notes.append(f"REF is unchecked: the reference has no known base at {variant.place}.")
    return replace(variant, notes=tuple(notes))


def _inside(contig: Contig, pos: int) -> None:
    if not 1 <= pos <= contig.length:
        raise BadInput(
            f"{contig.name} of GRCh38 has bases 1 to {contig.length:,}; base {pos:,} is outside.",
            mend="Check the position and the build.",
            reason="outside",
        )


def _shown(variant: Variant) -> str:
    """A variant for a sentence: long alleles as their lengths."""
    ref, alt = (a if len(a) <= 30 else f"({len(a):,} bases)" for a in (variant.ref.upper(), variant.alt.upper()))
    return f"{variant.contig}-{variant.pos}-{ref}-{alt}"


@cache
def _all_forms() -> tuple[Form, ...]:
    return _FORMS


_FORMS: Final = (
    Form("SPDI (0-based)", "NC_000021.9:25585732:C:T", "chr21-25585733-C-T", ask_hgvs.read_spdi),
    Form("genomic HGVS", "NC_000021.9:g.25585733C>T", "chr21-25585733-C-T", ask_hgvs.read_hgvs),
    Form("VCF line", "21\t25585733\trs142513484\tC\tT\t.\tPASS\t.", "chr21-25585733-C-T", ask_plain.read_vcf_line),
    Form("contig-pos-ref-alt", "chr21-25585733-C-T", "chr21-25585733-C-T", ask_plain.read_variant),
    Form("region", "21:25,585,656-25,607,517", "chr21:25585656-25607517", ask_plain.read_region),
    Form("place", "chr21:25,585,733", "chr21:25585733", ask_plain.read_place),
    Form("whole contig", "chr21", "chr21:1-46709983", ask_plain.read_contig),
    Form("", "", "", ask_plain.refuse_other_names),
)
