"""What genomes lost or gained over places, for who may read their calls: a caller of genes has to know of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from embla.genome import GRCH38, Region
from embla.policy import Action, Decision, prove
from embla.structural import store
from embla.structural.model.values import Kind, Rows, State, Type
from embla.structural.reading.breakends import place_of

if TYPE_CHECKING:
    from embla.platform import House, Wrapping
    from embla.registry import Genome

_KINDS: Final[tuple[Kind, ...]] = ("sv", "cnv")
_LOST_OR_GAINED: Final = (Type.DEL, Type.DUP)


@dataclass(frozen=True)
class Event:
    """A loss or gain of one genome: `pos` is the base before it and `end` its last, as VCF has them (1-based);
    `failed`: it did not pass its caller's filters."""

    contig: str
    pos: int
    end: int
    kind: str
    failed: bool


def events_over(house: "House", genome: "Genome", decision: Decision, regions: Sequence[Region]) -> list[Event]:
    """Of one genome. `decision`: to read its calls, allowed and in the log."""
    prove(house.database, decision, [Action.READ_CALLS], [f"genome:{genome.accession}"], room="structural")
    with house.database.reading() as connection:
        return _events(connection, house.wrapping, [genome], regions).get(genome.accession, [])


def events_of_all(
    house: "House", genomes: Sequence["Genome"], decision: Decision, regions: Sequence[Region]
) -> dict[str, list[Event]]:
    """Of many, by accession, for what the machine works out of all of them. `decision`: to operate."""
    prove(house.database, decision, [Action.OPERATE], ["database"], room="structural")
    with house.database.reading() as connection:
        return _events(connection, house.wrapping, genomes, regions)


def _events(
    connection: Connection, wrapping: "Wrapping", genomes: Sequence["Genome"], regions: Sequence[Region]
) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    by_name = {genome.accession: genome for genome in genomes}
    for kind in _KINDS:
        known, keys = store.looked_for(connection, wrapping, kind, by_name)
        names = sorted(known)
        places = {name: place for place, name in enumerate(names)}
        for contig, piece in sorted(_pieces(kind, regions)) if names else ():
            rows, who = store.read_piece(connection, kind, contig, piece, places, keys)
            name = GRCH38.contigs[contig].name
            own = [region for region in regions if GRCH38.contig(region.contig).name == name]
            for row, place in zip(rows, who.tolist(), strict=True):
                event = _event(row, name, own, by_name[names[place]].karyotype)
                if event is not None:
                    found.setdefault(names[place], []).append(event)
    return found


def _pieces(kind: Kind, regions: Iterable[Region]) -> set[tuple[int, int]]:
    wanted: set[tuple[int, int]] = set()
    for region in regions:
        contig = place_of(GRCH38.contig(region.contig))
        if kind == "cnv":
            wanted.add((contig, 0))
            continue
        first = max(0, region.start - store.LONG) // store.BIN
        wanted |= {(contig, piece) for piece in (store.FAR, *range(first, region.end // store.BIN + 1))}
    return wanted


def _event(row: Rows, contig: str, regions: Sequence[Region], karyotype: str | None) -> Event | None:
    """None for what is neither loss nor gain, was not called, or lies elsewhere; and for the only X of XY as one."""
    start, end = int(row["start"]), int(row["end"])
    if row["type"] not in _LOST_OR_GAINED or row["state"] == State.MISSING:
        return None
    if not any(start < region.end and end > region.start for region in regions):
        return None
    if contig in ("chrX", "chrY") and karyotype == "XY" and row["copies"] == 1:
        return None
    return Event(contig, start, end, Type(int(row["type"])).name, bool(row["state"] == State.FAILED))
