"""The session cookie: an opaque token that only the server can read anything into."""

from starlette.requests import Request
from starlette.responses import Response

from embla.errors import NotPermitted
from embla.platform.sessions import ABSOLUTE, SignedIn

UNKNOWN = object()


def cookie_name(secure: bool) -> str:
    """`__Host-` binds the cookie to this host and path; browsers take it over HTTPS only."""
    return "__Host-embla_session" if secure else "embla_session"


def session_token(request: Request) -> str | None:
    """The token the browser sent, if it can be one."""
    token = request.cookies.get(cookie_name(request.app.state.shell.secure), "")
    return token if 0 < len(token) <= 100 else None


def signed_in(request: Request) -> SignedIn | None:
    """Who reads this, looked up once a request. None for nobody; a database that is down raises."""
    known = getattr(request.state, "signed_in", UNKNOWN)
    if known is UNKNOWN:
        known = request.app.state.shell.who(session_token(request)) if session_token(request) else None
        request.state.signed_in = known
    assert known is None or isinstance(known, SignedIn)
    return known


def names_somebody(request: Request) -> bool:
    """True where a session or a token came along, whether or not it is one: whoever shows neither is nobody."""
    return "authorization" in request.headers or any("embla_session" in name for name in request.cookies)


def require_signed_in(request: Request, role: str = "") -> SignedIn:
    """The session, or NotPermitted with rule `signed-in` (the pages then offer to sign in) or `role`."""
    session = signed_in(request)
    if session is None:
        raise NotPermitted("This page is for people who have signed in.", rule="signed-in", mend="Sign in first.")
    if role and not session.actor.has(role):
        raise NotPermitted(f"This page needs the role {role}.", rule="role", mend="Ask your administrator for it.")
    return session


def start_session(request: Request, response: Response, token: str) -> None:
    """Set the cookie; the session itself ends earlier when idle."""
    secure = request.app.state.shell.secure
    response.set_cookie(
        cookie_name(secure),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        httponly=True,
        secure=secure,
        samesite="lax",
        path="/",
    )


def end_session(request: Request, response: Response) -> None:
    """Take the cookie away."""
    secure = request.app.state.shell.secure
    response.delete_cookie(cookie_name(secure), path="/", secure=secure, httponly=True, samesite="lax")
