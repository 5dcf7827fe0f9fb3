"""The web edge: settings -> home -> one application. Mounts each room's pages and API, and maps errors to status.

`embla serve` calls `serve`; under another server name the factory: `uvicorn --factory embla.app:application`.
"""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from embla import __version__, gates
from embla.answers import http as answers_http
from embla.answers import pages as answers_pages
from embla.care import http as care_http
from embla.care import pages as care_pages
from embla.classification import http as classification_http
from embla.classification import pages as classification_pages
from embla.composition import open_home
from embla.disclosure import BudgetSpent
from embla.errors import (
    BadInput,
    Broken,
    Conflict,
    EmblaError,
    MissingPackage,
    NotFound,
    NotPermitted,
    Refused,
    Unavailable,
    UsageError,
)
from embla.federation import http as federation_http
from embla.federation import name_sequences_ahead
from embla.federation import pages as federation_pages
from embla.frequency import pages as frequency_pages
from embla.governance import pages as governance_pages
from embla.identity import http as identity_http
from embla.identity import pages as identity_pages
from embla.operations import Metrics
from embla.operations import http as operations_http
from embla.oversight import pages as oversight_pages
from embla.pgx import http as pgx_http
from embla.pgx import pages as pgx_pages
from embla.pgx import warm_up
from embla.platform import (
    House,
    LogHealth,
    Provider,
    Settings,
    check_port,
    check_start,
    configure_logging,
    is_demo_home,
    is_this_machine,
    read_settings,
    who_is,
)
from embla.platform.web import (
    SHAPES as HOUSE_SHAPES,
)
from embla.platform.web import (
    Guard,
    Leave,
    Limits,
    Shell,
    error_response,
    from_embla,
    from_http,
    house_router,
    install,
    sign_in_again,
    told,
    wants_data,
)
from embla.policy import decisions_of_request
from embla.policy import pages as policy_pages
from embla.registry import laboratories
from embla.registry import pages as registry_pages
from embla.submission import http as submission_http
from embla.submission import pages as submission_pages
from embla.worker import working

log = logging.getLogger("embla.web")

# Questions that cost much: lists, batches and live counts.
HEAVY = (
    "/batch",
    "/region/",
    "/gene/",
    "/case/",
    "/api/regions/",
    "/api/frequencies",
    "/api/cases/",
    "/api/pgx/",
    "/cds-services/",
    "/refget/sequence/",
    "/beacon/",
    "/fairdp",
    "/catalogue",
    "/network",
    "/htsget/",
    "/ga4gh/drs/",
)
# One variant is quick to answer, a batch of a thousand is not.
LIGHT = ("/api/frequencies/",)

# The nearest class in an error's line of ancestors decides.
STATUS: dict[type[EmblaError], int] = {
    EmblaError: 500,
    UsageError: 400,
    BadInput: 422,
    Refused: 409,
    NotPermitted: 403,
    NotFound: 404,
    Conflict: 409,
    Broken: 500,
    Unavailable: 503,
    MissingPackage: 501,
    BudgetSpent: 429,
}


def status_of(error: EmblaError) -> int:
    """HTTP status of an error of our tree."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def create_app(settings: Settings, house: House | None = None) -> FastAPI:
    """The application over the home of `settings` (opened, and made if missing, unless `house` is given)."""
    house = home = house or open_home(settings)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        with working(home):
            yield

    # The stock pages load their script from elsewhere; /api is ours.
    app = FastAPI(
        title="Embla",
        version=__version__,
        summary="The nation's genome database: how often a variant occurs, from named releases.",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
    )
    app.state.house = house
    # In the demo people choose who they are; elsewhere the provider says it.
    app.state.provider = Provider(settings) if settings.oidc_issuer and not settings.demo else None
    step_up = timedelta(minutes=settings.step_up_minutes)
    app.state.health = lambda: health(house)
    app.state.log_light = lambda: log_light(house)
    rooms = {
        "answers": answers_pages.TEMPLATES,
        "care": care_pages.TEMPLATES,
        "classification": classification_pages.TEMPLATES,
        "federation": federation_pages.TEMPLATES,
        "frequency": frequency_pages.TEMPLATES,
        "governance": governance_pages.TEMPLATES,
        "identity": identity_pages.TEMPLATES,
        "oversight": oversight_pages.TEMPLATES,
        "pgx": pgx_pages.TEMPLATES,
        "policy": policy_pages.TEMPLATES,
        "registry": registry_pages.TEMPLATES,
        "submission": submission_pages.TEMPLATES,
    }
    secure = not (settings.demo and is_this_machine(settings.host))
    install(
        app,
        Shell(
            settings=settings,
            rooms={name: Path(str(folder)) for name, folder in rooms.items()},
            who=lambda token: who_is(house.database, token, at=house.clock(), step_up=step_up),
            frame=frequency_pages.frame,
            secure=secure,
            shapes=(
                *HOUSE_SHAPES,
                *frequency_pages.SHAPES,
                *submission_pages.SHAPES,
                *care_pages.SHAPES,
                *answers_pages.SHAPES,
                *classification_pages.SHAPES,
                *governance_pages.SHAPES,
                *pgx_pages.SHAPES,
                *oversight_pages.SHAPES,
                *policy_pages.SHAPES,
            ),
            example=frequency_pages.example,
        ),
    )
    for router in (
        *frequency_pages.routers(),
        house_router,
        *submission_pages.routers(),
        registry_pages.router,
        *care_pages.routers(),
        pgx_pages.router,
        *oversight_pages.routers(),
    ):
        app.include_router(router)
    for router in submission_http.routers():
        app.include_router(router)
    app.include_router(classification_pages.router)
    app.include_router(answers_pages.router)
    app.include_router(answers_http.router)
    app.include_router(classification_http.router)
    app.state.case_states = answers_pages.case_states()
    app.state.variant_panels = (classification_pages.panel,)
    app.include_router(operations_http.router)
    app.include_router(governance_pages.router)
    app.state.metrics = Metrics(house)
    app.include_router(policy_pages.router)
    app.include_router(identity_http.router)
    app.include_router(identity_pages.router)
    app.include_router(care_http.router)
    for own in federation_pages.routers():
        app.include_router(own)
    for door in federation_http.routers():
        app.include_router(door)
    for api in pgx_http.routers():
        app.include_router(api)
    app.add_exception_handler(EmblaError, _on_embla)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    limits = Limits(
        body=settings.body_limit,
        upload=settings.upload_limit,
        large=(*submission_pages.LARGE_PATHS, *submission_http.LARGE_PATHS),
        per_minute=settings.requests_per_minute,
        anonymous=settings.anonymous_per_minute,
        heavy=HEAVY,
        light=LIGHT,
        at_once=settings.heavy_at_once,
    )
    app.add_middleware(
        Guard,
        refuse=_refuse,
        limits=limits,
        secure=secure,
        answered=app.state.metrics.answered,
        watch=_watched,
    )
    missing = gates.without_a_row(app)
    if missing:
        raise RuntimeError(f"give each route a row in embla/gates/routes.py: {', '.join(missing)}")
    return app


def application() -> FastAPI:
    """For `uvicorn --factory`: settings from the environment and the home's file."""
    settings = read_settings()
    check_start(settings, is_demo_home=is_demo_home(settings))
    configure_logging(settings.log_level)
    return create_app(settings)


def serve(settings: Settings, host: str | None = None, port: int | None = None) -> None:
    """Serve in the foreground until Ctrl-C; `host` and `port` beat the settings."""
    from dataclasses import replace

    import uvicorn

    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    check_start(settings, is_demo_home=is_demo_home(settings))
    check_port(settings)
    configure_logging(settings.log_level)
    app = create_app(settings)
    Thread(target=warm_up, daemon=True).start()
    Thread(target=name_sequences_ahead, args=(app.state.house,), daemon=True).start()
    # Our own log line says less: uvicorn's has the path, and with it what somebody searched for.
    config = uvicorn.Config(
        app, host=settings.host, port=settings.port, access_log=False, log_config=None, server_header=False
    )
    uvicorn.Server(config).run()


@contextmanager
def _watched() -> Iterator[Leave]:
    """No answer of a route with an action leaves before that action was decided about in this request."""
    with decisions_of_request() as made:
        yield lambda method, pattern, path: gates.kept(method, pattern, path, made)


def health(house: House) -> dict[str, Any]:
    """Which parts answer. `ok` when those do without which nothing works: database and genome store."""

    def answers(ask: Callable[[], object]) -> bool:
        try:
            return ask() is not None
        except Exception:
            log.warning("a part does not answer", exc_info=True)
            return False

    def database() -> object:
        with house.database.reading() as connection:
            return len(laboratories(connection, on=house.clock().date()))

    def store() -> object:
        with house.database.reading() as connection:
            return house.view(connection)

    found: dict[str, Any] = {
        "database": answers(database),
        "store": answers(store),
        "releases": answers(lambda: frequency_pages.newest_release(house)),
        "reference": answers(lambda: house.reference),
        "genes": answers(lambda: house.genes),
    }
    found["laboratories"] = database() if found["database"] else None
    return found | {"ok": found["database"] and found["store"]}


def log_light(house: House) -> LogHealth | None:
    """How the event log is, at most some seconds ago; None when that cannot be found out."""
    try:
        return house.log.recent(house.clock())
    except EmblaError:
        log.error("the event log cannot be checked", exc_info=True)
        return None


def _refuse(
    request: Request, status: int, message: str = "", mend: str = "", headers: dict[str, str] | None = None
) -> Response:
    """What is refused before a route answers, as the door that was asked has it."""
    answer = federation_http.refused(request, status, f"{message} {mend}".strip() or told(request, status)[1])
    if answer is None:
        return error_response(request, status, message, mend, headers)
    answer.headers.update(headers or {})
    return answer


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = federation_http.refused(request, error.status_code, str(error.detail))
    if detail is None:
        return from_http(request, error)
    detail.headers.update(dict(error.headers or {}))
    return detail


async def _on_embla(request: Request, error: Exception) -> Response:
    assert isinstance(error, EmblaError)
    status = status_of(error)
    # Who must sign in, or confirm who they are, is led there; what they typed is not lost.
    if isinstance(error, NotPermitted) and not wants_data(request):
        led = sign_in_again(request, error)
        if led is not None:
            return led
    if status >= 500:
        log.error("request failed", exc_info=error, extra={"request": request.state.request_id})
    return from_embla(request, error, status)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Only where and which rule: the value itself may be anything.
    told = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()[:5])
    return error_response(request, 400, told)
