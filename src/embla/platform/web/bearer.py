"""Who asks through the API: the holder of the token in the Authorization header."""

from fastapi import HTTPException
from starlette.requests import Request

from embla.errors import NotPermitted
from embla.platform.accounts import API, actor_of_token, note_use
from embla.platform.actor import Actor


def token_holder(request: Request, audience: str = API) -> Actor:
    """The actor of a valid token made for this door; 401 without one."""
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
            return actor
    raise HTTPException(401, "Show a valid token: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})
