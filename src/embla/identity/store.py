"""Rows of the zone, opened and sealed. No rules: those are in service.py."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update

from embla.identity import tables
from embla.identity.model.number import Number, parse_number
from embla.identity.model.person import Identity
from embla.identity.zone import Inside

# What each kind of look-up and each sealed value is bound to.
NUMBER: Final = "number"
_BATCH: Final = 500


def find(inside: Inside, numbers: Iterable[Number]) -> dict[str, str]:
    """Text of the number -> person, for those that are known, whichever of a person's numbers they are."""
    wanted = {inside.key.look_up(NUMBER, number.text): number.text for number in numbers}
    table, found = tables.numbers, {}
    asked = list(wanted)
    for start in range(0, len(asked), _BATCH):
        query = select(table.c.look_up, table.c.person).where(table.c.look_up.in_(asked[start : start + _BATCH]))
        for look_up, person in inside.connection.execute(query):
            found[wanted[look_up]] = person
    return found


def exists(inside: Inside, person: str) -> bool:
    """True when the zone has this pseudonym."""
    table = tables.people
    return inside.connection.execute(select(table.c.person).where(table.c.person == person)).first() is not None


def identities(inside: Inside, persons: Iterable[str]) -> dict[str, Identity]:
    """Who these are, those that the zone has."""
    asked, found = list(dict.fromkeys(persons)), {}
    for start in range(0, len(asked), _BATCH):
        part = asked[start : start + _BATCH]
        chains: dict[str, list[Number]] = {person: [] for person in part}
        table = tables.numbers
        for row in inside.connection.execute(
            select(table).where(table.c.person.in_(part)).order_by(table.c.person, table.c.place)
        ):
            text = inside.open(row.key_version, row.sealed, f"{NUMBER} of {row.person}")
            chains[row.person].append(parse_number(text))
        people = tables.people
        for row in inside.connection.execute(select(people).where(people.c.person.in_(part))):
            said = json.loads(inside.open(row.key_version, row.sealed, f"person {row.person}"))
            born = date.fromisoformat(f"{said['born']}-01") if said["born"] else None
            found[row.person] = Identity(row.person, tuple(chains[row.person]), tuple(said["names"]), born)
    return found


def add_person(inside: Inside, person: str, names: Iterable[str], born: date | None, at: datetime) -> None:
    """A new row of a person."""
    inside.connection.execute(
        insert(tables.people).values(person=person, created=at, **_sealed(inside, person, names, born))
    )


def change_person(inside: Inside, person: str, names: Iterable[str], born: date | None) -> None:
    """Write a person's names and birth month anew."""
    table = tables.people
    values = _sealed(inside, person, names, born)
    inside.connection.execute(update(table).where(table.c.person == person).values(**values))


def add_number(inside: Inside, person: str, number: Number, at: datetime) -> None:
    """The person's newest number."""
    table = tables.numbers
    last = inside.connection.execute(select(func.max(table.c.place)).where(table.c.person == person)).scalar() or 0
    sealed = inside.key.seal(number.text, f"{NUMBER} of {person}")
    inside.connection.execute(
        insert(table).values(
            look_up=inside.key.look_up(NUMBER, number.text),
            person=person,
            place=last + 1,
            kind=number.kind,
            sealed=sealed.data,
            key_version=sealed.version,
            noted=at,
        )
    )


def move_numbers(inside: Inside, gone: str, kept: str, at: datetime) -> int:
    """Every number of `gone` is `kept`'s, before the present one of `kept`; how many there were."""
    table = tables.numbers
    found = identities(inside, [gone, kept])
    moved = found[gone].numbers if gone in found else ()
    own = found[kept].numbers if kept in found else ()
    inside.connection.execute(delete(table).where(table.c.person.in_((gone, kept))))
    if kept not in found and gone in found:
        add_person(inside, kept, found[gone].names, found[gone].born_month, at)
    for number in (*own[:-1], *moved, *own[-1:]):
        add_number(inside, kept, number, at)
    return len(moved)


def project_pseudonym(inside: Inside, project: str, person: str) -> str | None:
    """What a project calls a person, None where it does not yet."""
    table = tables.projects
    look_up = inside.key.look_up(f"person in {project}", person)
    row = inside.connection.execute(
        select(table).where(table.c.project == project, table.c.look_up == look_up)
    ).one_or_none()
    if row is None:
        return None
    return str(json.loads(inside.open(row.key_version, row.sealed, f"project {project}"))["pseudonym"])


def add_project_pseudonym(inside: Inside, project: str, person: str, pseudonym: str) -> None:
    """Keep what a project calls a person."""
    inside.connection.execute(
        insert(tables.projects).values(project=project, **sealed_link(inside, project, person, pseudonym))
    )


def sealed_link(inside: Inside, project: str, person: str, pseudonym: str) -> dict[str, Any]:
    """The columns of a link, under the key in use."""
    sealed = inside.key.seal(json.dumps({"person": person, "pseudonym": pseudonym}), f"project {project}")
    return {
        "look_up": inside.key.look_up(f"person in {project}", person),
        "back": inside.key.look_up(f"pseudonym in {project}", pseudonym),
        "sealed": sealed.data,
        "key_version": sealed.version,
    }


def _sealed(inside: Inside, person: str, names: Iterable[str], born: date | None) -> dict[str, Any]:
    text = json.dumps({"names": list(names), "born": f"{born:%Y-%m}" if born else None})
    sealed = inside.key.seal(text, f"person {person}")
    return {"sealed": sealed.data, "key_version": sealed.version}
