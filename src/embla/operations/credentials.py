"""What this home proves itself with to other machines: by certificates or by what does not last, or the doctor says so.

ASVS 5.0, 13.2.1: no unchanging passwords and keys between parts of a system. What stays on this machine needs none.
"""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from embla.operations.model import Finding
from embla.platform import is_database_elsewhere, is_this_machine

if TYPE_CHECKING:
    from embla.platform import House, Settings

# Days after which a secret in a file counts as one that nobody changes.
LASTS: Final = 90
_DAY: Final = 86_400


def credentials(house: "House") -> Iterator[Finding]:
    """Nothing that lasts opens another machine for this home."""
    found = list(lasting(house.settings, os.environ, time.time()))
    for told, mend in found:
        yield Finding("credentials", "bad", told, mend)
    if not found:
        yield Finding("credentials", "ok", "Nothing that lasts opens another machine for this home.")


def lasting(settings: "Settings", environ: Mapping[str, str], now: float) -> Iterator[tuple[str, str]]:
    """(what lasts, what to do instead) of each way to another machine. `now`: seconds of the epoch."""
    for name, url, secret in (
        ("database", settings.database_url, settings.database_password_file),
        ("identity", settings.identity_url, settings.identity_password_file),
    ):
        if url and is_database_elsewhere(url, environ):
            yield from _database(name, url, secret, environ, now)
    asked = (settings.opt_out_source, settings.consent_source)
    if settings.source_certificate is None and any(map(_is_elsewhere, asked)):
        yield (
            "The registers outside are shown a token that lasts.",
            "Give a certificate of this machine and its key: EMBLA_SOURCE_CERTIFICATE=FILE.pem",
        )
    places = [settings.files_at, settings.files_copy]
    in_bucket = any(place.startswith("s3://") for place in places) and not _is_here(settings.files_endpoint)
    if in_bucket and environ.get("AWS_ACCESS_KEY_ID") and not environ.get("AWS_SESSION_TOKEN"):
        yield (
            "The bucket is opened with a key that lasts.",
            "Give the machine a role (AWS_WEB_IDENTITY_TOKEN_FILE, or its own) instead of AWS_ACCESS_KEY_ID.",
        )


def _database(
    name: str, url: str, secret: Path | None, environ: Mapping[str, str], now: float
) -> Iterator[tuple[str, str]]:
    file = f"EMBLA_{name.upper()}_PASSWORD_FILE"
    mend = f"Give a client's certificate (`sslcert` and `sslkey` in its URL), or a file that changes: {file}."
    try:
        parts = make_url(url)
    except ArgumentError:
        return  # whoever opens it says what is wrong
    if parts.normalized_query.get("sslcert") or environ.get("PGSSLCERT"):
        return
    if secret is None:
        yield f"The {name} database is opened with a password that lasts.", mend
    elif (age := _age(secret, now)) > LASTS * _DAY:
        yield f"The {name} database's password has not changed for {age / _DAY:.0f} days.", mend


def _age(path: Path, now: float) -> float:
    try:
        return now - path.expanduser().stat().st_mtime
    except OSError:
        return 0.0  # whoever opens the database says so


def _is_elsewhere(source: str) -> bool:
    return "://" in source and not _is_here(source)


def _is_here(address: str) -> bool:
    return is_this_machine(urlsplit(address).hostname or "")
