"""The benchmarks run to their end on little data; what they say about time is not asserted here."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench import calls, measure
from bench.__main__ import page, told
from bench.measure import Measured, Outcome, Runner
from embla import cli


def test_outcome__is_met_at_its_aim_and_not_above() -> None:
    rival = Measured("rival", 3.0, 100)

    assert Outcome("x", (Measured("ours", 1.0, 100), rival), 1 / 3).met
    assert not Outcome("x", (Measured("ours", 1.1, 100), rival), 1 / 3).met
    assert not Outcome("x", (Measured("ours", 1.0, 100),), 1 / 3, left_out="not here").met


def test_compare__contenders_take_turns_and_the_median_counts() -> None:
    turns: list[str] = []
    times = {"a": iter([5.0, 1.0, 2.0]), "b": iter([9.0, 9.0, 1.0])}

    def runner(name: str) -> Runner:
        return Runner(name, lambda: turns.append(name) or next(times[name]))

    first, second = measure.compare([runner("a"), runner("b")], 10, 3)

    assert turns == ["a", "b"] * 3
    assert (first.seconds, second.seconds) == (2.0, 9.0)


def in_this_process(command: Sequence[object]) -> str:
    """What `measure.run` does, without starting Python for each command."""
    words = [str(part) for part in command]
    if words[:3] == list(measure.EMBLA):
        assert cli.run(words[3:]) == 0
        return ""
    if words[:3] == list(measure.CALLS):
        return calls.call(words[3:])
    return subprocess.run(words, capture_output=True, check=True, text=True).stdout


def test_measure_all__runs_every_command_and_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The rival has an environment of its own, which tests do not make.
    monkeypatch.setattr(measure, "rivals_python", lambda: None)
    monkeypatch.setattr(measure, "run", in_this_process)

    outcomes = list(measure.measure_all(tmp_path, records=300, runs=1))

    ours = [outcome.measured[0].name.split(",")[0] for outcome in outcomes]
    assert ours[:3] == ["embla store add", "embla store annotate", "embla store annotate"]
    assert outcomes[0].left_out
    assert all(measured.seconds > 0 for outcome in outcomes for measured in outcome.measured)
    assert outcomes[-1].measured[0].records > 300
    written = page("top\n<!-- figures -->\nold\n<!-- end of figures -->\nbottom\n", outcomes, "on this machine")
    assert written.startswith("top\n<!-- figures -->\non this machine\n\n| what |")
    assert written.endswith("|\n<!-- end of figures -->\nbottom\n")
    assert "left out: cyvcf2" in told(outcomes[0])
