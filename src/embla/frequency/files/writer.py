"""Write one contig of a release, chunk by chunk, as a stream of bytes. See layout.py."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embla.frequency.files.frames import pack_arrays
from embla.frequency.files.layout import BLOCK, FORMAT, GROUP_FIELDS, MAGIC, WINDOW

if TYPE_CHECKING:
    from embla.genotypes import SweptWindow


class ContigWriter:
    """Gather swept windows of one contig in order; `pieces` of the file come out as they are full.

    `strata`: how many cohorts of each swept window are strata (the first is the total); the cohorts behind them, if
    any, are karyotypes that give AN tracks only.
    """

    def __init__(self, contig: str, length: int, strata: int, karyotypes: Sequence[str] = ()) -> None:
        self.contig, self.length, self.strata, self.karyotypes = contig, length, strata, tuple(karyotypes)
        self.tracks = strata + 1 + len(karyotypes)
        self.variants = 0
        self.carried = 0
        self._at = 0
        self._blocks: list[tuple[int, ...]] = []
        self._windows: list[tuple[int, int, int]] = []
        self._values: list[NDArray[np.int32]] = []
        self._waiting: list[tuple[NDArray[Any], ...]] = []
        self._texts: dict[int, tuple[str, str]] = {}
        self._next = 0

    def start(self) -> bytes:
        """The first bytes of the file."""
        return self._out(MAGIC + FORMAT.to_bytes(4, "little"))

    def add(self, swept: "SweptWindow") -> Iterator[bytes]:
        """The next window; it starts where the one before ended, at a multiple of WINDOW."""
        if swept.start != self._next or swept.start % WINDOW:
            raise ValueError("windows of a release come in order and whole")
        self._next = swept.end
        self._keep_variants(swept)
        yield from self._full_blocks(BLOCK)
        assert swept.per_base_an is not None and swept.per_base_raw_an is not None
        bases = np.concatenate(
            [swept.per_base_an[: self.strata], swept.per_base_raw_an[:1], swept.per_base_an[self.strata :]]
        )
        for begin in range(0, bases.shape[1], WINDOW):
            yield from self._window(bases[:, begin : begin + WINDOW])

    def add_constant(self, end: int, values: NDArray[np.int32]) -> None:
        """Up to `end` nothing changes: `values` (tracks,) is the AN of every base."""
        if self._next % WINDOW:
            raise ValueError("windows of a release come whole")
        while self._next < end:
            self._windows.append((0, 0, 0))
            self._values.append(values)
            self._next = min(self._next + WINDOW, end)

    def finish(self) -> Iterator[bytes]:
        """What is left, the tables and the footer."""
        if self._next != self.length:
            raise ValueError("a contig of a release ends where the contig ends")
        yield from self._full_blocks(1)
        block_at = self._at
        table = np.array(self._blocks, dtype=np.uint64).reshape(len(self._blocks), -1)
        yield self._out(pack_arrays([table]))
        window_at = self._at
        windows = np.array(self._windows, dtype=np.uint64)
        values = np.stack(self._values)
        yield self._out(pack_arrays([windows, values]))
        footer = {
            "contig": self.contig, "length": self.length, "strata": self.strata, "karyotypes": list(self.karyotypes),
            "blocks": len(self._blocks), "block_at": block_at, "windows": len(windows), "window_at": window_at,
            "footer_at": self._at, "variants": self.variants, "carried": self.carried,
        }  # fmt: skip
        raw = json.dumps(footer, sort_keys=True).encode()
        yield self._out(raw + len(raw).to_bytes(4, "little") + MAGIC)

    def _keep_variants(self, swept: "SweptWindow") -> None:
        """Only keys at which somebody of the total says something.

        The sweep gives every key of the store, also those that nobody but a person outside of this release has; such a
        key would say that somebody out there carries it.
        """
        kept = np.flatnonzero(swept.counts[0].any(axis=1))
        if not len(kept):
            return
        key = swept.key[kept]
        total = np.concatenate([swept.counts[0].T, swept.an[:1], swept.raw_an[:1]])[:, kept].astype(np.int32)
        groups = np.stack([getattr(swept, name)[1 : self.strata] for name in GROUP_FIELDS], axis=1)[:, :, kept]
        het = swept.max_heteroplasmy[0, kept] if swept.max_heteroplasmy is not None else np.zeros(len(kept), np.uint16)
        self.carried += int((swept.carriers[0, kept] > 0).sum())
        self.variants += len(kept)
        self._waiting.append((key, swept.pos[kept], total, groups.astype(np.int32), het))
        present = {int(k) for k in key} if swept.texts else set()
        self._texts |= {k: text for k, text in swept.texts.items() if k in present}

    def _full_blocks(self, least: int) -> Iterator[bytes]:
        """Blocks of what waits, as long as `least` variants are there."""
        if sum(len(part[0]) for part in self._waiting) < least:
            return
        columns = [np.concatenate(parts, axis=-1) for parts in zip(*self._waiting, strict=True)]
        n = len(columns[0])
        done = n - n % BLOCK if least > 1 else n
        for begin in range(0, done, BLOCK):
            key, pos, total, groups, het = (column[..., begin : min(begin + BLOCK, n)] for column in columns)
            texts = {int(k): self._texts.pop(int(k)) for k in key if int(k) in self._texts}
            text = json.dumps([[k, *alleles] for k, alleles in texts.items()]).encode() if texts else b""
            first = pack_arrays([np.diff(key, prepend=np.uint64(0)), total, het, np.frombuffer(text, np.uint8)])
            second = pack_arrays([groups])
            self._blocks.append(
                (self._at, len(first), len(second), len(key), len(text), int(pos[0]), int(pos[-1]))
            )
            yield self._out(first + second)
        self._waiting = [tuple(column[..., done:] for column in columns)] if done < n else []

    def _window(self, bases: NDArray[np.int32]) -> Iterator[bytes]:
        """One window of AN: per track the offsets where it changes (0 first) and the values from there on."""
        changes = np.ones(bases.shape, dtype=np.bool_)
        np.not_equal(bases[:, 1:], bases[:, :-1], out=changes[:, 1:])
        self._values.append(bases[:, 0].astype(np.int32))
        if changes[:, 1:].any():
            track, offset = np.nonzero(changes)
            per_track = np.bincount(track, minlength=self.tracks).astype(np.uint32)
            frame = pack_arrays([per_track, offset.astype(np.uint16), bases[track, offset].astype(np.int32)])
            self._windows.append((self._at, len(frame), len(offset)))
            yield self._out(frame)
        else:
            self._windows.append((0, 0, 0))

    def _out(self, data: bytes) -> bytes:
        self._at += len(data)
        return data
