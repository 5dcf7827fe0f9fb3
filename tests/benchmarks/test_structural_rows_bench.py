"""The benchmark of structural rows runs at a small size and finds what it drew; its times are not judged here."""

from benchmarks.structural_rows import measure


def test_structural_rows_benchmark__finds_every_carrier_that_was_drawn() -> None:
    told = measure(12, 20_000, 1)

    assert told["genomes"] == 12 and told["events"] > 0 and told["not_as_drawn"] == 0
    assert told["question_ms"] >= told["people_ms"] >= 0
