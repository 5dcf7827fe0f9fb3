"""The life of a patient group: one step forward at a time, by a decision, and back only with a reason."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import BadInput, Refused
from embla.governance.model.groups import STATES, check_step, life
from embla.governance.model.ledger import Ledger, Line
from embla.governance.standing_groups import groups_standing
from embla.governance.writing import enter
from embla.platform import OPERATOR, House
from tests.submission.test_commands import embla as embla

FIRST = date(2026, 3, 1)
DECISION = Line(1, "decision", "1/26", FIRST, None, {"type": "B"}, False)


def line(number: int, state: str, days: int, reason: str = "", decision: str | None = None) -> Line:
    says = {"state": state, "by": "board"} | ({"reason": reason} if reason else {})
    return Line(number, "group_step", "heart", FIRST + timedelta(days=days), decision, says, False)


@given(st.lists(st.tuples(st.sampled_from(STATES), st.integers(0, 3), st.booleans(), st.booleans()), max_size=12))
def test_life__as_the_ledger_takes_it_has_no_gap_and_no_unexplained_return(
    asked: list[tuple[str, int, bool, bool]],
) -> None:
    taken: list[Line] = [DECISION]
    for state, days, explained, decided in asked:
        one = line(len(taken) + 1, state, days, "why" if explained else "", "1/26" if decided else None)
        try:
            check_step(Ledger(taken), one)
        except (Refused, BadInput):
            continue
        taken.append(one)

    steps = life(Ledger(taken), "heart")
    assert not steps or steps[0].state == "proposed"
    for before, after in zip(steps, steps[1:], strict=False):
        ahead = STATES.index(after.state) - STATES.index(before.state)
        assert before.day <= after.day and (ahead == 1 or (ahead < 1 and after.reason))
    assert all(one.decision for one in steps if one.state == "approved")


def decide(house: House, kind: str = "B") -> None:
    said = {"kind": "decision", "name": "1/26", "day": "2026-03-01", "forum": "board", "type": kind, "item": "1/26"}
    enter(house, OPERATOR, said | {"title": "Heart"})


def take(house: House, state: str, day: str, **more: str) -> None:
    enter(house, OPERATOR, {"kind": "group_step", "name": "heart", "day": day, "state": state, "by": "board", **more})


def test_groups__show_who_decided_when_and_on_which_decision(house: House) -> None:
    decide(house)
    take(house, "proposed", "2026-01-02")
    take(house, "assessed", "2026-02-02")
    with pytest.raises(Refused):
        take(house, "approved", "2026-03-02")
    with pytest.raises(Refused):
        take(house, "running", "2026-03-02")
    take(house, "approved", "2026-03-02", decision="1/26")
    with pytest.raises(Refused):
        take(house, "assessed", "2026-03-03")
    take(house, "assessed", "2026-03-03", reason="The network withdrew its estimate.")

    now = {one.code: one for one in groups_standing(house, OPERATOR, date(2026, 3, 3))}
    then = {one.code: one for one in groups_standing(house, OPERATOR, date(2026, 3, 2))}

    assert now["heart"].state == "assessed" and now["heart"].steps[-1].reason and len(now) == 17
    assert then["heart"].state == "approved" and then["heart"].steps[-1].decision == "1/26"
    assert now["kidney"].state is None


def test_group__is_not_approved_by_a_discussion(house: House) -> None:
    decide(house, "D")
    take(house, "proposed", "2026-03-01")
    take(house, "assessed", "2026-03-01")

    with pytest.raises(Refused, match="only type B"):
        take(house, "approved", "2026-03-02", decision="1/26")


@pytest.mark.usefixtures("own_surroundings")
def test_commands__take_a_step_and_list(embla) -> None:  # type: ignore[no-untyped-def]
    embla("home", "init")
    step = ["board", "group", "step", "new-group", "proposed", "--by", "network"]

    assert embla(*step, "--day", "2026-01-02").code == 0
    assert embla(*step, "--day", "2026-01-03").code == 1
    assert embla(*step, "--day", "2026-01-03", "--reason", "Sent anew.").code == 0
    (told,) = [one for one in embla("board", "group", "list", "--json").json if one["code"] == "new-group"]
    assert told["state"] == "proposed" and not told["registered"] and len(told["steps"]) == 2
    assert "heart\tnot told" in embla("board", "group", "list").out
