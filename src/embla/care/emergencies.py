"""Breaking the glass, and reviewing it: decide and log, then write row and event in one transaction."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from embla.care import store
from embla.care.giving import person_asked
from embla.care.model.emergency import Emergency, checked_text, opened, reviewed
from embla.care.sealing import append_sealed, read_sealed
from embla.errors import NotFound
from embla.policy import About, Action, Decision, permit, prove

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from embla.platform import Actor, House

_PURPOSE: Final = "supervision"


def break_glass(house: "House", actor: "Actor", person: str, reason: str) -> Emergency:
    """Open a relation of some hours to one person. `person` is a pseudonym, an accession or `LABORATORY:KEY`.

    `reason` is kept sealed as personal data. While an emergency for this person lasts, the same one comes back.
    BadInput for no proper reason, NotPermitted, NotFound.
    """
    said = checked_text(reason)
    known = person_asked(house, person)
    about = About(person=known or "unknown", reason=True)
    permit(house.database, actor, Action.BREAK_GLASS, purpose="care", clock=house.clock, about=about)
    if known is None:
        raise NotFound("No such person was reported.", mend="Give the pseudonym, an accession, or LABORATORY:KEY.")
    at, settings = house.clock(), house.settings
    with house.database.transaction() as connection:
        lasting = store.active(connection, actor.id, known, at)
        if lasting is not None:
            return lasting
        new = opened(
            "E" + house.new_id(), actor.id, known, at,
            hours=settings.emergency_hours, review_hours=settings.emergency_review_hours,
        )  # fmt: skip
        body = {"person": known, "until": new.until.isoformat(), "review_by": new.review_by.isoformat()}
        event = append_sealed(
            connection, house, at=at, actor=actor.id, kind="glass-broken", subject=f"emergency:{new.id}", body=body,
            sealed_for=f"person:{known}", personal={"reason": said},
        )  # fmt: skip
        new = replace(new, event=event)
        store.add(connection, new)
    return new


def review_emergency(house: "House", actor: "Actor", emergency: str, outcome: str, text: str) -> Emergency:
    """Judge another one's emergency; `text` says why, and is kept sealed. Refused for one's own and a second time."""
    said = checked_text(text)
    found = _known(house, emergency)
    _may_review(house, actor, found)
    at = house.clock()
    with house.database.transaction() as connection:
        fresh = store.find(connection, emergency) or found
        judged = reviewed(fresh, actor.id, outcome, at)
        event = append_sealed(
            connection, house, at=at, actor=actor.id, kind="emergency-reviewed", subject=f"emergency:{emergency}",
            body={"person": found.person, "outcome": outcome}, sealed_for=f"person:{found.person}",
            personal={"text": said}, expected_version=1,
        )  # fmt: skip
        judged = replace(judged, review_event=event)
        store.save(connection, judged)
    return judged


def emergencies_to_review(house: "House", actor: "Actor", *, waiting: bool | None = True) -> list[Emergency]:
    """Every emergency that waits for a review, the one due first first; or those judged, newest first; or all."""
    about = About(by="everybody")
    permit(house.database, actor, Action.REVIEW_BREAK_GLASS, purpose=_PURPOSE, clock=house.clock, about=about)
    with house.database.reading() as connection:
        return store.everything(connection, waiting=waiting)


def emergency_of(house: "House", actor: "Actor", emergency: str) -> tuple[Emergency, str, str]:
    """One emergency as its reviewer sees it: with the stated reason and the text of the review ("" where none)."""
    found = _known(house, emergency)
    decision = _may_review(house, actor, found)
    return found, reason_of(house, found, decision), _text(house, found)


def reason_of(house: "House", emergency: Emergency, decision: Decision) -> str:
    """The stated reason; "" where it was erased. The decision must be about this person, and logged."""
    prove(house.database, decision, [Action.REVIEW_BREAK_GLASS], [f"person:{emergency.person}"], room="care")
    return read_sealed(house, emergency.event).get("reason", "")


def open_emergencies(house: "House", actor: "Actor") -> list[Emergency]:
    """One's own emergencies, newest first."""
    with house.database.reading() as connection:
        return store.of_account(connection, actor.id)


def unreviewed(connection: "Connection", at: datetime) -> tuple[int, int]:
    """How many wait for a review, and how many of them are overdue."""
    waiting = store.everything(connection, waiting=True, limit=100_000)
    return len(waiting), sum(1 for one in waiting if one.overdue_at(at))


def _text(house: "House", emergency: Emergency) -> str:
    return "" if emergency.review_event is None else read_sealed(house, emergency.review_event).get("text", "")


def _known(house: "House", emergency: str) -> Emergency:
    with house.database.reading() as connection:
        found = store.find(connection, emergency[:40])
    if found is None:
        raise NotFound("There is no such emergency.", mend="The list of reviews has them all.")
    return found


def _may_review(house: "House", actor: "Actor", emergency: Emergency) -> Decision:
    about = About(person=emergency.person, by=emergency.account)
    return permit(house.database, actor, Action.REVIEW_BREAK_GLASS, purpose=_PURPOSE, clock=house.clock, about=about)
