"""The five classes of a germline variant as people write them, and the three buckets of discordance. Pure."""

from enum import StrEnum
from typing import Final

from embla.errors import BadInput


class Class(StrEnum):
    """Pathogenic to benign, as laboratories shorten it."""

    P = "P"
    LP = "LP"
    VUS = "VUS"
    LB = "LB"
    B = "B"

    @property
    def rank(self) -> int:
        """0 for benign to 4 for pathogenic."""
        return _RANK[self]

    @property
    def bucket(self) -> str:
        """P/LP, VUS or LB/B: within a bucket two laboratories differ in confidence only."""
        return _BUCKETS[self]

    @property
    def label(self) -> str:
        """As ClinVar writes it."""
        return _LABELS[self]


_RANK: Final = {Class.B: 0, Class.LB: 1, Class.VUS: 2, Class.LP: 3, Class.P: 4}
_BUCKETS: Final = {Class.P: "P/LP", Class.LP: "P/LP", Class.VUS: "VUS", Class.LB: "LB/B", Class.B: "LB/B"}
_LABELS: Final = {
    Class.P: "Pathogenic", Class.LP: "Likely pathogenic", Class.VUS: "Uncertain significance",
    Class.LB: "Likely benign", Class.B: "Benign",
}  # fmt: skip
# What laboratories and ClinVar write for the same five. A word that fits two classes is in none of them.
_WORDS: Final = {
    **{str(one).lower(): one for one in Class},
    **{label.lower(): one for one, label in _LABELS.items()},
    "class 5": Class.P, "class 4": Class.LP, "class 3": Class.VUS, "class 2": Class.LB, "class 1": Class.B,
    "5": Class.P, "4": Class.LP, "3": Class.VUS, "2": Class.LB, "1": Class.B,
    "us": Class.VUS, "variant of uncertain significance": Class.VUS, "unknown significance": Class.VUS,
    "variant of unknown significance": Class.VUS, "uncertain": Class.VUS,
    "vus-high": Class.VUS, "vus-mid": Class.VUS, "vus-low": Class.VUS,
}  # fmt: skip


def read_class(text: str) -> Class:
    """One of the five, from its short or its long name. BadInput otherwise."""
    found = _WORDS.get(" ".join(text.replace("_", " ").lower().split()))
    if found is None:
        shown = text if len(text) <= 40 else text[:37] + "..."
        raise BadInput(f"'{shown}' is no class.", mend="Known: P, LP, VUS, LB, B.")
    return found
