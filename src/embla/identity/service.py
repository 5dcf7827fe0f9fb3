"""What is done with identities: decided, and in the house's log by pseudonym before the answer leaves.

Looking up (`find_persons`, `show_person`, `project_pseudonyms`) takes a `Decision` from the door and proves it, as the
vault does; what writes into the zone asks itself.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from embla.errors import NotFound, Refused, UsageError
from embla.identity import store
from embla.identity.issued import REGISTERED, is_issued
from embla.identity.model.number import Number
from embla.identity.model.person import Entry, Identity, check_project, check_pseudonym
from embla.identity.zone import Inside, zone_of
from embla.platform import Actor, append_event
from embla.policy import About, Action, Decision, permit, prove

if TYPE_CHECKING:
    from embla.platform import House

MAX_BATCH = 10_000


def register_persons(
    house: "House", actor: Actor, entries: Sequence[Entry], *, purpose: str = "reporting"
) -> list[str]:
    """The pseudonym of each, in order; who is new gets a random one. Again changes nothing.

    A name that is given takes the place of the old, which is kept. Refused when a number is another person's than the
    entry says, or the birth date lies ahead.
    """
    _permit(house, actor, Action.REGISTER_IDENTITY, purpose, About(laboratory=actor.laboratory))
    _bounded(entries)
    zone, at = zone_of(house), house.clock()
    with zone.writing() as inside:
        found = store.find(inside, (entry.number for entry in entries))
        persons: list[str] = []
        for entry in entries:
            _not_ahead(entry.number, at.date())
            known = found.get(entry.number.text)
            persons.append(_entered(inside, entry, known, zone.new_id, at))
            found[entry.number.text] = persons[-1]
    with house.database.transaction() as connection:
        for person in dict.fromkeys(persons):
            kind = "identity-found" if is_issued(connection, person) else REGISTERED
            append_event(connection, at=at, actor=actor.id, kind=kind, subject=f"person:{person}", body=_why(purpose))
    return persons


def find_persons(house: "House", decision: Decision, numbers: Sequence[Number]) -> list[str | None]:
    """The pseudonym behind each number, in order; None for one that is not registered. Every look-up is logged.

    `decision`: LOOK_UP_IDENTITY, about the asking laboratory, or about the database where nobody's laboratory asks.
    """
    about = [decision.subject] if decision.subject.startswith("laboratory:") else [About().subject]
    prove(house.database, decision, [Action.LOOK_UP_IDENTITY], about, room="identity")
    _bounded(numbers)
    with zone_of(house).reading() as inside:
        found = store.find(inside, numbers)
    persons = [found.get(number.text) for number in numbers]
    with house.database.transaction() as connection:
        known = {person for person in persons if person is not None and is_issued(connection, person)}
        for person in dict.fromkeys(person for person in persons if person in known):
            append_event(
                connection, at=house.clock(), actor=decision.actor, kind="identity-found", subject=f"person:{person}",
                body=_why(decision.purpose),
            )  # fmt: skip
        if unknown := sum(person not in known for person in persons):
            append_event(
                connection, at=house.clock(), actor=decision.actor, kind="identity-not-found", subject="identity",
                body=_why(decision.purpose) | {"numbers": unknown},
            )  # fmt: skip
    return [person if person in known else None for person in persons]


def show_person(house: "House", decision: Decision, person: str) -> Identity:
    """Numbers and names behind a pseudonym: the one way back, for the keepers of the zone. NotFound for a stranger.

    `decision`: MANAGE_IDENTITY, about this person.
    """
    check_pseudonym(person)
    prove(house.database, decision, [Action.MANAGE_IDENTITY], [About(person=person).subject], room="identity")
    with zone_of(house).reading() as inside:
        found = store.identities(inside, [person]).get(person)
    if found is None:
        raise NotFound("The identity zone does not know this pseudonym.", mend="It may have been reported by key only.")
    return found


def add_alias(house: "House", actor: Actor, old: Number, new: Number, *, purpose: str = "operation") -> str:
    """The person of `old` has the number `new` from now on; all numbers of the chain find the same person.

    Again is no change. NotFound when `old` is nobody's, Refused when `new` is somebody else's.
    """
    _permit(house, actor, Action.MANAGE_IDENTITY, purpose, About())
    at = house.clock()
    _not_ahead(new, at.date())
    with zone_of(house).writing() as inside:
        found = store.find(inside, (old, new))
        person = found.get(old.text)
        if person is None:
            raise NotFound("The old number is not registered.", mend="`embla identity register` registers it.")
        other = found.get(new.text)
        if other not in (None, person):
            raise Refused(
                "The new number is registered for another pseudonym.",
                mend="If they are one person, have the laboratories correct one of them, then: embla registry join.",
                persons=(person, other),
            )
        if other is None:
            store.add_number(inside, person, new, at)
    _log(house, actor, "identity-alias-added", person, purpose, {"kind": new.kind, "new": other is None})
    return person


def move_numbers(house: "House", decision: Decision, gone: str, kept: str) -> int:
    """Every number of one pseudonym leads to another from now on. For `registry`, which decides and logs that two are
    one person; again moves none. `decision`: MANAGE_IDENTITY."""
    prove(house.database, decision, [Action.MANAGE_IDENTITY], [About().subject], room="identity")
    for person in (gone, kept):
        check_pseudonym(person)
    with zone_of(house).writing() as inside:
        return store.move_numbers(inside, gone, kept, house.clock()) if store.exists(inside, gone) else 0


def rename_person(house: "House", actor: Actor, number: Number, name: str, *, purpose: str = "operation") -> str:
    """The person of this number is called `name` from now on; the old name is kept behind it."""
    _permit(house, actor, Action.MANAGE_IDENTITY, purpose, About())
    with zone_of(house).writing() as inside:
        person = store.find(inside, [number]).get(number.text)
        if person is None:
            raise NotFound("This number is not registered.", mend="`embla identity register` registers it.")
        _named(inside, person, name)
    _log(house, actor, "identity-renamed", person, purpose)
    return person


def project_pseudonyms(house: "House", decision: Decision, project: str, persons: Sequence[str]) -> list[str]:
    """What a project calls each person, in order: R and 16 random letters or digits, the same every time.

    Two projects call one person differently, and without the zone nobody can tell that it is one. NotFound for a
    pseudonym that the house was never given. `decision`: GIVE_PROJECT_PSEUDONYM, about this project.
    """
    check_project(project)
    about = About(project=project).subject
    prove(house.database, decision, [Action.GIVE_PROJECT_PSEUDONYM], [about], room="identity")
    _bounded(persons)
    zone = zone_of(house)
    with zone.writing() as inside:
        made = []
        for person in persons:
            check_pseudonym(person)
            known = store.project_pseudonym(inside, project, person)
            if known is None:
                known = "R" + zone.new_id()
                store.add_project_pseudonym(inside, project, person, known)
            made.append(known)
    with house.database.transaction() as connection:
        body = _why(decision.purpose) | {"persons": len(set(persons))}
        append_event(
            connection, at=house.clock(), actor=decision.actor, kind="project-pseudonyms-given", subject=about,
            body=body,
        )  # fmt: skip
    return made


def _entered(inside: Inside, entry: Entry, known: str | None, new_id: Any, at: Any) -> str:
    if entry.person is not None:
        check_pseudonym(entry.person)
        if known not in (None, entry.person):
            raise Refused(
                "A number is registered for another pseudonym than the one given.", mend="Check who is meant."
            )
    person = known or entry.person or "P" + new_id()
    if known is None and not store.exists(inside, person):
        store.add_person(inside, person, [entry.name] if entry.name else [], entry.born, at)
    elif entry.name or entry.born:
        _named(inside, person, entry.name, entry.born)
    if known is None:
        store.add_number(inside, person, entry.number, at)
    return person


def _named(inside: Inside, person: str, name: str | None, born: date | None = None) -> None:
    """Put a name on top, where it is another one; a birth month where none is known."""
    now = store.identities(inside, [person])[person]
    names = now.names if name is None or name == (now.names or ("",))[-1] else (*now.names, name)
    month = now.born_month or born
    if (names, month) != (now.names, now.born_month):
        store.change_person(inside, person, names, month)


def _not_ahead(number: Number, today: date) -> None:
    # Today is told in UTC; east of it the next day has begun.
    if number.born is not None and number.born > today + timedelta(days=1):
        raise UsageError("The birth date in this number lies ahead.", mend="Check its first seven digits.")


def _bounded(items: Sequence[object]) -> None:
    if len(items) > MAX_BATCH:
        raise UsageError(f"{len(items):,} at once are too many.", mend=f"Give {MAX_BATCH:,} or fewer.")


def _permit(house: "House", actor: Actor, action: Action, purpose: str, about: About) -> None:
    permit(house.database, actor, action, purpose=purpose, clock=house.clock, about=about)


def _why(purpose: str) -> dict[str, Any]:
    return {"purpose": purpose}


def _log(
    house: "House", actor: Actor, kind: str, person: str, purpose: str, body: dict[str, Any] | None = None
) -> None:
    with house.database.transaction() as connection:
        append_event(
            connection, at=house.clock(), actor=actor.id, kind=kind, subject=f"person:{person}",
            body=_why(purpose) | (body or {}),
        )  # fmt: skip
