"""The refund line beside each of a laboratory's genomes: for the laboratory itself, and for nobody else's."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.governance.lines import RefundLine, refund_lines
from embla.platform.web import Crumb, csv_response, page, reader, require_signed_in

_PAGE: Final = 100

router = APIRouter(include_in_schema=False)


@router.get("/refunds")
def refunds(request: Request) -> Response:
    """The newest first, a hundred on a page."""
    lines = _lines(request)
    asked = request.query_params.get("from", "0")
    first = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 0
    _ = reader(request).translator.gettext
    crumbs = (Crumb(_("Submissions"), "/submissions"), Crumb(_("Refunds")))
    return page(
        request, "governance/laboratory.html", private=True, crumbs=crumbs, lines=lines[first : first + _PAGE],
        total=len(lines), after=first + _PAGE if first + _PAGE < len(lines) else None,
    )  # fmt: skip


@router.get("/refunds.csv")
def refunds_csv(request: Request) -> Response:
    """All of them for a spreadsheet."""
    rows = [
        (one.name, one.accepted.isoformat(), one.state, one.period or "", one.units, one.rate, one.amount,
         one.decision or "") for one in _lines(request)
    ]  # fmt: skip
    header = ("genome", "accepted", "state", "period", "units", "rate", "amount", "decision")
    response = csv_response("embla-refunds", header, rows)
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(request: Request) -> list[RefundLine]:
    session = require_signed_in(request, "lab")
    return refund_lines(request.app.state.house, session.actor)
