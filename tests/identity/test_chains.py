"""Any order of registering, changing numbers, renaming and rotating equals a dictionary."""

import shutil
import tempfile
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from embla.composition import open_home
from embla.errors import NotFound, Refused
from embla.identity import (
    Entry,
    add_alias,
    parse_number,
    register_persons,
    rotate,
    zone_of,
)
from embla.platform import OPERATOR, Settings
from tests.support.homes import Ticking, counting_ids
from tests.support.people import made_up_numbers
from tests.support.zone import find_persons, project_pseudonyms, show_person

NUMBERS = [parse_number(text) for text in islice(made_up_numbers(), 8)]
some_number = st.sampled_from(range(len(NUMBERS)))


class Chains(RuleBasedStateMachine):
    """The oracle: which person each number is, and each person's numbers in order."""

    home: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copytree(self.home, self.folder / "home")
        self.house = open_home(Settings(home=self.folder / "home"), clock=Ticking(), new_id=counting_ids())
        self.person: dict[int, str] = {}
        self.chain: dict[str, list[int]] = {}
        self.called: dict[tuple[str, str], str] = {}

    def teardown(self) -> None:
        zone_of(self.house).database.close()
        self.house.database.close()
        shutil.rmtree(self.folder)

    @rule(number=some_number)
    def register(self, number: int) -> None:
        (person,) = register_persons(self.house, OPERATOR, [Entry(NUMBERS[number])])
        if number not in self.person:
            assert person not in self.chain
            self.person[number], self.chain[person] = person, [number]
        assert person == self.person[number]

    @rule(old=some_number, new=some_number)
    def alias(self, old: int, new: int) -> None:
        person, other = self.person.get(old), self.person.get(new)
        if person is None or other not in (None, person):
            with pytest.raises(NotFound if person is None else Refused):
                add_alias(self.house, OPERATOR, NUMBERS[old], NUMBERS[new])
            return
        assert add_alias(self.house, OPERATOR, NUMBERS[old], NUMBERS[new]) == person
        if other is None:
            self.person[new] = person
            self.chain[person].append(new)

    @rule(project=st.sampled_from(["p1", "p2"]))
    def give_pseudonyms(self, project: str) -> None:
        persons = sorted(self.chain)
        for person, called in zip(persons, project_pseudonyms(self.house, OPERATOR, project, persons), strict=True):
            assert self.called.setdefault((project, person), called) == called
        assert len(set(self.called.values())) == len(self.called)

    @rule(destroy=st.booleans())
    def rotate(self, destroy: bool) -> None:
        rotate(self.house, OPERATOR, destroy=destroy)

    @invariant()
    def every_number_finds_its_person(self) -> None:
        found = find_persons(self.house, OPERATOR, NUMBERS, purpose="operation")
        assert found == [self.person.get(number) for number in range(len(NUMBERS))]

    @invariant()
    def every_chain_is_kept_in_order(self) -> None:
        for person, numbers in self.chain.items():
            shown = show_person(self.house, OPERATOR, person).numbers
            assert [number.text for number in shown] == [NUMBERS[number].text for number in numbers]


def test_chains__equal_a_dictionary_in_any_order(furnished_home: Path) -> None:
    Chains.home = furnished_home

    run_state_machine_as_test(Chains, settings=settings(max_examples=12, stateful_step_count=15, deadline=None))


@pytest.mark.deep
def test_chains__equal_a_dictionary_in_many_orders(furnished_home: Path) -> None:
    Chains.home = furnished_home

    run_state_machine_as_test(Chains, settings=settings(max_examples=200, stateful_step_count=30, deadline=None))
