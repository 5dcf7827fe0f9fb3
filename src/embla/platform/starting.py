"""What must be so before anything is served: secrets that are secrets, and nobody's session in the clear."""

from typing import Final

from embla.errors import UsageError
from embla.platform.addresses import is_this_machine
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


def is_guessable(secret: str) -> bool:
    """Short, of few different characters, or one of those that stand in examples."""
    plain = secret.lower()
    return len(secret) < _LEAST or len(set(secret)) < 8 or any(plain.startswith(word) for word in _DEFAULTS)
