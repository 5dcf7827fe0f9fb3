"""An object in a bucket, sliced like bytes: what a reader touches is fetched, and nothing else."""

from itertools import count
from typing import Final

from embla.storage.blocks import BLOCK, Blocks
from embla.storage.bucket import Bucket
from embla.storage.paged import Paged

_OPENED: Final = count()
_AHEAD: Final = 8  # blocks that a reader who walks from one to the next gets at once


class Ranged(Paged):
    """Bytes of an object that never changes, by ranges. Safe between threads.

    Raises NotFound where the object is gone (it was swept while somebody read it), Unavailable where the bucket is.
    """

    PAGE = BLOCK

    def __init__(
        self, bucket: Bucket, name: str, blocks: Blocks, *, size: int | None = None, content: str = ""
    ) -> None:
        """`content`: the SHA-256 that the name promises, "" where there is none; then nothing is kept on the disk."""
        self._bucket, self._name, self._blocks, self._content = bucket, name, blocks, content
        # Without a digest other bytes may lie under the name next time: memory then knows this opening, not the name.
        self._known = name if content else f"{name}#{next(_OPENED)}"
        self._size = bucket.size(name) if size is None else size
        self._last = -2

    def _pages(self, first: int, last: int) -> list[bytes]:
        """Blocks first..last (both included); missing neighbours come in one request."""
        blocks: dict[int, bytes | None] = {
            n: self._blocks.find(self._known, n, self._content) for n in range(first, last + 1)
        }
        missing = [n for n, block in blocks.items() if block is None]
        if missing:
            stop = missing[-1] + 1
            if first == self._last + 1:
                stop = min(stop + _AHEAD - 1, -(-self._size // self.PAGE))
            blocks |= self._fetched(missing[0], stop)
        self._last = last
        return [held for n in range(first, last + 1) if (held := blocks[n]) is not None]

    def _fetched(self, first: int, stop: int) -> dict[int, bytes]:
        start, end = first * self.PAGE, min(stop * self.PAGE, self._size)
        data = self._bucket.read_within(self._name, start, end - start)
        out = {}
        for n in range(first, stop):
            block = data[(n - first) * self.PAGE : (n - first + 1) * self.PAGE]
            self._blocks.keep(self._known, n, self._content, block)
            out[n] = block
        return out
