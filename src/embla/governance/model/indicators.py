"""Indicators from what people enter: turnaround, implementation, genomes per inhabitant, uptime, storage."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import exp
from typing import Any, Final

from embla.governance.model.forecast import forecast
from embla.governance.model.ledger import Ledger, parse_moment

# Days for 90 % of samples (annual report 2023, National Whole Genome Sequencing Center).
GOAL: Final = {False: 14, True: 7}


def percentile(days: Mapping[int, int], share: int) -> int | None:
    """The least number of whole days within which `share` per cent of samples were ready, by nearest rank."""
    total = sum(days.values())
    if not total:
        return None
    seen, rank = 0, -(-share * total // 100)
    for day in sorted(days):
        seen += days[day]
        if seen >= rank:
            return day
    raise AssertionError("ranks end with the last sample")


@dataclass(frozen=True)
class Turnaround:
    """Of one year, urgent samples or others. `met`: 90 % within the goal; None where there is no sample."""

    urgent: bool
    samples: int
    p50: int | None
    p90: int | None

    @property
    def goal(self) -> int:
        """Days."""
        return GOAL[self.urgent]

    @property
    def met(self) -> bool | None:
        """True when p90 is within the goal."""
        return None if self.p90 is None else self.p90 <= self.goal


def turnaround(
    ledger: Ledger, year: int, *, below: int = 1, by: date | None = None, group: str | None = None
) -> list[Turnaround]:
    """Both kinds of a year, from the months' tables; a later table of a month takes an earlier one's place. Of fewer
    than `below` samples nothing is told. `group`: of one patient group, from its own tables alone; else from those of
    all."""
    made = []
    for urgent in (False, True):
        days: dict[int, int] = {}
        mine = (one for one in ledger.of("turnaround", by) if one.says.get("group") == group)
        months = {one.says["month"]: one for one in mine if one.says["urgent"] is urgent}
        for month, line in months.items():
            if month.startswith(f"{year}-"):
                for day, n in line.says["days"].items():
                    days[int(day)] = days.get(int(day), 0) + n
        if sum(days.values()) < below:
            days = {}
        made.append(Turnaround(urgent, sum(days.values()), percentile(days, 50), percentile(days, 90)))
    return made


def implementation(observed: int | None, expected: int | None) -> float | None:
    """Degree of implementation in per cent: observed of expected equivalents; None where nothing is expected."""
    return None if observed is None or not expected else float(_one(Decimal(100 * observed) / expected))


@dataclass(frozen=True)
class Rate:
    """Per 100,000 inhabitants, with the exact 95 % interval of a Poisson count."""

    value: float
    low: float
    high: float


def per_inhabitants(count: int, people: int) -> Rate | None:
    """None where nobody lives."""
    if not people:
        return None
    scale = 100_000 / people
    low, high = poisson_interval(count)
    return Rate(round(count * scale, 1), round(low * scale, 1), round(high * scale, 1))


def poisson_interval(count: int) -> tuple[float, float]:
    """Garwood's exact two-sided 95 % interval, by bisection; beyond 500 by Wilson and Hilferty's cube root, which is
    within a ten-thousandth there."""
    if count > 500:
        return _cube(count, -1.959964, 0), _cube(count + 1, 1.959964, 0)
    low = 0.0 if not count else _root(lambda mean: 1 - _cdf(count - 1, mean) - 0.025, 0.0, float(count))
    high = _root(lambda mean: 0.025 - _cdf(count, mean), float(count), count + 10 * (count + 1) ** 0.5 + 10)
    return low, high


def _cube(n: int, z: float, least: float) -> float:
    return max(least, float(n * (1 - 1 / (9 * n) + z / (3 * n**0.5)) ** 3))


def _cdf(count: int, mean: float) -> float:
    term = total = exp(-mean)
    if term == 0.0:
        return 0.0
    for n in range(1, count + 1):
        term *= mean / n
        total += term
    return total


def _root(rises: Any, low: float, high: float) -> float:
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if rises(middle) > 0 else (middle, high)
    return (low + high) / 2


@dataclass(frozen=True)
class Uptime:
    """Of one year, from the outage register: hours without service, counted once where outages overlap."""

    year: int
    hours: int
    planned: Decimal
    unplanned: Decimal

    @property
    def percent(self) -> float:
        """Two decimals."""
        down = self.planned + self.unplanned
        return float((100 - 100 * down / self.hours).quantize(Decimal("0.01"), ROUND_HALF_UP))


def uptime(ledger: Ledger, year: int, until: date | None = None) -> Uptime | None:
    """Of the year, or of its part up to the end of a day. None where the register has no entry of the year: no entry is
    not the same as no outage. One that is entered again under its name takes the earlier one's place."""
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    if until is not None:
        end = min(end, datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1))
    spans = {True: list[tuple[datetime, datetime]](), False: list[tuple[datetime, datetime]]()}
    for line in ledger.latest("outage").values():
        first, last = parse_moment(line.says["from"]), parse_moment(line.says["to"])
        if first < end and last > start:
            spans[line.says["planned"]].append((max(first, start), min(last, end)))
    if not spans[True] and not spans[False]:
        return None
    unplanned = _length(spans[False])
    both = _length(spans[False] + spans[True])
    return Uptime(year, (end - start).days * 24, both - unplanned, unplanned)


def _length(spans: Iterable[tuple[datetime, datetime]]) -> Decimal:
    """Hours that are in one of the spans or more."""
    total, reached = timedelta(), None
    for first, last in sorted(spans):
        first = first if reached is None else max(first, reached)
        if last > first:
            total, reached = total + (last - first), last
    return _one(Decimal(total.total_seconds()) / 3600)


def full_on(used: int, size: int, a_month: Decimal, today: date) -> date | None:
    """The day on which storage is full at this growth; None where it does not grow."""
    return forecast(size, today, used, a_month).reached


def _one(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)
