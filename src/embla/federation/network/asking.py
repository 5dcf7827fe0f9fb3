"""Ask this node and every other that the settings name about one allele, within a time; who is late is named as silent.

Other nodes are programs of others: their answers are bounded in bytes and time, no redirect is followed, and nothing of
their words is passed on but numbers and ids. They are told the allele, and not who asks.
"""

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR
from threading import Timer
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
from embla.frequency import normal_form
from embla.genome import GRCH38, Variant
from embla.platform import is_safe_address
from embla.reference import read_any

if TYPE_CHECKING:
    from embla.platform import House

log = logging.getLogger("embla.federation")
MOST_PEERS: Final = 32
MOST_BYTES: Final = 1 << 20
_WHY: Final = {401: "asks who we are", 403: "asks who we are", 429: "its budget is spent"}
Clock = Callable[[], float]


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


def ask_network(house: "House", reader: str, text: str, *, now: Clock = monotonic) -> Network:
    """Every node about one allele. `reader`: who asks this node, for its budget. Raises BadInput, UsageError, NotFound
    for what names no allele; BudgetSpent where this node may not tell more, and then no other is asked."""
    named = read_any(text, house.names)
    if not isinstance(named, Variant):
        raise BadInput("That names a place, not an allele.", mend="Give an allele, as chr21-43774500-G-C.")
    variant, _ = normal_form(house, named)
    if not isinstance(variant, Variant):
        raise BadInput("That names no allele with bases.", mend="Give an allele, as chr21-43774500-G-C.")
    # Others could otherwise be asked through this node without end.
    own = _own(house, reader, variant)
    peers = peers_of(house)
    if not peers:
        return Network(variant, (own,))
    until = now() + house.settings.node_peer_seconds
    pool = ThreadPoolExecutor(max_workers=len(peers), thread_name_prefix="embla-peer")
    try:
        jobs = [pool.submit(_peer, one, variant, until, now) for one in peers]
        wait(jobs, timeout=max(until - now(), 0.0))
        found = [
            job.result() if job.done() else Told(_host(one), one, "silent", why="late")
            for one, job in zip(peers, jobs, strict=True)
        ]
    finally:
        # Whoever is still reading stops by itself when the time is over.
        pool.shutdown(wait=False, cancel_futures=True)
    return Network(variant, tuple(once_each([own, *found])))


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


def _peer(address: str, variant: Variant, until: float, now: Clock) -> Told:
    """Never raises: a node that fails is one that does not answer."""
    host = _host(address)
    try:
        status, raw = _post(f"{address}/g_variants", json.dumps(question(variant)).encode(), until, now)
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


def _post(url: str, body: bytes, until: float, now: Clock) -> tuple[int, bytes]:
    """Status and body of an answer. A sender of single bytes has the same time as any other."""
    parts = urlsplit(url)
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    link = make(parts.hostname or "", parts.port, timeout=_left(until, now))
    # Heads that come letter by letter renew the time of each reading: at the end of all time the line is cut.
    knife = Timer(_left(until, now), _cut, (link,))
    knife.daemon = True
    knife.start()
    try:
        link.request("POST", parts.path, body, {"Content-Type": "application/json", "Accept": "application/json"})
        assert link.sock is not None
        link.sock.settimeout(_left(until, now))
        answer, held = link.getresponse(), bytearray()
        while len(held) <= MOST_BYTES:
            if link.sock is not None:
                link.sock.settimeout(_left(until, now))
            piece = answer.read1(1 << 16)
            _left(until, now)
            if not piece:
                return answer.status, bytes(held)
            held += piece
        raise BadInput("The answer is too large.")
    except (OSError, HTTPException):
        _left(until, now)
        raise
    finally:
        knife.cancel()
        link.close()


def _cut(link: HTTPConnection) -> None:
    sock = link.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(SHUT_RDWR)


def _left(until: float, now: Clock) -> float:
    left = until - now()
    if left <= 0:
        raise TimeoutError
    return left


def _host(address: str) -> str:
    return urlsplit(address).netloc
