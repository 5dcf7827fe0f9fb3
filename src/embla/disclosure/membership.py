"""How well somebody who has a person's genome can tell from published numbers that the person is counted. Pure.

The likelihood ratio test of Homer 2008, Sankararaman 2009 and, for mere presence, Shringarpure and Bustamante 2015, run
on the real members. Each member is put beside themselves: the numbers as they are, against the numbers as they would be
without this one person. So the null has the members' own linkage and rarity, and no outsider is needed.
The attacker is given the population's frequencies as well as anybody could know them: those of the others, give or take
the error of a sample of that size.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# How sure the attacker is that a carried allele was seen, and so listed.
_MISSED = 1e-3


@dataclass(frozen=True)
class Power:
    """Share of members told apart, with its 95 % interval (Wilson), at this share of false positives."""

    power: float
    low: float
    high: float
    false_positives: float
    people: int
    variants: int  # tried; of the release, `of` in all
    of: int

    def to_json(self) -> dict[str, Any]:
        """Plain values, rounded to what they can say."""
        names = ("power", "low", "high", "false_positives")
        return {name: round(getattr(self, name), 4) for name in names} | {
            "people": self.people,
            "variants": self.variants,
            "of": self.of,
        }


class Attack:
    """Add variants block by block, then ask for the power. `presence`: the attacker also reads that a variant whose
    number is hidden is there at all."""

    def __init__(self, people: int, rng: np.random.Generator, *, presence: bool = True) -> None:
        self.inside, self.outside = np.zeros(people), np.zeros(people)
        self.variants, self.presence, self._rng = 0, presence, rng

    def add(self, genotype: NDArray[np.int8], ac: NDArray[Any], an: NDArray[Any], hidden: NDArray[np.bool_]) -> None:
        """`genotype` (people, variants): alleles each member carries; `ac`, `an` (variants,) of the release."""
        g = genotype.astype(np.float64)
        total, all_ = ac.astype(np.float64), np.maximum(an.astype(np.float64), 4.0)
        least = 0.5 / all_
        seen = np.clip(total / all_, least, 1 - least)
        without = np.clip((total - g) / (all_ - 2), least, 1 - least)
        error = self._rng.normal(size=len(total)) * np.sqrt(seen * (1 - seen) / all_)
        known = np.clip(without + error, least, 1 - least)
        shown = ~hidden
        self.inside += _ratio(g, seen, known)[:, shown].sum(axis=1)
        self.outside += _ratio(g, without, known)[:, shown].sum(axis=1)
        if self.presence and hidden.any():
            self._add_presence(g[:, hidden], total[hidden], all_[hidden], known[:, hidden])
        self.variants += len(total)

    def _add_presence(self, g: Floats, ac: Floats, an: Floats, known: Floats) -> None:
        absent = np.exp((an - 2) * np.log1p(-known))
        there = -np.log(np.maximum(1 - absent, 1e-300))
        missing = np.log(_MISSED) - np.log(np.maximum(absent, 1e-300))
        carries = g > 0
        self.inside += np.where(carries, there, 0.0).sum(axis=1)
        self.outside += np.where(carries, np.where(ac - g > 0, there, missing), 0.0).sum(axis=1)

    def power(self, false_positives: float = 0.05, of: int | None = None, told_of: int | None = None) -> Power:
        """Members above the value that `false_positives` of them pass when they are not in it.

        `told_of`: say it as of so many people, a few more than were tried; no number of it tells then that they differ.
        """
        n = len(self.inside)
        threshold = np.quantile(self.outside, 1 - false_positives, method="higher") if n else 0.0
        share = float((self.inside > threshold).mean()) if n else 0.0
        if n and told_of is not None:
            n, share = told_of, round(share * told_of) / told_of
        low, high = wilson(share, n)
        return Power(share, low, high, false_positives, n, self.variants, self.variants if of is None else of)


def wilson(share: float, n: int, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a share of n."""
    if not n:
        return 0.0, 1.0
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _ratio(g: Floats, cohort: Floats, population: Floats) -> Floats:
    return g * np.log(cohort / population) + (2 - g) * np.log((1 - cohort) / (1 - population))
