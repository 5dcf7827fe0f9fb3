"""Which numbers a next release may change: by literals, and over long histories against a plain oracle."""

import random
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from embla.disclosure import Members, Parts, Persons, members
from embla.errors import Refused
from embla.frequency.choosing import choose
from embla.frequency.ground import Ground, number_of, parts_of
from embla.frequency.model.cohorts import TOTAL
from embla.frequency.model.moving import FEW, FEW_BESIDE, TOTAL_STAYS, Past, decide_moves, pinned, set_aside
from embla.platform import Settings
from embla.registry import CountedGenome, accession

EACH = Persons.of({})  # every genome is of somebody else


def parts(**groups: range) -> Parts:
    return Parts.of([(name, members(who)) for name, who in groups.items()])


def test_decide_moves__the_first_release_publishes_everything() -> None:
    moves = decide_moves([], members(range(50)), {"region": parts(a=range(50))}, 20, EACH)

    assert moves.cut == {TOTAL, "region"}


@pytest.mark.parametrize("now", [range(101), range(119), range(1, 100), range(1, 140)])
def test_decide_moves__a_few_who_came_or_left_keep_everything_as_it_was(now: range) -> None:
    past = Past("1", members(range(100)), {})

    assert decide_moves([past], members(now), {"region": parts(a=now)}, 20, EACH).kept == {
        TOTAL: FEW,
        "region": TOTAL_STAYS,
    }


AGAIN = Persons.of({1000 + i: i for i in range(100)})  # who was sequenced again has a thousand more


@pytest.mark.parametrize(
    ("now", "moves"),
    [
        ([*range(20, 100), *range(1000, 1020)], True),
        ([*range(20, 100), 100, *range(1000, 1020)], False),
        ([*range(20, 99), *range(1000, 1020)], False),
        ([*range(1, 120), 1000], False),
        ([*range(1, 80), *range(100, 120), 1000], True),
    ],
)
def test_decide_moves__who_was_sequenced_again_neither_comes_nor_leaves(now: list[int], moves: bool) -> None:
    """Twenty again; with one newcomer; with one leaver; one again, whom twenty newcomers hide where a number rises and
    only twenty leavers where it falls."""
    past = Past("1", members(range(100)), {})

    assert (TOTAL in decide_moves([past], members(now), {}, 20, AGAIN).cut) is moves


def test_decide_moves__a_table_stays_when_one_moved_among_many_who_were_sequenced_again() -> None:
    """Both regions had thirty sequenced again, so by genome thirty left and thirty or more came in each."""
    past = Past("1", members(range(100)), {"region": parts(a=range(50), b=range(50, 100))})
    new_a, new_b = [*range(30, 50), *range(1000, 1029)], [*range(80, 100), *range(1050, 1080)]
    stayed = parts(a=[*new_a, 1029], b=new_b)
    moved = parts(a=new_a, b=[*new_b, 1029])

    assert decide_moves([past], stayed.who, {"region": stayed}, 20, AGAIN).cut == {TOTAL, "region"}
    assert decide_moves([past], moved.who, {"region": moved}, 20, AGAIN).kept == {"region": FEW}


def test_decide_moves__a_second_table_stays_when_both_tell_one_among_many_who_were_sequenced_again() -> None:
    """North's growth less heart's is one newcomer, and what changed in twenty who were sequenced again."""
    before = {
        "region": parts(n=range(60), s=range(60, 120)),
        "patient_group": parts(h=range(30, 90), k=[*range(30), *range(90, 120)]),
    }
    heart = [*range(30, 90), *range(120, 140)]
    north, again = [*range(20, 60), *range(1000, 1020), *range(120, 140), 160], range(1000, 1020)
    now = {
        "region": parts(n=north, s=[*range(60, 120), *range(140, 160)]),
        "patient_group": parts(h=heart, k=[*range(20, 30), *again, *range(90, 120), *range(140, 161)]),
    }
    past = Past("1", members(range(120)), before)
    persons = Persons.of({n: n - 1000 for n in again})

    assert decide_moves([past], now["region"].who, now, 20, persons).kept == {"patient_group": FEW_BESIDE}


def test_decide_moves__ten_who_were_sequenced_again_are_ten_beside_another_table() -> None:
    """North's growth less heart's is what changed in ten of the persons, by their old genomes and their new ones."""
    again = {"nk": range(10), "sk": range(10, 30), "nh": range(30, 50)}
    before = {
        "region": parts(n=[*again["nk"], *again["nh"], *range(60, 90)], s=[*again["sk"], *range(90, 120)]),
        "patient_group": parts(
            h=[*again["nh"], *range(60, 75), *range(90, 105)],
            k=[*again["nk"], *again["sk"], *range(75, 90), *range(105, 120)],
        ),
    }
    now = {
        by: Parts.of([
            (name, members(n + 1000 if n < 50 else n for n in table.who[table.code == i]))
            for i, name in enumerate(table.names)
        ])
        for by, table in before.items()
    }  # fmt: skip
    past = Past("1", before["region"].who, before)

    assert decide_moves([past], now["region"].who, now, 20, AGAIN).kept == {"patient_group": FEW_BESIDE}


@pytest.mark.parametrize("now", [range(120), range(20, 100), range(20, 120), range(100)])
def test_decide_moves__nobody_or_the_step_on_either_side_moves(now: range) -> None:
    past = Past("1", members(range(100)), {"region": parts(a=range(50), b=range(50, 100))})

    assert TOTAL in decide_moves([past], members(now), {}, 20, EACH).cut


def test_decide_moves__a_table_stays_as_a_whole_when_one_cell_changed_a_little() -> None:
    past = Past("1", members(range(100)), {"region": parts(a=range(50), b=range(50, 100))})
    now = parts(a=range(50), b=[*range(50, 100), *range(101, 130)])
    more = parts(a=[*range(50), 100], b=[*range(50, 100), *range(101, 130)])

    assert decide_moves([past], now.who, {"region": now}, 20, EACH).cut == {TOTAL, "region"}
    assert decide_moves([past], more.who, {"region": more}, 20, EACH).kept == {"region": FEW}


def test_decide_moves__looks_at_every_earlier_release_and_not_the_last_alone() -> None:
    """Set aside in the second and back in the third: the third less the first is the one who left."""
    pasts = [Past("1", members(range(100)), {}), Past("2", members(range(20, 100)), {})]

    assert decide_moves(pasts, members(range(1, 100)), {}, 20, EACH).kept == {TOTAL: FEW}


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

    assert decide_moves([past], members(range(241)), now, 20, EACH).kept == {"patient_group": FEW_BESIDE}


def test_pinned__a_few_who_moved_stay_where_they_were_published() -> None:
    last = {1: "a", 2: "a", 3: "b", 4: "a"}

    assert pinned(last, {1: "b", 2: "b", 3: "b", 5: "a"}, 3) == {1: "a", 2: "a"}
    assert pinned(last, {1: "b", 2: "b", 3: "b"}, 2) == {}


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
    """What the oracle sees: person -> genome behind every number that was ever shown, by part and cell."""

    states: dict[str, list[dict[int, int]]]

    def show(self, line: str, who: dict[int, int]) -> None:
        shown = self.states.setdefault(line, [])
        if not shown or shown[-1] != who:
            shown.append(who)

    def few(self, step: int) -> list[str]:
        return [
            line
            for line, shown in self.states.items()
            for i, old in enumerate(shown)
            for new in shown[i + 1 :]
            if any(0 < len(some) < step for some in explains(old, new))
        ]


def explains(old: dict[int, int], new: dict[int, int]) -> list[set[int]]:
    """Whose a difference of two sums can be: persons who came, who left, and, where somebody has another genome, those
    who may have made it rise, and fall."""
    came, left = new.keys() - old.keys(), old.keys() - new.keys()
    again = {person for person in old.keys() & new.keys() if old[person] != new[person]}
    return [came, left, came | again, left | again]


class Releasing(RuleBasedStateMachine):
    """Join, leave, move, come back, be sequenced again and cut in any order: no two published states of any stratum,
    and no two of any total, differ by 1 to step-1 persons on either side; and whoever left is in no number that is cut
    from then on."""

    @initialize(n=st.integers(8, 60), seed=st.integers(0, 99))
    def begin(self, n: int, seed: int) -> None:
        self.dice = random.Random(seed)
        self.here: dict[int, CountedGenome] = {}
        self.gone: dict[int, CountedGenome] = {}
        self.whose: dict[int, int] = {}
        self.next = 1
        self.ground = Ground([], {}, frozenset(), {}, EACH)
        self.shown = Published({})
        self.raw: dict[str, dict[str, dict[int, str]]] = {}
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
            self.whose[self.next] = self.next
            self.next += 1

    @rule(n=st.integers(1, 6))
    def leave(self, n: int) -> None:
        for number in self.dice.sample(sorted(self.here), min(n, len(self.here) - 1)):
            self.gone[number] = self.here.pop(number)

    @rule(n=st.integers(1, 9), together=st.booleans())
    def sequence_again(self, n: int, together: bool) -> None:
        """The same persons under new numbers: of one region, as of one laboratory, or of any."""
        where = self.dice.choice("ns")
        some = [p for p in sorted(self.here) if not together or self.here[p].region == where]
        for person in self.dice.sample(some, min(n, len(some))):
            self.here[person] = self.anew(self.here[person])

    @rule(n=st.integers(1, 6))
    def return_anew(self, n: int) -> None:
        for person in self.dice.sample(sorted(self.gone), min(n, len(self.gone))):
            self.here[person] = self.anew(self.gone.pop(person))

    def anew(self, one: CountedGenome) -> CountedGenome:
        self.whose[self.next] = int(one.person[1:])
        self.next += 1
        return replace(one, accession=accession(self.next - 1))

    @rule()
    def move(self) -> None:
        number = self.dice.choice(sorted(self.here))
        other = self.dice.choice("ns")
        self.here[number] = replace(self.here[number], region=other)

    @rule(settle=st.booleans())
    def cut(self, settle: bool) -> None:
        people = sorted(self.here.values(), key=lambda one: one.accession)
        persons = Persons.of({genome: person for genome, person in self.whose.items() if genome != person})
        self.ground = replace(self.ground, persons=persons)
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
            assert {int(n) for n in numbers} <= {number_of(one.accession) for one in self.here.values()}
            tables = parts_of(chosen.strata, numbers)
            pasts.append(Past(number, numbers, tables))
            self.shown.show(TOTAL, self.shown_of(numbers))
            for by, cells in tables.items():
                for i, name in enumerate(cells.names):
                    self.shown.show(f"{by}/{name}", self.shown_of(cells.who[cells.code == i]))
            self.raw[number] = {
                by: {self.whose[number_of(p.accession)]: chosen.group(p, by) for p in chosen.people}
                for by in ("region", "patient_group")
            }
        raw = {by: self.raw[sources[by]][by] for by in ("region", "patient_group") if by in sources}
        aside = frozenset(self.whose[number_of(name)] for name in chosen.aside)
        self.ground = Ground(pasts, raw, aside, sources, persons)

    def shown_of(self, genomes: Members) -> dict[int, int]:
        return {self.whose[int(number)]: int(number) for number in genomes}

    @invariant()
    def no_two_states_differ_by_a_few(self) -> None:
        if hasattr(self, "shown"):
            assert self.shown.few(STEP) == []


Releasing.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestReleasing = Releasing.TestCase
