"""What the pages ask of this room's services, for the release that the address names. The only file that calls them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

MOST_LINES = 50
EXAMPLE = "chr21-25585733-C-T"


@dataclass(frozen=True)
class CaseSeen:
    id: str
    key: str
    patient_group: str
    laboratory: str
    opened: date


def __getattr__(name):
    def call(request, *args, **kw):
        return getattr(request.app.state.desk, name)(request, *args, **kw)
    if name in ("answer","region","whole","batch","history","genes","reference","releases","release_of","threshold","keep","group_names","laboratories","examples","case_links","cases","case","live"):
        return call
    raise AttributeError(name)


def frame(request):
    return request.app.state.desk.frame(request)

def newest_release(house):
    return True
