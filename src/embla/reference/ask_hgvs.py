"""Readers of SPDI and of genomic HGVS (g. and m.), which need the reference wherever they leave bases out.

HGVS nomenclature 21.1, DNA recommendations; SPDI: Holmes 2020. HGVS puts an indel as far right as it goes and VCF as
far left; the caller normalises what comes out of here. Positions in HGVS are 1-based, in SPDI 0-based.
"""

import re
from dataclasses import replace
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38, Place, Region, Variant
from embla.reference.ask_words import (
    BASES,
    NOT_COMPARED,
    check_length,
    check_span,
    contig_of,
    is_elsewhere,
    miscounted,
    number,
    to_int,
)
from embla.reference.clean import EXAMPLES
from embla.reference.edits import Edit, apply_edit, reverse_complement
from embla.reference.fasta import Reference
from embla.reference.resolved import Unplaced

_SPDI: Final = re.compile(
    r"(?P<contig>(?:NC_|CM|J)[0-9]{5,6}\.[0-9]{1,3}) ?: ?(?P<pos>\d{1,12}) ?: ?"
    rf"(?P<deleted>{BASES}*|\d{{1,12}}) ?: ?(?P<inserted>{BASES}*)",
    re.IGNORECASE | re.ASCII,
)
_NAME: Final = re.compile(
    r"(?:(?P<contig>[A-Za-z0-9_.]{1,40})(?:\((?P<beside>[^()]{0,40})\))?\s?:\s?|MT-[A-Z0-9]{2,4}\s?[:\s]\s?)?(?P<kind>[gm])\.\s?(?P<what>.*)",
    re.IGNORECASE | re.ASCII,
)
_CHANGE: Final = re.compile(
    rf"{number('start')}(?:_{number('end')})?\s?(?:"
    rf"(?P<from>{BASES}+)\s?>\s?(?P<to>{BASES}+)"
    rf"|(?P<op>delins|del|dup|inv|ins)\s?(?:(?P<seq>{BASES}+)|(?P<count>\d{{1,12}}))?(?:ins\s?(?P<ins>{BASES}+))?"
    rf"|(?P<unit>{BASES}+)\[(?P<times>\d{{1,4}})\]"
    rf"|(?P<same>{BASES}*=)"
    r")?",
    re.IGNORECASE | re.ASCII,
)
# The reasons of `edits.py` in the words of `parse`.
_REPEAT_REASONS: Final = {
    "several_alleles": "choices",
    "reference_not_loaded": "needs reference",
    "reference_allele": "no variant",
    "too_long": "length",
}


def read_spdi(text: str, reference: Reference | None) -> Variant | None:
    """`NC_000017.11:43045711:T:C`: 0-based position, deleted bases or their number, inserted bases."""
    match = _SPDI.fullmatch(text)
    found = contig_of(match["contig"]) if match else None
    if not match or not found:
        return None
    contig, notes = found
    start = int(match["pos"])
    deleted, inserted = match["deleted"].upper(), match["inserted"].upper()
    length = int(deleted) if deleted.isdigit() else len(deleted)
    check_span(contig, start + 1, start + max(length, 1))
    check_length(max(length, len(inserted)))
    if deleted.isdigit():
        deleted = _bases(contig, start, start + length, reference)
    notes = (*notes, f"Read as SPDI, whose position is 0-based: {start:,} there is base {start + 1:,} in VCF.")
    return _edit(contig, start, deleted, inserted, notes, reference)


def read_hgvs(text: str, reference: Reference | None) -> Variant | Region | Place | None:
    """`NC_000017.11:g.43045712T>C`, del, ins, dup, delins, inv, repeats; `chr17:g.` and bare `m.` too."""
    match = _NAME.fullmatch(text)
    if not match or (match["contig"] is None and match["kind"].lower() == "g"):
        return None
    found = contig_of(match["contig"] or "chrM")
    if found is None:
        return None
    contig, notes = found
    if match["beside"] and is_elsewhere(contig, match["beside"]):
        return None
    if text[:3].upper() == "MT-" or (match["beside"] and GRCH38.find(match["beside"]) is None):
        notes = (*notes, NOT_COMPARED)
    if match["kind"].lower() == "m" and contig != "chrM":
        raise BadInput(f"m. is for the mitochondrial genome; {contig} takes g.", mend=EXAMPLES, reason="syntax")
    change = _CHANGE.fullmatch(match["what"])
    if not change:
        raise BadInput(
            f"this change on {contig} is not read: substitution, del, ins, dup, delins, inv and repeats with exact "
            "positions are.",
            mend=f"Give it as in VCF. {EXAMPLES}",
            reason="syntax",
        )
    first = to_int(change["start"])
    last = to_int(change["end"]) if change["end"] else first
    check_span(contig, first, last)
    if change["same"] is not None:
        raise BadInput(
            f"`=` says that {contig}:{first} is as in the reference, so this is not a variant.",
            mend=f"To see the variants at this base ask for {contig}:{first}.",
            reason="no variant",
        )
    if change["from"]:
        return _substitution(contig, first, last, change, notes, reference)
    if change["unit"]:
        return _repeat(contig, first, last, change, notes, reference)
    if change["op"]:
        return _operation(contig, first, last, change, notes, reference)
    return Region(contig, first - 1, last, notes) if change["end"] else Place(contig, first, notes)


def _substitution(
    contig: str, first: int, last: int, change: re.Match[str], notes: tuple[str, ...], reference: Reference | None
) -> Variant:
    old, new = change["from"].upper(), change["to"].upper()
    if change["end"] and len(old) != last - first + 1:
        raise miscounted(contig, first, last, len(old))
    check_length(max(len(old), len(new)))
    return _edit(contig, first - 1, old, new, notes, reference)


def _repeat(
    contig: str, first: int, last: int, change: re.Match[str], notes: tuple[str, ...], reference: Reference | None
) -> Variant:
    """`100_108CAG[5]`: the repeats between 100 and 108 become five. With one position only, all that follow it do."""
    unit = change["unit"].upper()
    try:
        found = apply_edit(contig, first - 1, last, Edit("repeat", unit, times=int(change["times"])), reference)
    except Unplaced as error:
        if error.reason == "reference_mismatch":
            raise BadInput(
                f"the reference does not have repeats of {unit[:30]} there.",
                place=f"{contig}:{first}",
                mend="Check the positions and the build.",
                reason="reference",
            ) from error
        raise BadInput(
            error.message, mend=EXAMPLES, reason=_REPEAT_REASONS.get(error.reason, "bases"), choices=error.candidates
        ) from error
    return replace(found, notes=notes)


def _operation(
    contig: str, first: int, last: int, change: re.Match[str], notes: tuple[str, ...], reference: Reference | None
) -> Variant:
    """del, ins, dup, inv and delins."""
    start, span = first - 1, last - first + 1
    op, seq, ins = change["op"].lower(), (change["seq"] or "").upper(), (change["ins"] or "").upper()
    named = int(change["count"]) if change["count"] else len(seq)
    if op in ("ins", "delins") and (not seq or ins):
        raise BadInput(
            f"the inserted bases at {contig}:{first} are not spelled out.",
            mend="Write them: NC_000021.9:g.100_101insACGT.",
            reason="syntax",
        )
    check_length(max(len(seq), len(ins)))
    if op == "ins":
        if span != 2:
            raise BadInput(
                f"an insertion lies between two neighbouring bases; got {first:,} and {last:,}.",
                mend=f"Write g.{first}_{first + 1}ins and the bases.",
                reason="syntax",
            )
        return _edit(contig, first, "", seq, notes, reference)
    check_length(span)
    if op == "delins":
        return _edit(contig, start, _bases(contig, start, last, reference), seq, notes, reference)
    if ins and op != "del":
        raise BadInput(f"`{op}` cannot be followed by `ins`.", mend="Write delins.", reason="syntax")
    if named and named != span:
        raise miscounted(contig, first, last, named)
    old = seq or _bases(contig, start, last, reference)
    new = {"del": ins, "dup": old + old, "inv": reverse_complement(old)}[op]
    return _edit(contig, start, old, new, notes, reference)


def _edit(contig: str, start: int, old: str, new: str, notes: tuple[str, ...], reference: Reference | None) -> Variant:
    """Replace `old` at 0-based `start` by `new`, as VCF writes it: with the base before where one is empty."""
    if old == new:
        raise BadInput(
            "nothing changes: the new bases are those that are there.",
            place=f"{contig}:{start + 1}",
            mend=f"To see the variants at this base ask for {contig}:{start + 1}.",
            reason="no variant",
        )
    if old and new:
        return Variant(contig, start + 1, old, new, notes)
    if start == 0:  # VCF 4.3, 1.6.1, REF: before base 1 there is none, so the base after the event is given
        after = _bases(contig, len(old), len(old) + 1, reference)
        return Variant(contig, 1, old + after, new + after, notes)
    before = _bases(contig, start - 1, start, reference)
    return Variant(contig, start, before + old, before + new, notes)


def _bases(contig: str, start: int, end: int, reference: Reference | None) -> str:
    """Bases of the reference that a form left out, 0-based half-open; BadInput where they are not known."""
    bases = reference.fetch(contig, start, end) if reference is not None else "N"
    if set(bases) <= set("ACGT"):
        return bases
    why = "no reference is loaded" if reference is None else f"it has no known base at {contig}:{start + 1}"
    raise BadInput(
        f"this form leaves out bases that only the reference can give, and {why}.",
        mend="Give it as in VCF, with all bases: chr1-1000-GA-G.",
        reason="needs reference",
    )
