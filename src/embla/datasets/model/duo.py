"""The Data Use Ontology's usable codes (release of 2022-09-21): permissions and modifiers, and what each must name."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

VERSION: Final = "2022-09-21"
PERMISSIONS: Final = frozenset({"NRES", "GRU", "HMB", "DS", "POA"})
# Shorthand -> what stands behind it: a disease, a country, months, ...
NAMES: Final = {
    "DS": "disease (MONDO)", "GS": "country", "TS": "months", "MOR": "date", "IS": "organisation", "PS": "project",
    "US": "user", "COL": "investigator", "RTN": "database", "RS": "kind of research",
}  # fmt: skip


@dataclass(frozen=True)
class Code:
    """One term. `names`: what a data set must say with it, "" for nothing."""

    id: str
    shorthand: str
    label: str
    names: str = ""

    @property
    def permission(self) -> bool:
        """True for one of the five permissions, of which a data set has exactly one."""
        return self.shorthand in PERMISSIONS


@cache
def _codes() -> Mapping[str, Code]:
    text = files("embla.datasets").joinpath("data/duo.csv").read_text("utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["shorthand"]]
    return {
        row["shorthand"]: Code(row["id"], row["shorthand"], row["label"], NAMES.get(row["shorthand"], ""))
        for row in sorted(rows, key=lambda row: row["id"])
    }


CODES: Final[Mapping[str, Code]] = _codes()
