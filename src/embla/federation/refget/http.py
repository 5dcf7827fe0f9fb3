"""refget 2.0.0 over HTTP, open to everybody: a reference is no secret.

GET /refget/sequence/service-info      also at /refget/service-info
GET /refget/sequence/{id}              ?start=&end= (0-based half-open), or Range: bytes=
GET /refget/sequence/{id}/metadata
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from embla.federation.refget.model import ALGORITHMS, AUTHORITIES, Known, NotServed, Stretch, find, stretch
from embla.federation.refget.sequences import served
from embla.federation.service_info import DOORS, service_info
from embla.platform.web import json_response

if TYPE_CHECKING:
    from embla.reference import Reference

router = APIRouter(prefix="/refget", tags=["Reference sequences"])

VERSION: Final = DOORS["refget"]
PLAIN: Final = f"text/vnd.ga4gh.refget.v{VERSION}+plain; charset=us-ascii"
JSON: Final = f"application/vnd.ga4gh.refget.v{VERSION}+json; charset=us-ascii"
_VERSIONS: Final = (VERSION, "1.0.0")  # version 1's clients ask for their own, and get what they understand
_CHUNK: Final = 1 << 20
_ANY_ORIGIN: Final = {"Access-Control-Allow-Origin": "*"}


@router.get("/service-info")
@router.get("/sequence/service-info")
def describe(request: Request) -> Response:
    """What this service can do."""
    _wanted(request, "application", "json")
    refget = {
        "circular_supported": True,
        "algorithms": list(ALGORITHMS),
        "subsequence_limit": None,
        "identifier_types": list(AUTHORITIES),
        "supported_api_versions": ["2.0.0"],
    }
    # Version 1 had the same under another key.
    return _json(service_info(request.app.state.house, "refget") | {"refget": refget, "service": refget})


@router.get("/sequence/{name}")
def sequence(request: Request, name: str) -> Response:
    """The bases of a sequence, or a stretch of them."""
    _wanted(request, "text", "plain")
    reference: Reference = request.app.state.house.reference
    known = _known(request, name)
    query = request.query_params
    try:
        asked = stretch(known, query.get("start"), query.get("end"), request.headers.get("range"))
    except NotServed as error:
        raise _refused(error) from error
    headers = _ANY_ORIGIN | {"Content-Length": str(asked.length), "Cache-Control": "public, max-age=86400"}
    if asked.partial:
        (first, last), *_ = asked.pieces
        headers["Content-Range"] = f"bytes {first}-{last - 1}/{known.names.length}"
    else:
        headers["Accept-Ranges"] = "none" if "start" in query or "end" in query else "bytes"
    return StreamingResponse(
        _bases(reference, known, asked), 206 if asked.partial else 200, headers=headers, media_type=PLAIN
    )


@router.get("/sequence/{name}/metadata")
def metadata(request: Request, name: str) -> Response:
    """A sequence's length and every name that is known of it."""
    _wanted(request, "application", "json")
    known = _known(request, name)
    names = known.names
    told: dict[str, Any] = {
        "id": names.md5,
        "md5": names.md5,
        "ga4gh": f"ga4gh:{names.ga4gh}",
        "trunc512": names.trunc512,
        "length": names.length,
        "aliases": [alias._asdict() for alias in known.aliases],
    }
    return _json({"metadata": told})


def _bases(reference: "Reference", known: Known, asked: Stretch) -> Iterator[bytes]:
    for start, end in asked.pieces:
        for at in range(start, end, _CHUNK):
            yield reference.fetch(known.names.contig, at, min(at + _CHUNK, end)).encode("ascii")


def _known(request: Request, name: str) -> Known:
    known = find(name, served(request.app.state.house.reference))
    if known is None:
        raise HTTPException(404, "No sequence of this reference has that name.", headers=_ANY_ORIGIN)
    return known


def _wanted(request: Request, kind: str, form: str) -> None:
    """406 for a form that is not given. A client may degrade the type, or ask for a version."""
    own = {f"{kind}/vnd.ga4gh.refget.v{version}+{form}" for version in _VERSIONS} | {
        f"{kind}/{form}",
        f"{kind}/*",
        "*/*",
    }
    asked = request.headers.get("accept", "*/*")
    if not any(part.split(";")[0].strip().lower() in own for part in asked.split(",")):
        raise HTTPException(406, f"This is given as {kind}/{form} only.", headers=_ANY_ORIGIN)


def _refused(error: NotServed) -> HTTPException:
    return HTTPException(error.status, f"{error.message} {error.mend}".strip(), headers=_ANY_ORIGIN)


def _json(told: dict[str, Any]) -> Response:
    response = json_response(told)
    response.headers["content-type"] = JSON
    response.headers.update(_ANY_ORIGIN)
    return response
