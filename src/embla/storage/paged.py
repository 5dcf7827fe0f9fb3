"""Bytes that are got a page at a time, when they are touched, and sliced as bytes are."""

from typing import ClassVar, overload


class Paged:
    """Indexed and sliced like bytes, without steps. Who inherits says how large a page is, and gets pages."""

    PAGE: ClassVar[int]
    _size: int

    def _pages(self, first: int, last: int) -> list[bytes]:
        """Pages first..last, both included; all but the very last one are full."""
        raise NotImplementedError

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> int: ...

    @overload
    def __getitem__(self, at: slice) -> bytes: ...

    def __getitem__(self, at: int | slice) -> int | bytes:
        if isinstance(at, int):
            if not -self._size <= at < self._size:
                raise IndexError(at)
            return self[at % self._size : at % self._size + 1][0]
        start, end, step = at.indices(self._size)
        if step != 1:
            raise ValueError("bytes that are got by pages are read without steps")
        if start >= end:
            return b""
        first, last = start // self.PAGE, (end - 1) // self.PAGE
        pages = self._pages(first, last)
        if first == last:
            return pages[0][start - first * self.PAGE : end - first * self.PAGE]
        pages[0] = pages[0][start - first * self.PAGE :]
        pages[-1] = pages[-1][: end - last * self.PAGE]
        return b"".join(pages)
