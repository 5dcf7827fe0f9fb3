"""Refunds of a quarter as entries of the ledger: what is shown and due, by region, on a decision."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embla.errors import Refused, UsageError
from embla.governance.model.ledger import UNITS
from embla.governance.model.money import told
from embla.governance.model.refunds import Period, free_units, paid_units, standing
from embla.governance.reading import refunds, view
from embla.governance.writing import enter_all
from embla.policy import Action, permit

if TYPE_CHECKING:
    from embla.platform import Actor, House


@dataclass(frozen=True)
class Paid:
    """Entries that were made, or would be."""

    period: str
    entries: tuple[dict[str, Any], ...]
    written: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        shown = [
            {"region": one["region"], "units": one["last"] - one["first"] + 1, "rate": one["rate"],
             "amount": one["amount"]} for one in self.entries
        ]  # fmt: skip
        return {"period": self.period, "refunds": shown, "written": self.written}


def pay(house: "House", actor: "Actor", period: str, decision: str, unit: str | None = None, *, dry_run: bool) -> Paid:
    """One entry for each region that has something due (more where it fills numbers that were taken back). Units have
    the lowest numbers that are not paid, up to the cap: whose unit is which number is not told."""
    permit(house.database, actor, Action.MANAGE_BOARD, purpose="operation", clock=house.clock)
    unit = unit or house.settings.refund_unit
    if unit not in UNITS:
        raise UsageError(f"There is no unit '{unit}'.", mend=f"Known: {', '.join(UNITS)}.")
    asked = Period.of(period)
    if len(asked.quarters) != 1:
        raise UsageError("Refunds are paid by quarter.", mend="Write it as 2026-Q1.")
    seen = view(house)
    if asked.last >= seen.today:
        raise Refused(f"{asked.name} has not ended: more may be reported in it.", mend=f"Pay after {asked.last}.")
    told_ = refunds(house, seen, asked, unit)
    after, _, why = seen.refunded_from(unit, asked.last)
    if after is None:
        raise Refused(f"Nothing can be paid by {unit}: {why}.", mend="Enter an opening, on a decision.")
    taken = [(one.says["first"], one.says["last"]) for one in standing(seen.ledger) if one.says["unit"] == unit]
    other = {
        one.says["region"] for one in standing(seen.ledger)
        if one.says["period"] == asked.name and one.says["unit"] != unit
    }  # fmt: skip
    entries = []
    for one in told_.accounts:
        if not one.paid_units or one.rate is None:
            continue
        # What was entered by hand is paid, too: only the rest is due.
        left = one.paid_units - paid_units(seen.ledger, one.region, asked.name, unit, after)[1]
        if left <= 0 or one.region in other:
            continue
        ranges = free_units(taken, after, left)
        taken += ranges
        entries += [
            {
                "kind": "refund", "name": f"{asked.name} {one.region}", "day": seen.today.isoformat(),
                "decision": decision, "period": asked.name, "region": one.region, "unit": unit, "first": first,
                "last": last, "rate": told(one.rate), "amount": told(one.rate * (last - first + 1)),
                "demo": house.settings.demo,
            } for first, last in ranges
        ]  # fmt: skip
    if not dry_run and entries:
        enter_all(house, actor, entries)
    return Paid(asked.name, tuple(entries), not dry_run)
