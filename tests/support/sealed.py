"""A file that was encrypted for the vault, opened whole, as what opens it while it arrives must open it."""

from embla.platform import House
from embla.vault import SEGMENTS, header_end, opener


def unsealed(house: House, data: bytes) -> bytes:
    """The plain bytes, segment by segment."""
    end = header_end(data, "x")
    opened = opener(house, data[: end or 0], "x")
    starts = range(end or 0, len(data), SEGMENTS[1])
    return b"".join(bytes(opened(data[at : at + SEGMENTS[1]], n)) for n, at in enumerate(starts))
