"""The benchmark of persons on record runs and asks all its pages; what it measures is not judged here."""

import pytest

from benchmarks.persons_listed import QUESTIONS, main


def test_persons_benchmark__asks_every_page(capsys: pytest.CaptureFixture[str]) -> None:
    taken = main(300, 1)

    assert set(taken) == {*QUESTIONS, "next page"} and all(0 < median <= p95 for median, p95 in taken.values())
    assert "300 persons" in capsys.readouterr().out
