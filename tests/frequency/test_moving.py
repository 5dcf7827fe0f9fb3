"""Which numbers a next release may change: by literals, and over long histories against a plain oracle."""

import random
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from embla.disclosure import Parts, members
from embla.errors import Refused
from embla.frequency.choosing import choose
from embla.frequency.ground import Ground, parts_of
from embla.frequency.model.cohorts import TOTAL
from embla.frequency.model.moving import FEW, FEW_BESIDE, TOTAL_STAYS, Past, decide_moves, pinned, set_aside
from embla.platform import Settings
from embla.registry import CountedGenome, accession


def parts(**groups: range) -> Parts:
    return Parts.of([(name, members(who)) for name, who in groups.items()])


def test_decide_moves__the_first_release_publishes_everything() -> None:
    moves = decide_moves([], members(range(50)), {"region": parts(a=range(50))}, 20)

    assert moves.cut == {TOTAL, "region"}


@pytest.mark.parametrize("now", [range(101), range(119), range(1, 100), range(1, 140)])
def test_decide_moves__a_few_who_came_or_left_keep_everything_as_it_was(now: range) -> None:
    past = Past("1", members(range(100)), {})

    assert decide_moves([past], members(now), {"region": parts(a=now)}, 20).kept == {TOTAL: FEW, "region": TOTAL_STAYS}


@pytest.mark.parametrize("now", [range(120), range(20, 100), range(20, 120), range(100)])
def test_decide_moves__nobody_or_the_step_on_either_side_moves(now: range) -> None:
    past = Past("1", members(range(100)), {"region": parts(a=range(50), b=range(50, 100))})

    assert TOTAL in decide_moves([past], members(now), {}, 20).cut


def test_decide_moves__a_table_stays_as_a_whole_when_one_cell_changed_a_little() -> None:
    past = Past("1", members(range(100)), {"region": parts(a=range(50), b=range(50, 100))})
    now = parts(a=range(50), b=[*range(50, 100), *range(101, 130)])
    more = parts(a=[*range(50), 100], b=[*range(50, 100), *range(101, 130)])

    assert decide_moves([past], now.who, {"region": now}, 20).cut == {TOTAL, "region"}
    assert decide_moves([past], more.who, {"region": more}, 20).kept == {"region": FEW}


def test_decide_moves__looks_at_every_earlier_release_and_not_the_last_alone() -> None:
    """Set aside in the second and back in the third: the third less the first is the one who left."""
    pasts = [Past("1", members(range(100)), {}), Past("2", members(range(20, 100)), {})]

    assert decide_moves(pasts, members(range(1, 100)), {}, 20).kept == {TOTAL: FEW}


def test_decide_moves__a_second_table_stays_when_both_together_tell_one() -> None:
    before = {
        "region": parts(n=range(100), s=range(100, 200)),
        "patient_group": parts(h=range(0, 200, 2), k=range(1, 200, 2)),
    }
    heart_north, kidney_south, one = list(range(200, 220)), list(range(220, 240)), [240]
    now = {
        "region": parts(n=[*range(100), *heart_north, *one], s=[*range(100, 200), *kidney_south]),
        "patient_group": parts(h=[*range(0, 200, 2), *heart_north], k=[*range(1, 200, 2), *kidney_south, *one]),
    }
    past = Past("1", members(range(200)), before)

    assert decide_moves([past], members(range(241)), now, 20).kept == {"patient_group": FEW_BESIDE}


def test_pinned__a_few_who_moved_stay_where_they_were_published() -> None:
    last = {"x": "a", "y": "a", "z": "b", "gone": "a"}

    assert pinned(last, {"x": "b", "y": "b", "z": "b", "new": "a"}, 3) == {"x": "a", "y": "a"}
    assert pinned(last, {"x": "b", "y": "b", "z": "b"}, 2) == {}


def test_set_aside__makes_the_one_who_left_one_of_the_step_in_the_same_groups() -> None:
    past = Past("1", members(range(400)), {"region": parts(a=range(200), b=range(200, 400))})
    present = members(range(1, 400))

    chosen = set_aside([past], present, 20, np.random.default_rng(1))

    assert chosen is not None and len(chosen) == 19 and set(chosen) <= set(range(1, 200))


def test_set_aside__is_not_done_where_it_would_cost_a_tenth_of_the_release() -> None:
    past = Past("1", members(range(100)), {})

    assert set_aside([past], members(range(1, 100)), 20, np.random.default_rng(1)) is None


STEP = 4
SETTINGS = replace(Settings(), release_step=STEP, suppress_below=2)


@dataclass
class Published:
    """What the ten-line oracle sees: the sets behind every number that was ever shown, by part and cell."""

    states: dict[str, list[set[int]]]

    def show(self, line: str, who: set[int]) -> None:
        shown = self.states.setdefault(line, [])
        if not shown or shown[-1] != who:
            shown.append(who)

    def few(self, step: int) -> list[str]:
        return [
            line
            for line, shown in self.states.items()
            for i, old in enumerate(shown)
            for new in shown[i + 1 :]
            if 0 < len(new - old) < step or 0 < len(old - new) < step
        ]


class Releasing(RuleBasedStateMachine):
    """Join, leave, move, come back and cut in any order: no two published states of any stratum, and no two of any
    total, differ by 1 to step-1 people on either side; and whoever left is in no number that is cut from then on."""

    @initialize(n=st.integers(8, 60), seed=st.integers(0, 99))
    def begin(self, n: int, seed: int) -> None:
        self.dice = random.Random(seed)
        self.here: dict[int, CountedGenome] = {}
        self.next = 1
        self.ground = Ground([], {}, frozenset(), {})
        self.shown = Published({})
        self.raw: dict[str, dict[str, dict[str, str]]] = {}
        self.cuts = 0
        self.join(n)
        self.cut(False)

    @rule(n=st.integers(1, 9))
    def join(self, n: int) -> None:
        for _ in range(n):
            self.here[self.next] = CountedGenome(
                accession(self.next), f"P{self.next}", None, self.dice.choice("ns"), self.dice.choice("hk"),
                self.dice.choice(["XX", "XY"]), self.dice.random() < 0.2, False, False, "lab", "genome", "C1",
            )  # fmt: skip
            self.next += 1

    @rule(n=st.integers(1, 6))
    def leave(self, n: int) -> None:
        for number in self.dice.sample(sorted(self.here), min(n, len(self.here) - 1)):
            del self.here[number]

    @rule()
    def move(self) -> None:
        number = self.dice.choice(sorted(self.here))
        other = self.dice.choice("ns")
        self.here[number] = replace(self.here[number], region=other)

    @rule(settle=st.booleans())
    def cut(self, settle: bool) -> None:
        people = [self.here[number] for number in sorted(self.here)]
        try:
            chosen = choose(
                people, self.ground, ("karyotype", "region", "patient_group"), SETTINGS, settle=settle,
                seed=str(self.cuts),
            )  # fmt: skip
        except Refused:
            return
        self.cuts += 1
        number, numbers = f"2026.{self.cuts}", chosen.numbers
        sources = {
            part: number if part in chosen.moves.cut else self.ground.sources[part]
            for part in chosen.parts(self.ground)
        }
        pasts = list(self.ground.pasts)
        if chosen.strata:
            assert {int(n) for n in numbers} <= set(self.here)
            tables = parts_of(chosen.strata, numbers)
            pasts.append(Past(number, numbers, tables))
            self.shown.show(TOTAL, {int(n) for n in numbers})
            for by, cells in tables.items():
                for i, name in enumerate(cells.names):
                    self.shown.show(f"{by}/{name}", {int(n) for n in cells.who[cells.code == i]})
            self.raw[number] = {
                by: {p.accession: chosen.group(p, by) for p in chosen.people} for by in ("region", "patient_group")
            }
        raw = {by: self.raw[sources[by]][by] for by in ("region", "patient_group") if by in sources}
        self.ground = Ground(pasts, raw, chosen.aside, sources)

    @invariant()
    def no_two_states_differ_by_a_few(self) -> None:
        if hasattr(self, "shown"):
            assert self.shown.few(STEP) == []


Releasing.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestReleasing = Releasing.TestCase
