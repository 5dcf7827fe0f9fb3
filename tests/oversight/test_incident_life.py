"""The 72 h clock: the rules by literals, then any life against what the law says in ten lines."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import EmblaError, Refused, UsageError
from embla.oversight.model.incident import Incident, assessed, closed, detected, reported

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ONE = detected("I1", "disclosure", AT, AT)


def test_clock__starts_at_detection_and_not_when_it_was_written_down() -> None:
    late = detected("I1", "disclosure", AT - timedelta(hours=70), AT)

    assert late.deadline == AT + timedelta(hours=2)
    assert late.overdue_at(AT + timedelta(hours=2, seconds=1)) and not late.overdue_at(AT + timedelta(hours=2))


def test_detection__in_the_future_or_of_no_known_kind_is_refused() -> None:
    for kind, when in (("disclosure", AT + timedelta(seconds=1)), ("nonsense", AT)):
        with pytest.raises(UsageError):
            detected("I1", kind, when, AT)


def test_risk_unlikely__stops_the_clock_and_a_second_look_starts_it_again() -> None:
    calm = assessed(ONE, "unlikely", AT)
    later = AT + timedelta(hours=80)

    assert not calm.overdue_at(later) and assessed(calm, "risk", later).overdue_at(later)
    assert closed(calm, later).state == "closed"


def test_report__too_late_stays_visible_as_late() -> None:
    late = reported(assessed(ONE, "high", AT), AT + timedelta(hours=73))

    assert late.in_time is False and late.tell_persons and not late.overdue_at(AT + timedelta(hours=99))


@given(st.lists(st.tuples(st.sampled_from(["unlikely", "risk", "high", "report", "close"]), st.integers(0, 30))))
def test_life__keeps_the_law(steps: list[tuple[str, int]]) -> None:
    now, at, one = AT, AT, ONE
    risk: str | None = None
    told: datetime | None = None
    done = False
    for step, hours in steps:
        now += timedelta(hours=hours)
        may = not done
        if step == "report":
            may = may and risk in ("risk", "high") and told is None
        elif step == "close":
            may = may and risk is not None and (risk == "unlikely" or told is not None)
        else:
            may = may and not (step == "unlikely" and told)
        try:
            if step == "report":
                one = reported(one, now)
            elif step == "close":
                one = closed(one, now)
            else:
                one = assessed(one, step, now)
            assert may
        except Refused:
            assert not may
            continue
        if step == "report":
            told = now
        elif step == "close":
            done = True
        else:
            risk = step
    must = risk != "unlikely" and told is None and not done
    assert one.overdue_at(now) == (must and now > at + timedelta(hours=72))
    assert one.in_time == (None if told is None else told <= at + timedelta(hours=72))


def test_closed_incident__takes_no_step_more() -> None:
    done = closed(assessed(ONE, "unlikely", AT), AT)
    steps = [lambda i: assessed(i, "risk", AT), lambda i: reported(i, AT), lambda i: closed(i, AT)]

    for step in steps:
        with pytest.raises(EmblaError):
            step(done)  # type: ignore[no-untyped-call]
    assert isinstance(done, Incident)
