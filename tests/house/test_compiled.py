"""Loops compiled once: what is kept is loaded without what compiling needs, and is never what the source was."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PART = """
from numba import njit

LEAST = 0

@njit
def more(value):
    return value
"""
LOOP = """
from numba import types
import part
from embla.compiled import kernel
from part import more

@kernel(types.float64(types.Array(types.float64, 1, "C")), nogil=True)
def total(values):
    copy = values.copy()  # asks Numba's memory manager, which loading makes ready
    out = 0.0
    for i in range(len(copy)):
        out += copy[i]
    return more(out) + part.LEAST

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
    (tmp_path / "loop.py").write_text(LOOP)
    (tmp_path / "part.py").write_text(PART)
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


@pytest.mark.parametrize(
    ("file", "before", "after", "total"),
    [
        ("loop.py", "more(out)", "more(out) + 1", "6"),
        ("part.py", "return value", "return value + 2", "7"),  # the code of a helper in another file
        ("part.py", "LEAST = 0", "LEAST = 3", "8"),  # a number that another file says
    ],
)
def test_compiled__compiles_anew_what_has_changed(folder: Path, file: str, before: str, after: str, total: str) -> None:
    told(folder)
    path = folder / file
    path.write_text(path.read_text().replace(before, after))
    # Python tells sources apart by size and whole seconds: a change of the same second is not seen by itself.
    os.utime(path, (path.stat().st_mtime + 10,) * 2)

    assert told(folder)[:3] == [total, "8", "0"]
    assert told(folder) == [total, "8", "1", "1", "False"]


@pytest.mark.parametrize("size", [0, 40, 1_000])
@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_compiled__compiles_anew_what_was_cut_off(folder: Path, kind: str, size: int) -> None:
    told(folder)
    cut = [path for path in (folder / "__pycache__").glob(f"loop.total*.{kind}") if path.stat().st_size > size]
    for path in cut:
        path.write_bytes(path.read_bytes()[:size])
    assert cut

    assert told(folder)[:3] == ["5", "8", "0"]
    assert told(folder) == ["5", "8", "1", "1", "False"]


def test_compiled__goes_on_where_the_disk_takes_nothing(folder: Path) -> None:
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); import signal; "
    full += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); " + SAY

    assert told(folder, full)[:4] == ["5", "8", "0", "0"]


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


def test_compiled__is_kept_apart_for_each_processor_that_shares_the_folder(folder: Path) -> None:
    """An index that one wrote never points to what another compiled, in whatever order they write."""
    other = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    told(folder)
    own = {path.name for path in folder.rglob("*.nb?")}
    assert told(folder, **other)[2:4] == ["0", "0"]

    more = {path.name for path in folder.rglob("*.nb?")} - own

    assert len([name for name in own if name.endswith(".nbi")]) == 2
    assert len([name for name in more if name.endswith(".nbi")]) == 2
    assert told(folder)[2:4] == ["1", "1"]
    assert told(folder, **other)[2:4] == ["1", "1"]
