"""The fold: what the event log says the board's figures are, entry by entry. Pure; the same from scratch as in steps.

State is small (days and categories, never persons), so it is kept between two looks. A sample stands in one cell ever:
a correction of what a cut has told is not reported, and not refunded, a second time. Whoever changes what is folded
changes RULES, and every kept state is thrown away.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

RULES: Final = "3"
KINDS: Final = (
    "equivalents-counted", "submission-refused", "person-withdrawn", "release-cut", "history-loaded",
    "account-created", "account-closed",
)  # fmt: skip
UNKNOWN: Final = "unknown"
# No study; an equivalent that is not computable.
NONE: Final = "none"
DIMENSIONS: Final = ("source", "laboratory", "patient_group", "kind", "equivalents", "study")

# source, laboratory, patient group, kind, equivalents, study; cut
Cell = tuple[Any, ...]

# A submission's samples as its own `equivalents-counted` entries told them, each body with its `event`: what an ending
# has to take back.
Lookup = Callable[[str], Sequence[Mapping[str, Any]]]


@dataclass
class Day:
    """What one day (UTC) changed. Endings are negative; `first` and `last` are the events behind it."""

    samples: int = 0
    genomes: int = 0
    equivalents: int = 0
    unknown: int = 0
    specimens: int = 0
    came: int = 0
    accepted: int = 0
    refused: int = 0
    first: int = 0
    last: int = 0
    opened: Counter[str] = field(default_factory=Counter)

    def plain(self) -> list[Any]:
        """Plain values; `of` is the inverse."""
        return [*(getattr(self, name) for name in _NUMBERS), dict(self.opened)]

    @classmethod
    def of(cls, values: Sequence[Any]) -> "Day":
        """A day out of plain values."""
        return cls(**dict(zip(_NUMBERS, values, strict=False)), opened=Counter(values[-1]))

    def saw(self, number: int) -> None:
        """Note an event."""
        self.first, self.last = self.first or number, number


@dataclass
class Board:
    """State of the fold. `cells`: (a category of each of DIMENSIONS, number of the cut) -> samples that came in the
    time that this cut ended and were still there at it; `totals`: at each cut all that had come, and its day until
    then; `cuts`: (event, day, release) of each; what came since has the next number; `again`: assays since the last cut
    that stand for one that a cut has told of. Categories stand crossed here, which nothing shown is: see cells.py."""

    seen: int = 0
    days: dict[str, Day] = field(default_factory=dict)
    cells: dict[Cell, int] = field(default_factory=dict)
    cuts: list[tuple[int, str, str]] = field(default_factory=list)
    totals: list[tuple[int, list[Any]]] = field(default_factory=list)
    history: dict[str, tuple[dict[str, Any], int]] = field(default_factory=dict)
    roles: dict[str, list[str]] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)

    def to_json(self) -> dict[str, Any]:
        """Plain values, for keeping."""
        return {
            "seen": self.seen, "cells": [[*key, n] for key, n in self.cells.items()],
            "cuts": self.cuts, "totals": self.totals, "history": self.history,
            "roles": self.roles, "again": sorted(self.again),
            "days": {day: one.plain() for day, one in self.days.items()},
        }  # fmt: skip

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Board":
        """The inverse of `to_json`, after JSON."""
        return cls(
            told["seen"],
            {day: Day.of(values) for day, values in told["days"].items()},
            {tuple(key): n for *key, n in told["cells"]},
            [(event, day, release) for event, day, release in told["cuts"]],
            [(came, day) for came, day in told["totals"]],
            {subject: (body, event) for subject, (body, event) in told["history"].items()},
            told["roles"],
            set(told["again"]),
        )


_NUMBERS: Final = (
    "samples", "genomes", "equivalents", "unknown", "specimens", "came", "accepted", "refused", "first", "last",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Adds:
    """What an acceptance adds that ended nothing, whatever its assays are called: to the numbers of its day, each by
    name, and to cells, without their cut. alike.py finds it by an entry's text."""

    numbers: tuple[tuple[str, int], ...]
    cells: tuple[tuple[Cell, int], ...]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Adds | None":
        """What it adds to an empty board, which is what it adds to any; None where it may have ended something."""
        if body.get("ended", True):
            return None
        empty = Board()
        _counted(empty, 1, "", "", body, lambda submission: ())
        numbers = ((name, getattr(empty.days[""], name)) for name in _NUMBERS if name not in ("first", "last"))
        return cls(tuple((name, n) for name, n in numbers if n), tuple((key[:-1], n) for key, n in empty.cells.items()))


# number, day ("2026-03-02"), kind, subject, body
Entry = tuple[int, str, str, str, Mapping[str, Any] | Adds]


def fold(board: Board, entries: Iterable[Entry], lookup: Lookup) -> Board:
    """Take entries in, in their order, into `board` itself. Entries of other kinds change nothing.

    `lookup` gives the `equivalents-counted` bodies of an earlier submission.
    """
    like: Counter[Adds] = Counter()
    of, first = "", 0
    for number, day, kind, subject, body in entries:
        if like and (day != of or not isinstance(body, Adds)):
            _add_alike(board, of, like, first)
            like.clear()
        board.seen = number
        if isinstance(body, Adds):
            if not like:
                of, first = day, number
            like[body] += 1
        elif (take := _TAKE.get(kind)) is not None:
            take(board, number, day, subject, body, lookup)
    _add_alike(board, of, like, first)
    return board


def _add_alike(board: Board, day: str, like: Mapping["Adds", int], first: int) -> None:
    """Entries of one day that came one after another, from `first` to the last that the board has seen."""
    if not like:
        return
    today = _day(board, day, first)
    today.saw(board.seen)
    cut = len(board.cuts)
    for adds, times in like.items():
        for name, n in adds.numbers:
            setattr(today, name, getattr(today, name) + n * times)
        for key, n in adds.cells:
            cell = (*key, cut)
            board.cells[cell] = board.cells.get(cell, 0) + n * times


def _day(board: Board, day: str, number: int) -> Day:
    found = board.days.get(day)
    if found is None:
        found = board.days[day] = Day()
    found.saw(number)
    return found


def _counted(board: Board, number: int, day: str, subject: str, body: Mapping[str, Any], lookup: Lookup) -> None:
    today = _day(board, day, number)
    today.accepted += 1
    today.specimens += body.get("specimens", 0)
    told = _ended(board, today, _endings(body, lookup), lookup) if body.get("ended", True) else 0
    for sample in body["samples"]:
        if not told:
            _add(board, today, body, sample, len(board.cuts), 1)
        elif _add(board, today, body, sample, None, 1):
            board.again.add(sample["assay"])
            told -= 1


def _endings(body: Mapping[str, Any], lookup: Lookup) -> list[tuple[str, str]]:
    """(submission, assay) that this acceptance replaced; an older entry says the submission alone."""
    if "ended" in body:
        return [(one["submission"], one["assay"]) for one in body["ended"]]
    replaced = body.get("replaces")
    before = lookup(replaced) if replaced else ()
    return [(str(replaced), one["assay"]) for told in before for one in told["samples"]]


def _ended(board: Board, today: Day, endings: Iterable[tuple[str, str]], lookup: Lookup) -> int:
    """Take them back; returns how many of them a cut has told of."""
    count = 0
    for submission, assay in endings:
        for body in lookup(submission):
            sample = next((one for one in body["samples"] if one["assay"] == assay), None)
            if sample is not None:
                # Out of its cell only while no cut has told of it: what a cut said stays said.
                told = assay in board.again or (bool(board.cuts) and body["event"] < board.cuts[-1][0])
                board.again.discard(assay)
                count += _add(board, today, body, sample, None if told else len(board.cuts), -1) and told
    return count


def _add(
    board: Board, today: Day, body: Mapping[str, Any], sample: Mapping[str, Any], cut: int | None, sign: int
) -> bool:
    """Count one, in the cell of a cut where one is given; False for a sample that was counted before."""
    because = sample.get("because")
    if because and str(because).startswith("counted already"):
        return False
    value = sample["equivalents"]
    today.samples += sign
    if sample.get("called"):
        today.genomes += sign
    if value is None:
        today.unknown += sign
    else:
        today.equivalents += sign * value
    if cut is None:
        return True
    today.came += sign
    get = body.get
    key = (
        get("source") or UNKNOWN, get("laboratory") or UNKNOWN, get("patient_group") or UNKNOWN, get("kind") or UNKNOWN,
        NONE if value is None else str(value), get("study") or NONE, cut,
    )  # fmt: skip
    board.cells[key] = board.cells.get(key, 0) + sign
    return True


def _refused(board: Board, number: int, day: str, subject: str, body: Mapping[str, Any], lookup: Lookup) -> None:
    _day(board, day, number).refused += 1


def _left(board: Board, number: int, day: str, subject: str, body: Mapping[str, Any], lookup: Lookup) -> None:
    today = _day(board, day, number)
    _ended(board, today, [(one["submission"], one["assay"]) for one in body.get("assays", ())], lookup)


def _cut(board: Board, number: int, day: str, subject: str, body: Mapping[str, Any], lookup: Lookup) -> None:
    today = _day(board, day, number)
    board.cuts.append((number, day, subject.partition(":")[2]))
    board.totals.append((sum(one.came for one in board.days.values()), today.plain()))
    board.again.clear()


def _published(board: Board, number: int, day: str, subject: str, body: Mapping[str, Any], lookup: Lookup) -> None:
    board.history[subject] = (dict(body), number)


def _opened(board: Board, number: int, day: str, subject: str, body: Mapping[str, Any], lookup: Lookup) -> None:
    roles = [str(role) for role in body.get("roles", ())]
    if subject not in board.roles:
        board.roles[subject] = roles
        _day(board, day, number).opened.update(["all", *roles])


def _closed(board: Board, number: int, day: str, subject: str, body: Mapping[str, Any], lookup: Lookup) -> None:
    roles = board.roles.pop(subject, None)
    if roles is not None:
        _day(board, day, number).opened.subtract(["all", *roles])


_TAKE: Final = {
    "equivalents-counted": _counted, "submission-refused": _refused, "person-withdrawn": _left, "release-cut": _cut,
    "history-loaded": _published, "account-created": _opened, "account-closed": _closed,
}  # fmt: skip
