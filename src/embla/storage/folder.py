"""A folder as storage: put-if-absent, byte ranges, one atomic pointer swap; safe when the process dies at any moment.

How: bytes go to a temporary file beside their place, are fsynced, get their name by `link` (which fails if the name is
taken, so two writers cannot both win), and the folder is fsynced. A dead writer leaves only a temporary file.
"""

import mmap
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from embla.errors import EmblaError, NotFound, Unavailable, UsageError
from embla.storage import disk
from embla.storage.names import check_name, check_prefix

_LOCK: Final = ".lock"
SWEEP_AFTER: Final = 24 * 3600.0


class Folder:
    """Storage in a folder of a local or network disk. Names are relative, with `/`; see `check_name`.

    Safe between threads and processes. Raises NotFound for a name that is not there, Unavailable when the disk cannot
    be read or written (also when the folder itself went away), UsageError for a name that cannot be.
    """

    def __init__(self, path: str | Path, *, create: bool = True) -> None:
        """Use `path`; made if absent, unless `create` is False (NotFound)."""
        self.path = Path(path).absolute()
        self._ready: set[Path] = set()
        with self._io(f"use {self.path}"):
            if disk.is_folder(self.path):
                return
            if disk.mode_of(self.path):
                raise UsageError(f"{self.path} is not a folder.", mend="Give a folder.")
            if not create:
                raise NotFound(f"there is no folder {self.path}.", mend="Check the path.")
            disk.make_folders(self.path)

    def __repr__(self) -> str:
        return f"Folder({str(self.path)!r})"

    @property
    def where(self) -> str:
        """Its path, as an address to show."""
        return str(self.path)

    def put(self, name: str, data: bytes | Iterable[bytes], *, private: bool = False) -> bool:
        """Store `data` under `name` if the name is free. True when stored, False when the name was there already.

        `private`: nobody but the owner may read it, nor look into its folder, which must be for such names only.
        When this returns, the bytes and the name are on the disk. What a taken name holds is not looked at.
        """
        place = self._place(name)
        with self._io(f"write {name}"):
            self._make_ready(place, private)
            stored = not disk.mode_of(place) and self._store_new(place, data, private)
            # Also where another writer won: it may not have come so far yet, and our caller will act on the answer.
            disk.sync_folder(place.parent)
            return stored

    def get(self, name: str) -> bytes:
        """All bytes of a name."""
        with self._io(f"read {name}", name):
            return self._place(name).read_bytes()

    def read(self, name: str, start: int, length: int) -> bytes:
        """`length` bytes from byte `start`; fewer only at the end of the file."""
        if start < 0 or length < 0:
            raise UsageError("a byte range has no negative numbers.", mend="Give start and length from 0 on.")
        with self._io(f"read {name}", name), self._place(name).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def size(self, name: str) -> int:
        """Bytes of a name."""
        place = self._place(name)
        with self._io(f"read {name}", name):
            if disk.is_folder(place):
                raise IsADirectoryError
            return os.stat(place).st_size

    def age(self, name: str) -> float:
        """Seconds since a name was written."""
        place = self._place(name)
        with self._io(f"read {name}", name):
            return max(0.0, time.time() - os.stat(place).st_mtime)

    def open(self, name: str) -> memoryview:
        """The bytes of a name mapped into memory, read-only; stays valid after `delete`."""
        with self._io(f"open {name}", name), self._place(name).open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return memoryview(b"")  # an empty file cannot be mapped
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def exists(self, name: str) -> bool:
        """Is there something under this name? Unavailable when that cannot be told."""
        place = self._place(name)
        with self._io(f"look for {name}"):
            found = disk.is_file(place)
            if not found:
                self._check_here()
            return found

    def list(self, prefix: str = "") -> list[str]:
        """Every name that begins with `prefix`, sorted. Temporary files are not names."""
        check_prefix(prefix)
        with self._io(f"list {self.path}"):
            self._check_here()
            start = len(str(self.path)) + 1
            names = (
                entry.path[start:].replace(os.sep, "/")
                for entry in disk.walk(self.path / prefix.rpartition("/")[0])
                if not entry.name.startswith(".")
            )
            return sorted(name for name in names if name.startswith(prefix))

    def delete(self, name: str) -> bool:
        """Remove a name. False when it was not there. Folders that become empty stay."""
        place = self._place(name)
        with self._io(f"delete {name}"):
            if not disk.is_file(place):
                self._check_here()
                return False
            with suppress(FileNotFoundError):  # another process was faster: gone is what was asked for
                os.unlink(place)
            disk.sync_folder(place.parent)
            return True

    def swap(self, name: str, expected: bytes | None, new: bytes) -> bool:
        """Change what a name holds from `expected` (None: not there) to `new`. False, and no change, if it held other.

        Readers see the old bytes or the new, never a part. Swaps of one folder wait for each other.
        """
        place = self._place(name)
        with self._io(f"write {name}"):
            self._make_ready(place)
            with disk.locked(self.path / _LOCK):
                now = place.read_bytes() if disk.is_file(place) else None
                if now != expected:
                    return False
                temporary = disk.write_temporary(place.parent, new)
                try:
                    os.replace(temporary, place)
                except BaseException:
                    disk.remove_quietly(temporary)
                    raise
                disk.sync_folder(place.parent)
                return True

    def sweep(self, older_than: float = SWEEP_AFTER) -> int:
        """Remove temporary files that dead writers left, if unchanged for `older_than` seconds. Returns how many."""
        swept = 0
        now = time.time()
        with self._io(f"sweep {self.path}"):
            self._check_here()
            for entry in disk.walk(self.path):
                if not entry.name.startswith(disk.TEMPORARY):
                    continue
                with suppress(FileNotFoundError):  # its writer finished meanwhile
                    if now - entry.stat(follow_symlinks=False).st_mtime >= older_than:
                        os.unlink(entry.path)
                        swept += 1
        return swept

    def _place(self, name: str) -> Path:
        return self.path / check_name(name)

    def _store_new(self, place: Path, data: bytes | Iterable[bytes], private: bool) -> bool:
        """Write `data` and give it its name, which must be free. False when another writer was first."""
        temporary = disk.write_temporary(place.parent, data, private=private)
        try:
            return disk.give_free_name(temporary, place)
        except OSError as error:
            if not disk.has_no_links(error):
                raise
            with disk.locked(self.path / _LOCK):  # under the lock, looking and renaming are one step
                if disk.mode_of(place):
                    return False
                os.rename(temporary, place)
                return True
        finally:
            disk.remove_quietly(temporary)

    def _make_ready(self, place: Path, private: bool = False) -> None:
        """Make the folders above a name; UsageError where a name is in the way of a folder or the other way round."""
        parent = place.parent
        if parent not in self._ready or not disk.is_folder(parent):
            self._check_here()
            for above in reversed([parent, *parent.parents]):
                if above.is_relative_to(self.path) and disk.is_file(above):
                    raise UsageError(
                        f"{above.relative_to(self.path)} is a name already, so nothing can be stored under it.",
                        mend="Use another name.",
                    )
            disk.make_folders(parent, private=private)
            above = parent
            while above != self.path:  # another process may have made it and died before its entry was on the disk
                above = above.parent
                disk.sync_folder(above)
            self._ready.add(parent)
        if disk.is_folder(place):
            raise UsageError(f"{place.relative_to(self.path)} is a folder of names, not a name.", mend="Name a file.")

    def _check_here(self) -> None:
        """A disk that went away takes its folder along: that is not the absence of a name."""
        if not disk.is_folder(self.path):
            raise Unavailable(f"the folder {self.path} is gone.", mend="Check that the disk is mounted.")

    @contextmanager
    def _io(self, doing: str, name: str | None = None) -> Iterator[None]:
        """Turn what the operating system says into NotFound (only where `name` was to be read) or Unavailable."""
        try:
            yield
        except EmblaError:
            raise
        except IsADirectoryError as error:
            raise NotFound(f"cannot {doing}: it is a folder of names, not a name.", mend="Name a file.") from error
        except (FileNotFoundError, NotADirectoryError) as error:
            self._check_here()
            if name is None:
                raise Unavailable(f"cannot {doing}: its folder went away.", mend="Check the disk.") from error
            raise NotFound(f"nothing is stored under {name}.", mend="Check the name.", name=name) from error
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else error.__class__.__name__
            raise Unavailable(
                f"cannot {doing}: {reason}.",
                mend="Check the disk, its free space and its permissions.",
                errno=error.errno,
            ) from error
