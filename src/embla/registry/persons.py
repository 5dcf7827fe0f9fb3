"""Persons as random pseudonyms, what laboratories call them, their families, samples and opt-out marks."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from embla.errors import NotFound, Refused, UsageError
from embla.platform import Actor, NewId, append_event
from embla.registry import tables
from embla.registry.model.values import OPT_OUT_KINDS, FamilyMember, OptOut


def find_person(connection: Connection, laboratory: str, key: str) -> str | None:
    """The pseudonym of the person a laboratory calls `key`; None when it has not reported one."""
    keys = tables.person_keys
    return connection.execute(
        select(keys.c.person).where(keys.c.laboratory == laboratory, keys.c.key == key)
    ).scalar_one_or_none()


def person_exists(connection: Connection, person: str) -> bool:
    """True when the pseudonym is one of ours."""
    return connection.execute(select(tables.persons.c.id).where(tables.persons.c.id == person)).first() is not None


def ensure_person(
    connection: Connection,
    *,
    laboratory: str,
    key: str | None,
    pseudonym: str | None,
    region: str | None,
    new_id: NewId,
    at: datetime,
) -> str:
    """The person's pseudonym: the one given, the one behind the laboratory's key, or a new random one.

    NotFound for a pseudonym that is not ours, Refused when the key is another person's.
    """
    known = find_person(connection, laboratory, key) if key else None
    if pseudonym is not None:
        if not person_exists(connection, pseudonym):
            raise NotFound("This pseudonym is not one of ours.", mend="Give the laboratory's own key instead.")
        if known is not None and known != pseudonym:
            raise Refused("This laboratory's key belongs to another pseudonym.", mend="Check which person is meant.")
    person = pseudonym or known
    if person is None:
        person = "P" + new_id()
        connection.execute(insert(tables.persons).values(id=person, region=region, created=at))
    elif region is not None:
        connection.execute(update(tables.persons).where(tables.persons.c.id == person).values(region=region))
    if key and known is None:
        connection.execute(insert(tables.person_keys).values(laboratory=laboratory, key=key, person=person))
    return person


def ensure_sample(
    connection: Connection,
    *,
    laboratory: str,
    key: str,
    person: str,
    tissue: str,
    collected: date | None,
    new_id: NewId,
) -> str:
    """The id of a laboratory's sample; Refused when it was another person's. A correction may mend the rest of it."""
    samples = tables.samples
    row = connection.execute(select(samples).where(samples.c.laboratory == laboratory, samples.c.key == key)).first()
    if row is None:
        sample = "B" + new_id()
        values = {"id": sample, "laboratory": laboratory, "key": key, "person": person}
        connection.execute(insert(samples).values(**values, tissue=tissue, collected=collected))
        return sample
    if row.person != person:
        connection.execute(update(samples).where(samples.c.id == row.id).values(person=person))
    connection.execute(update(samples).where(samples.c.id == row.id).values(tissue=tissue, collected=collected))
    return str(row.id)


def sample_person(connection: Connection, laboratory: str, key: str) -> str | None:
    """Whose sample it is; None for one that was never reported."""
    samples = tables.samples
    return connection.execute(
        select(samples.c.person).where(samples.c.laboratory == laboratory, samples.c.key == key)
    ).scalar_one_or_none()


def ensure_family(connection: Connection, *, laboratory: str, key: str, new_id: NewId, at: datetime) -> str:
    """The id of the family that a laboratory calls `key`, made when new."""
    families = tables.families
    known = connection.execute(
        select(families.c.id).where(families.c.laboratory == laboratory, families.c.key == key)
    ).scalar_one_or_none()
    if known is not None:
        return str(known)
    family = "F" + new_id()
    connection.execute(insert(families).values(id=family, laboratory=laboratory, key=key, created=at))
    return family


def join_family(connection: Connection, member: FamilyMember) -> None:
    """Write a person's place in a family; a new role takes the place of the old."""
    table = tables.family_members
    here = (table.c.family == member.family) & (table.c.person == member.person)
    values = {"role": member.role, "blood": member.blood}
    if connection.execute(update(table).where(here).values(**values)).rowcount == 0:
        connection.execute(insert(table).values(family=member.family, person=member.person, **values))


def leave_family(connection: Connection, family: str, person: str) -> None:
    """Take a person out of a family: what a correction does before it says how it is."""
    table = tables.family_members
    connection.execute(delete(table).where(table.c.family == family, table.c.person == person))


def set_opt_out(connection: Connection, person: str, kind: str, *, since: date, by: Actor, at: datetime) -> OptOut:
    """Set a mark; a mark of this kind that stands stays as it is. NotFound for an unknown person."""
    _check_kind(kind)
    if not person_exists(connection, person):
        raise NotFound("This pseudonym is not one of ours.", mend="`embla registry person LAB KEY` shows it.")
    marks = [mark for mark in opt_outs(connection, person) if mark.kind == kind]
    standing = next((mark for mark in marks if mark.until is None), None)
    if standing is not None and standing.since <= since:
        return standing
    ended_that_began_then = next((mark for mark in marks if mark.since == since), None)
    if ended_that_began_then is not None:
        if standing is not None:
            _delete_mark(connection, standing)
        _update_mark(connection, ended_that_began_then, until=None)
    elif standing is not None:
        _update_mark(connection, standing, since=since)
    else:
        connection.execute(insert(tables.opt_outs).values(person=person, kind=kind, since=since))
    body = {"kind": kind, "since": since.isoformat()}
    append_event(connection, at=at, actor=by.id, kind="opt-out-set", subject=f"person:{person}", body=body)
    return OptOut(person, kind, since)  # type: ignore[arg-type]


def end_opt_out(connection: Connection, person: str, kind: str, *, until: date, by: Actor, at: datetime) -> OptOut:
    """End the standing mark; `until` is its last day. NotFound when none stands."""
    _check_kind(kind)
    standing = next((mark for mark in opt_outs(connection, person) if mark.kind == kind and mark.until is None), None)
    if standing is None:
        raise NotFound(f"This person has no standing mark of the kind {kind}.")
    if until < standing.since:
        raise UsageError(f"A mark cannot end on {until}, before it began on {standing.since}.")
    _update_mark(connection, standing, until=until)
    body = {"kind": kind, "until": until.isoformat()}
    append_event(connection, at=at, actor=by.id, kind="opt-out-ended", subject=f"person:{person}", body=body)
    return OptOut(person, standing.kind, standing.since, until)


def opt_outs(connection: Connection, person: str | None = None) -> list[OptOut]:
    """Marks of one person or of everybody, past ones too."""
    query = select(tables.opt_outs).order_by("person", "kind", "since")
    if person is not None:
        query = query.where(tables.opt_outs.c.person == person)
    return [OptOut(**row._mapping) for row in connection.execute(query)]


def _update_mark(connection: Connection, mark: OptOut, **values: date | None) -> None:
    connection.execute(update(tables.opt_outs).where(_is(mark)).values(**values))


def _delete_mark(connection: Connection, mark: OptOut) -> None:
    """A mark that another one covers; the log has both."""
    connection.execute(delete(tables.opt_outs).where(_is(mark)))


def _is(mark: OptOut) -> ColumnElement[bool]:
    table = tables.opt_outs
    return (table.c.person == mark.person) & (table.c.kind == mark.kind) & (table.c.since == mark.since)


def _check_kind(kind: str) -> None:
    if kind not in OPT_OUT_KINDS:
        raise UsageError(f"No opt-out mark is called '{kind}'.", mend=f"Known: {', '.join(OPT_OUT_KINDS)}.")
