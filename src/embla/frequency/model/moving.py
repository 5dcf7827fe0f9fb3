"""Which published numbers may change in the next release: who is in it, and which strata keep their last ones. Pure.

A reader subtracts two releases. What is left belongs to those who came and those who left, so either side must be
nobody or `step` people, for the total and for every sum of cells that a reader can make. docs/decisions/0020 has the
argument; `disclosure.flows` and `disclosure.singles_out` are its two tests. Both are made twice, of genomes and of
persons: who was sequenced again has changed, and has neither come nor left (docs/decisions/0056).
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.disclosure import Members, Parts, Persons, any_few, compare, flows, singles_out
from embla.frequency.model.cohorts import RELATEDNESS, TOTAL

# In this order tables are tried beside each other: what moves people least first.
TABLES: Final = ("karyotype", "region", "patient_group", RELATEDNESS)
# Setting people aside so that one who left is not alone may cost so much of a release, and no more.
MOST_SET_ASIDE: Final = 0.1

FEW: Final = "fewer people came or left than the step"
FEW_BESIDE: Final = "fewer people than the step could be worked out beside the other tables"
TOTAL_STAYS: Final = "the total keeps its numbers, and its parts with it"


@dataclass(frozen=True)
class Past:
    """What one release published anew: its people, and the tables that were cut in it. By genome, until `of`."""

    number: str
    total: Members
    tables: Mapping[str, Parts]

    def of(self, persons: Persons) -> "Past":
        """The same by person."""
        tables = {by: persons.parts(parts) for by, parts in self.tables.items()}
        return Past(self.number, persons.cohort(self.total), tables)


@dataclass(frozen=True)
class Moves:
    """Parts (`total`, or the name of a table) that get new numbers, and why the others do not."""

    cut: frozenset[str]
    kept: Mapping[str, str] = field(default_factory=dict)


def decide_moves(
    pasts: Sequence[Past], total: Members, tables: Mapping[str, Parts], step: int, persons: Persons
) -> Moves:
    """`pasts` oldest first; `total` and `tables` as they would be published now, by genome. A part moves where both the
    genomes and the persons let it.

    A table moves as a whole: if one of its cells stayed and the others did not, the total less the others would show it
    all the same.
    """
    everything = frozenset({TOTAL, *tables})
    if not pasts or step <= 1:
        return Moves(everything)
    if any(compare(past.total, total, step, persons).few for past in pasts):
        return Moves(frozenset(), {TOTAL: FEW} | dict.fromkeys(tables, TOTAL_STAYS))
    now = Past("", total, tables)
    views = ((pasts, now), ([past.of(persons) for past in pasts], now.of(persons)))
    cut, kept = {TOTAL}, {}
    for by in sorted(tables, key=TABLES.index):
        if any(_few_went(before, after, by, step) for before, after in views):
            kept[by] = FEW
        elif any(_singles_out(before, after, (cut | {by}) - {TOTAL}, step, persons) for before, after in views):
            kept[by] = FEW_BESIDE
        else:
            cut.add(by)
    return Moves(frozenset(cut), kept)


def _few_went(pasts: Sequence[Past], now: Past, by: str, step: int) -> bool:
    """From one group of a table to another, in, or out, since any release that cut it."""
    return any(
        any_few(_inside(flows(past.tables[by], now.tables[by])), step) for past in pasts if by in past.tables
    )  # fmt: skip


def _singles_out(pasts: Sequence[Past], now: Past, tables: Set[str], step: int, persons: Persons) -> bool:
    """Two genomes of one person, the one before and the one now, are one of the step."""
    changed, columns = changes(pasts, now.total, {by: now.tables[by] for by in sorted(tables)})
    return singles_out(columns, step, persons.of_each(changed))


def changes(
    pasts: Sequence[Past], total: Members, tables: Mapping[str, Parts]
) -> tuple[Members, NDArray[np.int64]]:  # fmt: skip
    """Those who changed, and (they, rows) what each adds to what a reader gets by subtracting, one row per group and
    total."""
    rows: list[tuple[Members, Members]] = [(pasts[-1].total, total)]
    for by, now in tables.items():
        before = next((past for past in reversed(pasts) if by in past.tables), None)
        if before is None:
            continue
        rows.append((before.total, total))
        was = before.tables[by]
        for name in sorted({*was.names, *now.names}):
            rows.append((_of(was, name), _of(now, name)))
    changed = np.unique(np.concatenate([np.setxor1d(a, b, assume_unique=True) for a, b in rows]))
    columns = np.zeros((len(changed), len(rows)), dtype=np.int64)
    for row, (was_in, is_in) in enumerate(rows):
        columns[:, row] = np.isin(changed, is_in).astype(np.int64) - np.isin(changed, was_in)
    return changed, columns


def pinned(last: Mapping[int, str], now: Mapping[int, str], step: int) -> dict[int, str]:
    """Person -> group for those who moved from one group to another with fewer than `step` others.

    They stay where they were published until `step` people have gone the same way: a single mover would show, and would
    keep the whole table from ever getting new numbers.
    """
    went: dict[tuple[str, str], list[int]] = {}
    for person, group in last.items():
        if person in now and now[person] != group:
            went.setdefault((group, now[person]), []).append(person)
    return {person: before for (before, _), some in went.items() if len(some) < step for person in some}


def set_aside(pasts: Sequence[Past], present: Members, step: int, rng: np.random.Generator) -> Members | None:
    """Whom to leave out beside a few who left, so that `step` people left; None where that costs too much.

    All of them persons, in `pasts` too. Chosen among those who are in the same groups, so that each table may move as
    well; where there are not enough, among everybody, for the total's sake.
    """
    last = pasts[-1].total
    left, stay = np.setdiff1d(last, present), np.intersect1d(last, present)
    most = int(len(present) * MOST_SET_ASIDE)
    alike = _alike(pasts, left, stay, step, rng)
    if alike is not None and len(alike) <= most:
        return alike
    missing = step - len(left)
    if 0 < missing <= min(most, len(stay)):
        return np.sort(rng.choice(stay, missing, replace=False))
    return None


def _alike(pasts: Sequence[Past], left: Members, stay: Members, step: int, rng: np.random.Generator) -> Members | None:
    newest = {by: past.tables[by] for past in pasts for by in past.tables}
    if not newest:
        return None
    kinds_left = np.stack([parts.of_each(left) for parts in newest.values()], axis=1)
    kinds_stay = np.stack([parts.of_each(stay) for parts in newest.values()], axis=1)
    chosen = []
    for kind, n in zip(*np.unique(kinds_left, axis=0, return_counts=True), strict=True):
        same = stay[(kinds_stay == kind).all(axis=1)]
        missing = step - int(n)
        # Either enough stay of this kind to be a group by themselves, or all of them would go.
        if missing > 0:
            if len(same) < missing + step:
                return None
            chosen.append(rng.choice(same, missing, replace=False))
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, np.int64)


def _inside(flow: NDArray[np.int64]) -> NDArray[np.int64]:
    """Without the corner of those who are in neither."""
    flow = flow.copy()
    flow[-1, -1] = 0
    return flow


def _of(parts: Parts, name: str) -> Members:
    if name not in parts.names:
        return np.empty(0, np.int64)
    inside: Members = parts.who[parts.code == parts.names.index(name)]
    return inside
