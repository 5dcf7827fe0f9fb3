"""The part of an HGVS name behind its positions: what is done to the bases there.

HGVS nomenclature 21.1, DNA recommendations. An edit knows no place: the same one is read from g., m., c. and n. names.
`dup2` is no HGVS; `del2`, which older names have, is read and its number checked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from embla.genome import Variant
from embla.reference.ask_words import MAX_ALLELE
from embla.reference.fasta import Reference
from embla.reference.normal import normalise
from embla.reference.resolved import Unplaced

Op = Literal["sub", "del", "ins", "dup", "delins", "inv", "repeat", "same"]

_BASES: Final = "[ACGTN]+"
_EDIT: Final = re.compile(
    rf"(?P<from>{_BASES})>(?P<to>{_BASES})"
    rf"|del(?P<del>{_BASES}|\d{{1,7}})?(?:ins(?P<delins>{_BASES}))?"
    rf"|ins(?P<ins>{_BASES})|dup(?P<dup>{_BASES})?|inv(?P<inv>{_BASES})?"
    rf"|(?P<unit>{_BASES})?\[(?P<times>\d{{1,4}})\]|(?P<same>{_BASES})?="
)
_COMPLEMENT: Final = str.maketrans("ACGTN", "TGCAN")


@dataclass(frozen=True, slots=True)
class Edit:
    """`stated` are the bases that the text says are there ("" for none said), `count` how many it says there are.

    `backwards`: the text reads the - strand, so what follows its position lies to the left.
    """

    op: Op
    stated: str = ""
    new: str = ""
    count: int = 0
    times: int = 0
    backwards: bool = False

    def flipped(self) -> "Edit":
        """The same on the other strand."""
        stated, new = reverse_complement(self.stated), reverse_complement(self.new)
        return Edit(self.op, stated, new, self.count, self.times, not self.backwards)


def reverse_complement(bases: str) -> str:
    """Of upper-case A, C, G, T, N."""
    return bases[::-1].translate(_COMPLEMENT)


def read_edit(text: str) -> Edit:
    """`G>A`, `del`, `delTC`, `del2`, `insA`, `dup`, `delinsTG`, `inv`, `CAG[5]`, `=`; Unplaced for anything else."""
    match = _EDIT.fullmatch(_upper_bases(text))
    if match is None:
        raise Unplaced("unsupported" if re.match(r"[\[(]|con|t\(|del|ins|dup|inv|\|", text) else "unreadable")
    if match["from"]:
        return Edit("sub", match["from"], match["to"])
    if match["ins"]:
        return Edit("ins", new=match["ins"])
    if match["times"]:
        return Edit("repeat", match["unit"] or "", times=int(match["times"]))
    if match.group(0).startswith("del"):
        stated = match["del"] or ""
        count = int(stated) if stated.isdigit() else len(stated)
        return Edit(
            "delins" if match["delins"] else "del", "" if stated.isdigit() else stated, match["delins"] or "", count
        )
    if match.group(0).startswith("dup"):
        return Edit("dup", match["dup"] or "", count=len(match["dup"] or ""))
    if match.group(0).startswith("inv"):
        return Edit("inv", match["inv"] or "", count=len(match["inv"] or ""))
    return Edit("same", match["same"] or "")


def _upper_bases(text: str) -> str:
    """Bases in upper case, the words del, ins, dup and inv in lower."""
    return re.sub(r"del|ins|dup|inv", lambda word: word[0].lower(), text.strip().upper(), flags=re.IGNORECASE)


def apply_edit(contig: str, start: int, end: int, edit: Edit, reference: Reference | None) -> Variant:
    """The edit of bases `start` to `end` (0-based half-open, + strand) in normal form; Unplaced when it cannot be.

    An insertion stands between the two bases of its span. A stated base is compared with the reference.
    """
    if max(end - start, len(edit.new), edit.count, len(edit.stated) * max(edit.times, 1)) > MAX_ALLELE:
        raise Unplaced("too_long", f"{MAX_ALLELE:,} bases are read; for larger events give the region.")
    there = known_bases(contig, start, end, reference)
    old, new = there, ""
    if edit.op == "same":
        raise Unplaced("reference_allele")
    if edit.op == "repeat":
        start, old, new = _repeat(contig, start, there, edit, reference)
    elif edit.op == "ins":
        if end - start != 2:
            raise Unplaced("unreadable", "An insertion lies between two neighbouring bases.")
        start, old, new = start + 1, "", edit.new
    else:
        _check_stated(contig, start, there, edit)
        new = {
            "sub": edit.new,
            "del": "",
            "delins": edit.new,
            "dup": there + there,
            "inv": reverse_complement(there),
        }[edit.op]
    return settle(contig, start, old, new, reference)


def settle(contig: str, start: int, old: str, new: str, reference: Reference | None) -> Variant:
    """Replace `old` at 0-based `start` by `new`: the normal form, or Unplaced. `old` must be the reference's."""
    if old == new:
        raise Unplaced("reference_allele", "Nothing changes: the new bases are those that are there.")
    if "N" in new:
        raise Unplaced("unsupported", "The new bases are not all known.")
    if not old or not new:
        if start == 0:  # VCF 4.3, 1.6.1, REF: before base 1 there is none, so the base after is given
            after = known_bases(contig, len(old), len(old) + 1, reference)
            old, new = old + after, new + after
        else:
            before = known_bases(contig, start - 1, start, reference)
            start, old, new = start - 1, before + old, before + new
    return normalise(Variant(contig, start + 1, old, new), reference).variant


def known_bases(contig: str, start: int, end: int, reference: Reference | None) -> str:
    """Bases of the reference, 0-based half-open; Unplaced where one is N or outside what is loaded."""
    if reference is None or not reference.has(contig):
        raise Unplaced("reference_not_loaded")
    bases = reference.fetch(contig, start, end)
    if "N" in bases or set(bases) - set("ACGT"):
        raise Unplaced("reference_not_loaded", f"The loaded reference has no known base at {contig}:{start + 1:,}.")
    return bases


def _check_stated(contig: str, start: int, there: str, edit: Edit) -> None:
    if edit.op == "sub" and len(edit.stated) != len(there):
        raise Unplaced("unreadable", f"The positions span {len(there):,} bases, and {len(edit.stated):,} are named.")
    if edit.count and edit.count != len(there):
        raise Unplaced("unreadable", f"The positions span {len(there):,} bases, and {edit.count:,} are named.")
    if edit.stated:
        check_bases(contig, start, there, edit.stated)


def check_bases(contig: str, start: int, there: str, stated: str) -> None:
    """Unplaced unless `there`, the bases of the reference from 0-based `start` on, are those that a text states."""
    if stated != there:
        shown = (there, stated) if len(there) <= 20 else (f"{len(there):,} bases", "these")
        raise Unplaced(
            "reference_mismatch",
            f"The reference has {shown[0]} at {contig}:{start + 1:,} (+ strand), not {shown[1]}. "
            "Check position, build and strand.",
        )


def _repeat(contig: str, start: int, there: str, edit: Edit, reference: Reference | None) -> tuple[int, str, str]:
    """`100_108CAG[5]`: the repeats of the span become five."""
    unit = edit.stated or there
    if len(unit) * edit.times > MAX_ALLELE:
        raise Unplaced("too_long")
    old = there
    if len(there) <= len(unit):
        start, old = repeats_at(
            start, start + len(there), unit, lambda low, high: known_bases(contig, low, high, reference),
            backwards=edit.backwards,
        )  # fmt: skip
    if not old or old != unit * (len(old) // len(unit)):
        raise Unplaced(
            "reference_mismatch", f"The reference does not have repeats of these bases at {contig}:{start + 1:,}."
        )
    if edit.stated and len(unit) == len(there) > 1 and old != there:
        # Until 2016 the span was that of the first unit, since then it is that of all of them.
        raise Unplaced(
            "several_alleles",
            "More of the same follow: give the positions of all repeats, or the first position alone.",
            candidates=tuple(
                settle(contig, start, run, unit * edit.times, reference)
                for run in (there, old)
                if run != unit * edit.times
            ),
        )
    return start, old, unit * edit.times


def repeats_at(
    start: int, end: int, unit: str, bases: Callable[[int, int], str], *, backwards: bool = False
) -> tuple[int, str]:
    """Start and bases of all repeats of `unit` from the one that begins at `start`; "" where none does.

    `backwards`: from the one that ends at `end`, to the left. `bases` reads the reference, 0-based half-open.
    """
    size = len(unit)
    low, high = (end - size, end) if backwards else (start, start + size)
    run = 0
    while low >= 0 and run * size < MAX_ALLELE and bases(low, high) == unit:
        run += 1
        low, high = (low - size, low) if backwards else (high, high + size)
    return (high if backwards else start), unit * run
