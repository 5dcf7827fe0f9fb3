"""Settings: where each comes from, which one wins, and what is said of one that cannot be."""

from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

from embla.errors import BadInput, UsageError
from embla.platform import Settings, read_settings

PROJECT = Path(__file__).parents[2]


def test_read_settings__environment_beats_file_beats_default_and_options_beat_all(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("port = 8001\nhost = '::1'\nsuppress_below = 10\n")
    environ = {"EMBLA_HOME": str(tmp_path), "EMBLA_PORT": "8002", "EMBLA_HOST": ""}

    settings = read_settings(environ)

    assert (settings.home, settings.port, settings.host, settings.suppress_below) == (tmp_path, 8002, "::1", 10)
    assert read_settings(environ, port=8003).port == 8003
    assert read_settings({"EMBLA_HOME": str(tmp_path / "none")}).port == 8000


def test_read_settings__an_option_not_given_changes_nothing(tmp_path: Path) -> None:
    assert read_settings({"EMBLA_HOME": str(tmp_path), "EMBLA_PORT": "8002"}, port=None).port == 8002


def test_read_settings__unknown_key_in_the_file_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("supress_below = 3\n")

    with pytest.raises(
        BadInput, match=r"settings\.toml: no setting is called 'supress_below' \(did you mean suppress_"
    ):
        read_settings({"EMBLA_HOME": str(tmp_path)})


def test_read_settings__unknown_variable_is_a_warning_and_debugging_is_none() -> None:
    told: list[str] = []

    read_settings({"EMBLA_HOEM": "/x", "EMBLA_DEBUG": "1", "EMBLA_TEST_POSTGRES_URL": "x"}, warn=told.append)

    assert len(told) == 1 and "EMBLA_HOEM" in told[0] and "EMBLA_HOME" in told[0]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("EMBLA_PORT", "http", "must be a whole number"),
        ("EMBLA_PORT", "70000", "must be from 1 to 65535"),
        ("EMBLA_SUPPRESS_BELOW", "0", "must be 1 or more"),
        ("EMBLA_DEMO", "maybe", "must be true or false"),
        ("EMBLA_LANGUAGE", "sv", "must be one of en, da"),
        ("EMBLA_SECRET", "abc123", "too short"),
    ],
)
def test_read_settings__a_value_that_does_not_fit_is_refused_without_repeating_it(
    name: str, value: str, why: str
) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        read_settings({name: value})

    assert value not in str(caught.value)


@pytest.mark.parametrize("text", ["port = ", "port = 'x'", "demo = 3", "host = 1", "home = '/x'", "\xff"])
def test_read_settings__a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.toml").write_bytes(text.encode("latin-1"))

    with pytest.raises(BadInput, match=r"settings\.toml"):
        read_settings({"EMBLA_HOME": str(tmp_path)})


def test_settings__hide_secrets() -> None:
    settings = Settings(secret="q" * 40, database_url="postgresql://embla:hunter2@db/embla")

    assert "qqq" not in repr(settings) and "hunter2" not in repr(settings)


def test_settings__each_is_one_line_long_and_documented() -> None:
    page = (PROJECT / "docs" / "settings.md").read_text()

    for item in fields(Settings):
        assert item.metadata["meaning"].endswith("."), item.name
        assert f"| `{item.name}` | `EMBLA_{item.name.upper()}` |" in page, "run `make docs`"
        assert item.metadata["meaning"] in page, "run `make docs`"


def test_settings__that_are_paths_are_paths_from_anywhere_with_the_home_of_the_account(tmp_path: Path) -> None:
    names = [name for name, kind in get_type_hints(Settings).items() if kind in (Path, Path | None) and name != "home"]
    assert {"source_certificate", "transcripts", "database_password_file"} <= set(names)
    environ = {f"EMBLA_{name.upper()}": "~/x.pem" for name in names} | {"EMBLA_HOME": str(tmp_path)}

    found = read_settings(environ)

    assert [getattr(found, name) for name in names] == [Path.home() / "x.pem"] * len(names)
