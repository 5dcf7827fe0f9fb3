"""Refunds to regions per reported genome: in the order in which they were reported, up to the cap exactly.

The unit is a setting: genomes reported (minutes of 4 November 2025) or genome equivalents (annual report 2023, p. 74).
No amount per genome was published, so a rate comes from the ledger, with the days it holds for and the decision behind
it; without one an amount is not known. A correction is an entry of the opposite amount, never a change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from embla.errors import Refused, UsageError
from embla.governance.model.ledger import Ledger, Line
from embla.governance.model.money import told

CAP: Final = 60_000
EVERYWHERE: Final = "*"


@dataclass(frozen=True)
class Period:
    """A quarter, or a year of four. Money is accounted by quarter."""

    name: str
    first: date
    last: date
    quarters: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Period":
        """ "2025", "2025-Q3", or "2025-09", which is in 2025-Q3."""
        year, _, part = text.strip().upper().partition("-")
        try:
            number = int(year)
            if not text.isascii() or len(year) != 4 or not 1900 <= number <= 2999:
                raise ValueError
            if not part:
                return cls(year, date(number, 1, 1), date(number, 12, 31), tuple(f"{year}-Q{n}" for n in range(1, 5)))
            quarter = int(part[1:]) if part.startswith("Q") else (int(part) + 2) // 3
            if quarter not in (1, 2, 3, 4) or not (part.startswith("Q") or 1 <= int(part) <= 12):
                raise ValueError
        except ValueError:
            raise UsageError(f"'{text[:20]}' is no period.", mend="Write 2025, 2025-Q3 or 2025-09.") from None
        first = date(number, 3 * quarter - 2, 1)
        after = date(number + quarter // 4, 3 * quarter % 12 + 1, 1)
        name = f"{year}-Q{quarter}"
        return cls(name, first, after - timedelta(days=1), (name,))


def payable(before: int, units: int, cap: int = CAP) -> int:
    """Of the units that come after `before` others, how many the cap still pays: 60,000 is paid, 60,001 is not."""
    return max(0, min(units, cap - before))


def paid_of(before: int, regions: Iterable[str], cap: int = CAP) -> dict[str, int]:
    """Units that are paid, by region, of units in the order in which they were reported."""
    found: dict[str, int] = {}
    for number, region in enumerate(regions, start=before + 1):
        found[region] = found.get(region, 0) + (number <= cap)
    return found


def rate_on(ledger: Ledger, region: str, unit: str, day: date) -> Line | None:
    """The rate in force on a day: the region's own before the one for all, the later entry before the earlier."""
    for wanted in (region, EVERYWHERE):
        found = [
            one for one in ledger.of("rate", day)
            if one.says["region"] == wanted and one.says["unit"] == unit
            and ("until" not in one.says or date.fromisoformat(one.says["until"]) >= day)
        ]  # fmt: skip
        if found:
            return max(found, key=lambda one: (one.day, one.number))
    return None


@dataclass(frozen=True)
class Account:
    """One region's account for a period. `units` None: not known or hidden, `because` says which."""

    region: str
    units: int | None
    paid_units: int | None
    rate: Decimal | None
    amount: Decimal | None
    paid: Decimal
    because: str = ""

    @property
    def owed(self) -> Decimal | None:
        """What is due and has not been paid."""
        return None if self.amount is None else self.amount - self.paid


def accounts(
    ledger: Ledger, regions: Sequence[str], units: Mapping[str, int | None],
    payable_units: Mapping[str, Mapping[str, int]], period: Period, unit: str, because: str = "",
) -> list[Account]:  # fmt: skip
    """An account for each region. `payable_units`: region -> quarter -> units. Each quarter has the rate of its last
    day, as it is paid; a year in which the rate moved has no one rate."""
    made = []
    for region in regions:
        n, due = units.get(region), payable_units.get(region, {})
        found = {name: rate_on(ledger, region, unit, Period.of(name).last) for name in due or period.quarters[-1:]}
        rates = {name: Decimal(line.says["amount"]) for name, line in found.items() if line is not None}
        known, one = len(rates) == len(found), set(rates.values())
        amount = sum((rates[name] * due[name] for name in due), Decimal(0)) if known and n is not None else None
        why = because if n is None else "no rate was decided; none was ever published" if not known else ""
        if not why and len(one) > 1:
            why = "the rate moved within the period"
        paid = paid_amount(ledger, region, period.quarters)
        rate = one.pop() if known and len(one) == 1 else None
        made.append(Account(region, n, None if n is None else sum(due.values()), rate, amount, paid, why))
    return made


def free_units(taken: Iterable[tuple[int, int]], after: int, units: int) -> list[tuple[int, int]]:
    """First and last of so many unit numbers after `after` that are in no range of `taken`: also those between, which
    a refund that was taken back left free."""
    found: list[tuple[int, int]] = []
    number = after + 1
    for first, last in sorted(taken):
        if number < first and units:
            end = min(first - 1, number + units - 1)
            found.append((number, end))
            units -= end - number + 1
        number = max(number, last + 1)
    return [*found, (number, number + units - 1)] if units else found


def paid_amount(ledger: Ledger, region: str | None, quarters: Sequence[str] | None) -> Decimal:
    """What was paid, less what was taken back; of one region or all, of some quarters or ever."""
    return sum(
        (
            Decimal(one.says["amount"]) for one in ledger.of("refund")
            if region in (None, one.says["region"]) and (quarters is None or one.says["period"] in quarters)
        ),
        Decimal(0),
    )  # fmt: skip


def standing(ledger: Ledger) -> list[Line]:
    """Refunds that were not taken back, counter-entries left out."""
    entries = list(ledger.of("refund"))
    gone = {one.says.get("takes_back") for one in entries}
    return [one for one in entries if one.number not in gone and "takes_back" not in one.says]


def paid_units(ledger: Ledger, region: str, period: str, unit: str, base: int | None) -> tuple[int, int]:
    """Units that stand paid to a region for a quarter: of those up to number `base`, which came before this Embla
    counted, and of those after it. Where `base` is not known all are of the first."""
    before = after = 0
    for one in standing(ledger):
        if (one.says["region"], one.says["period"], one.says["unit"]) == (region, period, unit):
            first, last = one.says["first"], one.says["last"]
            early = last - first + 1 if base is None else max(0, min(last, base) - first + 1)
            before, after = before + early, after + last - first + 1 - early
    return before, after


@dataclass(frozen=True)
class Report:
    """What a quarter's reports let be paid. `base`: number of the last unit before this Embla counted, None where not
    known; `units`: region -> units reported and within the cap, None where no number may be told."""

    base: int | None
    units: Mapping[str, int | None]


def check_reported(ledger: Ledger, line: Line, report: Report) -> None:
    """Refused for a refund of more than the region reported in the quarter, of a quarter whose number is not known or
    hidden, and of one that was paid in the other unit. Units of the published counts, whose regions were not published,
    are held against nothing; the reconciliation names them."""
    says = line.says
    if "takes_back" in says:
        return
    region, period, unit, n = says["region"], says["period"], says["unit"], says["last"] - says["first"] + 1
    other = [one for one in standing(ledger) if (one.says["region"], one.says["period"]) == (region, period)]
    if found := next((one for one in other if one.says["unit"] != unit), None):
        raise Refused(f"{region} was paid by {found.says['unit']} for {period}, by entry {found.number}.")
    if report.base is None:
        raise Refused(f"Nothing can be paid by {unit}: what came before is not known.",
                      mend="Enter an opening, on a decision.")  # fmt: skip
    if says["last"] <= report.base:
        return
    if says["first"] <= report.base:
        raise Refused(f"Units up to {report.base:,} were published, those after it reported here.",
                      mend="Enter them as two refunds.")  # fmt: skip
    reported = report.units.get(region)
    if reported is None:
        raise Refused(f"No number of {region} for {period} may be told, so nothing can be held against it.",
                      mend="Wait for a release that tells of it.")  # fmt: skip
    _, paid = paid_units(ledger, region, period, unit, report.base)
    if paid + n > reported:
        raise Refused(f"{region} has {reported:,} {unit} to be paid for {period}; {paid:,} are, and {n:,} more are too "
                      "many.", mend="`embla board refunds` tells what each region reported.")  # fmt: skip


def check_refund(ledger: Ledger, line: Line, cap: int = CAP) -> None:
    """Refused for a refund past the cap, of units that were paid before, at no decided rate, or past the grant line."""
    says = line.says
    amount, rate = Decimal(says["amount"]), Decimal(says["rate"])
    if (back := says.get("takes_back")) is not None:
        other = next((one for one in ledger.of("refund") if one.number == back), None)
        if other is None:
            raise Refused(f"There is no refund {back} to take back.")
        if "takes_back" in other.says:
            raise Refused(f"Entry {back} takes a refund back itself.", mend="Enter the refund anew.")
        same = all(says[name] == other.says[name] for name in ("region", "period", "unit", "first", "last", "rate"))
        if not same or amount != -Decimal(other.says["amount"]):
            raise Refused(f"A counter-entry repeats entry {back} with the opposite amount, {told(-amount)}.")
        if any(one.says.get("takes_back") == back for one in ledger.of("refund")):
            raise Refused(f"Refund {back} was taken back before.")
        return
    first, last = says["first"], says["last"]
    if last > cap:
        raise Refused(f"Genome {last:,} is past the cap of {cap:,}: {cap:,} is paid, {cap + 1:,} is not.")
    if not 0 < first <= last or amount != rate * (last - first + 1):
        raise Refused(f"Units {first} to {last} at {told(rate)} are not {told(amount)}.")
    quarter = Period.of(says["period"])
    if quarter.name != says["period"] or len(quarter.quarters) != 1:
        raise Refused(
            f"A refund is of a quarter, not of '{says['period']}'.", mend=f"Write it as {quarter.quarters[0]}."
        )
    decided = rate_on(ledger, says["region"], says["unit"], quarter.last)
    if decided is None or Decimal(decided.says["amount"]) != rate or rate < 0:
        raise Refused(f"{told(rate)} is not the rate that was decided for {says['region']} in {quarter.name}.")
    for one in standing(ledger):
        if one.says["unit"] == says["unit"] and first <= one.says["last"] and one.says["first"] <= last:
            raise Refused(f"Units {one.says['first']} to {one.says['last']} were paid by entry {one.number}.")
    grant = grant_line(ledger)
    if grant is not None and paid_amount(ledger, None, None) + amount > grant:
        raise Refused(f"{told(amount)} is more than the {told(grant - paid_amount(ledger, None, None))} that is left.")


def opening(ledger: Ledger, unit: str, by: date) -> int | None:
    """How many units were reported before this Embla counted, as the board decided; None where nobody entered it."""
    found = [one for one in ledger.of("opening", by) if one.says["unit"] == unit]
    return int(found[-1].says["count"]) if found else None


def grant_line(ledger: Ledger) -> Decimal | None:
    """What the grant sets aside for refunds; None where nobody entered it."""
    found = ledger.newest("grant_line", "refunds")
    return None if found is None else Decimal(found.says["amount"])
