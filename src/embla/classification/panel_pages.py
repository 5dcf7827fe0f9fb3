"""Pages of gene panels, for everybody: what a net agreed on, what each version changed, and a check of a test."""

from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.classification import panels
from embla.classification.model.panel import Checked, check_test, difference
from embla.errors import BadInput, Conflict, EmblaError, NotFound, NotPermitted, Refused
from embla.platform.web import Crumb, checked_form, page, reader, redirect, require_signed_in, signed_in

Form = Annotated[FormData, Depends(checked_form)]
router = APIRouter(include_in_schema=False)


@router.get("/panels")
def every(request: Request) -> Response:
    """All of them with the version in force today."""
    house = request.app.state.house
    today = house.clock().date()
    with house.database.reading() as connection:
        found = [
            (one, next((v for v in panels.versions_of(connection, one.id) if v.in_force_on(today)), None))
            for one in panels.all_panels(connection)
        ]
    return page(request, "classification/panels.html", found=found, crumbs=(_crumb(request),))


@router.get("/panels/{panel}")
def one(request: Request, panel: str) -> Response:
    """One with its versions, genes, and what each version changed."""
    return _one(request, panel)


@router.post("/panels/{panel}")
def check(request: Request, panel: str, form: Form) -> Response:
    """A test against the minimum of the version in force; the list is not kept."""
    text = form.get("genes", "")
    typed = text[:200_000] if isinstance(text, str) else ""
    request.state.get_path = f"/panels/{panel}"
    house = request.app.state.house
    with house.database.reading() as connection:
        try:
            version = panels.panel_in_force(connection, panel, house.clock().date())
        except NotFound:
            return _one(request, panel)
    return _one(request, panel, typed, check_test(version, typed.replace(",", " ").split()))


@router.post("/panels/{panel}/{position}")
def step(request: Request, panel: str, position: int, form: Form) -> Response:
    """A laboratory of the net approves a version, or says from which day it is in force."""
    session = require_signed_in(request, "lab")
    house = request.app.state.house
    request.state.get_path = f"/panels/{quote(panel, safe='')}"
    try:
        if form.get("do") == "begin":
            panels.put_in_force(house, session.actor, panel, position, _day(str(form.get("day", ""))))
        else:
            panels.approve_panel(house, session.actor, panel, position)
    except (BadInput, Refused, Conflict) as error:
        if isinstance(error, NotPermitted):
            raise
        return _one(request, panel, error=error)
    return redirect(f"/panels/{quote(panel, safe='')}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:20])
    except ValueError:
        raise BadInput("The day is no date.", mend="Write it as 2026-01-31.") from None


def _one(
    request: Request, panel: str, typed: str = "", checked: Checked | None = None, error: EmblaError | None = None
) -> Response:
    house = request.app.state.house
    session = signed_in(request)
    lab = session.actor.laboratory if session is not None and session.actor.has("lab") else None
    with house.database.reading() as connection:
        known = panels.find_panel(connection, panel)
        versions = panels.versions_of(connection, panel)
    today = house.clock().date()
    told = [(each, difference(before, each)) for each, before in zip(versions, [*versions[1:], None], strict=True)]
    return page(
        request, "classification/panel_one.html", status=422 if error else 200, error=error, today=today,
        mine=lab if lab in known.members else None, panel=known, versions=told, typed=typed, checked=checked,
        now=next((each for each in versions if each.in_force_on(today)), None),
        crumbs=(_crumb(request), Crumb(known.title)),
    )  # fmt: skip


def _crumb(request: Request) -> Crumb:
    return Crumb(reader(request).translator.gettext("Gene panels"), "/panels")
