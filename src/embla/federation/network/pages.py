"""What several nodes say of one allele, as a page."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.disclosure import BudgetSpent
from embla.errors import BadInput, UsageError
from embla.federation.network.asking import ask_network, peers_of
from embla.federation.purse import reader_of
from embla.platform import House
from embla.platform.web import Crumb, page, reader, require_signed_in

router = APIRouter(include_in_schema=False)
_MOST = 2_000


@router.get("/network")
def network(request: Request) -> Response:
    """A form; with an allele, what each node tells, and the sum."""
    house: House = request.app.state.house
    require_signed_in(request)
    text = request.query_params.get("variant", "").strip()[:_MOST]
    found, fault, spent = None, "", False
    if text:
        try:
            found = ask_network(house, reader_of(request), text)
        except BudgetSpent:
            spent = True
        except (BadInput, UsageError) as error:
            fault = str(error)
    return page(
        request, "federation/network.html", status=400 if fault else 429 if spent else 200, private=True,
        text=text, found=found, fault=fault, spent=spent, peers=peers_of(house),
        seconds=house.settings.node_peer_seconds,
        crumbs=(Crumb(reader(request).translator.gettext("All nodes"), "/network"),),
    )  # fmt: skip
