"""The operator's page of the node: how it stands, what others will miss, what is spent, refused and told."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.datasets import shown_data_sets, tombstones
from embla.errors import EmblaError
from embla.federation.operating import (
    LOOKED_THROUGH,
    Check,
    check_node,
    preview_of,
    refused_deliveries,
    status_of,
)
from embla.federation.purse import SHARES
from embla.platform import House
from embla.platform.web import Crumb, json_response, page, reader, require_signed_in
from embla.policy import Action, permit

router = APIRouter(include_in_schema=False)


@router.get("/node")
def node(request: Request) -> Response:
    """All of it on one page."""
    house = _permitted(request)
    told = _preview(house)
    return page(
        request, "federation/node.html", private=True, standing=status_of(house), checks=check_node(house),
        shown=shown_data_sets(house), gone=tombstones(house), refused=refused_deliveries(house),
        looked=LOOKED_THROUGH, shares=SHARES, language=reader(request).language,
        contigs=told["contigs"], budgets=told["budgets"],
        crumbs=(Crumb(reader(request).translator.gettext("The node"), "/node"),),
    )  # fmt: skip


@router.get("/node.json")
def node_json(request: Request) -> Response:
    """The same for programs."""
    house = _permitted(request)
    return json_response({
        "status": status_of(house), "checks": [_told(one) for one in check_node(house)],
        "refused_deliveries": refused_deliveries(house), **_preview(house),
    })  # fmt: skip


def _permitted(request: Request) -> House:
    house: House = request.app.state.house
    permit(house.database, require_signed_in(request).actor, Action.OPERATE, purpose="operation", clock=house.clock)
    return house


def _told(one: Check) -> dict[str, Any]:
    return {"check": one.name, "ok": one.ok, "told": one.told}


def _preview(house: House) -> dict[str, list[dict[str, Any]]]:
    """What the newest release tells; nothing before the first."""
    try:
        rows = list(preview_of(house))
    except EmblaError:
        rows = []
    return {"contigs": [row for row in rows if "contig" in row], "budgets": [row for row in rows if "budget" in row]}
