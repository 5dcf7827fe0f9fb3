"""`embla board ...`, as its user meets it: an empty home, no login, one JSON object each, money as text."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest import CaptureFixture, MonkeyPatch

from embla import cli

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: MonkeyPatch, capsys: CaptureFixture[str]) -> Ask:
    monkeypatch.setenv("EMBLA_HOME", str(tmp_path / "home"))

    def run(*words: str, code: int = 0) -> dict[str, Any]:
        assert cli.run(["board", *words, "--json"]) == code
        told = capsys.readouterr()
        found: dict[str, Any] = json.loads(told.err if code else told.out)
        return found

    return run


@pytest.fixture
def key(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        (tmp_path / "key.tsv").write_bytes(text.encode())
        return str(tmp_path / "key.tsv")

    return write


def test_commands__on_an_empty_home_after_the_history_alone(ask: Ask, tmp_path: Path) -> None:
    assert ask("history", "load")["figures"] == 188

    told = ask("kpi", "--as-of", "2023-12-31")
    assert (told["genomes"], told["growth_year_percent"], told["users"]) == (23_897, 144.4, 557)
    unknown = {name for name, value in told.items() if value is None}
    assert "genome_equivalents" in unknown and unknown == set(told["reasons"])
    before = ask("kpi", "--as-of", "1900-01-01")
    assert before["genomes"] is None and before["reasons"]["genomes"]
    assert ask("kpi", "--as-of", "2999-12-31")["genomes"] == 53_473

    assert ask("refunds", "--period", "2025-Q3")["paid"] == "0.00"
    assert ask("budget", "--year", "2025")["less_spend"] == "4.80"
    assert ask("annex", "--year", "2025", "-o", str(tmp_path / "a.pdf"))["bytes"] > 1_000


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31", "2023-02-29"])
def test_kpi__of_a_day_without_neighbours_is_a_question_that_was_put_wrong(ask: Ask, day: str) -> None:
    assert ask("kpi", "--as-of", day, code=2)["mend"]


def test_forecast__with_everything_given_needs_nothing_loaded(ask: Ask) -> None:
    told = ask("forecast", "--target", "60000", "--from", "2024-01-31", "--at", "58500", "--pace", "1500")
    assert (told["remaining"], told["months"], told["reached"]) == (1_500, 1, "2024-02-29")
    told = ask("forecast", "--target", "60000", "--from", "2024-01-31", "--at", "60001", "--pace", "0")
    assert (told["remaining"], told["reached"], told["range"][0]) == (0, "2024-01-31", "2024-01-31")


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        ("0.01", "a\t1\nb\t1\nc\t1\nd\t1\ne\t1\nf\t1\ng\t1\n", ["0.01", *["0.00"] * 6]),
        ("-100", "a\t1\nb\t1\nc\t1\n", ["-33.34", "-33.33", "-33.33"]),
        ("100", "a\t0\r\nb\t2.5\r\n", ["0.00", "100.00"]),
    ],
)
def test_split__takes_any_amount_as_its_one_argument(
    ask: Ask, key: Callable[[str], str], amount: str, weights: str, parts: list[str]
) -> None:
    end = "\r\n" if "\r" in weights else "\n"

    told = ask("split", amount, "--key", key(f"\ufeffregion\tweight{end}{weights}"))
    assert list(told["parts"].values()) == parts and set(told) == {"amount", "parts"}


@pytest.mark.parametrize("weights", ["", "a\t0\nb\t0.0\n", "a\t1\na\t2\n", "a\t-1\nb\t2\n", "a\t1e3\n", "a\tNaN\n"])
def test_split__by_a_key_that_says_nothing_is_refused(ask: Ask, key: Callable[[str], str], weights: str) -> None:
    assert ask("split", "100", "--key", key(f"region\tweight\n{weights}"), code=1)["message"]
