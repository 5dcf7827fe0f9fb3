"""Open answers as they were sent, kept for who asks the same next: a release never changes, so its bytes do not either.

Finding one asks neither database nor disk, and so needs no thread of its own; all else goes the long way. What is kept
may be shown to everybody: it went through `suppress` and out to somebody who did not sign in.
"""

from typing import TYPE_CHECKING, Final

from embla.frequency.leaving import overdue_known
from embla.frequency.releases import Release, Releases, threshold

if TYPE_CHECKING:
    from embla.platform import House

MOST: Final = 1024
_LONGEST: Final = 64 << 10
Key = tuple[Release, frozenset[str], int, str]


class Bodies:
    """Bodies of one application, of the newest release, by the text that was asked; the oldest go first."""

    def __init__(self, house: "House") -> None:
        self._house = house
        self._bodies: dict[Key, bytes] = {}

    def key(self, text: str, release: str | None) -> Key | None:
        """What an answer to this text depends on now; None where that is not known without looking."""
        newest, late = Releases(self._house).fresh(), overdue_known(self._house)
        if newest is None or late is None or release not in (None, newest.info.number):
            return None
        return newest, late, threshold(self._house, newest), text

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
