"""`embla acmg score` and `embla classification compare`, as their user meets them: no home, no database."""

import io
import json

import pytest
from pytest import CaptureFixture, MonkeyPatch

from embla import cli


def run(*words: str) -> int:
    return cli.run(list(words))


def test_score__one_line_per_set_in_order_and_a_bad_line_in_its_place(
    monkeypatch: MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("PVS1 PM2\n\nPS1 PS1_Moderate\nnonsense\n  BA1  \n"))

    assert run("acmg", "score", "--stdin", "--json") == 1

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("proposed", "error") for line in lines] == ["LP", "VUS", "error", "error", "B"]
    assert set(lines[2]) == {"error"} and "twice" in lines[2]["error"]


def test_score__keys_and_exit_codes(capsys: CaptureFixture[str]) -> None:
    assert run("acmg", "score", "PVS1", "PM2_Supporting", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    keys = {"class_2015", "class_2015_svi", "class_points", "points", "proposed", "conflict", "rule_set", "warnings"}
    assert keys <= set(told)
    assert run("acmg", "score", "PS1", "PS1_Moderate", "--json") == 1
    assert capsys.readouterr().out == ""


STEERING = "\x1b[2J\x1b]0;owned\x07\u202egpj\u200b\r"


def test_commands__show_what_was_typed_without_letting_it_steer_the_terminal(
    monkeypatch: MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    told = []
    for words in (["acmg", "score", f"PVS1{STEERING}"], ["variant", "resolve", f"NM_1:c.{STEERING}"]):
        run(*words)
        told.append("".join(capsys.readouterr()))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"PVS1\n{STEERING}x\n"))
    run("acmg", "score", "--stdin")
    told.append("".join(capsys.readouterr()))

    for shown in told:
        assert not [letter for letter in shown if not letter.isprintable() and letter not in "\t\n"], repr(shown)
    assert "NM_1:c." in told[1] and "error: " in told[2]


@pytest.mark.parametrize(("words", "code"), [(["P", "LB"], 0), (["P", "XX"], 2), ([], 2), (["P", ""], 2)])
def test_compare__exit_codes(words: list[str], code: int, capsys: CaptureFixture[str]) -> None:
    assert run("classification", "compare", *words, "--json") == code
    told = capsys.readouterr().out
    assert bool(told) == (code == 0)
    if told:
        keys = {"five_tier", "three_tier", "medically_significant", "opposite", "aggregate"}
        assert keys <= set(json.loads(told))


def test_compare__a_set_a_line_from_standard_input(monkeypatch: MonkeyPatch, capsys: CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("P LP\nVUS\n\nP XX\nLB P\n"))

    assert run("classification", "compare", "--stdin", "--json") == 2

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("five_tier") for line in lines] == ["differ", "single", None, None, "differ"]
    assert [set(line) == {"error"} for line in lines] == [False, False, True, True, False]
    assert lines[4]["opposite"] is True
    assert run("classification", "compare", "--stdin", "P") == 2
