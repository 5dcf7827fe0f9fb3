"""htsget 1.3.1 over HTTP: tickets for reads and variants.

    GET POST OPTIONS  /htsget/reads/{id}  /htsget/variants/{id}
    GET               /htsget/reads/service-info  /htsget/variants/service-info

`Authorization: Bearer ...` with a token of the account. An id is the SHA-256 of a file as it was sent, or (variants) a
genome's accession: its calls out of the cohort store. `fields`, `tags` and `notags` are read and not followed.
"""

import json
import logging
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import BadInput, EmblaError, NotFound, NotPermitted, Unavailable
from embla.federation.cors import PUBLIC_KEY, origin_of, preflight
from embla.federation.htsget.answering import FORMATS, Datatype, answer
from embla.federation.htsget.model.request import LARGEST_BODY, Asked, NotAnswered, from_body, from_query
from embla.federation.service_info import DOORS, service_info
from embla.platform.web import token_shown
from embla.vault import public_key_of

if TYPE_CHECKING:
    from embla.platform import House

router = APIRouter(prefix="/htsget", tags=["htsget"])
log = logging.getLogger("embla.federation")
TYPE: Final = f"application/vnd.ga4gh.htsget.v{DOORS['htsget']}+json; charset=utf-8"
PREFIX: Final = "/htsget/"
_ERRORS: Final = {
    400: "InvalidInput", 401: "InvalidAuthentication", 403: "PermissionDenied", 404: "NotFound", 405: "InvalidInput",
    429: "TooManyRequests", 503: "ServiceUnavailable",  # neither is the standard's
    413: "PayloadTooLarge", 414: "PayloadTooLarge", 422: "InvalidInput",
}  # fmt: skip


@router.get("/reads/service-info", summary="What the reads endpoint does")
def reads_info(request: Request) -> Response:
    """service-info, with htsget's own part."""
    return _info(request, "reads")


@router.get("/variants/service-info", summary="What the variants endpoint does")
def variants_info(request: Request) -> Response:
    """service-info, with htsget's own part."""
    return _info(request, "variants")


@router.get("/reads/{name:path}", summary="A ticket for reads")
def reads(request: Request, name: str) -> Response:
    """By region or whole."""
    return _asked(request, "reads", name, None)


@router.get("/variants/{name:path}", summary="A ticket for variants")
def variants(request: Request, name: str) -> Response:
    """By region or whole."""
    return _asked(request, "variants", name, None)


@router.post("/reads/{name:path}", summary="A ticket for reads of several regions")
async def reads_of(request: Request, name: str) -> Response:
    """Regions in the body."""
    return await run_in_threadpool(_asked, request, "reads", name, await _body(request))


@router.post("/variants/{name:path}", summary="A ticket for variants of several regions")
async def variants_of(request: Request, name: str) -> Response:
    """Regions in the body."""
    return await run_in_threadpool(_asked, request, "variants", name, await _body(request))


@router.options("/reads/{name:path}", include_in_schema=False)
@router.options("/variants/{name:path}", include_in_schema=False)
def before(request: Request, name: str) -> Response:
    """For pages of other origins."""
    return preflight(request, "GET, POST")


def refused(request: Request, status: int, message: str) -> Response:
    """An error as the standard has it; also for what is refused before a route is reached."""
    return _failed(request, status, _ERRORS.get(status, "InternalServerError"), message)


def _asked(request: Request, datatype: Datatype, name: str, body: bytes | None) -> Response:
    try:
        return _json(request, _ticket(request, datatype, name, body))
    except HTTPException as error:
        return refused(request, error.status_code, str(error.detail))
    except NotAnswered as error:
        return _failed(request, error.status, error.error, error.message)
    except NotPermitted as error:
        return refused(request, 403, str(error))
    except NotFound as error:
        return refused(request, 404, str(error))
    except BadInput as error:
        return _failed(request, 400, "InvalidInput", error.message)
    except EmblaError as error:
        log.error("a ticket failed", exc_info=True)
        return refused(request, 503 if isinstance(error, Unavailable) else 500, "")


def _ticket(request: Request, datatype: Datatype, name: str, body: bytes | None) -> dict[str, Any]:
    house: House = request.app.state.house
    actor, token = token_shown(request)
    query, formats = request.query_params.multi_items(), FORMATS[datatype]
    asked: Asked = from_query(query, formats) if body is None else from_body(body, query, formats)
    shown = request.headers.get(PUBLIC_KEY, "")
    key = public_key_of(shown) if shown and asked.sealed else b""
    base = (house.settings.public_url or str(request.base_url)).rstrip("/")
    return answer(house, actor, token, base, datatype, name, asked, key)


async def _body(request: Request) -> bytes:
    """What was sent, a byte more than may be at most."""
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > LARGEST_BODY:
            break
    return bytes(found[: LARGEST_BODY + 1])


def _info(request: Request, datatype: Datatype) -> Response:
    told = service_info(request.app.state.house, "htsget")
    own = {
        "datatype": datatype,
        "formats": list(FORMATS[datatype]),
        "fieldsParameterEffective": False,
        "tagsParametersEffective": False,
    }
    told["id"] = f"{told['id']}.{datatype}"
    response = _json(request, told | {"htsget": own})
    response.headers["content-type"] = "application/json"
    return response


def _failed(request: Request, status: int, error: str, message: str) -> Response:
    told = {"htsget": {"error": error, "message": message or "This could not be answered."}}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return _json(request, told, status, headers)


def _json(request: Request, told: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        json.dumps(told), status, media_type=TYPE,
        headers={"Cache-Control": "no-store, private"} | origin_of(request) | (headers or {}),
    )  # fmt: skip
