"""The operator on behalf of an account, at the machine; that it was the operator is in the log before anything."""

from typing import TYPE_CHECKING

from embla.errors import NotFound
from embla.platform.accounts import find_account
from embla.platform.actor import OPERATOR, Actor
from embla.platform.events import append_event

if TYPE_CHECKING:
    from embla.platform.house import House


def act_for(house: "House", account: str, what: str, **more: str) -> Actor:
    """The account's actor; `what` and `more` go into the entry. NotFound for none that is open."""
    with house.database.reading() as connection:
        found = find_account(connection, account)
    if found is None or found.closed is not None:
        raise NotFound("There is no open account of this name.", mend="`embla home accounts` lists them.")
    with house.database.transaction() as connection:
        append_event(
            connection, at=house.clock(), actor=OPERATOR.id, kind="acted-for", subject=f"account:{found.name}",
            body={"what": what, **more},
        )  # fmt: skip
    return found.actor
