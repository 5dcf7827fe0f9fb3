"""The event log: append-only, each event chained to the one before by a hash.

An event is an intent in past tense (`submission-accepted`) with an actor, a time, a subject and the subject's version
(1 for its first event). It is appended in the transaction that does what it says, and the database itself refuses to
change or delete one. The hash covers every field and the hash before it; `event_head` holds the end of the chain, so a
change, a deletion and a cut tail are all found. Bodies hold ids and counts, never genotypes, names or free text.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from embla.errors import Broken, Conflict
from embla.platform.clock import time_text
from embla.platform.paging import Page, paged
from embla.platform.tables import event_head, events

FIRST_HASH: Final = "0" * 64


@dataclass(frozen=True)
class Event:
    """One line of the log. `version` counts the events of this subject, from 1."""

    number: int
    at: datetime
    actor: str
    kind: str
    subject: str
    version: int
    body: dict[str, Any]
    previous: str
    hash: str


def append_event(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    kind: str,
    subject: str,
    body: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> Event:
    """Add one event in the caller's transaction; it exists when that commits.

    `expected_version`: the version of the subject the caller decided on; Conflict when the subject has moved since.
    Writers wait here for each other, so append late in a transaction.
    """
    connection.execute(update(event_head).values(id=event_head.c.id))
    number, previous = connection.execute(select(event_head.c.number, event_head.c.hash)).one()
    seen = connection.execute(select(func.max(events.c.version)).where(events.c.subject == subject)).scalar() or 0
    if expected_version is not None and seen != expected_version:
        raise Conflict(f"{subject} has changed since it was read.", mend="Read it again and retry.", subject=subject)
    text = _canonical(body or {})
    values = (number + 1, at, actor, kind, subject, seen + 1, text, previous)
    digest = _hash(*values)
    names = ("number", "at", "actor", "kind", "subject", "version", "body", "previous")
    connection.execute(insert(events).values(dict(zip(names, values, strict=True)) | {"hash": digest}))
    connection.execute(update(event_head).values(number=number + 1, hash=digest))
    return Event(number + 1, at, actor, kind, subject, seen + 1, json.loads(text), previous, digest)


def events_of(connection: Connection, subject: str) -> list[Event]:
    """Every event of one subject, oldest first."""
    rows = connection.execute(select(events).where(events.c.subject == subject).order_by(events.c.number))
    return [_event(row) for row in rows]


def has_event(connection: Connection, subject: str, kind: str) -> bool:
    """True when an event of this kind was ever logged about the subject."""
    query = select(events.c.number).where(events.c.subject == subject, events.c.kind == kind).limit(1)
    return connection.execute(query).first() is not None


def events_since(connection: Connection, number: int, *, kinds: Sequence[str] = ()) -> Iterator[Event]:
    """Events after `number`, oldest first; of some kinds only, when given. What a fold over the log reads."""
    query = select(events).where(events.c.number > number).order_by(events.c.number)
    if kinds:
        query = query.where(events.c.kind.in_(kinds))
    for row in connection.execute(query):
        yield _event(row)


def newest_events(
    connection: Connection, *, kinds: Sequence[str] = (), actor: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Event]:
    """A page of the log, newest first; of some kinds or one actor only, when given."""
    query = select(events)
    if kinds:
        query = query.where(events.c.kind.in_(kinds))
    if actor:
        query = query.where(events.c.actor == actor)
    return paged(connection, query, [events.c.number], _event, cursor=cursor, limit=limit, descending=True)


def verify_chain(connection: Connection) -> int:
    """Recompute the whole chain; returns the number of events, or raises Broken that names the first bad one."""
    previous, expected = FIRST_HASH, 1
    for row in connection.execute(select(events).order_by(events.c.number).execution_options(yield_per=1000)):
        if row.number != expected:
            raise Broken(f"Event {expected} is missing from the log.", number=expected)
        digest = _hash(row.number, row.at, row.actor, row.kind, row.subject, row.version, row.body, row.previous)
        if row.previous != previous or row.hash != digest:
            raise Broken(f"Event {row.number} was changed: it does not match its hash.", number=row.number)
        previous, expected = row.hash, expected + 1
    head = connection.execute(select(event_head.c.number, event_head.c.hash)).one()
    if tuple(head) != (expected - 1, previous):
        raise Broken(f"The log ends at event {expected - 1}, but {head.number} were written.", number=head.number)
    return expected - 1


def _canonical(body: Mapping[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _hash(
    number: int, at: datetime, actor: str, kind: str, subject: str, version: int, body: str, previous: str
) -> str:
    # A JSON list, so that no two different events can read as one text.
    fields = [number, time_text(at), actor, kind, subject, version, body, previous]
    return sha256(json.dumps(fields, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()


def _event(row: Row[Any]) -> Event:
    return Event(
        row.number, row.at, row.actor, row.kind, row.subject, row.version, json.loads(row.body), row.previous, row.hash
    )
