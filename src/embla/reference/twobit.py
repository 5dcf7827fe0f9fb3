"""The bases of a reference at two bits each, in the cache folder: what reading files compares REF with.

A bgzipped FASTA gives 200 million bases a second, and a dense file of variants wants every base of its contigs. This
copy is made in the pass that computes the digest, is named by that digest, and gives several times as many. It knows A,
C, G and T; everything else is N. Each part has its checksum: where one is not as it was written the FASTA is read.

    "EMBLA2B1"   packed bases, contig after contig   JSON of the contigs   its size (u64)   its BLAKE2b (16 bytes)
"""

import json
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Final

import deflate
import numpy as np
from numpy.typing import NDArray

_MAGIC: Final = b"EMBLA2B1"
_PART: Final = 1 << 18  # bases under one checksum
_BYTES: Final = _PART // 4
_MANY: Final = 1 << 14  # packed bytes from which a compiled loop is worth it
_MOST_ODD: Final = 1 << 20  # stretches without bases; more are no reference that is worth it
_TAIL: Final = struct.Struct("<Q16s")
_ABANDONED: Final = 3600  # seconds after which nobody writes a draft any more; a genome takes less than one minute
_ODD: Final = b"\4"
_CODE: Final = bytes(b"ACGT".index(letter) if letter in b"ACGT" else _ODD[0] for letter in range(256))
# The eight letters of two packed bytes, the first one lowest.
_EIGHT: Final[NDArray[np.uint64]] = (
    np.frombuffer(b"ACGT", np.uint8)[np.arange(1 << 16)[:, None] >> np.arange(0, 16, 2) & 3].copy().view("<u8").ravel()
)


class TwoBitWriter:
    """Packs contigs as they are read; gives up, and leaves no file, where the folder cannot take it."""

    def __init__(self, folder: Path) -> None:
        self._draft = folder / f"bases.{os.getpid()}.{id(self)}.tmp"
        self._contigs: dict[str, Any] = {}
        self._file: BinaryIO | None = None
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self._draft.open("wb")
            self._file.write(_MAGIC)
            self._file.flush()
            self._sweep(folder)
        self._at = len(_MAGIC)

    def _sweep(self, folder: Path) -> None:
        """Remove what writers that were killed have left. Compared by the folder's own clock."""
        now = self._draft.stat().st_mtime
        for old in folder.glob("bases.*.tmp"):
            if now - old.stat().st_mtime > _ABANDONED:
                old.unlink(missing_ok=True)

    def through(self, contig: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same upper-case pieces, packed in passing. All but the last are multiples of 262,144 bases long."""
        checks: list[int] = []
        odd: list[list[int]] = []
        facts = self._contigs[contig] = {"length": 0, "offset": self._at, "checks": checks, "odd": odd}
        for piece in pieces:
            if self._file is not None:
                self._add(piece.translate(_CODE), facts)
            yield piece

    def _add(self, codes: bytes, facts: dict[str, Any]) -> None:
        assert self._file is not None
        if _ODD in codes:
            strange = np.frombuffer(codes, np.uint8) == _ODD[0]
            edges = np.flatnonzero(np.diff(np.concatenate(([False], strange, [False])).astype(np.int8)))
            facts["odd"] += (edges.reshape(-1, 2) + facts["length"]).tolist()
        facts["length"] += len(codes)
        words = np.frombuffer(codes + bytes(-len(codes) % 4), "<u4") & np.uint32(0x03030303)
        words |= words >> np.uint32(6)
        words |= words >> np.uint32(12)
        packed = words.astype(np.uint8)
        data = packed.tobytes()
        facts["checks"] += [deflate.crc32(data[at : at + _BYTES]) for at in range(0, len(data), _BYTES)]
        self._at += len(data)
        try:
            self._file.write(data)
        except OSError:
            self.give_up()
        if len(facts["odd"]) > _MOST_ODD:
            self.give_up()

    @property
    def is_writing(self) -> bool:
        """False once it gave up."""
        return self._file is not None

    def give_up(self) -> None:
        """Leave no file."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            with suppress(OSError):
                self._draft.unlink()
        self._file = None

    def finish(self, file: Path) -> None:
        """Put the file where `TwoBit.open` looks for it."""
        if self._file is None:
            return
        told = json.dumps(self._contigs, separators=(",", ":")).encode()
        try:
            self._file.write(told + _TAIL.pack(len(told), blake2b(told, digest_size=16).digest()))
            self._file.close()
            os.replace(self._draft, file)
        except OSError:
            self.give_up()


class TwoBit:
    """Bases by place. Answers None wherever it is not sure; the FASTA is then read."""

    def __init__(self, file: Path, contigs: dict[str, Any]) -> None:
        self._file = file
        self._contigs = {
            name: (facts["length"], facts["offset"], facts["checks"], np.array(facts["odd"], np.int64).reshape(-1, 2))
            for name, facts in contigs.items()
        }

    @classmethod
    def open(cls, path: Path) -> "TwoBit | None":
        """The copy in a file; None when it is not there or not whole."""
        try:
            with path.open("rb") as file:
                if file.read(len(_MAGIC)) != _MAGIC:
                    return None
                end = file.seek(-_TAIL.size, os.SEEK_END)
                size, check = _TAIL.unpack(file.read(_TAIL.size))
                if size > end:
                    return None
                file.seek(end - size)
                told = file.read(size)
            if blake2b(told, digest_size=16).digest() != check:
                return None
            return cls(path, json.loads(told))
        except (OSError, ValueError, struct.error):
            return None

    def read(
        self, contig: str, start: int, end: int, room: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8] | None:
        """The bases that exist from `start` to `end`, 0-based half-open, as ASCII: A C G T, and N for anything else.

        In `room` where there is some, 16 bytes more than bases: fresh memory costs more than the bases."""
        facts = self._contigs.get(contig)
        if facts is None:
            return None
        length, offset, checks, odd = facts
        start, end = max(start, 0), min(end, length)
        if end <= start:
            return np.zeros(0, np.uint8)
        first = start // _PART
        data = self._parts(length, offset, checks, first, -(-end // _PART))
        if data is None:
            return None
        low = start // 8
        packed = data[2 * low - first * _BYTES : 2 * -(-end // 8) - first * _BYTES]
        letters = _letters(packed, room)[start - 8 * low : end - 8 * low]
        for a, b in odd[np.searchsorted(odd[:, 1], start, "right") : np.searchsorted(odd[:, 0], end)].tolist():
            letters[max(a - start, 0) : b - start] = ord("N")
        return letters

    def packed(self, contig: str, start: int, end: int) -> NDArray[np.uint8] | None:
        """The bases from `start` (a multiple of 4) to `end`, 0-based half-open, that all exist: four in a byte, the
        first one lowest, A C G T as 0 to 3. None where one is anything else."""
        facts = self._contigs.get(contig)
        if facts is None or start % 4 or not 0 <= start < end <= facts[0]:
            return None
        length, offset, checks, odd = facts
        if np.searchsorted(odd[:, 1], start, "right") < np.searchsorted(odd[:, 0], end):
            return None
        first = start // _PART
        data = self._parts(length, offset, checks, first, -(-end // _PART))
        if data is None:
            return None
        return np.frombuffer(data, np.uint8)[start // 4 - first * _BYTES : -(-end // 4) - first * _BYTES]

    def _parts(self, length: int, offset: int, checks: list[int], first: int, after: int) -> bytes | None:
        """Packed bases of whole parts; None where they are not as they were written."""
        size = min(after * _BYTES, -(-length // 4)) - first * _BYTES
        try:
            with self._file.open("rb", buffering=0) as file:
                file.seek(offset + first * _BYTES)
                data = file.read(size)
        except OSError:
            return None
        if len(data) != size:
            return None
        whole = memoryview(data)
        for number in range(first, after):
            at = (number - first) * _BYTES
            if deflate.crc32(whole[at : at + _BYTES]) != checks[number]:
                return None
        return data


def _letters(packed: bytes, room: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    if len(packed) >= _MANY:
        # Compiled; few bases are not worth the loading.
        from embla.reference.twobit_kernels import spread

        return spread(packed, room)
    words = np.frombuffer(packed if len(packed) % 2 == 0 else packed + b"\0", "<u2")
    return _EIGHT.take(words, mode="clip").view(np.uint8)
