"""The benchmark of encryption and upload runs; what it measures is not judged here."""

import pytest

from benchmarks.reporting import main


def test_reporting_benchmark__gives_a_ratio_for_encryption_and_upload(capsys: pytest.CaptureFixture[str]) -> None:
    ratios = main(1, 1)

    assert set(ratios) == {f"{what} {kind}" for what in ("encrypt", "upload", "all") for kind in ("wall", "CPU")}
    assert all(ratio > 0 for ratio in ratios.values()) and "MB/s" in capsys.readouterr().out
