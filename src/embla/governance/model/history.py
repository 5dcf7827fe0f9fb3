"""Published figures, as they were printed, each with the page it stands on; and the series they make."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from embla.governance.model.forecast import realised_pace


@dataclass(frozen=True)
class Published:
    """One printed figure. `on`: the day it tells of; `event`: its number in the log, 0 before it was loaded."""

    measure: str
    on: date
    value: Decimal
    unit: str
    source: str
    place: str
    note: str = ""
    event: int = 0

    @property
    def subject(self) -> str:
        """What its events in the log are about."""
        return f"history:{self.measure}@{self.on.isoformat()}"

    def body(self) -> dict[str, Any]:
        """As its event says it: marked as history, so that nobody takes it for something that happened here."""
        return {
            "historical": True, "measure": self.measure, "on": self.on.isoformat(), "value": str(self.value),
            "unit": self.unit, "source": self.source, "place": self.place,
        }  # fmt: skip

    @classmethod
    def of(cls, body: dict[str, Any], event: int) -> "Published":
        """The inverse of `body`."""
        return cls(
            body["measure"], date.fromisoformat(body["on"]), Decimal(body["value"]), body["unit"], body["source"],
            body["place"], event=event,
        )  # fmt: skip


@cache
def shipped() -> tuple[Published, ...]:
    """The series 2019-2025 that come with the program."""
    text = files("embla.governance").joinpath("data/history.tsv").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines()[1:] if line]
    return tuple(
        Published(measure, date.fromisoformat(on), Decimal(value), unit, source, place, note)
        for measure, on, value, unit, source, place, note in lines
    )


class History:
    """The figures that have been loaded, by measure and day."""

    def __init__(self, figures: Iterable[Published]) -> None:
        self._by: dict[str, dict[date, Published]] = {}
        for one in figures:
            self._by.setdefault(one.measure, {})[one.on] = one

    def __bool__(self) -> bool:
        return bool(self._by)

    def measures(self) -> list[str]:
        """What has been published, by name."""
        return sorted(self._by)

    def series(self, measure: str, by: date | None = None) -> list[Published]:
        """A measure's figures up to a day, oldest first."""
        found = self._by.get(measure, {})
        return [found[on] for on in sorted(found) if by is None or on <= by]

    def newest(self, measure: str, by: date) -> Published | None:
        """The last figure that tells of a day no later than `by`."""
        return next(reversed(self.series(measure, by)), None)

    def on(self, measure: str, day: date) -> Published | None:
        """The figure of exactly this day."""
        return self._by.get(measure, {}).get(day)

    def value(self, measure: str, day: date) -> Decimal | None:
        """Its value."""
        found = self.on(measure, day)
        return None if found is None else found.value

    def under(self, prefix: str, day: date) -> dict[str, Decimal]:
        """Every figure of one day whose measure begins with `prefix`, by what follows it."""
        return {
            name.removeprefix(prefix): self._by[name][day].value
            for name in sorted(self._by)
            if name.startswith(prefix) and day in self._by[name]
        }


def paces(history: History, by: date, steps: int = 2) -> list[Decimal]:
    """Realised genomes a month between the last published counts that were known by a day, newest step last."""
    found = []
    for first, last in pairwise(history.series("genomes", by)):
        pace = realised_pace(first.on, int(first.value), last.on, int(last.value))
        if pace is not None:
            found.append(pace)
    return found[-steps:]
