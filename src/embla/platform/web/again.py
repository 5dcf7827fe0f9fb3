"""A form that came too late: its session had ended, or its sign-in was no longer fresh. What was typed is not lost.

The page gives back to the browser what that browser just sent, and nothing of it is kept here or put into an address:
its reader signs in in another window, comes back, and sends it again. Whatever may hold a personal number is left out.
"""

import re
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import NotPermitted
from embla.platform.web.forms import FIELD, WAS, lasting_token
from embla.platform.web.shell import holds_number, own_path, page, redirect

# Ids and digests of ours hold any digits; without them the form would say something else.
_ID: Final = re.compile(r"[A-Za-z]{0,4}[0-9a-f]{11,64}", re.ASCII)
# What answers a POST alone has no page to come back to.
_HOME: Final = "/account"


def sign_in_again(request: Request, error: NotPermitted) -> Response | None:
    """What to answer where somebody must sign in, or confirm who they are; None for any other refusal."""
    fresh = error.rule.endswith(".stepped_up")
    if not fresh and error.rule not in ("signed-in", "signed-out"):
        return None
    way = "/step-up" if fresh else "/login"
    if request.method == "GET":
        return redirect(f"{way}?next={own_path(request.url.path)}")
    form = getattr(request.state, "form", None)
    sent = form.multi_items() if isinstance(form, FormData) else []
    typed = [(name, value) for name, value in sent if name not in (FIELD, WAS) and isinstance(value, str)]
    first = dict(sent).get(WAS) or dict(sent).get(FIELD) or ""
    kept = [(name, value) for name, value in typed if _ID.fullmatch(value) or not holds_number(value)]
    if not any(value.strip() for _, value in kept):
        after = getattr(request.state, "get_path", _HOME if fresh else own_path(request.url.path))
        return redirect(f"{way}?next={after}")
    return page(
        request, "web/again.html", status=403, private=True, fresh=fresh, way=f"{way}?next={_HOME}", kept=kept,
        lost=len(kept) < len(typed), files=len(typed) < len([name for name, _ in sent if name not in (FIELD, WAS)]),
        words=[value for _, value in kept if " " in value.strip()], token=lasting_token(request),
        was=first if isinstance(first, str) else "", error_status=403,
    )  # fmt: skip
