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

from embla.errors import UsageError
from embla.federation.beacon.introducing import Introduction, account_of, introduce
from embla.federation.beacon.model import framework
from embla.federation.beacon.model.envelope import Found, answer
from embla.federation.beacon.model.records import spelled
from embla.federation.beacon.model.request import Request
from embla.federation.beacon.model.variants import read_question
from embla.federation.beacon.speaking import Mount
from embla.federation.network.asking import ask_network
from embla.federation.network.model import Told, summed
from embla.genome import Variant
from embla.platform import House

MOUNT: Final = Mount("/beacon/network/v2", "network-beacon", "record")
KINDS: Final = {"genomicVariant": framework.ENTRY_TYPES["genomicVariant"]}
router = APIRouter(prefix=MOUNT.root, tags=["Beacon of Beacons"])
introduce(
    router,
    Introduction(
        MOUNT, KINDS, framework.network_map, lambda: {"filteringTerms": [], "resources": []}, "all nodes",
        "Beacon of Beacons", "What several nodes say of one allele, summed exactly.", "REGISTERED",
    ),
)  # fmt: skip


@router.get("/g_variants", operation_id="network_variants_get")
@router.post("/g_variants", operation_id="network_variants_post")
async def variants(incoming: Incoming) -> Response:
    """One allele, as every node tells it."""
    return await MOUNT.entries(incoming, "genomicVariant", _answered, first=account_of)


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
