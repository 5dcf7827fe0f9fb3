"""Forms: every POST proves that it was sent from one of our own pages.

Three locks, each enough by itself in a current browser: the session cookie is SameSite=Lax; Sec-Fetch-Site (or Origin)
must be our own; and the form's `csrf` field must equal the session's token or a cookie that another site can neither
read nor set: before anybody signed in, and where a form is sent again after its session had ended.
"""

import hmac
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import NotPermitted
from embla.platform.sessions import typed_by_another
from embla.platform.web.session import signed_in

FIELD = "csrf"
# In a form that is sent again: its first token, which says whose session it was typed in. On a shared computer the next
# one to sign in must not send, under their own name, what somebody else had written.
WAS = "was"
# Forms that nobody needs a session for: an old token in them is no sign that one has ended.
_OPEN = ("/login", "/preferences")


def cookie_name(secure: bool) -> str:
    """`__Host-` binds a cookie to this very host, but browsers take it over HTTPS only."""
    return "__Host-embla_form" if secure else "embla_form"


def token_for(request: Request) -> str:
    """The token of this reader's forms: the session's, else the cookie's, else a new one that `keep_token` sends."""
    session = signed_in(request)
    if session is not None:
        return session.csrf
    return lasting_token(request)


def lasting_token(request: Request) -> str:
    """A token that outlives the session, for a form sent again after signing in: the cookie's, else a new one."""
    known = _cookie(request)
    if len(known) != 43:
        known = getattr(request.state, "new_csrf", "") or secrets.token_urlsafe(32)
        request.state.new_csrf = known
    return known


def _cookie(request: Request) -> str:
    return request.cookies.get(cookie_name(request.app.state.shell.secure), "")


def keep_token(request: Request, response: Response) -> None:
    """Send the cookie if a page of this request made a token."""
    new = getattr(request.state, "new_csrf", "")
    if new:
        secure = request.app.state.shell.secure
        response.set_cookie(cookie_name(secure), new, httponly=True, secure=secure, samesite="strict", path="/")


def check_origin(request: Request) -> None:
    """Raise NotPermitted where the browser says that the request began on another site."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:
        origin = request.headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
    if foreign:
        raise _forged()


async def open_form(request: Request) -> FormData:
    """A form that changes nothing and reads nothing of a person (the search box): bounded, from our own site."""
    check_origin(request)
    return await request.form(max_files=0, max_fields=10, max_part_size=100_000)


async def checked_form(request: Request) -> FormData:
    """The form of a POST, bounded, after the three locks; no files. Raises NotPermitted (403) with rule `csrf`.

    Use it as a dependency: `form: Annotated[FormData, Depends(checked_form)]`.
    """
    return await _checked(request, 0)


async def checked_private_form(request: Request) -> FormData:
    """The same where names of people are typed: where the session had ended, none of it is handed back."""
    return await _checked(request, 0, handed_back=False)


async def checked_upload(request: Request) -> FormData:
    """The same with files, which lie in temporary files until the response is sent."""
    return await _checked(request, 200)


async def _checked(request: Request, max_files: int, *, handed_back: bool = True) -> FormData:
    check_origin(request)
    form = await request.form(max_files=max_files, max_fields=100, max_part_size=200_000)
    if handed_back:
        # A form that came too late is handed back with what was typed: again.py.
        request.state.form = form
    sent, session = form.get(FIELD), signed_in(request)
    tokens = [token for token in (session.csrf if session else "", _cookie(request)) if token]
    if not isinstance(sent, str) or not any(hmac.compare_digest(sent.encode(), token.encode()) for token in tokens):
        raise _forged() if session is not None or request.url.path in _OPEN else _signed_out()
    was = form.get(WAS, "")
    if session is not None and isinstance(was, str) and typed_by_another(was, session.actor.id):
        raise NotPermitted(
            "Somebody else typed this, whose session had ended. Nothing was done.", rule="csrf",
            mend="Who typed it signs in and sends it; else close this window.",
        )  # fmt: skip
    return form


def _signed_out() -> NotPermitted:
    return NotPermitted("You were signed out, and nothing was done.", rule="signed-out", mend="Sign in and try again.")


def _forged() -> NotPermitted:
    return NotPermitted(
        "This form was not sent from one of our pages, or it is too old.",
        rule="csrf",
        mend="Load the page again and send it once more. Cookies must be allowed.",
    )
