"""What the rules found, and what somebody makes of it."""

from typing import TYPE_CHECKING

from embla.care import append_sealed, checked_text, read_sealed
from embla.errors import NotFound, Refused, UsageError
from embla.oversight import store
from embla.oversight.folding import catch_up
from embla.oversight.model.incident import Incident
from embla.oversight.store import ALERT_STATES, Judged
from embla.platform import Event, numbered_events
from embla.policy import Action, permit

if TYPE_CHECKING:
    from embla.platform import Actor, House


def alerts_now(house: "House", actor: "Actor", state: str | None = None) -> list[Judged]:
    """Alerts, newest first, of one state or of all; the log is folded first."""
    permit(house.database, actor, Action.WATCH_LOG, purpose="supervision", clock=house.clock)
    catch_up(house)
    with house.database.reading() as connection:
        return store.list_alerts(connection, state if state in ALERT_STATES else None)


def watch(house: "House", actor: "Actor") -> list[Judged]:
    """Fold the log up to now; the alerts that this raised, oldest first. What was raised before is not told again."""
    permit(house.database, actor, Action.WATCH_LOG, purpose="supervision", clock=house.clock)
    with house.database.reading() as connection:
        before = store.alert_ids(connection)
    catch_up(house)
    with house.database.reading() as connection:
        found = store.list_alerts(connection, limit=100_000)
    return [one for one in reversed(found) if one.alert.id not in before]


def alert_with_evidence(house: "House", actor: "Actor", alert: str) -> tuple[Judged, list[Event], str]:
    """One alert, the entries it rests on, and what was said of it ("" where nothing)."""
    permit(house.database, actor, Action.WATCH_LOG, purpose="supervision", clock=house.clock)
    found = _known(house, alert)
    with house.database.reading() as connection:
        entries = numbered_events(connection, found.alert.evidence)
    said = read_sealed(house, found.judged_event).get("text", "") if found.judged_event is not None else ""
    return found, entries, said


def judge(house: "House", actor: "Actor", alert: str, state: str, text: str) -> tuple[Judged, Incident | None]:
    """Explain an alert, or make an incident of it; `text` says why, and is kept sealed. Nobody judges the own doing.

    An incident made of an alert was detected now: its clock starts here.
    """
    from embla.oversight.incidents import note_incident

    said = checked_text(text)
    if state not in ALERT_STATES[1:]:
        raise UsageError("An alert is explained or becomes an incident.", mend="Say explained or incident.")
    permit(house.database, actor, Action.WATCH_LOG, purpose="supervision", clock=house.clock)
    found = _known(house, alert)
    if found.alert.actor == actor.id:
        raise Refused("Nobody judges an alert about themselves.", mend="Another one must.")
    if found.state == "incident":
        raise Refused("This alert has become an incident.", mend="Go on there.")
    incident = None
    if state == "incident":
        incident = note_incident(house, actor, "wrong_access", said, alert=alert)
    at = house.clock()
    with house.database.transaction() as connection:
        event = append_sealed(
            connection, house, at=at, actor=actor.id, kind="alert-judged", subject=f"alert:{alert}",
            body={"state": state}, sealed_for=f"alert:{alert}", personal={"text": said},
        )  # fmt: skip
        store.judge_alert(connection, alert, state, actor.id, at, event)
    return _known(house, alert), incident


def _known(house: "House", alert: str) -> Judged:
    with house.database.reading() as connection:
        found = store.find_alert(connection, alert[:40])
    if found is None:
        raise NotFound("There is no such alert.", mend="The list of alerts has them all.")
    return found
