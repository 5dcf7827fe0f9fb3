"""Who saw what of a person, when, why and on which basis: on the screen, as an extract, and the look itself logged."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embla.care import person_asked
from embla.errors import NotFound
from embla.oversight import store
from embla.oversight.folding import catch_up
from embla.oversight.model.lines import Line, line_of, redacted
from embla.platform import find_account
from embla.policy import About, Action, permit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from embla.platform import Actor, Event, House

STAFF: tuple[str, ...] = ("role", "account")


@dataclass(frozen=True)
class Seen:
    """One screen of a person's log; `next` is the cursor of the page after."""

    person: str
    lines: tuple[Line, ...]
    next: str | None


@dataclass(frozen=True)
class Extract:
    """Everything that the log says of a person, oldest first. `staff`: how staff are told, by role or by account."""

    person: str
    lines: tuple[Line, ...]
    staff: str
    event: int


def who_saw(house: "House", actor: "Actor", person: str, *, cursor: str | None = None, limit: int = 50) -> Seen:
    """A page, newest first. `person` is a pseudonym, an accession or LABORATORY:KEY. NotFound for nobody of ours."""
    known = _asked(house, actor, person, Action.SEE_ACCESS_LOG, "supervision")[0]
    with house.database.reading() as connection:
        page = store.entries_about(connection, known, cursor=cursor, limit=limit)
        return Seen(known, tuple(_lines(connection, page.items)), page.next)


def extract(house: "House", actor: "Actor", person: str) -> Extract:
    """The whole log of a person, for the person (GDPR article 15). This look is its last line."""
    known, event = _asked(house, actor, person, Action.EXTRACT_LOG, "rights")
    staff = house.settings.extract_staff
    with house.database.reading() as connection:
        lines = _lines(connection, store.all_entries_about(connection, known))
    return Extract(known, tuple(redacted(lines) if staff == "role" else lines), staff, event)


def _asked(house: "House", actor: "Actor", person: str, action: Action, purpose: str) -> tuple[str, int]:
    """Decide and log, and fold the log up to this very look; who it is and the look's number."""
    known = person_asked(house, person)
    about = About(person=known or "unknown")
    decision = permit(house.database, actor, action, purpose=purpose, clock=house.clock, about=about)
    if known is None:
        raise NotFound("No such person was reported.", mend="Give the pseudonym, an accession, or LABORATORY:KEY.")
    catch_up(house)
    return known, decision.event or 0


def _lines(connection: "Connection", events: "Iterable[Event]") -> list[Line]:
    found = list(events)
    roles = {}
    for name in {event.actor for event in found}:
        account = find_account(connection, name)
        roles[name] = ", ".join(sorted(account.roles)) if account is not None else ""
    return [line_of(event, {name: role for name, role in roles.items() if role}) for event in found]
