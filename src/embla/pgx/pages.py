"""The page of the treating clinician: what a patient's genome says about drugs, and what it does not."""

from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import NotFound
from embla.pgx import loading, open_pages
from embla.pgx.giving import evidence_for, profiles_for
from embla.pgx.retold import SHAPES
from embla.pgx.service import guidelines, tell_advice
from embla.pgx.store import passports_of
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
        newest = next(iter(passports_of(connection, known.person)), None) if known is not None else None
    name = known.key if known is not None else ""
    revoked = newest if newest is not None and newest.state == "revoked" else None
    _ = reader(request).translator.gettext
    shown = [(one, [tell_advice(one.genome.accession, line) for line in one.advice]) for one in profiles]
    crumbs = (Crumb(_("My cases"), "/cases"), Crumb(name, f"/case/{case}"), Crumb(_("Medicines")))
    return page(
        request, "pgx/medicines.html", private=True, profiles=shown, revoked=revoked, key=name, case=case, crumbs=crumbs
    )


@router.get("/case/{case}/medicines/gene/{gene}")
def one_gene(request: Request, case: str, gene: str) -> Response:
    """One gene with every position's evidence."""
    session = require_signed_in(request, "clinician")
    shown = evidence_for(request.app.state.house, session.actor, case, gene)
    return _page(request, "pgx/gene.html", case, gene, gene=gene, shown=shown)


@router.get("/case/{case}/medicines/drug/{drug}")
def one_drug(request: Request, case: str, drug: str) -> Response:
    """One drug: what each source says, and what it stands on."""
    session = require_signed_in(request, "clinician")
    profiles = profiles_for(request.app.state.house, session.actor, case)
    if not any(drug in one.drugs for one in guidelines()):
        raise NotFound("No guideline speaks of this drug.", mend="The page Medicines lists them.")
    shown = [
        {
            "profile": profile,
            "genes": [call.gene for call in profile.calls],
            "lines": [tell_advice(profile.genome.accession, line) for line in profile.advice if line.drug == drug],
        }
        for profile in profiles
    ]
    _, atc = loading.drug_codes().get(drug.lower(), (None, ()))
    return _page(request, "pgx/drug.html", case, drug, drug=drug, atc=atc, shown=shown)


def _page(request: Request, template: str, case: str, last: str, **more: Any) -> Response:
    house: House = request.app.state.house
    with house.database.reading() as connection:
        known = case_of(connection, case)
    name = known.key if known is not None else ""
    _ = reader(request).translator.gettext
    crumbs = (
        Crumb(_("My cases"), "/cases"), Crumb(name, f"/case/{case}"),
        Crumb(_("Medicines"), f"/case/{case}/medicines"), Crumb(last),
    )  # fmt: skip
    return page(request, template, private=True, key=name, case=case, crumbs=crumbs, **more)


router.include_router(open_pages.router)

__all__ = ["SHAPES", "TEMPLATES", "router"]
