"""What is paid held against what the regions reported: before a refund is entered, and of all that stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embla.errors import UsageError
from embla.governance.model.ledger import UNITS, Ledger
from embla.governance.model.reconcile import Disagreement
from embla.governance.model.refunds import Period, Report, paid_units, standing
from embla.governance.reading import View, refunds, view

if TYPE_CHECKING:
    from embla.platform import House

Reports = dict[tuple[str, str], Report]


def report_of(house: "House", seen: View, quarter: Period, unit: str) -> Report:
    """What may be paid for a quarter: as the regions' accounts tell it."""
    base, _, _ = seen.refunded_from(unit, min(quarter.last, seen.today))
    return Report(base, {one.region: one.paid_units for one in refunds(house, seen, quarter, unit).accounts})


def reports_for(house: "House", said: Iterable[Any]) -> Reports:
    """Of every quarter and unit that entries to be made speak of. Read before the ledger is written: reading the log
    may keep the fold, which is a transaction of its own."""
    wanted = {
        (str(one.get("period")).strip(), str(one.get("unit")))  # as the ledger will read them
        for one in said if isinstance(one, Mapping) and one.get("kind") == "refund"
    }  # fmt: skip
    if not wanted:
        return {}
    seen, found = view(house), Reports()
    for period, unit in sorted(wanted):
        quarter = _quarter(period)
        if quarter is not None and unit in UNITS:
            found[period, unit] = report_of(house, seen, quarter, unit)
    return found


def _quarter(text: str) -> Period | None:
    try:
        found = Period.of(text)
    except UsageError:
        return None
    return found if len(found.quarters) == 1 else None


@dataclass(frozen=True)
class _Account:
    region: str
    period: str
    unit: str


def unreported(house: "House", seen: View) -> list[Disagreement]:
    """Refunds that stand and that no report carries: more than the region reported, or of units whose region is not
    known. An entry that was made before a rule, or before a later published count, is found here."""
    ledger: Ledger = seen.ledger
    found, reports = [], Reports()
    accounts = dict.fromkeys(
        _Account(one.says["region"], one.says["period"], one.says["unit"]) for one in standing(ledger)
    )
    for one in accounts:
        quarter = _quarter(one.period)
        if quarter is None:
            continue
        key = (one.period, one.unit)
        report = reports.get(key) or reports.setdefault(key, report_of(house, seen, quarter, one.unit))
        before, after = paid_units(ledger, one.region, one.period, one.unit, report.base)
        reported = report.units.get(one.region)
        what = f"{one.region}, {one.period}: {after:,} {one.unit} paid"
        if after and (reported is None or after > reported):
            told = "no number that may be told" if reported is None else f"{reported:,} reported and payable"
            why = "take back what is too much, by a counter-entry" if reported is not None else "the release tells none"
            found.append(Disagreement("refunds_reported", what, told, why))
        if before:
            found.append(Disagreement(
                "refunds_published", f"{one.region}, {one.period}: {before:,} {one.unit} paid",
                "published counts are not split by region",
                "these units came before this Embla counted, so no report of a region carries them",
            ))  # fmt: skip
    return found
