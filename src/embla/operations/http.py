"""`/metrics` for a monitoring system on this machine, or one that brings a token."""

import hmac

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import NotPermitted
from embla.platform import is_this_machine

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Figures in Prometheus' text form."""
    house = request.app.state.house
    token = house.settings.metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    known = bool(token) and hmac.compare_digest(given.encode(), token.encode())
    if not known and not (request.client and is_this_machine(request.client.host) and not _forwarded(request)):
        raise NotPermitted(
            "Figures are for a monitoring system.", rule="metrics.token", mend="Send the token of EMBLA_METRICS_TOKEN."
        )
    return Response(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _forwarded(request: Request) -> bool:
    """A proxy on this machine speaks for the world: its requests are not from here."""
    return "x-forwarded-for" in request.headers or "forwarded" in request.headers
