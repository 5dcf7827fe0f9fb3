"""People who left, for the data protection officer; what people decided; the registry leafed through. Used by
`embla.app` and by nothing else."""

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import NotFound
from embla.platform.web import Crumb, page, reader, require_signed_in
from embla.registry import browsing_pages, decision_pages
from embla.registry.erasing import erasures, find_erasure

router = APIRouter(include_in_schema=False)
router.include_router(decision_pages.router)
router.include_router(browsing_pages.router)
TEMPLATES = Path(__file__).parent / "templates"


@router.get("/erasures")
def listed(request: Request) -> Response:
    """Each by its number, its state, and its certificate."""
    session = require_signed_in(request, "dpo")
    _ = reader(request).translator.gettext
    found = erasures(request.app.state.house, session.actor)
    return page(
        request, "registry/erasures.html", private=True, found=found, crumbs=(Crumb(_("People who left")),)
    )  # fmt: skip


@router.get("/erasures/{identifier}.json")
def certificate(request: Request, identifier: str) -> Response:
    """The signed envelope as it is."""
    session = require_signed_in(request, "dpo")
    found = find_erasure(request.app.state.house, session.actor, identifier[:40])
    if not found.certificate:
        raise NotFound("This erasure has no certificate yet.", mend="It is made after the recount.")
    name = f'attachment; filename="embla-erasure-{found.id}.json"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(found.certificate + "\n", media_type="application/json", headers=headers)
