"""Open answers as they were sent, kept for who asks the same next: a release never changes, so its bytes do not either.

Finding one asks neither database nor disk, and so needs no thread of its own; all else goes the long way. What is kept
may be shown to everybody: it went through `suppress` and out to somebody who did not sign in.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from fastapi.concurrency import run_in_threadpool
from starlette.requests import Request

from embla.frequency.leaving import overdue_known
from embla.frequency.releases import Release, Releases, threshold

if TYPE_CHECKING:
    from embla.platform import House

MOST: Final = 1024
_LONGEST: Final = 64 << 10
# What reads a question and names its allele, loaded once by a home: another one loaded is another answer.
_LOADED: Final = ("reference", "names", "effects")
Key = tuple[Release, frozenset[str], int, tuple[object, ...], str, str]
# An answer's bytes, and whether the same question has the same answer for as long as its key holds.
Made = tuple[bytes, bool]


class Bodies:
    """Bodies of one application, of the newest release, by the text that was asked; the oldest go first."""

    def __init__(self, house: "House") -> None:
        self.house = house
        self._bodies: dict[Key, bytes] = {}

    @classmethod
    def of(cls, request: Request) -> "Bodies":
        """Those of the application that answers."""
        state = request.app.state
        known = getattr(state, "frequency_bodies", None)
        if known is None or known.house is not state.house:
            known = state.frequency_bodies = cls(state.house)
        return cast("Bodies", known)

    async def told(self, form: str, text: str, release: str | None, make: Callable[[], Made]) -> bytes:
        """The kept body, else the one that `make` makes in a thread. `form`: which of the answers to one text."""
        key = self.key(form, text, release)
        kept = self.find(key)
        if kept is not None:
            return kept
        body, lasts = await run_in_threadpool(make)
        # Only where nothing was cut, withheld or loaded meanwhile.
        if lasts and key == self.key(form, text, release):
            self.keep(key, body)
        return body

    def key(self, form: str, text: str, release: str | None) -> Key | None:
        """What an answer to this text depends on now; None where that is not known without looking."""
        newest, late = Releases(self.house).fresh(), overdue_known(self.house)
        if newest is None or late is None or release not in (None, newest.info.number):
            return None
        loaded = tuple(self.house.at_hand(part) for part in _LOADED)
        return newest, late, threshold(self.house, newest), loaded, form, text

    def find(self, key: Key | None) -> bytes | None:
        """The body that was kept under this key."""
        return self._bodies.get(key) if key is not None else None

    def keep(self, key: Key | None, body: bytes) -> None:
        """Keep a body that was made while `key` held."""
        if key is None or len(body) > _LONGEST:
            return
        while len(self._bodies) >= MOST and key not in self._bodies:
            self._bodies.pop(next(iter(self._bodies)), None)
        self._bodies[key] = body
