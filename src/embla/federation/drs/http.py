"""DRS 1.5.0 over HTTP, at /ga4gh/drs/v1.

    GET POST OPTIONS  /objects/{id}            POST OPTIONS  /objects
    GET POST          /objects/{id}/access/{access_id}       POST  /objects/access
    GET               /service-info

`Authorization: Bearer ...` with a token of the account. An id is the SHA-256 of a file, or a genome's accession (a
bundle). An id that nobody has is 403, like one of somebody else's; 404 is for what is no id of ours.
"""

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import EmblaError
from embla.federation.cors import PUBLIC_KEY, origin_of, preflight
from embla.federation.delivery.http import status_of
from embla.federation.drs import model
from embla.federation.drs.answering import Desk, known
from embla.federation.drs.model import NotServed, accesses_of, ids_of, many, read_body
from embla.federation.service_info import service_info
from embla.platform.web import token_shown
from embla.vault import public_key_of

if TYPE_CHECKING:
    from embla.platform import House

PREFIX: Final = "/ga4gh/drs/"
router = APIRouter(prefix="/ga4gh/drs/v1", tags=["DRS"])
log = logging.getLogger("embla.federation")
T = TypeVar("T")
Answerer = Callable[[Desk], dict[str, Any]]


@router.get("/service-info", summary="What this service does")
def describe(request: Request) -> Response:
    """service-info, with the bound of bulk requests in both places that the standard has had for it."""
    own = {"maxBulkRequestLength": model.MOST}
    return _json(request, service_info(request.app.state.house, "drs") | own | {"drs": own})


@router.post("/objects/access", summary="Addresses of several objects")
async def accesses(request: Request) -> Response:
    """Each is decided by itself."""
    body, key = await _body(request), request.headers.get(PUBLIC_KEY, "")

    def answered(desk: Desk) -> dict[str, Any]:
        wanted = accesses_of(read_body(body))
        reader = _key(key)

        def one(item: tuple[str, str]) -> dict[str, Any]:
            found = desk.access(item[0], item[1], reader)
            return {"drs_object_id": item[0], "drs_access_id": item[1]} | found

        return _each(wanted, one, lambda item: item[0], "resolved_drs_object_access_urls")

    return await run_in_threadpool(_answer, request, answered)


@router.get("/objects/{identifier}", summary="An object")
def an_object(request: Request, identifier: str) -> Response:
    """A file, or a genome as a bundle."""
    return _answer(request, lambda desk: desk.object(identifier))


@router.post("/objects/{identifier}", summary="An object, asked for with a body")
async def object_of_body(request: Request, identifier: str) -> Response:
    """The same."""
    body = await _body(request)

    def answered(desk: Desk) -> dict[str, Any]:
        if not isinstance(read_body(body).get("expand", False), bool):
            raise NotServed(400, "expand is true or false.")
        return desk.object(identifier)

    return await run_in_threadpool(_answer, request, answered)


@router.post("/objects", summary="Several objects")
async def objects(request: Request) -> Response:
    """Each is decided by itself."""
    body = await _body(request)

    def answered(desk: Desk) -> dict[str, Any]:
        return _each(ids_of(read_body(body)), desk.object, str, "resolved_drs_object")

    return await run_in_threadpool(_answer, request, answered)


@router.get("/objects/{identifier}/access/{access_id}", summary="The address of an object's bytes")
def access(request: Request, identifier: str, access_id: str) -> Response:
    """For some minutes."""
    key = request.headers.get(PUBLIC_KEY, "")
    return _answer(request, lambda desk: desk.access(identifier, access_id, _key(key)))


@router.post("/objects/{identifier}/access/{access_id}", summary="The address, asked for with a body")
async def access_of_body(request: Request, identifier: str, access_id: str) -> Response:
    """The same."""
    body, key = await _body(request), request.headers.get(PUBLIC_KEY, "")

    def answered(desk: Desk) -> dict[str, Any]:
        read_body(body)
        return desk.access(identifier, access_id, _key(key))

    return await run_in_threadpool(_answer, request, answered)


@router.options("/objects/{identifier}", summary="How to show who asks for an object")
def ways(request: Request, identifier: str) -> Response:
    """The same for every id of ours, whether or not somebody has it."""
    if "access-control-request-method" in request.headers:
        return preflight(request, "GET, POST, OPTIONS")
    if not known(identifier):
        return refused(request, 404, "There is no object of that id.")
    return _json(request, model.authorizations(identifier))


@router.options("/objects", summary="How to show who asks for several objects")
async def ways_of_several(request: Request) -> Response:
    """The same for every id of ours."""
    if "access-control-request-method" in request.headers:
        return preflight(request, "POST, OPTIONS")
    try:
        ids = ids_of(read_body(await _body(request)))
    except NotServed as error:
        return refused(request, error.status, error.message)
    failed = [one for one in ids if not known(one)]
    found = [model.authorizations(one) for one in ids if known(one)]
    return _json(request, many(found, {404: failed} if failed else {}, "resolved_drs_object"))


@router.options("/objects/{identifier}/access/{access_id}", include_in_schema=False)
def before(request: Request, identifier: str, access_id: str) -> Response:
    """For pages of other origins."""
    return preflight(request, "GET, POST")


def refused(request: Request, status: int, message: str) -> Response:
    """An error as the standard has it; also for what is refused before a route is reached."""
    told = {"status_code": status, "msg": message or "This could not be answered."}
    return _json(request, told, status, {"WWW-Authenticate": "Bearer"} if status == 401 else {})


def _answer(request: Request, answered: Answerer) -> Response:
    house: House = request.app.state.house
    try:
        actor, token = token_shown(request)
        base = (house.settings.public_url or str(request.base_url)).rstrip("/")
        return _json(request, answered(Desk(house, actor, token, base)))
    except HTTPException as error:
        return refused(request, error.status_code, str(error.detail))
    except NotServed as error:
        return refused(request, error.status, error.message)
    except EmblaError as error:
        status = status_of(error)
        if status == 500:
            log.error("an object could not be told of", exc_info=True)
        return refused(request, status, str(error) if status < 500 else "")


def _each(
    wanted: "list[T]", one: "Callable[[T], dict[str, Any]]", name: "Callable[[T], str]", key: str
) -> dict[str, Any]:
    """Those that may be told of, and the ids of the others by status."""
    found, failed = [], dict[int, list[str]]()
    for item in wanted:
        try:
            found.append(one(item))
        except EmblaError as error:
            status = error.status if isinstance(error, NotServed) else status_of(error)
            failed.setdefault(status, []).append(name(item)[:200])
    if not found:
        # Nothing was told, so it is a refusal as for one object.
        status = 403 if 403 in failed else min(failed, default=400)
        raise NotServed(status, "None of these may be told of." if failed else "No object was named.")
    return many(found, failed, key)


def _key(text: str) -> bytes:
    return public_key_of(text) if text else b""


async def _body(request: Request) -> bytes:
    """What was sent, a byte more than may be at most."""
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > model.LARGEST_BODY:
            break
    return bytes(found[: model.LARGEST_BODY + 1])


def _json(request: Request, told: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        json.dumps(told), status, media_type="application/json",
        headers={"Cache-Control": "no-store, private"} | origin_of(request) | (headers or {}),
    )  # fmt: skip
