"""Discordances open, close and open again by themselves; laboratories work on them."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.classification.discording import close, inbox, one_of, register, triage
from embla.classification.model import discordance as rules
from embla.classification.model.classes import Class
from embla.classification.model.comparing import compare
from embla.classification.model.discordance import CONTINUED, Discordance, Position, reduced, settle
from embla.classification.service import withdraw
from embla.errors import Conflict, NotFound, Refused
from embla.platform import House
from tests.classification.labs import CSTB, draft, person, publish
from tests.support.homes import Ticking

AT = datetime(2026, 3, 2, tzinfo=UTC)
SUBJECT = (CSTB, "MONDO:0009698", "germline", "germline")


def lab_of(house: House, lab: int) -> str:
    return person(house, lab).laboratory or ""


def open_ones(house: House, lab: int = 0) -> list[Discordance]:
    return inbox(house, person(house, lab), lab_of(house, lab))


def test_discordance__opens_by_itself_and_closes_when_the_classes_meet(house: House) -> None:
    publish(house, 0, "P")
    assert open_ones(house) == []
    publish(house, 1, "VUS")

    (one,) = open_ones(house)
    assert (one.level, one.comparison.medically_significant, one.comparison.opposite) == ("significant", True, False)
    assert [lab.triage for lab in one.labs] == ["pending", "pending"]
    publish(house, 1, "LP", expected=1)

    assert open_ones(house) == open_ones(house, 1) == []
    (closed,) = inbox(house, person(house, 0), lab_of(house, 0), state="closed")
    assert closed.reason == "concordant"


def test_discordance__is_not_about_other_conditions_own_shares_drafts_or_withdrawn(house: House) -> None:
    publish(house, 0, "P")
    publish(house, 1, "B", condition="ORPHA:308")
    publish(house, 2, "B", share="own")
    draft(house, person(house, 3), "B")
    assert open_ones(house) == []

    shown = publish(house, 4, "B")
    assert len(open_ones(house)) == 1
    withdraw(house, person(house, 4), shown.record.id, "shared by mistake")
    assert open_ones(house) == []


def test_discordance__order_of_work_is_opposite_then_significant_then_the_rest(house: House) -> None:
    for allele, class_ in (("chr21-43774300-A-G", "VUS"), ("chr21-43774301-A-G", "B"), ("chr21-43774302-A-G", "LP")):
        publish(house, 0, class_, allele=allele)
    for allele, class_ in (("chr21-43774300-A-G", "LB"), ("chr21-43774301-A-G", "P"), ("chr21-43774302-A-G", "VUS")):
        publish(house, 1, class_, allele=allele)

    assert [one.level for one in open_ones(house)] == ["opposite", "significant", "other"]
    assert open_ones(house)[0].due < open_ones(house)[1].due


def test_triage__is_the_laboratorys_own_and_closing_needs_everybody(house: House, clock: Ticking) -> None:
    publish(house, 0, "P")
    publish(house, 1, "B")
    (one,) = open_ones(house)

    with pytest.raises(NotFound):
        triage(house, person(house, 2), lab_of(house, 2), one.id, "confident", "", one.revision)
    with pytest.raises(Refused, match="where they stand"):
        close(house, person(house, 0), lab_of(house, 0), one.id, "documented disagreement", one.revision)
    first = triage(house, person(house, 0), lab_of(house, 0), one.id, "confident", "Three families.", one.revision)
    with pytest.raises(Conflict):
        triage(house, person(house, 1), lab_of(house, 1), one.id, "discuss", "", one.revision)
    second = triage(house, person(house, 1), lab_of(house, 1), one.id, "will_amend", "", first.revision)
    assert second.pending_concordance
    third = triage(house, person(house, 1), lab_of(house, 1), one.id, "confident", "", second.revision)
    close(house, person(house, 1), lab_of(house, 1), one.id, CONTINUED[2], third.revision)

    assert open_ones(house) == []
    assert register(house, person(house, 0), lab_of(house, 0))["documented disagreement"] == 1
    publish(house, 2, "VUS")
    assert [again.state for again in open_ones(house)] == ["open"]


def test_discordance__nobody_answered_can_be_closed_only_after_its_due_date(house: House, clock: Ticking) -> None:
    publish(house, 0, "P")
    publish(house, 1, "B")
    (one,) = open_ones(house)
    with pytest.raises(Refused):
        close(house, person(house, 0), lab_of(house, 0), one.id, "no answer", one.revision)
    clock.at += timedelta(days=31)

    assert register(house, person(house, 0), lab_of(house, 0))["overdue"] == 1
    assert one_of(house, person(house, 0), lab_of(house, 0), one.id).overdue_at(clock().date())
    close(house, person(house, 0), lab_of(house, 0), one.id, "no answer", one.revision)
    assert register(house, person(house, 0), lab_of(house, 0)) == {
        "open": 0, "overdue": 0, "concordant": 0, "no answer": 1, "other method": 0, "documented disagreement": 0
    }  # fmt: skip


def test_positions__of_one_laboratory_are_reduced_to_the_latest_evaluation_not_the_latest_upload() -> None:
    said = [
        Position("a", "P", date(2026, 1, 1)),
        Position("a", "VUS", date(2020, 1, 1)),
        Position("b", "B", date(1999, 1, 1)),
    ]

    assert [(one.laboratory, one.class_) for one in reduced(said)] == [("a", "P"), ("b", "B")]


worlds = st.dictionaries(st.sampled_from("abcde"), st.sampled_from([str(one) for one in Class]), max_size=5)


@given(st.lists(st.tuples(worlds, st.booleans()), min_size=1, max_size=8))
def test_settle__is_open_exactly_when_the_buckets_differ_and_nobody_agreed_to_continue(
    history: list[tuple[dict[str, str], bool]],
) -> None:
    from dataclasses import replace

    state: Discordance | None = None
    agreed: dict[str, str] | None = None
    for step, (world, agree) in enumerate(history):
        said = [Position(lab, class_, date(2026, 1, 1)) for lab, class_ in world.items()]
        state, what = settle(state, SUBJECT, said, f"D{step}", AT + timedelta(days=step))
        differ = len({Class(one).bucket for one in world.values()}) > 1
        if not differ or world != agreed:
            agreed = None

        assert (state is not None and state.state == "open") == (differ and agreed is None)
        if state is not None and state.state == "open":
            assert {lab.laboratory: lab.class_ for lab in state.labs} == world
            assert state.level == compare([Class(one) for one in world.values()]).level
            if agree:
                state = replace(state, state="closed", reason=CONTINUED[1], closed=AT)
                agreed = world


def test_triage__of_two_laboratories_at_once_loses_nothing(
    house_on_both: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = house_on_both
    publish(house, 0, "P")
    publish(house, 1, "B")
    (one,) = open_ones(house)
    both, triaged = Barrier(2), rules.triaged
    faults: list[Conflict] = []

    def slowly(*said: Any) -> Any:
        with suppress(BrokenBarrierError):
            both.wait(0.3)
        return triaged(*said)

    def work(lab: int) -> None:
        try:
            triage(house, person(house, lab), lab_of(house, lab), one.id, "confident", "", one.revision)
        except Conflict as error:
            faults.append(error)

    monkeypatch.setattr(rules, "triaged", slowly)
    threads = [Thread(target=work, args=(lab,)) for lab in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (after,) = open_ones(house)
    assert len(faults) == 1  # who came second is asked to read again
    assert sorted(each.triage for each in after.labs) == ["confident", "pending"]
