"""What a row says of a way in."""

from dataclasses import dataclass
from typing import Final

from embla.policy import Action


@dataclass(frozen=True)
class Gate:
    """One row. `actions`: any of these must have been decided. None of them: `signed_in` says whether a session is
    needed, about which the page then shows nothing but what is its own."""

    actions: tuple[Action, ...] = ()
    signed_in: bool = False


@dataclass(frozen=True)
class Command:
    """One row for a command. `asks`: its service asks for the decision itself; else it is asked for when the home
    opens. `purpose` is what the operator then states."""

    action: Action | None = None
    purpose: str = ""
    asks: bool = False


OPEN: Final = Gate()
OWN: Final = Gate(signed_in=True)


# On files, bare stores and no home at all; or open to everybody.
BARE: Final = Command()
PUBLIC: Final = Command(Action.READ_RELEASE, "statistics")
# The machine itself: there is nothing to decide about before there is a home.
MACHINE: Final = Command()
