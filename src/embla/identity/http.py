"""A laboratory's machine turns numbers into pseudonyms while it writes its packages.

    POST /api/identity/persons   {"persons": [{"number": "...", "name": "...", "born": "2011-03"}]}
                              -> {"persons": ["P...", ...]}

By token, as submissions are sent. Numbers come in a body, never in an address, and never go out.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, HTTPException, Request, Response

from embla.errors import BadInput, NotPermitted
from embla.identity.entries import read_entries
from embla.identity.model.person import Entry
from embla.identity.service import register_persons
from embla.platform import Actor, House, actor_of_token

router = APIRouter(prefix="/api/identity", tags=["identity"])
_FIELDS: Final = ("number", "name", "born")


@router.post("/persons", summary="Pseudonyms of persons, by number")
def post_persons(request: Request, response: Response, body: Annotated[Any, Body()]) -> dict[str, list[str]]:
    """Each person's pseudonym, in order; who is new is registered. The same numbers again give the same pseudonyms."""
    house: House = request.app.state.house
    actor = _signed(request, house)
    response.headers["Cache-Control"] = "no-store"
    return {"persons": register_persons(house, actor, _entries(body), purpose="reporting")}


def _entries(body: Any) -> list[Entry]:
    """What was sent, read strictly. An error says which person, counted from 1, and nothing of them."""
    said = body.get("persons") if isinstance(body, Mapping) else None
    if not isinstance(said, list):
        raise BadInput("There is no list of persons.", mend='Send {"persons": [{"number": "..."}]}.')
    entries = []
    for place, item in enumerate(said, 1):
        fine = isinstance(item, Mapping) and set(item) <= set(_FIELDS) and "number" in item
        texts = [item.get(name) or "" for name in _FIELDS] if fine else []
        if not texts or not all(isinstance(text, str) and "\t" not in text for text in texts):
            raise BadInput("This is no person.", line=place, mend="Give number, and name and born if you like.")
        try:
            found = read_entries(["\t".join(text.replace("\n", " ").replace("\r", " ") for text in texts)])
        except BadInput as error:
            raise BadInput(error.message, line=place, mend=error.mend) from None
        if len(found) != 1:
            raise BadInput("This is no person.", line=place, mend="Give number, and name and born if you like.")
        entries += found
    return entries


def _signed(request: Request, house: House) -> Actor:
    """Who holds the token that came with the request; 401 without a valid one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        try:
            with house.database.reading() as connection:
                return actor_of_token(connection, token.strip(), at=house.clock())
        except NotPermitted:
            pass
    raise HTTPException(401, "Show a valid token: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})
