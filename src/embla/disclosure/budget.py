"""How much one reader may learn: a question costs by the carriers behind its answer, and each reader has a bounded sum.

Who has somebody's genome and asks for its alleles learns from each answer whether the person is counted: an allele that
c carry tells one part in c (the squared distance of the two hypotheses, in standard deviations, grows by 1/c). So the
price of an allele is 1/c, and the power of the best test after a sum B of prices is at most about
1 - Phi(z(1 - false positives) - sqrt(B)), whichever alleles were asked. B = 0.13 gives 0.10 at 5 % false positives.

The sum is over everything that a reader asks, not over what each carrier loses: a refusal because *one* carrier's share
is spent would itself tell that somebody carries what was asked. See docs/decisions/0048-catalogue-and-budget.md.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from math import sqrt
from statistics import NormalDist
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from embla.disclosure.tables import query_spending
from embla.errors import Refused

# What a miss costs, in prices of the rarest allele that is told of: it says that few carry it.
MISS: Final = 0.1
_HEAD: Final = ""
_NORMAL: Final = NormalDist()


class BudgetSpent(Refused):
    """The reader has asked as much as this window allows."""

    def __init__(self, days: int) -> None:
        super().__init__(
            "This asks for more than a reader may learn of single people in this time.",
            mend=f"What you asked before stays open to you; the budget covers {days} days. Ask for less, or sign in.",
        )


def price(ac: int | None, an: int | None, *, below: int) -> float:
    """The price of an allele that is told of with these numbers, or of a miss (None). Rare at either end is dear."""
    if ac is None or an is None:
        return MISS / max(below, 1)
    return 1 / max(below, min(ac, an - ac), 1)


def power_after(spent: float, false_positives: float = 0.05) -> float:
    """Bound on the share of members that somebody tells apart after spending this much, at this false positive rate."""
    return 1 - _NORMAL.cdf(_NORMAL.inv_cdf(1 - false_positives) - sqrt(max(spent, 0.0)))


def spend(
    connection: Connection, reader: str, prices: Mapping[str, float], *, budget: float, most: float, at: datetime,
    days: int, part: str = "", share: float = 0.0,
) -> bool:  # fmt: skip
    """Take the prices of what is asked (name -> price) from a reader's budget, in the caller's own transaction, which
    must be committed whatever the answer, and before anything is told. False: nothing may be told.

    What was paid for within `days` is free: the same answer tells nothing more. Whether a reader may ask depends on
    what was spent before and not on the answer, so that a refusal tells nothing; the last question may go over by
    `most`, the price of the rarest allele. Only a question about several things is refused for its price, and that
    costs `most`, since the refusal tells that they are dear.

    `part` is one of those who have this budget together, and may spend `share` of it, so that nobody spends it for all.
    """
    table, since = query_spending.c, at - timedelta(days=days)
    _wait_for_turn(connection, reader, at)
    connection.execute(
        delete(query_spending).where(
            table.reader.in_([reader, part or reader]) & (table.at < since) & (table.asked != _HEAD)
        )
    )
    names = {_digest(name): cost for name, cost in prices.items()}
    paid = _paid(connection, reader, names, since)
    new = {name: cost for name, cost in names.items() if name not in paid}
    if not new:
        return True
    left = budget - spent_by(connection, reader, at=at, days=days)
    if part:
        left = min(left, share - spent_by(connection, part, at=at, days=days))
    if left <= 0:
        return False
    cost = sum(new.values())
    if cost > max(left, most) + 1e-12:
        new, told = {_digest("refused: " + " ".join(sorted(new))): most}, False
    else:
        told = True
    rows = [{"reader": reader, "asked": name, "price": cost, "at": at} for name, cost in new.items()]
    if told or not _paid(connection, reader, new, since):
        if part:
            name = _digest("together: " + " ".join(sorted(new)))
            rows.append({"reader": part, "asked": name, "price": sum(new.values()), "at": at})
        connection.execute(insert(query_spending), rows)
    return told


def parts_spent(connection: Connection, prefix: str, share: float, *, since: datetime) -> int:
    """How many readers whose names begin with `prefix` have spent this much or more since then."""
    table = query_spending.c
    mine = table.reader.startswith(prefix, autoescape=True) & (table.at >= since)
    over = select(table.reader).where(mine).group_by(table.reader).having(func.sum(table.price) >= share).subquery()
    return int(connection.execute(select(func.count()).select_from(over)).scalar_one())


def sweep(connection: Connection, *, at: datetime, days: int) -> int:
    """Delete what was spent before the window that ends now, whoever spent it; how many rows that were. A reader's own
    go when they next ask; those of who never comes again would stay."""
    table = query_spending.c
    old = (table.at < at - timedelta(days=days)) & (table.asked != _HEAD)
    return connection.execute(delete(query_spending).where(old)).rowcount


def all_paid(connection: Connection, reader: str, names: Iterable[str], *, at: datetime, days: int) -> bool:
    """True when a reader paid for all of this within the window, so that nothing need be written."""
    wanted = {_digest(name) for name in names}
    return wanted <= _paid(connection, reader, wanted, at - timedelta(days=days))


def spent_by(connection: Connection, reader: str, *, at: datetime, days: int) -> float:
    """The sum of a reader's prices in the window that ends now."""
    table = query_spending.c
    query = select(func.coalesce(func.sum(table.price), 0.0)).where(
        (table.reader == reader) & (table.at >= at - timedelta(days=days))
    )
    return float(connection.execute(query).scalar_one())


def _wait_for_turn(connection: Connection, reader: str, at: datetime) -> None:
    """Questions of one reader are taken one after the other: SQLite has one writer, PostgreSQL locks the head row."""
    head = (query_spending.c.reader == reader) & (query_spending.c.asked == _HEAD)
    if connection.execute(select(query_spending.c.asked).where(head).with_for_update()).first() is None:
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        row = make(query_spending).values(reader=reader, asked=_HEAD, price=0.0, at=at)
        connection.execute(row.on_conflict_do_nothing())
        connection.execute(select(query_spending.c.asked).where(head).with_for_update())


def _paid(connection: Connection, reader: str, names: Iterable[str], since: datetime) -> set[str]:
    table = query_spending.c
    wanted, found = list(names), set[str]()
    for start in range(0, len(wanted), 500):
        here = (table.reader == reader) & (table.at >= since) & table.asked.in_(wanted[start : start + 500])
        found |= set(connection.execute(select(table.asked).where(here)).scalars())
    return found


def _digest(name: str) -> str:
    """What was asked is kept as a digest: the table tells how much was asked and not what."""
    return sha256(name.encode("utf-8")).hexdigest()[:32]
