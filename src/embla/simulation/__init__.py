"""Synthetic nations: people, families, sequence and calls from one seed, with the exact counts beside them.

Owns: who is in the nation and how they are related, an allele-frequency spectrum, sites as awkward as real ones
(repeats, multi-allelics, spanning deletions), how five laboratories would write them down, and the truth.
Words: a `locus` is a site with its alleles, each with the normal form (key) it must be counted under; a `haplotype` is
one inherited copy; a `call` is what a laboratory wrote about one person at one locus; a `window` is a stretch of
sequence that is simulated, everything outside is N and silent.
Never knows: how the database counts. truth.py counts from what was simulated, by the settled rules, on its own.
The same seed gives the same bytes on every machine (numbers are drawn with integers only; see dice.py).
Start at engine.py (`simulate`).
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.simulation.engine import Nation, simulate
    from embla.simulation.structural import StructuralNation, simulate_structural

__all__ = ["Nation", "StructuralNation", "simulate", "simulate_structural"]

__getattr__ = lazy(
    __name__,
    {
        "Nation": "engine",
        "StructuralNation": "structural",
        "simulate": "engine",
        "simulate_structural": "structural",
    },
)
