"""The combining rules as data with a version: tables, weights, thresholds, and which evidence overlaps. Pure.

A rule such as {"S": 1, "M": 2} asks for one Strong and two Moderate criteria. Stronger evidence stands in for weaker
(two Strong hold what one Strong and one Moderate hold), so raising a strength can never lose a rule. On every set with
at most one Very Strong that is word for word table 5 of Richards 2015, which a test holds for all 33,600 of them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from embla.classification.model.classes import Class

LEVELS: Final = ("A", "VS", "S", "M", "P")
Needs = tuple[int, ...]


@dataclass(frozen=True)
class RuleSet:
    """One version of the rules. `tables`: by name and class, what each rule needs at each level or above."""

    version: int
    tables: Mapping[str, Mapping[Class, Sequence[Needs]]]
    weights: Mapping[str, int]
    thresholds: Sequence[tuple[int, Class]]
    supporting_by_default: frozenset[str]
    weightless: frozenset[str]
    counted_twice: Sequence[tuple[str, str]]

    @property
    def name(self) -> str:
        """What a record keeps: which rules proposed its class."""
        return f"acmg-2015+svi-2020/{self.version}"

    def class_of_points(self, points: int) -> Class:
        """The class of a plain sum."""
        return next((one for least, one in self.thresholds if points >= least), Class.B)

    def reaches(self, tables: Sequence[str], one: Class, counts: Needs) -> bool:
        """True when any rule of a class in these tables holds; `counts` are cumulative, as `at_least` gives them."""
        return any(
            all(have >= need for have, need in zip(counts, needs, strict=True))
            for table in tables
            for needs in self.tables[table][one]
        )


def at_least(counts: Mapping[str, int]) -> Needs:
    """Criteria at each level or above, strongest level first."""
    running, told = 0, []
    for level in LEVELS:
        running += counts.get(level, 0)
        told.append(running)
    return tuple(told)


@cache
def current_rules() -> RuleSet:
    """The newest rules, from `data/acmg_rules.json`."""
    data = json.loads(files("embla.classification").joinpath("data/acmg_rules.json").read_text("utf-8"))
    return RuleSet(
        version=data["version"],
        tables={
            name: {Class(one): tuple(at_least(rule) for rule in rules) for one, rules in table.items()}
            for name, table in data["tables"].items()
        },
        weights=data["weights"],
        thresholds=tuple((least, Class(one)) for one, least in data["thresholds"].items()),
        supporting_by_default=frozenset(data["supporting_by_default"]),
        weightless=frozenset(data["weightless"]),
        counted_twice=tuple((first, second) for first, second in data["counted_twice"]),
    )
