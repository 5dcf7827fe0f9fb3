"""What a check says: equal so many times, not run and why, or the first difference."""

from dataclasses import dataclass


class Differs(Exception):
    """A file that another tool reads differently from what the store answers."""


class NotHere(Exception):
    """A tool that is not on this machine; the text says how to get it."""


@dataclass(frozen=True)
class Equal:
    """A check that was made."""

    tool: str
    what: str
    compared: int

    def __str__(self) -> str:
        return f"{self.tool}: {self.what}: {self.compared:,} equal"


def same(what: str, found: object, wanted: object) -> None:
    """Raise Differs unless both are equal."""
    if found != wanted:
        raise Differs(f"{what}: read {found!r}, the store answers {wanted!r}")
