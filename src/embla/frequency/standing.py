"""Who is counted in a state of the store, read once and kept until something about people changes.

Reading everybody's row takes much longer than counting. The rows are kept per state of the store and day; they are read
anew when the event log holds anything new but look-ups, since whatever changes a person, a mark or a family leaves an
event in the same transaction.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from embla.frequency.model.cohorts import GROUPS, value_of
from embla.genome import Karyotype
from embla.platform import events_since, newest_events
from embla.registry import CountedGenome, counted_genomes

if TYPE_CHECKING:
    from datetime import date

    from embla.genotypes import ManifestId, Mask, View
    from embla.platform import House

Bools = NDArray[np.bool_]
# Events that say what somebody saw or was told, not what is so.
QUIET: Final = frozenset({
    "access-granted", "access-refused", "log-shown", "log-exported", "signed-in", "token-issued", "tokens-revoked",
    "account-created", "account-closed", "release-cut", "release-handed-over", "backup-made", "clinician-assigned",
    "case-closed", "identity-found", "identity-not-found", "answer-given", "answer-acknowledged", "answer-read",
    "follow-ups-opened", "follow-up-decided", "follow-up-escalated", "follow-up-closed", "patient-informed",
    "colleagues-asked", "colleague-replied", "follow-up-entry-aside", "follow-up-entry-done",
})  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """Everybody counted, opted-out persons too, in the order of `people`; `place`: each one's number in the view."""

    view: "View"
    people: tuple[CountedGenome, ...]
    place: NDArray[np.int64]

    @cached_property
    def of_person(self) -> dict[str, int]:
        """Pseudonym -> place in `people`."""
        return {person.person: i for i, person in enumerate(self.people)}

    @cached_property
    def families(self) -> dict[str, list[int]]:
        """Family -> places in `people`."""
        found: dict[str, list[int]] = defaultdict(list)
        for i, person in enumerate(self.people):
            if person.family is not None:
                found[person.family].append(i)
        return found

    @cached_property
    def opted_out(self) -> Bools:
        """(people,)"""
        return np.array([person.opted_out for person in self.people], dtype=np.bool_)

    @cached_property
    def unrelated(self) -> Bools:
        """(people,)"""
        return np.array([not person.related for person in self.people], dtype=np.bool_)

    @cached_property
    def columns(self) -> dict[str, tuple[tuple[str, ...], NDArray[np.int64]]]:
        """Table -> its groups in name order, and each person's place among them."""
        columns = {}
        for by in GROUPS:
            values = [value_of(person, by) for person in self.people]
            names = tuple(sorted(set(values)))
            place = {name: i for i, name in enumerate(names)}
            columns[by] = (names, np.array([place[value] for value in values], dtype=np.int64))
        return columns

    def group(self, by: str, value: str) -> Bools:
        """(people,) who is in a group."""
        names, code = self.columns[by]
        return code == names.index(value) if value in names else np.zeros(len(code), np.bool_)

    def sizes(self, by: str, chosen: Bools) -> dict[str, int]:
        """Group -> how many of the chosen, groups with nobody left out."""
        names, code = self.columns[by]
        counted = np.bincount(code[chosen], minlength=len(names)).tolist()
        return {name: n for name, n in zip(names, counted, strict=True) if n}

    def karyotypes(self, chosen: Bools) -> dict[Karyotype, int]:
        """The chosen by karyotype."""
        return {Karyotype(name): n for name, n in self.sizes("karyotype", chosen).items()}

    def mask(self, chosen: Bools) -> "Mask":
        """The chosen as a cohort of the view."""
        bits = np.zeros(self.view.size, dtype=np.bool_)
        bits[self.place[chosen]] = True
        return self.view.mask(bits)


@dataclass
class _Kept:
    """What was read, and the last event that it knows of."""

    manifest: "ManifestId"
    day: "date"
    event: int
    standing: Standing


_KEPT: dict[tuple[str, str], _Kept] = {}
_MOST_KEPT: Final = 4


def standing(house: "House", connection: Connection, on: "date") -> Standing:
    """As this transaction sees it."""
    view = house.view(connection)
    key = (str(house.settings.home), house.settings.database_url)
    kept = _KEPT.get(key)
    if kept is not None and (kept.manifest, kept.day) == (view.manifest, on):
        newest = _quiet_until(connection, kept.event)
        if newest is not None:
            kept.event = max(kept.event, newest)
            if kept.standing.view is not view:  # the store closed this state and opened it anew
                kept.standing = Standing(view, kept.standing.people, kept.standing.place)
            return kept.standing
    last = newest_events(connection, limit=1).items
    people = tuple(counted_genomes(connection, on=on, with_opted_out=True))
    place = np.array(view.numbers(person.accession for person in people), dtype=np.int64)
    found = Standing(view, people, place)
    while len(_KEPT) >= _MOST_KEPT and key not in _KEPT:
        _KEPT.pop(next(iter(_KEPT)), None)
    _KEPT[key] = _Kept(view.manifest, on, last[0].number if last else 0, found)
    return found


def _quiet_until(connection: Connection, number: int) -> int | None:
    """The newest event from `number` on when all after it are quiet, None when one is not."""
    newest = number
    for event in events_since(connection, number):
        if event.kind not in QUIET:
            return None
        newest = event.number
    return newest
