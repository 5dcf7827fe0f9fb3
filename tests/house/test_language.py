"""Two languages: which one is spoken, and how numbers look in it."""

import ast
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import embla
from embla.errors import UsageError
from embla.platform import Settings, formats, language_of, preferred_language, translator

SOURCE = Path(embla.__file__).parent
SAYS = {"_", "N_", "gettext", "say", "ngettext", "pgettext", "npgettext"}


def test_messages__none_stands_inside_an_f_string_where_the_extraction_does_not_look() -> None:
    # Python 3.11 gives an f-string as one piece of text, so what is called in it is not found there.
    inside = [
        f"{path.relative_to(SOURCE)}:{part.lineno}"
        for path in sorted(SOURCE.rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for part in ast.walk(text)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in SAYS
        if part.args and isinstance(part.args[0], ast.Constant)
    ]
    assert not inside


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "da_DK.UTF-8"}, "da"),
        ({"LANG": "da_DK.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB", "LC_ALL": "da"}, "da"),
        ({"LANG": "da_DK", "LC_ALL": ""}, "da"),
        ({"LANG": "sv_SE"}, "en"),
    ],
)
def test_language_of__lc_all_wins_over_lang(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        (None, "en"),
        ("da", "da"),
        ("da-DK,da;q=0.9,en;q=0.8", "da"),
        ("en-GB,en;q=0.9,da;q=0.8", "en"),
        ("sv, da;q=0.5", "da"),
        ("sv, de", "en"),
        ("da;q=x, en;q=nan", "en"),
    ],
)
def test_preferred_language__is_the_heaviest_we_have(accept: str | None, language: str) -> None:
    assert preferred_language(accept) == language


@given(st.text(max_size=300))
def test_preferred_language__takes_any_header(accept: str) -> None:
    assert preferred_language(accept, "da") in ("en", "da")


def test_translator__of_an_unknown_language_is_english() -> None:
    assert translator("xx").gettext("error") == "error"
    assert translator("da").gettext("error") == "fejl"


def test_formats__write_numbers_as_each_language_does() -> None:
    english, danish = formats("en"), formats("da")

    assert (english.number(1234567), danish.number(1234567)) == ("1,234,567", "1.234.567")
    assert (english.percent(0.123), danish.percent(0.123)) == ("12.3%", "12,3\u00a0%")
    assert (english.date(date(2026, 3, 1)), danish.date(date(2026, 3, 1))) == ("1 Mar 2026", "1. mar. 2026")
    assert danish.moment(datetime(2026, 3, 1, 9, 5, tzinfo=UTC)) == "1. mar. 2026 09.05"


def test_formats__write_times_in_a_zone_and_know_its_name() -> None:
    winter, summer = datetime(2026, 3, 1, 23, 5, tzinfo=UTC), datetime(2026, 7, 1, 9, 5, tzinfo=UTC)
    danish = formats("da", "Europe/Copenhagen")

    assert (danish.moment(winter), danish.moment(summer)) == ("2. mar. 2026 00.05", "1. jul. 2026 11.05")
    assert danish.moment(winter.replace(tzinfo=None)) == danish.moment(winter)
    assert (danish.zone_name, formats("en").zone_name, formats("en", "No/Where").zone_name) == (
        "Europe/Copenhagen", "UTC", "UTC",
    )  # fmt: skip


def test_setting__of_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="No time zone is called 'Europe/Kobenhavn'"):
        Settings(time_zone="Europe/Kobenhavn")
    assert Settings().time_zone == "Europe/Copenhagen"


@pytest.mark.parametrize(
    ("af", "shown"),
    [(None, "–"), (0.0, "0"), (1.0, "1"), (0.5, "0.5"), (0.03123, "0.0312"), (3.12e-5, "0.0000312"), (3e-9, "3e-9")],
)
def test_frequency__has_three_significant_digits_and_none_is_not_zero(af: float | None, shown: str) -> None:
    assert formats("en").frequency(af) == shown


@given(st.integers(1, 2_000_000), st.integers(1, 2_000_000))
def test_frequency__never_says_none_or_all_when_it_is_neither(ac: int, more: int) -> None:
    assert formats("en").frequency(ac / (ac + more)) not in ("0", "1")


def test_money__is_exact_and_grouped_as_the_language_writes_it() -> None:
    assert [formats("en").money(one) for one in ("1234567.5", "0", "-0.1", "", "123456789012.12")] == [
        "1,234,567.50", "0.00", "-0.10", "", "123,456,789,012.12",
    ]  # fmt: skip
    assert formats("da").money("1234567.5") == "1.234.567,50"
