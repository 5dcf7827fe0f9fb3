"""What is promised to a laboratory (R1, R3, R9) and what the log says was kept of it, over the last days. Pure.

R1: nothing acknowledged is lost or half counted. R3: what a full disk or a database that was away cut off is said, not
lost, and taken once it is sent again. R9: 500 packages a day from everybody are taken, one in 170 seconds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from statistics import quantiles
from typing import Any, Final

DAYS: Final = 30
# R9: ten times the pace of the nation in 2024.
A_DAY: Final = 500
SECONDS: Final = 170.0


@dataclass(frozen=True)
class Taken:
    """One acknowledgement as the log has it. `number`: its entry; `genomes`: accessions."""

    number: int
    submission: str
    package_hash: str
    at: datetime
    genomes: tuple[str, ...]


@dataclass(frozen=True)
class CutOff:
    """A package that could not be taken as a disk or the database refused. `package`: the laboratory's id of it, by
    which it is known again when it comes under another hash; "" in entries of before this was noted."""

    number: int
    package_hash: str
    at: datetime
    package: str = ""


@dataclass(frozen=True)
class Decided:
    """What was last decided on a package of one hash: `taken`, or refused with findings."""

    package: str
    package_hash: str
    at: datetime
    taken: bool


@dataclass(frozen=True)
class Kept:
    """The figures. `missing`: acknowledged packages and genomes that are not on record; `silent`: packages on record as
    accepted without an acknowledgement in the log; `open_`: cut off, and neither taken nor refused since, under that
    hash or another. `median` and `p95`: seconds from the package's arrival to its acknowledgement; None where too few
    were taken."""

    since: date
    packages: int
    genomes: int
    missing: tuple[str, ...]
    silent: tuple[str, ...]
    cut_off: int
    resumed: int
    refused: int
    open_: int
    busiest: tuple[date, int] | None
    median: float | None
    p95: float | None
    entries: tuple[int, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        told = asdict(self) | {"since": self.since.isoformat(), "missing": list(self.missing)}
        told |= {"silent": list(self.silent), "open": told.pop("open_"), "days": DAYS, "promised_a_day": A_DAY}
        told["busiest"] = {"day": self.busiest[0].isoformat(), "packages": self.busiest[1]} if self.busiest else None
        told["entries"] = {"first": self.entries[0], "last": self.entries[1]} if self.entries else None
        return told | {"promised_seconds": SECONDS}


def kept(
    since: date,
    taken: Sequence[Taken],
    cut_off: Iterable[CutOff],
    genomes: Iterable[str],
    accepted: Mapping[str, float],
    decided: Iterable[Decided] = (),
) -> Kept:
    """`genomes`: accessions on record, in whatever state; `accepted`: submissions on record as accepted in these days,
    each with the seconds that it took; `decided`: decisions on packages, of which those that were cut off are looked
    for."""
    known = set(genomes)
    missing = [one.submission for one in taken if one.submission not in accepted]
    missing += [name for one in taken for name in one.genomes if name not in known]
    told = {one.submission for one in taken}
    resumed, refused, waiting = _since(cut_off, taken, tuple(decided))
    days = Counter(one.at.date() for one in taken)
    busiest = max(days.items(), key=lambda item: (item[1], item[0])) if days else None
    seconds = sorted(accepted.values())
    cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else []
    numbers = [one.number for one in taken]
    return Kept(
        since, len(taken), sum(len(one.genomes) for one in taken), tuple(missing), tuple(sorted(set(accepted) - told)),
        resumed + refused + waiting, resumed, refused, waiting, busiest,
        cuts[9] if cuts else None, cuts[18] if cuts else None,
        (min(numbers), max(numbers)) if numbers else None,
    )  # fmt: skip


def _since(
    cut_off: Iterable[CutOff], taken: Sequence[Taken], decided: Sequence[Decided]
) -> tuple[int, int, int]:  # fmt: skip
    """What became of packages after they were last cut off: (taken, refused, waiting). Two hashes of one id are one
    package; one that was taken and refused was taken: what is refused under an id in use changes nothing."""
    names = {one.package_hash: one.package for one in decided}
    last: dict[str, CutOff] = {}
    for one in sorted(cut_off, key=lambda one: one.number):
        last[one.package or names.get(one.package_hash) or one.package_hash] = one
    acknowledged = {one.package_hash: one.number for one in taken}
    by_key: dict[str, list[Decided]] = {}
    for found in decided:
        for key in {found.package, found.package_hash}:
            by_key.setdefault(key, []).append(found)
    resumed = refused = 0
    for key, one in last.items():
        later = [found.taken for found in by_key.get(key, ()) if found.at >= one.at]
        if any(later) or acknowledged.get(one.package_hash, 0) > one.number:
            resumed += 1
        elif later:
            refused += 1
    return resumed, refused, len(last) - resumed - refused
