"""A hospital's record system: what waits to be taken in, and the receipt. Nothing asked for stands in an address.

    POST /api/answers/waiting      {case}                             newest versions without a receipt, as FHIR bundles
    POST /api/answers/acknowledge  {case, answer, number, receipt}    the record system has it

`Authorization: Bearer ...` with a token of a clinician's account that treats. A receipt is not yet somebody's reading.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from embla.answers import answering, handing
from embla.platform.web import json_response, token_holder


class CaseAsked(BaseModel):
    """Whose answers."""

    model_config = ConfigDict(extra="forbid")
    case: Annotated[str, Field(max_length=40, description="The case in which the patient is treated.")]


class Receipt(CaseAsked):
    """Which version was taken in, and under which number."""

    answer: Annotated[str, Field(max_length=40)]
    number: Annotated[int, Field(ge=1, le=10_000)]
    receipt: Annotated[str, Field(max_length=200, description="The record system's own number.")]


router = APIRouter(prefix="/api/answers", tags=["answers"])


@router.post("/waiting", summary="Answers of a case that no record system has taken in")
def waiting(request: Request, asked: CaseAsked) -> Response:
    """Each with its number and as a bundle of FHIR R4 Genomics Reporting."""
    house, actor = request.app.state.house, token_holder(request)
    told = [
        {
            "answer": one.answer,
            "number": one.number,
            "status": one.content.status,
            "bundle": handing.told_as_fhir(house, one, asked.case),
        }
        for one in answering.waiting(house, actor, asked.case)
    ]
    return _private({"answers": told})


@router.post("/acknowledge", summary="A record system's receipt for an answer")
def acknowledge(request: Request, asked: Receipt) -> Response:
    """Again changes nothing: the first receipt stands."""
    house, actor = request.app.state.house, token_holder(request)
    one = answering.acknowledge(house, actor, asked.case, asked.answer, asked.number, asked.receipt)
    return _private({"answer": one.answer, "number": one.number, "receipt": one.receipt, "read": one.read is not None})


def _private(told: dict[str, Any]) -> Response:
    response = json_response(told)
    response.headers["Cache-Control"] = "no-store"
    return response
