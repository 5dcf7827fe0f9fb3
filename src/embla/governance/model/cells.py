"""Breakdowns of what was counted here, such that no cell below the threshold can be worked out, by any differences.

A breakdown moves only when a release is cut: somebody's act, whatever the numbers are. What came between two cuts is a
table of its own, hidden by the house's rule (`disclosure.suppress_people`) against a reader who knows the total of each
day; a time that brought too few is joined to the next. What is shown is the sum of what each of these tables shows, and
what they hide is told as one number. The tables of one time are of the same people: those that would give a small cell
of another away are withheld for that time (`disclosure.linked`), those that stand last in NAMED first. So subtracting
two days, or parts from a total, gives back one of those tables and
nothing finer. Endings after a cut lower the total and no cell, and corrections raise none: whose they were is not told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from embla.disclosure import linked, suppress_people
from embla.governance.model.folding import DIMENSIONS, NONE, Board, Day

NAMED: Final = {
    "region": "laboratory", "patient_group": "patient_group", "kind": "kind", "source": "source", "study": "study",
    "equivalents": "equivalents",
}  # fmt: skip
EQUIVALENTS_OF_REGION: Final = "equivalents_of_region"
_REGION: Final = DIMENSIONS.index("laboratory")
_WEIGHT: Final = DIMENSIONS.index("equivalents")


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
    board: Board, dimension: str, by: date, *, below: int, merged: Callable[[str, date], str] = lambda name, day: name
) -> Breakdown:
    """By one dimension, as of the last cut on or before a day. `merged` maps a category and the day of its table to
    what it is shown under (a laboratory to its region)."""
    tables = span_tables(board, dimension, by, below=below, merged=merged)
    cells, partial = _joined(tables)
    total = sum(one.total for one in tables)
    last = tables[-1] if tables else None
    return Breakdown(
        dimension, dict(sorted(cells.items())), partial, total - sum(n or 0 for n in cells.values()), total,
        last.release if last else None, last.on if last else None,
    )  # fmt: skip


def in_year(
    board: Board, dimension: str, by: date, *, below: int, merged: Callable[[str, date], str] = lambda name, day: name
) -> dict[str, int | None]:
    """The same of what was first told of in the year of a day, up to that day."""
    tables = span_tables(board, dimension, by, below=below, merged=merged)
    return _joined([one for one in tables if one.on.year == by.year])[0]


def _joined(tables: Sequence["SpanTable"]) -> tuple[dict[str, int | None], frozenset[str]]:
    """Cells as their sums, and those of which something is hidden."""
    cells: dict[str, int | None] = {}
    partial: set[str] = set()
    for one in tables:
        for name, n in one.cells.items():
            cells[name] = cells.get(name) if n is None else (cells.get(name) or 0) + n
            partial |= {name} if n is None else set()
    for name in partial:
        # Hidden once and empty else: 0 would say that there is none.
        cells[name] = cells[name] or None
    return cells, frozenset(partial)


@dataclass(frozen=True)
class SpanTable:
    """What one span brought, by category; None is hidden. `total` samples, and the `equivalents` of those that have
    one: for rules, not for showing."""

    on: date
    release: str
    total: int
    equivalents: int
    cells: Mapping[str, int | None]


def span_tables(
    board: Board, dimension: str, by: date, *, below: int, merged: Callable[[str, date], str]
) -> list[SpanTable]:
    """One table for each span up to a day, none of which tells a small cell, also beside the others of its time.
    Categories that no span has brought are not named: that there is one since would be told."""
    told = spans(board, by, below)
    region, made = DIMENSIONS.index(NAMED["region"]), []
    within = {cut: number for number, cuts in enumerate(told) for cut in cuts}
    ends = [board.cuts[cuts[-1]] for cuts in told]
    days = [date.fromisoformat(day) for _, day, _ in ends]
    brought: list[dict[tuple[str, ...], int]] = [{} for _ in told]
    for key, n in board.cells.items():
        number = within.get(key[-1])
        if number is not None and n:
            one = (*key[:region], merged(key[region], days[number]), *key[region + 1 : -1])
            brought[number][one] = brought[number].get(one, 0) + n
    shown = [_open_together(tuple(sorted(cells.items())), below)[dimension] for cells in brought]
    names = sorted({name for cells in shown for name in cells})
    for number, cells in enumerate(shown):
        # All hidden: which categories are empty would be told by the others' being hidden.
        rest = None if cells and all(n is None for n in cells.values()) else 0
        here = {name: cells.get(name, rest) for name in names}
        total = sum(brought[number].values())
        weighed = sum(_weight(key) * n for key, n in brought[number].items())
        made.append(SpanTable(days[number], ends[number][2], total, weighed, here))
    return made


def _weight(key: tuple[str, ...]) -> int:
    return 0 if key[_WEIGHT] == NONE else int(key[_WEIGHT])


@lru_cache(maxsize=2048)
def _open_together(cells: tuple[tuple[tuple[str, ...], int], ...], below: int) -> dict[str, dict[str, int | None]]:
    """Every table of one span, by dimension. `equivalents_of_region`: sums of weights, so that one table more can be
    asked for; it is the last to be shown."""
    support, people = [key for key, _ in cells], [n for _, n in cells]
    total = sum(people)
    tables: dict[str, dict[str, int | None]] = {}
    rows: dict[str, list[list[int]]] = {"": [[1] * len(cells)]}
    for dimension, of in NAMED.items():
        place = DIMENSIONS.index(of)
        counted: dict[str, int] = {}
        for key, n in cells:
            counted[key[place]] = counted.get(key[place], 0) + n
        tables[dimension] = dict(suppress_people(total, counted, below=below) or dict.fromkeys(counted))
        rows[dimension] = [
            [int(key[place] == name) for key in support] for name, n in tables[dimension].items() if n is not None
        ]
    weights = [_weight(key) for key in support]
    sums: dict[str, int | None] = {}
    for region, count in tables["region"].items():
        sums[region] = None if count is None else sum(
            weight * n for (key, n), weight in zip(cells, weights, strict=True) if key[_REGION] == region
        )  # fmt: skip
    tables[EQUIVALENTS_OF_REGION] = sums
    rows[EQUIVALENTS_OF_REGION] = [
        [weight * (key[_REGION] == region) for key, weight in zip(support, weights, strict=True)]
        for region, n in sums.items() if n is not None
    ]  # fmt: skip
    for name in linked(support, people, rows, below=below) - {""}:
        tables[name] = dict.fromkeys(tables[name])
    return tables


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
