"""Loops compiled once: what is kept is loaded without what compiling needs, and is never what the source was."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LOOP = """
from numba import types
from embla.compiled import kernel

@kernel(types.float64(types.Array(types.float64, 1, "C")), nogil=True)
def total(values):
    copy = values.copy()  # asks Numba's memory manager, which loading makes ready
    out = 0.0
    for i in range(len(copy)):
        out += copy[i]
    return out {more}

@kernel()
def twice(value):
    return value * 2
"""
SAY = (
    "import sys, numpy, loop; sys.stdout.write(f'{loop.total(numpy.ones(5)):g} {loop.twice(4)} "
    '{len(loop.total.stats.cache_hits)} {len(loop.twice.stats.cache_hits)} {"numba.np.linalg" in sys.modules}\')'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "loop.py").write_text(LOOP.replace("{more}", ""))
    return tmp_path


def told(folder: Path, program: str = SAY, **more: str) -> list[str]:
    """What a new Python says that finds the loops in `folder`."""
    kept = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    env = {**kept, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]), **more}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_compiled__is_loaded_by_the_next_program_without_what_compiling_needs(folder: Path) -> None:
    assert told(folder) == ["5", "8", "0", "0", "True"]
    assert told(folder) == ["5", "8", "1", "1", "False"]


def test_compiled__compiles_anew_what_has_changed(folder: Path) -> None:
    told(folder)
    (folder / "loop.py").write_text(LOOP.replace("{more}", "+ 1"))

    assert told(folder)[0] == "6"
    assert told(folder) == ["6", "8", "1", "1", "False"]


def test_compiled__compiles_after_it_loaded(folder: Path) -> None:
    """What compiling needs is made ready then, by Numba itself."""
    told(folder)
    more = (
        "import numba, numpy, loop\n"
        "@numba.njit\n"
        "def solved(a): return int(numpy.trace(numpy.sort(a)) + loop.total(a[0]) + len(str(loop.twice(3))))\n"
        "print(solved(numpy.eye(3)), len(loop.total.stats.cache_hits))"
    )

    assert told(folder, more) == ["3", "1"]


def test_compiled__is_compiled_for_one_program_where_nothing_can_be_kept(folder: Path) -> None:
    blocked = folder / "not-a-folder"
    blocked.write_text("")
    (folder / "__pycache__").write_text("")

    for _ in range(2):
        assert told(folder, HOME=str(blocked), XDG_CACHE_HOME=str(blocked))[:4] == ["5", "8", "0", "0"]


def test_compiled__is_plain_python_where_compiling_is_off(folder: Path) -> None:
    plain = "import numpy, loop; print(loop.total(numpy.ones(3)), type(loop.total).__name__)"

    assert told(folder, plain, NUMBA_DISABLE_JIT="1") == ["3.0", "function"]
