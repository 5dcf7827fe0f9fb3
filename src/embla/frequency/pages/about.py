"""How it works, and the list of releases."""

from dataclasses import fields

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.frequency.pages import asking, words
from embla.genotypes import Policy
from embla.platform.web import Crumb, json_response, page, reader

router = APIRouter()


@router.get("/how", include_in_schema=False)
def how(request: Request) -> Response:
    """What the numbers mean, the policy table, and the traps in plain words."""
    _ = reader(request).translator.gettext
    policy = Policy()
    return page(
        request,
        "frequency/how.html",
        policy={item.name: getattr(policy, item.name) for item in fields(policy)},
        digest=policy.digest(),
        threshold=asking.threshold(request),
        crumbs=(Crumb(_("How it works")),),
    )


@router.get("/releases", include_in_schema=False)
def releases(request: Request) -> Response:
    """Every release, newest first."""
    _ = reader(request).translator.gettext
    return page(
        request,
        "frequency/releases.html",
        known=asking.releases(request),
        made={info.number: asking.made(request, info.number) for info in asking.releases(request)},
        part_name=lambda part: words.part_name(part, _),
        names=asking.group_names(request),
        handed=asking.handed_over(request),
        crumbs=(Crumb(_("Releases")),),
    )


@router.get("/releases.json", summary="Every release, newest first", tags=["Frequencies"])
def releases_json(request: Request) -> Response:
    """Number, day, people, policy and digest of each, and what made its genomes."""
    known = asking.releases(request)
    return json_response(
        [info.to_json() | {"pipelines": asking.made(request, info.number).to_json()} for info in known]
    )
