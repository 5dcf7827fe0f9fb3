"""Tables of persons as text: number, and where given name, birth month and pseudonym. Errors name the line only."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from embla.errors import BadInput
from embla.identity.model.number import Number, parse_number
from embla.identity.model.person import Entry, clean_name


def read_entries(lines: Iterable[str], *, path: str = "") -> list[Entry]:
    """One person a line: NUMBER, NAME, BORN (2011-03), separated by tabs; empty lines and # are passed over."""
    return [_entry(parts, path, number) for number, parts in _lines(lines)]


def read_numbers(lines: Iterable[str], *, path: str = "") -> list[Number]:
    """One number a line."""
    return [parse_number(parts[0], path=path, line=number) for number, parts in _lines(lines)]


def read_pairs(lines: Iterable[str], *, path: str = "", second: str) -> list[tuple[Number, str]]:
    """One pair a line: a number, a tab, and what `second` names."""
    pairs = []
    for number, parts in _lines(lines):
        if len(parts) != 2 or not parts[1]:
            raise BadInput(f"A line here is NUMBER, a tab, {second}.", path=path, line=number)
        pairs.append((parse_number(parts[0], path=path, line=number), parts[1]))
    return pairs


def born_month(text: str, *, path: str = "", line: int = 0) -> date | None:
    """The first of the month that "2011-03" names, None for nothing."""
    if not text:
        return None
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
            raise ValueError
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadInput("This birth month is none.", path=path, line=line, mend="Write it as 2011-03.") from None


def _entry(parts: list[str], path: str, line: int) -> Entry:
    number, name, born, *more = [*parts, "", ""][: max(3, len(parts))]
    if more:
        raise BadInput("A line here is NUMBER, NAME, BORN, separated by tabs.", path=path, line=line)
    parsed = parse_number(number, path=path, line=line)
    return Entry(parsed, clean_name(name, path=path, line=line), born_month(born, path=path, line=line))


def _lines(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines, 1):
        text = line.strip("\r\n").lstrip("\ufeff")
        if text.strip() and not text.startswith("#"):
            yield number, [part.strip() for part in text.split("\t")]
