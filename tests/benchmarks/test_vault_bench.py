"""The vault's benchmark runs; what it measures is not judged here."""

import pytest

from benchmarks.vault import main


def test_vault_benchmark__gives_a_ratio_for_put_and_get(capsys: pytest.CaptureFixture[str]) -> None:
    ratios = main(1, 1)

    assert set(ratios) == {"put wall", "put CPU", "get wall", "get CPU"} and all(r > 0 for r in ratios.values())
    assert "MB/s" in capsys.readouterr().out
