"""Where a store lies: a folder, or a prefix in a bucket; and how its large files are read there."""

import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from embla.errors import UsageError
from embla.storage import Blocks, Bucket, Folder, Ranged, Storage, open_bucket

ENDPOINT: Final = "EMBLA_STORE_ENDPOINT"
CACHE: Final = "EMBLA_STORE_CACHE"
CACHE_GB: Final = "EMBLA_STORE_CACHE_GB"
_PIECE: Final = 8 << 20
Where = str | Path | Folder | Bucket


def is_address(where: object) -> bool:
    """Is this the address of a bucket?"""
    return isinstance(where, str) and where.startswith("s3://")


def open_place(where: Where, *, create: bool = True, endpoint: str | None = None) -> Storage:
    """The folder, made if `create`, or the bucket. `endpoint` None: as EMBLA_STORE_ENDPOINT says, else Amazon's."""
    if isinstance(where, Folder | Bucket):
        return where
    if isinstance(where, str) and is_address(where):
        return open_bucket(where, os.environ.get(ENDPOINT, "") if endpoint is None else endpoint)
    return Folder(where, create=create)


def blocks_from(environ: Mapping[str, str], where: str) -> Blocks:
    """The cache of the store in a bucket: under EMBLA_STORE_CACHE or the user's cache folder (XDG base directory
    specification 0.8), at most EMBLA_STORE_CACHE_GB (20 if not said). Raises UsageError for a size that is none."""
    given = environ.get(CACHE_GB, "20")
    if not given.isdigit():
        raise UsageError(f"{CACHE_GB} must be a whole number of gigabytes.", mend="0 keeps nothing on the disk.")
    if int(given) == 0:
        return Blocks()
    xdg = environ.get("XDG_CACHE_HOME", "")
    base = Path(xdg) if xdg.startswith("/") else Path.home() / ".cache"
    folder = Path(environ.get(CACHE) or base / "embla" / "store")
    return Blocks(folder / sha256(where.encode()).hexdigest()[:32], on_disk=int(given) << 30)


def open_segment(storage: Storage, file: str, digest: str, size: int, blocks: Blocks | None) -> memoryview | Ranged:
    """A segment's bytes: mapped where there is a disk, fetched as they are touched where there is a bucket."""
    if isinstance(storage, Folder):
        return storage.open(file)
    return Ranged(storage, file, blocks or Blocks(), size=size, content=digest)


def open_pack(storage: Storage, file: str, blocks: Blocks | None) -> memoryview | Ranged:
    """A pack's bytes. They stay in memory: what is sealed under a key that may end is kept nowhere else."""
    if isinstance(storage, Folder):
        return storage.open(file)
    return Ranged(storage, file, blocks or Blocks())


def pieces_of(storage: Storage, file: str) -> Iterator[bytes | memoryview]:
    """All bytes of a file, some megabytes at a time, past every cache."""
    if isinstance(storage, Folder):
        data = storage.open(file)
        yield from (data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
        return
    size = storage.size(file)
    for start in range(0, size, _PIECE):
        yield storage.read_within(file, start, min(_PIECE, size - start))
