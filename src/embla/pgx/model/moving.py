"""Which tables of a new release get new numbers: where no two published tables of a gene or drug, subtracted, tell of
few. Pure.

A table counts persons by part (phenotype, or answer) and by region. Two of them differ by who came, who left, and who
is counted in another cell. Each of these flows is nobody or `below` persons: so is then what falls and what rises in
any sum of cells that both tables show. Twenty-one newcomers do not hide one leaver. docs/decisions/0058 has the
argument.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.disclosure import singles_out
from embla.pgx.model.shares import steady

Ints = NDArray[np.int64]
Cell = tuple[str, str]  # region and part

_HIDDEN: Final = "\thidden"  # no phenotype's name begins so
_POOLED: Final = "\tpooled"


@dataclass(frozen=True)
class Counted:
    """A published table and whom it counted. `told`: as it is shown; `who`: persons' numbers, sorted, those below zero
    of somebody who withdrew since; `code[i]` is the place in `cells` of who[i]'s."""

    told: Mapping[str, Any]
    who: Ints
    cells: tuple[Cell, ...]
    code: Ints

    @classmethod
    def of(cls, told: Mapping[str, Any], people: Mapping[int, Cell]) -> "Counted":
        """From person -> cell."""
        who = np.array(sorted(people), dtype=np.int64)
        cells = tuple(sorted(set(people.values())))
        place = {cell: i for i, cell in enumerate(cells)}
        return cls(told, who, cells, np.array([place[people[one]] for one in who.tolist()], dtype=np.int64))


def may_move(pasts: Iterable[Counted], now: Counted, *, below: int) -> bool:
    """May a table be shown after each of those that were? Not the last alone: who is left out in the second and back in
    the third would be seen in the third less the first."""
    return not any(_tells_of_few(past, now, below) for past in pasts)


def next_table(
    told: Mapping[str, Any], people: Mapping[int, Cell], pasts: Collection[Counted],
    unknown: Collection[Mapping[str, Any]], *, below: int,
) -> dict[str, Any] | None:  # fmt: skip
    """A table as it may be shown after those before: with its regions, or without where only they would tell of few;
    None where the one before stays. `unknown`: tables of which nobody knows any more whom they counted."""
    for shown in (dict(told), {**told, "regions": None}):
        steadily = all(steady(old, shown, below=below) is shown for old in unknown)
        if steadily and may_move(pasts, Counted.of(shown, people), below=below):
            return shown
    return None


def held(
    last: Counted, now: Mapping[int, str], regions: Mapping[int, str], standing: Collection[int], *, below: int
) -> dict[int, str]:  # fmt: skip
    """Person -> part, less than `below` who changed alike being counted as they were last: a few of them would show, or
    keep the table from ever moving again. Also where there is no certain result now, as before a new genome is called.

    now: as things are; regions: person -> region, of everybody who may be counted; standing: those of them who did not
    leave. Who left is counted as nothing.
    """
    went: dict[tuple[Cell, str, str], list[int]] = {}
    for person, place in zip(last.who.tolist(), last.code.tolist(), strict=True):
        old = last.cells[place]
        if person in standing and now.get(person, "") != old[1]:
            went.setdefault((old, regions[person], now.get(person, "")), []).append(person)
    few = ((old, some) for (old, *_), some in went.items() if len(some) < below)
    return {**now} | {person: part for (_, part), some in few for person in some}


def _tells_of_few(before: Counted, now: Counted, below: int) -> bool:
    changes = _changes(before, now)
    columns = []
    for names in _groupings(before, now):
        flows: Counter[tuple[Cell | None, Cell | None]] = Counter()
        for (old, new), n in changes.items():
            flows[names.get(old), names.get(new)] += n
        if any(0 < n < below for (old, new), n in flows.items() if old != new):
            return True
        columns.append(_columns(names, changes))
    # Parts, and regions with the small parts pooled, are two tables of the same people: see disclosure/combining.py.
    # `below` of a kind are as good as all of them.
    times = [min(n, below) for n in changes.values()]
    return singles_out(np.repeat(np.hstack(columns), times, axis=0), below)


def _changes(before: Counted, now: Counted) -> dict[tuple[Cell | None, Cell | None], int]:
    """How many went from a cell to another; None: in none of that table's."""
    every = np.union1d(before.who, now.who)
    pairs, counts = np.unique(np.stack([_places(before, every), _places(now, every)]), axis=1, return_counts=True)
    old, new = (*before.cells, None), (*now.cells, None)
    return {
        (old[a], new[b]): n for (a, b), n in zip(pairs.T.tolist(), counts.tolist(), strict=True) if old[a] != new[b]
    }


def _places(table: Counted, every: Ints) -> Ints:
    """(len(every),) each one's cell, len(cells) for who is in none."""
    found = np.full(len(every), len(table.cells), dtype=np.int64)
    found[np.searchsorted(every, table.who)] = table.code
    return found


def _groupings(before: Counted, now: Counted) -> "list[dict[Cell | None, Cell]]":
    """Cell -> the smallest group with it whose people a reader knows of both tables: by part, and by region and part
    where both show regions. What only one of them tells apart cannot be subtracted from the other."""
    cells = {*before.cells, *now.cells}
    parts = sorted({part for _, part in cells})
    nation = _joined(parts, [_nation(one.told, parts) for one in (before, now)])
    found: list[dict[Cell | None, Cell]] = [{cell: ("", nation[cell[1]]) for cell in cells}]
    if before.told["regions"] and now.told["regions"]:
        pooled = _joined(parts, [_regional(one.told, parts) for one in (before, now)])
        found.append({cell: (cell[0], pooled[cell[1]]) for cell in cells})
    return found


def _nation(told: Mapping[str, Any], parts: Sequence[str]) -> dict[str, str]:
    """Part -> its name, or that of all whose number is hidden. A part that is not named at all is nobody's there."""
    shown = told["parts"]
    return {part: _HIDDEN if shown is None or shown.get(part, 0) is None else part for part in parts}


def _regional(told: Mapping[str, Any], parts: Sequence[str]) -> dict[str, str]:
    """The same of the table by region, where small parts are pooled."""
    named = {part for row in told["regions"].values() for part in row}
    return {part: _POOLED if part in told["parts"] and part not in named else part for part in parts}


def _joined(parts: Sequence[str], sides: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Part -> the first part of its group: parts that either side has together are together."""
    joined = {part: part for part in parts}
    for side in sides:
        groups: dict[str, set[str]] = {}
        for part in parts:
            groups.setdefault(side[part], set()).add(part)
        for group in groups.values():
            together = {joined[part] for part in group}
            joined = {part: min(together) if own in together else own for part, own in joined.items()}
    return joined


def _columns(names: Mapping[Cell | None, Cell], changes: Mapping[tuple[Cell | None, Cell | None], int]) -> Ints:
    """(kinds of change, groups): what each adds to the difference of a group's two numbers."""
    row = {name: i for i, name in enumerate(sorted(set(names.values())))}
    found = np.zeros((len(changes), len(row)), dtype=np.int64)
    for i, (old, new) in enumerate(changes):
        if new is not None:
            found[i, row[names[new]]] += 1
        if old is not None:
            found[i, row[names[old]]] -= 1
    return found
