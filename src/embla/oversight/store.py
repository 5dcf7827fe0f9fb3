"""Alerts, incidents and the index of persons as rows."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from embla.oversight.model.anomalies import Alert
from embla.oversight.model.incident import Incident
from embla.oversight.tables import alerts, incidents, log_persons
from embla.platform import Event, Page, numbered_events, paged

ALERT_STATES: Final = ("open", "explained", "incident")
_CHUNK: Final = 500


@dataclass(frozen=True)
class Judged:
    """An alert and what somebody made of it. `state` is open, explained or incident."""

    alert: Alert
    state: str
    judged_by: str | None = None
    judged_at: datetime | None = None
    judged_event: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; times as ISO 8601."""
        told = vars(self.alert) | {
            "at": self.alert.at.isoformat(),
            "last_at": self.alert.last_at.isoformat(),
            "evidence": list(self.alert.evidence),
        }
        judged = self.judged_at.isoformat() if self.judged_at else None
        return told | {"state": self.state, "judged_by": self.judged_by, "judged_at": judged}


def find_alert(connection: Connection, alert: str) -> Judged | None:
    """The alert of this id."""
    row = connection.execute(select(alerts).where(alerts.c.id == alert)).one_or_none()
    return None if row is None else _alert(row)


def list_alerts(connection: Connection, state: str | None = None, limit: int = 500) -> list[Judged]:
    """Alerts, newest first; of one state when given."""
    query = select(alerts).order_by(alerts.c.at.desc(), alerts.c.id).limit(limit)
    return [_alert(row) for row in connection.execute(query if state is None else query.where(alerts.c.state == state))]


def alert_ids(connection: Connection) -> frozenset[str]:
    """Ids of all of them."""
    return frozenset(connection.execute(select(alerts.c.id)).scalars())


def judge_alert(connection: Connection, alert: str, state: str, by: str, at: datetime, event: int) -> None:
    """Write what somebody made of it."""
    values = {"state": state, "judged_by": by, "judged_at": at, "judged_event": event}
    connection.execute(update(alerts).where(alerts.c.id == alert).values(**values))


def count_alerts(connection: Connection, state: str) -> int:
    """How many are in a state."""
    return int(connection.execute(select(func.count()).select_from(alerts).where(alerts.c.state == state)).scalar_one())


def add_incident(connection: Connection, incident: Incident) -> None:
    """Write a new one."""
    connection.execute(insert(incidents).values(**vars(incident)))


def save_incident(connection: Connection, incident: Incident) -> None:
    """Write what changed."""
    connection.execute(update(incidents).where(incidents.c.id == incident.id).values(**vars(incident)))


def find_incident(connection: Connection, incident: str) -> Incident | None:
    """The incident of this id."""
    row = connection.execute(select(incidents).where(incidents.c.id == incident)).one_or_none()
    return None if row is None else Incident(**row._mapping)


def list_incidents(connection: Connection, limit: int = 500) -> list[Incident]:
    """Open ones first, the one due first first; then closed ones, newest first."""
    rows = connection.execute(select(incidents).order_by(incidents.c.detected, incidents.c.id).limit(limit))
    found = [Incident(**row._mapping) for row in rows]
    still = [one for one in found if one.closed is None]
    return still + [one for one in reversed(found) if one.closed is not None]


def entries_about(connection: Connection, person: str, *, cursor: str | None = None, limit: int = 50) -> Page[Event]:
    """A page of the entries that concern a person, newest first."""
    mine = select(log_persons.c.number).where(log_persons.c.person == person)
    numbers = paged(
        connection, mine, [log_persons.c.number], lambda row: int(row.number), cursor=cursor, limit=limit,
        descending=True,
    )  # fmt: skip
    return Page(tuple(reversed(numbered_events(connection, numbers.items))), numbers.next)


def all_entries_about(connection: Connection, person: str) -> Iterator[Event]:
    """Every one of them, oldest first."""
    mine = select(log_persons.c.number).where(log_persons.c.person == person).order_by(log_persons.c.number)
    numbers = list(connection.execute(mine).scalars())
    for start in range(0, len(numbers), _CHUNK):
        yield from numbered_events(connection, numbers[start : start + _CHUNK])


def _alert(row: Row[Any]) -> Judged:
    told: Mapping[str, Any] = dict(row._mapping)
    names = ("id", "rule", "version", "actor", "at", "last_at", "count")
    alert = Alert(**{name: told[name] for name in names}, evidence=tuple(json.loads(told["evidence"])))
    return Judged(alert, told["state"], told["judged_by"], told["judged_at"], told["judged_event"])
