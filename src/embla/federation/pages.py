"""The catalogue for people: data sets, their variables and conditions, and how many people a study would find."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.classification import all_panels
from embla.datasets import (
    CODES,
    COHORTS,
    VARIABLES,
    DataSet,
    Feasible,
    find_variables,
    people_in,
    shown_data_set,
    shown_data_sets,
    tombstones,
)
from embla.disclosure import BudgetSpent
from embla.errors import NotFound
from embla.federation import node_pages
from embla.federation.network import pages as network
from embla.federation.purse import count_people, reader_of
from embla.platform import House
from embla.platform.web import Crumb, checked_form, page, reader
from embla.registry import patient_groups, regions

TEMPLATES: Final = Path(__file__).parent / "templates"
router = APIRouter(include_in_schema=False)
_MOST: Final = 200


def routers() -> tuple[APIRouter, ...]:
    """Pages of this room."""
    return router, network.router, node_pages.router


@router.get("/catalogue")
def catalogue(request: Request) -> Response:
    """All data sets, and a search among data sets, variables, genes and panels."""
    house: House = request.app.state.house
    text = request.query_params.get("q", "").strip()[:_MOST]
    shown = shown_data_sets(house)
    words = text.casefold().split()
    found = [one for one in shown if all(word in _words(one.data) for word in words)]
    gene = house.genes.by_name(text) if text and house.genes is not None else None
    with house.database.reading() as connection:
        panels = [one for one in all_panels(connection) if words and all(w in one.title.casefold() for w in words)]
    return page(
        request, "federation/catalogue.html", text=text, shown=found, every=shown, gone=tombstones(house),
        variables=find_variables(text) if text else [], gene=gene, panels=panels, language=reader(request).language,
        crumbs=(_crumb(request),),
    )  # fmt: skip


@router.get("/catalogue/{identifier}")
def data_set(request: Request, identifier: str) -> Response:
    """One data set, and the form for counting, filled in where the address names criteria. Nothing is counted."""
    return _data_set(request, identifier, _criteria(request.query_params))


@router.post("/catalogue/{identifier}")
def count(request: Request, identifier: str, form: Annotated[FormData, Depends(checked_form)]) -> Response:
    """The same with how many of its people have what is asked. It spends the reader's budget, so a link cannot ask."""
    house: House = request.app.state.house
    one = shown_data_set(house, identifier)
    asked = _criteria(form)
    try:
        return _data_set(request, identifier, asked, found=count_people(house, reader_of(request), one.data, asked))
    except BudgetSpent:
        return _data_set(request, identifier, asked, 429, spent=True)


def _criteria(given: Mapping[str, object]) -> dict[str, str]:
    told = ((name, given.get(name)) for name in ("sex", "region", "patient_group"))
    return {name: value[:60] for name, value in told if isinstance(value, str) and value}


def _data_set(
    request: Request, identifier: str, asked: dict[str, str], status: int = 200, *,
    found: Feasible | None = None, spent: bool = False,
) -> Response:  # fmt: skip
    request.state.get_path = f"/catalogue/{quote(identifier)}"
    house: House = request.app.state.house
    one = shown_data_set(house, identifier)
    with house.database.reading() as connection:
        places, groups = regions(connection, house.clock().date()), patient_groups(connection)
    return page(
        request, "federation/data_set.html", status=status, private=found is not None or spent,
        one=one, asked=asked, found=found, spent=spent,
        cohort=COHORTS[one.data.cohort],
        codes=[(CODES[code], names) for code, names in one.data.duo.items()], people=_people(house, one.data),
        variables=[v for v in VARIABLES if one.data.kind in v.kinds], language=reader(request).language,
        regions=places, groups=groups,
        crumbs=(_crumb(request), Crumb(identifier)),
    )  # fmt: skip


def _people(house: House, data: DataSet) -> int | None:
    try:
        return people_in(house, data)
    except NotFound:
        return None


def _words(data: DataSet) -> str:
    texts = (*data.title.values(), *data.description.values())
    parts = (data.id, *texts, *data.keywords, *data.areas, *data.duo)
    return " ".join(parts).casefold()


def _crumb(request: Request) -> Crumb:
    return Crumb(reader(request).translator.gettext("Catalogue"), "/catalogue")
