"""A call against a truth, notation first: how often exact, contained in the candidates, no call, wrong."""

import re
from collections.abc import Mapping
from typing import Any, Final

from embla.pgx.model.naming import choices, diplotype

# Names that older tables use (PharmVar 5 and 6): the same alleles, renamed.
_OLD: Final = {
    "SLCO1B1": {"*1A": "*1", "*1B": "*37", "*21": "*20", "*17": "*20", "*18": "*14", "*35": "*20"},
    "CYP2C19": {"*1A": "*38", "*1B": "*1", "*4A": "*4", "*4B": "*4"},
    "CYP3A4": {"*1A": "*1", "*1B": "*1"},
    "CYP3A5": {"*1A": "*1", "*3A": "*3", "*3C": "*3"},
}
_UNDEFINED: Final = re.compile(r"^(|n/?a|no[ _]?call|none|unknown|undetermined|indeterminate|\.|-|\?)$", re.IGNORECASE)


def compare(
    calls: Mapping[tuple[str, str], Mapping[str, Any]], truth: Mapping[tuple[str, str], str]
) -> list[dict[str, Any]]:
    """Per gene: n pairs that both sides define, exact, contains (exact among them), no_call, wrong, and who was wrong.

    `exact`: the first candidate is the truth. `contains`: the truth is among the candidates. `no_call`: no candidate.
    """
    genes: dict[str, dict[str, Any]] = {}
    for (sample, gene), text in sorted(truth.items(), key=lambda one: (one[0][1], one[0][0])):
        line = calls.get((sample, gene))
        true = true_choices(gene, text)
        if line is None or not true:
            continue
        row = genes.setdefault(
            gene, {"gene": gene, "n": 0, "exact": 0, "contains": 0, "no_call": 0, "wrong": 0, "samples": []}
        )
        row["n"] += 1
        told = [renamed(gene, diplotype(one)) for one in line["diplotypes"]]
        if not told:
            row["no_call"] += 1
        elif set(told) & true:
            row["contains"] += 1
            row["exact"] += told[0] in true
        else:
            row["wrong"] += 1
            row["samples"].append(sample)
    return list(genes.values())


def true_choices(gene: str, text: str) -> frozenset[tuple[str, ...]]:
    """What a truth table admits, in present names; nothing where it defines nothing."""
    if _UNDEFINED.match(text.strip()):
        return frozenset()
    found = choices(text) or frozenset({diplotype(text)} if text.strip() else ())
    return frozenset(renamed(gene, one) for one in found)


def renamed(gene: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Old names in their present form."""
    old = _OLD.get(gene, {})
    return diplotype("/".join(old.get(name, name) for name in names))
