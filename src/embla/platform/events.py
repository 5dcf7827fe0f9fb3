"""The event log: append-only, each event chained to the one before by a hash, and a leaf of one tree over all of them.

An event is an intent in past tense (`submission-accepted`) with an actor, a time, a subject and the subject's version
(1 for its first event). It is appended in the transaction that does what it says, and the database itself refuses to
change or delete one. The hash covers every field and the hash before it; `event_head` holds the end of the chain and
the peaks of the tree, so a change, a deletion and a cut tail are all found; `ledger` signs the root, so that a log
rewritten as a whole is found too. Bodies hold ids and counts, never genotypes, names or free text; what is personal is
sealed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Connection, Row, Text, bindparam, func, insert, select, type_coerce, update

from embla.errors import Conflict
from embla.platform.clock import time_text
from embla.platform.database import APPENDED
from embla.platform.ledger.entry import canonical_body, entry_bytes, entry_hash
from embla.platform.ledger.merkle import Tree, leaf_hash
from embla.platform.ledger.personal import SEALED, Erased, SubjectKey, opened, sealed
from embla.platform.paging import Page, paged
from embla.platform.tables import event_head, event_nodes, events
from embla.platform.wrapping import Wrapping

# Numbers that a fold over the whole log reads at once.
_STRETCH: Final = 2_000


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
    personal: Mapping[str, Any] | None = None,
    subject_key: SubjectKey | None = None,
) -> Event:
    """Add one event in the caller's transaction; it exists when that commits.

    `expected_version`: the version of the subject the caller decided on; Conflict when the subject has moved since.
    `personal`: fields that erasure must reach, sealed under `subject_key` and read with `read_personal`. Writers wait
    here for each other, so append late in a transaction.
    """
    connection.execute(update(event_head).values(id=event_head.c.id))
    end, previous, peaks = connection.execute(select(event_head.c.number, event_head.c.hash, event_head.c.peaks)).one()
    number = end + 1
    seen = connection.execute(select(func.max(events.c.version)).where(events.c.subject == subject)).scalar() or 0
    if expected_version is not None and seen != expected_version:
        raise Conflict(f"{subject} has changed since it was read.", mend="Read it again and retry.", subject=subject)
    told = dict(body or {})
    if personal is not None:
        if subject_key is None or SEALED in told:
            raise ValueError("personal fields need the key of their subject, and the body no part called 'sealed'")
        told[SEALED] = sealed(subject_key, personal, number=number, kind=kind, subject=subject)
    text = canonical_body(told)
    entry = entry_bytes((number, time_text(at), actor, kind, subject, seen + 1, text, previous))
    digest, tree = entry_hash(entry), Tree.of(end, peaks)
    values = (number, at, actor, kind, subject, seen + 1, text, previous, digest)
    connection.execute(insert(events).values(dict(zip(events.c.keys(), values, strict=True))))
    for level, position, node in tree.push(leaf_hash(entry)):
        connection.execute(insert(event_nodes).values(level=level, position=position, hash=node.hex()))
    connection.execute(update(event_head).values(number=number, hash=digest, peaks=tree.text()))
    connection.info[APPENDED] = (number, at)
    return Event(number, at, actor, kind, subject, seen + 1, json.loads(text), previous, digest)


def read_personal(connection: Connection, wrapping: Wrapping, event: Event) -> dict[str, Any] | Erased | None:
    """The personal fields of an event: themselves, ERASED when their key was destroyed, None when there are none."""
    return opened(connection, wrapping, event.body, number=event.number, kind=event.kind, subject=event.subject)


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


def event_rows(
    connection: Connection, number: int, kinds: Sequence[str], *, subject: str = ""
) -> Iterator[tuple[int, str, str, str, str]]:
    """(number, time, kind, subject, body), as text as stored, of events after `number`: for folds over all of the log,
    where making whole events would take three times as long."""
    table = events.c
    columns = (table.number, type_coerce(table.at, Text), table.kind, table.subject, table.body)
    query = select(*columns).where(table.kind.in_(kinds)).order_by(table.number)
    if subject:
        query = query.where(table.subject == subject, table.number > number)
        yield from cast("Sequence[tuple[int, str, str, str, str]]", connection.execute(query).all())
        return
    # A stretch at a time: an index of kinds has each kind's numbers in order, so that of a whole log with its texts
    # would have to be sorted.
    stretch = query.where(table.number > bindparam("after"), table.number <= bindparam("until"))
    end = connection.execute(select(func.max(table.number))).scalar() or 0
    for after in range(number, end, _STRETCH):
        rows = connection.execute(stretch, {"after": after, "until": min(after + _STRETCH, end)})
        # A Row is a tuple; making plain ones of a million takes a second.
        yield from cast("Iterator[tuple[int, str, str, str, str]]", rows)


def number_before(connection: Connection, moment: datetime) -> int:
    """The number of the last event before a moment, 0 for none, found by halving: no index by time is needed. Where
    machines' clocks differ times go back a little, so ask for a little earlier and look at the times."""
    low, high = 0, connection.execute(select(func.max(events.c.number))).scalar() or 0
    while low < high:
        middle = (low + high + 1) // 2
        at = connection.execute(select(events.c.at).where(events.c.number == middle)).scalar_one()
        low, high = (middle, high) if at < moment else (low, middle - 1)
    return low


def latest_since(connection: Connection, kind: str) -> datetime | None:
    """The latest time that an event after the last of this kind has, of all events where there is none; None for none.
    Not the newest event's: a clock may have been set back meanwhile."""
    last = select(func.coalesce(func.max(events.c.number), 0)).where(events.c.kind == kind).scalar_subquery()
    return connection.execute(select(func.max(events.c.at)).where(events.c.number > last)).scalar()


def events_saying(
    connection: Connection, number: int, kind: str, field: str, value: str
) -> Iterator[tuple[int, datetime, str, dict[str, Any]]]:
    """(number, time, subject, body) of events of one kind after `number` whose body has `value` in a field of its own,
    oldest first. The database passes over the others, so that they cost next to nothing."""
    table = events.c
    said = canonical_body({field: value})[1:-1]
    query = (
        select(table.number, table.at, table.subject, table.body)
        .where(table.kind == kind, table.number > number, table.body.contains(said, autoescape=True))
        .order_by(table.number)
    )
    for row in connection.execute(query):
        body = json.loads(row.body)
        if body.get(field) == value:  # the same text may stand deeper in a body, and SQLite compares without case
            yield row.number, row.at, row.subject, body


def numbered_events(connection: Connection, numbers: Sequence[int]) -> list[Event]:
    """The events of these numbers, oldest first; at most some hundreds at a time."""
    query = select(events).where(events.c.number.in_(list(numbers))).order_by(events.c.number)
    return [_event(row) for row in connection.execute(query)]


def newest_events(
    connection: Connection,
    *,
    kinds: Sequence[str] = (),
    actor: str = "",
    subject: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Event]:
    """A page of the log, newest first; of some kinds, one actor or one subject only, when given."""
    query = select(events)
    if kinds:
        query = query.where(events.c.kind.in_(kinds))
    if actor:
        query = query.where(events.c.actor == actor)
    if subject:
        query = query.where(events.c.subject == subject)
    return paged(connection, query, [events.c.number], _event, cursor=cursor, limit=limit, descending=True)


def verify_chain(connection: Connection) -> int:
    """Recompute the whole chain and tree; returns the number of events, or raises Broken that names the first bad one.

    Needs no key, and so believes a log that was rewritten as a whole: `audit` with public keys does not.
    """
    from embla.platform.ledger.audit import walk_database

    return walk_database(connection).size


def _event(row: Row[Any]) -> Event:
    return Event(
        row.number, row.at, row.actor, row.kind, row.subject, row.version, json.loads(row.body), row.previous, row.hash
    )
