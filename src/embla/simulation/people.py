"""Who lives in the nation: names, families, karyotypes, groups, and the laboratory that reports each person."""

from dataclasses import dataclass
from typing import Final

from embla.errors import UsageError
from embla.genome import Karyotype
from embla.simulation.dice import Dice

# Population registers count about 1 in 600 men XXY, 1 in 1,000 XYY, 1 in 2,500 women X0; more here, so that small
# nations have them. `unknown` is a laboratory that did not say.
_DEFAULT_KARYOTYPES: Final = {"XX": 494, "XY": 494, "XXY": 3, "XYY": 2, "X0": 2, "unknown": 5}
_ALL_KINDS_FROM: Final = 20

# Region codes of the Danish administrative division, with shares of the population in per cent.
_REGIONS: Final = {"1084": 32, "1082": 23, "1083": 21, "1085": 14, "1081": 10}
_GROUPS: Final = {"north": 55, "east": 20, "south": 15, "west": 10}
GROUPS: Final = tuple(_GROUPS)

# Each shape of family: roles of the reported members. A parent who is not reported still passes alleles on.
_SHAPES: Final = (
    ("mother", "father", "proband"),
    ("mother", "proband"),
    ("mother", "father", "proband"),
    ("mother", "father", "proband", "sibling"),
    ("proband", "sibling"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """One person. `number` is the index in `Population.people`; `mother` and `father` are such indices or -1.

    `karyotype` is what samples.tsv says, `true_karyotype` what the person has (different only for `unknown`).
    """

    number: int
    name: str
    reported: bool
    karyotype: str
    true_karyotype: str
    mother: int
    father: int
    family: str
    role: str
    related: bool
    region: str
    group: str
    depth: int

    @property
    def male(self) -> bool:
        """Carries a Y chromosome."""
        return "Y" in self.true_karyotype


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody, parents before children; `reported` are those whose genomes are written."""

    people: tuple[Person, ...]

    @property
    def reported(self) -> tuple[Person, ...]:
        """Those with a file, in the order of their names."""
        return tuple(sorted((p for p in self.people if p.reported), key=lambda person: person.name))


def parse_karyotypes(text: str) -> dict[str, int]:
    """`XX:49,XY:49,X0:1` as weights; UsageError names the kinds."""
    weights: dict[str, int] = {}
    for part in text.split(","):
        kind, _, weight = part.strip().partition(":")
        if kind not in Karyotype.__members__ or not (weight or "1").isdigit():
            raise UsageError(
                f"'{part.strip()[:40]}' is not a karyotype and a weight.",
                mend=f"Write for example XX:50,XY:50,X0:1; known: {', '.join(Karyotype)}.",
            )
        weights[kind] = int(weight or "1")
    if not sum(weights.values()):
        raise UsageError("the karyotypes have no weight.", mend="Write for example XX:50,XY:50,X0:1.")
    return weights


def make_population(seed: int, people: int, families: int | None, karyotypes: dict[str, int] | None) -> Population:
    """`people` reported persons, some of them in `families` (default one family for every twelve people)."""
    left = _quotas(people, karyotypes)
    builder = _Builder(Dice(seed, "people"), max(4, len(str(people))))
    wanted = people // 12 if families is None else families
    for index in range(wanted):
        roles = _SHAPES[index % len(_SHAPES)]
        if not _can_have(roles, left):
            if families is None:
                break
            raise UsageError(
                f"{people} people with these karyotypes are too few for {families} families.",
                mend="Ask for fewer families, or for more people: four to a family are enough.",
            )
        builder.add_family(roles, left)
    singles = [kind for kind, count in left.items() for _ in range(count)]
    for index in builder.dice.words(len(singles)).argsort().tolist() if singles else []:
        builder.add_single(singles[index])
    return Population(tuple(builder.people))


def _can_have(roles: tuple[str, ...], left: dict[str, int]) -> bool:
    """True when enough XX and XY are left for the reported members of a family."""
    xx, xy = left.get("XX", 0), left.get("XY", 0)
    return xx >= ("mother" in roles) and xy >= ("father" in roles) and xx + xy >= len(roles)


def _quotas(people: int, karyotypes: dict[str, int] | None) -> dict[str, int]:
    """How many of each kind, by largest remainder; by default a nation of 20 or more has every kind."""
    weights = karyotypes or _DEFAULT_KARYOTYPES
    total = sum(weights.values())
    counts = {kind: people * weight // total for kind, weight in weights.items()}
    if karyotypes is None and people >= _ALL_KINDS_FROM:
        counts = {kind: max(count, 1) for kind, count in counts.items()}
    order = sorted(weights, key=lambda kind: (-(people * weights[kind] % total), kind))
    at = 0
    while sum(counts.values()) < people:
        counts[order[at % len(order)]] += weights[order[at % len(order)]] > 0
        at += 1
    while sum(counts.values()) > people:
        counts[max(counts, key=lambda kind: counts[kind])] -= 1
    return counts


class _Builder:
    def __init__(self, dice: Dice, digits: int) -> None:
        self.dice = dice
        self.people: list[Person] = []
        self.reported = 0
        self._digits = digits
        self._families = 0

    def add_family(self, roles: tuple[str, ...], left: dict[str, int]) -> None:
        """Parents first, reported or not, then the children; takes the reported from `left`."""
        self._families += 1
        region, group = self._home()
        parents = []
        for role, kind in (("mother", "XX"), ("father", "XY")):
            reported = role in roles
            left[kind] -= reported
            parents.append(self._add(role, kind, region, group, reported=reported))
        has_relative = "mother" in roles or "father" in roles
        for role in roles:
            if role in ("proband", "sibling"):
                kinds = [kind for kind in ("XX", "XY") if left.get(kind, 0)]
                kind = kinds[self.dice.one(len(kinds))]
                left[kind] -= 1
                self._add(role, kind, region, group, parents=(parents[0], parents[1]), related=has_relative)
                has_relative = True

    def add_single(self, kind: str) -> None:
        """Somebody without relatives in the nation."""
        self._families += 1
        region, group = self._home()
        self._add("proband", kind, region, group)

    def _home(self) -> tuple[str, str]:
        region = list(_REGIONS)[int(self.dice.pick(list(_REGIONS.values()), 1)[0])]
        return region, list(_GROUPS)[int(self.dice.pick(list(_GROUPS.values()), 1)[0])]

    def _add(
        self, role: str, kind: str, region: str, group: str, *,
        reported: bool = True, parents: tuple[int, int] = (-1, -1), related: bool = False,
    ) -> int:  # fmt: skip
        number = len(self.people)
        self.reported += reported
        person = Person(
            number=number,
            name=f"SYN{self.reported:0{self._digits}d}" if reported else f"UNREPORTED{number}",
            reported=reported,
            karyotype=kind,
            true_karyotype=kind if kind != "unknown" else ("XX", "XY")[number % 2],
            mother=parents[0],
            father=parents[1],
            family=f"FAM{self._families:0{self._digits}d}",
            role=role,
            related=related,
            region=region,
            group=group,
            depth=27 + self.dice.one(16),
        )
        self.people.append(person)
        return number
