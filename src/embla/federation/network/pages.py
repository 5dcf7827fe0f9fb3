"""What several nodes say of one allele, as a page.

A question spends this reader's budget, and this node's at the others. So a mere link only fills it in: it is asked by
POST, with the form's token, and the allele stays out of the address.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.disclosure import BudgetSpent
from embla.errors import BadInput, UsageError
from embla.federation.network.asking import Network, ask_network, peers_of
from embla.federation.network.reaching import NoTurn
from embla.federation.purse import reader_of
from embla.platform import House
from embla.platform.web import Crumb, checked_form, page, reader, require_signed_in

router = APIRouter(include_in_schema=False)
_MOST = 2_000


@router.get("/network")
def network(request: Request) -> Response:
    """The form, filled in where the address names an allele. Nobody is asked."""
    require_signed_in(request)
    return _page(request, _text(request.query_params.get("variant")))


@router.post("/network")
def ask(request: Request, form: Annotated[FormData, Depends(checked_form)]) -> Response:
    """What each node tells of the allele, and the sum."""
    house: House = request.app.state.house
    require_signed_in(request)
    text = _text(form.get("variant"))
    if not text:
        return _page(request, "")
    try:
        return _page(request, text, found=ask_network(house, reader_of(request), text))
    except BudgetSpent:
        return _page(request, text, 429, spent=True)
    except NoTurn:
        return _page(request, text, 503, busy=True)
    except (BadInput, UsageError) as error:
        return _page(request, text, 400, fault=str(error))


def _page(
    request: Request, text: str, status: int = 200, *, found: Network | None = None, fault: str = "",
    spent: bool = False, busy: bool = False,
) -> Response:  # fmt: skip
    house: House = request.app.state.house
    return page(
        request, "federation/network.html", status=status, private=True,
        text=text, found=found, fault=fault, spent=spent, busy=busy, peers=peers_of(house),
        seconds=house.settings.node_peer_seconds,
        crumbs=(Crumb(reader(request).translator.gettext("All nodes"), "/network"),),
    )  # fmt: skip


def _text(given: object) -> str:
    return given.strip()[:_MOST] if isinstance(given, str) else ""
