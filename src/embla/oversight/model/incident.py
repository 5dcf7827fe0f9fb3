"""An incident and its clock: detected, assessed, reported, closed. Decided here, pure.

GDPR article 33: a breach is told to the supervisory authority within 72 hours of its detection, unless a risk to
persons is unlikely; article 34: where the risk is high, the persons are told too. The clock starts at detection,
whoever writes it down when.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from embla.errors import Refused, UsageError

CLOCK: Final = timedelta(hours=72)
KINDS: Final = ("wrong_access", "disclosure", "loss", "change", "outage", "other")
RISKS: Final = ("unlikely", "risk", "high")


@dataclass(frozen=True)
class Incident:
    """`risk` is set by the assessment; `alert`: what it grew from, where it did."""

    id: str
    kind: str
    detected: datetime
    noted: datetime
    alert: str | None = None
    risk: str | None = None
    assessed: datetime | None = None
    reported: datetime | None = None
    closed: datetime | None = None

    @property
    def deadline(self) -> datetime:
        """When the 72 hours are over."""
        return self.detected + CLOCK

    @property
    def state(self) -> str:
        """How far it came."""
        if self.closed:
            return "closed"
        return "reported" if self.reported else "assessed" if self.assessed else "detected"

    @property
    def must_be_reported(self) -> bool:
        """Until the risk was found unlikely, it must."""
        return self.risk != "unlikely"

    @property
    def tell_persons(self) -> bool:
        """Article 34."""
        return self.risk == "high"

    def overdue_at(self, at: datetime) -> bool:
        """True when the authority should have been told and was not."""
        return self.must_be_reported and self.reported is None and self.closed is None and at > self.deadline

    @property
    def in_time(self) -> bool | None:
        """Whether it was told within the clock; None while nothing was told."""
        return None if self.reported is None else self.reported <= self.deadline

    def to_json(self) -> dict[str, Any]:
        """Plain values; times as ISO 8601."""
        plain = {name: v.isoformat() if isinstance(v, datetime) else v for name, v in vars(self).items()}
        return plain | {"state": self.state, "deadline": self.deadline.isoformat(), "in_time": self.in_time}


def detected(id: str, kind: str, when: datetime, now: datetime, alert: str | None = None) -> Incident:
    """A new incident; `when` it was detected may lie before it is written down, never after."""
    if kind not in KINDS:
        raise UsageError("No kind of incident is called so.", mend=f"Known: {', '.join(KINDS)}.")
    if when > now:
        raise UsageError("An incident cannot be detected later than now.", mend="Give the time of detection, in UTC.")
    return Incident(id, kind, when, now, alert)


def assessed(incident: Incident, risk: str, at: datetime) -> Incident:
    """What it means for persons. May be judged again until it is closed or, when told, only upwards."""
    _open(incident)
    if risk not in RISKS:
        raise UsageError("No risk is called so.", mend=f"Known: {', '.join(RISKS)}.")
    if incident.reported and risk == "unlikely":
        raise Refused("It was told to the authority already.", mend="Close it with what was found.")
    return replace(incident, risk=risk, assessed=at)


def reported(incident: Incident, at: datetime) -> Incident:
    """Told to the authority. Late is told too, and stays visible as late."""
    _open(incident)
    if incident.assessed is None:
        raise Refused("An incident is assessed before it is told.", mend="Assess it; that may take a minute.")
    if not incident.must_be_reported:
        raise Refused("Its risk was found unlikely, so it is not told.", mend="Assess it again if that has changed.")
    if incident.reported is not None:
        raise Refused("It was told already.", mend="Add what is new when you close it.")
    return replace(incident, reported=at)


def closed(incident: Incident, at: datetime) -> Incident:
    """Done: assessed, and told where it must be."""
    _open(incident)
    if incident.assessed is None:
        raise Refused("An incident is not closed before it is assessed.", mend="Assess it first.")
    if incident.must_be_reported and incident.reported is None:
        raise Refused("This one must be told to the authority before it is closed.", mend="Note when it was told.")
    return replace(incident, closed=at)


def _open(incident: Incident) -> None:
    if incident.closed is not None:
        raise Refused("This incident is closed.", mend="Open another one if more has come up.")
