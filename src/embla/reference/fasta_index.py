"""The .fai (and .gzi) of a FASTA: found beside it, or built, beside it or in a cache; and held against the file.

An index left over from another version of the file would give wrong bases without a word, so each contig's header line
and end are looked up in the file itself.
"""

import os
import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import pysam

from embla.errors import BadInput, Broken, NotFound, Unavailable
from embla.reference.refget import cache_folder

_HEADER_ROOM: Final = 1024
_REBUILD: Final = "Remove the .fai (and .gzi); they are built anew."


@dataclass(frozen=True, slots=True)
class FastaIndex:
    """Index files of one FASTA and what the .fai says: name -> (bases, offset, bases per line, bytes per line)."""

    fai: Path
    gzi: Path | None
    rows: dict[str, tuple[int, int, int, int]]


def open_index(path: Path, cache: Path | None) -> FastaIndex:
    """The index of a FASTA; built if missing. NotFound, Unavailable, BadInput (not FASTA, plain gzip) or Broken."""
    packed = _check_kind(path)
    fai, gzi = _find_or_build(path, packed, cache)
    rows: dict[str, tuple[int, int, int, int]] = {}
    try:
        for line in fai.read_text(encoding="utf-8", errors="replace").splitlines():
            name, *numbers = line.split("\t")
            length, offset, bases, width = (int(number) for number in numbers[:4])
            rows[name] = (length, offset, bases, width)
    except ValueError as error:
        raise Broken(f"{fai} is not a FASTA index.", mend=_REBUILD) from error
    return FastaIndex(fai, gzi, rows)


def check_index(path: Path, index: FastaIndex, names: list[str]) -> None:
    """Broken when, for one of `names`, the file has no header before the place the index gives, or ends elsewhere."""
    try:
        read = _packed_reader(path, index.gzi) if index.gzi else _plain_reader(path)
        for name in names:
            length, offset, bases, width = index.rows[name]
            before = read(max(offset - _HEADER_ROOM, 0), min(offset, _HEADER_ROOM))
            header = before.rstrip(b"\r\n").rpartition(b"\n")[2]
            whole = header.startswith(b">") or len(before) < _HEADER_ROOM
            named = not whole or header[1:].split(maxsplit=1)[:1] == [name.encode()]
            end = offset + (length - 1) // bases * width + (length - 1) % bases + 1 if length else offset
            after = read(end - 1, 3)
            ends = after[:1] not in (b"", b"\n", b"\r", b">") and after[1:].strip(b"\r\n")[:1] in (b"", b">")
            if not (before.endswith(b"\n") and named and (ends or not length)):
                raise Broken(f"the index {index.fai} is not of this file, or {path} is cut off.", mend=_REBUILD)
    except (zlib.error, struct.error, ZeroDivisionError, IndexError) as error:
        raise Broken(f"the index {index.fai} is not of this file, or {path} is damaged.", mend=_REBUILD) from error
    except OSError as error:
        raise Unavailable(f"cannot read {path}: {error.__class__.__name__}.", mend="Check the file.") from error


def _check_kind(path: Path) -> bool:
    """True for bgzip, False for plain text; refuses what cannot be read by place."""
    try:
        with path.open("rb") as file:
            head = file.read(18)
            if head[:2] != b"\x1f\x8b":
                first, packed = head[:1], False
            elif len(head) == 18 and head[3] & 4 and head[12:14] == b"BC":
                file.seek(0)
                first, packed = zlib.decompressobj(31).decompress(file.read(1 << 16), 1), True
            else:
                raise BadInput(
                    "the FASTA is compressed with plain gzip, which cannot be read by place.",
                    path=str(path),
                    mend=f"`bgzip` it: gunzip {path.name} && bgzip {path.name.removesuffix('.gz')}",
                )
    except FileNotFoundError:
        raise NotFound(f"there is no reference at {path}.", mend="Check the path.") from None
    except IsADirectoryError:
        raise BadInput("this is a folder, not a FASTA file.", path=str(path), mend="Give a FASTA file.") from None
    except zlib.error:
        raise BadInput("the compressed FASTA is damaged.", path=str(path), mend="Copy the file again.") from None
    except OSError as error:
        raise Unavailable(f"cannot read {path}: {error.__class__.__name__}.", mend="Check the file.") from error
    if first != b">":
        raise BadInput("this is not FASTA: it does not begin with '>'.", path=str(path), mend="Give a FASTA file.")
    return packed


def _find_or_build(path: Path, packed: bool, cache: Path | None) -> tuple[Path, Path | None]:
    beside = (Path(f"{path}.fai"), Path(f"{path}.gzi") if packed else None)
    if _are_there(beside):
        return beside
    if os.access(path.parent, os.W_OK):
        return _build(path, *beside)
    status = path.stat()
    stem = sha256(f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}".encode()).hexdigest()[:32]
    folder = cache if cache is not None else cache_folder()
    cached = (folder / f"{stem}.fai", folder / f"{stem}.gzi" if packed else None)
    if _are_there(cached):
        return cached
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"{path} has no index, and none can be built beside it or in {folder}.",
            mend="Build it with `samtools faidx`, or give a cache folder that can be written.",
        ) from error
    return _build(path, *cached)


def _are_there(files: tuple[Path, Path | None]) -> bool:
    return files[0].exists() and (files[1] is None or files[1].exists())


def _build(path: Path, fai: Path, gzi: Path | None) -> tuple[Path, Path | None]:
    """Build under other names and rename, so that two processes that start together both see a whole index."""
    fresh = Path(f"{fai}.{os.getpid()}.tmp")
    fresh_gzi = Path(f"{gzi}.{os.getpid()}.tmp") if gzi else None
    try:
        pysam.faidx(str(path), "--fai-idx", str(fresh), *(("--gzi-idx", str(fresh_gzi)) if fresh_gzi else ()))
        if gzi and fresh_gzi:
            os.replace(fresh_gzi, gzi)
        os.replace(fresh, fai)
    except pysam.utils.SamtoolsError as error:
        raise BadInput(
            "the FASTA cannot be indexed.",
            path=str(path),
            mend="Lines of one sequence must be equally long, and names must differ; `samtools faidx` says more.",
        ) from error
    except OSError as error:
        raise Unavailable(f"cannot write the index of {path}: {error.strerror}.", mend="Check the disk.") from error
    finally:
        for leftover in (fresh, fresh_gzi):
            if leftover:
                leftover.unlink(missing_ok=True)
    return fai, gzi


def _plain_reader(path: Path) -> Callable[[int, int], bytes]:
    def read(offset: int, length: int) -> bytes:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    return read


def _packed_reader(path: Path, gzi: Path) -> Callable[[int, int], bytes]:
    """Read uncompressed bytes of a bgzip file by the blocks of its .gzi: little-endian uint64 count, then pairs."""
    data = gzi.read_bytes()
    (count,) = struct.unpack_from("<Q", data)
    numbers = struct.unpack_from(f"<{2 * count}Q", data, 8)
    packed_at, plain_at = (0, *numbers[::2]), (0, *numbers[1::2])

    @lru_cache(4)
    def block(number: int) -> bytes:
        with path.open("rb") as file:
            file.seek(packed_at[number])
            return zlib.decompressobj(31).decompress(file.read(1 << 16))

    def read(offset: int, length: int) -> bytes:
        got = b""
        number = bisect_right(plain_at, offset) - 1
        while len(got) < length and number < len(plain_at):
            start = offset + len(got) - plain_at[number]
            got += block(number)[start : start + length - len(got)]
            number += 1
        return got

    return read
