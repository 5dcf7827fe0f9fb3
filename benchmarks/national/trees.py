"""People with linkage: a coalescent simulation (msprime) as columns of carriers, kept in a file between runs.

An old population of 6,000, then growth over 300 generations to three million, which gives
the many rare variants that a national database meets. Everything follows from the seed.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.files.variants import Variants
from embla.genotypes.model import codes, keys

CONTIG = "chr1"
FIRST_BASE = 20_000_000
STRETCH = 250_000
HET = codes.make_entry(codes.HET, adj=True)
HOM = codes.make_entry(codes.HOM, adj=True)
_MUTATION, _RECOMBINATION = 1.25e-8, 1.0e-8


@dataclass(frozen=True)
class Carriers:
    """v variants and m non-reference genotypes: those of variant i are `end[i-1]:end[i]`, by person."""

    pos: NDArray[np.int64]  # (v,) 1-based, ascending
    end: NDArray[np.int64]  # (v,)
    person: NDArray[np.uint16]  # (m,), at most 65,535: 60,000 people over 5 Mb are half a thousand million of them
    hom: NDArray[np.bool_]  # (m,)
    people: int

    def of(self, person: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Positions of one person's variants, and whether homozygous."""
        at = np.flatnonzero(self.person == person)
        return self.pos[np.searchsorted(self.end, at, side="right")], self.hom[at]

    def variants(self, low: int, high: int) -> Variants:
        """The carriers among people low..high as columns of a segment, every call plain."""
        inside = (self.person >= low) & (self.person < high)
        # Every variant has a carrier, so no piece of reduceat is empty.
        each = np.add.reduceat(inside, self.end - np.diff(self.end, prepend=0), dtype=np.int64)
        kept = each > 0
        key = np.array([allele_key(int(pos)) for pos in self.pos[kept]], np.uint64)
        return Variants(
            key,
            np.cumsum(each[kept]),
            self.person[inside] - np.uint16(low),
            np.where(self.hom[inside], HOM, HET).astype(np.uint16),
            np.empty(0, np.uint16),
            {},
        )


def allele_key(pos: int) -> int:
    """An allele for a place: transitions twice as often as transversions, one in eight an indel of a few bases."""
    mixed = (pos * 0x9E3779B97F4A7C15) & ((1 << 64) - 1)
    ref = "ACGT"[mixed >> 62]
    kind = (mixed >> 56) & 31
    if kind < 2:
        return keys.make_key(pos, ref, ref + "ACGT"[(mixed >> 50) & 3] * (1 + (kind & 1)))
    if kind < 4:
        return keys.make_key(pos, ref + "ACGT"[(mixed >> 50) & 3] * (1 + (kind & 1)), ref)
    change = {"A": "GCT", "C": "TAG", "G": "ATC", "T": "CAG"}[ref]
    return keys.make_key(pos, ref, change[0 if kind < 22 else 1 + (kind & 1)])


def simulate(people: int, length: int, seed: int) -> Carriers:
    """`people` (at most 65,535) diploid genomes over `length` bases of one contig, by processes as many as cores.

    In stretches of 250,000 bases that know nothing of each other: linkage that matters here reaches some ten thousand
    bases, and one long stretch takes a time that grows with its square.
    """
    assert people <= np.iinfo(np.uint16).max
    borders = [*range(0, length, STRETCH), length]
    asked = [(people, low, high, seed * 1_000 + number) for number, (low, high) in enumerate(pairwise(borders))]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        made = list(pool.map(_stretch, asked))
    before = np.cumsum([0, *(len(piece.person) for piece in made)])
    return Carriers(
        np.concatenate([piece.pos for piece in made]),
        np.concatenate([piece.end + at for piece, at in zip(made, before, strict=False)]),
        np.concatenate([piece.person for piece in made]),
        np.concatenate([piece.hom for piece in made]),
        people,
    )


def _stretch(asked: tuple[int, int, int, int]) -> Carriers:
    import msprime

    people, low, high, seed = asked

    demography = msprime.Demography()
    demography.add_population(name="n", initial_size=3_000_000, growth_rate=0.0207)
    demography.add_population_parameters_change(time=300, initial_size=6_000, growth_rate=0)
    trees = msprime.sim_ancestry(
        people, demography=demography, sequence_length=high - low, recombination_rate=_RECOMBINATION, random_seed=seed
    )
    trees = msprime.sim_mutations(trees, rate=_MUTATION, random_seed=seed, model=msprime.BinaryMutationModel())
    pos, ends, persons, homs, total = [], [], [], [], 0
    last = 0
    for site in trees.variants():
        dose = site.genotypes[0::2].astype(np.int8) + site.genotypes[1::2]
        carriers = np.flatnonzero(dose)
        place = FIRST_BASE + low + int(site.site.position) + 1
        if not len(carriers) or place <= last:
            continue
        last = place
        total += len(carriers)
        pos.append(place)
        ends.append(total)
        persons.append(carriers.astype(np.uint16))
        homs.append(dose[carriers] == 2)
    return Carriers(np.array(pos), np.array(ends), np.concatenate(persons), np.concatenate(homs), people)


def kept(folder: Path, people: int, length: int, seed: int = 1) -> Carriers:
    """The same, simulated once and kept in a folder."""
    file = folder / f"trees3-{people}-{length}-{seed}.npz"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = simulate(people, length, seed)
        np.savez(file, pos=made.pos, end=made.end, person=made.person, hom=made.hom)
    with np.load(file) as columns:
        return Carriers(columns["pos"], columns["end"], columns["person"], columns["hom"], people)
