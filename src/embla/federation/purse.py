"""What a reader may still ask of the doors that tell of single alleles: the budget of an account, or of all others.

Paid before anything is told, whatever the granularity. The demo and tests of clients (`testMode`) tell of nobody.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from embla.datasets import feasible, people_in
from embla.disclosure import BudgetSpent, all_paid, price, spend, spent_by
from embla.platform.web import signed_in

if TYPE_CHECKING:
    from starlette.requests import Request

    from embla.datasets import DataSet, Feasible
    from embla.platform import House

EVERYBODY: Final = "door"
_UNIT: Final = 1_000  # settings give thousandths


class Purse(NamedTuple):
    """A reader's budget; 0 bounds nothing."""

    house: "House"
    reader: str
    budget: float

    @classmethod
    def of(cls, house: "House", reader: str) -> "Purse":
        """`reader` as `reader_of` names one; "" is everybody who has not signed in, together."""
        settings = house.settings
        thousandths = settings.query_budget if reader else settings.query_budget_open
        return cls(house, reader or EVERYBODY, 0 if settings.demo else thousandths / _UNIT)

    def pay(self, about: Mapping[str, tuple[int, int]], misses: Collection[str]) -> None:
        """Pay for alleles (name -> ac, an) and for what is not there. Raises BudgetSpent, and then nothing is told."""
        if not self.budget:
            return
        settings = self.house.settings
        below, days = settings.suppress_below, settings.query_budget_days
        prices = {name: price(ac, an, below=below) for name, (ac, an) in about.items()}
        prices |= dict.fromkeys(misses, price(None, None, below=below))
        at = self.house.clock()
        with self.house.database.reading() as connection:
            if all_paid(connection, self.reader, prices, at=at, days=days):
                return
        with self.house.database.transaction() as connection:
            told = spend(
                connection, self.reader, prices, budget=self.budget, most=1 / max(below, 1), at=at,
                days=days,
            )  # fmt: skip
        if not told:
            raise BudgetSpent(days)

    def spent(self) -> float:
        """What was spent in the window that ends now."""
        with self.house.database.reading() as connection:
            return spent_by(connection, self.reader, at=self.house.clock(), days=self.house.settings.query_budget_days)


def count_people(house: "House", reader: str, data: "DataSet", asked: Mapping[str, str]) -> "Feasible":
    """How many people of a data set have everything asked; paid for before it is told. Raises BudgetSpent."""
    found = feasible(house, data, asked)
    name, purse = f"{found.release} people {data.id} {sorted(asked.items())}", Purse.of(house, reader)
    if found.people:
        purse.pay({name: (found.people, max(people_in(house, data) or 0, found.people) + found.bound)}, ())
    else:
        purse.pay({}, (name,))
    return found


def reader_of(incoming: "Request") -> str:
    """ "account:NAME" for whoever signed in, else ""."""
    session = signed_in(incoming)
    return "" if session is None else f"account:{session.actor.id}"
