"""The exact counts of the nation, from what was simulated, by the settled rules of counting and by nothing else.

One person at a time: paint what the person's own file says about every base (blocks, then records), read an off at each
key, put the person's own records in its place, add up. Arrays are as long as the window, so there is no clever index to
be wrong. adj: GQ >= 20, DP >= 10 (>= 5 where there is one copy), 20 % of the reads for each allele of a het, FILTER
passed.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.simulation.alleles import Key
from embla.simulation.calls import FAIL, FT_FAIL, MISSING, MOST_ALTS, NO_SECOND, Calls, Shapes
from embla.simulation.coverage import Blocks
from embla.simulation.dice import Ints

NOTHING, ONE, FULL = 0, 1, 2
COLUMNS: Final = ("ac", "an", "nhet", "nhomalt", "nhemi")
_MIN_GQ, _MIN_DP, _MIN_DP_ONE_COPY, _MIN_BALANCE = 20, 10, 5, 20
_LOWEST, _HOMOPLASMIC = 10, 95
_WHOLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One person's file about one window. `copies` (window,) by the karyotype that samples.tsv gives, 0 also where that
    is unknown. `target` is None or True for each base inside the person's BED."""

    copies: NDArray[np.uint8]
    calls: Calls
    blocks: Blocks | None
    callability: str
    target: NDArray[np.bool_] | None
    writes_level: bool


class Tally:
    """Counts over people for every key of a window, and an at sampled places.

    `counts["adj"]["ac"]` and the like are (keys,); `place_an["adj"]` (places,).
    """

    def __init__(self, shapes: Shapes, places: Ints) -> None:
        self.keys: list[Key] = shapes.keys
        self.places = places  # 1-based
        self._start = shapes.window.start
        self._mitochondrial = shapes.window.contig == "chrM"
        self._key_at = np.array([key[0] - 1 - self._start for key in shapes.keys], dtype=np.int64)
        self._keys_of = _table([shape.keys for shape in shapes.shapes], MOST_ALTS)
        self._parts_of = _table([sum(shape.derived, ()) for shape in shapes.shapes], 3 * MOST_ALTS)
        self._part_alt = _table(
            [tuple(a for a, parts in enumerate(shape.derived) for _ in parts) for shape in shapes.shapes], 3 * MOST_ALTS
        )
        zero = np.zeros(len(shapes.keys), dtype=np.int64)
        self.counts = {gate: {column: zero.copy() for column in COLUMNS} for gate in ("raw", "adj")}
        self.nfail = zero.copy()
        self.heteroplasmy = zero.copy()
        self.place_an = {gate: np.zeros(len(places), dtype=np.int64) for gate in ("raw", "adj")}

    def add(self, reading: Reading) -> None:
        """Count one person."""
        calls = reading.calls
        here = reading.copies[calls.pos - 1 - self._start].astype(np.int64)
        raw, adj, failed = _judge(calls, here, self._mitochondrial)
        if reading.callability == "assumed":
            adj[:] = NOTHING
        level = self._paint(reading, raw, adj)
        own_an = {"raw": _an(raw, here), "adj": _an(adj, here)}
        an = {
            gate: _an(level[gate][self._key_at], reading.copies[self._key_at].astype(np.int64))
            for gate in ("raw", "adj")
        }
        for gate in ("raw", "adj"):
            at = self.places - 1 - self._start
            self.place_an[gate] += _an(level[gate][at], reading.copies[at].astype(np.int64))
        # Components of an MNP first: a record of its own with the same key wins over them, unless it is a plain 0/0
        # or the MNP's own.
        parts, part_alt = self._parts_of[calls.shape], self._part_alt[calls.shape]
        entries = []
        for column in range(parts.shape[1]):
            alt = part_alt[:, column]
            # Who does not carry the MNP, or on chrM too little of it to count, has said nothing about its bases.
            says = (calls.gt == alt[:, None] + 1).any(axis=1)
            if self._mitochondrial:
                rows = np.arange(len(calls.shape))
                says &= _heteroplasmy(calls, rows, np.maximum(alt, 0), reading.writes_level) * 100 >= _LOWEST * _WHOLE
            entries.append((np.where(says, parts[:, column], -1), alt, says, ~says))
        keys = self._keys_of[calls.shape]
        for column in range(keys.shape[1]):
            alt = np.full(len(calls.shape), column)
            has = (calls.gt == column + 1).any(axis=1)
            entries.append((keys[:, column], alt, has, ~has & (raw == FULL) & ~failed))
        said: dict[int, tuple[int, int, int]] = {}  # record, ALT, and 1 where another ALT of it has the key's base too
        for key, alt, has, plain in entries:
            counted = (key >= 0) & (here > 0)
            if reading.target is not None:
                counted &= reading.target[self._key_at[np.maximum(key, 0)]]
            for record in np.flatnonzero(counted).tolist():
                before = said.get(int(key[record]))
                again = before is not None and before[0] == record
                if before is None or (has[record] if again else not plain[record]):
                    said[int(key[record])] = (record, int(alt[record]), int(again))
        if said:
            key = np.array(list(said), dtype=np.int64)
            record, alt, again = np.array(list(said.values()), dtype=np.int64).T
            for gate in ("raw", "adj"):
                an[gate][key] = own_an[gate][record]
            self._classes(reading, key, record, alt, again, here, raw, adj)
            np.add.at(self.nfail, key[failed[record]], 1)
        for gate in ("raw", "adj"):
            self.counts[gate]["an"] += an[gate]

    def _paint(self, reading: Reading, raw: Ints, adj: Ints) -> dict[str, NDArray[np.uint8]]:
        """What the file says about each base, for raw and for adj: NOTHING, ONE or FULL."""
        length = len(reading.copies)
        level = {gate: np.zeros(length, dtype=np.uint8) for gate in ("raw", "adj")}
        if reading.target is not None:
            for gate in ("raw", "adj"):
                level[gate][reading.target] = FULL
        elif reading.callability == "assumed":
            level["raw"][:] = FULL
        if reading.blocks is not None:
            _paint_blocks(level, reading.blocks, reading.copies)
        # In order of start, so that the record that starts last wins; none of ours start at one base.
        start = (reading.calls.pos - 1 - self._start).tolist()
        for at, size, one_raw, one_adj in zip(
            start, reading.calls.ref_length.tolist(), raw.tolist(), adj.tolist(), strict=True
        ):
            if reading.target is None or reading.target[at]:
                level["raw"][at : at + size] = one_raw
                level["adj"][at : at + size] = one_adj
        return level

    def _classes(
        self, reading: Reading, key: Ints, record: Ints, alt: Ints, again: Ints, here: Ints, raw: Ints, adj: Ints
    ) -> None:
        """Add ac, nhet, nhomalt and nhemi of one person; each key once."""
        calls = reading.calls
        gt = calls.gt[record]
        times = (gt == alt[:, None] + 1).sum(axis=1)
        ok = {"raw": raw[record] > NOTHING, "adj": adj[record] > NOTHING}
        if self._mitochondrial:
            part = _heteroplasmy(calls, record, alt, reading.writes_level)
            ac = ((times > 0) & (part * 100 >= _LOWEST * _WHOLE)).astype(np.int64)
            hom, het = (ac > 0) & (part * 100 >= _HOMOPLASMIC * _WHOLE), (ac > 0) & (part * 100 < _HOMOPLASMIC * _WHOLE)
            hemi = np.zeros(len(key), dtype=bool)
            np.maximum.at(self.heteroplasmy, key, np.where(ok["raw"] & (ac > 0), part, 0))
        else:
            haploid = gt[:, 1] == NO_SECOND
            half = (gt == MISSING).any(axis=1) | (haploid & (here[record] == 2))
            one_copy = here[record] == 1
            times = times + again
            ac = np.where(one_copy, np.minimum(times, 1), times)
            hemi = one_copy & (ac > 0) & ~half
            hom = ~one_copy & (times == 2)
            het = ~one_copy & (times == 1) & ~half
        for gate in ("raw", "adj"):
            for column, value in zip(("ac", "nhet", "nhomalt", "nhemi"), (ac, het, hom, hemi), strict=True):
                self.counts[gate][column][key] += np.where(ok[gate], value, 0)


def _judge(calls: Calls, here: Ints, mitochondrial: bool) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """For each record the raw and adj level, and whether a called genotype failed FILTER or FT."""
    first, second = calls.gt[:, 0], calls.gt[:, 1]
    haploid = second == NO_SECOND
    alleles = (first >= 0).astype(np.int64) + (second >= 0)
    het = (first >= 0) & (second >= 0) & (first != second)
    raw = np.where(alleles == 2, FULL, np.where(alleles == 1, ONE, NOTHING))
    raw[haploid & (alleles == 1) & (here == 1)] = FULL
    if not mitochondrial:
        raw[(here == 1) & het] = NOTHING  # two different alleles where there is one copy: nobody knows which
    least_dp = np.where(here == 1, _MIN_DP_ONE_COPY, _MIN_DP)
    sure = (calls.gq >= _MIN_GQ) | (mitochondrial & (calls.gq == MISSING))
    passes = (calls.filter != FAIL) & (calls.ft != FT_FAIL) & sure & (calls.dp >= least_dp)
    if not mitochondrial:
        rows = np.arange(len(first))
        has_ad = calls.ad[:, 0] != MISSING
        for allele in (first, second):
            reads = calls.ad[rows, np.maximum(allele, 0)]
            passes &= ~(het & has_ad & (allele > 0)) | (reads * 100 >= _MIN_BALANCE * calls.dp)
    failed = ((calls.filter == FAIL) | (calls.ft == FT_FAIL)) & (raw > NOTHING)
    return raw, np.where(passes, raw, NOTHING), failed


def _paint_blocks(level: dict[str, NDArray[np.uint8]], blocks: Blocks, copies: NDArray[np.uint8]) -> None:
    """A block says one thing, but what passes depends on the copies, which change at a PAR border."""
    # Blocks are in order and never overlap, so the window is: nothing, block, nothing, block, ..., nothing.
    lengths = np.diff(np.stack((blocks.start, blocks.end), axis=1).ravel(), prepend=0, append=len(copies))
    said = np.zeros((3, len(lengths)), dtype=np.uint8)
    good = blocks.called & blocks.passes & (blocks.gq >= _MIN_GQ)
    said[0, 1::2] = np.where(blocks.called, FULL, NOTHING)
    said[1, 1::2] = np.where(good & (blocks.min_dp >= _MIN_DP), FULL, NOTHING)
    said[2, 1::2] = np.where(good & (blocks.min_dp >= _MIN_DP_ONE_COPY), FULL, NOTHING)
    level["raw"][:] = np.repeat(said[0], lengths)
    two, one = np.repeat(said[1], lengths), np.repeat(said[2], lengths)
    level["adj"][:] = np.where(copies == 1, one, two) if (copies == 1).any() else two


def _an(level: NDArray[np.uint8] | Ints, copies: Ints) -> Ints:
    """Alleles that a level is worth: every copy, at most one, or none."""
    return np.where(level == FULL, copies, np.minimum(level, copies)).astype(np.int64)


def _heteroplasmy(calls: Calls, record: Ints, alt: Ints, writes_level: bool) -> Ints:
    """Share of the allele in 1/10,000: FORMAT/AF, else AD, else GT."""
    gt, ad = calls.gt[record], calls.ad[record]
    times, alleles = (gt == alt[:, None] + 1).sum(axis=1), (gt >= 0).sum(axis=1)
    by_gt = times * _WHOLE // np.maximum(alleles, 1)
    total = np.maximum(ad.sum(axis=1), 1)
    by_ad = ad[np.arange(len(record)), alt + 1] * _WHOLE // total
    part = np.where(ad[:, 0] == MISSING, by_gt, by_ad)
    return np.where(times > 0, calls.level[record] * 10, part) if writes_level else part


def _table(rows: list[tuple[int, ...]], width: int) -> NDArray[np.int64]:
    table = np.full((len(rows), width), -1, dtype=np.int64)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return table[:, : max(1, max((len(row) for row in rows), default=1))]
