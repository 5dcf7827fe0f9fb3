"""The board's figures as they are asked for: one reading of log, ledger and registers, then pure rules."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from embla.errors import Refused, UsageError
from embla.governance import store
from embla.governance.model import refunds as refunds_
from embla.governance.model.budget import Budget, budget_of
from embla.governance.model.cells import EQUIVALENTS_OF_REGION, NAMED, Breakdown, breakdown, in_year, span_tables
from embla.governance.model.entered import entered_figures
from embla.governance.model.folding import NONE, Board
from embla.governance.model.forecast import Forecast, forecast, realised_pace
from embla.governance.model.history import History, paces, shipped
from embla.governance.model.kpis import Figure, genomes, key_figures, own
from embla.governance.model.ledger import Ledger
from embla.governance.model.refunds import CAP, Account, Period
from embla.governance.standing import board_at_head, history_of
from embla.registry import laboratories, ordered_arrivals, region_on, regions

if TYPE_CHECKING:
    from embla.platform import House
    from embla.registry import Laboratory, Region

UNIT: Final = "genomes"


def region_names(house: "House", language: str) -> dict[str, str]:
    """Every region's name by its code, in `language` (da, else en); former regions too."""
    with house.database.reading() as connection:
        return {one.code: one.name_da if language == "da" else one.name_en for one in regions(connection)}


def day_of(text: str) -> date:
    """The day that is asked for, in the years that have a neighbour on both sides."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text[:20]}' is no date.", mend="Write it as 2026-01-31.") from None
    if not 1900 <= day.year <= 2999:
        raise UsageError(f"Of the year {day.year} nothing is told.", mend="Ask for a day from 1900 to 2999.")
    return day


@dataclass(frozen=True)
class View:
    """Everything the rules need, read at one moment."""

    board: Board
    history: History
    ledger: Ledger
    laboratories: "dict[str, Laboratory]"
    regions: "list[Region]"
    today: date
    below: int
    cut_off: bool = False

    def region_of(self, laboratory: str, on: date) -> str:
        """The region of a laboratory on a day; "unknown" for one that is not registered."""
        found = self.laboratories.get(laboratory)
        return "unknown" if found is None else region_on(self.regions, found.region, on) or found.region

    def figures(self, as_of: date) -> dict[str, Figure]:
        """Key figures as of a day."""
        found = key_figures(self.board, self.history, as_of, self.ledger, below=self.below, merged=self.region_of)
        regions = self.breakdown("region", as_of)
        found |= entered_figures(
            self.ledger, self.history, regions, self.groups_in_year(as_of), as_of, below=self.below
        )
        if not self.cut_off:
            return found
        # Months and weights would tell of single samples: the sum of equivalents less samples is how many are tumours.
        found["monthly_production"] = Figure(None, "production", "pages tell it by release: see the counts by day")
        if not self._weights_told(as_of):
            # Its reason, too, would say the sum.
            why = "too few samples have another weight than 1, and the sum would tell how many"
            found["genome_equivalents"] = Figure(None, "equivalents", why)
        return found

    def _weights_told(self, as_of: date) -> bool:
        """Whether the sum of equivalents beside the number of samples tells of no few: of what came every kind and
        weight is shown, and each that ended weighed 1 (of endings nothing is shown but how many)."""
        weights, here = self.breakdown("equivalents", as_of), own(self.board, as_of)
        if weights.hidden or self.breakdown("kind", as_of).hidden:
            return False
        came = sum(int(weight) * (n or 0) for weight, n in weights.cells.items() if weight != NONE)
        return came - here.equivalents == weights.total - here.samples

    def breakdown(self, dimension: str, as_of: date) -> Breakdown:
        """What was counted here, by one dimension, past the threshold. A genome stays in the region that its release
        found it in: regions that became one would else tell of a hidden one by the difference."""
        return breakdown(self.board, dimension, as_of, below=self.below, merged=self.region_of)

    def groups_in_year(self, as_of: date) -> dict[str, int | None]:
        """Samples by patient group that were first told of in the year of a day, up to that day."""
        return in_year(self.board, "patient_group", as_of, below=self.below, merged=self.region_of)

    def refunded_from(self, unit: str, as_of: date) -> tuple[int | None, date | None, str]:
        """(number of the last unit before what this Embla counted, of which day, why nothing of a region is known): the
        first is None where that number is not known, so that nobody can say which unit the cap is."""
        published = self.history.newest("genomes", as_of)
        on = published.on if published else None
        if unit == UNIT:
            why = "the published counts are not split by region" if published else "no release has told of any"
            return int(published.value) if published else 0, on, why
        opening = refunds_.opening(self.ledger, unit, as_of)
        if published is not None and opening is None:
            why = "equivalents of the published samples cannot be computed; enter how many they are (opening)"
            return None, on, why
        return opening or 0, on, "no release has told of any"

    def units_reported(self, unit: str, as_of: date, base: int | None) -> int | None:
        """In all by a day; None where not known, or where the sum would tell of few."""
        if unit == UNIT:
            value: int | None = genomes(self.board, self.history, as_of).value
            return value
        if base is None or (self.cut_off and not self._weights_told(as_of)):
            return None
        published = self.history.newest("genomes", as_of)
        return base + own(self.board, as_of, published.on if published else None).equivalents

    def budget(self, year: int, version: str | None = None) -> Budget:
        """A year's budget."""
        return budget_of(self.ledger, self.history, year, version)


def view(house: "House") -> View:
    """Read the log up to its end, the ledger and the registers."""
    board = board_at_head(house)
    with house.database.reading() as connection:
        return View(
            board, history_of(board), store.read_ledger(connection),
            {one.id: one for one in laboratories(connection)}, list(regions(connection)), house.clock().date(),
            house.settings.suppress_below,
        )  # fmt: skip


def kpi_json(seen: View, as_of: date) -> dict[str, Any]:
    """Key figures as one object: values, and beside them why one is not known and of which day one tells."""
    figures = seen.figures(as_of)
    values = {name: one.value for name, one in figures.items()}
    told: dict[str, Any] = {"as_of": as_of.isoformat(), **values}
    told["breakdown"] = {
        name: {"cells": dict(one.cells), "at_least": sorted(one.partial), "hidden": one.hidden, "total": one.total,
               "release": one.release,
               "on": one.on.isoformat() if one.on else None}
        # Weights follow from kinds, so on pages they would tell of a kind that is hidden.
        for name in NAMED if not (seen.cut_off and name == "equivalents") for one in (seen.breakdown(name, as_of),)
    }  # fmt: skip
    told["reasons"] = {name: one.because for name, one in figures.items() if one.value is None}
    told["known_on"] = {name: one.on.isoformat() for name, one in figures.items() if one.on is not None}
    told["rules"] = {name: one.rule for name, one in figures.items()}
    told["events"] = {name: list(one.events) for name, one in figures.items() if one.events}
    return told


@dataclass(frozen=True)
class Refunds:
    """A period's refunds. `reported`: in all by its end, None where not known."""

    period: Period
    unit: str
    reported: int | None
    accounts: tuple[Account, ...]
    grant: Decimal | None
    paid: Decimal
    reasons: dict[str, str]

    @property
    def rest_units(self) -> int | None:
        """How many units the cap still leaves."""
        return None if self.reported is None else max(0, CAP - self.reported)

    @property
    def rest(self) -> Decimal | None:
        """What is left of the grant line."""
        return None if self.grant is None else self.grant - self.paid

    def to_json(self) -> dict[str, Any]:
        """Amounts in kroner as text with two decimals."""

        def amount(value: Decimal | None) -> str | None:
            return None if value is None else f"{value:.2f}"

        return {
            "period": self.period.name, "from": self.period.first.isoformat(), "to": self.period.last.isoformat(),
            "unit": self.unit, "cap": CAP, "reported": self.reported, "rest_units": self.rest_units,
            "regions": {
                one.region: {
                    "units": one.units, "paid_units": one.paid_units, "rate": amount(one.rate),
                    "amount": amount(one.amount), "paid": amount(one.paid), "owed": amount(one.owed),
                    "because": one.because,
                } for one in self.accounts
            },
            "grant_line": amount(self.grant), "paid": amount(self.paid), "rest": amount(self.rest),
            "reasons": self.reasons,
        }  # fmt: skip


def refunds(house: "House", seen: View, period: Period, unit: str | None = None) -> Refunds:
    """Each region's account for a period: units that were reported, those the cap pays, what that comes to. The unit is
    the setting `refund_unit` where none is given.

    A genome is accounted in the period in which a release first told of it, so that no difference between an account
    and a breakdown tells of single genomes.
    """
    unit = unit or house.settings.refund_unit
    as_of = min(period.last, seen.today)
    known = [one.code for one in seen.regions if one.valid_from <= as_of and (one.valid_to or as_of) >= as_of]
    because = {}
    units: dict[str, int | None] = dict.fromkeys(known)
    due: dict[str, dict[str, int]] = {}
    partial: set[str] = set()
    base, after, why = seen.refunded_from(unit, as_of)
    tables = []
    if base is None:
        because["reported"] = why
    else:
        dimension = "region" if unit == UNIT else EQUIVALENTS_OF_REGION
        tables = span_tables(seen.board, dimension, as_of, below=seen.below, merged=seen.region_of)
    start = number = base or 0
    for one in tables:
        if after is not None and one.on <= after:
            continue
        came = one.total if unit == UNIT else one.equivalents
        first, number = number, number + came
        if not period.first <= one.on <= period.last:
            continue
        within = _within_cap(house, seen, after, first - start, first, came, unit)
        why = f"fewer than {seen.below} at a release, or hidden so that such a number cannot be worked out"
        for region, n in one.cells.items():
            if n is None:
                partial.add(region)
            else:
                units[region] = (units.get(region) or 0) + n
                quarter = due.setdefault(region, Counter())
                quarter[Period.of(f"{one.on:%Y-%m}").name] += n if within is None else min(n, within.get(region, 0))
    for region in partial:
        # Hidden once and empty else: 0 would say that there is none.
        units[region] = units.get(region) or None
    made = refunds_.accounts(seen.ledger, known, units, due, period, unit, why)
    grant = refunds_.grant_line(seen.ledger)
    if grant is None:
        because["grant_line"] = "nobody entered what the grant sets aside for refunds"
    reported = seen.units_reported(unit, as_of, base)
    if reported is None:
        because.setdefault("reported", "nothing was published or counted by then, or too few to be told")
    return Refunds(period, unit, reported, tuple(made), grant, refunds_.paid_amount(seen.ledger, None, None), because)


def _within_cap(
    house: "House", seen: View, after: date | None, skipped: int, before: int, total: int, unit: str
) -> dict[str, int] | None:
    """Of a span that the cap lies in, how many units of each region come first; None where the cap pays all."""
    if before + total <= CAP:
        return None
    found: Counter[str] = Counter()
    left = max(0, CAP - before)
    with house.database.reading() as connection:
        for day, laboratory, equivalents in ordered_arrivals(connection, after):
            worth = 1 if unit == UNIT else equivalents or 0
            # Of a tumour genome that the cap lies in, the equivalents up to it are paid.
            counted = max(0, worth - skipped)
            skipped = max(0, skipped - worth)
            paid = min(left, counted)
            found[seen.region_of(laboratory, day)] += paid
            left -= paid
            if not left:
                break
    return dict(found)


def make_forecast(
    seen: "View | None", target: int, start: date | None, at: int | None, pace: Decimal | None, *,
    extra: Decimal = Decimal(0), extra_months: int = 0, by: date | None = None,
) -> Forecast:  # fmt: skip
    """What is not given comes from the last known count and the mean pace since the year's end before it."""
    history = seen.history if seen is not None and seen.history else History(shipped())
    if start is None or at is None:
        assert seen is not None
        now = genomes(seen.board, seen.history, start or by or seen.today)
        if now.value is None or now.on is None:
            raise Refused(
                "No count is known to start from.", mend="Give --from and --at, or `embla board history load`."
            )
        start, at = now.on, int(now.value) if at is None else at
    past = paces(history, start)
    if pace is None:
        pace = _pace(history, start, at)
        if pace is None:
            raise Refused("No pace of the past is known.", mend="Give --pace.")
    return forecast(target, start, at, pace, extra=extra, extra_months=extra_months, realised=past)


def _pace(history: History, start: date, at: int) -> Decimal | None:
    before = [one for one in history.series("genomes", start) if one.on < start]
    return realised_pace(before[-1].on, int(before[-1].value), start, at) if before else None
