"""Readers of SPDI and of genomic HGVS (g. and m.), which need the reference wherever they leave bases out.

HGVS nomenclature 21.1, DNA recommendations; SPDI: Holmes 2020. HGVS puts an indel as far right as it goes and VCF as
far left; the caller normalises what comes out of here.
"""

import re
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38, Place, Region, Variant
from embla.reference.ask_plain import check_length, contig_of, number, to_int
from embla.reference.clean import EXAMPLES
from embla.reference.fasta import Reference

_BASES: Final = r"[ACGTNacgtn]"
_SPDI: Final = re.compile(
    rf"(?P<contig>(?:NC_|CM|J)[0-9]{{5,6}}\.[0-9]{{1,3}}):(?P<pos>\d{{1,12}}):(?P<deleted>{_BASES}*|\d{{1,12}}):(?P<inserted>{_BASES}*)",
    re.IGNORECASE,
)
_NAME: Final = re.compile(
    r"(?:(?P<contig>[A-Za-z0-9_.]{1,40})(?:\([^()]{0,40}\))?\s?:\s?)?(?P<kind>[gm])\.\s?(?P<what>.*)", re.IGNORECASE
)
_SPAN: Final = rf"{number('start')}(?:_{number('end')})?"
_SEQ: Final = rf"(?P<seq>{_BASES}+|\d{{1,12}})?"
_CHANGE: Final = re.compile(
    rf"{_SPAN}\s?(?:"
    rf"(?P<from>{_BASES}+)\s?>\s?(?P<to>{_BASES}+)"
    rf"|(?P<op>delins|del|dup|inv|ins)\s?{_SEQ}(?:ins\s?(?P<ins>{_BASES}+))?"
    rf"|(?P<same>{_BASES}*=)"
    r")?",
    re.IGNORECASE,
)
_COMPLEMENT: Final = str.maketrans("ACGTN", "TGCAN")


def read_spdi(text: str, reference: Reference | None) -> Variant | None:
    """`NC_000017.11:43045711:T:C`: 0-based position, deleted bases or their number, inserted bases."""
    match = _SPDI.fullmatch(text)
    if not match:
        return None
    contig, notes = contig_of(match["contig"])
    start = int(match["pos"])
    deleted, inserted = match["deleted"].upper(), match["inserted"].upper()
    length = int(deleted) if deleted.isdigit() else len(deleted)
    _inside(contig, start + 1, start + length)
    check_length(max(length, len(inserted)))
    if deleted.isdigit():
        deleted = _bases(contig, start, start + length, reference)
    notes = (*notes, f"Read as SPDI, whose position is 0-based: base {start + 1:,} in VCF.")
    return _edit(contig, start, deleted, inserted, notes, reference)


def read_hgvs(text: str, reference: Reference | None) -> Variant | Region | Place | None:
    """`NC_000017.11:g.43045712T>C`, del, ins, dup, delins, inv; `chr17:g.` and bare `m.` too."""
    match = _NAME.fullmatch(text)
    if not match or (match["contig"] is None and match["kind"].lower() == "g"):
        return None
    contig, notes = contig_of(match["contig"] or "chrM")
    if match["kind"].lower() == "m" and contig != "chrM":
        raise BadInput(f"m. is for the mitochondrial genome; {contig} takes g.", mend=EXAMPLES, reason="syntax")
    change = _CHANGE.fullmatch(match["what"])
    if not change:
        raise BadInput(
            f"this change on {contig} is not one that is read: substitution, del, ins, dup, delins and inv with exact positions are.",
            mend=f"Give it as in VCF. {EXAMPLES}",
            reason="syntax",
        )
    first = to_int(change["start"])
    last = to_int(change["end"]) if change["end"] else first
    _inside(contig, first, last)
    if change["same"] is not None:
        raise BadInput(
            f"`=` says that {contig}:{first} is as in the reference, so this is not a variant.",
            mend=f"To see the variants at this base ask for {contig}:{first}.",
            reason="no variant",
        )
    if change["from"] is None and change["op"] is None:
        return Region(contig, first - 1, last, notes) if change["end"] else Place(contig, first, notes)
    return _change(contig, first, last, change, notes, reference)


def _change(
    contig: str, first: int, last: int, change: re.Match[str], notes: tuple[str, ...], reference: Reference | None
) -> Variant:
    """Carry out one HGVS change; `first` and `last` are 1-based, both included."""
    start = first - 1
    if change["from"]:
        replaced = change["from"].upper()
        if change["end"] and len(replaced) != last - start:
            raise _counts(contig, first, last, len(replaced))
        check_length(max(len(replaced), len(change["to"])))
        return _edit(contig, start, replaced, change["to"].upper(), notes, reference)
    op, seq, ins = change["op"].lower(), (change["seq"] or "").upper(), (change["ins"] or "").upper()
    if op in ("ins", "delins") and (not seq or seq.isdigit() or ins):
        raise BadInput(
            f"the inserted bases at {contig}:{first} are not spelled out.",
            mend="Write them: NC_000021.9:g.100_101insACGT.",
            reason="syntax",
        )
    if op in ("dup", "inv") and ins:
        raise BadInput(f"`{op}` cannot be followed by `ins`.", mend="Write delins.", reason="syntax")
    if op == "ins":
        if not change["end"] or last != first + 1:
            raise BadInput(
                f"an insertion lies between two neighbouring bases; got {first:,} and {last:,}.",
                mend=f"Write g.{first}_{first + 1}ins...",
                reason="syntax",
            )
        check_length(len(seq))
        return _edit(contig, first, "", seq, notes, reference)
    check_length(max(last - start, len(seq), len(ins)))
    if op == "delins":
        return _edit(contig, start, _bases(contig, start, last, reference), seq, notes, reference)
    if seq and (int(seq) if seq.isdigit() else len(seq)) != last - start:
        raise _counts(contig, first, last, int(seq) if seq.isdigit() else len(seq))
    spelled = seq if seq and not seq.isdigit() else _bases(contig, start, last, reference)
    if op == "del":
        return _edit(contig, start, spelled, ins, notes, reference)
    if op == "dup":
        # As an insertion of the copy before the original: REF, and with it the copied bases, is checked below.
        copied = _edit(contig, start, spelled, spelled + spelled, notes, reference)
        return copied
    return _edit(contig, start, spelled, spelled[::-1].translate(_COMPLEMENT), notes, reference)


def _edit(
    contig: str, start: int, deleted: str, inserted: str, notes: tuple[str, ...], reference: Reference | None
) -> Variant:
    """Replace `deleted` at 0-based `start` by `inserted`, as VCF writes it: with the base before where one is empty."""
    if deleted == inserted:
        raise BadInput(
            "nothing changes: the new bases are those of the reference.",
            place=f"{contig}:{start + 1}",
            mend=EXAMPLES,
            reason="no variant",
        )
    if deleted and inserted:
        return Variant(contig, start + 1, deleted, inserted, notes)
    if start == 0:  # VCF 4.3, 1.6.1 REF: at base 1 the base after the event is given instead
        after = _bases(contig, len(deleted), len(deleted) + 1, reference)
        return Variant(contig, 1, deleted + after, inserted + after, notes)
    before = _bases(contig, start - 1, start, reference)
    return Variant(contig, start, before + deleted, before + inserted, notes)


def _bases(contig: str, start: int, end: int, reference: Reference | None) -> str:
    """Bases of the reference that a form left out; BadInput where they are not known."""
    bases = reference.fetch(contig, start, end) if reference is not None else "N"
    if set(bases) <= set("ACGT") and bases:
        return bases
    why = "no reference is loaded" if reference is None else f"the reference has no known base at {contig}:{start + 1}"
    raise BadInput(
        f"this form leaves out bases that only the reference can give, and {why}.",
        mend="Give it as in VCF, with all bases: chr1-1000-GA-G.",
        reason="needs reference",
    )


def _inside(contig: str, first: int, last: int) -> None:
    length = GRCH38.contig(contig).length
    if first < 1 or last > length:
        raise BadInput(
            f"{contig} of GRCh38 has bases 1 to {length:,}; {first:,} to {last:,} is outside.",
            mend="Check the position and the build.",
            reason="outside",
        )
    if last < first - 1:
        raise BadInput(
            f"the positions run backwards: {first:,} to {last:,}.", mend="Give the smaller one first.", reason="syntax"
        )


def _counts(contig: str, first: int, last: int, given: int) -> BadInput:
    return BadInput(
        f"{contig}:{first}-{last} is {last - first + 1:,} bases long, but {given:,} are named.",
        mend="Check the positions and the bases.",
        reason="syntax",
    )
