"""Sign-in through an OpenID Connect provider: authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636).

`begin` notes a login and gives the address to send the browser to; `finish` takes what came back. A login is bound to
the browser by a cookie, to the answer by `state`, to the identity token by `nonce`, and each is used once. The token is
checked as Core 3.1.3.7 says: signature by a key of the provider with an algorithm of ours, issuer, audience, authorised
party, times. Accounts are made by administrators; a claim names the one, and an unknown one is refused.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Connection, delete, insert, select

from embla.errors import NotPermitted, Unavailable, UsageError
from embla.optional import require
from embla.platform.accounts import hash_token
from embla.platform.addresses import is_safe_address
from embla.platform.settings import Settings
from embla.platform.tables import login_states

# Asymmetric alone: with HS256 whoever knows the client's secret could sign, and `none` signs nothing.
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "RS384", "RS512", "ES384", "ES512", "EdDSA")
SKEW: Final = 60  # seconds that the two clocks may differ
PENDING: Final = timedelta(minutes=10)
_KNOWN_FOR: Final = timedelta(hours=1)
_LARGEST: Final = 1 << 20
CALLBACK: Final = "/login/callback"

# Shown on a page, and so in the sentences that `app.py` has told in the reader's language.
WEAK: Final = "Sign in again with a second factor; your administrator knows which ones count."


@dataclass(frozen=True)
class Begun:
    """Where the browser goes, and what its cookie holds until it comes back."""

    url: str
    browser: str


@dataclass(frozen=True)
class Proved:
    """Who came back. `confirmed`: when they proved it to the provider, if that is fresh and strong enough for what
    needs it; `session`: hash of the session that asked to be stepped up."""

    account: str
    after: str
    confirmed: datetime | None
    session: str | None


@dataclass
class Provider:
    """The provider of these settings; what it publishes of itself is kept for an hour."""

    settings: Settings
    transport: Any = None  # tests answer instead of a network
    _kept: dict[str, tuple[datetime, Any]] = field(default_factory=dict)

    @property
    def redirect(self) -> str:
        """Where the provider sends the browser back to: fixed, never from a request's Host."""
        return own_address(self.settings) + CALLBACK

    def metadata(self, at: datetime) -> Mapping[str, Any]:
        """Its published description (OpenID Connect Discovery 1.0), whose issuer must be the one of the settings."""
        issuer = self.settings.oidc_issuer.rstrip("/")
        found = self._get(f"{issuer}/.well-known/openid-configuration", at)
        if str(found.get("issuer", "")).rstrip("/") != issuer:
            raise _refused("issuer", "The provider calls itself something else than EMBLA_OIDC_ISSUER.")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe_address(str(found.get(name, ""))):
                raise _refused("metadata", f"The provider's {name} is not an https address.")
        metadata: Mapping[str, Any] = found
        return metadata

    def keys(self, at: datetime, *, fresh: bool = False) -> Any:
        """Its signing keys."""
        address = self.metadata(at)["jwks_uri"]
        if fresh:
            self._kept.pop(address, None)
        return require("joserfc.jwk", doing="Signing in", extra="oidc").KeySet.import_key_set(self._get(address, at))

    def exchange(self, code: str, verifier: str, at: datetime) -> str:
        """The identity token for a code. The access token is not used, and not kept."""
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect,
            "client_id": self.settings.oidc_client_id, "code_verifier": verifier,
        }  # fmt: skip
        secret = self.settings.oidc_client_secret
        answer = self._send(
            "POST",
            self.metadata(at)["token_endpoint"],
            data=form,
            auth=(self.settings.oidc_client_id, secret) if secret else None,
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _refused("token", "The provider gave no identity token.")
        return token

    def _get(self, address: str, at: datetime) -> Any:
        kept = self._kept.get(address)
        if kept is None or at - kept[0] >= _KNOWN_FOR:
            kept = self._kept[address] = (at, self._send("GET", address))
        return kept[1]

    def _send(self, method: str, address: str, **more: Any) -> Any:
        httpx = require("httpx", doing="Signing in", extra="oidc")
        try:
            with (
                httpx.Client(timeout=10, follow_redirects=False, transport=self.transport) as client,
                client.stream(method, address, **more) as answer,
            ):
                data = bytearray()
                for chunk in answer.iter_bytes():
                    data += chunk
                    if len(data) > _LARGEST:
                        raise Unavailable("The sign-in provider answers too much.")
                status = answer.status_code
        except httpx.HTTPError as error:
            raise Unavailable("The sign-in provider does not answer.", mend="Try again shortly.") from error
        if status >= 500:
            raise Unavailable("The sign-in provider does not answer.", mend="Try again shortly.")
        try:
            found = json.loads(data)
        except ValueError:
            found = None
        if status != 200 or not isinstance(found, dict):
            raise _refused("answer", "The provider refused.")
        return found


def begin(connection: Connection, provider: Provider, *, after: str, at: datetime, session: str | None = None) -> Begun:
    """Note a login; `session` (its token) when a living session is to be stepped up: its holder then proves it anew."""
    state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
    connection.execute(delete(login_states).where(login_states.c.created <= at - PENDING))
    connection.execute(
        insert(login_states).values(
            state_hash=hash_token(state),
            browser_hash=hash_token(browser),
            nonce=nonce,
            verifier=verifier,
            after=after,
            created=at,
            session_hash=hash_token(session) if session else None,
        )
    )
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code", "client_id": provider.settings.oidc_client_id, "redirect_uri": provider.redirect,
        "scope": "openid", "state": state, "nonce": nonce, "code_challenge": challenge,
        "code_challenge_method": "S256",
    }  # fmt: skip
    if session is not None:
        query |= {"prompt": "login", "max_age": "0"}
    if provider.settings.oidc_acr:
        query["acr_values"] = provider.settings.oidc_acr
    endpoint = provider.metadata(at)["authorization_endpoint"]
    return Begun(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", browser)


def take_state(connection: Connection, answer: Mapping[str, str]) -> Any:
    """The login that an answer belongs to; it is gone afterwards, whatever comes of it."""
    row = connection.execute(
        select(login_states).where(login_states.c.state_hash == hash_token(answer.get("state", "")))
    ).one_or_none()
    if row is not None:
        connection.execute(delete(login_states).where(login_states.c.state_hash == row.state_hash))
    return row


def finish(provider: Provider, row: Any, answer: Mapping[str, str], browser: str, *, at: datetime) -> Proved:
    """Who signed in. NotPermitted, with a rule `oidc.*`, for anything that does not fit."""
    if row is None or at - row.created >= PENDING or not hmac.compare_digest(row.browser_hash, hash_token(browser)):
        raise _refused("state", "This sign-in was not begun here, or took too long.")
    # RFC 9207: an answer that names its issuer must name ours.
    if answer.get("iss", provider.settings.oidc_issuer).rstrip("/") != provider.settings.oidc_issuer.rstrip("/"):
        raise _refused("issuer", "The answer came from another provider.")
    if "error" in answer or not answer.get("code"):
        raise _refused("provider", "The provider did not sign you in.")
    claims = checked_claims(provider, provider.exchange(answer["code"], row.verifier, at), row.nonce, at)
    account = claims.get(provider.settings.oidc_claim)
    if not isinstance(account, str) or not account:
        raise _refused("claim", "The provider does not say which account this is.")
    return Proved(account, row.after, _confirmed(provider, claims, row.session_hash is not None, at), row.session_hash)


def checked_claims(provider: Provider, token: str, nonce: str, at: datetime) -> Mapping[str, Any]:
    """The claims of an identity token that passes every check of OpenID Connect Core 3.1.3.7."""
    jwt = require("joserfc.jwt", doing="Signing in", extra="oidc")
    errors = require("joserfc.errors", doing="Signing in", extra="oidc")
    settings = provider.settings
    decoded = None
    for fresh in (False, True):  # a key that is not known may be new: the provider rotated
        try:
            decoded = jwt.decode(token, provider.keys(at, fresh=fresh), algorithms=list(ALGORITHMS))
            break
        except (errors.JoseError, ValueError, KeyError):
            continue
    if decoded is None:
        raise _refused("signature", "The identity token is not signed by the provider.")
    claims: Mapping[str, Any] = decoded.claims
    now = int(at.timestamp())
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    tests = {
        "issuer": str(claims.get("iss", "")).rstrip("/") == settings.oidc_issuer.rstrip("/"),
        "audience": settings.oidc_client_id in audiences,
        "authorised_party": claims.get("azp", settings.oidc_client_id) == settings.oidc_client_id
        and (len(audiences) == 1 or "azp" in claims),
        "expired": _is_time(claims.get("exp")) and claims["exp"] > now - SKEW,
        "issued": _is_time(claims.get("iat")) and now - 86_400 < claims["iat"] <= now + SKEW,
        "not_before": "nbf" not in claims or (_is_time(claims["nbf"]) and claims["nbf"] <= now + SKEW),
        "nonce": isinstance(claims.get("nonce"), str) and hmac.compare_digest(claims["nonce"], nonce),
        "subject": isinstance(claims.get("sub"), str) and bool(claims.get("sub")),
    }
    for name, holds in tests.items():
        if not holds:
            raise _refused(name, "The identity token is not for this sign-in.")
    return claims


def _confirmed(provider: Provider, claims: Mapping[str, Any], asked: bool, at: datetime) -> datetime | None:
    """When the person proved who they are, where that counts as fresh and strong. Asked for and not given: refused."""
    told = claims.get("auth_time")
    when = datetime.fromtimestamp(told, UTC) if told is not None and _is_time(told) else None
    fresh = when is not None and at - when <= timedelta(seconds=SKEW) + PENDING and when <= at + timedelta(seconds=SKEW)
    strong = not provider.settings.oidc_acr or claims.get("acr") == provider.settings.oidc_acr
    if not strong and not provider.settings.demo:
        # ASVS 5.0, 6.3.3. Who was asked for a second factor and came without one does not come in at all.
        raise _refused("level", "The provider signed you in by weaker means than this place asks for.", WEAK)
    if asked and not (fresh and strong):
        raise _refused("step_up", "The provider did not ask anew who you are, or not strongly enough.")
    return min(when, at) if when is not None and fresh and strong else None


def own_address(settings: Settings) -> str:
    """What readers call this installation, without a slash at the end."""
    return settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"


def check_provider(settings: Settings) -> None:
    """UsageError for settings with which nobody could sign in safely."""
    if not settings.oidc_issuer:
        return
    if not is_safe_address(settings.oidc_issuer):
        raise UsageError("EMBLA_OIDC_ISSUER is not an https address.", mend="Only on this machine may it be http.")
    if not settings.oidc_client_id:
        raise UsageError("EMBLA_OIDC_ISSUER needs EMBLA_OIDC_CLIENT_ID.", mend="The provider gave it out.")


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1 << 40


def _refused(rule: str, message: str, mend: str = "Begin the sign-in again.") -> NotPermitted:
    return NotPermitted(message, rule=f"oidc.{rule}", mend=mend)
