"""Figures from what is entered in the ledger beside what was counted: genomes per inhabitants, yield, storage, and
money that goes back to the regions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from embla.errors import Refused
from embla.governance.model.budget import returned
from embla.governance.model.cells import Breakdown
from embla.governance.model.history import History
from embla.governance.model.indicators import full_on, implementation, per_inhabitants
from embla.governance.model.kpis import Figure
from embla.governance.model.ledger import Ledger, Line
from embla.governance.model.money import MILLION, split, told


def entered_figures(
    ledger: Ledger, history: History, regions: Breakdown, groups: Mapping[str, int | None], as_of: date, *, below: int
) -> dict[str, Figure]:
    """All of them, as of a day. `regions`: genomes counted here by region, past the threshold; `groups`: samples by
    patient group of the day's year, past it too."""
    return {
        "implementation_percent": _implementation(ledger, groups, as_of),
        "genomes_per_100000": _per_inhabitants(ledger, regions, as_of),
        "diagnostic_yield_percent": _yield(ledger, history, as_of, below),
        "storage_full_on": _storage(ledger, as_of),
        "co_financing_returned": _returned(ledger, as_of),
    }


def expected(ledger: Ledger, as_of: date) -> dict[str, Line]:
    """What each patient group expects in the year of a day, as entered last by then."""
    lines = ledger.of("expected_equivalents", as_of)
    return {one.says["group"]: one for one in lines if one.says["year"] == as_of.year}


def _implementation(ledger: Ledger, groups: Mapping[str, int | None], as_of: date) -> Figure:
    """Observed of expected, by patient group. Equivalents of few are not told by group, so a sample counts as one."""
    rule, wanted = "implementation", expected(ledger, as_of)
    if not wanted:
        return Figure(None, rule, f"nobody entered what the patient groups expect in {as_of.year}")
    degrees = {
        group: implementation(groups.get(group), int(line.says["equivalents"])) for group, line in wanted.items()
    }
    value = {group: degree for group, degree in sorted(degrees.items()) if degree is not None}
    if not value:
        return Figure(None, rule, "no release shows samples of a patient group that expects some")
    return Figure(value, rule, "", as_of, tuple(wanted[group].event for group in value))


def _per_inhabitants(ledger: Ledger, regions: Breakdown, as_of: date) -> Figure:
    rule = "inhabitants"
    if not regions.cells:
        return Figure(None, rule, "no release has told of genomes counted here")
    people: dict[str, Line] = {}
    for line in ledger.of("inhabitants", as_of):
        before = people.get(line.says["region"])
        if line.says["year"] <= as_of.year and (before is None or line.says["year"] >= before.says["year"]):
            people[line.says["region"]] = line
    value: dict[str, Any] = {}
    for region, count in regions.cells.items():
        known = people.get(region)
        if count is None or region in regions.partial or known is None:
            continue
        rate = per_inhabitants(count, known.says["people"])
        if rate is not None:
            value[region] = {
                "value": rate.value, "low": rate.low, "high": rate.high, "people": known.says["people"],
                "year": known.says["year"], "source": known.says.get("source", ""), "demo": known.demo,
            }  # fmt: skip
    if not value:
        why = "nobody entered how many live in the regions" if not people else "the regions' counts are hidden"
        return Figure(None, rule, why)
    return Figure(value, rule, "", regions.on, tuple(people[region].event for region in value))


def _yield(ledger: Ledger, history: History, as_of: date, below: int) -> Figure:
    """Of the newest year with answers. Groups with few positive or few negative answers are left out of the sum, as a
    sum with them, beside one without, would tell of them."""
    rule = "yield"
    lines = {(one.says["group"], one.says["year"]): one for one in ledger.of("yields", as_of)}
    year = max((year for _, year in lines if year <= as_of.year), default=None)
    if year is None:
        published = history.newest("translate.positive", as_of)
        more = f"; the {published.value} % published for {published.on} are of one project" if published else ""
        return Figure(None, rule, f"nobody entered how many answers found a diagnosis{more}")
    mine = [one for (_, of), one in lines.items() if of == year and _told(one, below)]
    answers = sum(int(one.says["answers"]) for one in mine)
    if not answers:
        return Figure(None, rule, f"of {year} each patient group has too few answers to be told")
    positive = sum(int(one.says["positive"]) for one in mine)
    percent = float(round(Decimal(100 * positive) / answers, 1))
    return Figure(percent, rule, "", date(year, 12, 31), tuple(one.event for one in mine))


def _told(line: Line, below: int) -> bool:
    positive, negative = line.says["positive"], line.says["answers"] - line.says["positive"]
    return all(n == 0 or n >= below for n in (positive, negative))


def _storage(ledger: Ledger, as_of: date) -> Figure:
    """Per place, by the growth between its first and last measurement of the last year; of a day the one entered last
    counts."""
    rule, value, events = "storage", dict[str, str](), list[int]()
    by_place: dict[str, list[Line]] = {}
    for line in {(one.name, one.day): one for one in ledger.of("storage", as_of)}.values():
        by_place.setdefault(line.name, []).append(line)
    for place, lines in sorted(by_place.items()):
        last = max(lines, key=lambda one: one.day)
        first = min((one for one in lines if (last.day - one.day).days <= 366), key=lambda one: one.day)
        days = (last.day - first.day).days
        if days < 28:
            continue
        # A month of the forecast is a calendar month: 30.4375 days in the mean.
        pace = Decimal(last.says["used_gb"] - first.says["used_gb"]) * Decimal("30.4375") / days
        full = full_on(last.says["used_gb"], last.says["size_gb"], max(pace, Decimal(0)), last.day)
        if full is not None:
            value[place] = full.isoformat()
            events += [first.event, last.event]
    if value:
        return Figure(value, rule, "", as_of, tuple(dict.fromkeys(events)))
    why = "it does not grow, or was measured on fewer than two days a month apart" if by_place else "nobody measured it"
    return Figure(None, rule, why)


@dataclass(frozen=True)
class Returned:
    """What of a year's co-financing frame goes back, by which key, on which decision. Amounts in kroner."""

    year: int
    frame: Decimal
    cost: Decimal
    key: str
    parts: Mapping[str, Decimal]
    line: Line

    @property
    def amount(self) -> Decimal:
        """All of it: the frame less the cost, never less than nothing."""
        return returned(self.frame, self.cost)

    def to_json(self) -> dict[str, Any]:
        """Amounts as text with two decimals."""
        return {
            "year": self.year, "frame": told(self.frame), "cost": told(self.cost), "returned": told(self.amount),
            "key": self.key, "decision": self.line.decision, "demo": self.line.demo,
            "parts": {region: told(part) for region, part in self.parts.items()},
        }  # fmt: skip


def co_financing(ledger: Ledger, year: int, by: date | None = None) -> Returned | None:
    """The year's settlement as it was entered last; None where there is none."""
    line = next((one for one in reversed(list(ledger.of("co_financing", by))) if one.says["year"] == year), None)
    if line is None:
        return None
    key = _key(ledger, line)
    weights = {region: Decimal(weight) for region, weight in key.says["weights"].items()}
    frame, cost = Decimal(line.says["frame"]), Decimal(line.says["cost"])
    return Returned(year, frame, cost, key.name, split(returned(frame, cost), weights), line)


def check_co_financing(ledger: Ledger, line: Line) -> None:
    """Refused for an amount below 0, a key that is not in force on the day, and one by which nothing can be divided."""
    if Decimal(line.says["frame"]) < 0 or Decimal(line.says["cost"]) < 0:
        raise Refused("A frame and its cost are 0 or more.")
    key = _key(ledger, line)
    split(Decimal(1), {region: Decimal(weight) for region, weight in key.says["weights"].items()})


def _key(ledger: Ledger, line: Line) -> Line:
    found = ledger.newest("key", line.says["key"], line.day)
    if found is None or ("until" in found.says and date.fromisoformat(found.says["until"]) < line.day):
        raise Refused(f"No key '{line.says['key']}' is in force on {line.day}.", mend="Enter the key first.")
    return found


def frame_of(history: History, year: int) -> Decimal | None:
    """The regions' frame as published, in kroner."""
    found = history.newest("frame.regions", date(year, 12, 31))
    return None if found is None else found.value * MILLION


def _returned(ledger: Ledger, as_of: date) -> Figure:
    years = {one.says["year"] for one in ledger.of("co_financing", as_of)}
    found = co_financing(ledger, max(years), as_of) if years else None
    if found is None:
        why = "no year's cost and key were entered, so what goes back of the frame is not known"
        return Figure(None, "co_financing", why)
    parts = {region: told(part) for region, part in found.parts.items()}
    return Figure(parts, "co_financing", "", found.line.day, (found.line.event,))
