"""What persons decided: noting, listing, and taking over what the register of electronic consents holds."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from embla.errors import Unavailable, UsageError
from embla.identity import ask_outside, may_decide, source_of
from embla.platform import Actor, NewId, append_event
from embla.policy import About, Action, permit
from embla.registry import tables
from embla.registry.model.consent import Noted, Statement, check_signer
from embla.registry.outside import CONSENT, all_persons, check_fresh, note_register
from embla.registry.persons import admit_person

if TYPE_CHECKING:
    from embla.platform import House

_FIELDS = tuple(item.name for item in fields(Statement))


def note_consent(
    house: "House", actor: Actor, statement: Statement, *, case: str | None = None, purpose: str = "consent"
) -> Noted:
    """Note a statement, or a withdrawal; the same again changes nothing.

    Refused when another signed than the one who decides; NotFound for a person who is not ours.
    """
    about = About(person=statement.person, case=case)
    permit(house.database, actor, Action.MANAGE_CONSENT, purpose=purpose, clock=house.clock, about=about)
    at = house.clock()
    if statement.day > at.date():
        raise UsageError("A consent cannot be signed in the future.", mend="Check the day.")
    check_signer(statement, may_decide(house, statement.person, statement.day))
    with house.database.transaction() as connection:
        return keep_statement(connection, statement, by=actor, at=at, new_id=house.new_id)


def consents_seen(house: "House", actor: Actor, person: str, *, case: str | None = None, purpose: str) -> list[Noted]:
    """A person's statements, newest first, for somebody who may see them; it is in the log."""
    about = About(person=person, case=case)
    permit(house.database, actor, Action.READ_CONSENT, purpose=purpose, clock=house.clock, about=about)
    with house.database.reading() as connection:
        return consents_of(connection, person)[::-1]


def consents_of(connection: Connection, person: str) -> list[Noted]:
    """A person's statements in the order of their days, as `model.consent.in_force` wants them."""
    table = tables.consents
    query = select(table).where(table.c.person == person).order_by(table.c.day, table.c.noted_at, table.c.id)
    return [
        Noted(row.id, Statement(**{name: row._mapping[name] for name in _FIELDS}), row.noted_by, row.noted_at)
        for row in connection.execute(query)
    ]


def keep_statement(connection: Connection, statement: Statement, *, by: Actor, at: datetime, new_id: NewId) -> Noted:
    """Write a statement in the caller's transaction, decided by the caller; one that stands there already is given."""
    admit_person(connection, statement.person, at=at)
    for noted in consents_of(connection, statement.person):
        if noted.statement == statement:
            return noted
    noted = Noted("N" + new_id(), statement, by.id, at)
    values = {name: getattr(statement, name) for name in _FIELDS}
    connection.execute(insert(tables.consents).values(id=noted.id, noted_by=by.id, noted_at=at, **values))
    kind = "consent-noted" if statement.says == "given" else "consent-withdrawn"
    body = {"form": statement.form, "version": statement.version, "day": statement.day.isoformat()}
    append_event(
        connection, at=at, actor=by.id, kind=kind, subject=f"person:{statement.person}",
        body=body | {"source": statement.source},
    )  # fmt: skip
    return noted


def sync_consents(house: "House", actor: Actor) -> int:
    """Take over what the register of electronic consents says of everybody; gives how many statements were new.

    Unavailable when it does not answer or its answer is too old; nothing is changed then, and research stays closed.
    """
    permit(house.database, actor, Action.SYNC_OPT_OUTS, purpose="consent", clock=house.clock)
    source = source_of(house.settings.consent_source, house.settings.source_token, house.settings.source_certificate)
    if source is None:
        raise UsageError("No register of electronic consents is set up.", mend="Set EMBLA_CONSENT_SOURCE.")
    with house.database.reading() as connection:
        persons = all_persons(connection)
    answer = ask_outside(house, source, persons)
    check_fresh(house, answer.as_of)
    statements = [_electronic(person, item) for person, items in answer.items.items() for item in items]
    at, new = house.clock(), 0
    with house.database.transaction() as connection:
        for statement in statements:
            noted = keep_statement(connection, statement, by=actor, at=at, new_id=house.new_id)
            new += noted.noted_at == at
        note_register(connection, house, CONSENT, answer.as_of, at)
        body = {"persons": len(answer.items), "new": new, "as_of": answer.as_of.isoformat()}
        append_event(connection, at=at, actor=actor.id, kind="consents-synced", subject="database", body=body)
    return new


def _electronic(person: str, item: Mapping[str, Any]) -> Statement:
    """An item of the register. What it says and we do not know is passed over; what we need must be there."""
    try:
        said = {name: item[name] for name in _FIELDS if name in item and name not in ("person", "source", "day")}
        for name in ("recontact", "storage_told", "opt_out_told"):
            if not isinstance(said.get(name), bool | None):
                raise TypeError(name)
        return Statement(person=person, day=date.fromisoformat(item["day"]), source="electronic", **said)
    except (KeyError, TypeError, ValueError, UsageError):
        raise Unavailable("The register of consents says something that was not agreed.") from None
