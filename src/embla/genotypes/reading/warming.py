"""Compile the kernels ahead of time, so that the first file is not the one that waits."""


def warm() -> None:
    """Load or compile every kernel of reading (about ten seconds of one core once, then kept on disk)."""
    from embla.genotypes.reading.kernels import entries, parse, runs

    assert all((entries.open_entries, entries.close_entries, parse.parse_lines, runs.make_runs))
