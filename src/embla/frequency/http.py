"""Frequencies for programs, typed: releases, one variant, a region, up to 1,000 variants at once, and live for a case.

    GET  /api/releases
    GET  /api/frequencies/{variant}?release=
    GET  /api/regions/{region}?release=&page=&page_size=
    POST /api/frequencies                  {"variants": [...], "release": null}
    POST /api/cases/{case}/frequencies     {"variant": "...", "leave_out": ["family"]}, Authorization: Bearer ...

All but the last are open and read releases only. The last needs a clinician's token and an open case; it writes an
event before it answers. The models name every key of an answer for OpenAPI; the numbers are those of the pages and of
the command line. Mounted by `app.py`, which puts the open home into `app.state.house`.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from embla.errors import BadInput, UsageError
from embla.frequency.bodies import Bodies
from embla.frequency.live import live_answer
from embla.frequency.model.answers import LeaveOut
from embla.frequency.releases import Releases
from embla.frequency.service import MAX_BATCH, MAX_LINE, open_answer, open_batch, open_region
from embla.genome import Place, Region, Variant
from embla.platform import House
from embla.platform.web import token_holder
from embla.reference import parse, read_any

router = APIRouter(prefix="/api", tags=["Frequencies"])

ReleaseQuery = Annotated[str | None, Query(max_length=20, description="Number of a release; the newest without it.")]


class RawModel(BaseModel):
    """Without the gates."""

    ac: int
    an: int
    nhet: int
    nhomalt: int
    nhemi: int


class CountModel(BaseModel):
    """One count. `status`: observed, absent, not_callable, not_loaded, or suppressed (then most numbers are null).
    Where an absent one was seen in calls that do not pass the gates, `notes` say so."""

    model_config = ConfigDict(extra="allow")

    contig: str
    pos: int = Field(description="1-based")
    ref: str | None
    alt: str | None
    status: str
    ac: int | None
    an: int | None
    af: float | None
    nhet: int | None
    nhomalt: int | None
    nhemi: int | None
    nfail: int | None
    faf95: float | None = Field(description="filtering allele frequency, exact Poisson, 95 %")
    faf99: float | None
    af_upper95: float | None = Field(description="one-sided exact 95 % bound where the allele was not seen")
    raw: RawModel | None
    policy: str
    manifest: str
    notes: list[str] = []


class GrpmaxModel(BaseModel):
    """The group with the highest AF, and the one with the highest FAF95."""

    by: str
    group: str | None
    ac: int | None
    an: int | None
    af: float | None
    faf_group: str | None
    faf95: float | None
    left_out: list[str]


class HowModel(BaseModel):
    """How it was counted."""

    policy: str
    manifest: str
    release: str | None
    cohort: str
    left_out: str
    at: str
    rules: list[str]
    event: str
    numbers_from: dict[str, str] = Field(description="part of the answer -> release whose numbers it shows")


class AnswerModel(CountModel):
    """A count with its groups, who is covered, what is near, and how it was counted."""

    asked: str
    groups: dict[str, dict[str, CountModel]]
    unrelated: CountModel | None
    grpmax: GrpmaxModel | None
    people: int
    covered: int
    nearby: list[CountModel]
    at_place: list[CountModel]
    how: HowModel


class CoverModel(BaseModel):
    """A piece of the callability strip, 0-based half-open."""

    start: int
    end: int
    share: float
    an: float


class RegionModel(BaseModel):
    """A page of the variants of a region."""

    region: str
    total: int
    page: int
    pages: int
    people: int
    variants: list[CountModel]
    callability: list[CoverModel]
    how: HowModel
    notes: list[str]


class ReleaseModel(BaseModel):
    """A release."""

    number: str
    cut_at: str
    people: int
    policy: str
    manifest_number: int
    manifest_digest: str
    cohort: str
    groups: list[str]
    threshold: int
    digest: str
    variants: int
    people_by: dict[str, dict[str, int]]
    numbers_from: dict[str, str]
    step: int


class LineModel(BaseModel):
    """One line of a list."""

    line: int
    text: str
    asked: str | None
    count: CountModel | None
    error: str
    notes: list[str]


class Wanted(BaseModel):
    """A list of variants."""

    variants: Annotated[list[Annotated[str, Field(max_length=MAX_LINE)]], Field(max_length=MAX_BATCH)]
    release: str | None = Field(default=None, max_length=20)


class WantedLive(BaseModel):
    """One variant, and whom not to count: person, family, group."""

    variant: str = Field(max_length=MAX_LINE)
    leave_out: list[str] = Field(default=[], max_length=3)


@router.get(
    "/releases", summary="Releases, newest first", response_model=list[ReleaseModel], response_model_exclude_unset=True
)
def get_releases(request: Request) -> list[dict[str, Any]]:
    """Every release and who is in it."""
    return [info.to_json() for info in Releases(_house(request)).list()]


@router.get(
    "/frequencies/{variant}",
    summary="How often one variant occurs",
    response_model=AnswerModel,
)
async def get_frequency(request: Request, variant: str, release: ReleaseQuery = None) -> Response:
    """A variant or a base in any genomic form."""
    house = _house(request)
    body = await Bodies.of(request).told("api", variant, release, lambda: (_frequency(house, variant, release), True))
    # A response of our own: what we made need not be validated again, which takes as long as finding it.
    return Response(body, media_type="application/json")


def _frequency(house: House, text: str, release: str | None) -> bytes:
    return bytes(JSONResponse(open_answer(house, _variant(house, text), release).to_json()).body)


@router.get(
    "/regions/{region}",
    summary="The variants of a region",
    response_model=RegionModel,
    response_model_exclude_unset=True,
)
def get_region(
    request: Request,
    region: str,
    release: ReleaseQuery = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> dict[str, Any]:
    """A page of them, by position; hidden ones are listed without numbers."""
    house = _house(request)
    asked = parse(region[:MAX_LINE], house.reference)
    wanted = asked if isinstance(asked, Region) else asked.region
    return open_region(house, wanted, release, page=page, page_size=page_size).to_json()


@router.post(
    "/frequencies",
    summary="Up to 1,000 variants at once",
    response_model=list[LineModel],
    response_model_exclude_unset=True,
)
def post_frequencies(request: Request, wanted: Wanted) -> list[dict[str, Any]]:
    """One line for each that is not empty; what cannot be read says why."""
    return [line.to_json() for line in open_batch(_house(request), wanted.variants, wanted.release)]


@router.post(
    "/cases/{case}/frequencies",
    summary="Exact and now, for a case",
    response_model=AnswerModel,
    response_model_exclude_unset=True,
)
def post_live(request: Request, case: str, wanted: WantedLive) -> dict[str, Any]:
    """For a clinician who treats the patient of an open case. The event is written before the numbers leave."""
    house = _house(request)
    actor = token_holder(request)
    return live_answer(house, actor, case, _variant(house, wanted.variant), LeaveOut.of(*wanted.leave_out)).to_json()


def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


def _variant(house: House, text: str) -> Variant | Place:
    if len(text) > MAX_LINE:
        raise UsageError(f"A variant may have at most {MAX_LINE:,} characters.")
    asked = read_any(text, house.names)
    if isinstance(asked, Region):
        raise BadInput("this is a region, not a variant.", mend="Ask for /api/regions/{region}.")
    return asked
