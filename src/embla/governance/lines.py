"""A laboratory's own samples, each with what becomes of its refund: waiting, due, paid, past the cap, or outside it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from embla.governance.model.cells import EQUIVALENTS_OF_REGION, SpanTable, span_tables, spans
from embla.governance.model.ledger import Line
from embla.governance.model.money import told
from embla.governance.model.refunds import CAP, Period, rate_on, standing
from embla.governance.reading import UNIT, View, view
from embla.platform import numbered_events
from embla.policy import Action
from embla.registry import Arrival, arrivals_of, ordered_arrivals, permit

if TYPE_CHECKING:
    from embla.platform import Actor, House

# published: in the published counts; waiting: no release has told of it; hidden: its region's number is not told;
# no_rate: none was decided; past_cap: after unit 60,000; unknown: what came before is not known, or it has no unit.
STATES: Final = ("published", "waiting", "hidden", "no_rate", "past_cap", "unknown", "due", "paid")


@dataclass(frozen=True)
class RefundLine:
    """One sample. `name`: its accession, or the assay's id where it has none; amounts in kroner as text."""

    name: str
    accepted: date
    state: str
    period: str | None = None
    units: int | None = None
    rate: str | None = None
    amount: str | None = None
    decision: str | None = None


def refund_lines(house: "House", actor: "Actor") -> list[RefundLine]:
    """The samples of the actor's own laboratory, newest first."""
    laboratory = actor.laboratory or ""
    permit(
        house.database, actor, Action.SEE_OWN_SUBMISSIONS, purpose="reporting", clock=house.clock, laboratory=laboratory
    )
    seen, unit = view(house), house.settings.refund_unit
    base, after, _ = seen.refunded_from(unit, seen.today)
    with house.database.reading() as connection:
        mine = list(arrivals_of(connection, laboratory))
        tables = _told(seen, unit, connection)
        came = sum(one.total if unit == UNIT else one.equivalents for _, one in tables)
        paid = None
        if base is not None and base + came > CAP:
            paid = _within_cap(ordered_arrivals(connection, after), laboratory, unit, base)
    paid_by = _paid_by(seen, unit)

    @cache
    def rate_in(region: str, period: str) -> Line | None:
        return rate_on(seen.ledger, region, unit, Period.of(period).last)

    made, counted = [], 0
    for one in mine:
        day = one.accepted.date()
        units = 1 if unit == UNIT else one.equivalents
        if after is not None and day <= after:
            made.append(RefundLine(one.name, day, "published"))
            continue
        payable = (units or 0) if paid is None else paid.get(counted, 0)
        counted += 1
        if base is None or units is None:
            made.append(RefundLine(one.name, day, "unknown"))
        else:
            made.append(_line(seen, one, units, payable, tables, rate_in, paid_by))
    return made[::-1]


def _line(
    seen: View, one: Arrival, units: int, payable: int, tables: list[tuple[datetime, SpanTable]],
    rate_in: Callable[[str, str], Line | None], paid_by: Mapping[tuple[str, str], Line],
) -> RefundLine:  # fmt: skip
    day = one.accepted.date()
    table = next((table for at, table in tables if one.accepted <= at), None)
    if table is None:
        return RefundLine(one.name, day, "waiting", units=units)
    region = seen.region_of(one.laboratory, table.on)
    period = Period.of(f"{table.on:%Y-%m}").name
    if table.cells.get(region) is None:
        return RefundLine(one.name, day, "hidden", period, units)
    if not payable:
        return RefundLine(one.name, day, "past_cap", period, units, amount=told(Decimal(0)))
    rate, entry = rate_in(region, period), paid_by.get((region, period))
    if rate is None:
        return RefundLine(one.name, day, "no_rate", period, payable)
    amount = Decimal(rate.says["amount"])
    return RefundLine(
        one.name, day, "due" if entry is None else "paid", period, payable, told(amount), told(amount * payable),
        entry.decision if entry is not None else rate.decision,
    )  # fmt: skip


def _paid_by(seen: View, unit: str) -> dict[tuple[str, str], Line]:
    """Region and period -> the first refund of it that was not taken back."""
    found: dict[tuple[str, str], Line] = {}
    for line in standing(seen.ledger):
        if line.says["unit"] == unit:
            found.setdefault((line.says["region"], line.says["period"]), line)
    return found


def _told(seen: View, unit: str, connection: Connection) -> list[tuple[datetime, SpanTable]]:
    """What each span told of the regions, and the moment up to which."""
    dimension = "region" if unit == UNIT else EQUIVALENTS_OF_REGION
    cuts = [seen.board.cuts[span[-1]][0] for span in spans(seen.board, seen.today, seen.below)]
    at = {event.number: event.at for event in numbered_events(connection, cuts)}
    tables = span_tables(seen.board, dimension, seen.today, below=seen.below, merged=seen.region_of)
    return [(at[cut], table) for cut, table in zip(cuts, tables, strict=True)]


def _within_cap(
    arrivals: Iterable[tuple[date, str, int | None]], laboratory: str, unit: str, base: int
) -> dict[int, int]:
    """Place among the laboratory's own arrivals -> units of it that the cap pays."""
    found: dict[int, int] = {}
    place, left = 0, max(0, CAP - base)
    for _, whose, equivalents in arrivals:
        worth = min(left, 1 if unit == UNIT else equivalents or 0)
        left -= worth
        if whose == laboratory:
            found[place] = worth
            place += 1
    return found
