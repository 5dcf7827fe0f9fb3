"""Who asks through the API: the holder of the token in the Authorization header."""

from fastapi import HTTPException
from starlette.requests import Request

from embla.errors import NotPermitted
from embla.platform.accounts import API, actor_of_token, note_use, token_id
from embla.platform.actor import Actor


def token_holder(request: Request, audience: str = API) -> Actor:
    """The actor of a valid token made for this door; 401 without one."""
    return token_shown(request, audience)[0]


def token_shown(request: Request, audience: str = API) -> tuple[Actor, str]:
    """The same, and the token's id, which names it and opens nothing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() == "bearer" and 0 < len(token) <= 200:
        house = request.app.state.house
        at = house.clock()
        try:
            with house.database.reading() as connection:
                actor = actor_of_token(connection, token, at=at, audience=audience)
        except NotPermitted:
            pass
        else:
            note_use(house.database, token, at=at)
            return actor, token_id(token)
    raise HTTPException(401, "Show a valid token: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})
