"""The one door to a decision: facts, decision, log, in this order, before anything is read.

The only module of this room that sees a database. `prove` is the other side of the door: what gives out a person's
bytes takes the decision and asks the log whether it was truly made. `decisions_of_request` lets an edge hold that no
answer of a guarded route leaves before its decision was made.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Final

from embla.errors import NotPermitted
from embla.platform import Actor, Clock, Database, append_event, numbered_events
from embla.policy.actions import logged
from embla.policy.facts import gather
from embla.policy.law import legal_basis
from embla.policy.model import About, Action, Decision, plain_id
from embla.policy.rules import decide

_MADE: Final[ContextVar[list[Decision] | None]] = ContextVar("decisions", default=None)


def permit(
    database: Database,
    actor: Actor,
    action: Action,
    *,
    purpose: str,
    clock: Clock,
    basis: str | None = None,
    about: About | None = None,
    case: str | None = None,
    laboratory: str | None = None,
) -> Decision:
    """Decide, log and return the decision; NotPermitted when it is no (the refusal is in the log all the same).

    `about` is what it is about; `case` and `laboratory` are short for an `About` of those. `basis` defaults to the
    paragraph in force today for the purpose. An unknown case or genome is refused like one that the actor has nothing
    to do with: the answer does not tell which exist. When this returns, the event `access-granted` is committed (its
    number is in the decision); read nothing before.
    """
    at = clock()
    about = about or About(case=case, laboratory=laboratory)
    with database.reading() as connection:
        facts = gather(connection, actor, about, at)
    subject = about.subject
    stated = legal_basis(purpose, at.date()) if basis is None else basis
    decision = decide(actor, purpose, stated, action, subject, facts)
    if logged(action) or not decision.allowed:
        kind = "access-granted" if decision.allowed else "access-refused"
        body = dict(decision.to_json())
        # Whose data it was, and on the way through which case: the log is asked by person, not only by subject.
        for name in ("case", "person", "genome", "environment", "data_set"):
            value = getattr(about, name)
            if value and not subject.startswith(f"{name}:"):
                body[name] = plain_id(value)
        with database.transaction() as connection:
            event = append_event(connection, at=at, actor=actor.id, kind=kind, subject=subject, body=body)
        decision = replace(decision, event=event.number)
    made = _MADE.get()
    if made is not None:
        made.append(decision)
    return decision.require()


def prove(
    database: Database, decision: Decision, actions: Collection[Action], subjects: Collection[str], *, room: str
) -> Decision:
    """The decision, once it is proven: allowed, about one of `actions` and one of `subjects`, and just so in the log.

    Whoever gives out a person's bytes calls this first. NotPermitted (rule `ROOM.action`, `.subject` or `.logged`) for
    a decision that was made about something else, made up, or never written down.
    """
    decision.require()
    if decision.action not in actions:
        raise NotPermitted("This decision is about doing something else.", rule=f"{room}.action")
    if decision.subject not in subjects:
        raise NotPermitted("This decision is about something else than this.", rule=f"{room}.subject")
    with database.reading() as connection:
        found = numbered_events(connection, [decision.event]) if decision.event else []
    if not any(
        event.kind == "access-granted"
        and (event.subject, event.actor) == (decision.subject, decision.actor)
        and {**event.body, **decision.to_json()} == event.body
        for event in found
    ):
        raise NotPermitted("This decision is not in the log.", rule=f"{room}.logged")
    return decision


@contextmanager
def decisions_of_request() -> Iterator[list[Decision]]:
    """Every decision made until this ends, refusals too, in this task and the threads it hands work to."""
    made: list[Decision] = []
    token = _MADE.set(made)
    try:
        yield made
    finally:
        _MADE.reset(token)
