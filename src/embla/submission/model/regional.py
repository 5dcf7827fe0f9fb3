"""How a region reports, in numbers: laboratories, months, refusal rules. No case, no sample, no file. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

# What a reader of these numbers must know, in the JSON twin as on the page.
NOT_PUBLIC: Final = "exact counts for the region's own coordinator; not public, and not to be passed on"


@dataclass(frozen=True)
class Share:
    """The laboratory that a package came from, with the days on which the laboratory belonged to the region.

    `since` is the first of them, None where there was no earlier region; `until` the last, None while it belongs.
    """

    laboratory: str
    name: str
    since: date | None
    until: date | None


@dataclass(frozen=True)
class Tally:
    """Packages of one laboratory and one month ("2026-03", UTC, when they were received) that fared alike.

    `corrected`: accepted, and another package took its place later. `genomes`: how many the accepted ones brought.
    """

    laboratory: str
    month: str
    accepted: bool
    corrected: bool
    packages: int
    genomes: int


@dataclass(frozen=True)
class Counts:
    """`accepted` and `refused` are packages and add up to all; `corrected` is a part of the accepted."""

    accepted: int = 0
    corrected: int = 0
    refused: int = 0
    genomes: int = 0

    @property
    def packages(self) -> int:
        """All of them."""
        return self.accepted + self.refused

    def to_json(self) -> dict[str, int]:
        """Plain values."""
        return {"packages": self.packages} | asdict(self)

    def with_(self, tally: Tally) -> "Counts":
        """These and those of a tally."""
        n = tally.packages
        return Counts(
            self.accepted + n * tally.accepted,
            self.corrected + n * tally.corrected,
            self.refused + n * (not tally.accepted),
            self.genomes + tally.genomes,
        )


@dataclass(frozen=True)
class RegionReport:
    """What a regional coordinator sees. `valid_from`, `valid_to`, `succeeded_by` are the region's own.

    laboratories: each that belonged to the region, with its counts. months: newest first, only those with a package.
    rules: refused packages by the rule that they broke, most first; a package that broke two is in both.
    """

    code: str
    name_en: str
    name_da: str
    valid_from: date
    valid_to: date | None
    succeeded_by: str | None
    made_at: datetime
    laboratories: tuple[tuple[Share, Counts], ...]
    months: tuple[tuple[str, Counts], ...]
    rules: tuple[tuple[str, int], ...]
    total: Counts

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "region": self.code,
            "name_en": self.name_en,
            "name_da": self.name_da,
            "valid_from": self.valid_from.isoformat(),
            "valid_to": _day(self.valid_to),
            "succeeded_by": self.succeeded_by,
            "made_at": self.made_at.isoformat(),
            "note": NOT_PUBLIC,
            "total": self.total.to_json(),
            "laboratories": [
                {"laboratory": share.laboratory, "name": share.name, "since": _day(share.since),
                 "until": _day(share.until)} | counts.to_json()
                for share, counts in self.laboratories
            ],
            "months": [{"month": month} | counts.to_json() for month, counts in self.months],
            "refusals": [{"rule": rule, "packages": packages} for rule, packages in self.rules],
        }  # fmt: skip


def summed(shares: Sequence[Share], tallies: Iterable[Tally]) -> tuple[Mapping[str, Counts], Mapping[str, Counts]]:
    """Tallies by laboratory (each of `shares`, also one that sent nothing) and by month, newest first."""
    by_laboratory = {share.laboratory: Counts() for share in shares}
    by_month: dict[str, Counts] = {}
    for tally in tallies:
        by_laboratory[tally.laboratory] = by_laboratory[tally.laboratory].with_(tally)
        by_month[tally.month] = by_month.get(tally.month, Counts()).with_(tally)
    return by_laboratory, dict(sorted(by_month.items(), reverse=True))


def broken_rules(packages: Iterable[Iterable[str]]) -> tuple[tuple[str, int], ...]:
    """How many packages broke each rule, most first, from the rules of each package's findings."""
    counted = Counter(rule for rules in packages for rule in set(rules))
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
