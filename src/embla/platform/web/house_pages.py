"""Pages that belong to no room: sign-in, preferences, status, API, accessibility, privacy."""

import logging
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from embla.errors import NotFound, NotPermitted
from embla.platform import oidc, sessions
from embla.platform.accounts import Account, hash_token, list_accounts
from embla.platform.language import LANGUAGES
from embla.platform.retold import SHAPES as REFUSALS
from embla.platform.sessions import sign_in_demo, sign_out
from embla.platform.web.forms import checked_form
from embla.platform.web.sentences import N_
from embla.platform.web.session import end_session, require_signed_in, session_token, start_session
from embla.platform.web.shell import THEMES, Crumb, own_path, page, reader, redirect, remember, shell_of
from embla.platform.web.static import vendored
from embla.platform.web.twins import json_response

log = logging.getLogger("embla.web")
# What `oidc.py` says where the provider let somebody in too easily, and a session that is gone.
SHAPES = (
    N_("The provider signed you in by weaker means than this place asks for."),
    N_("Sign in again with a second factor; your administrator knows which ones count."),
    N_("You have no such session."),
    N_("It may have ended already."),
    *REFUSALS,
)
house_router = APIRouter(include_in_schema=False)
Form = Annotated[FormData, Depends(checked_form)]


@house_router.get("/login")
def login(request: Request) -> Response:
    """In the demo, the accounts to choose from; with a provider, the way to it; else a sentence."""
    house = request.app.state.house
    accounts: list[Any] = []
    if shell_of(request).settings.demo:
        with house.database.reading() as connection:
            accounts = sorted(list_accounts(connection), key=_by_use)
    _ = reader(request).translator.gettext
    after = own_path(request.query_params.get("next", "/"))
    return page(
        request,
        "web/login.html",
        accounts=accounts,
        after=after,
        provider=bool(shell_of(request).settings.oidc_issuer),
        crumbs=(Crumb(_("Sign in")),),
    )


def _by_use(account: Account) -> tuple[bool, bool, str]:
    """Those first whom a newcomer wants to be: clinicians, then laboratories."""
    return "clinician" not in account.roles, "lab" not in account.roles, account.name


@house_router.post("/login")
def login_form(request: Request, form: Form) -> Response:
    """Start a session and go where the reader came from; a session that was there ends. With a provider: go there."""
    house = request.app.state.house
    if provider_of(request) is not None:
        return _to_provider(request, own_path(str(form.get("next", "/"))))
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


@house_router.get("/login/start")
def login_start(request: Request) -> Response:
    """To the provider by a link: browsers hold a form's redirects to `form-action 'self'`, and this leads elsewhere.

    `anew`: to step up the session that is there.
    """
    if provider_of(request) is None:
        raise NotFound("No sign-in provider is set up here.")
    after = own_path(request.query_params.get("next", "/"))
    # Another site's link opens no session by itself, however long the provider remembers who this is.
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return redirect(f"/login?{urlencode({'next': after})}")
    if request.query_params.get("anew") != "1":
        return _to_provider(request, after)
    require_signed_in(request)
    return _to_provider(request, after, session=session_token(request))


@house_router.get(oidc.CALLBACK)
def callback(request: Request) -> Response:
    """The provider's answer: a session, or a living one stepped up. Whatever was begun is used up."""
    provider, house = provider_of(request), request.app.state.house
    if provider is None:
        raise NotFound("No sign-in provider is set up here.")
    answer = {key: value[:2000] for key, value in request.query_params.items()}
    browser = request.cookies.get(_login_cookie(request), "")[:100]
    with house.database.transaction() as connection:
        row = oidc.take_state(connection, answer)
    token = session_token(request)
    try:
        return _signed_in(request, provider, row, answer, browser, token)
    except (NotPermitted, NotFound) as error:
        # Who tried is not known, or only said: the rule alone goes into the log.
        rule = error.rule if isinstance(error, NotPermitted) else "account"
        log.warning("a sign-in was refused", extra={"rule": rule, "request": request.state.request_id})
        raise


def _signed_in(
    request: Request, provider: oidc.Provider, row: Any, answer: dict[str, str], browser: str, token: str | None
) -> Response:
    house = request.app.state.house
    at = house.clock()
    proved = oidc.finish(provider, row, answer, browser, at=at)
    with house.database.transaction() as connection:
        if proved.session is None:
            new = sessions.start(connection, proved.account, at=at, stepped_up=proved.confirmed)
            if token:
                sign_out(connection, token)
        else:
            if token is None or hash_token(token) != proved.session or proved.confirmed is None:
                raise NotPermitted("This is not who is signed in.", rule="session.step_up", mend="Sign in again.")
            new = sessions.step_up(connection, token, proved.account, at=at, confirmed=proved.confirmed)
    response = redirect(own_path(proved.after))
    start_session(request, response, new.token)
    response.delete_cookie(_login_cookie(request), path="/")
    return response


@house_router.get("/step-up")
def step_up_page(request: Request) -> Response:
    """Why a fresh sign-in is asked for, and the button to it."""
    require_signed_in(request)
    _ = reader(request).translator.gettext
    after = own_path(request.query_params.get("next", "/"))
    minutes = shell_of(request).settings.step_up_minutes
    provider = provider_of(request) is not None
    crumbs = (Crumb(_("Confirm who you are")),)
    return page(
        request, "web/step_up.html", private=True, after=after, minutes=minutes, provider=provider, crumbs=crumbs
    )


@house_router.post("/step-up")
def step_up_form(request: Request, form: Form) -> Response:
    """To the provider, which asks anew; in the demo, where there are no passwords, at once."""
    session, house = require_signed_in(request), request.app.state.house
    token, after = session_token(request) or "", own_path(str(form.get("next", "/")))
    if provider_of(request) is not None:
        return _to_provider(request, after, session=token)
    if not shell_of(request).settings.demo:
        raise NotPermitted("No sign-in provider is set up here.", rule="session.step_up")
    at = house.clock()
    with house.database.transaction() as connection:
        new = sessions.step_up(connection, token, session.actor.id, at=at, confirmed=at)
    response = redirect(after)
    start_session(request, response, new.token)
    return response


@house_router.get("/account")
def account(request: Request) -> Response:
    """Who is signed in, as what, and where else."""
    session, house = require_signed_in(request), request.app.state.house
    at = house.clock()
    with house.database.reading() as connection:
        living = sessions.sessions_of(connection, session.actor.id, at=at, token=session_token(request) or "")
    _ = reader(request).translator.gettext
    return page(
        request,
        "web/account.html",
        private=True,
        actor=session.actor,
        sessions=living,
        fresh=_is_fresh(session, at),
        crumbs=(Crumb(_("Your account")),),
    )


@house_router.post("/account/end-session")
def end_session_form(request: Request, form: Form) -> Response:
    """End one session of this account; ending this very one signs out."""
    session, house = require_signed_in(request), request.app.state.house
    if not _is_fresh(session, house.clock()):
        return redirect("/step-up?next=/account")
    with house.database.transaction() as connection:
        sessions.end_one(
            connection, session.actor.id, str(form.get("session", ""))[:100], by=session.actor, at=house.clock()
        )
    return redirect("/account")


@house_router.post("/sign-out-everywhere")
def everywhere(request: Request, form: Form) -> Response:
    """End every session of this account, on every machine."""
    session, house = require_signed_in(request), request.app.state.house
    # ASVS 5.0, 7.5.2: who ends sessions proves first who they are, or a stolen one would throw out its owner.
    if not _is_fresh(session, house.clock()):
        return redirect("/step-up?next=/account")
    with house.database.transaction() as connection:
        sessions.sign_out_everywhere(connection, session.actor.id, by=session.actor, at=house.clock())
    response = redirect("/")
    end_session(request, response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _is_fresh(session: sessions.SignedIn, at: datetime) -> bool:
    until = session.actor.stepped_up_until
    return until is not None and at < until


def provider_of(request: Request) -> oidc.Provider | None:
    """The sign-in provider of this installation; the demo has none."""
    provider: oidc.Provider | None = request.app.state.provider
    return provider


def _to_provider(request: Request, after: str, session: str | None = None) -> Response:
    provider, house = provider_of(request), request.app.state.house
    assert provider is not None
    with house.database.transaction() as connection:
        begun = oidc.begin(connection, provider, after=after, at=house.clock(), session=session)
    # 303: the form was posted to us; the provider is asked with GET.
    response = RedirectResponse(begun.url, status_code=303)
    secure = shell_of(request).secure
    # Lax: the provider sends the browser back with a top-level GET.
    response.set_cookie(
        _login_cookie(request), begun.browser, max_age=600, httponly=True, secure=secure, samesite="lax", path="/"
    )
    return response


def _login_cookie(request: Request) -> str:
    return "__Host-embla_login" if shell_of(request).secure else "embla_login"


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
    settings = shell_of(request).settings
    return page(
        request, "web/privacy.html", vendored=vendored(), organisation=settings.node_organisation,
        contact=settings.node_contact.removeprefix("mailto:") or settings.node_url, officer=settings.officer_contact,
        opt_out_page=settings.opt_out_page, crumbs=(Crumb(_("Privacy")),),
    )  # fmt: skip


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
