"""A person's data sealed into a file, for a registered environment: one use case, for commands."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from embla.errors import NameTaken, NotFound
from embla.federation.delivery.deciding import decide
from embla.federation.delivery.giving import sealed_part, told
from embla.federation.delivery.model.part import Part, read_thing

if TYPE_CHECKING:
    from embla.platform import Actor, House


def seal_for(house: "House", actor: "Actor", identifier: str, fingerprint: str, out: Path) -> None:
    """Write a genome's calls (by accession) or a kept file (by SHA-256), sealed for the registered key of this SHA-256.

    A key that nobody registered is refused, and in the log, like any other decision. A file there is never overwritten.
    """
    thing = read_thing(identifier)
    if thing is None:
        raise NotFound("That is no id of a genome or of a file.", mend="Give EMBG and 11 digits, or 64 hex digits.")
    if out.exists():
        raise NameTaken(f"{out} is there already.", mend="Give a new name.")
    granted = decide(house, actor, thing, fingerprint if len(fingerprint) == 64 else "0" * 64)
    part = Part("whole", "VCF")
    if thing.kind == "file":
        part = Part("raw", "", 0, told(house, thing.id, granted.decision, granted.genomes).size)
    pieces = begun(sealed_part(house, actor, thing, part, granted))
    with out.open("xb") as file:
        for piece in pieces:
            file.write(piece)


def begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, the first of them read now: a fault must be an answer, not a broken stream or half a file."""
    first = next(pieces, b"")

    def rest() -> Iterator[bytes]:
        yield first
        yield from pieces

    return rest()
