"""What pages show of what was counted here: everything as of the last cut, so that two looks never differ by a few."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from embla.errors import NotFound
from embla.governance.model import indicators
from embla.governance.model.cells import at_last_cut, spans
from embla.governance.model.entered import expected
from embla.governance.model.folding import KINDS
from embla.governance.model.kpis import Figure, genomes
from embla.governance.model.ledger import ELEMENTS
from embla.governance.reading import View, view
from embla.platform import Event, events_since, numbered_events
from embla.policy import Action, permit
from embla.registry import patient_groups

if TYPE_CHECKING:
    from embla.platform import Actor, House
    from embla.registry import PatientGroup

MOST_EVENTS: Final = 200


def shown_view(house: "House", actor: "Actor", day: date) -> View:
    """The board's view for who may see it, its counts cut off at the last release on or before a day."""
    permit(house.database, actor, Action.SEE_BOARD, purpose="statistics", clock=house.clock)
    return at_cut(view(house), day)


def at_cut(seen: View, day: date) -> View:
    """The same, with the days after the last cut left out; and no equivalents where their kinds would be told."""
    return replace(seen, board=at_last_cut(seen.board, day, seen.below), cut_off=True)


def points(seen: View, day: date) -> tuple[list[tuple[date, int]], list[tuple[date, int]]]:
    """(day, count): as published, and at each cut that tells."""
    published = [(one.on, int(one.value)) for one in seen.history.series("genomes", day)]
    cuts: dict[date, int] = {}
    for span in spans(seen.board, day, seen.below):
        on = date.fromisoformat(seen.board.cuts[span[-1]][1])
        found = genomes(at_last_cut(seen.board, on, seen.below), seen.history, on)
        if found.value is not None and (not published or on > published[-1][0]):
            cuts[on] = int(found.value)
    return published, list(cuts.items())


def events_behind(house: "House", figure: Figure) -> tuple[list[Event], dict[str, int]]:
    """The entries themselves where they are few and public; of a stretch of the log how many there are of each kind."""
    with house.database.reading() as connection:
        if not figure.many:
            return numbered_events(connection, figure.events[:MOST_EVENTS]), {}
        first, last = min(figure.events, default=0), max(figure.events, default=0)
        some = [number for number in figure.events if number not in (first, last)]
        kinds: Counter[str] = Counter()
        for event in events_since(connection, first - 1, kinds=KINDS):
            if event.number > last:
                break
            kinds[event.kind] += 1
        marked = [one for one in numbered_events(connection, [*some, first, last]) if one.body.get("historical")]
        return marked, dict(kinds)


@dataclass(frozen=True)
class Evaluation:
    """The six fixed elements of a patient group's report (annual report 2023, p. 20); the first two from data.
    `turnaround` is of the group's own days; what was not entered for it is not known, whatever those of all are."""

    group: "PatientGroup"
    count: int | None
    because: str
    release: str | None
    expected: int | None
    at_least: float | None
    turnaround: Sequence[indicators.Turnaround]
    texts: dict[str, str]

    @property
    def missing(self) -> tuple[str, ...]:
        """Elements that nobody has written yet."""
        return tuple(name for name in ELEMENTS[2:] if name not in self.texts)


def evaluation(house: "House", seen: View, code: str, day: date) -> Evaluation:
    """The report as it stands. NotFound for a code that no group has."""
    with house.database.reading() as connection:
        group = next((one for one in patient_groups(connection) if one.code == code), None)
    if group is None:
        raise NotFound("No patient group has this code.", mend="`embla registry groups` lists them.")
    told = seen.breakdown("patient_group", day)
    count = told.cells.get(code)
    line = expected(seen.ledger, day).get(code)
    wanted = int(line.says["equivalents"]) if line is not None else None
    texts = {one.says["element"]: str(one.says["text"]) for one in seen.ledger.of("report", day)
             if one.says["group"] == code}  # fmt: skip
    return Evaluation(
        group, count, "" if count is not None else "no release shows it: none was reported, or too few", told.release,
        wanted, indicators.implementation(seen.groups_in_year(day).get(code), wanted),
        indicators.turnaround(seen.ledger, day.year, below=seen.below, by=day, group=code), texts,
    )  # fmt: skip
