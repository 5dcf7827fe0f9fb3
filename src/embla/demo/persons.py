"""Made-up persons of the demo: numbers that nobody can have, and names that no register would write so.

A made-up number fails modulus 11 and lies on a date for which such numbers are not issued (those that are lie on dates
that ran out, as 1 January): so it is well-formed, and nobody's.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Final

from embla.identity import show_person
from embla.platform import OPERATOR, House, time_text
from embla.policy import About, Action, permit
from embla.registry import Partner, Statement, add_agreement, laboratories, note_consent

_WEIGHTS: Final = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_FIRST: Final = (
    "Asger", "Bodil", "Ditlev", "Else", "Frode", "Gudrun", "Hakon", "Inga", "Jeppe", "Karla", "Laurits", "Mathilde",
    "Niels", "Olga", "Peder", "Rigmor", "Sigurd", "Thyra", "Ulrik", "Viola",
)  # fmt: skip
_LAST: Final = ("Demosen", "Prøveby", "Opdigtet", "Modelgaard", "Eksempel", "Papirskov", "Tænktholm")
_CONSENTS: Final = 12
REGISTER: Final = "opt-out-register.json"


def passes_modulus_11(number: str) -> bool:
    """The old check of CPR numbers; nobody asks it any more."""
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=True)) % 11 == 0


def made_up_numbers(first: date = date(1961, 3, 14), serial: int = 1111) -> Iterator[str]:
    """Different numbers, a fortnight and a day apart, without end. `serial` has the century in its first digit."""
    day, century = first, serial // 1000 * 1000
    while True:
        number = f"{day:%d%m%y}{serial:04d}"
        if not passes_modulus_11(number) and (day.day, day.month) != (1, 1):
            yield number
        day += timedelta(days=15)
        serial = century + (serial + 37) % 1000
        if day.year > first.year + 37 or day.year == 2022:
            day = first


def made_up_names() -> Iterator[str]:
    """Names without end; after 140 they come again, as names do."""
    pairs = [f"{first} {last}" for last in _LAST for first in _FIRST]
    yield from cycle(pairs)


def write_register(house: House, persons: Sequence[str], path: Path) -> None:
    """What the authority of the opt-out register would deliver: some who opted out there, by number.

    It stands for a register outside, so it lies in the zone's folder: nothing else here may hold a number.
    """
    items = []
    for kind, person in zip(("genetic", "genetic", "tissue"), persons, strict=False):
        about = About(person=person)
        decision = permit(
            house.database, OPERATOR, Action.MANAGE_IDENTITY, purpose="operation", clock=house.clock, about=about
        )
        number = show_person(house, decision, person).numbers[-1]
        items.append({"number": number.text, "kind": kind, "since": "2025-05-05"})
    path.write_text(json.dumps({"as_of": time_text(house.clock()), "items": items}, indent=1), "utf-8")


def agree_on_reporting(house: House) -> None:
    """Each laboratory's data processing agreement about reporting: without one it may not send a genome."""
    with house.database.reading() as connection:
        known = laboratories(connection, on=house.clock().date())
    for number, laboratory in enumerate(known, 1):
        day = laboratory.valid_from
        add_agreement(
            house, OPERATOR, Partner(laboratory.id, laboratory.name, "DK"), flow="reporting",
            reference=f"DPA-{day.year}-{number}", drafted=day, signed=day,
        )  # fmt: skip


def note_decisions(house: House, persons: Sequence[str], now: datetime) -> int:
    """Consents as clinicians would note them, one withdrawn again; and two agreements. Gives how many consented."""
    day = now.date() - timedelta(days=20)
    chosen = persons[:_CONSENTS]
    for place, person in enumerate(chosen):
        findings = ("all", "actionable", "none")[place % 3]
        note_consent(house, OPERATOR, Statement(
            person, "general", "2.1", "given", day, findings, place % 4 != 3, True, True,  # type: ignore[arg-type]
        ))  # fmt: skip
    note_consent(house, OPERATOR, Statement(chosen[-1], "general", "2.1", "withdrawn", now.date() - timedelta(days=2)))
    add_agreement(
        house, OPERATOR, Partner("hospital-capital", "Hospital of the Capital", "DK"), flow="delivery",
        reference="DPA-2025-7", drafted=day, signed=day,
    )  # fmt: skip
    add_agreement(
        house, OPERATOR, Partner("institute-north", "Institute in the North", "SE"), flow="research",
        reference="DPA-2026-2", drafted=day,
    )  # fmt: skip
    return len(chosen)
