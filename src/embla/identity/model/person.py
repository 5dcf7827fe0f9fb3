"""What the zone holds of a person, as values. Pure; `repr` shows no name and no number."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from embla.errors import BadInput, UsageError
from embla.identity.model.number import Number

PSEUDONYM: Final = re.compile(r"P[0-9A-Z]{16}")
PROJECT: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
MAX_NAME: Final = 200


@dataclass(frozen=True)
class Entry:
    """Somebody to be registered.

    born: the first of the birth month, for a replacement number, which does not tell it. person: the pseudonym that
    the house knows already, where the person was reported before the number was known.
    """

    number: Number
    name: str | None = field(default=None, repr=False)
    born: date | None = field(default=None, repr=False)
    person: str | None = None


@dataclass(frozen=True)
class Identity:
    """A person as the zone knows them. `numbers`: oldest first, the last is the present one; `names` likewise."""

    person: str
    numbers: tuple[Number, ...] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    born_month: date | None = field(default=None, repr=False)


def clean_name(text: str, *, path: str = "", line: int = 0) -> str | None:
    """A name in one form, None for an empty one. BadInput, which does not repeat it, for what is no name."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if len(name) > MAX_NAME or not name.isprintable():
        found = f"A name has at most {MAX_NAME} characters, all of them visible."
        raise BadInput(found, path=path, line=line, mend="Write it as it is spoken.")
    return name or None


def check_pseudonym(text: str) -> str:
    """The text if it has the form of a pseudonym."""
    if not PSEUDONYM.fullmatch(text):
        raise UsageError("This is no pseudonym.", mend="A pseudonym is P and 16 letters or digits.")
    return text


def check_project(text: str) -> str:
    """The text if it can name a project."""
    if not PROJECT.fullmatch(text):
        raise UsageError("This is no project id.", mend="2 to 64 of a-z 0-9 . _ -.")
    return text
