"""Partners, and the data processing agreements under which data flow to and from them."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from embla.errors import NotFound
from embla.platform import Actor, append_event
from embla.policy import Action, permit
from embla.registry import tables
from embla.registry.model.agreement import Agreement, Partner, in_force

if TYPE_CHECKING:
    from embla.platform import House


def add_agreement(
    house: "House",
    actor: Actor,
    partner: Partner,
    *,
    flow: str,
    reference: str,
    drafted: date,
    signed: date | None = None,
    expires: date | None = None,
) -> Agreement:
    """Register an agreement, and its partner where new. An agreement is never changed: a new one takes its place."""
    permit(house.database, actor, Action.MANAGE_AGREEMENTS, purpose="operation", clock=house.clock)
    new = Agreement("A" + house.new_id(), partner.id, flow, reference, drafted, signed, expires)
    at = house.clock()
    with house.database.transaction() as connection:
        _keep_partner(connection, partner)
        connection.execute(insert(tables.agreements).values(**vars(new)))
        body = {"agreement": new.id, "flow": flow, "state": new.state_on(at.date())}
        append_event(
            connection, at=at, actor=actor.id, kind="agreement-added", subject=f"partner:{partner.id}", body=body
        )
    return new


def sign_agreement(house: "House", actor: Actor, agreement: str, *, on: date) -> None:
    """Note that a draft was signed. NotFound when there is no such draft."""
    _change(house, actor, agreement, "agreement-signed", signed=on)


def end_agreement(house: "House", actor: Actor, agreement: str, *, on: date) -> None:
    """Take an agreement back: from this day on nothing flows under it."""
    _change(house, actor, agreement, "agreement-ended", ended=on)


def agreements(connection: Connection, partner: str | None = None) -> list[Agreement]:
    """Every agreement, or those with one partner."""
    table = tables.agreements
    query = select(table).order_by(table.c.partner, table.c.drafted, table.c.id)
    if partner is not None:
        query = query.where(table.c.partner == partner)
    return [Agreement(**row._mapping) for row in connection.execute(query)]


def agreement_in_force(connection: Connection, partner: str, on: date, flow: str | None = None) -> Agreement | None:
    """The agreement under which data may flow on a day; None: nothing flows."""
    return in_force(agreements(connection, partner), on, flow)


def find_partner(connection: Connection, partner: str) -> Partner | None:
    """The partner of this id."""
    row = connection.execute(select(tables.partners).where(tables.partners.c.id == partner)).one_or_none()
    return None if row is None else Partner(**row._mapping)


def partners(connection: Connection) -> list[Partner]:
    """Every partner by id."""
    return [Partner(**row._mapping) for row in connection.execute(select(tables.partners).order_by("id"))]


def _keep_partner(connection: Connection, partner: Partner) -> None:
    table = tables.partners
    values = {"name": partner.name, "country": partner.country}
    if connection.execute(update(table).where(table.c.id == partner.id).values(**values)).rowcount == 0:
        connection.execute(insert(table).values(id=partner.id, **values))


def _change(house: "House", actor: Actor, agreement: str, kind: str, **values: date) -> None:
    permit(house.database, actor, Action.MANAGE_AGREEMENTS, purpose="operation", clock=house.clock)
    table = tables.agreements
    with house.database.transaction() as connection:
        row = connection.execute(select(table).where(table.c.id == agreement)).one_or_none()
        if row is None or (kind == "agreement-signed" and row.signed is not None):
            raise NotFound("There is no such agreement to change.", mend="`embla registry agreement list` shows them.")
        changed = Agreement(**{**row._mapping, **values})
        connection.execute(update(table).where(table.c.id == agreement).values(**values))
        append_event(
            connection, at=house.clock(), actor=actor.id, kind=kind, subject=f"partner:{changed.partner}",
            body={"agreement": agreement} | {name: day.isoformat() for name, day in values.items()},
        )  # fmt: skip
