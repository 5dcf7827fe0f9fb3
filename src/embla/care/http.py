"""A clinician's programs: genomes of a case, quality, calls, slices of files. Nothing asked for stands in an address.

    POST /api/care/genomes  {case | emergency}                    genomes with quality, as JSON
    POST /api/care/calls    {genome, case?, where?}               VCF text; `where`: a region, a place or a gene
    POST /api/care/file     {genome, path, case?, start?, end?}   bytes of a file as it was sent

`Authorization: Bearer ...` with a token of the clinician's account. Each answer is in the log before its first byte.
"""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from embla.care import giving
from embla.care.pages import PRIVATE
from embla.errors import NotPermitted
from embla.platform import Actor, House, actor_of_token
from embla.platform.web import json_response

Accession = Annotated[str, Field(max_length=40, description="Accession, EMBG and 11 digits.")]
CaseId = Annotated[str | None, Field(max_length=40, description="The case in which the patient is treated.")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GenomesAsked(_Body):
    """Whose genomes: of a case, or of the person of an emergency."""

    case: CaseId = None
    emergency: Annotated[str | None, Field(max_length=40)] = None


class CallsAsked(_Body):
    """Which calls; without `where` all of them. Without a case, an emergency must be open."""

    genome: Accession
    case: CaseId = None
    where: Annotated[str, Field(max_length=200, description="chr21:1-2000, chr21:1000, a gene; empty for all.")] = ""


class FileAsked(_Body):
    """Which bytes of which file; `start` 0-based, `end` not included."""

    genome: Accession
    path: Annotated[str, Field(max_length=240)]
    case: CaseId = None
    start: Annotated[int, Field(ge=0)] = 0
    end: Annotated[int | None, Field(ge=0)] = None


router = APIRouter(prefix="/api/care", tags=["care"])


@router.post("/genomes", summary="Genomes of a case or an emergency, with quality")
def genomes(request: Request, asked: GenomesAsked) -> Response:
    """Every genome within reach, each look logged."""
    house, actor = _asking(request)
    found = giving.genomes_for(house, actor, case=asked.case, emergency=None if asked.case else asked.emergency)
    response = json_response({"genomes": [one.to_json() for one in found]})
    response.headers.update(PRIVATE)
    return response


@router.post("/calls", summary="Calls of a genome, as VCF")
def calls(request: Request, asked: CallsAsked) -> Response:
    """Streamed out of the store."""
    house, actor = _asking(request)
    pieces, decision = giving.calls(house, actor, asked.genome, case=asked.case, where=asked.where)
    return StreamingResponse(pieces, media_type="text/x-vcf; charset=utf-8", headers=_headers(decision.event))


@router.post("/file", summary="A file as it was sent, or some bytes of it")
def file(request: Request, asked: FileAsked) -> Response:
    """The very bytes that the laboratory sent."""
    house, actor = _asking(request)
    _, pieces = giving.sent_file(
        house, actor, asked.genome, asked.path, case=asked.case, start=asked.start, end=asked.end
    )
    return StreamingResponse(pieces, media_type="application/octet-stream", headers=PRIVATE)


def _headers(event: int | None) -> dict[str, str]:
    return PRIVATE | {"X-Log-Event": str(event or "")}


def _asking(request: Request) -> tuple[House, Actor]:
    """The home, and who holds the token that came with the request; 401 without a valid one."""
    house: Any = request.app.state.house
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        try:
            with house.database.reading() as connection:
                return house, actor_of_token(connection, token.strip(), at=house.clock())
        except NotPermitted:
            pass
    raise HTTPException(401, "Show a valid token: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})
