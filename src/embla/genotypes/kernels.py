"""The loops of a large sweep, compiled. The plain twin of each is in `sweep.NumpyEngine`; a test holds them equal.

Few kernels with explicit signatures: each is compiled once and cached on disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.compiled import kernel
from embla.genotypes.files.columns import Buffer
from embla.genotypes.files.runs import NARROW, Runs, decode_parts
from embla.genotypes.files.segment import ContigReader, slice_keys
from embla.genotypes.files.variants import LISTS_MT, Texts, Variants
from embla.genotypes.model import tally
from embla.genotypes.sweep import ListedStretch

if TYPE_CHECKING:
    from embla.genotypes.plane_kernels import PlanedStretch

# Numbers of one genome at one variant are added four to a 64-bit word, 16 bits each, signed: a segment has at most
# 8,192 genomes, so no sum leaves its 16 bits. Row 2 * ASSUMED + anything is for people outside the cohort: nothing.
_OUTSIDE: Final = 2 * tally.ASSUMED


def _words() -> NDArray[np.int64]:
    rows = np.zeros((3 * tally.ASSUMED, tally.N_FIELDS), dtype=np.int64)
    rows[:_OUTSIDE] = tally.TALLY
    lanes = np.array([1 << (16 * i) for i in range(4)], dtype=np.int64)
    return np.ascontiguousarray((rows.reshape(-1, 3, 4) * lanes).sum(axis=2))


_WORDS: Final = _words()


def _given(kind: Any, dimensions: int = 1) -> Any:
    """A C-ordered input; read-only, so that columns straight from a file fit too."""
    return types.Array(kind, dimensions, "C", readonly=True)


_INT64S, _UINT32S, _UINT16S, _BYTES = (_given(t) for t in (types.int64, types.uint32, types.uint16, types.uint8))
_TABLE, _MASKS = _given(types.int8, 2), _given(types.boolean, 2)
_OUT2, _OUT3 = types.Array(types.int32, 2, "C"), types.Array(types.int32, 3, "C")
_SUMS = types.Array(types.int64, 2, "C")
_OUT16 = types.Array(types.uint16, 1, "C")


@kernel(types.void(_OUT2, _INT64S, _INT64S, _UINT16S, _UINT16S, _UINT16S, _given(types.int64, 2)), nogil=True)
def _add_entries(out, index, end, ordinal, entry, base, words):  # type: ignore[no-untyped-def]
    first = 0
    for v in range(len(end)):
        last = end[v]
        a = b = c = np.int64(0)
        for i in range(first, last):
            code = np.int64(entry[i]) + np.int64(base[ordinal[i]])
            a += words[code, 0]
            b += words[code, 1]
            c += words[code, 2]
        row = index[v]
        field = 0
        for word in (a, b, c):
            for _ in range(4):
                lane = np.int64(np.int16(word & 0xFFFF))
                out[row, field] += lane
                word = (word - lane) >> 16
                field += 1
        first = last


@kernel(
    types.void(_OUT3, _UINT16S, _UINT32S, _UINT32S, _BYTES, _INT64S, _INT64S, _BYTES, _BYTES, _TABLE, _TABLE, _MASKS),
    nogil=True,
)
def _add_runs(  # type: ignore[no-untyped-def]
    diff, ordinal, start, end, state, places, pages, adj_copies, copies, lost_adj, lost_raw, bits
):
    n = len(places)
    origin = places[0]
    dense = places[n - 1] - origin + 1 == n
    for i in range(len(ordinal)):
        o = ordinal[i]
        edges = (np.int64(start[i]), np.int64(end[i]))
        a = b = np.int64(0)
        for side in range(2):
            # The first place at or after this edge: by page of 256 bases, then step by step.
            edge = edges[side]
            at = np.int64(0)
            if edge > origin:
                if dense:
                    at = min(edge - origin, np.int64(n))
                else:
                    page = (edge - origin) >> 8
                    at = pages[page] if page < len(pages) else n
                    while at < n and places[at] < edge:
                        at += 1
            if side == 0:
                a = at
            else:
                b = at
        if a == b:
            continue
        adj = lost_adj[adj_copies[o], state[i]]
        raw = lost_raw[copies[o], state[i]]
        for c in range(bits.shape[0]):
            if bits[c, o]:
                diff[0, c, a] -= adj
                diff[0, c, b] += adj
                diff[1, c, a] -= raw
                diff[1, c, b] += raw


@kernel(types.void(_BYTES, types.int64, types.int64, types.boolean, _OUT16), nogil=True)
def _decode16(raw, at, n, summed, out):  # type: ignore[no-untyped-def]
    value = np.uint16(0)
    for i in range(n):
        here = np.uint16(raw[at + i]) | (np.uint16(raw[at + n + i]) << np.uint16(8))
        value = np.uint16(value + here) if summed else here
        out[i] = value


@kernel(
    types.void(_BYTES, types.uint64, types.Array(types.uint64, 1, "C"), types.Array(types.int64, 1, "C")),
    nogil=True,
)
def _head(raw, key, keys, ends):  # type: ignore[no-untyped-def]
    n = len(keys)
    end = np.int64(0)
    for i in range(n):
        step = np.uint64(0)
        for plane in range(8):
            step |= np.uint64(raw[plane * n + i]) << np.uint64(8 * plane)
        key += step
        end += np.int64(raw[8 * n + i]) | np.int64(raw[9 * n + i]) << 8
        keys[i] = key
        ends[i] = end


def _decode_head(head: bytes, n: int, first_key: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Keys and ends of a frame of lists, from its head."""
    keys, ends = np.empty(n, np.uint64), np.empty(n, np.int64)
    _head(np.frombuffer(head, np.uint8), first_key, keys, ends)
    return keys, ends


@kernel(
    types.void(
        _BYTES,
        types.int64,
        types.int64,
        types.int64,
        _BYTES,
        _BYTES,
        _TABLE,
        _TABLE,
        _MASKS,
        types.Array(types.int64, 2, "C"),
    ),
    nogil=True,
)
def _lost_at(raw, n, size, place, adj_copies, copies, lost_adj, lost_raw, bits, out):  # type: ignore[no-untyped-def]
    start = np.int64(0)
    o = np.uint16(0)
    for i in range(n):
        length = np.int64(0)
        for b in range(size):
            start += np.int64(raw[b * n + i]) << (8 * b)
            length |= np.int64(raw[(size + b) * n + i]) << (8 * b)
        if start > place:
            return
        at = 2 * size * n
        o = np.uint16(o + (np.uint16(raw[at + i]) | (np.uint16(raw[at + n + i]) << np.uint16(8))))
        if start + length >= place:
            state = raw[at + 2 * n + i]
            adj, all_ = lost_adj[adj_copies[o], state], lost_raw[copies[o], state]
            for c in range(bits.shape[0]):
                if bits[c, o]:
                    out[c, 0] += adj
                    out[c, 1] += all_


def lost_at(
    data: bytes,
    n: int,
    place: int,
    level: int,
    copies: NDArray[np.uint8],
    adj_copies: NDArray[np.uint8],
    bits: NDArray[np.bool_],
    out: NDArray[np.int64],
) -> None:
    """Add what each cohort loses of AN (adj, raw) at a place of one frame of runs: `runs.parts_at`, summed."""
    size = 2 if level <= NARROW else 4
    _lost_at(
        np.frombuffer(data, np.uint8), n, size, place, adj_copies, copies, tally.LOST_ADJ, tally.LOST_RAW, bits, out
    )


class JitEngine:
    """The same operations as `sweep.NumpyEngine`."""

    @classmethod
    def stretch(cls, reader: ContigReader, low: int, high: int) -> ListedStretch | PlanedStretch:
        """Variants with low <= key < high; planes are counted as they lie."""
        if reader.in_planes and reader.frames_between(low, high):
            # To load them takes 0.2 s, and a store of few genomes has no planes.
            from embla.genotypes.plane_kernels import PlanedStretch

            return PlanedStretch(reader, low, high)
        return ListedStretch(cls.between(reader, low, high), cls.add_entries)

    @staticmethod
    def between(reader: ContigReader, low: int, high: int) -> Variants:
        """`ContigReader.between` for frames of lists, decoded straight into columns of the final length."""
        frames = [reader.open_lists(number) for number in reader.frames_between(low, high)]
        if not frames:
            return Variants.none()
        for frame in frames:
            frame.open_with(_decode_head)
        total = sum(int(frame.end[-1]) for frame in frames)
        ordinal, entry = np.empty(total, np.uint16), np.empty(total, np.uint16)
        het = np.empty(total if frames[0].kind == LISTS_MT else 0, np.uint16)
        at, texts, ends = 0, Texts(), []
        for frame in frames:
            ends.append(frame.end + at)
            texts |= frame.texts()
            for number in range(len(frame.blocks)):
                raw, n = np.frombuffer(frame.block_bytes(number), np.uint8), int(frame.blocks[number, 1])
                _decode16(raw, 0, n, True, ordinal[at : at + n])
                _decode16(raw, 2 * n, n, False, entry[at : at + n])
                if len(het):
                    _decode16(raw, 4 * n, n, False, het[at : at + n])
                at += n
        keys = np.concatenate([frame.key for frame in frames])
        return slice_keys(Variants(keys, np.concatenate(ends), ordinal, entry, het, texts), low, high)

    @staticmethod
    def add_entries(
        out: NDArray[np.int32],
        v: Variants,
        index: NDArray[np.intp],
        bits: NDArray[np.bool_],
        assumed: NDArray[np.bool_],
    ) -> None:
        """See `NumpyEngine.add_entries`."""
        where = np.ascontiguousarray(index, dtype=np.int64)
        end, ordinal, entry = (np.ascontiguousarray(column) for column in (v.end, v.ordinal, v.entry))
        for cohort in range(len(bits)):
            base = np.where(bits[cohort], np.where(assumed, tally.ASSUMED, 0), _OUTSIDE).astype(np.uint16)
            _add_entries(out[cohort], where, end, ordinal, entry, base, _WORDS)

    @staticmethod
    def runs_between(reader: ContigReader, start: int, end: int) -> Runs:
        """`ContigReader.runs_between`, its largest frames decoded by a kernel."""
        return reader.runs_between(start, end, decode=_decode_parts)

    @staticmethod
    def add_runs(
        diff: NDArray[np.int32],
        runs: Runs,
        places: NDArray[np.int64],
        own: NDArray[np.int8],
        assumed: NDArray[np.bool_],
        bits: NDArray[np.bool_],
    ) -> None:
        """See `NumpyEngine.add_runs`."""
        if not len(runs) or not len(places):
            return
        borders = np.arange(int(places[0]), int(places[-1]) + 257, 256)
        _add_runs(
            diff,
            np.ascontiguousarray(runs.ordinal),
            np.ascontiguousarray(runs.start),
            np.ascontiguousarray(runs.end),
            np.ascontiguousarray(runs.state),
            np.ascontiguousarray(places),
            np.searchsorted(places, borders),
            np.where(assumed, 0, own).astype(np.uint8),
            own.astype(np.uint8),
            tally.LOST_ADJ,
            tally.LOST_RAW,
            np.ascontiguousarray(bits),
        )


def _decode_parts(data: Buffer, n: int, window_start: int, level: int) -> Runs:
    """`runs.decode_parts`."""
    if level > NARROW:
        return decode_parts(data, n, window_start, level)
    raw = np.frombuffer(data, np.uint8)
    columns = np.empty((3, n), np.uint16)
    for i, summed in enumerate((True, False, True)):
        _decode16(raw, 2 * n * i, n, summed, columns[i])
    start = columns[0].astype(np.uint32) + np.uint32(window_start)
    return Runs(columns[2], start, start + columns[1] + np.uint32(1), raw[6 * n : 7 * n])
