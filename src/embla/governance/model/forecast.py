"""When a target is reached at a pace, and the honest range. Months are calendar months; pace and months are decimal."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any, Final

from embla.errors import BadInput, Refused

# Beyond this a forecast says nothing; and dates end at the year 9999.
MOST_MONTHS: Final = 1200


@dataclass(frozen=True)
class Forecast:
    """`months` until the target, None where the pace never gets there. `range`: from the quickest to the slowest of the
    asked pace and what was realised; `because` says of which."""

    target: int
    start: date
    at: int
    pace: Decimal
    extra: Decimal
    extra_months: int
    months: Decimal | None
    reached: date | None
    range: tuple[date | None, date | None]
    because: str

    @property
    def remaining(self) -> int:
        """How many are left; 0 once the target is reached."""
        return max(0, self.target - self.at)

    def to_json(self) -> dict[str, Any]:
        """Plain values; months with two decimals."""
        return {
            "target": self.target, "from": self.start.isoformat(), "at": self.at, "pace": float(self.pace),
            "remaining": self.remaining, "months": None if self.months is None else _rounded(self.months),
            "reached": _day(self.reached), "range": [_day(day) for day in self.range],
            "extra": float(self.extra), "extra_months": self.extra_months, "range_because": self.because,
        }  # fmt: skip


def forecast(
    target: int, start: date, at: int, pace: Decimal, *, extra: Decimal = Decimal(0), extra_months: int = 0,
    realised: Sequence[Decimal] = (),
) -> Forecast:  # fmt: skip
    """From `at` on day `start` at `pace` a month, with `extra` in all spread over the first `extra_months` months.

    `realised`: paces of the past that were known by `start`, for the range.
    """
    if target < 0 or at < 0:
        raise BadInput("A count is negative.", mend="Give counts of 0 or more.")
    if pace < 0 or extra < 0 or extra_months < 0 or (extra and not extra_months):
        raise BadInput("The pace is negative, or the extra has no months.", mend="Give 0 or more, and --extra-months.")
    remaining = Decimal(max(0, target - at))

    def until(pace: Decimal) -> Decimal | None:
        return _months(remaining, pace, extra, extra_months)

    months = until(pace)
    paces = sorted({pace, *realised}, reverse=True)
    ends = [_reached(start, until(one)) for one in paces]
    because = (
        f"paces a month, quickest and slowest: {paces[0]:.0f} and {paces[-1]:.0f}"
        if realised
        else "no pace of the past is known, so the range is the forecast itself"
    )
    return Forecast(
        target, start, at, pace, extra, extra_months, months, _reached(start, months), (ends[0], ends[-1]), because
    )


def _months(remaining: Decimal, pace: Decimal, extra: Decimal, extra_months: int) -> Decimal | None:
    """While the extra lasts the pace is higher; after it the plain pace goes on."""
    if remaining <= 0:
        return Decimal(0)
    if extra_months:
        quick = pace + extra / extra_months
        if quick > 0 and remaining <= quick * extra_months:
            return remaining / quick
        remaining -= quick * extra_months
    if pace <= 0:
        return None
    months = extra_months + remaining / pace
    return months if months <= MOST_MONTHS else None


def _reached(start: date, months: Decimal | None) -> date | None:
    return None if months is None else after_months(start, months)


def after_months(start: date, months: Decimal) -> date:
    """The day that so many calendar months after `start` lies: the last day of a month stays the last day, and a part
    of a month is that part of the days of the month that it falls in, rounded up: targets are reached on a day."""
    whole = int(months)
    base = _add(start, whole)
    part = months - whole
    if not part:
        return base
    length = (_add(start, whole + 1) - base).days
    return base + timedelta(days=int((part * length).to_integral_value(ROUND_CEILING)))


def _add(start: date, months: int) -> date:
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    if year > 9998:
        raise Refused("The target lies beyond the calendar.", mend="Give a higher pace.")
    last = monthrange(year, month + 1)[1]
    ends = start.day == monthrange(start.year, start.month)[1]
    return date(year, month + 1, last if ends else min(start.day, last))


def months_between(first: date, last: date) -> Decimal:
    """Calendar months from one day to another, decimal; whole from the end of a month to the end of another."""
    months = (last.year - first.year) * 12 + last.month - first.month
    while _add(first, months) > last:
        months -= 1
    base, following = _add(first, months), _add(first, months + 1)
    return months + Decimal((last - base).days) / Decimal((following - base).days)


def realised_pace(first: date, at_first: int, last: date, at_last: int) -> Decimal | None:
    """Mean a month between two counts; None on the same day."""
    months = months_between(first, last) if last > first else Decimal(0)
    return (Decimal(at_last - at_first) / months) if months else None


def _rounded(value: Decimal) -> float:
    return float(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
