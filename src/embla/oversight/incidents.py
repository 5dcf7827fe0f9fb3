"""Incidents: decide and log, change, write the event; what was said of each step is kept sealed."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from embla.care import append_sealed, checked_text, read_sealed
from embla.errors import NotFound
from embla.oversight import store
from embla.oversight.model import incident as rules
from embla.oversight.model.incident import Incident
from embla.platform import Event, events_of
from embla.policy import Action, permit

if TYPE_CHECKING:
    from embla.platform import Actor, House

Step = tuple[Event, str]


def note_incident(
    house: "House", actor: "Actor", kind: str, text: str, *, detected: datetime | None = None, alert: str | None = None
) -> Incident:
    """A new incident; its clock runs from `detected` (now, where none is given)."""
    said = checked_text(text)
    _permit(house, actor)
    at = house.clock()
    new = rules.detected("I" + house.new_id(), kind, detected or at, at, alert)
    body = {"kind": kind, "detected": new.detected.isoformat(), "deadline": new.deadline.isoformat()}
    with house.database.transaction() as connection:
        append_sealed(
            connection, house, at=at, actor=actor.id, kind="incident-detected", subject=f"incident:{new.id}",
            body=body | ({"alert": alert} if alert else {}), sealed_for=f"incident:{new.id}", personal={"text": said},
        )  # fmt: skip
        store.add_incident(connection, new)
    return new


def assess_incident(house: "House", actor: "Actor", incident: str, risk: str, text: str) -> Incident:
    """Say what it means for persons: unlikely, risk, high."""
    return _step(house, actor, incident, "incident-assessed", text, lambda one, at: rules.assessed(one, risk, at))


def report_incident(house: "House", actor: "Actor", incident: str, text: str) -> Incident:
    """Note that the supervisory authority was told; `text` says how, with its reference."""
    return _step(house, actor, incident, "incident-reported", text, rules.reported)


def close_incident(house: "House", actor: "Actor", incident: str, text: str) -> Incident:
    """Done; `text` says what was mended."""
    return _step(house, actor, incident, "incident-closed", text, rules.closed)


def incidents_now(house: "House", actor: "Actor") -> list[Incident]:
    """Open ones first, the one due first first."""
    _permit(house, actor)
    with house.database.reading() as connection:
        return store.list_incidents(connection)


def incident_with_steps(house: "House", actor: "Actor", incident: str) -> tuple[Incident, list[Step]]:
    """One incident, and each step with what was said."""
    _permit(house, actor)
    with house.database.reading() as connection:
        found = _known(store.find_incident(connection, incident[:40]))
        steps = events_of(connection, f"incident:{found.id}")
    return found, [(step, read_sealed(house, step.number).get("text", "")) for step in steps]


def _step(
    house: "House", actor: "Actor", incident: str, kind: str, text: str,
    change: Callable[[Incident, datetime], Incident],
) -> Incident:  # fmt: skip
    said = checked_text(text)
    _permit(house, actor)
    at = house.clock()
    with house.database.transaction() as connection:
        before = _known(store.find_incident(connection, incident[:40]))
        version = len(events_of(connection, f"incident:{before.id}"))
        after = change(before, at)
        body = {"state": after.state, "risk": after.risk, "overdue": before.overdue_at(at)}
        append_sealed(
            connection, house, at=at, actor=actor.id, kind=kind, subject=f"incident:{before.id}", body=body,
            sealed_for=f"incident:{before.id}", personal={"text": said}, expected_version=version,
        )  # fmt: skip
        store.save_incident(connection, after)
    return after


def _known(found: Incident | None) -> Incident:
    if found is None:
        raise NotFound("There is no such incident.", mend="The list of incidents has them all.")
    return found


def _permit(house: "House", actor: "Actor") -> None:
    permit(house.database, actor, Action.MANAGE_INCIDENTS, purpose="security", clock=house.clock)
