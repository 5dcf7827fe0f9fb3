"""A person's number in the civil registration system (CPR), or a replacement number. Pure; errors never repeat it.

DDMMYY and four more. The seventh digit and the year give the century. Modulus 11 is no test: numbers without it have
been issued since 1 October 2007 and are as good as any. A replacement number stands for somebody without a CPR number:
the day counted up by 60, or a letter among the last four.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from embla.errors import BadInput

Kind = Literal["cpr", "replacement"]
_SHAPE: Final = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})[- ]?([0-9A-Z]{4})")
_MEND: Final = "Write it as ten characters, DDMMYYXXXX, with or without a dash."


@dataclass(frozen=True)
class Number:
    """Ten characters without a dash. Neither `repr` nor `str` shows them; `text` does, inside the zone only.

    born: the birth date that a CPR number tells; None for a replacement number.
    """

    text: str = field(repr=False)
    kind: Kind
    born: date | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"a {self.kind} number"


def parse_number(text: str, *, path: str = "", line: int = 0) -> Number:
    """The number in a text. BadInput, which says where and never what, for one that cannot be."""
    found = _SHAPE.fullmatch(text.strip().upper())
    if found is None:
        raise BadInput("This is no CPR number and no replacement number.", path=path, line=line, mend=_MEND)
    day, month, year, rest = int(found[1]), int(found[2]), int(found[3]), found[4]
    if rest.isdigit() and day <= 31:
        born = _date(_century(int(rest[0]), year) + year, month, day)
        if born is None:
            raise BadInput("The first six digits of this number are no date.", path=path, line=line, mend=_MEND)
        return Number(found[1] + found[2] + found[3] + rest, "cpr", born)
    if day > 60:
        day -= 60
    if not any(_date(century + year, month, day) for century in (1800, 1900, 2000)):
        raise BadInput("This replacement number does not begin with a date.", path=path, line=line, mend=_MEND)
    return Number(found[1] + found[2] + found[3] + rest, "replacement")


def _century(seventh: int, year: int) -> int:
    """The CPR office's table: seventh digit 0-3 is 19xx; 4 and 9 are 2000-36 or 1937-99; 5-8 are 2000-57 or 1858-99."""
    if seventh <= 3:
        return 1900
    if seventh in (4, 9):
        return 2000 if year <= 36 else 1900
    return 2000 if year <= 57 else 1800


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
