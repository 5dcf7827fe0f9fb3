"""A year's budget: versions side by side, fixed, variable and undisposed, spend, what is expected and what is left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from embla.errors import Refused
from embla.governance.model.history import History
from embla.governance.model.ledger import PARTS, Ledger, Line
from embla.governance.model.money import MILLION, told

PUBLISHED: Final = {"playbook": "budget.playbook", "november_2023": "budget.new", "board": "board.budget"}


@dataclass(frozen=True)
class Budget:
    """Amounts in kroner; None is not known, and `reasons` says why. `less`: budget less what is expected."""

    year: int
    version: str | None
    versions: Mapping[str, Decimal]
    budget: Decimal | None
    expected: Decimal | None
    parts: Mapping[str, Decimal | None]
    income: Decimal
    risk_pools: Decimal
    claims: Decimal
    spend: Decimal | None
    lines: tuple[Line, ...]
    deviations: Mapping[str, Decimal]
    reasons: Mapping[str, str] = field(default_factory=dict)
    demo: bool = False
    events: tuple[int, ...] = ()

    @property
    def less(self) -> Decimal | None:
        """What is expected not to be spent; negative where it is overspent."""
        return None if self.budget is None or self.expected is None else self.budget - self.expected

    @property
    def rest(self) -> Decimal | None:
        """Budget less spend."""
        return None if self.budget is None or self.spend is None else self.budget - self.spend

    def to_json(self) -> dict[str, Any]:
        """Millions of kroner as text with two decimals or more."""
        return {
            "year": self.year, "unit": "DKK million", "version": self.version, "budget": millions(self.budget),
            "expected": millions(self.expected), "less_spend": millions(self.less),
            "undisposed": millions(self.parts["undisposed"]),
            "parts": {name: millions(amount) for name, amount in self.parts.items()},
            "spend": millions(self.spend), "rest": millions(self.rest), "income": millions(self.income),
            "risk_pools": millions(self.risk_pools), "claims": millions(self.claims),
            "versions": {name: millions(amount) for name, amount in self.versions.items()},
            "deviations": {name: millions(amount) for name, amount in self.deviations.items()},
            "demo": self.demo, "reasons": dict(self.reasons),
        }  # fmt: skip


def millions(amount: Decimal | None) -> str | None:
    """Kroner as millions: 85200000 -> "85.20", and no oere lost: 1234.56 -> "0.00123456"."""
    if amount is None:
        return None
    value = (amount / MILLION).normalize()
    return f"{value:.2f}" if -int(value.as_tuple().exponent) <= 2 else f"{value:f}"


def budget_of(ledger: Ledger, history: History, year: int, version: str | None = None) -> Budget:
    """The year as the ledger says it; what the ledger does not say, as it was published."""
    end = date(year, 12, 31)
    latest = {(one.name, one.says["version"]): one for one in ledger.of("budget_line") if one.says["year"] == year}
    lines = list(latest.values())
    published = {
        name: found.value * MILLION
        for name, measure in PUBLISHED.items()
        if (found := history.on(measure, end)) is not None
    }
    by_version = {name: _costs(lines, name) for name in dict.fromkeys(one.says["version"] for one in lines)}
    versions = published | by_version
    chosen = version or next(reversed(list(by_version)), None) or next(reversed(list(published)), None)
    if version is not None and version not in versions:
        raise Refused(
            f"{year} has no budget version '{version[:40]}'.", mend=f"Known: {', '.join(versions) or 'none'}."
        )
    mine = tuple(one for one in lines if one.says["version"] == chosen)
    spend, expected = _spend(ledger, year), _expected(ledger, history, year, chosen, mine)
    accounted = history.on("budget.accounted", end)
    if accounted is not None:
        spend = accounted.value * MILLION
    measured = spend if accounted is not None else None
    reasons = {}
    parts = _parts(mine, history, end, version)
    if any(amount is None for amount in parts.values()):
        reasons["parts"] = "the table of fixed, variable and undisposed parts was not published; enter its lines"
    if spend is None:
        reasons["spend"] = "no posting was imported and no account was published"
    if expected is None:
        reasons["expected"] = "nobody said what is expected"
    if not versions:
        reasons["budget"] = "no budget was entered or published for this year"
    events = tuple(
        one.event for measure in (*PUBLISHED.values(), "board.expected", "board.undisposed", "budget.accounted")
        if (one := history.on(measure, end)) is not None
    )  # fmt: skip
    return Budget(
        year, chosen, versions, versions.get(chosen or ""), expected, parts, _sum(mine, "income"),
        _sum(mine, "risk_pool"), _sum(mine, "claim"), spend, mine,
        {name: measured - amount for name, amount in versions.items()} if measured is not None else {},
        reasons, any(one.demo for one in mine), (*events, *(one.event for one in mine)),
    )  # fmt: skip


def _costs(lines: list[Line], version: str) -> Decimal:
    mine = [one for one in lines if one.says["version"] == version]
    return _sum(mine, "cost") + _sum(mine, "risk_pool")


def _sum(lines: "tuple[Line, ...] | list[Line]", side: str) -> Decimal:
    return sum((Decimal(one.says["amount"]) for one in lines if one.says["side"] == side), Decimal(0))


def _parts(lines: tuple[Line, ...], history: History, end: date, version: str | None) -> dict[str, Decimal | None]:
    if lines:
        found: dict[str, Decimal | None] = {
            part: sum(
                (Decimal(one.says["amount"]) for one in lines
                 if one.says["part"] == part and one.says["side"] in ("cost", "risk_pool")), Decimal(0),
            ) for part in PARTS
        }  # fmt: skip
        return found
    # The minutes say what is undisposed of the board's budget, of no earlier one.
    undisposed = history.value("board.undisposed", end) if version in (None, "board") else None
    return dict.fromkeys(PARTS) | {"undisposed": None if undisposed is None else undisposed * MILLION}


def _spend(ledger: Ledger, year: int) -> Decimal | None:
    found = [Decimal(one.says["amount"]) for one in ledger.of("posting") if one.says["year"] == year]
    return sum(found, Decimal(0)) if found else None


def _expected(
    ledger: Ledger, history: History, year: int, chosen: str | None, lines: tuple[Line, ...]
) -> Decimal | None:
    """What the ledger expects of each line (the line's budget where it says nothing); else as published."""
    said = {
        one.says["line"]: Decimal(one.says["amount"])
        for one in ledger.of("expected")
        if one.says["year"] == year and one.says["version"] == chosen
    }
    if lines and said:
        costs = [one for one in lines if one.says["side"] in ("cost", "risk_pool")]
        return sum((said.get(one.name, Decimal(one.says["amount"])) for one in costs), Decimal(0))
    for measure in ("board.expected", "budget.accounted"):
        found = history.value(measure, date(year, 12, 31))
        if found is not None:
            return found * MILLION
    return None


def undisposed(ledger: Ledger, history: History, year: int) -> Decimal | None:
    """What no decision has disposed of yet: the undisposed part less what the work programme was given."""
    part = budget_of(ledger, history, year).parts["undisposed"]
    if part is None:
        return None
    return part - sum(
        (Decimal(one.says["cost"]) for one in ledger.latest("programme").values() if one.says["year"] == year),
        Decimal(0),
    )


def check_programme(ledger: Ledger, history: History, line: Line) -> None:
    """Refused for a cost beyond what is undisposed; a later entry of the same item takes the earlier one's place."""
    left = undisposed(ledger, history, line.says["year"])
    if left is None:
        raise Refused(
            f"What is undisposed in {line.says['year']} is not known.", mend="Enter the budget's lines first."
        )
    before = ledger.newest("programme", line.name)
    if before is not None and before.says["year"] == line.says["year"]:
        left += Decimal(before.says["cost"])
    if Decimal(line.says["cost"]) > left:
        raise Refused(f"{told(Decimal(line.says['cost']))} is more than the {told(left)} that is undisposed.")


def check_line(line: Line) -> None:
    """Refused for a negative amount: an undisposed part is never negative, and income has a side of its own."""
    if Decimal(line.says["amount"]) < 0:
        raise Refused("A budget line's amount is 0 or more.", mend="Income, claims and risk pools have their own side.")


def returned(frame: Decimal, cost: Decimal) -> Decimal:
    """Of a co-financing frame, what goes back: the frame less the cost, never less than nothing (mandate, p. 1)."""
    return max(Decimal(0), frame - cost)


def check_journal(ledger: Ledger, acts: Iterable[str]) -> None:
    """Refused for an act whose entries do not net to zero: what one account is given another gives. A line that is
    entered again under its name takes the earlier one's place."""
    for act in sorted(set(acts)):
        lines = [one for one in ledger.latest("appropriation").values() if one.says["act"] == act]
        if rest := sum((Decimal(one.says["amount"]) for one in lines), Decimal(0)):
            raise Refused(
                f"The journal of {act} does not net to zero: {told(rest)} is left over.",
                mend="Enter all of the act's accounts together, what is given with what it is taken from.",
            )


def carried(ledger: Ledger, year: int) -> Decimal:
    """What decisions carried into a year, less what they carried out of it."""
    lines = list(ledger.latest("carry_over").values())
    into = sum((Decimal(one.says["amount"]) for one in lines if one.says["to_year"] == year), Decimal(0))
    return into - sum((Decimal(one.says["amount"]) for one in lines if one.says["from_year"] == year), Decimal(0))


def check_carry_over(ledger: Ledger, history: History, line: Line) -> None:
    """Refused for more than is left of the year, counting what was carried out before. One that is entered again under
    its name takes the earlier one's place, with 0 to take it back."""
    year, amount = line.says["from_year"], Decimal(line.says["amount"])
    others = ledger.latest("carry_over")
    before = others.pop(line.name, None)
    if line.says["to_year"] != year + 1 or amount < 0 or (amount == 0 and before is None):
        raise Refused("Unused money is carried over to the next year, and is more than 0.")
    if before is not None and before.says["from_year"] != year:
        raise Refused(f"'{line.name}' is carried out of {before.says['from_year']}.", mend="Give another name.")
    known = budget_of(ledger, history, year)
    left = known.rest if known.rest is not None else known.less
    if left is None:
        raise Refused(f"What is left of {year} is not known.", mend="Enter its budget and postings first.")
    out = sum((Decimal(one.says["amount"]) for one in others.values() if one.says["from_year"] == year), Decimal(0))
    if amount > left - out:
        raise Refused(f"{told(amount)} is more than the {told(left - out)} that is left of {year}.")


def check_posting(ledger: Ledger, line: Line) -> None:
    """Refused for a line that no budget of the year has, and for a reference that was posted before."""
    year, name = line.says["year"], line.says["line"]
    if not any(one.name == name and one.says["year"] == year for one in ledger.of("budget_line")):
        raise Refused(f"The budget of {year} has no line '{name}'.", mend="Enter it, or mend the mapping.")
    back = line.says.get("takes_back")
    before = [one for one in ledger.of("posting") if one.says["reference"] == line.says["reference"]]
    if back is None and before:
        raise Refused(f"The reference {line.says['reference']} was posted before, as entry {before[0].number}.")
    if back is not None:
        other = next((one for one in ledger.of("posting") if one.number == back), None)
        if other is None or "takes_back" in other.says or (other.says["year"], other.says["line"]) != (year, name):
            raise Refused(f"Entry {back} is no posting on '{name}' in {year} that can be taken back.")
        if Decimal(other.says["amount"]) != -Decimal(line.says["amount"]):
            raise Refused(f"A counter-entry has the opposite amount of entry {back}.")
        if any(one.says.get("takes_back") == back for one in ledger.of("posting")):
            raise Refused(f"Posting {back} was taken back before.")
