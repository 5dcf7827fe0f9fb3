"""`embla simulate` as a command."""

import json
from pathlib import Path

from typer.testing import CliRunner

from embla.simulation.cli import app


def test_simulate__says_what_it_made_and_how_to_count_it(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, [str(tmp_path / "n"), "--people", "2", "--regions", "chr22:20000001-20020000"])

    assert answer.exit_code == 0
    assert "2 people" in answer.stdout
    assert f"--samples {tmp_path / 'n' / 'samples.tsv'}" in answer.stdout


def test_simulate__json_is_one_line_with_the_paths(tmp_path: Path) -> None:
    answer = CliRunner().invoke(
        app, [str(tmp_path / "n"), "--people", "2", "--regions", "chrM", "--no-truth", "--json"]
    )

    facts = json.loads(answer.stdout)
    assert facts["people"] == facts["files"] == 2
    assert facts["truth"] is None
    assert Path(facts["samples"]).exists()
