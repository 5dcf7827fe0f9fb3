"""Breakdowns of what was counted here, such that no cell below the threshold can be worked out, by any differences.

A breakdown moves only when a release is cut: somebody's act, whatever the numbers are. What came between two cuts is a
table of its own, hidden by the house's rule (`disclosure.suppress_people`) against a reader who knows the total of each
day; a time that brought too few is joined to the next. What is shown is the sum of what each of these tables shows, and
what they hide is told as one number. So subtracting two days, or parts from a total, gives back one of those tables and
nothing finer. Endings after a cut lower the total and no cell: whose they were is not told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from embla.disclosure import suppress_people
from embla.governance.model.folding import DIMENSIONS, Board, Day

NAMED: Final = {
    "region": "laboratory", "patient_group": "patient_group", "kind": "kind", "source": "source", "study": "study",
    "equivalents": "equivalents",
}  # fmt: skip


@dataclass(frozen=True)
class Breakdown:
    """`cells`: category -> what the cuts show, None where they show nothing and hide something. `partial`: categories
    of which more is hidden than shown here says. `hidden`: samples that stand in no shown cell; `release` and `on`: of
    the last cut, None before there was one."""

    dimension: str
    cells: Mapping[str, int | None]
    partial: frozenset[str]
    hidden: int
    total: int
    release: str | None
    on: date | None


def spans(board: Board, by: date, below: int) -> list[tuple[int, ...]]:
    """The cuts that go into one table each: a cut whose time brought fewer than `below` is joined to the next."""
    found: list[tuple[int, ...]] = []
    waiting: list[int] = []
    before = 0
    for index, (_, day, _) in enumerate(board.cuts):
        if date.fromisoformat(day) > by:
            break
        came = board.totals[index][0] - before
        waiting.append(index)
        if came == 0 or came >= below:
            found.append(tuple(waiting))
            waiting, before = [], board.totals[index][0]
    return found


def breakdown(
    board: Board, dimension: str, by: date, *, below: int, merged: Callable[[str], str] = lambda name: name
) -> Breakdown:
    """By one dimension, as of the last cut on or before a day. `merged` maps a category to what it is shown under
    (a laboratory to its region)."""
    told = spans(board, by, below)
    counts = _by(board, dimension, merged)
    cells: dict[str, int | None] = dict.fromkeys(counts)
    total = shown = 0
    partial: set[str] = set()
    for cuts in told:
        here = {name: sum(of.get(cut, 0) for cut in cuts) for name, of in counts.items()}
        whole = sum(here.values())
        total += whole
        for name, n in (suppress_people(whole, here, below=below) or dict.fromkeys(here)).items():
            if n is None:
                partial.add(name)
            else:
                cells[name] = (cells[name] or 0) + n
                shown += n
    for name in partial:
        # Hidden once and empty else: 0 would say that there is none.
        cells[name] = cells[name] or None
    last = board.cuts[told[-1][-1]] if told else None
    return Breakdown(
        dimension, dict(sorted(cells.items())) if told else {}, frozenset(partial), total - shown, total,
        last[2] if last else None,
        date.fromisoformat(last[1]) if last else None,
    )  # fmt: skip


def _by(board: Board, dimension: str, merged: Callable[[str], str]) -> dict[str, dict[int, int]]:
    """Category -> cut -> samples."""
    place, found = DIMENSIONS.index(NAMED[dimension]), dict[str, dict[int, int]]()
    for key, n in board.cells.items():
        of = found.setdefault(merged(key[place]), {})
        of[key[-1]] = of.get(key[-1], 0) + n
    return found


def at_last_cut(board: Board, by: date, below: int) -> Board:
    """The board as the last cut that tells saw it: what came or ended after it is left out, within its day too. Without
    a cut nothing of what was counted here is in it; what was published stays."""
    told = spans(board, by, below)
    if not told:
        return replace(board, days={}, cells={}, cuts=[], totals=[])
    last = told[-1][-1]
    day = board.cuts[last][1]
    days = {one: values for one, values in board.days.items() if one < day}
    days[day] = Day.of(board.totals[last][1])
    return replace(board, days=days, cuts=board.cuts[: last + 1], totals=board.totals[: last + 1])
