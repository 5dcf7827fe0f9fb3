"""Files that belong together appear together: made in a folder beside, brought to the disk, then named; all or none."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from embla.errors import Unavailable
from embla.storage.parts import begin_folder

# What a full disk, a quota, a limit on the size of files and a disk that was lost say.
DISK_ERRORS: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO))


class Together:
    """`folder`: what is made there under its own name gets that name beside `out` by `put`."""

    def __init__(self, out: Path, folder: Path) -> None:
        self.out, self.folder = out, folder

    def settle(self) -> None:
        """Bring every file to the disk: after this only the names are missing."""
        for path in (*sorted(self.folder.rglob("*")), self.folder):
            _fsync(path)

    def put(self, last: str) -> None:
        """Give the files and folders their names, that of `last` when all others have theirs."""
        named: list[Path] = []
        try:
            for path in sorted(self.folder.iterdir(), key=lambda one: (one.name == last, one.name)):
                target = self.out.with_name(path.name)
                fresh = not target.exists()
                path.replace(target)
                if fresh:
                    named.append(target)
            _fsync(self.out.parent)
        except OSError:
            for target in named:
                shutil.rmtree(target, ignore_errors=True) if target.is_dir() else target.unlink(missing_ok=True)
            raise


@contextmanager
def together(out: Path) -> Iterator[Together]:
    """A folder beside `out` for it and what belongs to it. Of what got no name when the block ends, nothing is left;
    what a process that was killed left goes when the next one makes the same.

    Raises Unavailable, with the name that was asked for, where the disk is full or the folder cannot be written to.
    """
    try:
        handle, folder = begin_folder(out)
    except OSError as error:
        raise Unavailable(
            f"{out} cannot be written: {error.strerror}.", mend="Check the folder, its permissions and the disk."
        ) from error
    try:
        yield Together(out, folder)
    except Unavailable as error:
        raise Unavailable(error.message.replace(str(folder), str(out.parent)), mend=error.mend) from error
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise Unavailable(
            f"{out} cannot be written: {os.strerror(error.errno)}.",
            mend="Make room on the disk.",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
