"""Axes of conclusion, never mixed: each has classes of its own, and only some are compared between labs. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from embla.classification.model.classes import Class, read_class
from embla.errors import BadInput

_FIVE: Final = tuple(str(one) for one in Class)


@dataclass(frozen=True)
class Axis:
    """One way to conclude. `scored`: the ACMG arithmetic speaks of it; `compared`: laboratories can be discordant."""

    id: str
    guideline: str
    classes: tuple[str, ...]
    scored: bool = False
    compared: bool = False


AXES: Final[Mapping[str, Axis]] = {
    axis.id: axis
    for axis in (
        Axis("germline", "ACMG/AMP 2015", _FIVE, scored=True, compared=True),
        Axis("cnv", "ACMG/ClinGen CNV 2019", _FIVE, compared=True),
        Axis("mtdna", "ClinGen mtDNA 2020", _FIVE, compared=True),
        Axis("oncogenicity", "ClinGen/CGC/VICC 2022", ("O", "LO", "VUS", "LB", "B")),
        # ClinVar and Shariant: tiers of clinical impact are never in conflict.
        Axis("impact", "AMP/ASCO/CAP 2017", ("Tier I", "Tier II", "Tier III", "Tier IV")),
        Axis("risk", "ClinGen low penetrance 2024",
             ("Pathogenic, low penetrance", "Likely pathogenic, low penetrance", "Established risk allele",
              "Likely risk allele", "Uncertain risk allele")),
    )
}  # fmt: skip


def read_axis(text: str) -> Axis:
    """An axis by its id; BadInput otherwise."""
    found = AXES.get(text.strip().lower() or "germline")
    if found is None:
        raise BadInput(f"'{text[:40]}' is no axis.", mend=f"Known: {', '.join(AXES)}.")
    return found


def read_class_on(axis: Axis, text: str) -> str:
    """A class of this axis as it is written; BadInput for a class of another."""
    if axis.classes == _FIVE:
        return str(read_class(text))
    wanted = " ".join(text.split()).lower()
    found = next((one for one in axis.classes if one.lower() == wanted), None)
    if found is None:
        raise BadInput(f"'{text[:40]}' is no class of the axis {axis.id}.", mend=f"Known: {'; '.join(axis.classes)}.")
    return found
