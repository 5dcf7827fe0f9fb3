"""A decision as an argument is a proof only when the log says the same: `prove`, which every giver of bytes asks."""

from dataclasses import replace

import pytest

from embla.errors import NotPermitted
from embla.platform import Actor, House, append_event, newest_events
from embla.policy import About, Action, Decision, facts, permit, prove

DOCTOR = Actor("doctor", frozenset({"clinician"}))
ABOUT = About(genome="EMBG00000000001", case="C1")
SUBJECT = "genome:EMBG00000000001"


@pytest.fixture
def made(house: House, monkeypatch: pytest.MonkeyPatch) -> Decision:
    known = dict.fromkeys(("treats", "open_case", "of_case"), True)
    monkeypatch.setattr(facts, "_PROVIDERS", {"ward": lambda *_: known})
    return permit(house.database, DOCTOR, Action.READ_CALLS, purpose="care", clock=house.clock, about=ABOUT)


def proven(house: House, decision: Decision) -> Decision:
    return prove(house.database, decision, [Action.READ_CALLS], [SUBJECT], room="test")


def test_decision__that_was_made_at_the_door_is_proven(house: House, made: Decision) -> None:
    assert proven(house, made) is made


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"action": Action.READ_FILE}, "test.action"),
        ({"subject": "genome:EMBG00000000002"}, "test.subject"),
        ({"event": None}, "test.logged"),
        ({"event": 999_999}, "test.logged"),
        ({"actor": "somebody"}, "test.logged"),
        ({"purpose": "research"}, "test.logged"),
        ({"legal_basis": "gdpr-15"}, "test.logged"),
        ({"rule": "read_calls.break_glass"}, "test.logged"),
    ],
)
def test_decision__that_differs_from_the_log_in_anything_proves_nothing(
    house: House, made: Decision, other: dict[str, object], rule: str
) -> None:
    with pytest.raises(NotPermitted) as told:
        proven(house, replace(made, **other))  # type: ignore[arg-type]

    assert told.value.rule == rule


def test_decision__that_points_at_another_entry_proves_nothing(house: House, made: Decision) -> None:
    """The number of an entry that is no grant, or grants something else, is no proof."""
    with house.database.transaction() as connection:
        said = {"at": house.clock(), "actor": "doctor", "subject": SUBJECT}
        refused = append_event(connection, kind="access-refused", body=made.to_json(), **said)
        other = append_event(
            connection, kind="access-granted", body=dict(made.to_json()) | {"action": "read_qc"}, **said
        )

    for event in (refused, other):
        with pytest.raises(NotPermitted):
            proven(house, replace(made, event=event.number))


def test_refusal__is_no_proof_even_with_its_entry(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "_PROVIDERS", {})
    with pytest.raises(NotPermitted):
        permit(house.database, DOCTOR, Action.READ_CALLS, purpose="care", clock=house.clock, about=ABOUT)
    with house.database.reading() as connection:
        entry = newest_events(connection, limit=1).items[0]
    rule, basis = str(entry.body["rule"]), str(entry.body["legal_basis"])
    refusal = Decision(False, rule, "", "doctor", Action.READ_CALLS, "care", basis, SUBJECT, entry.number)

    for decision in (refusal, replace(refusal, allowed=True)):
        with pytest.raises(NotPermitted):
            proven(house, decision)
