"""From founders to everybody: which alleles each child got from each parent, with crossovers, on every kind of contig.

A person has two slots per contig. Slot 0 is the mother's copy, slot 1 the father's; X outside PAR of a person with
one X is slot 0, Y is slot 0 (the father's), mtDNA is slot 0 (the mother's). Alleles are codes: locus * 8 + allele.
"""

from typing import Final

import numpy as np

from embla.simulation.dice import Dice, Ints
from embla.simulation.people import Person, Population

ALLELE_BITS: Final = 3
STAR: Final = 7  # the allele number of a copy that a deletion has taken away
_NO_CODES: Final = np.zeros(0, dtype=np.int64)

Copies = dict[int, tuple[Ints, Ints]]  # person number -> codes of slot 0 and of slot 1, sorted


def founders(population: Population) -> tuple[Person, ...]:
    """Those without parents, in the order of their haplotypes."""
    return tuple(person for person in population.people if person.mother < 0)


def inherit(
    seed: int, population: Population, contig: str, place: Ints, codes: Ints, haplotype: Ints, fresh: Ints
) -> Copies:
    """Sorted allele codes of both slots of everybody.

    `codes` and `haplotype` are the founders' alleles; `place` (loci,) the 0-based position of each locus; `fresh` codes
    of mutations that nobody has yet: children get them in turn.
    """
    order = np.lexsort((codes, haplotype))
    ends = np.searchsorted(haplotype[order], np.arange(2 * len(founders(population)) + 1))
    sorted_codes = codes[order]
    copies: Copies = {}
    for index, person in enumerate(founders(population)):
        slots = [sorted_codes[ends[2 * index + s] : ends[2 * index + s + 1]] for s in (0, 1)]
        copies[person.number] = (slots[0], slots[1])
    child_number = 0
    for person in population.people:
        if person.mother < 0:
            continue
        mother, father = copies[person.mother], copies[person.father]
        if contig == "chrM":
            slots = [mother[0], _NO_CODES]
        elif contig == "chrY":
            slots = [father[0] if person.male else _NO_CODES, _NO_CODES]
        else:
            from_mother = _gamete(Dice(seed, "meiosis", contig, person.number, 0), mother, place)
            if contig == "chrX":
                # The father's X goes whole to daughters; to sons goes what lies on his Y, which matters in PAR only.
                from_father = father[1] if person.male else father[0]
            else:
                from_father = _gamete(Dice(seed, "meiosis", contig, person.number, 1), father, place)
            slots = [from_mother, from_father]
        if child_number < len(fresh):
            slots[0] = np.sort(np.append(slots[0], fresh[child_number]))
        child_number += 1
        copies[person.number] = (slots[0], slots[1])
    return copies


def _gamete(dice: Dice, parent: tuple[Ints, Ints], place: Ints) -> Ints:
    """One copy out of a parent's two: starts with either, crosses over 0 to 3 times anywhere on the contig."""
    start = dice.one(2)
    crossings = np.sort(dice.below(2**28, int(dice.pick([3, 4, 2, 1], 1)[0])))
    parts = []
    for slot in (0, 1):
        codes = parent[slot]
        taken = (start + np.searchsorted(crossings, place[codes >> ALLELE_BITS])) % 2 == slot
        parts.append(codes[taken])
    return np.sort(np.concatenate(parts))


def put_stars(codes: Ints, deletions: Ints, inside: Ints) -> Ints:
    """Give a copy that carries `deletions[i]` (a code) the star allele at the locus `inside[i]`, whatever it had
    there."""
    if not len(deletions) or not len(codes):
        return codes
    gone = inside[codes[np.minimum(np.searchsorted(codes, deletions), len(codes) - 1)] == deletions]
    if not len(gone):
        return codes
    kept = codes[~np.isin(codes >> ALLELE_BITS, gone)]
    return np.sort(np.concatenate((kept, gone << ALLELE_BITS | STAR)))
