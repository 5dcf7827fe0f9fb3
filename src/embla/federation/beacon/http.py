"""The aggregated Beacon over HTTP, open to everybody: frequencies of the newest release, past `disclosure`.

    GET       /beacon/aggregated/v2/{,info,service-info,configuration,entry_types,map,filtering_terms}
    GET POST  /beacon/aggregated/v2/g_variants[/{id}]    /datasets[/{id}[/g_variants]]

A variant that too few carry is not told of at any granularity: `exists` alone would give it away.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request as Incoming
from starlette.responses import Response

from embla.datasets import released_set, releases_id, shown_data_set
from embla.errors import NotFound, UsageError
from embla.federation.beacon.answering import MADE_UP, Door
from embla.federation.beacon.happened import is_event_id
from embla.federation.beacon.introducing import Introduction, introduce
from embla.federation.beacon.model import framework
from embla.federation.beacon.model.catalogued import dataset_entry
from embla.federation.beacon.model.envelope import Found, answer, collections
from embla.federation.beacon.model.onward import catalogue, data_set_page, variant_page
from embla.federation.beacon.model.request import Request
from embla.federation.beacon.speaking import Answerer, Mount
from embla.frequency import Releases
from embla.platform import House

ROOT: Final = "/beacon/aggregated/v2"
router = APIRouter(prefix=ROOT, tags=["Beacon"])

_CORS: Final = {"Access-Control-Allow-Origin": "*"}
MOUNT: Final = Mount(ROOT, "beacon", "record", _CORS)
_PREFLIGHT: Final = _CORS | {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type, Accept",
    "Access-Control-Max-Age": "86400",
}
Endpoint = Callable[..., Awaitable[Response]]


def _entry(path: str) -> Callable[[Endpoint], Endpoint]:
    """A route for each method, as OpenAPI wants a name for each."""

    def added(endpoint: Endpoint) -> Endpoint:
        for method in ("GET", "POST", "OPTIONS"):
            router.add_api_route(
                path, endpoint, methods=[method], operation_id=f"beacon_{endpoint.__name__}_{method.lower()}",
                include_in_schema=method != "OPTIONS",
            )  # fmt: skip
        return endpoint

    return added


introduce(router, Introduction(MOUNT, framework.ENTRY_TYPES, framework.beacon_map, framework.filtering_terms))


@_entry("/g_variants")
async def variants(incoming: Incoming) -> Response:
    """Variants that match."""
    return await _entries(incoming, "genomicVariant", _variants)


@_entry("/g_variants/{identifier}")
async def variant(incoming: Incoming, identifier: str) -> Response:
    """One variant."""

    def answered(house: House, request: Request) -> dict[str, Any]:
        door = Door.open(house, test=request.test, reader=request.reader)
        found = door.one(identifier)
        if not found.total:
            raise NotFound("There is no variant of that id, or too few carry it to tell.")
        return _told(door, request, found)

    return await _entries(incoming, "genomicVariant", answered)


@_entry("/datasets")
async def datasets(incoming: Incoming) -> Response:
    """The data sets of this Beacon."""

    def answered(house: House, request: Request) -> dict[str, Any]:
        if request.filters or request.parameters:
            raise UsageError("Data sets are not searched here.", mend="Leave filters and parameters out.")
        entries = [_dataset(house, request)]
        first = request.skip * request.limit
        return collections(_meta(house, request, "dataset"), entries[first : first + request.limit], len(entries))

    return await _entries(incoming, "dataset", answered)


@_entry("/datasets/{identifier}")
async def dataset(incoming: Incoming, identifier: str) -> Response:
    """One data set."""

    def answered(house: House, request: Request) -> dict[str, Any]:
        _is_ours(house, request, identifier)
        return collections(_meta(house, request, "dataset"), [_dataset(house, request)], 1)

    return await _entries(incoming, "dataset", answered)


@_entry("/datasets/{identifier}/g_variants")
async def variants_of_dataset(incoming: Incoming, identifier: str) -> Response:
    """Variants that match, in one data set."""

    def answered(house: House, request: Request) -> dict[str, Any]:
        _is_ours(house, request, identifier)
        return _variants(house, request)

    return await _entries(incoming, "genomicVariant", answered)


def _variants(house: House, request: Request) -> dict[str, Any]:
    door = Door.open(house, test=request.test, reader=request.reader)
    return _told(door, request, door.variants(request))


def _told(door: Door, request: Request, found: Found) -> dict[str, Any]:
    if found.total and not request.test:
        own = [str(one["variantInternalId"]) for one in found.records] if found.total == 1 else []
        pages = [variant_page(request.site, name) for name in own if not is_event_id(name)]
        found = replace(found, handovers=(*pages, data_set_page(request.site, found.dataset)))
    told = answer(MOUNT.meta(door.house, request, "genomicVariant", door.most), request, [found])
    if found.handovers and told["meta"]["returnedGranularity"] == "record":
        told["beaconHandovers"] = [catalogue(request.site)]
    return told


def _meta(house: House, request: Request, entity: str) -> dict[str, Any]:
    return MOUNT.meta(house, request, entity, "record" if request.test else released_set(house).data.granularity)


def _dataset(house: House, request: Request) -> dict[str, Any]:
    if request.test:
        return {"id": f"{MADE_UP}-{releases_id(house)}", "name": "Alleles of nobody, for tests of clients"}
    newest = Releases(house).get().info
    one = shown_data_set(house, releases_id(house))
    told = dataset_entry(
        one,
        address=f"{house.settings.public_url.rstrip('/')}/catalogue/{one.data.id}",
        info={"people": newest.people, "release": newest.number, "digest": newest.digest},
    )
    return told | {"version": newest.number, "updateDateTime": newest.cut_at.isoformat()}


def _is_ours(house: House, request: Request, identifier: str) -> None:
    own = releases_id(house)
    if identifier != (f"{MADE_UP}-{own}" if request.test else own):
        raise NotFound("There is no data set of that id.", mend="/datasets lists those that there are.")


async def _entries(incoming: Incoming, entity: str, answered: Answerer) -> Response:
    if incoming.method == "OPTIONS":
        # Any page of any origin may ask.
        return Response(status_code=204, headers=_PREFLIGHT)
    return await MOUNT.entries(incoming, entity, answered)
