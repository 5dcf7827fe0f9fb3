"""Breaking the glass and its review: the rules by literals, then whole lives against a ten-line oracle."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.care import break_glass, calls, emergencies_to_review, emergency_of, open_emergencies, review_emergency
from embla.care.emergencies import unreviewed
from embla.care.model.emergency import OUTCOMES, Emergency, checked_text, opened, reviewed
from embla.errors import BadInput, NotFound, NotPermitted, Refused, UsageError
from tests.care.ward import ADMIN, COLLEAGUE, DOCTOR, DPO, REASON, Ward

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ONE = opened("E1", "ann", "P1", AT, hours=4, review_hours=24)


@pytest.fixture
def ward(ward_on_both: Ward) -> Ward:
    return ward_on_both


def test_emergency__lasts_its_hours_and_not_a_second_more() -> None:
    assert ONE.active_at(AT) and ONE.active_at(AT + timedelta(hours=4, seconds=-1))
    assert not ONE.active_at(AT + timedelta(hours=4)) and not ONE.active_at(AT - timedelta(seconds=1))


def test_emergency__is_overdue_from_its_day_on_until_judged() -> None:
    due = AT + timedelta(hours=24)

    assert not ONE.overdue_at(due - timedelta(seconds=1)) and ONE.overdue_at(due)
    assert not reviewed(ONE, "dpo", "justified", due).overdue_at(due + timedelta(days=9))


@pytest.mark.parametrize("reviewer", ["ann"])
def test_review__of_oneself_is_refused(reviewer: str) -> None:
    with pytest.raises(Refused):
        reviewed(ONE, reviewer, "justified", AT)


def test_review__not_justified_ends_what_still_runs() -> None:
    at = AT + timedelta(hours=1)

    assert reviewed(ONE, "dpo", "not_justified", at).until == at
    assert reviewed(ONE, "dpo", "justified", at).until == ONE.until
    assert reviewed(ONE, "dpo", "not_justified", AT + timedelta(days=2)).until == ONE.until


def test_review__has_a_known_outcome() -> None:
    with pytest.raises(UsageError):
        reviewed(ONE, "dpo", "fine", AT)


@pytest.mark.parametrize("text", ["", "   ", "short", "x" * 1001, "the patient 010203-1234 lies here", "\0" * 20])
def test_reason__that_says_nothing_too_much_or_a_number_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        checked_text(text)


@given(st.lists(st.tuples(st.sampled_from(["ann", "bob", "dpo"]), st.sampled_from(OUTCOMES), st.integers(0, 72))))
def test_life__is_as_the_oracle_says(steps: list[tuple[str, str, int]]) -> None:
    # Oracle: the first review by another one stands, whoever comes later.
    first = next(((who, outcome, hour) for who, outcome, hour in steps if who != "ann"), None)
    end = ONE.until
    if first is not None and first[1] == "not_justified":
        end = min(end, AT + timedelta(hours=first[2]))

    now: Emergency = ONE
    for who, outcome, hour in steps:
        try:
            now = reviewed(now, who, outcome, AT + timedelta(hours=hour))
        except Refused:
            pass

    assert (now.reviewer, now.outcome) == ((first[0], first[1]) if first else (None, None))
    assert now.until == end


def test_break_glass__appears_at_once_with_the_reviewers_and_not_as_ones_own(ward: Ward) -> None:
    made = break_glass(ward.house, ward.stepped(DOCTOR), ward.genome("N2"), REASON)

    assert [one.id for one in emergencies_to_review(ward.house, DPO)] == [made.id]
    assert [one.id for one in emergencies_to_review(ward.house, ADMIN)] == [made.id]
    with pytest.raises(NotPermitted):
        emergencies_to_review(ward.house, COLLEAGUE)
    found, reason, text = emergency_of(ward.house, DPO, made.id)
    assert (found.person, reason, text) == (ward.person("N2"), REASON, "")


def test_break_glass__twice_is_one_emergency(ward: Ward) -> None:
    doctor = ward.stepped(DOCTOR)

    assert break_glass(ward.house, doctor, "north:N2-p", REASON) == break_glass(
        ward.house, doctor, ward.person("N2"), REASON
    )
    assert len(open_emergencies(ward.house, DOCTOR)) == 1


def test_break_glass__needs_a_fresh_sign_in_and_the_role(ward: Ward) -> None:
    for actor in (DOCTOR, ward.stepped(DPO)):
        with pytest.raises(NotPermitted):
            break_glass(ward.house, actor, ward.person("N2"), REASON)

    assert {event.body["rule"] for event in ward.events("access-refused")} == {
        "break_glass.clinician.stepped_up",
        "break_glass.clinician.role",
    }


def test_break_glass__for_nobody_is_logged_without_what_was_typed(ward: Ward) -> None:
    with pytest.raises(NotFound):
        break_glass(ward.house, ward.stepped(DOCTOR), "010203-1234", REASON)

    assert ward.events("access-granted")[-1].subject == "person:unknown"
    assert "010203" not in str(ward.events())


def test_reason__stands_nowhere_in_the_clear(ward: Ward) -> None:
    made = break_glass(ward.house, ward.stepped(DOCTOR), ward.person("N2"), REASON)
    review_emergency(ward.house, DPO, made.id, "justified", "Confirmed by the head of the ward.")

    told = str(ward.events())
    assert "arrhythmia" not in told and "head of the ward" not in told
    assert emergency_of(ward.house, DPO, made.id)[1:] == (REASON, "Confirmed by the head of the ward.")


def test_emergency__ends_when_its_time_is_over(ward: Ward) -> None:
    break_glass(ward.house, ward.stepped(DOCTOR), ward.person("N2"), REASON)
    assert b"".join(calls(ward.house, DOCTOR, ward.genome("N2"))[0])

    ward.house.clock.at += timedelta(hours=4)  # type: ignore[attr-defined]

    with pytest.raises(NotPermitted):
        calls(ward.house, DOCTOR, ward.genome("N2"))


def test_review__not_justified_closes_the_door_at_once(ward: Ward) -> None:
    made = break_glass(ward.house, ward.stepped(DOCTOR), ward.person("N2"), REASON)
    review_emergency(ward.house, ADMIN, made.id, "not_justified", "The patient was not in the house.")

    with pytest.raises(NotPermitted):
        calls(ward.house, DOCTOR, ward.genome("N2"))


def test_review__by_the_one_who_did_it_is_refused_even_with_the_role(ward: Ward) -> None:
    from dataclasses import replace

    both = replace(ward.stepped(DOCTOR), roles=frozenset({"clinician", "admin"}))
    made = break_glass(ward.house, both, ward.person("N2"), REASON)

    with pytest.raises(NotPermitted) as told:
        review_emergency(ward.house, both, made.id, "justified", "I did nothing wrong.")
    assert told.value.rule.endswith("others_doing")


def test_review__stands_once_given(ward: Ward) -> None:
    made = break_glass(ward.house, ward.stepped(DOCTOR), ward.person("N2"), REASON)
    review_emergency(ward.house, DPO, made.id, "justified", "Confirmed by the ward.")

    with pytest.raises(Refused):
        review_emergency(ward.house, ADMIN, made.id, "not_justified", "I see it otherwise.")
    assert emergencies_to_review(ward.house, DPO) == []
    assert [one.outcome for one in emergencies_to_review(ward.house, DPO, waiting=False)] == ["justified"]


def test_unreviewed__counts_what_waits_and_what_is_overdue(ward: Ward) -> None:
    break_glass(ward.house, ward.stepped(DOCTOR), ward.person("N2"), REASON)
    with ward.house.database.reading() as connection:
        assert unreviewed(connection, ward.house.clock()) == (1, 0)
        assert unreviewed(connection, ward.house.clock() + timedelta(hours=25)) == (1, 1)
