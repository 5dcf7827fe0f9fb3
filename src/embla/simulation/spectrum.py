"""Which founder haplotypes carry a mutation where: a plain sampler, or msprime's coalescent with linkage.

The plain sampler draws how many of n haplotypes carry a site from the neutral spectrum (1/k) and adds the excess of
very rare sites that growing populations show (Keinan and Clark 2012); sites are independent. Groups differ a little.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.optional import require
from embla.simulation.dice import Dice, Ints
from embla.simulation.people import GROUPS

# A human haplotype differs from another at about one base in 1,000; at density 1,000 a person gets 1.5 sites per kb.
_ONE_IN: Final = 1_000
# Singletons and doubletons beyond the neutral number, per mille of all sites.
_RARE_EXCESS: Final = 250
_LEAST_PANEL: Final = 40
_SCALE: Final = 10**8  # so that the sum of the weights stays below 2**31
_PER_MILLE_AT_HOME: Final = 600


@dataclass(frozen=True, slots=True)
class Mutations:
    """Mutated places of a window: `offset` (s,) 0-based in the window, not sorted; carrier i is haplotype
    `haplotype[i]` (2 * founder + slot) at site `site[i]`, sorted by site."""

    offset: Ints
    site: Ints
    haplotype: Ints


def plain(length: int, groups: NDArray[np.int64], density: int, extra: int, dice: Dice) -> Mutations:
    """Independent sites. `groups` (h,) is the group number of each haplotype, `density` per mille of a human one's.

    `extra` more sites have no carrier yet (for mutations that arise in children, and sites the caller plants); they are
    the last.
    """
    wanted = len(groups)
    panel = max(wanted, _LEAST_PANEL)
    weights = _SCALE // np.arange(1, panel, dtype=np.int64)
    neutral = length * int(weights.sum()) * density // (_ONE_IN * 1000 * _SCALE)
    rare = neutral * _RARE_EXCESS // 1000
    total = neutral + rare + extra
    offset = dice.below(max(length, 1), total)
    carriers = np.concatenate((1 + dice.pick(weights, neutral), 1 + dice.pick([3, 1], rare)))
    few = carriers <= max(16, panel // 16)
    parts = [
        _few(np.flatnonzero(few), carriers[few], groups, panel, dice),
        _many(np.flatnonzero(~few), carriers[~few], groups, panel, dice),
    ]
    code = np.concatenate(parts)
    code = np.unique(code[code % panel < wanted])
    return Mutations(offset, code // panel, code % panel)


def _few(sites: Ints, carriers: Ints, groups: NDArray[np.int64], panel: int, dice: Dice) -> Ints:
    """Draw each carrier by itself, most of them from the group where the mutation arose."""
    everybody = np.concatenate((groups, np.arange(panel - len(groups)) % len(GROUPS)))
    by_group = np.argsort(everybody, kind="stable")
    size = np.bincount(everybody, minlength=len(GROUPS))
    first = np.concatenate(([0], np.cumsum(size)[:-1]))
    home = everybody[dice.below(panel, len(sites))]
    site = np.repeat(sites, carriers)
    group = np.repeat(home, carriers)
    at_home = by_group[first[group] + dice.below(size[group], len(site))]
    anywhere = dice.below(panel, len(site))
    chosen = np.where(dice.chance(_PER_MILLE_AT_HOME, len(site)), at_home, anywhere)
    return np.asarray(site * panel + chosen)


def _many(sites: Ints, carriers: Ints, groups: NDArray[np.int64], panel: int, dice: Dice) -> Ints:
    """Throw a coin for each haplotype, a little biased by group; in slices that bound memory."""
    parts = [np.zeros(0, dtype=np.int64)]
    wanted = len(groups)
    step = max(1, (1 << 21) // max(wanted, 1))
    for start in range(0, len(sites), step):
        some = carriers[start : start + step]
        bias = 750 + dice.below(501, len(some) * len(GROUPS)).reshape(len(some), len(GROUPS))
        limit = np.minimum(some[:, None] * bias * (1 << 20) // (panel * 1000), 1 << 20)
        throws = dice.below(1 << 20, len(some) * wanted).reshape(len(some), wanted)
        site, haplotype = np.nonzero(throws < limit[:, groups])
        parts.append(sites[start + site] * panel + haplotype)
    return np.concatenate(parts)


def linked(
    length: int, groups: NDArray[np.int64], density: int, extra: int, dice: Dice, *, recombines: bool
) -> Mutations:
    """The same from msprime: four groups that parted 400 generations ago and still exchange people, then growth."""
    msprime = require("msprime", doing="--engine msprime", extra="sim")
    demography = msprime.Demography()
    per_group = np.bincount(groups, minlength=len(GROUPS)) // 2
    for name in GROUPS:
        demography.add_population(name=name, initial_size=20_000, growth_rate=0.005)
    demography.add_population(name="ancestors", initial_size=10_000)
    demography.set_symmetric_migration_rate(list(GROUPS), 1e-4)
    demography.add_population_split(time=400, derived=list(GROUPS), ancestral="ancestors")
    tree = msprime.sim_ancestry(
        samples={name: int(count) for name, count in zip(GROUPS, per_group, strict=True) if count},
        demography=demography,
        sequence_length=length,
        recombination_rate=1e-8 if recombines else 0,
        random_seed=1 + dice.one(2**31 - 2),
    )
    tree = msprime.sim_mutations(tree, rate=1.25e-8 * 2 * density / 1000, random_seed=1 + dice.one(2**31 - 2))
    # msprime lists its samples by population; ours are in the order of the founders.
    order = np.argsort(groups[::2], kind="stable")
    ours = np.stack((2 * order, 2 * order + 1), axis=1).ravel()
    offset: list[int] = []
    parts = [np.zeros(0, dtype=np.int64)]
    for variant in tree.variants():
        carriers = ours[np.flatnonzero(variant.genotypes)]
        parts.append(len(offset) * len(groups) + np.sort(carriers))
        offset.append(int(variant.site.position))
    code = np.concatenate(parts)
    places = np.concatenate((np.array(offset, dtype=np.int64), dice.below(max(length, 1), extra)))
    return Mutations(places, code // len(groups), code % len(groups))
