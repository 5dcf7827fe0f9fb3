"""Pages that belong to no room: sign-in, preferences, status, API, accessibility, privacy."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.platform.accounts import Account, list_accounts
from embla.platform.language import LANGUAGES
from embla.platform.sessions import sign_in_demo, sign_out
from embla.platform.web.forms import checked_form
from embla.platform.web.session import end_session, session_token, start_session
from embla.platform.web.shell import THEMES, Crumb, own_path, page, reader, redirect, remember, shell_of
from embla.platform.web.static import vendored
from embla.platform.web.twins import json_response

house_router = APIRouter(include_in_schema=False)
Form = Annotated[FormData, Depends(checked_form)]


@house_router.get("/login")
def login(request: Request) -> Response:
    """In the demo, the accounts to choose from; elsewhere a sentence, because no other sign-in is built yet."""
    house = request.app.state.house
    accounts: list[Any] = []
    if shell_of(request).settings.demo:
        with house.database.reading() as connection:
            accounts = sorted(list_accounts(connection), key=_by_use)
    _ = reader(request).translator.gettext
    after = own_path(request.query_params.get("next", "/"))
    return page(request, "web/login.html", accounts=accounts, after=after, crumbs=(Crumb(_("Sign in")),))


def _by_use(account: Account) -> tuple[bool, bool, str]:
    """Those first whom a newcomer wants to be: clinicians, then laboratories."""
    return "clinician" not in account.roles, "lab" not in account.roles, account.name


@house_router.post("/login")
def login_form(request: Request, form: Form) -> Response:
    """Start a session and go where the reader came from; a session that was there ends."""
    house = request.app.state.house
    with house.database.transaction() as connection:
        new = sign_in_demo(
            connection, str(form.get("account", "")), demo=shell_of(request).settings.demo, at=house.clock()
        )
        old = session_token(request)
        if old:
            sign_out(connection, old)
    response = redirect(own_path(str(form.get("next", "/"))))
    start_session(request, response, new.token)
    return response


@house_router.post("/logout")
def logout(request: Request, form: Form) -> Response:
    """End the session, here and in the browser."""
    token = session_token(request)
    if token:
        with request.app.state.house.database.transaction() as connection:
            sign_out(connection, token)
    response = redirect("/")
    end_session(request, response)
    # Whatever a shared browser kept of the session's pages goes too.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@house_router.get("/preferences")
def preferences(request: Request) -> Response:
    """Language, colours, and the one-letter key."""
    _ = reader(request).translator.gettext
    return page(request, "web/preferences.html", themes=THEMES, crumbs=(Crumb(_("Language, colours and keys")),))


@house_router.post("/preferences")
def preferences_form(request: Request, form: Form) -> Response:
    """Keep the choices in cookies of a year."""
    response = redirect("/preferences")
    if form.get("lang") in LANGUAGES:
        remember(request, response, "embla_lang", str(form["lang"]))
    if form.get("theme") in THEMES:
        remember(request, response, "embla_theme", str(form["theme"]))
    remember(request, response, "embla_keys", "on" if form.get("keys") == "on" else "off")
    return response


@house_router.get("/accessibility")
def accessibility(request: Request) -> Response:
    """The accessibility statement."""
    _ = reader(request).translator.gettext
    return page(request, "web/accessibility.html", crumbs=(Crumb(_("Accessibility statement")),))


@house_router.get("/privacy")
def privacy(request: Request) -> Response:
    """What is kept about readers, and about the people whose genomes are counted."""
    _ = reader(request).translator.gettext
    return page(request, "web/privacy.html", vendored=vendored(), crumbs=(Crumb(_("Privacy")),))


@house_router.get("/status")
def status(request: Request) -> Response:
    """What works, and which state of the data answers."""
    _ = reader(request).translator.gettext
    facts = request.app.state.health()
    return page(
        request,
        "web/status.html",
        status=200 if facts["ok"] else 503,
        facts=facts,
        log=request.app.state.log_light(),
        crumbs=(Crumb(_("Status")),),
    )


@house_router.get("/healthz")
def healthz(request: Request) -> Response:
    """For load balancers: 200 when database and store answer, else 503. No details."""
    ok = request.app.state.health()["ok"]
    return json_response({"status": "ok" if ok else "unavailable"}, 200 if ok else 503)


@house_router.get("/api")
def api(request: Request) -> Response:
    """The API, told from our own OpenAPI description; no viewer from elsewhere."""
    schema = request.app.openapi()
    return page(
        request,
        "web/api.html",
        operations=operations(schema),
        base=str(request.base_url).rstrip("/"),
        example=shell_of(request).example(request),
        crumbs=(Crumb("API"),),
    )


def operations(schema: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The operations of an OpenAPI description, by tag, in the order of their paths."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, told in methods.items():
            tag = (told.get("tags") or [""])[0]
            body = told.get("requestBody", {}).get("content", {})
            found.setdefault(tag, []).append(
                {
                    "id": told["operationId"],
                    "method": method.upper(),
                    "path": path,
                    "summary": told.get("summary", ""),
                    "description": told.get("description", ""),
                    "parameters": told.get("parameters", []),
                    "takes": list(body),
                    "answers": sorted(told.get("responses", {})),
                }
            )
    return list(found.items())
