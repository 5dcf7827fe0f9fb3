"""Variables: what is on record of each person or variant, in which kind of data set, in two languages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final


@dataclass(frozen=True)
class Variable:
    """One. `kinds`: the kinds of data set that have it; `also`: other words it is looked for by."""

    id: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    type: str
    kinds: tuple[str, ...]
    also: tuple[str, ...] = ()
    term: str = ""

    @property
    def words(self) -> str:
        """Everything it is found by, in small letters."""
        parts = (self.id, *self.title.values(), *self.description.values(), *self.also, self.term)
        return " ".join(parts).casefold()


@cache
def _variables() -> tuple[Variable, ...]:
    said = json.loads(files("embla.datasets").joinpath("data/variables.json").read_text("utf-8"))
    return tuple(
        Variable(
            one["id"], one["title"], one["description"], one["type"], tuple(one["kinds"]), tuple(one.get("also", ())),
            one.get("term", ""),
        )
        for one in said
    )  # fmt: skip


VARIABLES: Final[Sequence[Variable]] = _variables()


def find_variables(text: str) -> list[Variable]:
    """Variables that have every word of `text`, whatever its case; all for no word."""
    words = text.casefold().split()
    return [one for one in VARIABLES if all(word in one.words for word in words)]
