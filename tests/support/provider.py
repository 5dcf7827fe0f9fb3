"""A small OpenID Connect provider for tests, on loopback or in memory, with knobs to be wrong in every way.

It checks PKCE and the code itself, so that a client that forgot them does not pass.
"""

import base64
import hashlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

CLIENT = "embla-test"


class SmallProvider:
    """`account` is whoever signs in. `claims` are laid over the identity token, `alg` and `signing` choose its key."""

    def __init__(self, issuer: str = "https://id.example", now: Any = None) -> None:
        self.issuer = issuer
        self.key = RSAKey.generate_key(2048, parameters={"kid": "1"}, auto_kid=False)
        self.signing: Any = self.key
        self.alg = "RS256"
        self.account = "doctor"
        self.claims: dict[str, Any] = {}
        self.now = now
        self.metadata: dict[str, Any] = {}
        self.fail: int | None = None
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}

    def authorize(self, address: str) -> str:
        """What a browser gets that follows the client's redirect: the address it is sent back to."""
        query = {key: value[0] for key, value in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code" and query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256" and len(query["code_challenge"]) == 43
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.issuer})}"

    def answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """One request of the client."""
        if self.fail is not None:
            return self.fail, {}
        if path == "/.well-known/openid-configuration":
            own = {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize"}
            return 200, own | {
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            } | self.metadata
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False) | {"kid": self.key.kid, "use": "sig"}]}
        if path == "/token" and method == "POST":
            return self._token(form)
        return 404, {}

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        query = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if query is None or challenge.rstrip(b"=").decode() != query["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(self.now().timestamp())
        claims = {
            "iss": self.issuer, "sub": self.account, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now,
            "nonce": query["nonce"],
        } | self.claims  # fmt: skip
        claims = {key: value for key, value in claims.items() if value is not None}
        header = {"alg": self.alg, "kid": "1"}
        if self.alg == "none":
            parts = [base64.urlsafe_b64encode(dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
            return 200, {"id_token": ".".join([*parts, ""]), "token_type": "Bearer"}
        token = jwt.encode(header, claims, self.signing, algorithms=[self.alg])
        return 200, {"id_token": token, "token_type": "Bearer", "access_token": "unused"}

    def transport(self) -> httpx.MockTransport:
        """The provider without a network."""

        def handle(request: httpx.Request) -> httpx.Response:
            form = {key: value[0] for key, value in parse_qs(request.content.decode()).items()}
            status, body = self.answer(request.method, request.url.path, form)
            return httpx.Response(status, json=body)

        return httpx.MockTransport(handle)


def other_key() -> RSAKey:
    """A key that the provider never published."""
    return RSAKey.generate_key(2048, parameters={"kid": "1"}, auto_kid=False)


def shared_secret() -> OctKey:
    """For the confusion of algorithms: a symmetric key."""
    return OctKey.import_key(secrets.token_bytes(32))


def curve_key() -> ECKey:
    """An elliptic one."""
    return ECKey.generate_key("P-256", parameters={"kid": "1"}, auto_kid=False)


@contextmanager
def on_loopback(provider: SmallProvider) -> Iterator[str]:
    """Serve it on a port of this machine; the issuer becomes its address."""

    class Handler(BaseHTTPRequestHandler):
        def _send(self, method: str) -> None:
            length = int(self.headers.get("content-length", 0))
            form = {key: value[0] for key, value in parse_qs(self.rfile.read(length).decode()).items()}
            if urlsplit(self.path).path == "/authorize":
                self.send_response(303)
                self.send_header("Location", provider.authorize(self.path))
                self.end_headers()
                return
            status, body = provider.answer(method, urlsplit(self.path).path, form)
            data = dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._send("GET")

        def do_POST(self) -> None:
            self._send("POST")

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider.issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
