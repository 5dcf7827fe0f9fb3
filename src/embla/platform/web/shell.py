"""The shell: templates, who reads, and the one way to make a page.

`install(app, shell)` puts it on the application; a route calls `page(request, "room/name.html", ...)`. Templates of a
room are named by its folder: `frequency/variant.html` lies in `embla/frequency/templates/variant.html`.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from embla import __version__
from embla.platform.language import LANGUAGES, Formats, Translator, formats, preferred_language, translator
from embla.platform.settings import Settings
from embla.platform.web.sentences import Sentences
from embla.platform.web.static import Assets
from embla.platform.web.unseen import shown

if TYPE_CHECKING:
    from embla.platform.sessions import SignedIn

log = logging.getLogger("embla.web")
TEMPLATES = Path(__file__).parent / "templates"
YEAR = 31_536_000
_PERSON_NUMBER = re.compile(r"(?<!\d)\d{6}(?:-|%20| )?\d{4}(?!\d)", re.ASCII)
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class Crumb:
    """One step of the way from the home page to here; the last has no address."""

    name: str
    href: str = ""


@dataclass(frozen=True)
class Reader:
    """Language, theme and shortcuts of one request."""

    language: str
    theme: str
    shortcuts: bool

    @property
    def translator(self) -> Translator:
        """Gettext functions of the reader's language."""
        return translator(self.language)

    @property
    def formats(self) -> Formats:
        """Numbers and dates as the reader writes them."""
        return formats(self.language)


@dataclass(frozen=True)
class Shell:
    """What pages share.

    rooms: template prefix -> folder. who: finds a session by its token. frame: what the frame of each page shows of the
    data (`release`, `releases`). shapes: see sentences.py. example: the variant that the API page asks for.
    """

    settings: Settings
    rooms: Mapping[str, Path]
    who: "Callable[[str | None], SignedIn | None]"
    frame: Callable[[Request], Mapping[str, Any]]
    secure: bool
    shapes: Sequence[str] = ()
    example: Callable[[Request], str] = lambda _: ""
    assets: Assets = field(default_factory=Assets)

    @cached_property
    def sentences(self) -> Sentences:
        """The shapes of sentences that rooms below write in English."""
        return Sentences(self.shapes)

    @cached_property
    def environments(self) -> dict[str, Environment]:
        """One Jinja environment a language."""
        return {language: self._environment(language) for language in LANGUAGES}

    def retold(self, request: Request, sentence: str) -> Markup:
        """A lower room's sentence in the reader's language."""
        who = reader(request)
        return self.sentences.told(sentence, who.language, who.translator)

    def _environment(self, language: str) -> Environment:
        loaders = {"web": TEMPLATES, **self.rooms}
        environment = Environment(
            loader=PrefixLoader({name: FileSystemLoader(folder) for name, folder in loaders.items()}),
            extensions=["jinja2.ext.i18n"],
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        words, write = translator(language), formats(language, self.settings.time_zone)
        environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
        environment.filters |= {
            "number": write.number,
            "money": write.money,
            "frequency": write.frequency,
            "percent": write.percent,
            "date": write.date,
            "moment": write.moment,
            "told": lambda sentence: self.sentences.told(str(sentence), language, words),
        }
        environment.globals |= {"asset": self.assets.url, "version": __version__, "language": language}
        environment.globals |= {"zone": write.zone_name}
        return environment


def install(app: FastAPI, shell: Shell) -> None:
    """Put the shell on the application."""
    app.state.shell = shell
    app.add_route("/static/{name:path}", shell.assets.serve, include_in_schema=False)


def shell_of(request: Request) -> Shell:
    """The shell of the application that answers."""
    shell = request.app.state.shell
    assert isinstance(shell, Shell)
    return shell


def reader(request: Request) -> Reader:
    """Language: `?lang=`, else the cookie, else Accept-Language, else the setting. Looked up once a request."""
    known = getattr(request.state, "reader", None)
    if isinstance(known, Reader):
        return known
    wanted = [request.query_params.get("lang"), request.cookies.get("embla_lang")]
    fallback = shell_of(request).settings.language
    language = next((name for name in wanted if name in LANGUAGES), None)
    theme = request.cookies.get("embla_theme", "auto")
    found = Reader(
        language or preferred_language(request.headers.get("accept-language"), fallback),
        theme if theme in THEMES else "auto",
        request.cookies.get("embla_keys") != "off",
    )
    request.state.reader = found
    return found


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    private: bool = False,
    crumbs: Sequence[Crumb] = (),
    **context: Any,
) -> Response:
    """Render a template. `private` marks a page with a person's or a laboratory's data: it is never kept anywhere."""
    from embla.platform.web.forms import keep_token, token_for

    shell, who = shell_of(request), reader(request)
    environment = shell.environments[who.language]
    session = _session_or_nobody(request)
    facts = {
        "reader": who,
        "say": who.translator.gettext,
        "path": request.url.path,
        "here": _here(request),
        "session": session,
        "csrf": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(token_for(request)),
        "demo": shell.settings.demo,
        "crumbs": crumbs,
        "private": private,
        "error_status": 0,
    }
    text = environment.get_template(template).render(facts | dict(_frame_or_nothing(request)) | context)
    response = HTMLResponse(shown(text), status_code=status)
    response.headers["Content-Language"] = who.language
    response.headers["Vary"] = "Accept-Language, Cookie, HX-Request"
    # What somebody signed in sees must not be left in a shared browser.
    if private or session is not None:
        response.headers["Cache-Control"] = "no-store"
    if request.query_params.get("lang") in LANGUAGES:
        remember(request, response, "embla_lang", who.language)
    keep_token(request, response)
    return response


def redirect(to: str, status: int = 303) -> Response:
    """See other; `to` is a path of ours."""
    return RedirectResponse(to, status_code=status)


def remember(request: Request, response: Response, name: str, value: str) -> None:
    """A preference cookie: no person in it, kept a year."""
    secure = shell_of(request).secure
    response.set_cookie(name, value, max_age=YEAR, httponly=True, secure=secure, samesite="lax", path="/")


def own_path(text: str, fallback: str = "/") -> str:
    """`text` if it is a path on this site, so that no form can be made to send a reader elsewhere."""
    fine = (
        not holds_number(text)
        and text.startswith("/")
        and not text.startswith(("//", "/\\"))
        and text.isprintable()
        and len(text) <= 2000
    )
    return text if fine else fallback


def holds_number(text: str) -> bool:
    """True where ten digits could be a person's number: somebody typed it into an address, and no link repeats it."""
    return _PERSON_NUMBER.search(text) is not None


def is_part(request: Request) -> bool:
    """True when htmx asks for a piece of a page."""
    return request.headers.get("hx-request") == "true"


def _here(request: Request) -> Callable[..., str]:
    """`here(page=2, lang=None)`: this address with some of the query changed; None takes a key away."""

    def address(**changes: object) -> str:
        kept = {key: value for key, value in request.query_params.items() if key in _KEPT and not holds_number(value)}
        query = kept | changes
        text = urlencode([(key, value) for key, value in query.items() if value is not None])
        # A page that answers a POST alone has no address of its own.
        path = own_path(request.url.path) if request.method == "GET" else getattr(request.state, "get_path", "/")
        return f"{path}?{text}" if text else path

    return address


# Only these are carried along in links, so that a made-up query cannot grow through a page.
_KEPT = ("release", "sort", "order", "page", "kind", "part", "at", "asked", "lang")


def _session_or_nobody(request: Request) -> "SignedIn | None":
    """Error pages must come out when the database is down too."""
    from embla.platform.web.session import signed_in

    try:
        return signed_in(request)
    except Exception:
        log.warning("session could not be looked up", extra={"request": getattr(request.state, "request_id", "")})
        request.state.signed_in = None
        return None


def _frame_or_nothing(request: Request) -> Mapping[str, Any]:
    try:
        return shell_of(request).frame(request)
    except Exception:
        log.warning("release could not be looked up", extra={"request": getattr(request.state, "request_id", "")})
        return {"release": None, "releases": ()}
