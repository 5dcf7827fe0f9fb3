"""The doors of this node."""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.federation.beacon import http as beacon
from embla.federation.beacon import sensitive
from embla.federation.catalogue import http as catalogue
from embla.federation.delivery import http as delivery
from embla.federation.drs import http as drs
from embla.federation.htsget import http as htsget
from embla.federation.network import http as network
from embla.federation.refget import http as refget

_FORMS: dict[str, Callable[[Request, int, str], Response]] = {
    htsget.PREFIX: htsget.refused,
    drs.PREFIX: drs.refused,
    delivery.PREFIX: delivery.refused,
}


def routers() -> tuple[APIRouter, ...]:
    """One for each standard that is spoken, and one for the bytes."""
    return (
        beacon.router, sensitive.router, network.router, catalogue.router, refget.router, htsget.router,
        drs.router, delivery.router,
    )  # fmt: skip


def refused(request: Request, status: int, message: str) -> Response | None:
    """A refusal in the words of the standard whose door was asked, for what no route of it answers; None elsewhere."""
    path = request.url.path
    return next((form(request, status, message) for prefix, form in _FORMS.items() if path.startswith(prefix)), None)
