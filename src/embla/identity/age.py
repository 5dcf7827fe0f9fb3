"""Whether a person decides for themselves, without telling how old they are."""

from datetime import date
from typing import TYPE_CHECKING, Final

from embla.identity import store
from embla.identity.zone import zone_of

if TYPE_CHECKING:
    from embla.platform import House

# Health Act section 17(1): patients who have turned 15 give consent themselves.
AGE_OF_DECISION: Final = 15


def may_decide(house: "House", person: str, on: date) -> bool | None:
    """True from the 15th birthday on; None when the zone cannot tell (no identity, or no birth month).

    A CPR number tells the day. Of others only the month is kept; they decide from the first of the next month on, so
    never too early.
    """
    with zone_of(house).reading() as inside:
        found = store.identities(inside, [person]).get(person)
    if found is None:
        return None
    born = next((number.born for number in reversed(found.numbers) if number.born is not None), None)
    if born is not None:
        return (on.year, on.month, on.day) >= (born.year + AGE_OF_DECISION, born.month, born.day)
    if found.born_month is None:
        return None
    return (on.year, on.month) > (found.born_month.year + AGE_OF_DECISION, found.born_month.month)
