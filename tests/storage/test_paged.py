"""Paged bytes slice as bytes do, wherever pages begin and end."""

from hypothesis import given
from hypothesis import strategies as st

from embla.storage.paged import Paged


class InMemory(Paged):
    """Pages cut from bytes at hand."""

    PAGE = 7

    def __init__(self, plain: bytes) -> None:
        self.plain, self._size = plain, len(plain)

    def _pages(self, first: int, last: int) -> list[bytes]:
        return [self.plain[n * self.PAGE : (n + 1) * self.PAGE] for n in range(first, last + 1)]


ENDS = st.none() | st.integers(-50, 50)


@given(plain=st.binary(max_size=40), start=ENDS, end=ENDS, at=st.integers(-50, 50))
def test_paged__is_sliced_and_indexed_like_bytes(plain: bytes, start: int | None, end: int | None, at: int) -> None:
    paged = InMemory(plain)

    assert (len(paged), paged[start:end]) == (len(plain), plain[start:end])
    assert _byte(paged, at) == _byte(plain, at)


def _byte(data: Paged | bytes, at: int) -> int | None:
    try:
        return data[at]
    except IndexError:
        return None
