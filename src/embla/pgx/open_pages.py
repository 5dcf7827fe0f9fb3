"""How common phenotypes and drugs that are used otherwise are, as published: for everybody, on a page and as JSON."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.pgx.counting import published_frequencies
from embla.platform import House
from embla.platform.web import Crumb, json_response, page, reader

router = APIRouter(include_in_schema=False)


@router.get("/medicines")
def frequencies(request: Request) -> Response:
    """The newest table that was worked out; nothing is counted when somebody looks."""
    _ = reader(request).translator.gettext
    told = _told(request)
    return page(request, "pgx/frequencies.html", told=told, crumbs=(Crumb(_("Medicines in the nation")),))


@router.get("/medicines.json")
def frequencies_json(request: Request) -> Response:
    """The same for programs; an empty object before the first."""
    return json_response(_told(request) or {})


def _told(request: Request) -> dict[str, Any] | None:
    house: House = request.app.state.house
    return published_frequencies(house)
