"""Patient groups on the board's pages: where each stands in its life, since when, and on which decision."""

from datetime import date

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.governance.model.groups import STATES
from embla.governance.reading import day_of
from embla.governance.standing_groups import Standing, groups_standing
from embla.platform import House
from embla.platform.web import Crumb, json_response, page, reader, require_signed_in

router = APIRouter(include_in_schema=False)


@router.get("/board/groups")
def groups(request: Request) -> Response:
    """Every group with its state on a day; those that nothing is told of, too."""
    day, found = _asked(request)
    _ = reader(request).translator.gettext
    names = {"proposed": _("proposed"), "assessed": _("assessed"), "approved": _("approved"),
             "running": _("running"), "evaluated": _("evaluated")}  # fmt: skip
    return page(
        request, "governance/groups.html", private=True, day=day, found=found, states=names,
        counts=[(names[state], sum(one.state == state for one in found)) for state in STATES],
        crumbs=(Crumb(_("The board"), "/board"), Crumb(_("Patient groups"))),
    )  # fmt: skip


@router.get("/board/groups.json")
def groups_json(request: Request) -> Response:
    """The same for programs."""
    day, found = _asked(request)
    response = json_response({"as_of": day.isoformat(), "groups": [one.to_json() for one in found]})
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked(request: Request) -> tuple[date, list[Standing]]:
    session = require_signed_in(request)
    house: House = request.app.state.house
    text = request.query_params.get("as_of", "")
    day = day_of(text) if text else house.clock().date()
    return day, groups_standing(house, session.actor, day)
