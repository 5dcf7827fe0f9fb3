"""The rules of follow-ups, triggers, answers and panels, with literals."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given as property_of
from hypothesis import strategies as st

from embla.answers.model import follow_up as loops
from embla.answers.model.follow_up import FollowUp, decided, informed, sent, settled
from embla.answers.model.trigger import Answered, class_changes, concerned, crossed
from embla.classification import Entry, PanelVersion, check_test
from embla.classification.model.panel import checked_entries, difference, next_number
from embla.errors import BadInput, Conflict, Refused

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SEAT = ("chr21-1-A-G", "MONDO:1", "germline", "germline", "north")


def loop(**said: object) -> FollowUp:
    made = FollowUp("L1", "class", "chr21-1-A-G", "C1", "P1", "EMBG1", "patient", "north", True, "asked", AT,
                    date(2026, 3, 16))  # fmt: skip
    return replace(made, **said)  # type: ignore[arg-type]


def test_follow_up__no_action_needs_a_reason_and_other_needs_words() -> None:
    for reason, text in (("", ""), ("because", ""), ("other", " ")):
        with pytest.raises(BadInput):
            decided(loop(), "no action", reason, text, "d", AT, 1)
    closed = decided(loop(), "no action", "other", "Told by telephone.", "d", AT, 1)
    assert (closed.state, closed.reason) == ("closed", "other")
    with pytest.raises(Refused):
        decided(closed, "amend", "", "", "d", AT, 2)


def test_follow_up__who_did_not_agree_is_not_contacted_and_two_who_decide_at_once_are_told() -> None:
    with pytest.raises(Refused):
        decided(loop(recontact=False), "recontact", "", "", "d", AT, 1)
    with pytest.raises(Conflict):
        decided(loop(revision=2), "amend", "", "", "d", AT, 1)
    with pytest.raises(Refused):
        sent(loop(), "A1", 2, AT)


@property_of(st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["recontact", "amend"]))
def test_follow_up__closes_only_when_acknowledged_read_and_where_promised_told(
    acknowledged: bool, was_read: bool, told: bool, choice: str
) -> None:
    one = sent(decided(loop(), choice, "", "", "d", AT, 1), "A1", 2, AT)
    if told and choice == "recontact":
        one = informed(one, AT, one.revision)

    after = settled(one, acknowledged, was_read, AT)

    assert (after.state == "closed") == (acknowledged and was_read and (told or choice == "amend"))


@property_of(st.integers(-30, 60))
def test_clock__levels_never_fall_as_days_pass(late: int) -> None:
    day = loop().due + timedelta(days=late)
    assert loop().level_at(day) == (0 if late < 1 else 1 if late < 15 else 2)
    assert loop().level_at(day + timedelta(days=1)) >= loop().level_at(day)
    assert loop(state="closed").level_at(day) == 0


def test_trigger__within_a_bucket_nothing_happened_and_a_tumour_says_nothing_of_kin() -> None:
    assert class_changes({SEAT: "LP"}, {SEAT: "P"}, 1) == []
    (one,) = class_changes({SEAT: "VUS"}, {SEAT: "P"}, 7)
    assert (one.before, one.after, one.carriers, one.event) == ("VUS", "P/LP", True, 7)
    (gone,) = class_changes({SEAT: "P"}, {}, 8)
    assert (gone.before, gone.after, gone.carriers) == ("P/LP", "", True)
    (first,) = class_changes({}, {SEAT: "B"}, 9)
    assert not first.carriers
    somatic = (SEAT[0], SEAT[1], "somatic", *SEAT[3:])
    assert class_changes({somatic: "VUS"}, {somatic: "P"}, 1) == []
    said = [Answered("A1", SEAT[0], "P", AT), Answered("A2", SEAT[0], "LB", AT), Answered("A3", SEAT[0], "P", AT)]
    assert list(concerned(first, said, AT + timedelta(days=1))) == ["A1", "A3"]
    assert list(concerned(first, said, AT)) == []


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [(0.001, 0.02, "BS1"), (0.02, 0.06, "BA1"), (None, 0.06, "BA1"), (0.06, 0.07, ""), (0.06, 0.001, ""),
     (0.001, None, ""), (0.0, 0.01, ""), (0.01, 0.011, "BS1"), (0.001, 0.06, "BA1")],
)  # fmt: skip
def test_drift__only_what_rose_above_a_threshold(before: float | None, after: float | None, what: str) -> None:
    assert crossed(before, after) == what


def panel(*entries: Entry, number: str = "1.0") -> PanelVersion:
    return PanelVersion("p", 1, number, checked_entries(entries), "why", "north", "a", AT)


CSTB, SON, DYRK = (Entry("HGNC:2482", "CSTB", "minimum", "AR"), Entry("HGNC:11183", "SON", "minimum", "AD"),
                   Entry("HGNC:3091", "DYRK1A", "recommended", "AD"))  # fmt: skip


def test_panel__another_minimum_is_another_major_and_anything_else_a_minor() -> None:
    first = panel(CSTB, DYRK)
    assert next_number(None, first.entries) == "1.0"
    assert next_number(first, (CSTB, SON, DYRK)) == "2.0"
    assert next_number(first, (CSTB,)) == "1.1"
    assert [(one.symbol, one.before, one.after) for one in difference(first, panel(CSTB, SON))] == [
        ("DYRK1A", "recommended AD", ""), ("SON", "", "minimum AD")]  # fmt: skip


def test_panel__a_test_that_lacks_a_minimum_gene_or_covers_it_thinly_breaks_the_contract() -> None:
    version = panel(CSTB, SON, DYRK)
    assert check_test(version, ["hgnc:2482", "son"]).meets
    assert check_test(version, ["CSTB", "DYRK1A"]).missing == ("SON",)
    found = check_test(version, ["CSTB", "SON", "DYRK1A"], {"CSTB": 99.0, "DYRK1A": 80.0})
    assert (found.thin, found.unmeasured, found.meets) == (("DYRK1A",), ("SON",), False)
    assert check_test(version, ["CSTB", "SON"], {"CSTB": float("nan"), "SON": 95.0}).thin == ("CSTB",)
    for wrong in (Entry("CSTB", "CSTB", "minimum"), Entry("HGNC:1", "A B", "minimum"), Entry("HGNC:1", "A", "green")):
        with pytest.raises(BadInput):
            checked_entries([wrong])


def test_days__a_wrong_genome_and_a_cause_of_disease_come_first() -> None:
    day = AT.date()
    assert loops.due_for("correction", "", AT) == day + timedelta(days=7)
    assert loops.due_for("class", "P/LP", AT) == day + timedelta(days=14)
    assert loops.due_for("class", "VUS", AT) == day + timedelta(days=60)
