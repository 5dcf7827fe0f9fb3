"""A clinician's program: the profile of a case's patient. Nothing asked for stands in an address.

    POST /api/pgx/profile    {case}          calls of every gene and the advice for every drug, as JSON
    POST /api/pgx/medicines  {case, codes}   what must be done otherwise for medicines by ATC or RxNorm, as JSON

`Authorization: Bearer ...` with a token of the clinician's account. Each answer is in the log before its first byte.
"""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from embla.pgx import cds
from embla.pgx.giving import check_medicines, profiles_for
from embla.pgx.service import tell_checked
from embla.platform.web import json_response, token_holder


class ProfileAsked(BaseModel):
    """Whose profile: the patient of a case that one treats."""

    model_config = ConfigDict(extra="forbid")
    case: Annotated[str, Field(max_length=40, description="The case in which the patient is treated.")]


class MedicinesAsked(ProfileAsked):
    """Which medicines, of the same patient."""

    codes: Annotated[
        list[Annotated[str, Field(max_length=40)]], Field(max_length=500, description="ATC or RxNorm codes.")
    ]


router = APIRouter(prefix="/api/pgx", tags=["pgx"])


@router.post("/profile", summary="Pharmacogenetic profile of a case's patient")
def profile(request: Request, asked: ProfileAsked) -> Response:
    """Every gene with what was assessed, and CPIC's and DPWG's advice."""
    house, actor = request.app.state.house, token_holder(request)
    response = json_response({"profiles": [one.to_json() for one in profiles_for(house, actor, asked.case)]})
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/medicines", summary="A list of medicines against the patient's profile")
def medicines(request: Request, asked: MedicinesAsked) -> Response:
    """Actionable alerts only, what else the list itself changes, and which genes were not assessed."""
    house, actor = request.app.state.house, token_holder(request)
    found = check_medicines(house, actor, asked.case, asked.codes)
    told = [tell_checked(profile.genome.accession, checked) | {"event": profile.event} for profile, checked in found]
    response = json_response({"profiles": told})
    response.headers["Cache-Control"] = "no-store"
    return response


def routers() -> tuple[APIRouter, ...]:
    """The house's own API, and CDS Hooks."""
    return router, cds.router
