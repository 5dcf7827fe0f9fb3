"""One contig of one file, ready to be settled sample by sample: alleles with their final keys, lines in order."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embla.errors import BadInput
from embla.genotypes.model import keys
from embla.genotypes.reading.buffers import ContigRows
from embla.genotypes.reading.settling_kernels import lay_out, long_alleles, overlapping_lines, suspect_alleles

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
        lines = self.rows.lines
        self.long: dict[int, tuple[str, str]] = {}
        self.collided = False
        self._name_long()
        n = len(lines)
        self.start, self.end = np.empty(n, np.int32), np.empty(n, np.int32)
        self.first_allele = np.empty(n + 1, np.int32)
        again = lay_out(lines, self.start, self.end, self.first_allele)
        # At one POS the longest first, as the kernel wants it; None where no POS has two lines.
        self.order: NDArray[np.int64] | None = None
        if again:
            self.order = np.lexsort((-self.end.astype(np.int64), self.start))

    def key_of(self, pos: int, ref: str, alt: str) -> int:
        """The key of an allele within this contig; a long one is entered with its text, never trusted by hash alone."""
        key = keys.make_key(pos, ref, alt)
        salt = 0
        alleles = ref, alt
        while keys.is_hashed(key) and self.long.setdefault(key, alleles) != alleles:
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
        if not len(self.rows.longs):
            return
        found = np.empty(len(alleles), np.int64)
        which = found[: long_alleles(alleles, found)]
        raw = self.rows.longs.tobytes()
        text = raw.decode("ascii")
        some = alleles[which]
        pos = some["key"] >> keys.POS_SHIFT & 0xFFFFFFF
        ends = np.cumsum(np.stack((some["ref"], some["alt"]), axis=1).astype(np.int64)).tolist()
        starts, middles, ends = [0, *ends[1:-1:2]], ends[::2], ends[1::2]
        bounds = list(zip(starts, middles, ends, strict=True))
        hashes = keys.allele_hashes([raw[a:b] + b">" + raw[b:c] for a, b, c in bounds])
        named = (pos.astype(np.uint64) << np.uint64(keys.POS_SHIFT)) | hashes
        named |= np.uint64(keys.HASHED << keys.REF_LEN_SHIFT)
        # What nearly all of them are: too long for a key, and nobody else has their hash.
        seen = self.long.setdefault
        for i, (key, (a, b, c)) in enumerate(zip(named.tolist(), bounds, strict=True)):
            ref, alt = both = text[a:b], text[b:c]
            if c - a <= keys.MAX_BASES or seen(key, both) != both:
                named[i] = self.key_of(int(pos[i]), ref, alt)
        alleles["key"][which] = named.view(np.int64)

    @cached_property
    def suspects(self) -> NDArray[np.int32]:
        """Rows of alleles whose AN a line's own state may not give: overlapped, moved, or of two lines at once."""
        alleles = self.rows.alleles
        suspect = np.empty(len(alleles), np.uint8)
        borders = np.ascontiguousarray(self.pieces[:, 0])
        if not suspect_alleles(alleles, self.start, self.end, borders, suspect):
            key = np.ascontiguousarray(alleles["key"])
            ordered = np.sort(key)
            suspect |= np.isin(key, ordered[1:][ordered[1:] == ordered[:-1]])
        return np.flatnonzero(suspect).astype(np.int32)

    @cached_property
    def overlapping(self) -> NDArray[np.int32]:
        """Lines that overlap another, by start, at one start the longest first."""
        order = np.arange(len(self.start)) if self.order is None else self.order
        order = order.astype(np.int32)
        found = np.empty(len(order), np.int32)
        return found[: overlapping_lines(order, self.start, self.end, found)].copy()

    def calls_of(self, sample: int) -> Which:
        """Which call rows are this sample's."""
        return _of(self._calls_by_sample, sample)

    def alleles_in(self, calls: NDArray[np.void]) -> int:
        """How many real ALTs the lines of some sample's calls have."""
        if self.rows.states.shape[1] == 1:  # a call for each line at most
            return len(self.rows.alleles)
        return int(np.diff(self.first_allele)[calls["line"]].sum())

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

    def ad_start(self, mine: Which) -> NDArray[np.int64]:
        """Where the AD of each of these calls begins; empty where they are all: there it is the end of the one's
        before."""
        return np.zeros(0, np.int64) if isinstance(mine, slice) else self._ad_start[mine]

    @cached_property
    def _ad_start(self) -> NDArray[np.int64]:
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
