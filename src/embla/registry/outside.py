"""The opt-out register outside: asked before every release and every research use, and never guessed.

Its marks stand beside those that were noted here; either counts. Where it does not answer, answers of long ago, or
could not be asked about a person, research has nothing; the person's own care is untouched by all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from embla.errors import Unavailable, UsageError
from embla.identity import ask_outside, source_of
from embla.platform import Actor, append_event
from embla.policy import Action, permit
from embla.registry import tables
from embla.registry.model.values import OPT_OUT_KINDS, OptOut, _Plain
from embla.registry.persons import opt_outs

if TYPE_CHECKING:
    from embla.platform import House

OPT_OUT: Final = "opt-out"
CONSENT: Final = "consent"
_BATCH: Final = 500


@dataclass(frozen=True)
class Asked(_Plain):
    """How the register answered: persons asked about, marks that stand, persons without a number, of when it was."""

    persons: int
    marks: int
    unasked: int
    as_of: datetime


@dataclass(frozen=True)
class RegisterState(_Plain):
    """The last answer of a register outside. fresh: it may be used for research at the time asked."""

    register: str
    asked_at: datetime
    as_of: datetime
    hours: int
    fresh: bool


def sync_opt_outs(house: "House", actor: Actor) -> Asked:
    """Ask the register about everybody, and take over what it says. UsageError where none is set up.

    Unavailable when it does not answer or its answer is too old; nothing is changed then.
    """
    permit(house.database, actor, Action.SYNC_OPT_OUTS, purpose="consent", clock=house.clock)
    source = source_of(house.settings.opt_out_source, house.settings.source_token, house.settings.source_certificate)
    if source is None:
        raise UsageError("No opt-out register is set up.", mend="Set EMBLA_OPT_OUT_SOURCE.")
    with house.database.reading() as connection:
        persons = all_persons(connection)
    try:
        answer = ask_outside(house, source, persons)
        check_fresh(house, answer.as_of)
        found = _marks(answer.items)
    except Unavailable as error:
        with house.database.transaction() as connection:
            append_event(
                connection, at=house.clock(), actor=actor.id, kind="opt-out-register-failed", subject="database",
                body={"why": error.message},
            )  # fmt: skip
        raise
    at = house.clock()
    with house.database.transaction() as connection:
        _replace(connection, found, answer.items, actor, at)
        _note_asked(connection, answer.items, answer.unasked, at)
        note_register(connection, house, OPT_OUT, answer.as_of, at)
        asked = Asked(len(answer.items), len(found), len(answer.unasked), answer.as_of)
        append_event(
            connection, at=at, actor=actor.id, kind="opt-outs-synced", subject="database", body=asked.to_json()
        )
    return asked


def before_research(house: "House", actor: Actor) -> None:
    """What everything that leaves for research or statistics calls first: the register is asked now.

    Where no register is set up the marks noted here are all there is. One that was asked before and is not set up any
    more counts as silent: a setting that got lost must not open anything.
    """
    if house.settings.opt_out_source:
        sync_opt_outs(house, actor)
        return
    with house.database.reading() as connection:
        if register_states(connection, house.clock()):
            raise Unavailable(
                "The opt-out register was asked before and is not set up any more.", mend="Set EMBLA_OPT_OUT_SOURCE."
            )


def all_marks(connection: Connection, person: str | None = None) -> list[OptOut]:
    """Marks of everybody or of one, noted here or told by the register outside."""
    table = tables.outside_marks
    query = select(table).order_by(table.c.person, table.c.kind, table.c.since)
    if person is not None:
        query = query.where(table.c.person == person)
    return [*opt_outs(connection, person), *(OptOut(**row._mapping) for row in connection.execute(query))]


def unasked_persons(connection: Connection) -> frozenset[str]:
    """Who the register could not be asked about, or has not been yet. Nobody where no register has ever answered."""
    if _row(connection, OPT_OUT) is None:
        return frozenset()
    persons, asked = tables.persons, tables.outside_asked
    query = (
        select(persons.c.id)
        .join(asked, asked.c.person == persons.c.id, isouter=True)
        .where(asked.c.known.is_(None) | asked.c.known.is_(False))
    )
    return frozenset(connection.execute(query).scalars())


def research_allowed(connection: Connection, person: str, at: datetime) -> bool:
    """True when the register answered about this person, of late, and no mark of genetic data stands anywhere."""
    table = tables.outside_asked
    known = connection.execute(select(table.c.known).where(table.c.person == person)).scalar_one_or_none()
    states = register_states(connection, at)
    marked = any(mark.kind == "genetic" and mark.holds_on(at.date()) for mark in all_marks(connection, person))
    asked = known is True and any(state.register == OPT_OUT for state in states)
    return asked and all(state.fresh for state in states) and not marked


def register_states(connection: Connection, at: datetime) -> list[RegisterState]:
    """The registers that have answered, and whether their last answer is fresh at this time."""
    table = tables.outside_registers
    return [
        RegisterState(row.register, row.asked_at, row.as_of, row.hours, at - row.as_of <= timedelta(hours=row.hours))
        for row in connection.execute(select(table).order_by(table.c.register))
    ]


def all_persons(connection: Connection) -> Sequence[str]:
    """Everybody whom the house knows."""
    return connection.execute(select(tables.persons.c.id).order_by(tables.persons.c.id)).scalars().all()


def asked_about(connection: Connection) -> tuple[int, int]:
    """Persons that the register was asked about, and persons in all."""
    asked = tables.outside_asked
    known = connection.execute(select(func.count()).select_from(asked).where(asked.c.known)).scalar() or 0
    return known, connection.execute(select(func.count()).select_from(tables.persons)).scalar() or 0


def check_fresh(house: "House", as_of: datetime) -> None:
    """Unavailable for an answer that is older than the setting allows."""
    hours = house.settings.opt_out_hours
    if house.clock() - as_of > timedelta(hours=hours):
        raise Unavailable(
            f"The register's answer is older than {hours} hours.", mend="Ask its authority for a new one."
        )


def note_register(connection: Connection, house: "House", register: str, as_of: datetime, at: datetime) -> None:
    """Keep that a register answered."""
    table = tables.outside_registers
    values = {"asked_at": at, "as_of": as_of, "hours": house.settings.opt_out_hours}
    if connection.execute(update(table).where(table.c.register == register).values(**values)).rowcount == 0:
        connection.execute(insert(table).values(register=register, **values))


def _replace(connection: Connection, found: Iterable[OptOut], asked: Iterable[str], actor: Actor, at: datetime) -> None:
    """The register's marks take the place of what it said before; each change is an event of its person."""
    table = tables.outside_marks
    before = {OptOut(**row._mapping) for row in connection.execute(select(table))}
    persons = set(asked)
    after = {mark for mark in before if mark.person not in persons} | set(found)
    for mark in sorted(before - after, key=_order):
        here = (table.c.person == mark.person) & (table.c.kind == mark.kind) & (table.c.since == mark.since)
        connection.execute(delete(table).where(here))
    new = sorted(after - before, key=_order)
    if new:
        connection.execute(insert(table), [vars(mark) for mark in new])
    for kind, marks in (("opt-out-ended", before - after), ("opt-out-set", after - before)):
        for mark in sorted(marks, key=_order):
            if kind == "opt-out-ended" and any(_order(mark) == _order(other) for other in new):
                continue
            body = {"kind": mark.kind, "since": mark.since.isoformat(), "source": "register"}
            if mark.until is not None:
                body["until"] = mark.until.isoformat()
            append_event(connection, at=at, actor=actor.id, kind=kind, subject=f"person:{mark.person}", body=body)


def _note_asked(connection: Connection, known: Iterable[str], unasked: Iterable[str], at: datetime) -> None:
    table = tables.outside_asked
    rows = [{"person": person, "asked_at": at, "known": True} for person in known]
    rows += [{"person": person, "asked_at": at, "known": False} for person in unasked]
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        connection.execute(delete(table).where(table.c.person.in_([row["person"] for row in part])))
        connection.execute(insert(table), part)


def _marks(items: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[OptOut]:
    """One mark for each beginning. Where the register contradicts itself the longer one holds."""
    found: dict[tuple[str, str, date], OptOut] = {}
    for person, said in items.items():
        for item in said:
            mark = _mark(person, item)
            other = found.get(_order(mark))
            if other is None or mark.until is None or (other.until is not None and other.until < mark.until):
                found[_order(mark)] = mark
    return list(found.values())


def _mark(person: str, item: Mapping[str, Any]) -> OptOut:
    try:
        until = item.get("until")
        mark = OptOut(
            person, item["kind"], date.fromisoformat(item["since"]), date.fromisoformat(until) if until else None
        )
    except (KeyError, TypeError, ValueError):
        raise Unavailable("The opt-out register says something that was not agreed.") from None
    if mark.kind not in OPT_OUT_KINDS:
        raise Unavailable("The opt-out register speaks of a mark that was not agreed.")
    return mark


def _order(mark: OptOut) -> tuple[str, str, date]:
    return mark.person, mark.kind, mark.since


def _row(connection: Connection, register: str) -> Any:
    table = tables.outside_registers
    return connection.execute(select(table).where(table.c.register == register)).one_or_none()
