"""A regional coordinator's page: how the region's laboratories report, in numbers; and its JSON twin."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.platform import House
from embla.platform.web import Crumb, json_response, page, reader, redirect, require_signed_in
from embla.submission.model.finding import RULES
from embla.submission.model.regional import RegionReport
from embla.submission.regional import own_regions, region_report

router = APIRouter(include_in_schema=False)


@router.get("/submissions/region")
def own(request: Request) -> Response:
    """To the page of what the account's region is called today."""
    session = require_signed_in(request, "coordinator")
    _, today = own_regions(request.app.state.house, session.actor)
    return redirect(f"/submissions/region/{today}")


@router.get("/submissions/region/{code}.json")
def region_json(request: Request, code: str) -> Response:
    """The same numbers for programs."""
    response = json_response(_report(request, code).to_json())
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/submissions/region/{code}")
def region(request: Request, code: str) -> Response:
    """Laboratories, months and refusal rules of one region, each with counts."""
    report = _report(request, code)
    house: House = request.app.state.house
    mine, _today = own_regions(house, require_signed_in(request).actor)
    who = reader(request)
    danish = who.language == "da"
    return page(
        request,
        "submission/region.html",
        private=True,
        report=report,
        name=report.name_da if danish else report.name_en,
        names={one.code: one.name_da if danish else one.name_en for one in mine},
        rules=RULES,
        crumbs=(Crumb(who.translator.gettext("The region's reports")),),
    )


def _report(request: Request, code: str) -> RegionReport:
    session = require_signed_in(request, "coordinator")
    return region_report(request.app.state.house, session.actor, code[:20])
