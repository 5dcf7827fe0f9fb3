"""The Beacon of Beacons: what this node and the others that it knows say of one allele, for accounts of this node.

    GET       /beacon/network/v2/{,info,service-info,configuration,entry_types,map,filtering_terms}
    GET POST  /beacon/network/v2/g_variants

One result set for each node, with its `beaconId`; `info.sum` is exact over those that told, and `info.nodes` names the
others. Only accounts of this node may ask, or anybody could spend its budget at the others.
"""

from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request as Incoming
from starlette.responses import Response

from embla import __version__
from embla.errors import UsageError
from embla.federation.beacon.model import framework
from embla.federation.beacon.model.envelope import Found, answer
from embla.federation.beacon.model.records import spelled
from embla.federation.beacon.model.request import Request
from embla.federation.beacon.model.variants import read_question
from embla.federation.beacon.speaking import Mount
from embla.federation.network.asking import ask_network
from embla.federation.network.model import Told, summed
from embla.federation.service_info import service_info
from embla.genome import Variant
from embla.platform import Actor, House
from embla.platform.web import require_signed_in, token_holder

MOUNT: Final = Mount("/beacon/network/v2", "network-beacon", "record")
KINDS: Final = {"genomicVariant": framework.ENTRY_TYPES["genomicVariant"]}
router = APIRouter(prefix=MOUNT.root, tags=["Beacon of Beacons"])


@router.get("/")
@router.get("")
@router.get("/info")
def information(incoming: Incoming) -> Response:
    """What this Beacon is."""
    house = _house(incoming)
    settings = house.settings
    organisation = {"id": settings.node_id, "name": settings.node_organisation, "welcomeUrl": settings.node_url}
    told = framework.information(
        MOUNT.id_of(house), f"{settings.node_name}: all nodes", organisation, __version__, _environment(house)
    )
    return MOUNT.informs(house, told | {"description": "What several nodes say of one allele, summed exactly."})


@router.get("/service-info")
def describe(incoming: Incoming) -> Response:
    """The same as every GA4GH service says it."""
    house = _house(incoming)
    told = service_info(house, "beacon")
    return MOUNT.json(told | {"id": MOUNT.id_of(house), "name": f"{house.settings.node_name}: Beacon of Beacons"})


@router.get("/configuration")
def configuration(incoming: Incoming) -> Response:
    """Entry types, how mature, how secured."""
    house = _house(incoming)
    told = framework.configuration(_environment(house), KINDS)
    told["securityAttributes"] = {"defaultGranularity": "record", "securityLevels": ["REGISTERED"]}
    return MOUNT.informs(house, told)


@router.get("/entry_types")
def entry_types(incoming: Incoming) -> Response:
    """What can be asked for."""
    return MOUNT.informs(_house(incoming), {"entryTypes": framework.entry_types(KINDS)})


@router.get("/map")
def addresses(incoming: Incoming) -> Response:
    """Every address."""
    house = _house(incoming)
    root = (house.settings.public_url or str(incoming.base_url)).rstrip("/") + MOUNT.root
    return MOUNT.informs(house, framework.network_map(root))


@router.get("/filtering_terms")
def filtering_terms(incoming: Incoming) -> Response:
    """Which filters are understood: none."""
    return MOUNT.informs(_house(incoming), {"filteringTerms": [], "resources": []})


@router.get("/g_variants", operation_id="network_variants_get")
@router.post("/g_variants", operation_id="network_variants_post")
async def variants(incoming: Incoming) -> Response:
    """One allele, as every node tells it."""
    return await MOUNT.entries(incoming, "genomicVariant", _answered, first=_asker)


def _asker(incoming: Incoming) -> Actor:
    return token_holder(incoming) if "authorization" in incoming.headers else require_signed_in(incoming).actor


def _answered(house: House, request: Request) -> dict[str, Any]:
    asked = read_question(request.parameters)
    text = asked.name or asked.spelled
    if not text or request.filters or request.test:
        raise UsageError(
            "All nodes are asked about one allele that is spelled out, without filters.",
            mend="Give referenceName, start, referenceBases and alternateBases.",
        )
    network = ask_network(house, request.reader, text)
    found = [
        Found(one.dataset, 1, [_record(network.variant, one)], beacon=one.node)
        for one in network.answers
        if one.state == "told"
    ]
    page = replace(request, skip=0)
    info: dict[str, Any] = {
        "sum": network.total.to_json(), "partial": network.partial, "nodes": [one.to_json() for one in network.answers],
    }  # fmt: skip
    if network.partial:
        info["warnings"] = ["Not every node answered: the sum is over those that did."]
    return answer(MOUNT.meta(house, request, "genomicVariant"), page, found, info=info)


def _record(variant: Variant, one: Told) -> dict[str, Any]:
    """One node's numbers, in words of our own: nothing of another's text is passed on but its names."""
    numbers = summed([one]).to_json()
    del numbers["nodes"]
    source = {
        "source": one.node, "sourceReference": one.address or one.node,
        "frequencies": [{"population": "Total", **numbers}],
    }  # fmt: skip
    return spelled(variant) | {"frequencyInPopulations": [source]}


def _environment(house: House) -> str:
    return "test" if house.settings.demo else "prod"


def _house(incoming: Incoming) -> House:
    house: House = incoming.app.state.house
    return house
