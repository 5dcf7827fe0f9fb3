"""Genotype prints: two packs compared at autosomal single-base variants. NumPy over sorted keys, milliseconds each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from embla.genotypes import ContigCalls, Pack

# Layout of keys and entries: genotypes/model/keys.py and codes.py.
_SNV: Final = (1 << 32 | 1 << 28) >> 28  # REF and ALT of one base each
_SNV_MASK: Final = 0xFF
_CLASS: Final = 0b111
_HET: Final = 1
_HOM: Final = 2
_HEMI: Final = 3
_FAILED: Final = 1 << 4
_CALLED: Final = 2 * 3  # states from here on have every raw copy called
_AUTOSOMES: Final = tuple(f"chr{number}" for number in range(1, 23))
# GRCh38, 0-based half-open: X between its two pseudo-autosomal regions.
_X_PAR1_END: Final = 2_781_479
_X_PAR2_START: Final = 155_701_382


@dataclass(frozen=True)
class _Sites:
    key: NDArray[np.uint64]
    kind: NDArray[np.uint16]


def opposite_homozygotes(one: "Pack", other: "Pack") -> tuple[int, int]:
    """(opposite, informative): sites where one is homozygous ALT and the other called; of them, where the other is
    homozygous REF. Parent and child have next to none of the first."""
    opposite = informative = 0
    for contig in _AUTOSOMES:
        for mine, theirs in _both_ways(one, other, contig):
            a, b = _sites(mine), _sites(theirs)
            hom = a.key[a.kind == _HOM]
            present = np.isin(hom, b.key, assume_unique=True)
            reference = _called_at(theirs, hom[~present]) & ~_any_entry_at(theirs, hom[~present])
            informative += int(np.isin(hom, b.key[(b.kind == _HET) | (b.kind == _HOM)], assume_unique=True).sum())
            informative += int(reference.sum())
            opposite += int(reference.sum())
    return opposite, informative


def agreement(one: "Pack", other: "Pack") -> tuple[int, int]:
    """(same, seen): variant sites of either where both are called; of them, those with the same genotype."""
    same = seen = 0
    for contig in _AUTOSOMES:
        ways = list(_both_ways(one, other, contig))
        if not ways:
            continue
        a, b = _sites(ways[0][0]), _sites(ways[0][1])
        shared, at_a, at_b = np.intersect1d(a.key, b.key, assume_unique=True, return_indices=True)
        both = (a.kind[at_a] != 0) & (b.kind[at_b] != 0)
        seen += int(both.sum())
        same += int((both & (a.kind[at_a] == b.kind[at_b])).sum())
        for mine, theirs in ways:
            sites = _sites(mine)
            alone = sites.key[(sites.kind != 0) & ~np.isin(sites.key, shared, assume_unique=True)]
            seen += int(_called_at(theirs, alone).sum())
    return same, seen


def count_classes_on_x(pack: "Pack") -> tuple[int, int, int]:
    """(het, homozygous, hemizygous) single-base calls on X outside PAR."""
    calls = pack.contigs.get("chrX")
    if calls is None:
        return 0, 0, 0
    sites = _sites(calls)
    pos = (sites.key >> np.uint64(36)).astype(np.int64)
    kind = sites.kind[(pos > _X_PAR1_END) & (pos <= _X_PAR2_START)]
    return tuple(int((kind == wanted).sum()) for wanted in (_HET, _HOM, _HEMI))  # type: ignore[return-value]


def _both_ways(one: "Pack", other: "Pack", contig: str) -> Iterator[tuple["ContigCalls", "ContigCalls"]]:
    a, b = one.contigs.get(contig), other.contigs.get(contig)
    if a is not None and b is not None:
        yield a, b
        yield b, a


def _sites(calls: "ContigCalls") -> _Sites:
    """Single-base variants that did not fail FILTER, sorted; kind 0 where the genotype is missing."""
    snv = ((calls.key >> np.uint64(28)) & np.uint64(_SNV_MASK)) == np.uint64(_SNV)
    good = snv & ((calls.entry & _FAILED) == 0)
    return _Sites(calls.key[good], (calls.entry[good] & _CLASS).astype(np.uint16))


def _called_at(calls: "ContigCalls", keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """True where the genome is called (raw) at a key's place; places in no run are."""
    zero_based = (keys >> np.uint64(36)).astype(np.int64) - 1
    run = np.searchsorted(calls.run_start, zero_based, side="right") - 1
    if not len(calls.run_start):
        return np.ones(len(keys), dtype=bool)
    inside = (run >= 0) & (zero_based < calls.run_end[run].astype(np.int64))
    return ~inside | (calls.run_state[run] >= _CALLED)


def _any_entry_at(calls: "ContigCalls", keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """True where the genome carries another variant at that place, so that it is not simply like the reference."""
    places = np.unique(calls.key[(calls.entry & _CLASS) != 0] >> np.uint64(36))
    return np.isin(keys >> np.uint64(36), places)
