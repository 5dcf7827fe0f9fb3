"""Two pseudonyms that turn out to be one person: what is left under the one goes to the other.

Genomes are not moved: laboratories correct their packages first, as only they know whose a tube was (decision 0011).
Once the one pseudonym has none, its numbers must lead to the other, or the next package and the opt-out register miss
the person.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Table, delete, select, update

from embla.errors import NotFound, Refused, UsageError
from embla.identity import move_numbers
from embla.platform import Actor, append_event, newest_events
from embla.policy import About, Action, permit
from embla.registry import tables
from embla.registry.assays import standing_assays
from embla.registry.consents import consents_of, keep_statement
from embla.registry.genomes import genomes_of_person, left_at
from embla.registry.persons import admit_person, opt_outs, person_exists, set_opt_out

if TYPE_CHECKING:
    from embla.platform import House

# Rows of genomes and assays stay as they were: they tell whose they were taken for.
_MOVED: Final = (tables.person_keys, tables.cases, tables.samples)


def join_persons(house: "House", actor: Actor, gone: str, kept: str) -> int:
    """From now on `gone` is `kept`: numbers, laboratories' keys, cases, standing opt-outs noted here, consents.

    How many numbers went over; again changes nothing.

    NotFound for a stranger. Refused while `gone` has genomes, and where one of the two withdrew and the other has some.
    """
    decision = permit(
        house.database, actor, Action.MANAGE_IDENTITY, purpose="operation", clock=house.clock, about=About()
    )
    if gone == kept:
        raise UsageError("These are one pseudonym already.", mend="Give the one to empty, then the one that stays.")
    with house.database.reading() as connection:
        _may_join(connection, gone, kept)
    # The zone first, as always: who dies in between does the same again.
    moved = move_numbers(house, decision, gone, kept)
    at = house.clock()
    with house.database.transaction() as connection:
        _may_join(connection, gone, kept)
        admit_person(connection, kept, at=at)
        for mark in opt_outs(connection, gone):
            if mark.until is None:
                set_opt_out(connection, kept, mark.kind, since=mark.since, by=actor, at=at)
        # What the register says under the other numbers is not known yet: no research until it was asked.
        asked = tables.outside_asked
        connection.execute(delete(asked).where(asked.c.person == kept))
        for noted in consents_of(connection, gone):
            statement = type(noted.statement)(**vars(noted.statement) | {"person": kept})
            keep_statement(connection, statement, by=actor, at=at, new_id=house.new_id)
        for table in _MOVED:
            _rename(connection, table, gone, kept)
        _join_families(connection, gone, kept)
        for person in (gone, kept):
            append_event(
                connection, at=at, actor=actor.id, kind="persons-joined", subject=f"person:{person}",
                body={"gone": gone, "kept": kept, "numbers": moved},
            )  # fmt: skip
    return moved


def joined_to(connection: Connection, person: str) -> str | None:
    """The pseudonym that stands for this one since the two were joined; None for one that stands for itself."""
    for event in newest_events(connection, kinds=["persons-joined"], subject=f"person:{person}").items:
        if event.body["gone"] == person:
            return str(event.body["kept"])
    return None


def left_under_any(connection: Connection, person: str) -> datetime | None:
    """When a person withdrew last, under this pseudonym or one that was joined to it."""
    joined = newest_events(connection, kinds=["persons-joined"], subject=f"person:{person}").items
    names = {person, *(str(event.body["gone"]) for event in joined)}
    return max((at for name in names if (at := left_at(connection, name)) is not None), default=None)


def _may_join(connection: Connection, gone: str, kept: str) -> None:
    for person in (gone, kept):
        if not person_exists(connection, person):
            raise NotFound("This pseudonym is not one of ours.", mend="`embla registry person LAB KEY` shows it.")
    if standing_assays(connection, person=gone):
        raise Refused(
            "The pseudonym to empty has genomes or files still.",
            mend="Have the laboratories correct their packages first, with the pseudonym that stays.",
        )
    if left_at(connection, gone) is not None and genomes_of_person(connection, kept):
        raise Refused(
            "The person withdrew under the one pseudonym and has genomes under the other.",
            mend="Take those out too (`embla registry withdraw`), then join the two.",
        )


def _rename(connection: Connection, table: Table, gone: str, kept: str) -> None:
    connection.execute(update(table).where(table.c.person == gone).values(person=kept))


def _join_families(connection: Connection, gone: str, kept: str) -> None:
    """Each place of the one is the other's, unless they have one there."""
    table = tables.family_members.c
    theirs = select(table.family).where(table.person == kept)
    connection.execute(delete(tables.family_members).where(table.person == gone, table.family.in_(theirs)))
    _rename(connection, tables.family_members, gone, kept)
