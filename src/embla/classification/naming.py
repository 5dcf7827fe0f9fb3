"""One allele from what a laboratory wrote, or the reason why not. The only place here that reads names."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embla.errors import BadInput
from embla.genome import GRCH38, Variant
from embla.reference import REASONS, normalise, resolve

if TYPE_CHECKING:
    from embla.platform import House
    from embla.reference import Resources

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


def name_allele(text: str, names: "Resources", *, quick: bool = False) -> Named | Unnamed:
    """Read one allele from any spelling; never guesses. `quick` leaves out the VRS id of what is written as in VCF.

    Where the reference of a place is not loaded, an allele written as in VCF is kept unchecked.
    """
    plain = _PLAIN.fullmatch(text.strip())
    if plain and quick:
        return _as_vcf(plain, text, names)
    found = resolve(text, names)
    if plain and found.reason == "reference_not_loaded":
        return _as_vcf(plain, text, names)
    if found.variant is None:
        kept = "" if found.reason == "personal_number" else text[:LONGEST]
        return Unnamed(kept, found.reason, found.detail[:500] or REASONS.get(found.reason, found.reason))
    return _short(Named(found.variant, True, text[:LONGEST], f"{found.method} {found.tool}".strip(), found.vrs_id))


def _as_vcf(plain: re.Match[str], text: str, names: "Resources") -> Named | Unnamed:
    known = GRCH38.find(plain[1].upper())
    if known is None:
        return Unnamed(text[:LONGEST], "unknown_contig", REASONS["unknown_contig"])
    try:
        variant = Variant(known.name, int(plain[2]), plain[3].upper(), plain[4].upper())
        found = normalise(variant, names.reference)
    except BadInput as error:
        reason = {"reference": "reference_mismatch", "outside": "outside_contig"}
        return Unnamed(text[:LONGEST], reason.get(str(error.facts.get("reason")), "unreadable"), str(error)[:500])
    return _short(Named(found.variant, found.checked, text[:LONGEST], "vcf"))


def _short(named: Named) -> Named | Unnamed:
    if len(str(named.variant)) > LONGEST:
        return Unnamed(named.submitted, "too_long", REASONS["too_long"])
    return named


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
