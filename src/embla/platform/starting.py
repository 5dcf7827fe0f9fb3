"""What must be so before anything is served: secrets that are secrets, and nobody's session in the clear."""

import os
import socket
from collections.abc import Mapping
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from embla.errors import UsageError
from embla.platform.addresses import is_this_machine
from embla.platform.ledger.sending import Collector
from embla.platform.oidc import check_provider
from embla.platform.settings import Settings

# Beside `embla.db` in a home that `embla demo` made.
DEMO_MARK: Final = "demo.json"
_LEAST: Final = 16
_DEFAULTS: Final = ("changeme", "change-me", "secret", "password", "default", "example", "embla", "test")


def is_demo_home(settings: Settings) -> bool:
    """True for a home that `embla demo` made: it leaves a mark there."""
    return (settings.home / DEMO_MARK).exists()


def check_start(settings: Settings, *, is_demo_home: bool) -> None:
    """UsageError, with what to mend, for settings that must not be served with.

    `is_demo_home`: the home was made by `embla demo`, so that every person in it is made up.
    """
    check_provider(settings)
    check_databases(settings)
    if settings.log_collector:
        Collector.of(settings.log_collector, settings.log_collector_ca)
    if settings.demo:
        if not is_demo_home and not is_this_machine(settings.host):
            raise UsageError(
                "EMBLA_DEMO lets everybody sign in as anybody, and this home is not the demo's.",
                mend="Unset EMBLA_DEMO, or serve on 127.0.0.1.",
            )
        return
    for name in ("secret", "oidc_client_secret", "metrics_token", "source_token"):
        if getattr(settings, name) and is_guessable(getattr(settings, name)):
            raise UsageError(f"EMBLA_{name.upper()} can be guessed.", mend=f"Give {_LEAST} random characters or more.")
    if not is_this_machine(settings.host) and not settings.public_url.startswith("https://"):
        raise UsageError(
            f"Serving on {settings.host} needs TLS: sessions must not travel in the clear.",
            mend="Put a proxy in front and set EMBLA_PUBLIC_URL=https://..., or serve on 127.0.0.1.",
        )


def check_port(settings: Settings) -> None:
    """UsageError where the address cannot be served on: somebody else listens there, or it is not this machine's.

    Ahead of all work; who takes the port in between is told of by the server."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, proto) as trial:
            if os.name == "posix":
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        raise UsageError(
            f"{settings.host}:{settings.port} cannot be served on: {(error.strerror or str(error)).lower()}.",
            mend="Stop what listens there, or give another: --port 8001.",
        ) from error


def check_databases(settings: Settings, environ: Mapping[str, str] | None = None) -> None:
    """UsageError for a PostgreSQL on another machine that is spoken to without TLS that knows whom it speaks to.

    ASVS 5.0, 12.3.1. A socket of this machine and its own addresses need none; the demo's data are made up.
    """
    for name in ("database_url", "identity_url"):
        url = getattr(settings, name)
        if url and not settings.demo and not _is_safe_database(url, os.environ if environ is None else environ):
            raise UsageError(
                f"The PostgreSQL of EMBLA_{name.upper()} is on another machine and need not prove that it is the one.",
                mend="Add `?sslmode=verify-full` to its URL (and `&sslrootcert=FILE` for a certificate of your own).",
            )


def _is_safe_database(url: str, environ: Mapping[str, str]) -> bool:
    try:
        modes = make_url(url).normalized_query.get("sslmode") or (environ.get("PGSSLMODE", ""),)
    except ArgumentError:
        return True  # whoever opens it says what is wrong
    return set(modes) <= {"verify-full", "verify-ca"} or not is_database_elsewhere(url, environ)


def is_database_elsewhere(url: str, environ: Mapping[str, str]) -> bool:
    """True for a database that is, or may be, on another machine. Sockets and this machine's own addresses are here."""
    try:
        parts = make_url(url)
    except ArgumentError:
        return False
    if parts.get_backend_name() == "sqlite":
        return False
    query = parts.normalized_query
    if query.get("service") or environ.get("PGSERVICE"):
        return True  # a file elsewhere says which machine it is
    hosts = [host for name in ("host", "hostaddr") for one in query.get(name, ()) for host in one.split(",")]
    hosts += (parts.host or "").split(",")
    if not any(hosts):
        hosts = environ.get("PGHOST", "").split(",")
    hosts += environ.get("PGHOSTADDR", "").split(",")
    # libpq: what begins with / or @ is the folder of a socket, and so is no host at all.
    return not all(not host or host[0] in "/@" or is_this_machine(_without_port(host)) for host in hosts)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and ":" not in name else host


def is_guessable(secret: str) -> bool:
    """Short, of few different characters, or one of those that stand in examples."""
    plain = secret.lower()
    return len(secret) < _LEAST or len(set(secret)) < 8 or any(plain.startswith(word) for word in _DEFAULTS)
