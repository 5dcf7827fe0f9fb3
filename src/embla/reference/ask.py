"""Any genomic form that people paste, read as one variant, place or region in normal form.

A form is a row in a table: its name, examples with their answers, and its reader. Help texts and tests are made from
the rows. A reader gives None for text that is not its form, and BadInput for text that is its form and wrong.
Positions in what comes out are 1-based (Variant, Place) or 0-based half-open (Region).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from embla.errors import BadInput, UnknownContig
from embla.genome import Place, Region, Variant
from embla.reference import ask_hgvs, ask_plain
from embla.reference.ask_words import check_event, check_span, without_build
from embla.reference.clean import EXAMPLES, clean
from embla.reference.fasta import Reference
from embla.reference.normal import normalise

Asked = Variant | Region | Place
Reader = Callable[[str, Reference | None], Asked | None]


@dataclass(frozen=True)
class Form:
    """One way of writing. `examples` are (text, str of the answer against the built-in chr21 slice) pairs."""

    name: str
    meaning: str
    examples: tuple[tuple[str, str], ...]
    read: Reader

    @property
    def example(self) -> str:
        """The one to show."""
        return self.examples[0][0]


def parse(text: str, reference: Reference | None = None) -> Asked:
    """Read what somebody pasted. The answer's `notes` are sentences on how it was read and what was changed.

    A variant comes back trimmed and left-aligned against the reference; where the reference has N or nothing a note
    says that REF is unchecked. Raises BadInput, and nothing else, for every text that is not one variant, place or
    region of GRCh38. Its `facts["reason"]` says which kind of refusal it is: empty, length, lines, personal number,
    build, contig, outside, region, reference, choices (then `facts["choices"]` holds the variants to choose from),
    no variant, empty allele, bases, syntax, needs reference, id, transcript, unknown. Messages repeat contigs,
    positions and alleles, never other text.
    """
    line = without_build(clean(text))
    try:
        for form in FORMS:
            asked = form.read(line, reference)
            if asked is not None:
                return _finish(asked, reference)
        ask_plain.refuse_other_names(line, reference)
    except UnknownContig as error:
        error.facts.setdefault("reason", "build" if error.facts.get("build") else "contig")
        raise
    raise BadInput(
        "this is not a variant, place or region in a form that is read here.", mend=EXAMPLES, reason="unknown"
    )


def forms() -> tuple[Form, ...]:
    """Every form that `parse` reads, in the order in which they are tried."""
    return FORMS


def _finish(asked: Asked, reference: Reference | None) -> Asked:
    if isinstance(asked, Region):
        return asked
    if isinstance(asked, Variant) and asked.is_symbolic and asked.pos == 0:
        check_event(asked.contig, 0, asked.end)
        return replace(asked, ref="N")
    check_span(asked.contig, asked.pos, asked.pos if isinstance(asked, Place) else asked.pos + len(asked.ref) - 1)
    if isinstance(asked, Place):
        return asked
    result = normalise(asked, reference)
    notes, variant = list(asked.notes), result.variant
    if (variant.pos, variant.ref, variant.alt) != (asked.pos, asked.ref, asked.alt):
        done = "Left-aligned" if variant.pos < asked.pos else "Trimmed"
        notes.append(f"{done} from {_shown(asked)}.")
    if not result.checked:
        why = "no reference is loaded" if reference is None else f"the reference has no known base at {variant.place}"
        notes.append(f"REF is unchecked: {why}.")
    return replace(variant, notes=tuple(notes))


def _shown(variant: Variant) -> str:
    """A variant for a sentence: long alleles as their lengths."""
    ref, alt = (allele if len(allele) <= 30 else f"({len(allele):,} bases)" for allele in (variant.ref, variant.alt))
    return f"{variant.contig}-{variant.pos}-{ref}-{alt}"


FORMS: Final = (
    Form(
        "SPDI",
        "sequence, 0-based position, deleted bases or their number, inserted bases",
        (
            ("NC_000021.9:25585732:C:T", "chr21-25585733-C-T"),
            ("NC_000021.9:25585732:1:T", "chr21-25585733-C-T"),
            ("NC_000021.9:25585660:TT:", "chr21-25585660-ATT-A"),
        ),
        ask_hgvs.read_spdi,
    ),
    Form(
        "genomic HGVS",
        "substitution, del, ins, dup, delins, inv and repeats on a chromosome",
        (
            ("NC_000021.9:g.25585733C>T", "chr21-25585733-C-T"),
            ("chr21:g.25585733C>T", "chr21-25585733-C-T"),
            ("NC_000021.9:g.25025088_25025099CAG[5]", "chr21-25025087-C-CCAG"),
        ),
        ask_hgvs.read_hgvs,
    ),
    Form(
        "VCF line",
        "the first five columns are read: contig, position, id, REF, one ALT",
        (("21\t25585733\trs142513484\tC\tT\t.\tPASS\t.", "chr21-25585733-C-T"),),
        ask_plain.read_vcf_line,
    ),
    Form(
        "variant",
        "contig, 1-based position, REF, ALT as in VCF, with any separators; `<DEL>` and the like for large events",
        (
            ("chr21-25585733-C-T", "chr21-25585733-C-T"),
            ("21:25,585,733:C:T", "chr21-25585733-C-T"),
            ("chr21:25585733 C>T", "chr21-25585733-C-T"),
            ("chr21-25585733-C-<DEL>", "chr21-25585733-C-<DEL>"),
            ("chr21-25585733-C-<DEL>-25587733", "chr21-25585733-C-<DEL>-25587733"),
            ("chr21-25585733-C-<INS> SVLEN=300", "chr21-25585733-C-<INS>-300"),
        ),
        ask_plain.read_variant,
    ),
    Form(
        "event",
        "contig, first and last base and DEL, DUP or INV; contig, the base before it, INS and its length",
        (
            ("chr21-25585734-25587733-DEL", "chr21-25585733-C-<DEL>-25587733"),
            ("chr21-25585733-INS-300", "chr21-25585733-C-<INS>-300"),
        ),
        ask_plain.read_event,
    ),
    Form(
        "region",
        "contig, first and last base, both included; a line of a BED file (with tabs) has a 0-based start",
        (
            ("21:25585656-25607517", "chr21:25585656-25607517"),
            ("chr21:25,585,656..25,607,517", "chr21:25585656-25607517"),
            ("chr21\t25585655\t25607517\tMRPL39", "chr21:25585656-25607517"),
        ),
        ask_plain.read_region,
    ),
    Form(
        "place",
        "contig and 1-based position: every variant at this base",
        (("chr21:25585733", "chr21:25585733"), ("21:25,585,733", "chr21:25585733")),
        ask_plain.read_place,
    ),
    Form(
        "whole contig",
        "its name with `chr`, or its accession",
        (("chr21", "chr21:1-46709983"), ("NC_000021.9", "chr21:1-46709983")),
        ask_plain.read_contig,
    ),
)
