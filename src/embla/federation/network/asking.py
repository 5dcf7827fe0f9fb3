"""Ask this node and every other that the settings name about one allele, within a time; who is late is named as silent.

Other nodes are programs of others: their answers are bounded in bytes and time, no redirect is followed, and nothing of
their words is passed on but numbers and ids. They are told the allele, and not who asks.
"""

import json
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from embla.disclosure import BudgetSpent
from embla.errors import BadInput, EmblaError, NotFound, Refused, UsageError
from embla.federation.beacon.answering import Door
from embla.federation.beacon.http import MOUNT
from embla.federation.beacon.model.envelope import answer
from embla.federation.beacon.model.request import Request
from embla.federation.network.model import Sum, Told, once_each, read_answer, summed
from embla.federation.network.reaching import MOST_PEERS, Clock, Line, Seats
from embla.frequency import normal_form
from embla.genome import GRCH38, Variant
from embla.platform import is_safe_address
from embla.reference import read_any

if TYPE_CHECKING:
    from embla.platform import House

_WHY: Final = {401: "asks who we are", 403: "asks who we are", 429: "its budget is spent"}
# Of this process, whoever asks.
_SEATS: Final = Seats()


@dataclass(frozen=True)
class Network:
    """What the nodes said of an allele. `answers`: this node first, then the others in the order of the settings."""

    variant: Variant
    answers: tuple[Told, ...]

    @property
    def total(self) -> Sum:
        """Over those that told."""
        return summed(self.answers)

    @property
    def partial(self) -> bool:
        """Whether a node gave no answer that could be read."""
        return any(one.state in ("silent", "unclear") for one in self.answers)

    @property
    def untold(self) -> list[str]:
        """Nodes where nobody carries it or too few to tell: not in the sum, and not zero."""
        return [one.node for one in self.answers if one.state == "untold"]


def peers_of(house: "House") -> tuple[str, ...]:
    """Addresses of the other nodes' Beacons. Raises UsageError for one that is not asked over https."""
    found = tuple(
        dict.fromkeys(text.strip().rstrip("/") for text in house.settings.node_peers.split(",") if text.strip())
    )
    if len(found) > MOST_PEERS or not all(is_safe_address(one) for one in found):
        raise UsageError(
            f"EMBLA_NODE_PEERS names at most {MOST_PEERS} Beacons by https.",
            mend="As https://node.example/beacon/aggregated/v2.",
        )
    return found


def ask_network(
    house: "House", reader: str, text: str, *, now: Clock = monotonic, seats: Seats | None = None
) -> Network:
    """Every node about one allele. `reader`: who asks this node, for its budget. Raises BadInput, UsageError, NotFound
    for what names no allele; BudgetSpent where this node may not tell more, and then no other is asked; Unavailable
    where so many readers ask that there is no turn, and then nothing is asked or paid. `seats`: threads for it."""
    named = read_any(text, house.names)
    if not isinstance(named, Variant):
        raise BadInput("That names a place, not an allele.", mend="Give an allele, as chr21-43774500-G-C.")
    variant, _ = normal_form(house, named)
    if not isinstance(variant, Variant):
        raise BadInput("That names no allele with bases.", mend="Give an allele, as chr21-43774500-G-C.")
    peers = peers_of(house)
    with (seats or _SEATS).taken(len(peers)) as taken:
        # First, or others could be asked through this node without end.
        own = _own(house, reader, variant)
        told = taken.ask([partial(_peer, one, variant) for one in peers], house.settings.node_peer_seconds, now)
    late = [
        one or Told(_host(address), address, "silent", why="late") for one, address in zip(told, peers, strict=True)
    ]
    return Network(variant, tuple(once_each([own, *late])))


def question(variant: Variant) -> dict[str, Any]:
    """The request that every node gets: a sequence question, at record granularity."""
    parameters = {
        "assemblyId": "GRCh38", "referenceName": GRCH38.contig(variant.contig).accession, "start": variant.pos - 1,
        "referenceBases": variant.ref, "alternateBases": variant.alt,
    }  # fmt: skip
    return {
        "meta": {"apiVersion": "2.0"},
        "query": {
            "requestParameters": parameters, "requestedGranularity": "record", "includeResultsetResponses": "HIT",
            "pagination": {"skip": 0, "limit": 10}, "filters": [],
        },
    }  # fmt: skip


def _own(house: "House", reader: str, variant: Variant) -> Told:
    """This node's Beacon, by the same words."""
    request = Request(parameters=question(variant)["query"]["requestParameters"], reader=reader)
    name = MOUNT.id_of(house)
    try:
        door = Door.open(house, test=False, reader=reader)
        said = answer(MOUNT.meta(house, request, "genomicVariant", door.most), request, [door.variants(request)])
    except BudgetSpent:
        raise
    except NotFound:
        return Told(name, "", "unclear", why="no release")
    except Refused:
        return Told(name, "", "unclear", why="withheld")
    return read_answer(said, variant, "", name)


def _peer(address: str, variant: Variant, line: Line) -> Told:
    """Never raises: a node that fails is one that does not answer."""
    host = _host(address)
    try:
        status, raw = line.post(f"{address}/g_variants", json.dumps(question(variant)).encode())
        if status != 200:
            return Told(host, address, "silent", why=_WHY.get(status, f"status {status}"))
        said = json.loads(raw)
    except TimeoutError:
        return Told(host, address, "silent", why="late")
    except (OSError, HTTPException):
        return Told(host, address, "silent", why="cannot be reached")
    except (ValueError, RecursionError):
        return Told(host, address, "unclear", why="form")
    except EmblaError:
        return Told(host, address, "unclear", why="too large")
    return read_answer(said, variant, address, host)


def _host(address: str) -> str:
    return urlsplit(address).netloc
