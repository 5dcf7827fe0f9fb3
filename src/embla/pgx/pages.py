"""The page of the treating clinician: what a patient's genome says about drugs, and what it does not."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.pgx.giving import profiles_for
from embla.pgx.service import tell_advice
from embla.platform import House
from embla.platform.web import Crumb, page, reader, require_signed_in
from embla.registry import case_of

TEMPLATES: Final = Path(__file__).parent / "templates"
router = APIRouter(include_in_schema=False)


@router.get("/case/{case}/medicines")
def medicines(request: Request, case: str) -> Response:
    """Genes, phenotypes and advice for the patient of a case; the look is in the log of the person."""
    session = require_signed_in(request, "clinician")
    house: House = request.app.state.house
    profiles = profiles_for(house, session.actor, case)
    with house.database.reading() as connection:
        known = case_of(connection, case)
    name = known.key if known is not None else ""
    _ = reader(request).translator.gettext
    shown = [(one, [tell_advice(one.genome.accession, line) for line in one.advice]) for one in profiles]
    crumbs = (Crumb(_("My cases"), "/cases"), Crumb(name, f"/case/{case}"), Crumb(_("Medicines")))
    return page(request, "pgx/medicines.html", private=True, profiles=shown, key=name, case=case, crumbs=crumbs)
