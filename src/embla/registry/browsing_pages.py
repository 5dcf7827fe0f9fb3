"""The registry on pages: a laboratory's own persons with everything beneath, and organisations as of any day."""

from datetime import date
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import UsageError
from embla.platform import House
from embla.platform.web import Crumb, json_response, page, reader, require_signed_in
from embla.registry.browsing import Listing, Wanted, person_sheet, persons_listed
from embla.registry.model.values import Laboratory, Region
from embla.registry.organisations import laboratories, patient_groups, region_on, regions

router = APIRouter(include_in_schema=False)
_FILTERS: Final = ("group", "assay", "origin", "material", "source", "state", "begins")


@router.get("/registry/persons")
def persons(request: Request) -> Response:
    """Persons that the laboratory reported, filtered as asked, with how many there are."""
    wanted, found = _listed(request)
    _ = reader(request).translator.gettext
    danish = reader(request).language == "da"
    house: House = request.app.state.house
    with house.database.reading() as connection:
        groups = {one.code: one.name_da if danish else one.name_en for one in patient_groups(connection)}
    kept = {name: value for name in _FILTERS if (value := getattr(wanted, name))}
    return page(
        request, "registry/persons.html", private=True, found=found, wanted=wanted, kept=kept, groups=groups,
        crumbs=(_reports(request), Crumb(_("Persons on record"))),
    )  # fmt: skip


@router.get("/registry/persons.json")
def persons_json(request: Request) -> Response:
    """The same for programs."""
    _, found = _listed(request)
    told = {"persons": found.persons, "samples": found.samples, "assays": found.assays, "next": found.next}
    return _private(json_response(told | {"items": [one.to_json() for one in found.items]}))


# Before the page: its path would take the ending for a part of the name.
@router.get("/registry/person/{person}.json")
def person_json(request: Request, person: str) -> Response:
    """The sheet for programs."""
    session = require_signed_in(request, "lab")
    return _private(json_response(person_sheet(request.app.state.house, session.actor, person).to_json()))


@router.get("/registry/person/{person}")
def one_person(request: Request, person: str) -> Response:
    """Person -> case -> sample -> assay -> file, of what the laboratory reported."""
    session = require_signed_in(request, "lab")
    house: House = request.app.state.house
    sheet = person_sheet(house, session.actor, person)
    _ = reader(request).translator.gettext
    crumbs = (_reports(request), Crumb(_("Persons on record"), "/registry/persons"), Crumb(_("A person")))
    with house.database.reading() as connection:
        danish = reader(request).language == "da"
        groups = {one.code: one.name_da if danish else one.name_en for one in patient_groups(connection)}
        names = {one.code: one.name_da if danish else one.name_en for one in regions(connection)}
    return page(
        request, "registry/person.html", private=True, sheet=sheet, groups=groups, regions=names, crumbs=crumbs
    )  # fmt: skip


@router.get("/registry/organisations")
def organisations(request: Request) -> Response:
    """Regions and laboratories as they are on a day: open to everybody."""
    day, known, labs = _on(request)
    _ = reader(request).translator.gettext
    return page(
        request, "registry/organisations.html", day=day, regions=[one for one in known if one.valid_on(day)],
        names={one.code: one for one in known}, changes=[one for one in known if one.valid_to is not None],
        labs=[(one, region_on(known, one.region, day)) for one in labs if one.valid_on(day)],
        crumbs=(Crumb(_("Regions and laboratories")),),
    )  # fmt: skip


@router.get("/registry/organisations.json", summary="Regions and laboratories on a day")
def organisations_json(request: Request) -> Response:
    """The same for programs; `region` is the one that a laboratory belongs to on that day."""
    day, known, labs = _on(request)
    told = [
        one.to_json() | {"region": region_on(known, one.region, day), "accredited": one.accredited_on(day)}
        for one in labs
        if one.valid_on(day)
    ]
    return json_response(
        {"on": day.isoformat(), "regions": [one.to_json() for one in known if one.valid_on(day)], "laboratories": told}
    )


def _listed(request: Request) -> tuple[Wanted, Listing]:
    session = require_signed_in(request, "lab")
    asked = request.query_params
    wanted = Wanted(**{name: asked.get(name, "").strip()[:64] for name in _FILTERS})
    found = persons_listed(request.app.state.house, session.actor, wanted, cursor=asked.get("page"))
    return wanted, found


def _on(request: Request) -> tuple[date, list[Region], list[Laboratory]]:
    house: House = request.app.state.house
    text = request.query_params.get("on", "")
    try:
        day = date.fromisoformat(text) if text else house.clock().date()
    except ValueError:
        raise UsageError("This is no date.", mend="Write it as 2026-01-31.") from None
    with house.database.reading() as connection:
        return day, regions(connection), laboratories(connection)


def _reports(request: Request) -> Crumb:
    return Crumb(reader(request).translator.gettext("Submissions"), "/submissions")


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
