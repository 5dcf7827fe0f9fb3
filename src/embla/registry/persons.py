"""Persons as random pseudonyms, what laboratories call them, their families, samples and opt-out marks."""

from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select, update

from embla.errors import NotFound, Refused, UsageError
from embla.identity import is_issued
from embla.platform import Actor, NewId, append_event
from embla.registry import tables
from embla.registry.model.marks import marked_from, marked_until
from embla.registry.model.values import OPT_OUT_KINDS, FamilyMember, OptOut


def find_person(connection: Connection, laboratory: str, key: str) -> str | None:
    """The pseudonym of the person a laboratory calls `key`; None when it has not reported one."""
    keys = tables.person_keys
    return connection.execute(
        select(keys.c.person).where(keys.c.laboratory == laboratory, keys.c.key == key)
    ).scalar_one_or_none()


def person_exists(connection: Connection, person: str) -> bool:
    """True when the pseudonym is one of ours: reported before, or given by the identity zone."""
    return _has_row(connection, person) or is_issued(connection, person)


def admit_person(connection: Connection, person: str, *, at: datetime) -> None:
    """Give a pseudonym of the identity zone its row here, so that something can be noted about it. NotFound for a
    stranger."""
    if _has_row(connection, person):
        return
    if not is_issued(connection, person):
        raise NotFound("This pseudonym is not one of ours.", mend="`embla registry person LAB KEY` shows it.")
    connection.execute(insert(tables.persons).values(id=person, region=None, created=at))


def _has_row(connection: Connection, person: str) -> bool:
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
        connection.execute(insert(tables.persons).values(id=person, region=None, created=at))
    admit_person(connection, person, at=at)
    if region is not None:
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
    material: str = "dna",
    origin: str = "germline",
    of_tumour: str | None = None,
    new_id: NewId,
) -> str:
    """The id of a laboratory's sample; Refused when it was another person's. A correction may mend the rest of it.
    `of_tumour`: of RNA, the id of the tumour's DNA sample."""
    said = {"tissue": tissue, "collected": collected, "material": material, "origin": origin, "of_tumour": of_tumour}
    samples = tables.samples
    row = connection.execute(select(samples).where(samples.c.laboratory == laboratory, samples.c.key == key)).first()
    if row is None:
        sample = "B" + new_id()
        values = {"id": sample, "laboratory": laboratory, "key": key, "person": person}
        connection.execute(insert(samples).values(**values, **said))
        return sample
    if row.person != person:
        connection.execute(update(samples).where(samples.c.id == row.id).values(person=person))
    connection.execute(update(samples).where(samples.c.id == row.id).values(**said))
    return str(row.id)


def sample_person(connection: Connection, laboratory: str, key: str) -> str | None:
    """Whose sample it is; None for one that was never reported."""
    samples = tables.samples
    return connection.execute(
        select(samples.c.person).where(samples.c.laboratory == laboratory, samples.c.key == key)
    ).scalar_one_or_none()


def find_sample(connection: Connection, laboratory: str, key: str) -> str | None:
    """The id of the sample that a laboratory calls `key`."""
    samples = tables.samples
    return connection.execute(
        select(samples.c.id).where(samples.c.laboratory == laboratory, samples.c.key == key)
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
    """Mark a person from a day on; gives the mark that stands. NotFound for an unknown person.

    Again is no change; an earlier day moves the beginning; a mark that touches the new one becomes one with it.
    """
    _check_kind(kind)
    admit_person(connection, person, at=at)
    before = _marks(connection, person, kind)
    after = marked_from(before, since) if before else [OptOut(person, kind, since)]  # type: ignore[arg-type]
    if after != before:
        _write_marks(connection, person, kind, after)
        body = {"kind": kind, "since": since.isoformat()}
        append_event(connection, at=at, actor=by.id, kind="opt-out-set", subject=f"person:{person}", body=body)
    return after[-1]


def end_opt_out(connection: Connection, person: str, kind: str, *, until: date, by: Actor, at: datetime) -> OptOut:
    """End the standing mark; `until` is its last day. NotFound when none stands."""
    _check_kind(kind)
    before = _marks(connection, person, kind)
    if not before or before[-1].until is not None:
        raise NotFound(f"This person has no standing mark of the kind {kind}.")
    if until < before[-1].since:
        raise UsageError(f"A mark cannot end on {until}, before it began on {before[-1].since}.")
    after = marked_until(before, until)
    _write_marks(connection, person, kind, after)
    body = {"kind": kind, "until": until.isoformat()}
    append_event(connection, at=at, actor=by.id, kind="opt-out-ended", subject=f"person:{person}", body=body)
    return after[-1]


def opt_outs(connection: Connection, person: str | None = None) -> list[OptOut]:
    """Marks of one person or of everybody, past ones too."""
    query = select(tables.opt_outs).order_by("person", "kind", "since")
    if person is not None:
        query = query.where(tables.opt_outs.c.person == person)
    return [OptOut(**row._mapping) for row in connection.execute(query)]


def _marks(connection: Connection, person: str, kind: str) -> list[OptOut]:
    return [mark for mark in opt_outs(connection, person) if mark.kind == kind]


def _write_marks(connection: Connection, person: str, kind: str, marks: list[OptOut]) -> None:
    """The log keeps who said what when; the table holds what follows from it."""
    table = tables.opt_outs
    connection.execute(delete(table).where(table.c.person == person, table.c.kind == kind))
    connection.execute(insert(table), [vars(mark) for mark in marks])


def _check_kind(kind: str) -> None:
    if kind not in OPT_OUT_KINDS:
        raise UsageError(f"No opt-out mark is called '{kind}'.", mend=f"Known: {', '.join(OPT_OUT_KINDS)}.")
