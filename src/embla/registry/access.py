"""The one door to a decision about a person's data: facts, decision, log, in this order, before anything is read."""

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from embla.platform import Actor, Clock, Database, append_event
from embla.policy import Action, Decision, Facts, decide, legal_basis
from embla.registry.cases import case_of
from embla.registry.organisations import find_laboratory

# Which reads and refusals the access log keeps. Releases are public; submissions have events of their own.
LOGGED = frozenset({Action.LIVE_COUNT, Action.SEE_ACCESS_LOG, Action.MANAGE_REGISTRY, Action.CUT_RELEASE})


def permit(
    database: Database,
    actor: Actor,
    action: Action,
    *,
    purpose: str,
    clock: Clock,
    case: str | None = None,
    laboratory: str | None = None,
    basis: str | None = None,
) -> Decision:
    """Decide, log and return the decision; NotPermitted when it is no (the refusal is in the log all the same).

    `case` or `laboratory` is what it is about. `basis` defaults to the paragraph in force today for the purpose. An
    unknown case is refused like one that the actor does not treat: the answer does not tell which cases exist.
    When this returns, the event `access-granted` is committed (its number is in the decision); read nothing before.
    """
    at = clock()
    today = at.date()
    with database.reading() as connection:
        facts = _facts(connection, actor, today, case, laboratory)
    subject = f"case:{case}" if case else f"laboratory:{laboratory}" if laboratory else "database"
    decision = decide(actor, purpose, legal_basis(purpose, today) if basis is None else basis, action, subject, facts)
    if action in LOGGED or not decision.allowed:
        kind = "access-granted" if decision.allowed else "access-refused"
        with database.transaction() as connection:
            event = append_event(connection, at=at, actor=actor.id, kind=kind, subject=subject, body=decision.to_json())
        decision = replace(decision, event=event.number)
    return decision.require()


def _facts(connection: Connection, actor: Actor, today: date, case: str | None, laboratory: str | None) -> Facts:
    found = case_of(connection, case) if case else None
    lab = find_laboratory(connection, laboratory) if laboratory else None
    return Facts(
        on=today,
        laboratory=laboratory,
        laboratory_valid=lab is not None and lab.valid_on(today),
        open_case=found is not None and found.open_on(today),
        treats=found is not None and actor.id in found.clinicians,
    )
