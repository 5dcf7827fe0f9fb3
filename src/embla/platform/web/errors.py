"""Error pages: what happened, where, how to mend it, and a number to quote. Never a traceback, never what was typed."""

from http.client import responses
from typing import Any, Final

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from embla.errors import BadInput, EmblaError, NotPermitted
from embla.platform.web.shell import page, reader, shell_of
from embla.platform.web.twins import json_response

_FOR_PROGRAMS: Final = (
    "/api/", "/cds-services", "/refget/", "/beacon/", "/htsget/", "/ga4gh/", "/deliver/", "/fairdp",
)  # fmt: skip


def told(request: Request, status: int, rule: str = "") -> tuple[str, str]:
    """Title and one sentence of a status, in the reader's language; `rule`: of what was not permitted."""
    _ = reader(request).translator.gettext
    if rule == "csrf":
        return (
            _("This form could not be taken"),
            _("That says nothing about your rights. Nothing was done."),
        )
    known = {
        400: (
            _("This request makes no sense"),
            _("Something in the address or the form is missing or contradicts itself."),
        ),
        401: (_("Please sign in"), _("This page is for people who have signed in.")),
        403: (_("You may not see this"), _("Your account does not have the right that this page needs.")),
        404: (_("Nothing is here"), _("The page does not exist, or it has moved.")),
        405: (_("Not in this way"), _("This address does not answer that kind of request.")),
        409: (_("Not possible as things are"), _("The request is understood, and a rule stands against it.")),
        413: (_("That is too large"), _("More was sent than this page takes.")),
        414: (_("That address is too long"), _("Paste long lists into the box for several variants.")),
        422: (_("This could not be read"), _("What was sent cannot be what it says.")),
        429: (_("Too many requests"), _("Please wait a moment and load the page again.")),
        501: (
            _("Not in this installation"),
            _("What this needs is not installed here. Who runs this installation can add it."),
        ),
        503: (
            _("Not available just now"),
            _("Storage or database do not answer. Nothing is lost. Please try again shortly."),
        ),
    }
    fallback = (_("Something broke on our side"), _("The fault has been logged. Nothing you did was saved half."))
    return known.get(status, fallback)


def wants_data(request: Request) -> bool:
    """True where the caller is a program: a twin, the API, or an Accept header that wants no HTML."""
    path, accept = request.url.path, request.headers.get("accept", "")
    return path.endswith(".json") or path.startswith(_FOR_PROGRAMS) or ("json" in accept and "html" not in accept)


def error_response(
    request: Request,
    status: int,
    message: str = "",
    mend: str = "",
    headers: dict[str, str] | None = None,
    where: str = "",
    rule: str = "",
) -> Response:
    """The error as page, JSON or, for a CSV twin, as text. `message`, `mend` and `where` come from an EmblaError."""
    title, sentence = told(request, status, rule)
    number = getattr(request.state, "request_id", "")
    headers = {"Cache-Control": "no-store"} | (headers or {})
    response: Response
    if wants_data(request):
        body: dict[str, Any] = {"error": title, "status": status, "message": message or sentence, "mend": mend}
        response = json_response(body | {"where": where, "request": number}, status)
    elif request.url.path.endswith(".csv"):
        response = PlainTextResponse(f"{title}. {message or sentence} {mend}\n", status_code=status)
    else:
        shell = shell_of(request)
        retold = shell.retold(request, message) if message else Markup("")
        response = page(
            request,
            "web/error.html",
            status=status,
            title=title,
            sentence=sentence,
            message=retold,
            mend=shell.retold(request, mend) if mend else Markup(""),
            where=where,
            number=number,
            error_status=status,
        )
    response.headers.update(headers)
    return response


def from_embla(request: Request, error: EmblaError, status: int) -> Response:
    """An error of our own tree, with the status of the table in `app.py`. A fault of ours (5xx) tells no detail;
    a package that is missing (501) is named."""
    if status >= 500 and status != 501:
        headers = {"Retry-After": "30"} if status == 503 else {}
        return error_response(request, status, headers=headers)
    where = ""
    if isinstance(error, BadInput):
        where = ", ".join(
            part for part in (error.path, f"line {error.line}" if error.line else "", error.place) if part
        )
    rule = error.rule if isinstance(error, NotPermitted) else ""
    return error_response(request, status, error.message, error.mend, where=where, rule=rule)


def from_http(request: Request, error: Exception) -> Response:
    """Starlette's own: no route, wrong method, a form that cannot be parsed; or an API's own sentence."""
    assert isinstance(error, HTTPException)
    detail = "" if error.detail == responses.get(error.status_code) else str(error.detail)
    return error_response(request, error.status_code, detail, headers=dict(error.headers or {}))
