"""What changed between two releases, and, for the data protection officer, who waits to leave the open numbers."""

from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import EmblaError, UsageError
from embla.frequency.diffing import Change, release_diff
from embla.frequency.leaving import waiting
from embla.frequency.model.answers import MAX_REGION
from embla.frequency.pages import asking, words
from embla.genome import Region
from embla.platform.web import Crumb, json_response, page, reader, require_signed_in
from embla.reference import parse

router = APIRouter()

MOST: Final = 1_000
RegionText = Annotated[str, Query(max_length=100, description="At most 5 million bases.")]


@router.get("/releases/compare", include_in_schema=False)
def compare(request: Request, before: str = "", after: str = "", region: RegionText = "") -> Response:
    """The form, and the variants of a region that differ."""
    _ = reader(request).translator.gettext
    known = asking.releases(request)
    changes: list[Change] | None = None
    error: EmblaError | None = None
    if before and after and region.strip():
        try:
            changes = _changes(request, before, after, region)
        except EmblaError as wrong:
            error = wrong
    sources = {info.number: info.numbers_from.get("total") for info in known}
    return page(
        request,
        "frequency/compare.html",
        status=422 if error else 200,
        known=known,
        before=before,
        after=after,
        region=region,
        changes=changes[:MOST] if changes is not None else None,
        more=changes is not None and len(changes) > MOST,
        kept=sources.get(before) == sources.get(after),
        error=error,
        crumbs=(Crumb(_("Releases"), "/releases"), Crumb(_("What changed between two releases"))),
    )


@router.get("/api/releases/{before}/compare/{after}", summary="What changed between two releases", tags=["Frequencies"])
def compare_json(request: Request, before: str, after: str, region: RegionText) -> Response:
    """Variants of a region that appeared, vanished or changed class; the first 1,000. The class `not_callable` (nobody
    was read there) has no frequency; its kinds are `callable` (before) and `not_callable` (after)."""
    changes = _changes(request, before, after, region)
    return json_response(
        {
            "before": before,
            "after": after,
            "more": len(changes) > MOST,
            "changes": [c.to_json() for c in changes[:MOST]],
        }
    )


@router.get("/leavers", include_in_schema=False)
def leavers(request: Request) -> Response:
    """How many who left are still in which open numbers, and until when."""
    session = require_signed_in(request, "dpo")
    _ = reader(request).translator.gettext
    house = asking.house(request)
    return page(
        request,
        "frequency/leavers.html",
        private=True,
        found=waiting(house, session.actor),
        step=house.settings.release_step,
        days=house.settings.leaver_days,
        today=house.clock().date(),
        part_name=lambda part: words.part_name(part, _),
        crumbs=(Crumb(_("Waiting to leave the open numbers")),),
    )


@router.get("/leavers.json", include_in_schema=False)
def leavers_json(request: Request) -> Response:
    """The same for programs."""
    session = require_signed_in(request, "dpo")
    return json_response([one.to_json() for one in waiting(asking.house(request), session.actor)])


def _changes(request: Request, before: str, after: str, text: str) -> list[Change]:
    asked: Any = parse(text.strip(), asking.reference(request))
    region = asked if isinstance(asked, Region) else asked.region
    if len(region) > MAX_REGION:
        raise UsageError(
            f"{len(region):,} bases are too many to list at once.", mend=f"Ask for {MAX_REGION:,} bases or fewer."
        )
    return list(islice(release_diff(asking.house(request), before, after, region), MOST + 1))
