"""The benchmark of the console runs and asks all its questions; what it measures is not judged here."""

import pytest

from benchmarks.console import main


def test_console_benchmark__asks_every_question(capsys: pytest.CaptureFixture[str]) -> None:
    taken = main(300, 1)

    assert len(taken) == 10 and all(seconds >= 0 for seconds in taken.values())
    assert "300 persons" in capsys.readouterr().out
