"""What a check says: equal so many times and how long it took, not run and why, or the first difference."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter


class Differs(Exception):
    """A file that another tool reads differently from what the store answers."""


class NotHere(Exception):
    """A `tool` that is not on this machine; the text says how to get it."""

    def __init__(self, tool: str, why: str) -> None:
        super().__init__(why)
        self.tool = tool


@dataclass(frozen=True)
class Equal:
    """A check that was made: `tool` with its version, how many of `unit` were compared, in how many seconds."""

    tool: str
    what: str
    compared: int
    seconds: float = 0.0
    unit: str = "records"


def same(what: str, found: object, wanted: object) -> None:
    """Raise Differs unless both are equal."""
    if found != wanted:
        raise Differs(f"{what}: read {found!r}, the store answers {wanted!r}")


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """Seconds since the block began, whenever it is asked."""
    begun = perf_counter()
    yield lambda: perf_counter() - begun
