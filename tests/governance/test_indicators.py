"""The board's figures from given rows: turnaround, uptime, frames, and what disagrees."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from embla.governance.model import indicators
from embla.governance.model.budget import returned
from embla.governance.model.history import History, shipped
from embla.governance.model.ledger import Ledger, Line
from embla.governance.model.money import split
from embla.governance.model.reconcile import disagreements


def test_frame__that_is_not_needed_goes_back_by_the_key_exactly() -> None:
    frame, cost = Decimal("45000000.00"), Decimal("41234567.89")

    back = split(returned(frame, cost), {"1084": Decimal(3), "1081": Decimal(1), "1085": Decimal(2)})
    assert sum(back.values()) == frame - cost == Decimal("3765432.11")
    assert returned(frame, frame + 1) == 0


def test_turnaround__p90_is_held_against_14_days_and_7_for_urgent_samples() -> None:
    def table(month: str, urgent: bool, days: dict[str, int]) -> Line:
        says = {"month": month, "urgent": urgent, "days": days}
        return Line(1, "turnaround", month, date(2026, 2, 1), None, says, False)

    ledger = Ledger([table("2026-01", False, {"10": 80, "14": 10, "30": 10}),
                     table("2026-01", True, {"5": 89, "8": 11})])  # fmt: skip
    plain, urgent = indicators.turnaround(ledger, 2026)

    assert (plain.p50, plain.p90, plain.goal, plain.met) == (10, 14, 14, True)
    assert (urgent.p50, urgent.p90, urgent.goal, urgent.met) == (5, 8, 7, False)
    assert indicators.turnaround(Ledger([]), 2026)[0].p90 is None


def test_turnaround__of_a_group_is_its_own_and_of_all_is_without_it() -> None:
    def table(n: int, days: dict[str, int], **group: str) -> Line:
        says = {"month": "2026-01", "urgent": False, "days": days, **group}
        return Line(n, "turnaround", f"{n}", date(2026, 2, n), None, says, False)

    ledger = Ledger([table(1, {"10": 90}), table(2, {"20": 6, "30": 4}, group="heart"), table(3, {"1": 90})])

    assert indicators.turnaround(ledger, 2026, below=5, group="heart")[0].p50 == 20
    assert indicators.turnaround(ledger, 2026, below=11, group="heart")[0].p50 is None
    assert indicators.turnaround(ledger, 2026, group="kidney")[0].p50 is None
    assert [indicators.turnaround(ledger, 2026, by=date(2026, 2, day))[0].p50 for day in (2, 3)] == [10, 1]


def test_uptime__counts_an_hour_once_and_planned_hours_apart() -> None:
    def outage(first: str, last: str, planned: bool) -> Line:
        says = {"from": first, "to": last, "planned": planned, "cause": "power"}
        return Line(1, "outage", first, date(2025, 1, 1), None, says, False)

    ledger = Ledger([outage("2025-03-01T00:00", "2025-03-02T00:00", True),
                     outage("2025-03-01T12:00", "2025-03-02T06:00", False),
                     outage("2024-12-31T23:00", "2025-01-01T01:00", False)])  # fmt: skip
    told = indicators.uptime(ledger, 2025)

    assert told is not None and (told.planned, told.unplanned) == (Decimal(12), Decimal(19))
    assert told.percent == 99.65 and indicators.uptime(ledger, 2023) is None

    # Mended under its name: it was an hour, not a day.
    mended = replace(ledger.lines[0], says=dict(ledger.lines[0].says) | {"to": "2025-03-01T01:00"})
    again = indicators.uptime(Ledger([*ledger.lines, mended]), 2025)
    assert again is not None and (again.planned, again.unplanned) == (Decimal(1), Decimal(19))


def test_indicators__that_have_nothing_to_stand_on_are_none() -> None:
    assert indicators.implementation(370, 1_000) == 37.0 and indicators.implementation(5, 0) is None
    assert indicators.per_inhabitants(5, 0) is None
    rate = indicators.per_inhabitants(10, 100_000)
    # Garwood 1936: 10 events, 4.7954 to 18.3904.
    assert rate is not None and (rate.value, rate.low, rate.high) == (10.0, 4.8, 18.4)
    assert indicators.per_inhabitants(0, 100_000) == indicators.Rate(0.0, 0.0, 3.7)
    assert indicators.full_on(40, 100, Decimal(10), date(2026, 6, 30)) == date(2026, 12, 31)
    assert indicators.full_on(40, 100, Decimal(0), date(2026, 6, 30)) is None


def test_reconciliation__tells_the_dozen_places_that_disagree() -> None:
    told = {one.topic: one for one in disagreements(History(shipped()))}

    assert (told["growth"].said, told["growth"].counted) == ("144 %, 144.32 %", "144.40 %")
    assert told["patient_groups"].why.startswith("187 ") and told["playbook"].counted == "990.5"
    assert told["new_budget"].agrees and told["initiatives"].counted == "5.16"
    assert told["clouds"].said == "65/18/5/22/27" and len(told) >= 14
    assert disagreements(History(())) == []
