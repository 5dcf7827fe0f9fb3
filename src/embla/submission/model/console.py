"""What a laboratory's console tells: how its packages stand, what was sent against what counts, how quality drifts."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from statistics import median, quantiles
from typing import Any, Final

# A version differs when its median is further off than this from the version before; both must have so many genomes.
DRIFT: Final = 0.10
ENOUGH: Final = 5
MEASURES: Final = ("depth", "covered_20x", "q30", "het_hom", "het_balance")


@dataclass(frozen=True)
class Standing:
    """Packages of a laboratory: `need` were refused and none of that id was accepted since; `mended` were refused first
    and accepted later; `tested` were trials."""

    accepted: int
    need: int
    mended: int
    tested: int


@dataclass(frozen=True)
class Month:
    """One month, by the day of the decision (UTC): packages sent = accepted + waiting + mended; genomes that were
    accepted in them, and what became of each."""

    month: str
    sent: int
    accepted: int
    waiting: int
    mended: int
    acknowledged: int
    fates: Mapping[str, int] = field(default_factory=dict)

    @property
    def genomes(self) -> int:
        """Genomes on record."""
        return sum(self.fates.values())

    @property
    def counted(self) -> int:
        """Genomes that count now."""
        return self.fates.get("counted", 0)

    @property
    def unexplained(self) -> int:
        """Genomes that were acknowledged and are not on record, or the other way round: 0, or something broke."""
        return self.acknowledged - self.genomes

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        sums = {"genomes": self.genomes, "counted": self.counted, "unexplained": self.unexplained}
        return asdict(self) | {"fates": dict(self.fates)} | sums


@dataclass(frozen=True)
class Spread:
    """One measure of the genomes of one version: how many have it, its quartiles, and whether the median is off from
    that of the version before."""

    genomes: int
    low: float
    median: float
    high: float
    drifts: bool = False


@dataclass(frozen=True)
class Version:
    """One version of a pipeline, in the order of first use."""

    pipeline: str
    version: str
    genomes: int
    measures: Mapping[str, Spread]

    @property
    def name(self) -> str:
        """Both, for people."""
        return f"{self.pipeline} {self.version}"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def versions_of(measured: Iterable[Any]) -> list[Version]:
    """Medians and quartiles of each version, in the order in which versions came into use; a version is held against
    the one before it of the same pipeline."""
    values: dict[tuple[str, str], dict[str, list[float]]] = {}
    counts: dict[tuple[str, str], int] = {}
    for one in measured:
        key = (one.pipeline, one.version)
        mine = values.setdefault(key, {name: [] for name in MEASURES})
        counts[key] = counts.get(key, 0) + 1
        for name in MEASURES:
            if (value := getattr(one, name)) is not None:
                mine[name].append(value)
    found, last = [], dict[str, Version]()
    for (pipeline, version), mine in values.items():
        before = last.get(pipeline)
        spreads = {
            name: _spread(numbers, before.measures.get(name) if before else None)
            for name, numbers in mine.items()
            if numbers
        }
        last[pipeline] = Version(pipeline, version, counts[pipeline, version], spreads)
        found.append(last[pipeline])
    return found


def _spread(numbers: list[float], before: Spread | None) -> Spread:
    middle = median(numbers)
    low, _, high = quantiles(numbers, n=4, method="inclusive") if len(numbers) > 1 else (middle, middle, middle)
    off = (
        before is not None
        and min(before.genomes, len(numbers)) >= ENOUGH
        and abs(middle - before.median) > DRIFT * abs(before.median)
    )
    return Spread(len(numbers), low, middle, high, off)
