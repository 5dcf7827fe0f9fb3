"""Consent: the latest word of the latest day holds, history is kept, and only who may decide is heard."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from embla.errors import NotFound, NotPermitted, Refused, UsageError
from embla.platform import ANONYMOUS, OPERATOR, House, events_of
from embla.registry import consents_of, consents_seen, in_force, must_be_renewed, note_consent
from embla.registry.model.consent import Noted
from tests.registry.decided import TODAY, TREATING, given_on, registered, standing, withdrawn_on
from tests.registry.nation import Nation
from tests.support.homes import START


def test_consent__the_latest_day_counts_and_history_is_kept(house_on_both: House, nation: Nation) -> None:
    house, person = house_on_both, nation.person("p")
    first, second = given_on(person, TODAY - timedelta(9)), given_on(person, TODAY - timedelta(2), recontact=False)
    note_consent(house, OPERATOR, second)
    note_consent(house, OPERATOR, first)
    note_consent(house, OPERATOR, first)

    assert standing(house, person) == second
    assert standing(house, person, TODAY - timedelta(3)) == first
    assert standing(house, person, TODAY - timedelta(10)) is None
    with house.database.reading() as connection:
        assert len(consents_of(connection, person)) == 2


def test_consent__a_withdrawal_ends_it_and_a_new_one_begins_it_again(house_on_both: House, nation: Nation) -> None:
    house, person = house_on_both, nation.person("p")
    note_consent(house, OPERATOR, given_on(person, TODAY - timedelta(9)))
    note_consent(house, OPERATOR, withdrawn_on(person, TODAY - timedelta(1)))

    assert standing(house, person) is None
    note_consent(house, OPERATOR, given_on(person, TODAY, version="2"))
    assert standing(house, person).version == "2"  # type: ignore[union-attr]


def test_consent__the_prenatal_form_stands_apart(house_on_both: House, nation: Nation) -> None:
    house, person = house_on_both, nation.person("p")
    note_consent(house, OPERATOR, given_on(person, TODAY, form="prenatal"))

    assert standing(house, person) is None
    assert standing(house, person, form="prenatal") is not None


@pytest.mark.parametrize(
    ("years", "by", "allowed"),
    [
        (14, "guardian", True),
        (14, "patient", False),
        (15, "patient", True),
        (15, "guardian", False),
        (14, "not told", True),
    ],
)
def test_consent__from_15_on_the_patient_decides(house_on_both: House, years: int, by: str, allowed: bool) -> None:
    born = (
        date(TODAY.year - 15, TODAY.month, TODAY.day)
        if years == 15
        else date(TODAY.year - 15, TODAY.month, TODAY.day + 1)
    )
    person = registered(house_on_both, f"{born:%d%m%y}4111")
    statement = given_on(person, TODAY, signed_by=by)

    if allowed:
        note_consent(house_on_both, OPERATOR, statement)
    else:
        with pytest.raises(Refused) as refusal:
            note_consent(house_on_both, OPERATOR, statement)
        assert refusal.value.facts["rule"] == "consent.decides"
        assert str(born.year) not in str(refusal.value)
    assert (standing(house_on_both, person) is not None) == allowed


def test_consent__of_somebody_who_turned_15_since_is_to_be_renewed(house_on_both: House) -> None:
    person = registered(house_on_both, "010310LBX1", born=date(2011, 2, 1))
    noted = note_consent(house_on_both, OPERATOR, given_on(person, date(2026, 2, 28), signed_by="guardian"))

    assert not must_be_renewed(noted, False)
    assert must_be_renewed(noted, True)


@pytest.mark.parametrize(
    "changes",
    [{"form": "x"}, {"secondary_findings": "some"}, {"signed_by": "me"}, {"version": ""}, {"version": "a\nb"}],
)
def test_consent__what_no_form_says_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        given_on("P" + "1" * 16, TODAY, **changes)


def test_consent__is_not_of_the_future_and_not_of_a_stranger(house_on_both: House, nation: Nation) -> None:
    with pytest.raises(UsageError, match="future"):
        note_consent(house_on_both, OPERATOR, given_on(nation.person("p"), TODAY + timedelta(1)))
    with pytest.raises(NotFound):
        note_consent(house_on_both, OPERATOR, given_on("P" + "9" * 16, TODAY))


def test_consent__is_for_who_treats_the_patient_and_the_log_has_every_look(
    house_on_both: House, nation: Nation
) -> None:
    nation.genome("p", clinicians=["dr"])
    person, other = nation.person("p"), nation.person("q")
    with house_on_both.database.reading() as connection:
        case = connection.exec_driver_sql("SELECT id FROM cases").scalar()
    note_consent(house_on_both, TREATING, given_on(person, TODAY), case=case, purpose="care")

    assert len(consents_seen(house_on_both, TREATING, person, case=case, purpose="care")) == 1
    for actor, about, what in ((TREATING, other, case), (TREATING, person, None), (ANONYMOUS, person, case)):
        with pytest.raises(NotPermitted):
            consents_seen(house_on_both, actor, about, case=what, purpose="care")
    with house_on_both.database.reading() as connection:
        kinds = [event.kind for event in events_of(connection, f"person:{person}")]
    assert kinds == ["access-granted", "consent-noted", "access-granted", "access-refused", "access-refused"]


class Decisions(RuleBasedStateMachine):
    """The oracle: a list, looked through from the end."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Noted] = []

    @rule(
        day=st.integers(0, 9),
        says=st.sampled_from(["given", "withdrawn"]),
        form=st.sampled_from(["general", "prenatal"]),
    )
    def say(self, day: int, says: str, form: str) -> None:
        make = given_on if says == "given" else withdrawn_on
        at = START + timedelta(seconds=len(self.said))
        self.said.append(Noted(f"N{len(self.said):04}", make("P", TODAY - timedelta(day), form=form), "dr", at))

    @invariant()
    def the_last_word_of_the_last_day_holds(self) -> None:
        for form in ("general", "prenatal"):
            for ago in range(11):
                on = TODAY - timedelta(ago)
                expected = None
                for noted in self.said:
                    if noted.statement.form == form and noted.statement.day <= on:
                        if expected is None or noted.statement.day >= expected.statement.day:
                            expected = noted
                if expected is not None and expected.statement.says == "withdrawn":
                    expected = None
                assert in_force(self.said[::-1], on, form) == expected  # type: ignore[arg-type]


def test_consent__equals_a_list_looked_through_from_the_end() -> None:
    run_state_machine_as_test(Decisions, settings=settings(max_examples=60, stateful_step_count=15, deadline=None))
