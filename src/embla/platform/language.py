"""English and Danish: gettext catalogues, and numbers and dates as each language writes them.

The catalogues lie in `embla/locale/<language>/LC_MESSAGES/embla.mo`; the English text is the message's id. Loading one
is cheap (standard library only), so that `embla --help` can speak Danish; Babel is imported when a number is formatted.
"""

import gettext
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

LANGUAGES = ("en", "da")
DOMAIN = "embla"
LOCALE = Path(__file__).parent.parent / "locale"

Translator = gettext.NullTranslations


@cache
def translator(language: str) -> Translator:
    """Give gettext functions (`gettext`, `ngettext`, `pgettext`, `npgettext`) of a language; an unknown one is English.

    For Jinja2: `environment.install_gettext_translations(translator("da"), newstyle=True)`.
    """
    if language not in LANGUAGES or language == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, str(LOCALE), languages=[language], fallback=True)


def language_of(environ: Mapping[str, str] | None = None) -> str:
    """The language of a terminal: Danish if LC_ALL, or without it LANG, begins with `da`; else English."""
    environ = os.environ if environ is None else environ
    chosen = environ.get("LC_ALL") or environ.get("LANG") or ""
    return "da" if chosen.lower().startswith("da") else "en"


def preferred_language(accept: str | None, default: str = "en") -> str:
    """The first of our languages that an Accept-Language header wants. RFC 9110, 12.5.4: `da-DK, en;q=0.8`."""
    best, weight = default, 0.0
    for part in (accept or "")[:200].split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        try:
            wanted = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        # nan compares false, so a made-up weight loses.
        if language in LANGUAGES and wanted > weight:
            best, weight = language, wanted
    return best


@dataclass(frozen=True)
class Formats:
    """Numbers and dates in one language, for pages and terminals. Never for JSON, CSV or VCF, which have one form."""

    language: str
    zone: str = "UTC"

    @property
    def _locale(self) -> str:
        return "da_DK" if self.language == "da" else "en_GB"

    def number(self, value: int | float) -> str:
        """1234567 -> "1,234,567" (en), "1.234.567" (da). At most three decimals."""
        from babel.numbers import format_decimal

        return str(format_decimal(value, locale=self._locale))

    def money(self, amount: Decimal | str) -> str:
        """ "1234567.5" -> "1,234,567.50" (en), "1.234.567,50" (da); "" stays "". Exact: a decimal or its text."""
        from babel.numbers import format_decimal

        if amount == "":
            return ""
        return str(format_decimal(Decimal(amount), format="#,##0.00##########", locale=self._locale))

    def percent(self, share: float, decimals: int = 1) -> str:
        """0.123 -> "12.3%" (en), "12,3 %" (da)."""
        from babel.numbers import format_percent

        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        space = "\u00a0" if self.language == "da" else ""
        return str(format_percent(share, format=f"{pattern}{space}%", locale=self._locale))

    def frequency(self, af: float | None) -> str:
        """An allele frequency with three significant digits, 0.0000312 -> "0.0000312"; None, where an is 0, -> "–".

        Neither rounds a frequency above 0 to "0" nor one below 1 to "1", and writes no exponent down to 1e-7.
        """
        from babel.numbers import format_decimal

        if af is None:
            return "–"
        if af and abs(af) < 1e-7:
            mantissa, exponent = f"{af:.2e}".split("e")
            return f"{format_decimal(float(mantissa), locale=self._locale)}e{int(exponent)}"
        decimals = 2 - min(_magnitude(af), _magnitude(1 - af))
        return str(format_decimal(round(af, decimals), format="0." + "#" * max(decimals, 1), locale=self._locale))

    def date(self, day: date) -> str:
        """2026-03-01 -> "1 Mar 2026" (en), "1. mar. 2026" (da)."""
        from babel.dates import format_date

        return str(format_date(day, format="medium", locale=self._locale))

    @property
    def zone_name(self) -> str:
        """What pages call the zone of their times."""
        return getattr(_zone(self.zone), "key", "UTC")

    def moment(self, at: datetime) -> str:
        """Day and time to the minute, in the zone; a time that carries none is UTC."""
        from babel.dates import format_datetime

        known = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        pattern = "d MMM y HH:mm" if self.language == "en" else "d. MMM y HH.mm"
        return str(format_datetime(known.astimezone(_zone(self.zone)), format=pattern, locale=self._locale))


@cache
def formats(language: str, zone: str = "UTC") -> Formats:
    """Formats of a language, an unknown one is English; times in `zone`, a name of the IANA time zone database."""
    return Formats(language if language in LANGUAGES else "en", zone)


def is_zone(name: str) -> bool:
    """True for a zone that this machine knows; for any name where it knows none at all, as a small container may."""
    return name == "UTC" or _zone(name) is not UTC or not available_timezones()


@cache
def _zone(name: str) -> tzinfo:
    """UTC where this machine does not know the zone: pages then say so."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _magnitude(value: float) -> int:
    """The power of ten of the first significant digit: 0.03 -> -2. 0 for 0."""
    return int(f"{value:e}".split("e")[1])
