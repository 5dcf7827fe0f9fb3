"""Write one contig of a release, chunk by chunk, as a stream of bytes. See layout.py."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embla.frequency.files.frames import pack_arrays
from embla.frequency.files.layout import (
    BLOCK,
    BLOCK_COLUMNS,
    BLOCK_DTYPE,
    FORMAT,
    GROUP_FIELDS,
    MAGIC,
    WINDOW,
    WINDOW_DTYPE,
)

if TYPE_CHECKING:
    from embla.genotypes import AnSteps, SweptWindow


class ContigWriter:
    """Gather one contig in order; pieces of the file come out as they are full.

    `strata`: how many cohorts are strata (the first is the total); the cohorts behind them, if any, are karyotypes that
    give AN tracks only.
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

    def add_variants(self, swept: "SweptWindow") -> Iterator[bytes]:
        """The variants of the next window; windows come in order."""
        self._keep_variants(swept)
        yield from self._full_blocks(BLOCK)

    def add_steps(self, steps: "AnSteps") -> Iterator[bytes]:
        """AN of the next stretch; it starts where the one before ended, at a multiple of WINDOW."""
        if steps.start != self._next or steps.start % WINDOW:
            raise ValueError("stretches of a release come in order and whole")
        self._next = steps.end
        values = np.concatenate([steps.adj[: self.strata], steps.raw[:1], steps.adj[self.strata :]])
        borders = np.arange(steps.start, steps.end, WINDOW)
        # In force at each window's first base, and the first step behind that base.
        first = np.searchsorted(steps.at, borders, side="right") - 1
        behind = np.append(first[1:], len(steps.at) - 1)
        self._values += list(values[:, first].T)
        for border, low, high in zip(borders.tolist(), first.tolist(), behind.tolist(), strict=True):
            if high > low or (high == low and steps.at[high] > border):
                yield from self._window(border, steps.at[low : high + 1], values[:, low : high + 1])
            else:
                self._windows.append((0, 0, 0))

    def finish(self) -> Iterator[bytes]:
        """What is left, the tables and the footer."""
        if self._next != self.length:
            raise ValueError("a contig of a release ends where the contig ends")
        yield from self._full_blocks(1)
        block_at = self._at
        table = np.array(self._blocks, dtype=BLOCK_DTYPE).reshape(len(self._blocks), BLOCK_COLUMNS)
        yield self._out(pack_arrays([table]))
        window_at = self._at
        windows = np.array(self._windows, dtype=WINDOW_DTYPE)
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
            self._blocks.append((self._at, len(first), len(second), len(key), len(text), int(pos[0]), int(pos[-1])))
            yield self._out(first + second)
        self._waiting = [tuple(column[..., done:] for column in columns)] if done < n else []

    def _window(self, border: int, at: NDArray[np.int64], values: NDArray[np.int32]) -> Iterator[bytes]:
        """One window of AN: per track the offsets where it changes (0 first) and the values from there on."""
        offset = np.maximum(at - border, 0)
        inside = offset < WINDOW
        offset, values = offset[inside], values[:, inside]
        changes = np.ones(values.shape, dtype=np.bool_)
        np.not_equal(values[:, 1:], values[:, :-1], out=changes[:, 1:])
        if not changes[:, 1:].any():
            self._windows.append((0, 0, 0))
            return
        track, step = np.nonzero(changes)
        per_track = np.bincount(track, minlength=self.tracks).astype(np.uint32)
        frame = pack_arrays([per_track, offset[step].astype(np.uint16), values[track, step].astype(np.int32)])
        self._windows.append((self._at, len(frame), len(step)))
        yield self._out(frame)

    def _out(self, data: bytes) -> bytes:
        self._at += len(data)
        return data
