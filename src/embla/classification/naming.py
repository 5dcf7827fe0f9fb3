"""One allele from what a laboratory wrote, or the reason why not. The only place here that reads names."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embla.errors import BadInput, EmblaError, UnknownContig
from embla.genome import GRCH38, Variant
from embla.reference import normalise, parse

if TYPE_CHECKING:
    from embla.platform import House
    from embla.reference import Reference

# The form that lists mostly have: no need for a parser of everything.
_PLAIN: Final = re.compile(
    r"(?:chr)?([0-9]{1,2}|[XYM]|MT)[-:]([1-9][0-9]{0,8})[-:]([ACGTN]+)[-:]([ACGTN]+)", re.IGNORECASE
)
LONGEST: Final = 1000


@dataclass(frozen=True)
class Named:
    """The allele; `checked`: REF was compared with the reference; `method` says how it was read."""

    variant: Variant
    checked: bool
    submitted: str
    method: str
    vrs_id: str | None = None


@dataclass(frozen=True)
class Unnamed:
    """Why there is no allele: `reason` is a stable word, `said` a sentence."""

    submitted: str
    reason: str
    said: str


def name_allele(text: str, reference: "Reference | None") -> Named | Unnamed:
    """Read one allele from any genomic spelling; never guesses."""
    try:
        plain = _PLAIN.fullmatch(text)
        known = GRCH38.find(plain[1].upper()) if plain else None
        if plain and known is not None:
            variant = Variant(known.name, int(plain[2]), plain[3].upper(), plain[4].upper())
            found, method = normalise(variant, reference), "vcf"
        else:
            asked = parse(text, reference)
            if not isinstance(asked, Variant):
                return Unnamed(text, "no_allele", "This names a place or a region, not an allele.")
            found, method = normalise(asked, reference), "parsed"
    except UnknownContig as error:
        return Unnamed(text[:LONGEST], "unknown_contig", str(error)[:500])
    except BadInput as error:
        reason = str(error.facts.get("reason", "unreadable")).replace(" ", "_")
        if reason == "personal_number":
            return Unnamed("", reason, error.message)
        return Unnamed(text[:LONGEST], {"reference": "reference_mismatch"}.get(reason, reason), str(error)[:500])
    except EmblaError as error:
        return Unnamed(text[:LONGEST], "unreadable", str(error)[:500])
    if len(str(found.variant)) > LONGEST:
        return Unnamed(
            text[:LONGEST], "too_long", f"An allele of more than {LONGEST} letters is not kept by its bases."
        )
    return Named(found.variant, found.checked, text[:LONGEST], method)


def af_now(house: "House", variant: Variant) -> tuple[str, float | None]:
    """The newest release and how often the allele occurs in it: what a record keeps as "AF when classified".

    ("", None) where there is no release; None where the number is hidden or nothing was read there.
    """
    from embla.errors import NotFound
    from embla.frequency import open_answer

    try:
        answer = open_answer(house, variant)
    except NotFound:
        return "", None
    return answer.how.release or "", answer.headline.af
