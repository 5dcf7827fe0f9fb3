"""Named cohorts and their rule of inclusion: who of the counted, none of whom opted out, is in it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from embla.registry import CountedGenome


@dataclass(frozen=True)
class Cohort:
    """One. `assays`: kinds of callset that count, none for all. `per_month`: genome equivalents that are planned."""

    id: str
    title: Mapping[str, str]
    rule: Mapping[str, str]
    kind: str  # as Beacon says it: beacon-defined or study-defined
    assays: frozenset[str] = frozenset()
    unrelated: bool = False
    per_month: int = 0

    def holds(self, genome: "CountedGenome") -> bool:
        """Whether a person's one counted genome is in it. Who opted out never is."""
        return not genome.opted_out and self.holds_counted(genome.assay, unrelated=not genome.related)

    def holds_counted(self, assay: str, *, unrelated: bool) -> bool:
        """The same of somebody in a release, where nobody is who opted out."""
        return (not self.assays or assay in self.assays) and (unrelated or not self.unrelated)


COHORTS: Final[Mapping[str, Cohort]] = {
    one.id: one
    for one in (
        Cohort(
            "everybody",
            {"en": "Everybody counted", "da": "Alle talte"},
            {
                "en": "One germline genome of each person, none of whom opted out of research.",
                "da": "Et kimbane-genom af hver person, hvoraf ingen har fravalgt forskning.",
            },
            "beacon-defined",
        ),
        Cohort(
            "genome-of-europe",
            {"en": "Genome of Europe: reference cohort", "da": "Genome of Europe: referencekohorte"},
            {
                "en": "One whole germline genome of each person; of relatives by blood only one is taken; nobody who "
                "opted out of research.",
                "da": "Et helt kimbane-genom af hver person; af blodsbeslægtede kun én; ingen, der har fravalgt "
                "forskning.",
            },
            "study-defined",
            assays=frozenset({"genome"}),
            unrelated=True,
            per_month=125,
        ),
    )
}


def members_of(cohort: Cohort, counted: "Iterable[CountedGenome]") -> "list[CountedGenome]":
    """Those of the counted who are in a cohort, in the order they came."""
    return [genome for genome in counted if cohort.holds(genome)]
