"""A folder as storage: put-if-absent, byte ranges, one atomic pointer swap; safe when the process dies at any moment.

How: bytes go to a temporary file beside their place, are fsynced, get their name by `link` (which fails if the name is
taken, so two writers cannot both win), and the folder is fsynced. A dead writer leaves only a temporary file.
"""

import errno
import fcntl
import mmap
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, Final

from embla.errors import EmblaError, NotFound, Unavailable, UsageError
from embla.storage.names import check_name, check_prefix

_TEMPORARY: Final = ".tmp-"
_LOCK: Final = ".lock"
SWEEP_AFTER: Final = 24 * 3600.0


class Folder:
    """Storage in a folder of a local or network disk. Names are relative, with `/`; see `check_name`.

    Safe between threads and processes. Raises NotFound for a name that is not there, Unavailable when the disk cannot
    be read or written, UsageError for a name that cannot be.
    """

    def __init__(self, path: str | Path, *, create: bool = True) -> None:
        """Use `path`; made if absent, unless `create` is False (NotFound)."""
        self.path = Path(path)
        with _io(f"use {self.path}"):
            if not self.path.is_dir():
                if self.path.exists():
                    raise UsageError(f"{self.path} is not a folder.", mend="Give a folder.")
                if not create:
                    raise NotFound(f"there is no folder {self.path}.", mend="Check the path.")
                _make_folders(self.path)

    def __repr__(self) -> str:
        return f"Folder({str(self.path)!r})"

    def put(self, name: str, data: bytes | Iterable[bytes]) -> bool:
        """Store `data` under `name` if the name is free. True when stored, False when the name was there already.

        When this returns, the bytes and the name are on the disk. What a taken name holds is not looked at.
        """
        place = self._place(name)
        with _io(f"write {name}"):
            if place.exists():
                return False
            _make_folders(place.parent)
            temporary = self._write_temporary(place.parent, data)
            try:
                os.link(temporary, place)
            except FileExistsError:
                return False
            except OSError as error:
                if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP):
                    raise
                # A disk without hard links (FAT, some shares): hold the lock, so that looking and renaming are one step.
                with self._locked():
                    if place.exists():
                        return False
                    os.rename(temporary, place)
            finally:
                temporary.unlink(missing_ok=True)
            _sync_folder(place.parent)
            return True

    def get(self, name: str) -> bytes:
        """All bytes of a name."""
        with _io(f"read {name}", name):
            return self._place(name).read_bytes()

    def read(self, name: str, start: int, length: int) -> bytes:
        """`length` bytes from byte `start`; fewer only at the end of the file."""
        if start < 0 or length < 0:
            raise UsageError("a byte range has no negative numbers.", mend="Give start and length from 0 on.")
        with _io(f"read {name}", name), self._place(name).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def size(self, name: str) -> int:
        """Bytes of a name."""
        with _io(f"read {name}", name):
            return self._place(name).stat().st_size

    def open(self, name: str) -> memoryview:
        """The bytes of a name mapped into memory, read-only; stays valid after `delete`."""
        with _io(f"open {name}", name), self._place(name).open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return memoryview(b"")  # an empty file cannot be mapped
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def exists(self, name: str) -> bool:
        """Is there something under this name? Unavailable when that cannot be told."""
        place = self._place(name)
        with _io(f"look for {name}"):
            try:
                return bool(place.stat())
            except (FileNotFoundError, NotADirectoryError):
                return False

    def list(self, prefix: str = "") -> list[str]:
        """Every name that begins with `prefix`, sorted. Temporary files are not names."""
        check_prefix(prefix)
        top = self.path / prefix.rpartition("/")[0]
        with _io(f"list {self.path}"):
            return sorted(name for name in self._walk(top) if name.startswith(prefix))

    def delete(self, name: str) -> bool:
        """Remove a name. False when it was not there. Folders that become empty stay."""
        place = self._place(name)
        with _io(f"delete {name}"):
            try:
                place.unlink()
            except (FileNotFoundError, NotADirectoryError):
                return False
            _sync_folder(place.parent)
            return True

    def swap(self, name: str, expected: bytes | None, new: bytes) -> bool:
        """Change what a name holds from `expected` (None: not there) to `new`. False, and no change, if it held other.

        Readers see the old bytes or the new, never a part. Swaps of one folder wait for each other.
        """
        place = self._place(name)
        with _io(f"write {name}"), self._locked():
            try:
                now: bytes | None = place.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                now = None
            if now != expected:
                return False
            _make_folders(place.parent)
            temporary = self._write_temporary(place.parent, new)
            try:
                os.replace(temporary, place)
            finally:
                temporary.unlink(missing_ok=True)
            _sync_folder(place.parent)
            return True

    def sweep(self, older_than: float = SWEEP_AFTER) -> int:
        """Remove temporary files that dead writers left, if unchanged for `older_than` seconds. Returns how many."""
        swept = 0
        now = time.time()
        with _io(f"sweep {self.path}"):
            for folder, _, files in os.walk(self.path, onerror=_raise):
                for file in files:
                    if not file.startswith(_TEMPORARY):
                        continue
                    place = Path(folder, file)
                    with suppress(FileNotFoundError):  # its writer finished meanwhile
                        if now - place.stat().st_mtime >= older_than:
                            place.unlink()
                            swept += 1
        return swept

    def _place(self, name: str) -> Path:
        return self.path / check_name(name)

    def _walk(self, top: Path) -> Iterator[str]:
        for folder, folders, files in os.walk(top, onerror=_raise_but_absence):
            folders.sort()
            for file in files:
                if not file.startswith("."):
                    yield Path(folder, file).relative_to(self.path).as_posix()

    def _write_temporary(self, folder: Path, data: bytes | Iterable[bytes]) -> Path:
        """Write and fsync a temporary file in `folder`; nothing is left when the disk or the iterable fails."""
        place = folder / f"{_TEMPORARY}{os.getpid()}-{token_hex(8)}"
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            with os.fdopen(handle, "wb") as file:
                _write(file, data)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            with suppress(OSError):
                place.unlink()
            raise
        return place

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock. The kernel lets go when the process dies, so no lock is ever left behind."""
        handle = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _write(file: IO[bytes], data: bytes | Iterable[bytes]) -> None:
    if isinstance(data, (bytes, bytearray, memoryview)):
        file.write(data)
        return
    for piece in data:
        file.write(piece)


def _make_folders(path: Path) -> None:
    """Make a folder and those above it; each new entry is fsynced in its parent."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        with suppress(FileExistsError):
            folder.mkdir(mode=0o750)
        _sync_folder(folder.parent)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some shares cannot sync a folder
            raise
    finally:
        os.close(handle)


def _raise(error: OSError) -> None:
    raise error


def _raise_but_absence(error: OSError) -> None:
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        raise error


@contextmanager
def _io(doing: str, name: str | None = None) -> Iterator[None]:
    """Turn what the operating system says into NotFound (only where `name` was to be read) or Unavailable."""
    try:
        yield
    except EmblaError:
        raise
    except IsADirectoryError as error:
        raise NotFound(f"cannot {doing}: it is a folder of names, not a name.", mend="Name a file.") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        if name is None:
            raise Unavailable(f"cannot {doing}: the folder went away.", mend="Check the disk.") from error
        raise NotFound(f"nothing is stored under {name}.", mend="Check the name.", name=name) from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error.__class__.__name__
        raise Unavailable(
            f"cannot {doing}: {reason}.", mend="Check the disk, its free space and its permissions.", errno=error.errno
        ) from error
