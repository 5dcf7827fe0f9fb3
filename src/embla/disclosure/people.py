"""The rule for tables of people (or samples) without alleles: the board's figures, by the same decision as counts."""

from collections.abc import Mapping
from typing import Final

from embla.disclosure.rules import Cell, Level, decide

# A table of people has no AN that could make a reader doubt; so it never withholds for want of room.
_ROOM: Final = 1 << 40


def suppress_people(total: int, cells: Mapping[str, int], *, below: int) -> dict[str, int | None] | None:
    """Cells that split the people of `total`, None where hidden; None for a table that no hiding protects.

    A reader is assumed to know the total, and so what no cell names. Small cells are hidden together with the next
    larger (or, where there is none, the empty) ones, see rules.py; under a small total every cell is hidden.
    """
    shown = decide(_cell(total), {"": {name: _cell(n) for name, n in cells.items()}}, below).cells.get("")
    if shown is None:
        return None
    return {name: None if shown[name] is Level.HIDDEN else n for name, n in cells.items()}


def _cell(people: int) -> Cell:
    return Cell(_ROOM, people, people, 0, 0)
