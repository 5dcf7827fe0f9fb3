"""Where the addresses of tickets lead: one part of one person's data, plain or sealed.

    GET /deliver/{capability}       Range: bytes=a-b for pieces of a file

The address tells nothing, and is followed without a token. The token for which it was made must still stand, and its
account may still do what was decided then: decided anew here, and in the log before the first byte.
"""

import re
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from embla.errors import BadInput, EmblaError, NotFound, NotPermitted, Unavailable
from embla.federation.cors import origin_of, preflight
from embla.federation.delivery.capabilities import opened
from embla.federation.delivery.deciding import decide
from embla.federation.delivery.giving import plain_part, sealed_part
from embla.federation.delivery.model.part import Part
from embla.federation.delivery.sending import begun
from embla.platform import actor_of_issued

if TYPE_CHECKING:
    from embla.platform import House

router = APIRouter(tags=["Delivery"])
PREFIX: Final = "/deliver/"
_RANGE: Final = re.compile(r"bytes=([0-9]{1,15})-([0-9]{1,15})?")
_PRIVATE: Final = {"Cache-Control": "no-store, private", "X-Robots-Tag": "noindex"}


@router.get("/deliver/{capability}", summary="One part of what a ticket names")
def deliver(request: Request, capability: str) -> Response:
    """Decided anew, then streamed."""
    try:
        return _given(request, capability)
    except EmblaError as error:
        return refused(request, status_of(error), str(error) if status_of(error) < 500 else "")


@router.options("/deliver/{capability}", include_in_schema=False)
def before(request: Request, capability: str) -> Response:
    """For pages of other origins."""
    return preflight(request, "GET")


def refused(request: Request, status: int, message: str) -> Response:
    """An error as a program reads it."""
    told = {"status": status, "message": message or "This could not be given."}
    return JSONResponse(told, status, headers=_PRIVATE | origin_of(request))


def status_of(error: EmblaError) -> int:
    """Of an error of our tree, at these doors."""
    for kind, status in ((NotPermitted, 403), (NotFound, 404), (BadInput, 400), (Unavailable, 503)):
        if isinstance(error, kind):
            return status
    return 500


def _given(request: Request, text: str) -> Response:
    house: House = request.app.state.house
    capability = opened(house.wrapping, text, house.clock())
    with house.database.reading() as connection:
        actor = actor_of_issued(connection, capability.token, at=house.clock())
    thing, part = capability.thing, capability.part
    granted = decide(house, actor, thing, capability.environment)
    if granted.dataset != capability.dataset:
        raise NotPermitted("This address is of another data set.", rule="capability.dataset", mend="Ask anew.")
    headers = _PRIVATE | origin_of(request) | {"Content-Disposition": "attachment"}
    status = 200
    if part.kind == "raw" and not capability.environment:
        part, status, more = _ranged(part, request.headers.get("range"))
        headers |= more
        if status == 416:
            return Response(status_code=416, headers=headers)
    give = sealed_part if capability.environment else plain_part
    pieces = begun(give(house, actor, thing, part, granted))
    return StreamingResponse(pieces, status, headers=headers, media_type="application/octet-stream")


def _ranged(part: Part, asked: str | None) -> tuple[Part, int, dict[str, Any]]:
    """The piece of a piece that a Range asks for; one that cannot be read is passed over, as HTTP has it."""
    size = part.end - part.start
    found = _RANGE.fullmatch(asked.strip()) if asked else None
    if found is None or (found[2] and int(found[2]) < int(found[1])):
        return part, 200, {"Accept-Ranges": "bytes", "Content-Length": str(size)}
    first, last = int(found[1]), min(int(found[2] or size), size - 1)
    if first > last:
        return part, 416, {"Content-Range": f"bytes */{size}"}
    told = {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)}
    return Part("raw", part.form, part.start + first, part.start + last + 1), 206, told
