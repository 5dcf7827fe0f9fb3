"""A clinician's program: the profile of a case's patient. Nothing asked for stands in an address.

    POST /api/pgx/profile  {case}     calls of every gene and the advice for every drug, as JSON

`Authorization: Bearer ...` with a token of the clinician's account. Each answer is in the log before its first byte.
"""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from embla.errors import NotPermitted
from embla.pgx.giving import profiles_for
from embla.platform import actor_of_token
from embla.platform.web import json_response


class ProfileAsked(BaseModel):
    """Whose profile: the patient of a case that one treats."""

    model_config = ConfigDict(extra="forbid")
    case: Annotated[str, Field(max_length=40, description="The case in which the patient is treated.")]


router = APIRouter(prefix="/api/pgx", tags=["pgx"])


@router.post("/profile", summary="Pharmacogenetic profile of a case's patient")
def profile(request: Request, asked: ProfileAsked) -> Response:
    """Every gene with what was assessed, and CPIC's and DPWG's advice."""
    house: Any = request.app.state.house
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer" or not token:
            raise NotPermitted("No token.", rule="token")
        with house.database.reading() as connection:
            actor = actor_of_token(connection, token.strip(), at=house.clock())
    except NotPermitted:
        raise HTTPException(
            401, "Show a valid token: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"}
        ) from None
    response = json_response({"profiles": [one.to_json() for one in profiles_for(house, actor, asked.case)]})
    response.headers["Cache-Control"] = "no-store"
    return response
