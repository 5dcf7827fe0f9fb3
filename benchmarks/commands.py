"""Running commands, ours and rivals', and what they say or how long they took."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.outcome import Answer

PROJECT = Path(__file__).parents[1]


def python_of(rivals: str) -> Path | None:
    """The Python of an environment of rivals, `.venv-bench` or `.venv-afquery`, which make fills."""
    python = PROJECT / f".venv-{rivals}" / "bin" / "python"
    return python if python.exists() else None


def told(command: Sequence[object]) -> Answer:
    """What a command says of its own work: seconds, how much, megabytes, seconds of processor time."""
    words = run(command).split()
    return Answer(float(words[0]), int(words[1]), *(float(word) for word in words[2:4]))


def timed(command: Sequence[object], *, keep: bool = True) -> None:
    """Run a command that says nothing of its time; the clock outside counts."""
    run(command, keep=keep)


def wall(command: Sequence[object], before: Callable[[], object] = lambda: None) -> float:
    """Wall time of a whole command."""
    before()
    start = time.perf_counter()
    run(command)
    return time.perf_counter() - start


def run(command: Sequence[object], *, keep: bool = True) -> str:
    """Run one command quietly and give what it prints (nothing, with keep=False); a failing one shows what it said."""
    # Python keeps what it read of a module, as it does for a user; some environments tell it not to.
    given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [str(part) for part in command],
        env={**given, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if keep else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
        check=False,
    )
    if done.returncode:
        words = " ".join(str(part) for part in command)
        raise SystemExit(f"{words} gave {done.returncode}:\n{done.stderr.decode(errors='replace').strip()[-2000:]}")
    return done.stdout.decode() if keep else ""
