"""A hash worked out beside other work on the same bytes: hashing, the slowest step, lets go of the interpreter."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, Protocol

_BEHIND: Final = 4


class Digest(Protocol):
    """What `hashlib` makes."""

    def update(self, data: Any, /) -> None: ...
    def hexdigest(self) -> str: ...


class Beside:
    """Gives pieces to a digest in a thread, a few behind whoever takes them from the line."""

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        self._thread = ThreadPoolExecutor(1)
        self._behind: deque[Future[None]] = deque()

    def take(self, piece: bytes | bytearray | memoryview) -> None:
        """Hash this piece after those before it; nobody may change it any more. Waits where too many are behind, and
        raises what the digest raised."""
        self._behind.append(self._thread.submit(self._digest.update, piece))
        while len(self._behind) > _BEHIND:
            self._behind.popleft().result()

    def settle(self) -> None:
        """Wait until the digest has had them all."""
        while self._behind:
            self._behind.popleft().result()

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown()


def hashed(pieces: Iterable[bytes], digest: Digest) -> Iterator[bytes]:
    """The same pieces, while a thread gives them to `digest`, a few behind. It has had them all when the last is taken
    and this ends; what `digest` raises is raised here."""
    beside = Beside(digest)
    try:
        for piece in pieces:
            beside.take(piece)
            yield piece
        beside.settle()
    finally:
        beside.close()
