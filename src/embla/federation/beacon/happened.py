"""Structural variants and copy numbers of the newest release, as a Beacon asks for them. Past `suppress`: an event that
too few carry is not there.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from embla.errors import UsageError
from embla.federation.beacon.model.records import frequencies
from embla.federation.beacon.model.variants import Asked
from embla.federation.beacon.model.variants import Event as Place
from embla.frequency import StructuralEvent, open_structural
from embla.genome import GRCH38, Region
from embla.reference import SEQUENCES

if TYPE_CHECKING:
    from embla.genotypes import Count
    from embla.platform import House

_COPIES: Final = {"DEL": "LOSS", "DUP": "GAIN"}
# As Beacon says them: a copy-number caller's loss and gain are EFO's.
_TOLD: Final = {"LOSS": "EFO:0030067", "GAIN": "EFO:0030070"}
_ID: Final = re.compile(r"(chr[0-9A-Z]{1,2})[-:]([0-9]{1,10})[-_].{1,40}")


def happened(house: "House", asked: Asked, contig: str, start: int, end: int) -> list[StructuralEvent]:
    """Events that touch these bases (0-based half-open) and are meant."""
    if not asked.asks_events:
        return []
    return [one for one in _shown(house, contig, start, end) if asked.matches_event(place_of(one))]


def of_id(house: "House", identifier: str) -> list[StructuralEvent]:
    """The event of this id, or none."""
    match = _ID.fullmatch(identifier)
    known = GRCH38.find(match[1]) if match else None
    if match is None or known is None or not 0 < int(match[2]) <= known.length:
        return []
    around = max(int(match[2]) - 2, 0), min(int(match[2]) + 1, known.length)
    return [one for one in _shown(house, known.name, *around) if id_of(one) == identifier]


def is_event_id(identifier: str) -> bool:
    """Whether an id is one of an event, and not of an allele."""
    return bool(re.search(r"(-|_)(DEL|DUP|INV|INS(-[0-9]+)?|LOSS|GAIN|BND[+-]{2})$|-BND[+-]{2}$", identifier))


def id_of(one: StructuralEvent) -> str:
    """As people write it, with the kind that Beacon asks for, and without a slash, which would part an address."""
    kind = place_of(one).kind
    name = one.name.replace("/", "_")
    return f"{name.rpartition('-')[0]}-{kind}" if kind in _TOLD else name


def place_of(one: StructuralEvent) -> Place:
    """What `Asked` looks at."""
    cluster = one.cluster
    kind = _COPIES[cluster.type.name] if one.kind == "cnv" else cluster.type.name
    length = cluster.length if kind == "INS" else 0 if kind == "BND" else cluster.end - cluster.start
    return Place(kind, cluster.contig, cluster.mate or cluster.contig, cluster.starts, cluster.ends, length)


def record_of(
    one: StructuralEvent, populations: "Sequence[tuple[str, Count]]", *, source: str, reference: str, version: str
) -> dict[str, Any]:  # fmt: skip
    """One record, with the numbers that its reader is told: of the total alone, as groups of events are not open."""
    cluster, kind = one.cluster, place_of(one).kind
    # Of a breakend and an insertion the base that it stands behind.
    end = cluster.end if kind not in ("BND", "INS") else min(cluster.start + 1, GRCH38.contig(cluster.contig).length)
    told: dict[str, Any] = {
        "variantInternalId": id_of(one),
        "variation": {
            "variantType": _TOLD.get(kind, kind),
            # The schema wants bases: none are left of a loss, those of other events are not known.
            "alternateBases": "" if kind in ("DEL", "LOSS") else "N",
            "location": {
                "type": "SequenceLocation",
                "sequence_id": f"ga4gh:{SEQUENCES[cluster.contig]}",
                "interval": {
                    "type": "SequenceInterval",
                    "start": {"type": "Number", "value": cluster.start},
                    "end": {"type": "Number", "value": end},
                },
            },
        },
        "frequencyInPopulations": [frequencies(populations, source, reference, version)],
    }
    if kind == "BND":
        told["variantLevelData"] = {"info": {"mateName": cluster.mate, "mateStart": cluster.end}}
    return told


def _shown(house: "House", contig: str, start: int, end: int) -> Iterator[StructuralEvent]:
    if end <= start:
        raise UsageError("A range ends before it starts.")
    for one in open_structural(house, Region(contig, start, end), whole=True).events:
        if one.count.status == "observed" and one.count.ac:
            yield one
