"""Who left and is still in the open numbers: how many, since when, and until when at the latest.

They are out of every live count at once. The open number waits until `release_step` people left, so that it does not
show one of them; it waits no longer than `leaver_days`. Whoever cuts a release near the end of a wait settles it
(`cutting.py`); where nobody did, or could, the part is withheld from then on (`overdue`).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select

from embla.disclosure import members, published_under
from embla.errors import Refused
from embla.frequency import tables
from embla.frequency.ground import number_of, sources_of
from embla.frequency.model.cohorts import TOTAL
from embla.policy import Action
from embla.registry import leavers, permit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embla.platform import Actor, House

# A release that is cut in the last days of a wait ends it: the next one may come too late.
SETTLE_DAYS: Final = 31
_KNOWN: dict[tuple[object, ...], frozenset[str]] = {}
_MOST_KNOWN: Final = 64


@dataclass(frozen=True)
class Waiting:
    """One part of the newest release (`total` or a table): how many who left are still in its numbers."""

    part: str
    source: str  # the release whose numbers it shows
    people: int
    since: date  # the first of them left on this day, or it was published then
    due: date  # from the day after on the part is withheld

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "part": self.part,
            "numbers_from": self.source,
            "people": self.people,
            "since": self.since.isoformat(),
            "due": self.due.isoformat(),
        }


def waiting(house: "House", actor: "Actor") -> list[Waiting]:
    """What the data protection officer sees; parts in which nobody waits are left out. Raises NotPermitted."""
    permit(house.database, actor, Action.SEE_LEAVERS, purpose="supervision", clock=house.clock)
    with house.database.reading() as connection:
        number = _newest(connection)
        return _waiting(house, connection, sources_of(connection, number), house.clock()) if number else []


def due_soon(house: "House", connection: Connection, sources: "Mapping[str, str]", at: datetime) -> bool:
    """Does somebody's wait end before a next release may be expected?"""
    return any((one.due - at.date()).days <= SETTLE_DAYS for one in _waiting(house, connection, sources, at))


def overdue(house: "House") -> frozenset[str]:
    """Sources and parts, as "2026.1/region", that nobody may see now. Looked up once an hour: days decide.

    A release that is cut meanwhile does not change what is withheld of earlier ones, and nobody in it is late.
    """
    at = house.clock()
    key = _hour(house, at)
    found = _KNOWN.get(key)
    if found is None:
        with house.database.reading() as connection:
            number = _newest(connection)
            waits = _waiting(house, connection, sources_of(connection, number), at) if number is not None else []
        while len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.pop(next(iter(_KNOWN)), None)
        found = _KNOWN[key] = frozenset(f"{one.source}/{one.part}" for one in waits if one.due < at.date())
    return found


def overdue_known(house: "House") -> frozenset[str] | None:
    """The same where it was looked up this hour, else None. Asks nobody."""
    return _KNOWN.get(_hour(house, house.clock()))


def _hour(house: "House", at: datetime) -> tuple[object, ...]:
    return (str(house.settings.home), house.settings.database_url, at.strftime("%Y%m%d%H"), house.settings.leaver_days)


def refuse_withheld(late: frozenset[str], source: str, part: str = TOTAL) -> None:
    """Raises Refused when the total, or another part, that this source cut is withheld: so is every answer from it."""
    if f"{source}/{part}" in late:
        raise Refused(
            "These numbers are withheld: somebody who left is in them, and the time to wait is over.",
            mend="They come back with the next release.",
        )


def _newest(connection: Connection) -> str | None:
    query = select(tables.releases.c.number).order_by(tables.releases.c.year.desc(), tables.releases.c.serial.desc())
    return connection.execute(query.limit(1)).scalar()


def _waiting(house: "House", connection: Connection, sources: "Mapping[str, str]", at: datetime) -> list[Waiting]:
    gone = {number_of(leaver.accession): leaver for leaver in leavers(connection, on=at.date())}
    if not gone:
        return []
    cut_on = {
        row.number: row.cut_at.date()
        for row in connection.execute(select(tables.releases.c.number, tables.releases.c.cut_at))
    }
    everyone = {
        entry.name.partition("/")[0]: entry.members
        for entry in published_under(connection, [f"{source}/{TOTAL}" for source in set(sources.values())])
    }
    numbers = members(gone)
    found = []
    for part in sorted(sources, key=lambda name: (name != TOTAL, name)):
        source = sources[part]
        inside = set(numbers.tolist()) & set(everyone[source].tolist()) if source in everyone else set()
        if inside:
            since = min(max(gone[number].since, cut_on[source]) for number in inside)
            due = since + timedelta(days=house.settings.leaver_days)
            people = len({gone[number].person for number in inside})
            found.append(Waiting(part, source, people, since, due))
    return found
