"""Purposes and legal bases as data: what each paragraph allows, in words, and from when to when.

The bases below are those of the nation that Embla is modelled on; another nation changes `data/legal_bases.json`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Purpose:
    """Why somebody asks."""

    id: str
    text: str


@dataclass(frozen=True)
class LegalBasis:
    """One paragraph: which purposes it carries, and on which days. `valid_to` is the last day, None for no end."""

    id: str
    law: str
    paragraph: str
    text: str
    purposes: frozenset[str]
    valid_from: date
    valid_to: date | None = None

    def valid_on(self, day: date) -> bool:
        """True when the paragraph is in force."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@cache
def _data() -> Any:
    return json.loads(files("embla.policy").joinpath("data/legal_bases.json").read_text("utf-8"))


@cache
def _purposes() -> Mapping[str, Purpose]:
    return {item["id"]: Purpose(item["id"], item["text"]) for item in _data()["purposes"]}


@cache
def _bases() -> Mapping[str, LegalBasis]:
    made = {}
    for item in _data()["legal_bases"]:
        valid_to = date.fromisoformat(item["valid_to"]) if item["valid_to"] else None
        made[item["id"]] = LegalBasis(
            item["id"],
            item["law"],
            item["paragraph"],
            item["text"],
            frozenset(item["purposes"]),
            date.fromisoformat(item["valid_from"]),
            valid_to,
        )
    return made


PURPOSES: Mapping[str, Purpose] = _purposes()
LEGAL_BASES: Mapping[str, LegalBasis] = _bases()


def legal_basis(purpose: str, on: date) -> str:
    """The id of the basis in force on a day for a purpose, "" where there is none: what a caller states by default."""
    return next((b.id for b in LEGAL_BASES.values() if purpose in b.purposes and b.valid_on(on)), "")
