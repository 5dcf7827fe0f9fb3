"""Do laboratories agree? One class per laboratory in, four ways of saying so out. Pure.

Three buckets as ClinVar and Shariant compare; *medically significant* is P/LP against anything else (ClinGen);
*opposite* is P/LP against LB/B, the only disagreement that VKGL calls a conflict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from embla.classification.model.classes import Class
from embla.errors import UsageError

CONFLICTING: Final = "Conflicting classifications of pathogenicity"


@dataclass(frozen=True)
class Comparison:
    """What the classes of several laboratories say of each other; their order does not matter."""

    labs: int
    five_tier: str  # single | agree | differ
    three_tier: str  # single | agreement | concordant_confidence | discordant
    medically_significant: bool
    opposite: bool
    vkgl: str  # single_lab | consensus | no_consensus | conflicting_opposite
    aggregate: str  # as ClinVar writes it

    @property
    def discordant(self) -> bool:
        """True when the classes lie in more than one bucket."""
        return self.three_tier == "discordant"

    @property
    def level(self) -> str:
        """How it is worked on: opposite | significant | other for a discordance, "" for none."""
        if not self.discordant:
            return ""
        return "opposite" if self.opposite else "significant" if self.medically_significant else "other"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return dict(vars(self))


def compare(classes: Sequence[Class]) -> Comparison:
    """Compare one class per laboratory. UsageError when there is none."""
    if not classes:
        raise UsageError("Nothing to compare.", mend="Give one class per laboratory: P, LP, VUS, LB, B.")
    different = sorted(set(classes), key=lambda one: -one.rank)
    buckets = {one.bucket for one in different}
    opposite = {"P/LP", "LB/B"} <= buckets
    discordant = len(buckets) > 1
    if len(classes) == 1:
        five, three, vkgl = "single", "single", "single_lab"
    else:
        five = "agree" if len(different) == 1 else "differ"
        three = "discordant" if discordant else "agreement" if len(different) == 1 else "concordant_confidence"
        vkgl = "conflicting_opposite" if opposite else "no_consensus" if discordant else "consensus"
    aggregate = CONFLICTING if discordant else _together(different)
    return Comparison(len(classes), five, three, discordant and "P/LP" in buckets, opposite, vkgl, aggregate)


def _together(different: Sequence[Class]) -> str:
    """Classes of one bucket in ClinVar's words: the stronger first, "Benign/Likely benign"."""
    if len(different) == 1:
        return different[0].label
    return "Pathogenic/Likely pathogenic" if Class.P in different else "Benign/Likely benign"
