"""Time and ids come in as arguments, so that a test can name them; only the edges touch the real ones."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
NewId = Callable[[], str]

# Crockford's letters: no I, L, O, U, so an id read aloud or written by hand comes back as it was.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


def random_id() -> str:
    """80 random bits as 16 letters and digits; says nothing about what it names."""
    return "".join(secrets.choice(_LETTERS) for _ in range(16))


def time_text(at: datetime) -> str:
    """ISO 8601 in UTC with six decimals and Z, so that text order is time order. `at` must be aware."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str) -> datetime:
    """The inverse of `time_text`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
