"""Structural variants, copy numbers and repeats for programs.

    GET  /api/structural/{region}?release=       open, from a release
    POST /api/cases/{case}/structural            {"region": "...", "leave_out": ["family"]}, Authorization: Bearer ...

The second needs a clinician's token and an open case; it writes an event before it answers.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from embla.frequency.live import live_structural
from embla.frequency.model.answers import LeaveOut
from embla.frequency.service import MAX_LINE
from embla.frequency.structural import open_structural
from embla.genome import Region
from embla.platform import House
from embla.platform.web import token_holder
from embla.reference import parse

router = APIRouter(prefix="/api", tags=["Frequencies"])


class KindModel(BaseModel):
    """One kind. `status` loaded or not_loaded; `people` for whom it was called."""

    status: str
    people: int
    numbers_from: str | None


class EventModel(BaseModel):
    """A cluster of calls; `start`, `end` are 0-based boundaries."""

    kind: str
    name: str
    type: str
    contig: str
    start: int
    end: int
    mate_contig: str
    strands: str | None
    length: int | None
    start_range: list[int] | None
    end_range: list[int] | None
    carriers: int | None
    people: int
    status: str
    ac: int | None
    an: int | None
    af: float | None
    nhet: int | None
    nhomalt: int | None
    nhemi: int | None
    nfail: int | None
    faf95: float | None
    notes: list[str] | None
    copy_numbers: dict[str, int] | None
    groups: dict[str, Any] | None


class BarModel(BaseModel):
    """Alleles of `low` to `high` repeats; null: or fewer, or more."""

    low: int | None
    high: int | None
    ac: int | None
    af: float | None


class RepeatModel(BaseModel):
    """A repeat and its histogram."""

    name: str
    names: list[str]
    contig: str
    start: int
    end: int
    motif: str
    reference_size: int
    status: str
    people: int
    an: int
    histogram: list[BarModel] | None


class StructuralModel(BaseModel):
    """What a region has of the three kinds."""

    region: str
    kinds: dict[str, KindModel]
    events: list[EventModel]
    repeats: list[RepeatModel]
    more: int
    how: dict[str, Any]


class WantedRegion(BaseModel):
    """A region, and whom not to count: person, family, group."""

    region: str = Field(max_length=MAX_LINE)
    leave_out: list[str] = Field(default=[], max_length=3)


@router.get(
    "/structural/{region}", summary="Structural variants, copy numbers and repeats", response_model=StructuralModel
)
def get_structural(
    request: Request,
    region: str,
    release: Annotated[str | None, Query(max_length=20, description="Number of a release; the newest without.")] = None,
) -> dict[str, Any]:
    """From a release; hidden ones are listed without numbers."""
    house = _house(request)
    return open_structural(house, _region(house, region), release).to_json()


@router.post("/cases/{case}/structural", summary="The same, exact and now, for a case", response_model=StructuralModel)
def post_structural(request: Request, case: str, wanted: WantedRegion) -> dict[str, Any]:
    """For a clinician who treats the patient of an open case. The event is written before the numbers leave."""
    house = _house(request)
    actor = token_holder(request)
    return live_structural(house, actor, case, _region(house, wanted.region), LeaveOut.of(*wanted.leave_out)).to_json()


def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


def _region(house: House, text: str) -> Region:
    asked = parse(text[:MAX_LINE], house.reference)
    return asked if isinstance(asked, Region) else asked.region
