"""The benchmark runs to its end on little data; what it says about time is not asserted here."""

from pathlib import Path

import pytest

from bench import measure
from bench.measure import Measured, Outcome


def test_outcome__is_met_at_its_aim_and_not_above() -> None:
    rival = Measured("rival", 3.0, 100)

    assert Outcome("x", (Measured("ours", 1.0, 100), rival), 1 / 3).met
    assert not Outcome("x", (Measured("ours", 1.1, 100), rival), 1 / 3).met
    assert not Outcome("x", (Measured("ours", 1.0, 100),), 1 / 3, left_out="not here").met


def test_measure_all__runs_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The rival has an environment of its own, which tests do not make.
    monkeypatch.setattr(measure, "rivals_python", lambda: None)

    outcomes = list(measure.measure_all(tmp_path, records=300, runs=1))

    assert [outcome.measured[0].name for outcome in outcomes] == ["embla store add", "embla store annotate"]
    assert outcomes[0].left_out
