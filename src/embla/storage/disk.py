"""What a disk must be asked so that a crash at any moment leaves either the old state or the new one.

Only the calls; which name gets which bytes is `folder`'s business. All raise OSError.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final

TEMPORARY: Final = ".tmp-"
SYNC_EVERY: Final = 16 << 20


def mode_of(path: Path) -> int:
    """The mode of what is at `path`, 0 when nothing is. Other trouble is raised: pathlib's `exists` would hide it."""
    try:
        return os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def is_folder(path: Path) -> bool:
    """Is there a folder at `path`?"""
    return stat.S_ISDIR(mode_of(path))


def is_file(path: Path) -> bool:
    """Is there a plain file at `path`?"""
    return stat.S_ISREG(mode_of(path))


def write_temporary(folder: Path, data: bytes | Iterable[bytes], *, private: bool = False) -> Path:
    """Write and fsync a temporary file in `folder`; nothing is left when the disk or the iterable fails."""
    place = folder / f"{TEMPORARY}{os.getpid()}-{token_hex(8)}"
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600 if private else 0o640)
    try:
        with os.fdopen(handle, "wb") as file:
            if isinstance(data, (bytes, bytearray, memoryview)):
                file.write(data)
            else:
                _write_pieces(file, data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        remove_quietly(place)
        raise
    return place


def _write_pieces(file: BinaryIO, pieces: Iterable[bytes]) -> None:
    """Write pieces; after each SYNC_EVERY bytes a thread sends what is there to the disk, while the next ones are made.

    Otherwise the disk stands still while a long file is made, and its maker while it is synced.
    """
    unsynced = 0
    syncing: Future[None] | None = None
    with ThreadPoolExecutor(1) as pool:
        for piece in pieces:
            file.write(piece)
            unsynced += len(piece)
            if unsynced >= SYNC_EVERY and (syncing is None or syncing.done()):
                file.flush()
                if syncing is not None:
                    syncing.result()
                unsynced, syncing = 0, pool.submit(os.fdatasync, file.fileno())
        if syncing is not None:
            syncing.result()


def give_free_name(temporary: Path, place: Path) -> bool:
    """Link a temporary file to a name that must be free. False when it is taken.

    PermissionError or ENOTSUP come from disks without hard links (FAT, some shares): there the caller must hold a lock
    and rename.
    """
    try:
        os.link(temporary, place)
    except FileExistsError:
        return False
    return True


def has_no_links(error: OSError) -> bool:
    """Did `os.link` fail because this disk has no hard links?"""
    return error.errno in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


def remove_quietly(place: Path) -> None:
    """Remove a temporary file if that works; the sweeper takes what stays."""
    with suppress(OSError):
        os.unlink(place)


def make_folders(path: Path, *, private: bool = False) -> None:
    """Make a folder and those above it; the entry of each new one is fsynced in its parent."""
    missing = []
    while not is_folder(path):
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700 if private else 0o750)
        sync_folder(folder.parent)


def sync_folder(path: Path) -> None:
    """Bring a folder's entries to the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some shares cannot sync a folder
            raise
    finally:
        os.close(handle)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`. The kernel lets go when the process dies, so no lock is ever left behind."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def walk(top: Path) -> Iterator[os.DirEntry[str]]:
    """Every file under `top`, in any order; a folder that goes away while walking is no error."""
    try:
        entries = os.scandir(top)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from walk(Path(entry.path))
            else:
                yield entry
