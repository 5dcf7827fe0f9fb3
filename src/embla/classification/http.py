"""Classifications for a laboratory's own system: what is shared, drafts, signatures, withdrawals, and the arithmetic.

    GET  /api/classifications?variant=TEXT    what laboratories share about an allele, written in any way
    GET  /api/classifications/own             a laboratory's own, newest first, page by page
    POST /api/classifications                 a draft, with its criteria; another account of the laboratory signs it
    POST /api/classifications/{id}/sign       {expected, verdict}
    POST /api/classifications/{id}/withdraw   {reason}
    POST /api/acmg                            {criteria: ["PVS1", "PM2_Supporting"]}

`Authorization: Bearer ...` with an account's token; without one the first tells what is shared with everybody, and the
last works all the same.
"""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from embla.classification import looking, service
from embla.classification.drafting import draft, named
from embla.classification.model.criteria import read_criteria
from embla.classification.model.record import Evidence
from embla.classification.model.scoring import score
from embla.platform.web import json_response, token_holder
from embla.policy import Action, permit

Code = Annotated[str, Field(max_length=40)]


class Scored(BaseModel):
    """Criteria that are met."""

    model_config = ConfigDict(extra="forbid")
    criteria: Annotated[list[Code], Field(max_length=40, description="CODE or CODE_STRENGTH, each once.")]


class Drafted(Scored):
    """A version to be signed by somebody else."""

    variant: Annotated[str, Field(max_length=1000, description="In any genomic or transcript spelling.")]
    class_: Annotated[str, Field(alias="class", max_length=60, description="P, LP, VUS, LB, B, or one of its axis.")]
    criteria: Annotated[list[Code], Field(max_length=40)] = []
    condition: Annotated[str, Field(max_length=500)] = ""
    inheritance: Annotated[str, Field(max_length=10)] = ""
    origin: Annotated[str, Field(max_length=20)] = "germline"
    axis: Annotated[str, Field(max_length=20)] = "germline"
    evaluated: date | None = None
    summary: Annotated[str, Field(max_length=8000)] = ""
    override: Annotated[str, Field(max_length=8000)] = ""
    share: Literal["own", "labs", "public"] = "labs"
    subclass: Literal["", "high", "mid", "low"] = ""
    blind: bool = False
    expected: Annotated[int, Field(ge=0, le=1_000_000, description="Number of the version that was read.")] = 0


class Signed(BaseModel):
    """A second reader's own conclusion."""

    model_config = ConfigDict(extra="forbid")
    expected: Annotated[int, Field(ge=1, le=1_000_000)]
    verdict: Annotated[str, Field(max_length=60)]
    text: Annotated[str, Field(max_length=2000)] = ""


class Withdrawn(BaseModel):
    """Why a classification is taken back."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(max_length=60)]
    text: Annotated[str, Field(max_length=2000)] = ""


router = APIRouter(tags=["classification"])


@router.get("/api/classifications", summary="What laboratories share about an allele")
def about(request: Request, variant: Annotated[str, Query(max_length=1000)]) -> Response:
    """With a token of a laboratory or a clinician also what is shared among them; each with its evidence."""
    house = request.app.state.house
    actor = token_holder(request) if "authorization" in request.headers else None
    allele = named(house, variant)
    found = service.concluded(house, actor, str(allele.variant))
    told = {
        "variant": str(allele.variant),
        "vrs_id": allele.vrs_id,
        "classifications": [one.to_json() for one in found],
    }
    return _private(told)


@router.get("/api/classifications/own", summary="A laboratory's own classifications")
def own(request: Request, after: str | None = None, drafts: bool = False) -> Response:
    """Newest first with their newest version; `next` is the address's `after` of the page that follows."""
    house, actor = request.app.state.house, token_holder(request)
    found = looking.own_page(house, actor, actor.laboratory or "-", drafts=drafts, cursor=after)
    return _private({"classifications": [one.to_json() for one in found.items], "next": found.next})


@router.post("/api/classifications", summary="Keep a draft", status_code=201)
def keep(request: Request, said: Drafted) -> Response:
    """A draft is seen by its laboratory alone. 409 where somebody saved a version since the one of `expected`."""
    house, actor = request.app.state.house, token_holder(request)
    lab = actor.laboratory or "-"
    permit(house.database, actor, Action.CLASSIFY, purpose="care", clock=house.clock, laboratory=lab)
    evidence = tuple(Evidence(one.code, "met", str(one.strength)) for one in read_criteria(said.criteria))
    shown = draft(
        house, actor, said.variant, said.class_, evidence, evaluated=said.evaluated, condition=said.condition,
        inheritance=said.inheritance, origin=said.origin, axis=said.axis, summary=said.summary,
        override=said.override, share=said.share, subclass=said.subclass, blind=said.blind, expected=said.expected,
    )  # fmt: skip
    return _private(shown.to_json(), 201)


@router.post("/api/classifications/{classification}/sign", summary="Conclude as the second reader")
def sign(request: Request, classification: str, said: Signed) -> Response:
    """The same class publishes it; another is kept as a review, and `signed` is false."""
    house, actor = request.app.state.house, token_holder(request)
    done = service.sign(
        house, actor, classification, expected=said.expected, verdict=said.verdict, text=said.text
    )  # fmt: skip
    return _private({"id": classification, "signed": done})


@router.post("/api/classifications/{classification}/withdraw", summary="Take a classification back")
def withdraw(request: Request, classification: str, said: Withdrawn) -> Response:
    """It stays in its history and counts nowhere."""
    house, actor = request.app.state.house, token_holder(request)
    service.withdraw(house, actor, classification, said.reason, said.text)
    return _private({"id": classification, "state": "withdrawn"})


@router.post("/api/acmg", summary="The ACMG/AMP arithmetic")
def arithmetic(said: Scored) -> Response:
    """The class by 2015, by 2015 with SVI 2020, and by points; nothing is kept."""
    return json_response(score(read_criteria(said.criteria)).to_json())


def _private(told: dict[str, Any], status: int = 200) -> Response:
    response = json_response(told, status)
    response.headers["Cache-Control"] = "no-store"
    return response
