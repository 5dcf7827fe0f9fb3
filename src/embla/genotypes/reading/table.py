"""One contig of one file, ready to be settled sample by sample: alleles with their final keys, lines in order."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embla.errors import BadInput
from embla.genotypes.model import keys
from embla.genotypes.reading.buffers import ContigRows

Which = slice | NDArray[np.int64]  # rows of an array
_Grouped = tuple[NDArray[np.int64], NDArray[np.int64]] | None


@dataclass
class ContigTable:
    """`rows` and what all samples share of them; `long` maps hashed keys to their alleles."""

    name: str
    length: int
    rows: ContigRows
    pieces: NDArray[np.int64]  # end and 1-if-Y-PAR of each piece

    def __post_init__(self) -> None:
        lines, alleles = self.rows.lines, self.rows.alleles
        self.long: dict[int, tuple[str, str]] = {}
        self.collided = False
        self._name_long()
        self.first_allele = np.zeros(len(lines) + 1, np.int64)
        np.cumsum(lines["alleles"], out=self.first_allele[1:])
        self.start = (lines["pos"] - 1).astype(np.int32)
        self.end = np.ascontiguousarray(lines["end"])
        # At one POS the longest first, as the kernel wants it; None where no POS has two lines.
        self.order: NDArray[np.int64] | None = None
        if len(lines) > 1 and bool((self.start[1:] == self.start[:-1]).any()):
            self.order = np.lexsort((-self.end.astype(np.int64), self.start))
        self.suspect = self._suspects(alleles)
        self.suspects = np.flatnonzero(self.suspect).astype(np.int32)
        self.text_end = np.ascontiguousarray(lines["text_end"])
        self.text_start = _starts(self.text_end)

    def key_of(self, pos: int, ref: str, alt: str) -> int:
        """The key of an allele within this contig; a long one is entered with its text, never trusted by hash alone."""
        key = keys.make_key(pos, ref, alt)
        salt = 0
        while keys.is_hashed(key) and self.long.setdefault(key, (ref, alt)) != (ref, alt):
            self.collided = True
            salt += 1
            if salt > keys.MAX_SALT:
                raise BadInput(
                    f"more than {keys.MAX_SALT + 1} long alleles of one place share a hash.", place=f"{self.name}:{pos}"
                )
            key = keys.make_key(pos, ref, alt, salt=salt)
        return key

    def alleles_of(self, index: int, key: int) -> tuple[str, str]:
        """REF and ALT in normal form of an allele row with this key."""
        return self.long[key] if keys.is_hashed(key) else keys.key_alleles(key)

    def _name_long(self) -> None:
        """Give long alleles their keys. One Python step per long allele of the file, however many samples."""
        alleles = self.rows.alleles
        text = self.rows.longs.tobytes().decode("ascii")
        at = 0
        for i in np.flatnonzero(alleles["ref"]):
            n_ref, n_alt = int(alleles["ref"][i]), int(alleles["alt"][i])
            ref, alt = text[at : at + n_ref], text[at + n_ref : at + n_ref + n_alt]
            at += n_ref + n_alt
            pos = int(alleles["key"][i]) >> keys.POS_SHIFT & 0xFFFFFFF
            alleles["key"][i] = np.uint64(self.key_of(pos, ref, alt)).astype(np.int64)

    def _suspects(self, alleles: NDArray[np.void]) -> NDArray[np.uint8]:
        """1 for alleles whose AN a line's own state may not give: overlapped, moved, or of two lines at once."""
        if not len(alleles):
            return np.zeros(0, np.uint8)
        reach = np.maximum.accumulate(self.end)
        overlapped = np.zeros(len(self.start), np.bool_)
        overlapped[1:] = self.start[1:] < reach[:-1]
        overlapped[:-1] |= self.start[1:] < self.end[:-1]
        line = alleles["line"]
        key = np.ascontiguousarray(alleles["key"])
        pos = key >> keys.POS_SHIFT & 0xFFFFFFF
        suspect = overlapped[line] | (pos - 1 < self.start[line])
        if len(self.pieces) > 1:
            ends = np.ascontiguousarray(self.pieces[:, 0])
            suspect |= np.searchsorted(ends, pos - 1, "right") != np.searchsorted(ends, self.start[line], "right")
        ordered = np.sort(key)
        again = ordered[1:][ordered[1:] == ordered[:-1]]
        if len(again):
            suspect |= np.isin(key, again)
        return np.ascontiguousarray(suspect, np.uint8)

    def calls_of(self, sample: int) -> Which:
        """Which call rows are this sample's."""
        return _of(self._calls_by_sample, sample)

    def blocks_of(self, sample: int) -> Which:
        """Which block rows are this sample's."""
        return _of(self._blocks_by_sample, sample)

    def states_of(self, sample: int) -> NDArray[np.uint8]:
        """A copy of this sample's state of every line."""
        states: NDArray[np.uint8] = self._states_by_sample[sample].copy()
        return states

    @cached_property
    def _calls_by_sample(self) -> _Grouped:
        return _by_sample(self.rows.calls["sample"], self.rows.states.shape[1])

    @cached_property
    def _blocks_by_sample(self) -> _Grouped:
        return _by_sample(self.rows.blocks["sample"], self.rows.states.shape[1])

    @cached_property
    def ad_start(self) -> NDArray[np.int64]:
        """Where each call's AD begins."""
        return _starts(self.rows.calls["ad_end"])

    @cached_property
    def share_start(self) -> NDArray[np.int64]:
        """Where each call's heteroplasmies begin."""
        return _starts(self.rows.calls["share_end"])

    @cached_property
    def _states_by_sample(self) -> NDArray[np.uint8]:
        """(samples, lines)."""
        return np.ascontiguousarray(self.rows.states.T)


def _by_sample(sample: NDArray[np.int32], n: int) -> _Grouped:
    """Rows ordered by sample and where each sample begins; None where there is one sample."""
    if n == 1:
        return None
    # 16 bits: NumPy sorts those by radix.
    small = sample.astype(np.uint16) if n <= 1 << 16 else sample
    order = np.argsort(small, kind="stable")
    return order, np.searchsorted(small[order], np.arange(n + 1))


def _of(grouped: _Grouped, sample: int) -> Which:
    if grouped is None:
        return slice(None)
    order, bounds = grouped
    return order[bounds[sample] : bounds[sample + 1]]


def _starts(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    starts = np.zeros(len(ends), np.int64)
    starts[1:] = ends[:-1]
    return starts
