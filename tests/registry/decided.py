"""What persons decided, as statements, and persons whom the zone and the registers know."""

from datetime import date
from itertools import islice
from typing import Any

from embla.identity import Entry, parse_number, register_persons
from embla.platform import OPERATOR, Actor, House
from embla.registry import Statement, admit_person, consents_of, in_force
from tests.support.homes import START
from tests.support.people import made_up_numbers

TODAY = START.date()
NUMBERS = list(islice(made_up_numbers(), 4))
TREATING = Actor("dr", frozenset({"clinician"}))


def given_on(person: str, day: date, **changes: Any) -> Statement:
    values: dict[str, Any] = {
        "form": "general", "version": "1.4", "says": "given", "secondary_findings": "actionable", "recontact": True,
    }  # fmt: skip
    return Statement(person=person, day=day, **(values | changes))


def withdrawn_on(person: str, day: date, **changes: Any) -> Statement:
    return given_on(person, day, says="withdrawn", secondary_findings=None, recontact=None, **changes)


def standing(house: House, person: str, on: date = TODAY, form: Any = "general") -> Statement | None:
    with house.database.reading() as connection:
        found = in_force(consents_of(connection, person), on, form)
    return None if found is None else found.statement


def registered(house: House, number: str = NUMBERS[0], **more: Any) -> str:
    """Somebody whom both the zone and the registers know."""
    (person,) = register_persons(house, OPERATOR, [Entry(parse_number(number), **more)], purpose="operation")
    with house.database.transaction() as connection:
        admit_person(connection, person, at=house.clock())
    return person
