"""What a request for a sequence means: its name, and the stretch that is asked for. Pure; refget specification 2.0.0.

Positions are 0-based half-open, but those of an HTTP Range, whose last byte is included.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from embla.errors import EmblaError
from embla.reference import SequenceNames

# The namespaces that a name may say it is from.
ALGORITHMS: Final = ("md5", "ga4gh", "trunc512")
AUTHORITIES: Final = {"refseq": "RefSeq", "ucsc": "UCSC"}
_HEX: Final = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{48}")
_WHOLE: Final = re.compile(r"[0-9]{1,10}")
_RANGE: Final = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})?")
MOST: Final = (1 << 32) - 1  # start and end are 32-bit unsigned integers


class NotServed(EmblaError):
    """A request that the specification gives a status of its own."""

    def __init__(self, status: int, message: str, mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self.status = status


class Alias(NamedTuple):
    """Another name, and who gives it."""

    alias: str
    naming_authority: str


class Known(NamedTuple):
    """A sequence that is served. `circular`: a stretch may run over its end."""

    names: SequenceNames
    circular: bool
    aliases: tuple[Alias, ...]


class Stretch(NamedTuple):
    """Pieces to give one after the other; `partial` where they answer a Range."""

    pieces: tuple[tuple[int, int], ...]
    partial: bool

    @property
    def length(self) -> int:
        """Bases."""
        return sum(end - start for start, end in self.pieces)


def find(asked: str, served: Sequence[Known]) -> Known | None:
    """The sequence with this name: an MD5, a GA4GH or a TRUNC512 digest, or another name with its namespace before it
    (`refseq:NC_000021.9`). Hexadecimal digits in any case."""
    space, _, name = asked.rpartition(":")
    space, name = space.lower(), name.lower() if _HEX.fullmatch(name) else name
    alias = Alias(name, AUTHORITIES.get(space, ""))
    for known in served:
        digests = {algorithm: getattr(known.names, algorithm) for algorithm in ALGORITHMS}
        if name in (digests.values() if not space else [digests.get(space)]) or alias in known.aliases:
            return known
    return None


def stretch(known: Known, start: str | None, end: str | None, ranged: str | None) -> Stretch:
    """What to give. Raises NotServed: 400 where the request makes no sense, 416 where there are no such bases."""
    length = known.names.length
    if ranged is not None:
        if start is not None or end is not None:
            raise NotServed(400, "A Range and start or end were given.", mend="Give one of them.")
        return _ranged(ranged, length)
    if start is None and end is None:
        return Stretch(((0, length),), partial=False)
    first, last = _number(start, 0), _number(end, length)
    if start is not None and end is None and first > length:
        raise NotServed(400, f"start is beyond the sequence, which has {length:,} bases.")
    if first > last and known.circular and first < length:
        return Stretch(((first, length), (0, last)), partial=False)
    if first > last or last > length or (first >= length and start is not None and end is not None and length > 0):
        raise NotServed(416, f"The sequence has {length:,} bases and none from {first:,} to {last:,}.")
    return Stretch(((first, last),), partial=False)


def _ranged(ranged: str, length: int) -> Stretch:
    read = _RANGE.fullmatch(ranged.strip())
    if read is None:
        raise NotServed(400, "That Range cannot be read.", mend="Write one range of bytes, as bytes=0-99.")
    first, last = int(read[1]), int(read[2]) if read[2] else length - 1
    if last < first or first >= length:
        raise NotServed(416, f"The sequence has {length:,} bases and none in this range.")
    return Stretch(((first, min(last + 1, length)),), partial=True)


def _number(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not _WHOLE.fullmatch(text) or int(text) > MOST:
        raise NotServed(400, "start and end are whole numbers from 0 on.")
    return int(text)
