"""What is paid held against what the regions reported: before a refund is entered, and of all that stand."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from embla.errors import BadInput, UsageError
from embla.governance.model.ledger import UNITS, Ledger, line_of
from embla.governance.model.reconcile import Disagreement
from embla.governance.model.refunds import Period, Report, paid_units, standing
from embla.governance.reading import View, refunds, view

if TYPE_CHECKING:
    from embla.platform import House


def report_of(house: "House", seen: View, quarter: Period, unit: str) -> Report:
    """What may be paid for a quarter: as the regions' accounts tell it."""
    base, _, _ = seen.refunded_from(unit, min(quarter.last, seen.today))
    return Report(base, {one.region: one.paid_units for one in refunds(house, seen, quarter, unit).accounts})


def reports_for(house: "House", said: Sequence[Any]) -> dict[int, Report]:
    """For each refund among entries to be made, by its place (from 1): what was reported in its quarter, as openings of
    the ledger and those that stand before it among these let it be counted.

    Read before the ledger is written: reading the log may keep the fold, which is a transaction of its own.
    """
    if not any(isinstance(one, Mapping) and one.get("kind") == "refund" for one in said):
        return {}
    seen, found = view(house), {}
    known: dict[tuple[str, str], Report] = {}
    for number, one in enumerate(said, start=1):
        kind = one.get("kind") if isinstance(one, Mapping) else None
        if kind == "opening":
            # One that is wrong is refused when its turn comes, and with it all of them.
            with suppress(BadInput):
                seen = replace(seen, ledger=Ledger((*seen.ledger.lines, line_of(len(seen.ledger.lines) + 1, one))))
                known = {}
        elif kind == "refund":
            period, unit = str(one.get("period")).strip(), str(one.get("unit"))  # as the ledger will read them
            quarter = _quarter(period)
            if quarter is not None and unit in UNITS:
                key = (period, unit)
                found[number] = known.get(key) or known.setdefault(key, report_of(house, seen, quarter, unit))
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
    found: list[Disagreement] = []
    reports: dict[tuple[str, str], Report] = {}
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
