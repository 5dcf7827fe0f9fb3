"""A FAIR Data Point 1.2 over HTTP, open to everybody.

    GET /fairdp    /fairdp/{catalog,dataset,distribution,service,profile}/{id}

Turtle or JSON-LD, by Accept; Turtle for whoever asks for neither, as harvesters do. A withdrawn data set answers 410
with its tombstone.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla import __version__
from embla.datasets import people_in, releases_id, shown_data_sets, tombstones
from embla.errors import NotFound
from embla.federation.catalogue import model
from embla.federation.catalogue.model import FORMS, Node, Writing
from embla.frequency import Releases, country_of

if TYPE_CHECKING:
    from embla.datasets import Shown
    from embla.platform import House

ROOT: Final = "/fairdp"
router = APIRouter(prefix=ROOT, tags=["FAIR Data Point"])
_CORS: Final = {"Access-Control-Allow-Origin": "*", "Vary": "Accept"}


@router.get("")
def root(request: Request) -> Response:
    """What this FAIR Data Point is, and its catalog."""
    house: House = request.app.state.house
    return _given(request, lambda: model.root(node_of(request), shown_data_sets(house)))


@router.get("/")
@router.get("/{kind}/{identifier}/")
def without_slash(request: Request) -> Response:
    """Harvesters add slashes, and are led on rather than told of an empty place."""
    return Response(status_code=308, headers=_CORS | {"Location": quote(request.url.path.rstrip("/"))})


@router.get("/{kind}/{identifier}")
def resource(request: Request, kind: str, identifier: str) -> Response:
    """One resource."""
    house: House = request.app.state.house
    node, shown = node_of(request), shown_data_sets(house)
    if (kind, identifier) == ("catalog", model.CATALOG):
        return _given(request, lambda: model.catalog(node, shown))
    if kind == "service" and identifier in model.service_names():
        return _given(request, lambda: model.service_of(node, identifier, shown))
    if kind == "profile" and identifier in model.PROFILES:
        return _given(request, lambda: model.profile(node, identifier))
    if kind in ("dataset", "distribution"):
        found = next((one for one in shown if one.data.id == identifier), None)
        if found is not None:
            whole = kind == "dataset"
            return _given(request, lambda: _dataset(house, node, found) if whole else model.distribution(node, found))
        gone = next((one for one in tombstones(house) if one.id == identifier), None)
        if gone is not None:
            return _given(request, lambda: model.tombstone(node, gone), 410)
    raise NotFound("There is nothing at this address.", mend=f"{ROOT} leads to everything that there is.")


def node_of(request: Request) -> Node:
    """Whose catalogue it is, as the settings say."""
    house: House = request.app.state.house
    return node_at(house, (house.settings.public_url or str(request.base_url)).rstrip("/"))


def node_at(house: "House", site: str) -> Node:
    """The same for an address."""
    settings = house.settings
    return Node(
        site + ROOT, site, settings.node_name, settings.node_organisation, settings.node_url, settings.node_contact,
        settings.node_hdab or settings.node_organisation, __version__, country_of(releases_id(house)),
    )  # fmt: skip


def _dataset(house: "House", node: Node, one: "Shown") -> Writing:
    release = Releases(house).latest()
    people = None if release is None else people_in(house, one.data)
    records = None
    if release is not None:
        records = release.info.variants if one.data.kind == "frequencies" else people
    number = "" if release is None else release.info.number
    return model.dataset(node, one, people=people, records=records, release=number)


def everything(house: "House", site: str) -> Writing:
    """The whole catalogue as one graph: what `embla node conformance` looks at."""
    node, shown = node_at(house, site), shown_data_sets(house)
    whole = model.root(node, shown)
    parts = [model.catalog(node, shown), *(model.profile(node, name) for name in model.PROFILES)]
    for one in shown:
        parts += [_dataset(house, node, one), model.distribution(node, one)]
    for part in parts:
        whole.graph += part.graph
    return whole


def _given(request: Request, make: Callable[[], Writing], status: int = 200) -> Response:
    form = _form(request.headers.get("accept", ""))
    text = make().text(form)
    return Response(text, status, headers=_CORS, media_type=f"{FORMS[form][1]}; charset=utf-8")


def _form(accept: str) -> str:
    """The form that is wanted most; Turtle where nothing we have is named."""
    best, wanted = 0.0, "turtle"
    for part in accept[:1_000].split(","):
        kind, *more = (piece.strip().lower() for piece in part.split(";"))
        quality = next((piece[2:] for piece in more if piece.startswith("q=")), "1")
        try:
            weight = float(quality)
        except ValueError:
            weight = 0.0
        form = _ASKED.get(kind)
        if form is not None and weight > best:
            best, wanted = weight, form
    return wanted


_ASKED: Final = {
    "text/turtle": "turtle", "application/x-turtle": "turtle", "text/*": "turtle",
    "application/ld+json": "jsonld", "application/json": "jsonld",
}  # fmt: skip
