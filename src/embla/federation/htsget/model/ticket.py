"""The ticket: addresses whose answers, one behind the other, are one file. Pure; htsget 1.3.1."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, Final

from embla.federation.slicing.regions import Stretch

# Addresses are bounded at some 3,800 letters; a region takes about 40 of them.
PER_ADDRESS: Final = 48
LARGEST_PIECE: Final = 256 << 20


def ticket(form: str, urls: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The answer's body."""
    return {"htsget": {"format": form, "urls": list(urls)}}


def url(address: str, cls: str = "") -> dict[str, Any]:
    """One address; with a class all have one, or none has."""
    return {"url": address, "class": cls} if cls else {"url": address}


def inline(data: bytes, cls: str = "") -> dict[str, Any]:
    """Bytes in the ticket itself; without a media type, which the compliance suite does not read."""
    return url("data:;base64," + b64encode(data).decode(), cls)


def groups(regions: Sequence[Stretch]) -> list[tuple[tuple[Stretch, ...], int]]:
    """Merged regions in groups that fit an address, each with the base before which its first contig was given."""
    found = []
    for start in range(0, len(regions), PER_ADDRESS):
        before = regions[start - 1] if start else None
        after = before.end if before is not None and before.contig == regions[start].contig else 0
        found.append((tuple(regions[start : start + PER_ADDRESS]), after))
    return found


def pieces(start: int, end: int) -> list[tuple[int, int]]:
    """A range of a file in pieces of at most 256 MB."""
    return [(at, min(at + LARGEST_PIECE, end)) for at in range(start, end, LARGEST_PIECE)]
