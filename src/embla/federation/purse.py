"""What a reader may still ask of the doors that tell of single alleles: the budget of an account, or of all others.

Paid before anything is told, whatever the granularity. The demo and tests of clients (`testMode`) tell of nobody.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from hmac import new as new_hmac
from ipaddress import ip_address, ip_network
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

from embla.datasets import feasible, people_in
from embla.disclosure import BudgetSpent, all_paid, price, spend, spent_by, sweep
from embla.platform.web import signed_in, token_holder

if TYPE_CHECKING:
    from starlette.requests import Request

    from embla.datasets import DataSet, Feasible
    from embla.platform import House

EVERYBODY: Final = "door"
_UNIT: Final = 1_000  # settings give thousandths
BLOCK: Final = "block:"
# So many blocks of addresses must spend their share before the open door closes for all.
SHARES: Final = 10
_USE: Final = "query budget: blocks of addresses"


class Purse(NamedTuple):
    """A reader's budget; 0 bounds nothing. `part`: the block of addresses among all who have not signed in."""

    house: "House"
    reader: str
    budget: float
    part: str = ""

    @classmethod
    def of(cls, house: "House", reader: str) -> "Purse":
        """`reader` as `reader_of` names one; "" is everybody who has not signed in, together."""
        settings = house.settings
        part = reader if reader.startswith(BLOCK) else ""
        is_open = bool(part) or not reader
        thousandths = settings.query_budget_open if is_open else settings.query_budget
        return cls(house, EVERYBODY if is_open else reader, 0 if settings.demo else thousandths / _UNIT, part)

    @property
    def floor(self) -> int:
        """Fewest copies that this reader is told of. At the open door so many that one allele costs no more than one
        block's share: a single rare one would otherwise close it for everybody."""
        below = self.house.settings.suppress_below
        return max(below, ceil(SHARES / self.budget)) if self.budget and self.reader == EVERYBODY else below

    def pay(self, about: Mapping[str, tuple[int, int]], misses: Collection[str]) -> None:
        """Pay for alleles (name -> ac, an) and for what is not there. Raises BudgetSpent, and then nothing is told."""
        if not self.budget:
            return
        below, days = self.floor, self.house.settings.query_budget_days
        prices = {name: price(ac, an, below=below) for name, (ac, an) in about.items()}
        prices |= dict.fromkeys(misses, price(None, None, below=below))
        at = self.house.clock()
        with self.house.database.reading() as connection:
            if all_paid(connection, self.reader, prices, at=at, days=days):
                return
        with self.house.database.transaction() as connection:
            told = spend(
                connection, self.reader, prices, budget=self.budget, most=1 / max(below, 1), at=at,
                days=days, part=self.part, share=self.budget / SHARES,
            )  # fmt: skip
        if not told:
            raise BudgetSpent(days)

    def spent(self) -> float:
        """What was spent in the window that ends now."""
        with self.house.database.reading() as connection:
            return spent_by(connection, self.reader, at=self.house.clock(), days=self.house.settings.query_budget_days)


def count_people(house: "House", reader: str, data: "DataSet", asked: Mapping[str, str]) -> "Feasible":
    """How many people of a data set have everything asked; paid for before it is told. Raises BudgetSpent."""
    found, purse = feasible(house, data, asked), Purse.of(house, reader)
    if found.people is not None and found.people < purse.floor:
        found = replace(found, people=None)
    name = f"{found.release} people {data.id} {sorted(asked.items())}"
    if found.people:
        purse.pay({name: (found.people, max(people_in(house, data) or 0, found.people) + found.bound)}, ())
    else:
        purse.pay({}, (name,))
    return found


def reader_of(incoming: "Request") -> str:
    """ "account:NAME" for whoever signed in or shows a token, else the block of addresses that the question comes
    from. NotPermitted for a token that does not stand."""
    if "authorization" in incoming.headers:
        return f"account:{token_holder(incoming).id}"
    session = signed_in(incoming)
    if session is not None:
        return f"account:{session.actor.id}"
    house: House = incoming.app.state.house
    return block_of(house, incoming.client.host if incoming.client else "")


def block_of(house: "House", address: str) -> str:
    """Name of the /24 of IPv4 or /48 of IPv6 that an address is in: providers give such a one to one customer.
    An address is a person's: the table holds it under a key of this home, and no longer than the window."""
    try:
        found = ip_address(address)
        block = str(ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))
    except ValueError:
        block = ""
    key = house.wrapping.derived(_USE)
    return BLOCK + new_hmac(key, block.encode(), "sha256").hexdigest()[:24]


def sweep_spending(house: "House") -> int:
    """Forget what was spent before the window; how much that was."""
    with house.database.transaction() as connection:
        return sweep(connection, at=house.clock(), days=house.settings.query_budget_days)
