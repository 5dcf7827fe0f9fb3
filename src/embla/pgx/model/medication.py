"""A list of medicines against a profile: what must be done otherwise, and what else the list itself changes. Pure.

Alerts are actionable lines only, as their source marks them; one alert a drug, the sources side by side. An alert is
interruptive where a source names another drug or speaks against this one, or CPIC strongly changes the dose;
else passive. Inhibitors are context (phenoconversion): they never change a genotype, a phenotype or an alert. A drug
whose genes were not assessed is told as that, so that no silence reads as all clear.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from embla.pgx.model.advice import Advice

Kind = Literal["interruptive", "passive"]


@dataclass(frozen=True)
class Inhibitor:
    """A drug that slows an enzyme. `strength` is strong or moderate by its source."""

    atc: str
    drug: str
    gene: str
    strength: str
    source: str


@dataclass(frozen=True)
class Context:
    """An inhibitor on the list beside a drug whose guideline asks for that gene."""

    drug: str
    by: Inhibitor

    @property
    def text(self) -> str:
        """One sentence."""
        like = "as a poor metabolizer" if self.by.strength == "strong" else "with less activity than the genotype says"
        return (
            f"{self.by.drug} is a {self.by.strength} inhibitor of {self.by.gene} ({self.by.source}): while both are "
            f"taken the patient may respond to {self.drug} {like}. The genotype stays what it is."
        )


@dataclass(frozen=True)
class Alert:
    """One drug of the list. `certain`: every result that is not excluded asks for action."""

    drug: str
    codes: tuple[str, ...]
    kind: Kind
    against: bool
    certain: bool
    lines: tuple[Advice, ...]
    context: tuple[Context, ...]


@dataclass(frozen=True)
class Unassessed:
    """A drug of the list of which a source could not be asked, and why."""

    drug: str
    source: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """The answer. `unknown` are codes of which no guideline speaks; `context` is of drugs without an alert."""

    alerts: tuple[Alert, ...]
    context: tuple[Context, ...]
    unassessed: tuple[Unassessed, ...]
    unknown: tuple[str, ...]


def check_list(
    advice: Sequence[Advice],
    codes: Collection[str],
    by_code: Mapping[str, Collection[str]],
    inhibitors: Sequence[Inhibitor],
    *,
    beside: Collection[str] = (),
) -> Checked:
    """What the profile says of medicines by code (ATC or RxNorm). `beside`: taken already, context only."""
    drugs: dict[str, list[str]] = {}
    for code in dict.fromkeys(codes):
        for drug in sorted(by_code.get(code, ())):
            drugs.setdefault(drug, []).append(code)
    lines = {drug: [one for one in advice if one.drug.lower() == drug.lower()] for drug in drugs}
    taken = [one for one in inhibitors if one.atc in codes or one.atc in beside]
    alerts: list[Alert] = []
    alone: list[Context] = []
    silent: list[Unassessed] = []
    for drug in sorted(lines):
        found = lines[drug]
        genes = {gene for one in found for gene in one.guideline.genes}
        context = tuple(Context(drug, one) for one in taken if one.gene in genes and one.drug != drug)
        acting = [one for one in found if _acts(one)]
        silent += [
            Unassessed(drug, source, tuple(dict.fromkeys(r for one in unasked for r in one.reasons)))
            for source in dict.fromkeys(one.guideline.source for one in found)
            if (unasked := [one for one in found if one.guideline.source == source and one.partly_asked])
        ]
        if not acting:
            alone += context
            continue
        sources = {one.guideline.source for one in acting}
        certain = all(_acts(one) for one in found if one.guideline.source in sources)
        kind: Kind = "interruptive" if any(_interrupts(one) for one in acting) else "passive"
        against = any(one.row is not None and one.row.avoids for one in acting)
        alerts.append(Alert(drug, tuple(drugs[drug]), kind, against, certain, tuple(acting), context))
    alerts.sort(key=lambda one: (one.kind != "interruptive", not one.against, one.drug))
    unknown = tuple(code for code in dict.fromkeys(codes) if not any(lines.get(d) for d in by_code.get(code, ())))
    return Checked(tuple(alerts), tuple(alone), tuple(silent), unknown)


def _acts(one: Advice) -> bool:
    return one.status == "advice" and one.row is not None and one.row.acts


def _interrupts(one: Advice) -> bool:
    row = one.row
    if row is None:
        return False
    if row.avoids:
        return row.strength != "Optional"
    if one.guideline.source == "CPIC":
        return (row.replaces and row.strength in ("Strong", "Moderate")) or (row.doses and row.strength == "Strong")
    return row.replaces
