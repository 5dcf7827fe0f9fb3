"""The compiled readers with every index checked: nothing is read or written past the end of an array."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.deep
def test_reading__stays_inside_its_arrays_where_numba_checks_every_index(tmp_path: Path) -> None:
    env = dict(os.environ, NUMBA_BOUNDSCHECK="1", NUMBA_CACHE_DIR=str(tmp_path))
    files = [str(HERE / f"test_{name}.py") for name in ("alike", "quick", "twin", "semantics", "refusals")]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        env=env, capture_output=True, text=True, timeout=1_800, cwd=HERE.parents[2],
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-5_000:]
    assert " passed" in done.stdout
