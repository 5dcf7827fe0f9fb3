"""Emergencies as rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from embla.care.model.emergency import Emergency
from embla.care.tables import emergencies


def add(connection: Connection, emergency: Emergency) -> None:
    """Write a new one."""
    connection.execute(insert(emergencies).values(**vars(emergency)))


def save(connection: Connection, emergency: Emergency) -> None:
    """Write what a review changed."""
    row = emergencies.c.id == emergency.id
    connection.execute(update(emergencies).where(row, emergencies.c.outcome.is_(None)).values(**vars(emergency)))


def find(connection: Connection, emergency: str) -> Emergency | None:
    """The emergency of this id."""
    return _one(connection.execute(select(emergencies).where(emergencies.c.id == emergency)).one_or_none())


def active(connection: Connection, account: str, person: str, at: datetime) -> Emergency | None:
    """The one that lasts now between an account and a person, the longest where there are several."""
    here = (emergencies.c.account == account) & (emergencies.c.person == person)
    rows = connection.execute(select(emergencies).where(here).order_by(emergencies.c.until.desc()))
    return next((one for one in map(_made, rows) if one.active_at(at)), None)


def of_account(connection: Connection, account: str) -> list[Emergency]:
    """Everything one account opened, newest first."""
    query = select(emergencies).where(emergencies.c.account == account)
    return [_made(row) for row in connection.execute(query.order_by(emergencies.c.event.desc()))]


def everything(connection: Connection, *, waiting: bool | None = None, limit: int = 500) -> list[Emergency]:
    """All of them; `waiting` True: not judged, the one due first first; False: judged, newest first."""
    query = select(emergencies)
    if waiting is True:
        query = query.where(emergencies.c.outcome.is_(None)).order_by(emergencies.c.review_by, emergencies.c.id)
    elif waiting is False:
        query = query.where(emergencies.c.outcome.is_not(None)).order_by(emergencies.c.event.desc())
    else:
        query = query.order_by(emergencies.c.event.desc())
    return [_made(row) for row in connection.execute(query.limit(limit))]


def _one(row: Row[Any] | None) -> Emergency | None:
    return None if row is None else _made(row)


def _made(row: Row[Any]) -> Emergency:
    return Emergency(**row._mapping)
