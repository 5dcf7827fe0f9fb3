"""Made-up persons: numbers that nobody can have, and names to look for.

A made-up number fails modulus 11 and lies on a date for which such numbers are not issued (those that are lie on dates
that ran out, as 1 January): so it is well-formed, and nobody's.
"""

from collections.abc import Iterator
from datetime import date, timedelta

WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def passes_modulus_11(number: str) -> bool:
    """The old check, kept here to show that nobody asks it."""
    return sum(weight * int(digit) for weight, digit in zip(WEIGHTS, number, strict=True)) % 11 == 0


def made_up_numbers(first: date = date(1961, 3, 14)) -> Iterator[str]:
    """Different numbers, a fortnight and a day apart, without end."""
    day, serial = first, 1111
    while True:
        number = f"{day:%d%m%y}{serial:04d}"
        if not passes_modulus_11(number) and (day.day, day.month) != (1, 1):
            yield number
        day += timedelta(days=15)
        serial = 1000 + (serial + 37) % 2900
        if day.year > 1998:
            day = first


FIRST = ("Asbjørn", "Bodil", "Cæcilie", "Ditlev", "Embla", "Frode", "Gudrun", "Hjalmar", "Ingeborg", "Jokum")
LAST = ("Kvistgren", "Lundtofte", "Mosedal", "Nørreskov", "Ørnholt")


def made_up_names() -> Iterator[str]:
    """Fifty names that occur nowhere else in the house."""
    for last in LAST:
        for first in FIRST:
            yield f"{first} Zz{last.lower()}"
