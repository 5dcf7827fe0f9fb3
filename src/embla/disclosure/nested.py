"""What may be shown of a change of several bases beside its single bases, which count as SNVs, too. Pure.

Whoever has the MNP is counted at each of its bases. So a base's number less the numbers of the MNPs that are shown with
it is of those who have the base otherwise, and a reader subtracts it. docs/decisions/0060 says why the MNP gives way.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

from embla.disclosure.rules import Level

# Of so many other MNPs with the same base every sum is tried; with more of them the MNP is not shown.
_MOST_TRIED: Final = 6


def level_beside_bases(
    own: Sequence[int], bases: Iterable[tuple[Sequence[int], Sequence[int]]], k: int, *, haploid: bool = False
) -> Level:
    """The most that may be shown of an MNP. k = 1 hides nothing.

    own: its numbers, ac first, then all others that may be shown. bases: of each base that it changes the same numbers
    of the SNV, and ac of the other MNPs with that base that may be shown. FULL where all numbers are those of each of
    its bases: then nobody has one of them otherwise. ALLELES where at least `k` people have. HIDDEN where it may be
    fewer: `k` people have k to 2k alleles, one each on chrM (`haploid`).
    """
    if k <= 1:
        return Level.FULL
    most = k - 1 if haploid else 2 * k - 2
    level = Level.FULL
    for numbers, others in bases:
        if tuple(numbers) == tuple(own) and not others:
            continue
        level = Level.ALLELES
        if not own[0]:
            continue
        if len(others) > _MOST_TRIED:
            return Level.HIDDEN
        left = numbers[0] - own[0]
        for n in range(len(others) + 1):
            if any(0 < abs(left - sum(some)) <= most for some in combinations(others, n)):
                return Level.HIDDEN
    return level
