"""Pages of the zone's keepers: find and register by number. Numbers and names come by POST, and no page shows them."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import BadInput, Refused, UsageError
from embla.identity.entries import born_month
from embla.identity.model.number import parse_number
from embla.identity.model.person import Entry, clean_name
from embla.identity.rotation import status
from embla.identity.service import find_persons, register_persons
from embla.platform import Actor, House
from embla.platform.web import Crumb, checked_private_form, page, reader, require_signed_in
from embla.policy import Action, permit

TEMPLATES: Final = Path(__file__).parent / "templates"

router = APIRouter(include_in_schema=False)


@router.get("/identity")
def identity(request: Request) -> Response:
    """How the zone is, and the two forms."""
    session = require_signed_in(request, "zone")
    return _page(request, status(request.app.state.house, session.actor))


@router.post("/identity/find")
def find(request: Request, form: Annotated[FormData, Depends(checked_private_form)]) -> Response:
    """The pseudonym behind a number; the look-up is in the log."""
    return _answer(request, form, _find)


@router.post("/identity/register")
def register(request: Request, form: Annotated[FormData, Depends(checked_private_form)]) -> Response:
    """The pseudonym of a person who is registered by it."""
    return _answer(request, form, _register)


def _find(house: House, actor: Actor, form: FormData) -> str | None:
    number = parse_number(_text(form, "number"))
    decision = permit(house.database, actor, Action.LOOK_UP_IDENTITY, purpose="operation", clock=house.clock)
    return find_persons(house, decision, [number])[0]


def _register(house: House, actor: Actor, form: FormData) -> str | None:
    number, name, born = (_text(form, field) for field in ("number", "name", "born"))
    entry = Entry(parse_number(number), clean_name(name), born_month(born))
    return register_persons(house, actor, [entry], purpose="operation")[0]


def _answer(request: Request, form: FormData, do: Callable[[House, Actor, FormData], str | None]) -> Response:
    session = require_signed_in(request, "zone")
    request.state.get_path = "/identity"
    try:
        person = do(request.app.state.house, session.actor, form)
    except (BadInput, UsageError, Refused) as error:
        return _page(request, None, error=error, code=409 if isinstance(error, Refused) else 422)
    return _page(request, None, asked=True, person=person)


def _page(
    request: Request, facts: Any, *, asked: bool = False, person: str | None = None, error: Any = None, code: int = 200
) -> Response:
    _ = reader(request).translator.gettext
    return page(
        request, "identity/zone.html", status=code, private=True, facts=facts, asked=asked, person=person, error=error,
        crumbs=(Crumb(_("Identity zone")),),
    )  # fmt: skip


def _text(form: FormData, field: str) -> str:
    value = form.get(field, "")
    return value[:500] if isinstance(value, str) else ""
