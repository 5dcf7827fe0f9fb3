"""What stands before every route: headers, bounds on size and rate, one log line, and no traceback to anybody.

Plain ASGI, so that nothing is buffered and an error in a route, a template or a handler ends here too. The log line has
the route's pattern (`/variant/{text}`), never the path or the query: those say what somebody searched for.
"""

import logging
import math
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from embla.platform.web.rate import Rate
from embla.platform.web.session import names_somebody
from embla.platform.web.waiting import TooMany, WaitingRoom

log = logging.getLogger("embla.web")

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000; includeSubDomains"

# (request, status, message, mend, headers) -> the response in the reader's language and form
Refusal = Callable[[Request, int, str, str, dict[str, str]], Response]
# (method, route's pattern, path) -> may an answer leave? Asked when one is about to.
Leave = Callable[[str, str, str], bool]


@contextmanager
def unwatched() -> Iterator[Leave]:
    """Where nobody guards answers: a shell without rooms."""
    yield _always


@dataclass(frozen=True)
class Limits:
    """Bounds of one request: bytes, requests a minute and client (0: none), and of an address that shows no session
    and no token (`anonymous`, 0: the same). Of the paths in `heavy` but not in `light`, `at_once` are answered at the
    same time; ten times as many wait for their turn, for `patience` seconds, and the rest is told to come back.
    `large`: path prefixes that take files, `free`: those that are not counted."""

    body: int = 1 << 20
    upload: int = 4 << 30
    large: tuple[str, ...] = ()
    path: int = 4096
    per_minute: int = 300
    anonymous: int = 0
    heavy: tuple[str, ...] = ()
    light: tuple[str, ...] = ()
    at_once: int = 10
    patience: float = 2.0
    free: tuple[str, ...] = ("/static/", "/healthz")


class _TooLarge(Exception):
    pass


class _Unguarded(Exception):
    """An answer was about to leave that nobody had decided about: a defect, found before the first byte."""


class Guard:
    """Wraps the whole application. `refuse` renders an error; `secure` adds HSTS; `answered` is told the pattern of the
    route, the status and the seconds of each answer; `watch` says, once a request, which answers may leave."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        refuse: Refusal,
        limits: Limits,
        secure: bool,
        clock: Callable[[], float] = time.monotonic,
        answered: Callable[[str, int, float], None] = lambda route, status, seconds: None,
        watch: Callable[[], AbstractContextManager[Leave]] = unwatched,
    ) -> None:
        self.answered = answered
        self.app = app
        self.watch = watch
        self.refuse = refuse
        self.limits = limits
        self.rate = Rate(limits.per_minute, clock)
        # Nobody may ask more without a name than with one.
        self.anonymous = Rate(min(limits.anonymous or limits.per_minute, limits.per_minute), clock)
        self.waiting = WaitingRoom(limits.at_once, 10 * limits.at_once, limits.patience)
        self.headers = HEADERS | ({"Strict-Transport-Security": HSTS} if secure else {})
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = self.clock()
        method = scope["method"]
        if method == "HEAD":
            # What GET would answer, without the body (RFC 9110, 9.3.2).
            scope = {**scope, "method": "GET"}
        request_id = secrets.token_hex(4)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        may_leave: Leave = _always

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                # A refusal or a redirect tells nothing; whatever answers must have been decided about.
                if 200 <= message["status"] < 300 and not may_leave(method, _route(scope), scope["path"]):
                    raise _Unguarded(f"{method} {_route(scope)} answered without a decision")
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
                headers["X-Request-Id"] = request_id
                headers.setdefault("Cache-Control", "no-cache")
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        request = Request(scope, receive)
        try:
            refusal = self._refusal(request)
            if refusal is None:
                async with self.waiting.one() if self._weighs(scope["path"]) else nullcontext():
                    with self.watch() as may_leave:
                        await self.app(scope, self._bounded(request, receive), send_with_headers)
            else:
                await refusal(scope, receive, send_with_headers)
        except TooMany:
            await self.refuse(request, 503, "", "", {"Retry-After": "5"})(scope, receive, send_with_headers)
        except _TooLarge:
            if status == 0:
                await self._too_large(request)(scope, receive, send_with_headers)
        except Exception:
            log.exception("request failed", extra={"request": request_id, "route": _route(scope)})
            # Bytes that have left cannot be taken back; the server closes the connection.
            if status:
                raise
            await self.refuse(request, 500, "", "", {})(scope, receive, send_with_headers)
        finally:
            extra = {"method": method, "route": _route(scope), "status": status, "request": request_id}
            seconds = self.clock() - began
            log.info("request", extra=extra | {"ms": round(seconds * 1000)})
            self.answered(_route(scope), status, seconds)

    def _refusal(self, request: Request) -> Response | None:
        path = request.url.path
        if len(path) > self.limits.path:
            return self.refuse(request, 414, "", "", {})
        if not path.startswith(self.limits.free):
            # Counted by address: a made-up cookie gives nobody a bucket of their own, only the wider bound of all.
            known = names_somebody(request)
            rate = self.rate if known or not self.limits.anonymous else self.anonymous
            # Suggestions come with every letter typed.
            wait = rate.wait(request.client.host if request.client else "", 0.2 if path == "/search/suggest" else 1.0)
            if wait:
                return self.refuse(request, 429, "", "", {"Retry-After": str(math.ceil(wait))})
        length = Headers(scope=request.scope).get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > self._bound(path):
            return self._too_large(request)
        return None

    def _weighs(self, path: str) -> bool:
        return path.startswith(self.limits.heavy) and not path.startswith(self.limits.light)

    def _bound(self, path: str) -> int:
        return self.limits.upload if path.startswith(self.limits.large) else self.limits.body

    def _too_large(self, request: Request) -> Response:
        # The rest of the body will not be read, so the connection cannot be used again.
        return self.refuse(request, 413, "", "", {"Connection": "close"})

    def _bounded(self, request: Request, receive: Receive) -> Receive:
        """Count what arrives: a body in chunks announces no length, or a wrong one."""
        left = self._bound(request.url.path)

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise _TooLarge
            return message

        return counted


def _always(_method: str, _pattern: str, _path: str) -> bool:
    """For the guard's own refusals."""
    return True


def _route(scope: Scope) -> str:
    """The pattern of the route that answered, "-" where none did."""
    return str(getattr(scope.get("route"), "path", "-"))
