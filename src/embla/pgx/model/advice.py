"""From calls to advice: each guideline asked with the keys of its genes. Pure.

A gene whose unassessed positions could change the key is not assessed for that guideline. Where phase leaves several
keys, each has its line. "No recommendation" is what a source says of a known result; "not assessed" is our own silence.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, Literal

from embla.pgx.model.calling import GeneCall, Names
from embla.pgx.model.definition import Release
from embla.pgx.model.guidance import Guideline, Row
from embla.pgx.model.phenotype import Phenotype, phenotype, rank
from embla.pgx.model.rules import HLA_KEYS, INDETERMINATE
from embla.pgx.model.typing import told as hla_told

_NO_RESULT = "No Result"
NOT_ASSESSED: Final = "not assessed"
_HLA: Final = re.compile(r"\*\d+:\d+")


@dataclass(frozen=True)
class State:
    """One possible result of a gene."""

    names: Names
    told: Phenotype


@dataclass(frozen=True)
class Advice:
    """One line of advice of one guideline for one drug."""

    drug: str
    guideline: Guideline
    row: Row | None
    phenotypes: Mapping[str, str]
    status: Literal["advice", "no_recommendation", "not_assessed"]
    reasons: tuple[str, ...]

    @property
    def partly_asked(self) -> bool:
        """True where a gene of the guideline was not assessed, also where the source has a row for the others alone."""
        return self.status == "not_assessed" or NOT_ASSESSED in self.phenotypes.values()


def advise(release: Release, calls: Mapping[str, GeneCall], guidelines: Sequence[Guideline]) -> Iterator[Advice]:
    """Every guideline's advice for every drug of it, in the order of the guidelines."""
    for guideline in guidelines:
        yield from _ask(release, calls, guideline)


def _ask(release: Release, calls: Mapping[str, GeneCall], guideline: Guideline) -> Iterator[Advice]:
    reasons = (
        [] if guideline.rows else [f"The guideline has no table of results, but a text or formula: {guideline.url}"]
    )
    states: dict[str, list[State]] = {}
    for gene in guideline.genes:
        states[gene], why = _states(release, calls.get(gene), gene, guideline)
        reasons += why
    if not any(states.values()):
        terms = dict.fromkeys(guideline.genes, NOT_ASSESSED)
        for drug in guideline.drugs:
            yield Advice(drug, guideline, None, terms, "not_assessed", tuple(reasons))
        return
    told: set[tuple[str, str | None, str]] = set()
    for case in product(*(_or_none(states[gene]) for gene in guideline.genes)):
        by_gene = dict(zip(guideline.genes, case, strict=True))
        terms = {gene: state.told.term if state else NOT_ASSESSED for gene, state in by_gene.items()}
        for drug in guideline.drugs:
            rows = [
                row
                for row in guideline.rows
                if drug in row.drugs and all(fits(release, g, by_gene.get(g), value) for g, value in row.keys.items())
            ]
            if not rows:
                silent = None in case and bool(guideline.rows)
                key = (drug, None, "|".join(terms.values()))
                if key not in told:
                    told.add(key)
                    status: Literal["no_recommendation", "not_assessed"] = (
                        "not_assessed" if silent else "no_recommendation"
                    )
                    unsaid = (
                        []
                        if silent or not guideline.rows
                        else [f"The table has no row for this result: {guideline.url}"]
                    )
                    yield Advice(drug, guideline, None, terms, status, (*reasons, *unsaid))
            for row in rows:
                if (drug, row.id, "") not in told:
                    told.add((drug, row.id, ""))
                    yield Advice(
                        drug, guideline, row, terms, "advice" if row.advises else "no_recommendation", tuple(reasons)
                    )


def _or_none(states: list[State]) -> list[State | None]:
    return [*states] or [None]


def _states(release: Release, call: GeneCall | None, gene: str, guideline: Guideline) -> tuple[list[State], list[str]]:
    """The results of a gene to ask with; none, with the reason, where it is not assessed for this guideline."""
    if call is None:
        return [], [f"{gene}: no call was brought."]
    if call.status in ("refused", "not_assessed") or not call.diplotypes:
        return [], [f"{gene}: {call.status}. {' '.join(call.reasons)}"]
    shown = [State(names, told) for names, told in zip(call.diplotypes, call.phenotypes, strict=True)]
    untyped = _untyped(gene, shown, guideline) if gene in HLA_KEYS else []
    if untyped:
        return [], [f"{gene}: the typing does not answer {', '.join(untyped)}."]
    keys = {_matched(release, gene, state, guideline) for state in shown}
    hidden = {
        _matched(release, gene, State(names, phenotype(release, gene, names)), guideline) for names in call.possible
    }
    if call.fallback is not None and (len(keys) > 1 or not hidden <= keys):
        return [State((), call.fallback)], [f"{gene}: told by rs4149056 alone."]
    if not hidden <= keys:
        return [], [f"{gene}: alleles that could change the advice are not excluded. {' '.join(call.reasons)}"]
    why = [f"{gene}: {' '.join(call.reasons)}"] if call.status == "ambiguous" and call.reasons else []
    return shown, why


def _untyped(gene: str, states: list[State], guideline: Guideline) -> list[str]:
    """Alleles of which a guideline asks and a typing leaves open; none where another that it asks for is there."""
    asked = {str(row.keys.get(gene, "")).rpartition(" ")[0] for row in guideline.rows}
    found: set[str] = set()
    for state in states:
        said = {key: hla_told(state.names, state.told.term, key) for key in asked if _HLA.fullmatch(key)}
        if True not in said.values():
            found |= {key for key, there in said.items() if there is None}
    return sorted(found)


def _matched(release: Release, gene: str, state: State, guideline: Guideline) -> tuple[str, ...]:
    """Which of a guideline's keys of this gene a result fits; its phenotype where the guideline has no table."""
    values = {str(row.keys[gene]): row.keys[gene] for row in guideline.rows if gene in row.keys}
    if not values:
        return (state.told.term, state.told.score or "")
    return tuple(sorted(text for text, value in values.items() if fits(release, gene, state, value)))


def fits(release: Release, gene: str, state: State | None, value: Any) -> bool:
    """Whether a result is what a lookup key asks for."""
    if state is None:
        return bool(value == _NO_RESULT)
    if isinstance(value, dict):
        counts = {name: float(state.names.count(name)) for name in state.names}
        return counts == {name: float(n) for name, n in value.items()}
    if gene in HLA_KEYS:
        key, _, wanted = str(value).rpartition(" ")
        return bool(_HLA.fullmatch(key)) and hla_told(state.names, state.told.term, key) is (wanted == "positive")
    if value == "xN combinations":
        return any(name.endswith("xN") for name in state.names)
    if value == "n/a":
        return state.told.score is None and state.told.term == INDETERMINATE
    if " (" in value:
        # DPWG DPYD: a score of 1 from two partly working strands, and any lower one above 0, asks for phenotyping.
        score, _, meaning = str(value).rstrip(")").partition(" (")
        weak = bool(state.names) and all(rank(release, gene, name) < 1 for name in state.names)
        return state.told.score == score and (score != "1.0" or weak == (meaning == "Phenotyping"))
    return bool(value in (state.told.score, state.told.term))
