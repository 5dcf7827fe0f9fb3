"""A new version of the zone's key, with everything encrypted anew; and how the zone is."""

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, func, select, update

from embla.identity import store, tables
from embla.identity.keys import fingerprint
from embla.identity.zone import Inside, zone_of
from embla.platform import Actor, append_event
from embla.policy import Action, permit

if TYPE_CHECKING:
    from embla.platform import House


def rotate(house: "House", actor: Actor, *, destroy: bool = False) -> dict[str, Any]:
    """Encrypt everything under a new version of the key, while the house serves. Safe to run again after it died.

    Older versions stay in the key file, for they open older backups; `destroy` takes them out for good.
    """
    permit(house.database, actor, Action.MANAGE_IDENTITY, purpose="operation", clock=house.clock)
    zone = zone_of(house)
    with zone.reading() as inside:
        before = inside.key.number
    # A version that no row uses is one that a rotation which died had written.
    new = max(zone.keys.read().values(), key=lambda key: key.number)
    if new.number == before:
        new = zone.keys.add()
    with zone.writing() as inside:
        moved = _moved(Inside(inside.connection, new, zone.keys.read()))
        inside.connection.execute(update(tables.state).values(key_version=new.number, proof=new.look_up("proof", "")))
    destroyed = frozenset(number for number in zone.keys.read() if number < new.number) if destroy else frozenset()
    if destroyed:
        zone.keys.destroy(destroyed)
    body = {"version": new.number, "rows": moved, "destroyed": sorted(destroyed)}
    with house.database.transaction() as connection:
        append_event(
            connection, at=house.clock(), actor=actor.id, kind="identity-key-rotated", subject="identity", body=body
        )
    return body


def status(house: "House", actor: Actor) -> dict[str, Any]:
    """How many persons, numbers and projects; which version of the key; opens one entry of each kind to prove it."""
    permit(house.database, actor, Action.MANAGE_IDENTITY, purpose="operation", clock=house.clock)
    zone = zone_of(house)
    with zone.reading() as inside:
        return {
            "persons": _count(inside, tables.people),
            "numbers": _count(inside, tables.numbers),
            "replacement_numbers": inside.connection.execute(
                select(func.count()).select_from(tables.numbers).where(tables.numbers.c.kind == "replacement")
            ).scalar(),
            "project_pseudonyms": _count(inside, tables.projects),
            "database": "sqlite" if zone.database.is_sqlite else "postgresql",
            "key_version": inside.key.number,
            "key": fingerprint(inside.key),
            "key_versions_kept": sorted(zone.keys.read()),
            "opens": _probe(inside),
        }


def _moved(inside: Inside) -> int:
    """Encrypt every row anew, look-ups too; gives how many. One transaction, rows in batches."""
    moved, key = 0, inside.key
    for row in _rows(inside, tables.people):
        text = inside.open(row.key_version, row.sealed, f"person {row.person}")
        sealed = key.seal(text, f"person {row.person}")
        table = tables.people
        inside.connection.execute(
            update(table).where(table.c.person == row.person).values(sealed=sealed.data, key_version=sealed.version)
        )
        moved += 1
    for row in _rows(inside, tables.numbers):
        bound = f"{store.NUMBER} of {row.person}"
        text = inside.open(row.key_version, row.sealed, bound)
        sealed, table = key.seal(text, bound), tables.numbers
        inside.connection.execute(
            update(table)
            .where(table.c.look_up == row.look_up)
            .values(look_up=key.look_up(store.NUMBER, text), sealed=sealed.data, key_version=sealed.version)
        )
        moved += 1
    for row in _rows(inside, tables.projects):
        said = json.loads(inside.open(row.key_version, row.sealed, f"project {row.project}"))
        table = tables.projects
        values = store.sealed_link(inside, row.project, said["person"], said["pseudonym"])
        inside.connection.execute(
            update(table).where(table.c.project == row.project, table.c.look_up == row.look_up).values(**values)
        )
        moved += 1
    return moved


def _rows(inside: Inside, table: Table) -> Any:
    """Rows of other versions, as they were before the first is changed."""
    return list(inside.connection.execute(select(table).where(table.c.key_version != inside.key.number)))


def _count(inside: Inside, table: Table) -> int:
    return inside.connection.execute(select(func.count()).select_from(table)).scalar() or 0


def _probe(inside: Inside) -> bool:
    """Open the newest person: a key that is lost is noticed on the day, not when it is needed."""
    table = tables.people
    newest = inside.connection.execute(select(table.c.person).order_by(table.c.created.desc()).limit(1)).scalar()
    return newest is None or newest in store.identities(inside, [newest])
