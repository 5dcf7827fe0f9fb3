"""Find a person by number: for the officer, when somebody asks for their rights by the number they know."""

from typing import TYPE_CHECKING

from embla.errors import NotFound
from embla.identity import find_persons, parse_number
from embla.policy import Action, permit

if TYPE_CHECKING:
    from embla.platform import Actor, House


def person_of_number(house: "House", actor: "Actor", number: str) -> str:
    """The pseudonym behind a number, out of the zone; decided and logged there by pseudonym, never by the number.

    BadInput (which does not repeat it) for what is no number, NotFound for one that the zone does not know.
    """
    asked = parse_number(number)
    decision = permit(house.database, actor, Action.LOOK_UP_IDENTITY, purpose="rights", clock=house.clock)
    found = find_persons(house, decision, [asked])[0]
    if found is None:
        raise NotFound("Nobody with this number is known here.", mend="Check the number; it is not kept.")
    return found
