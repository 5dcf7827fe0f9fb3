"""The compiled readers with every index checked: nothing is read or written past the end of an array.

Numba's checks are part of compiled code, so these run in processes of their own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def run_checked(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A Python with Numba's index checks."""
    env = dict(os.environ, NUMBA_BOUNDSCHECK="1", NUMBA_CACHE_DIR=str(folder / "numba"))
    return subprocess.run(
        [sys.executable, *words], env=env, capture_output=True, text=True, timeout=1_800, cwd=ROOT
    )  # fmt: skip


@pytest.mark.deep
def test_reading__stays_inside_its_arrays_in_its_own_tests(tmp_path: Path) -> None:
    names = (
        "alike", "quick", "twin", "evidence", "refusals", "calls", "callability", "dialects", "mitochondria", "numbers",
        "same_key", "sex_chromosomes", "stretches",
    )  # fmt: skip
    files = [str(HERE / f"test_{name}.py") for name in names]
    assert [file for file in files if not Path(file).exists()] == []

    done = run_checked(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files)

    assert done.returncode == 0, done.stdout[-5_000:]
    assert " passed" in done.stdout


@pytest.mark.deep
def test_reading__stays_inside_its_arrays_in_trials_against_its_twin(tmp_path: Path) -> None:
    program = tmp_path / "bounds.py"
    program.write_text(
        "import sys, tempfile\nfrom pathlib import Path\nsys.path.insert(0, sys.argv[1])\n"
        "from tests.genotypes.reading import test_twin\n"
        "folder = Path(tempfile.mkdtemp())\n"
        "for seed in range(400):\n    test_twin.trial(seed, (None, {}), folder, change=seed % 2 == 1)\n"
    )

    done = run_checked(tmp_path, str(program), str(ROOT))

    assert done.returncode == 0, done.stderr[-5_000:]
