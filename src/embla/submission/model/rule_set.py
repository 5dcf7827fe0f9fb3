"""Rule sets: the thresholds of the check as data, by version, with owner and change log. A version never changes.

What was accepted under an older version keeps its name on record and stays readable; the rules' names (finding.RULES)
are never taken away either.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from embla.errors import NotFound
from embla.submission.model.manifest import Sample


@dataclass(frozen=True)
class RuleSet:
    """tolerance: share by which what was declared may differ from what the files say. thresholds: by kind of sample,
    the least of each measure (depth in x, shares in per cent); what is not named is not asked for."""

    version: int
    valid_from: date
    owner: str
    changes: tuple[str, ...]
    tolerance: float
    thresholds: Mapping[str, Mapping[str, float]]

    def asks(self, sample: Sample) -> Mapping[str, float]:
        """The thresholds for a sample."""
        name = f"{sample.origin} {sample.assay}"
        if sample.technology == "long":
            return self.thresholds.get(f"{name}, long reads", {})
        return self.thresholds.get(name, {})

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"valid_from": self.valid_from.isoformat(), "changes": list(self.changes)}


@lru_cache(maxsize=1)
def rule_sets() -> tuple[RuleSet, ...]:
    """Every version, oldest first."""
    said = json.loads(files("embla.submission").joinpath("data/rule_sets.json").read_text("utf-8"))
    return tuple(
        RuleSet(**one | {"valid_from": date.fromisoformat(one["valid_from"]), "changes": tuple(one["changes"])})
        for one in said["versions"]
    )


def rule_set(version: int | None, on: date) -> RuleSet:
    """The version asked for; without one, the newest that is in force on a day. NotFound for one that is none."""
    known = rule_sets()
    if version is None:
        return max((one for one in known if one.valid_from <= on), key=lambda one: one.version, default=known[0])
    found = next((one for one in known if one.version == version), None)
    if found is None:
        shown = ", ".join(str(one.version) for one in known)
        raise NotFound(f"There is no rule set {version}.", mend=f"Known: {shown}.")
    return found
