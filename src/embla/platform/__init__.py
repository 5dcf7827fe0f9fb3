"""What every room above stands on: settings, log lines, languages; with a database also the event log and accounts.

Owns: how Embla is told about its surroundings (environment, `settings.toml`), how it tells about itself (JSON log
lines without persons), and in which language it speaks (English, Danish). Words: `home` is the one folder that holds
database, keys, vault and settings; `translator` gives gettext functions for one language.
Never knows: genotypes, persons, what a page shows. Start at settings.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.platform.language import (
        DOMAIN,
        LANGUAGES,
        LOCALE,
        Formats,
        Translator,
        formats,
        language_of,
        preferred_language,
        translator,
    )
    from embla.platform.logging import configure_logging
    from embla.platform.settings import Settings, read_settings

__all__ = [
    "DOMAIN",
    "LANGUAGES",
    "LOCALE",
    "Formats",
    "Settings",
    "Translator",
    "configure_logging",
    "formats",
    "language_of",
    "preferred_language",
    "read_settings",
    "translator",
]

__getattr__ = lazy(
    __name__,
    {
        "DOMAIN": "language",
        "LANGUAGES": "language",
        "LOCALE": "language",
        "Formats": "language",
        "Translator": "language",
        "formats": "language",
        "language_of": "language",
        "preferred_language": "language",
        "translator": "language",
        "configure_logging": "logging",
        "Settings": "settings",
        "read_settings": "settings",
    },
)
