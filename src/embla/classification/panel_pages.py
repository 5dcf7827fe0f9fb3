"""Pages of gene panels, for everybody: what a net agreed on, what each version changed, and a check of a test."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.classification import panels
from embla.classification.model.panel import Checked, check_test, difference
from embla.errors import NotFound
from embla.platform.web import Crumb, checked_form, page, reader

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


def _one(request: Request, panel: str, typed: str = "", checked: Checked | None = None) -> Response:
    house = request.app.state.house
    with house.database.reading() as connection:
        known = panels.find_panel(connection, panel)
        versions = panels.versions_of(connection, panel)
    today = house.clock().date()
    told = [(each, difference(before, each)) for each, before in zip(versions, [*versions[1:], None], strict=True)]
    return page(
        request, "classification/panel_one.html", panel=known, versions=told, typed=typed, checked=checked,
        now=next((each for each in versions if each.in_force_on(today)), None),
        crumbs=(_crumb(request), Crumb(known.title)),
    )  # fmt: skip


def _crumb(request: Request) -> Crumb:
    return Crumb(reader(request).translator.gettext("Gene panels"), "/panels")
