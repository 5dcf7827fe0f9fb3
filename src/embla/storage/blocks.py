"""Blocks of far-away objects, kept near: some in memory, some in a folder of bounded size, and thrown away at will.

    FOLDER/<content>/<number>     check(16) and one block of one object, under the digest of that whole object

Only what is named by its content is kept in the folder, so no block is ever out of date: other bytes have another name.
A block that is damaged or half written does not match its check and is fetched again. Several processes may share a
folder; the least recently used blocks go first.
"""

import os
import shutil
import threading
from collections import OrderedDict
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex
from typing import Final

from embla.errors import Unavailable
from embla.storage import disk

BLOCK: Final = 1 << 20
IN_MEMORY: Final = 256 << 20
ON_DISK: Final = 20 << 30
_CHECK: Final = 16
_KEEP: Final = 0.9  # of the bound, when blocks must go


class Blocks:
    """A cache of blocks. Safe between threads; without a folder it keeps them in memory only."""

    def __init__(self, folder: Path | None = None, *, on_disk: int = ON_DISK, in_memory: int = IN_MEMORY) -> None:
        """`on_disk` and `in_memory` bound it, in bytes. Raises Unavailable where the folder cannot be made."""
        self.folder = folder
        self._on_disk, self._in_memory = on_disk, in_memory
        self._held: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._size = 0
        self._guard = threading.Lock()
        self._disk_size = 0
        if folder is not None:
            try:
                disk.make_folders(folder, private=True)
                self._disk_size = sum(size for _, size, _ in _files(folder))
            except OSError as error:
                raise Unavailable(
                    f"the cache {folder} cannot be used: {error.strerror}.", mend="Give another folder."
                ) from error

    def find(self, name: str, number: int, content: str) -> bytes | None:
        """A block of the object `name`; `content` is its digest, "" for one that is kept in memory only."""
        with self._guard:
            held = self._held.get((name, number))
            if held is not None:
                self._held.move_to_end((name, number))
                return held
        if self.folder is None or not content:
            return None
        place = self.folder / content / str(number)
        try:
            raw = place.read_bytes()
            os.utime(place)
        except OSError:
            return None
        block = raw[_CHECK:]
        if raw[:_CHECK] != _check(block):
            disk.remove_quietly(place)
            return None
        self._hold(name, number, block)
        return block

    def keep(self, name: str, number: int, content: str, block: bytes) -> None:
        """Keep a block. A disk that is full or gone is no error: the block is fetched again next time."""
        self._hold(name, number, block)
        if self.folder is None or not content:
            return
        temporary = self.folder / content / f"{disk.TEMPORARY}{token_hex(8)}"
        try:
            temporary.parent.mkdir(mode=0o700, exist_ok=True)
            temporary.write_bytes(_check(block) + block)
            os.replace(temporary, temporary.parent / str(number))
        except OSError:
            disk.remove_quietly(temporary)
            return
        with self._guard:
            self._disk_size += len(block) + _CHECK
            full = self._disk_size > self._on_disk
        if full:
            self._make_room()

    def keep_only(self, contents: frozenset[str]) -> None:
        """Forget every object on the disk but these: what was erased far away must not stay near."""
        if self.folder is None:
            return
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name not in contents:
                    shutil.rmtree(entry.path, ignore_errors=True)

    def _hold(self, name: str, number: int, block: bytes) -> None:
        with self._guard:
            before = self._held.pop((name, number), b"")
            self._held[name, number] = block
            self._size += len(block) - len(before)
            while self._size > self._in_memory and len(self._held) > 1:
                self._size -= len(self._held.popitem(last=False)[1])

    def _make_room(self) -> None:
        assert self.folder is not None
        found = sorted(_files(self.folder))
        left = sum(size for _, size, _ in found)
        for _, size, path in found:
            if left <= _KEEP * self._on_disk:
                break
            disk.remove_quietly(Path(path))
            left -= size
        with self._guard:
            self._disk_size = left


def _files(folder: Path) -> list[tuple[float, int, str]]:
    """(last use, bytes, path) of every block."""
    found = []
    for entry in disk.walk(folder):
        with suppress(OSError):  # another process made room meanwhile
            stat = entry.stat(follow_symlinks=False)
            found.append((stat.st_mtime, stat.st_size, entry.path))
    return found


def _check(block: bytes) -> bytes:
    return blake2b(block, digest_size=_CHECK).digest()
