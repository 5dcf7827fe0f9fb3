"""A hash worked out beside other work on the same bytes: hashing, the slowest step, lets go of the interpreter."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Protocol

_BEHIND: Final = 4


class Digest(Protocol):
    """What `hashlib` makes."""

    def update(self, data: bytes, /) -> None: ...


def hashed(pieces: Iterable[bytes], digest: Digest) -> Iterator[bytes]:
    """The same pieces, while a thread gives them to `digest`, a few behind. It has had them all when the last is taken
    and this ends; what `digest` raises is raised here."""
    with ThreadPoolExecutor(1) as hasher:
        behind: deque[Future[None]] = deque()
        for piece in pieces:
            behind.append(hasher.submit(digest.update, piece))
            yield piece
            while len(behind) > _BEHIND:
                behind.popleft().result()
        for last in behind:
            last.result()
