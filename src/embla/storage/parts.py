"""Hidden files and folders in which something is made before it has its name.

Who makes one holds a lock on it, which ends with the process, whatever kills it. So the next one that makes the same
knows what a dead one left, and deletes it: genotypes that nobody asked for again would lie there for good.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

SUFFIX: Final = ".part"
_TRIES: Final = 5


def begin_file(out: Path) -> tuple[int, Path]:
    """A new empty file beside `out` and its handle, which holds it for as long as it is open. Raises OSError."""
    sweep_dead(out)
    for _ in range(_TRIES):
        handle, name = tempfile.mkstemp(prefix=_prefix(out), suffix=SUFFIX, dir=out.parent)
        if _hold(handle, name):
            return handle, Path(name)
        os.close(handle)
    raise FileNotFoundError(f"{out}: others make it at the same time")


def begin_folder(out: Path) -> tuple[int, Path]:
    """The same for a folder."""
    sweep_dead(out)
    for _ in range(_TRIES):
        name = tempfile.mkdtemp(prefix=_prefix(out), suffix=SUFFIX, dir=out.parent)
        with suppress(FileNotFoundError):
            handle = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
            if _hold(handle, name):
                return handle, Path(name)
            os.close(handle)
    raise FileNotFoundError(f"{out}: others make it at the same time")


def sweep_dead(out: Path) -> None:
    """Delete what processes that died left beside `out`; what one that lives holds stays, and so does everything where
    the disk knows no locks."""
    left = [one for one in out.parent.iterdir() if one.name.startswith(_prefix(out)) and one.name.endswith(SUFFIX)]
    for one in left:
        with suppress(OSError):
            handle = os.open(one, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(one, ignore_errors=True) if one.is_dir() else one.unlink()
            finally:
                os.close(handle)


def _prefix(out: Path) -> str:
    return f".{out.name}."


def _hold(handle: int, name: str) -> bool:
    """False where another process took it for a dead one's before it was held."""
    with suppress(OSError):  # a disk without locks: nobody sweeps there
        fcntl.flock(handle, fcntl.LOCK_EX)
    return os.path.exists(name)
