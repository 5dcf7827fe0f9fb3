"""Which tables of medicines get new numbers: by literals, and against a reader who tries everything there is to try."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from embla.pgx.model.moving import Cell, Counted, held, may_move, next_table
from embla.pgx.model.shares import shares

K = 5
People = dict[int, Cell]


def counted(people: Mapping[int, Cell], below: int = K) -> Counted:
    told = shares(list(people.values()), below=below)
    assert told is not None
    return Counted.of(told, people)


def crowd(first: int, **sizes: int) -> People:
    """Persons of the north by part, numbered on from `first`."""
    parts = [part for part, n in sizes.items() for _ in range(n)]
    return {first + i: ("north", part) for i, part in enumerate(parts)}


BEFORE = crowd(1, NM=60, PM=20)


def moves(now: People, *pasts: People) -> bool:
    return may_move([counted(past) for past in pasts or (BEFORE,)], counted(now), below=K)


def test_may_move__nobody_or_enough_came_and_left() -> None:
    assert moves(BEFORE) and moves(BEFORE | crowd(100, NM=5, PM=5)) and moves(BEFORE | crowd(100, NM=21))
    assert not moves(BEFORE | crowd(100, NM=4)) and not moves(BEFORE | crowd(100, NM=21, PM=1))
    assert moves({one: cell for one, cell in BEFORE.items() if one > 5})
    assert not moves({one: cell for one, cell in BEFORE.items() if one > 4})


def test_may_move__many_newcomers_do_not_hide_one_leaver() -> None:
    now = BEFORE | crowd(100, NM=21)
    del now[1]
    assert len(now) - len(BEFORE) == 20
    assert not moves(now)
    for one in range(2, 6):
        del now[one]
    assert moves(now)


def test_may_move__a_swap_of_parts_is_seen_though_no_number_changes() -> None:
    swapped = BEFORE | {1: ("north", "PM"), 61: ("north", "NM")}
    assert counted(swapped).told == counted(BEFORE).told
    assert not moves(swapped)
    five = dict.fromkeys(range(1, 6), ("north", "PM")) | dict.fromkeys(range(61, 66), ("north", "NM"))
    assert moves(BEFORE | five)


def test_may_move__looks_at_every_table_that_was_published_and_not_the_last_alone() -> None:
    second = {one: cell for one, cell in BEFORE.items() if one > 5}
    third = {one: cell for one, cell in BEFORE.items() if one > 1}
    assert moves(second) and not moves(third)
    assert not moves(third | crowd(100, NM=5), BEFORE, second)
    assert moves(third | crowd(100, NM=1), second) and not moves(third | crowd(100, NM=1), BEFORE, second)


def test_may_move__what_was_hidden_may_be_shown_once_enough_came() -> None:
    """Three were hidden with the six; of thirty that are shown later nobody can say who those three were."""
    before = crowd(1, NM=60, PM=3, RM=6)
    assert counted(before).told["parts"] == {"NM": 60, "PM": None, "RM": None}
    now = before | crowd(100, PM=27)
    assert counted(now).told["parts"] == {"NM": 60, "PM": 30, "RM": 6}
    assert moves(now, before)
    # Four came: NM as before, so the four are all that PM and RM grew by.
    assert not moves(before | crowd(100, PM=4), before)


def test_held__few_who_changed_alike_are_counted_as_before_and_who_left_is_not() -> None:
    """NM to PM: 1 to 4 are few, with 5 they are not. 61 to 63 have no certain result now. 64 left."""
    where = dict.fromkeys(BEFORE, "north")
    parts = {one: part for one, (_, part) in BEFORE.items() if one not in (61, 62, 63, 64)}
    four = parts | dict.fromkeys(range(1, 5), "PM")
    standing = BEFORE.keys() - {64}

    assert held(counted(BEFORE), four, where, standing, below=K) == parts | dict.fromkeys((61, 62, 63), "PM")
    five = parts | dict.fromkeys(range(1, 6), "PM")
    assert held(counted(BEFORE), five, where, standing, below=K) == five | dict.fromkeys((61, 62, 63), "PM")


def regional(**sizes: tuple[int, int]) -> People:
    cells = [(region, part) for part, both in sizes.items() for region, n in zip("ns", both, strict=True)
             for _ in range(n)]  # fmt: skip
    return dict(enumerate(cells, 1))


def test_may_move__region_and_part_are_seen_together() -> None:
    before = regional(NM=(40, 40), PM=(20, 20))
    assert counted(before).told["regions"]["n"] == {"NM": 40, "PM": 20}
    moved = before | dict.fromkeys(range(1, 5), ("s", "NM"))
    assert counted(moved).told["parts"] == counted(before).told["parts"]
    assert not moves(moved, before) and moves(before | dict.fromkeys(range(1, 6), ("s", "NM")), before)
    five = {100 + i: (region, "NM") for i, region in enumerate("nnnss", 100)}
    assert not moves(before | five, before)


def test_may_move__regions_that_only_one_of_them_shows_are_not_subtracted() -> None:
    before = regional(NM=(40, 2), PM=(20, 1))
    assert counted(before).told["regions"] is None
    now = before | {100 + i: ("s", part) for i, part in enumerate(["NM"] * 30 + ["PM"] * 30)}
    assert counted(now).told["regions"] is not None
    assert moves(now, before)


def test_may_move__parts_less_regions_tell_of_nobody() -> None:
    """PM's growth less what the north's rare ones grew by is one newcomer, though each number grew by five or more."""
    before = {**regional(NM=(60, 60), PM=(3, 9), UM=(9, 3))}
    shown = counted(before).told
    assert shown["parts"] == {"NM": 120, "PM": 12, "UM": 12}
    assert shown["regions"]["n"] == {"NM": 60, "other": 12}
    came = [("n", "PM")] * 6 + [("s", "UM")] * 6
    assert moves(before | dict(enumerate(came, 200)), before)
    assert not moves(before | dict(enumerate([*came, ("s", "PM")], 200)), before)


# Against a reader who knows these rules and tries all there is.

PARTS = ("NM", "PM", "RM", "UM")
CELLS = [None, *((region, part) for region in "ns" for part in PARTS)]
SIZES = st.sampled_from([1, 2, 3, 3, 4, 6, 9])


@st.composite
def two_tables(draw: st.DrawFn, regions: str) -> tuple[People, People]:
    cells = [cell for cell in CELLS if cell is None or cell[0] in regions]
    stay = draw(st.dictionaries(st.sampled_from(cells[1:]), st.sampled_from([2, 4, 9, 12]), min_size=2))
    went = draw(st.dictionaries(st.tuples(st.sampled_from(cells), st.sampled_from(cells)), SIZES, max_size=5))
    before, now, number = {}, {}, 0
    for (old, new), n in [*(((cell, cell), n) for cell, n in stay.items()), *went.items()]:
        for number in range(number + 1, number + n + 1):  # noqa: B020
            before |= {number: old} if old else {}
            now |= {number: new} if new else {}
    return before, now


def seen_in_both(one: Counted, other: Counted) -> Iterator[list[frozenset[Cell]]]:
    """The smallest sets of cells whose people a reader knows in both tables, by part and by region and part."""
    every = [frozenset(some) for n in range(1, 5) for some in combinations(PARTS, n)]

    def smallest(hidden: Sequence[set[str]]) -> list[frozenset[str]]:
        known = [some for some in every if all(some >= one or not some & one for one in hidden)]
        return [some for some in known if not any(less < some for less in known)]

    tolds = [one.told, other.told]
    hidden = [{p for p in PARTS if t["parts"] is None or t["parts"].get(p, 0) is None} for t in tolds]
    yield [frozenset((region, part) for region in "ns" for part in some) for some in smallest(hidden)]
    if all(t["regions"] for t in tolds):
        rows = [next(iter(t["regions"].values())) for t in tolds]
        pooled = [{p for p in t["parts"] if p not in row} for t, row in zip(tolds, rows, strict=True)]
        yield [frozenset((region, part) for part in some) for region in "ns" for some in smallest(pooled)]


def flows(groups: Sequence[frozenset[Cell]], before: People, now: People) -> set[int]:
    """How many went from each group, or from outside, to each other one."""
    sides: Any = [*groups, {None}]
    return {
        sum(before.get(who) in a and now.get(who) in b for who in before.keys() | now.keys())
        for a, b in product(sides, sides) if a is not b
    }  # fmt: skip


@given(two_tables("n"))
@settings(max_examples=300, deadline=None)
def test_may_move__of_one_region_exactly_where_every_flow_is_nobody_or_enough(tables: tuple[People, People]) -> None:
    tolds = [shares(list(people.values()), below=3) for people in tables]
    if None in tolds:
        return
    before, now = (Counted.of(told or {}, people) for told, people in zip(tolds, tables, strict=True))
    told_apart = [{**one.told, "regions": None} for one in (before, now)]
    before, now = (
        Counted(t, one.who, one.cells, one.code) for t, one in zip(told_apart, (before, now), strict=True)
    )  # fmt: skip
    (groups,) = seen_in_both(before, now)
    assert may_move([before], now, below=3) is all(n == 0 or n >= 3 for n in flows(groups, *tables))


@given(two_tables("ns"))
@settings(max_examples=200, deadline=None)
def test_may_move__leaves_no_reader_with_few(tables: tuple[People, People]) -> None:
    if any(shares(list(people.values()), below=3) is None for people in tables):
        return
    before, now = (counted(people, below=3) for people in tables)
    if not may_move([before], now, below=3):
        return
    shown = list(seen_in_both(before, now))
    for groups in shown:
        assert all(n == 0 or n >= 3 for n in flows(groups, *tables))
    rows = [group for groups in shown for group in groups]
    people = sorted({*tables[0], *tables[1]})
    share = np.array([[(tables[1].get(one) in row) - (tables[0].get(one) in row) for one in people] for row in rows])
    # Each number added, subtracted, or left out: whose share in the sum is not nothing?
    rows_used = share[np.any(share, axis=1)][:9]
    signs = np.array(list(product((-1, 0, 1), repeat=len(rows_used))), dtype=np.int64)
    left = (signs @ rows_used != 0).sum(axis=1)
    assert not ((left > 0) & (left < 3)).any()


@given(two_tables("ns"))
@settings(max_examples=200, deadline=None)
def test_held__where_nobody_leaves_or_moves_home_no_flow_out_of_a_cell_is_few(tables: tuple[People, People]) -> None:
    told = shares(list(tables[0].values()), below=3)
    if told is None:
        return
    before, now = tables
    regions = {one: before.get(one, now.get(one, ("", "")))[0] for one in before.keys() | now.keys()}
    found = {one: part for one, (_, part) in now.items()}

    parts = held(Counted.of(told, before), found, regions, regions.keys(), below=3)

    went = Counter(
        (before[one], parts.get(one, "")) for one in before if parts.get(one, "") != before[one][1]
    )  # fmt: skip
    assert all(n >= 3 for n in went.values())
    # Who is not counted as things are is counted as before, with fewer than three of the same change.
    for one in before:
        if parts.get(one, "") != found.get(one, ""):
            alike = [who for who in before if before[who] == before[one] and found.get(who) == found.get(one)]
            assert parts[one] == before[one][1] and len(alike) < 3
    assert all(parts[one] == found[one] for one in now if one not in before)


class Publishing(RuleBasedStateMachine):
    """Come, leave, come back, change and publish in any order: of no two tables that were ever shown does a reader see
    1 or 2 persons who came, left, or went from one group to another."""

    @initialize(n=st.integers(20, 60), seed=st.integers(0, 99))
    def begin(self, n: int, seed: int) -> None:
        self.dice = random.Random(seed)
        self.here: People = {}
        self.gone: People = {}
        self.next = 1
        self.shown: list[tuple[Counted, People]] = []
        self.come(n)
        self.publish()

    @rule(n=st.integers(1, 25))
    def come(self, n: int) -> None:
        for _ in range(n):
            self.here[self.next] = self.dice.choice("ns"), self.dice.choices(PARTS, [9, 4, 1, 1])[0]
            self.next += 1

    @rule(n=st.integers(1, 8))
    def leave(self, n: int) -> None:
        for one in self.dice.sample(sorted(self.here), min(n, len(self.here))):
            self.gone[one] = self.here.pop(one)

    @rule(n=st.integers(1, 8))
    def come_back(self, n: int) -> None:
        for one in self.dice.sample(sorted(self.gone), min(n, len(self.gone))):
            self.here[one] = self.gone.pop(one)

    @rule(n=st.integers(1, 6), part=st.sampled_from(PARTS))
    def change(self, n: int, part: str) -> None:
        for one in self.dice.sample(sorted(self.here), min(n, len(self.here))):
            self.here[one] = self.here[one][0], part

    @rule()
    def publish(self) -> None:
        regions = {one: region for one, (region, _) in self.here.items()}
        parts = {one: part for one, (_, part) in self.here.items()}
        if self.shown:
            parts = held(self.shown[-1][0], parts, regions, self.here.keys(), below=3)
        people = {one: (regions[one], part) for one, part in parts.items()}
        told = shares(list(people.values()), below=3)
        shown = next_table(told, people, [one for one, _ in self.shown], [], below=3) if told is not None else None
        if shown is not None:
            assert len(people) == shown["people"] and not people.keys() & self.gone.keys()
            self.shown.append((Counted.of(shown, people), people))

    @invariant()
    def no_two_tables_tell_of_few(self) -> None:
        for (one, before), (other, now) in combinations(self.shown, 2) if hasattr(self, "shown") else ():
            for groups in seen_in_both(one, other):
                assert all(n == 0 or n >= 3 for n in flows(groups, before, now))


Publishing.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestPublishing = Publishing.TestCase
