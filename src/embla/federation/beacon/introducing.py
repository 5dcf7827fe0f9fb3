"""What a Beacon of this node says of itself: the framework's endpoints, the same at every mount."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request as Incoming
from starlette.responses import Response

from embla import __version__
from embla.federation.beacon.model import framework
from embla.federation.beacon.speaking import Mount
from embla.federation.service_info import service_info
from embla.platform import Actor, House
from embla.platform.web import check_origin, require_signed_in, token_holder


@dataclass(frozen=True)
class Introduction:
    """What differs by mount. `addresses`: root -> `/map`; `terms`: `/filtering_terms`. Of a mount that is not
    the node's open one: `who`, whom it tells of, and `service`, both after the node's name, and `level`, the standard's
    security level."""

    mount: Mount
    kinds: Mapping[str, Mapping[str, Any]]
    addresses: Callable[[str], dict[str, Any]]
    terms: Callable[[], dict[str, Any]]
    who: str = ""
    service: str = ""
    description: str = ""
    level: str = ""


def introduce(router: APIRouter, one: Introduction) -> None:
    """Add `/`, `/info`, `/service-info`, `/configuration`, `/entry_types`, `/map` and `/filtering_terms`."""
    mount = one.mount

    @router.get("/")
    @router.get("")
    @router.get("/info")
    def information(incoming: Incoming) -> Response:
        """What this Beacon is."""
        house = house_of(incoming)
        told = framework.information(
            mount.id_of(house), named(house, one.who), organisation_of(house), __version__, environment_of(house)
        )
        return mount.informs(house, told | ({"description": one.description} if one.description else {}))

    @router.get("/service-info")
    def describe(incoming: Incoming) -> Response:
        """The same as every GA4GH service says it."""
        house = house_of(incoming)
        own = {"id": mount.id_of(house), "name": named(house, one.service)} if one.service else {}
        return mount.json(service_info(house, "beacon") | own)

    @router.get("/configuration")
    def configuration(incoming: Incoming) -> Response:
        """Entry types, how mature, how secured."""
        house = house_of(incoming)
        told = framework.configuration(environment_of(house), one.kinds)
        if one.level:
            told["securityAttributes"] = {"defaultGranularity": mount.most, "securityLevels": [one.level]}
        return mount.informs(house, told)

    @router.get("/entry_types")
    def entry_types(incoming: Incoming) -> Response:
        """What can be asked for."""
        return mount.informs(house_of(incoming), {"entryTypes": framework.entry_types(one.kinds)})

    @router.get("/map")
    def addresses(incoming: Incoming) -> Response:
        """Every address."""
        house = house_of(incoming)
        root = (house.settings.public_url or str(incoming.base_url)).rstrip("/") + mount.root
        return mount.informs(house, one.addresses(root))

    @router.get("/filtering_terms")
    def filtering_terms(incoming: Incoming) -> Response:
        """Which filters are understood."""
        return mount.informs(house_of(incoming), one.terms())


def account_of(incoming: Incoming) -> Actor:
    """Who asks: by a token where one is shown, else as in a browser, and then from a page of our own: no link of
    another site spends what an account may learn."""
    if "authorization" in incoming.headers:
        return token_holder(incoming)
    check_origin(incoming)
    return require_signed_in(incoming).actor


def named(house: House, what: str) -> str:
    """The node's name, and what of it."""
    return f"{house.settings.node_name}: {what}" if what else house.settings.node_name


def organisation_of(house: House) -> dict[str, str]:
    """Whose node this is."""
    settings = house.settings
    told = {"id": settings.node_id, "name": settings.node_organisation, "welcomeUrl": settings.node_url}
    return told | ({"contactUrl": settings.node_contact} if settings.node_contact else {})


def environment_of(house: House) -> str:
    """The standard's word for a demo and for the real thing."""
    return "test" if house.settings.demo else "prod"


def house_of(incoming: Incoming) -> House:
    """The house of the application that was asked."""
    house: House = incoming.app.state.house
    return house
