"""The board's key figures as of a day: what was published until then, and what this Embla has counted since.

Three counters are called "60,000" and are never mixed: genomes reported (samples in the database), genome equivalents,
and whole genome sequencings. What cannot be known is None, with the reason.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from embla.governance.model import indicators
from embla.governance.model.cells import breakdown
from embla.governance.model.folding import Board
from embla.governance.model.history import History
from embla.governance.model.ledger import Ledger

SOURCES: Final = ("clinical", "general", "research")
USER_KINDS: Final = ("clinicians", "researchers", "partners")
_ROLE_OF: Final = {"clinicians": "clinician", "researchers": "researcher", "partners": "lab"}
UPTIME: Final = ("uptime_percent", "uptime_hours_down", "uptime_hours_by_plan")
GENOME_OF_EUROPE: Final = "genome-of-europe"
NO_LEDGER: Final = Ledger(())
CLOUDS: Final = ("managed", "self_managed", "production_external", "pipeline_test", "ready", "testing")
SINGLE: Final = {
    "pipelines": "pipelines", "tools": "tools", "research_groups": "research_groups", "projects": "projects",
    "patient_groups_included": "groups.included", "patient_groups_approved": "groups.approved",
    "patient_groups_pending": "groups.pending",
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """`value` None: not known, and `because` says why. `on`: the day it tells of; `events`: entries of the log it
    follows from, the first and last of a stretch where `many`; `rule`: how it is made."""

    value: Any
    rule: str
    because: str = ""
    on: date | None = None
    events: tuple[int, ...] = ()
    many: bool = False

    @property
    def cells(self) -> list[tuple[str, Any]]:
        """(cell, value) for a table, cells of cells too; one without a name for a single value."""
        if not isinstance(self.value, dict):
            return [("", self.value)]
        return [
            (f"{cell} {name}".strip(), value)
            for cell, n in self.value.items()
            for name, value in (n.items() if isinstance(n, dict) else [("", n)])
        ]


@dataclass(frozen=True)
class Own:
    """What this Embla has counted by a day, all in exact totals of the nation."""

    samples: int = 0
    genomes: int = 0
    equivalents: int = 0
    not_computable: int = 0
    specimens: int = 0
    accepted: int = 0
    refused: int = 0
    opened: Mapping[str, int] = field(default_factory=dict)
    first: int = 0
    last: int = 0
    months: Mapping[str, int] = field(default_factory=dict)

    @property
    def acceptance(self) -> float | None:
        """Accepted packages of those that were judged, in per cent."""
        judged = self.accepted + self.refused
        return round(100 * self.accepted / judged, 1) if judged else None


def own(board: Board, by: date, after: date | None = None) -> Own:
    """Sum the days up to `by`, and later than `after` where that is given."""
    last, first = by.isoformat(), "" if after is None else after.isoformat()
    days = [(day, one) for day, one in board.days.items() if first < day <= last]

    def total(name: str) -> int:
        return sum(getattr(one, name) for _, one in days)

    months: Counter[str] = Counter()
    opened: Counter[str] = Counter()
    for day, one in days:
        months[day[:7]] += one.samples
        opened.update(one.opened)
    return Own(
        total("samples"), total("genomes"), total("equivalents"), total("unknown"), total("specimens"),
        total("accepted"), total("refused"), opened, min((one.first for _, one in days), default=0),
        max((one.last for _, one in days), default=0), dict(sorted(months.items())),
    )  # fmt: skip


def key_figures(
    board: Board, history: History, as_of: date, ledger: Ledger = NO_LEDGER, *, below: int = 5,
    merged: Callable[[str, date], str] = lambda name, day: name,
) -> dict[str, Figure]:  # fmt: skip
    """Every figure as of the end of a day (UTC), by name. `merged`: a laboratory and a day -> its region."""
    return {
        **_genomes(board, history, as_of), **_growth(board, history, as_of), **_users(board, history, as_of),
        **_uptime(history, as_of, ledger), **_singles(history, as_of), **_rates(board, as_of),
        **_turnaround(ledger, as_of, below), **_europe(board, as_of, below, merged),
    }  # fmt: skip


def genomes(board: Board, history: History, as_of: date) -> Figure:
    """Samples in the database: the last published count, and on it what was counted here on later days."""
    published = history.newest("genomes", as_of)
    here = own(board, as_of, published.on if published is not None else None)
    rule = "samples"
    if published is None and not here.last:
        return Figure(
            None, rule, "nothing was published or counted by then; `embla board history load` loads 2019-2025"
        )
    events = (*((published.event,) if published else ()), *((here.first, here.last) if here.last else ()))
    on = as_of if here.last or published is None else published.on
    return Figure((int(published.value) if published else 0) + here.samples, rule, "", on, events, bool(here.last))


def _genomes(board: Board, history: History, as_of: date) -> dict[str, Figure]:
    total = genomes(board, history, as_of)
    published = history.newest("genomes", as_of)
    return {
        "genomes": total,
        "genomes_by_source": _by_source(board, history, as_of, published.on if published else None),
        "genome_equivalents": _equivalents(board, history, as_of),
    }  # fmt: skip


def _by_source(board: Board, history: History, as_of: date, on: date | None) -> Figure:
    rule = "sources"
    here = own(board, as_of, on)
    if on is None:
        why = "no split by source was published; what was counted here is in `breakdown`, from the first release on"
        return Figure(None, rule, why if here.last else "nothing was published or counted by then")
    told = [history.on(f"genomes.{name}", on) for name in SOURCES]
    if any(one is None for one in told):
        last = history.newest("genomes.clinical", as_of)
        since = "" if last is None else f", the last one was for {last.on}"
        return Figure(None, rule, f"no split by source was published for {on}{since}")
    if here.samples:
        return Figure(None, rule, f"published for {on}; what was counted here since is in `breakdown`")
    values = {name: int(one.value) for name, one in zip(SOURCES, told, strict=True) if one is not None}
    return Figure(values, rule, "", on, tuple(one.event for one in told if one is not None))


def _equivalents(board: Board, history: History, as_of: date) -> Figure:
    rule, here = "equivalents", own(board, as_of)
    published = history.newest("genomes", as_of)
    if published is not None:
        why = (
            f"depth and kind of the {int(published.value):,} samples published for {published.on} are not known, so "
            f"their equivalents cannot be computed; of those counted here: {here.equivalents:,}"
        )
        return Figure(None, rule, why)
    if not here.last:
        return Figure(None, rule, "nothing was counted by then")
    if here.samples and here.samples == here.not_computable:
        return Figure(None, rule, "no sample's equivalent can be computed: each lacks its depth or has no rule")
    return Figure(here.equivalents, rule, "", as_of, (here.first, here.last), True)


def _growth(board: Board, history: History, as_of: date) -> dict[str, Figure]:
    """Of the year that ended last: from one year's end to the next."""
    end = as_of if (as_of.month, as_of.day) == (12, 31) else date(as_of.year - 1, 12, 31)
    rule = "growth"
    now, before = (_at_year_end(board, history, day) for day in (end, end.replace(year=end.year - 1)))
    if now is None or before is None or not before.value:
        why = f"the count at the end of {end.year if now is None else end.year - 1} is not known"
        return {name: Figure(None, rule, why) for name in ("growth_year_percent", "growth_year_genomes")}
    more = now.value - before.value
    events = (*before.events, *now.events)
    exact = (Decimal(100 * more) / before.value).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {
        "growth_year_percent": Figure(float(exact), rule, "", end, events),
        "growth_year_genomes": Figure(more, rule, "", end, events),
    }


def _at_year_end(board: Board, history: History, day: date) -> Figure | None:
    """Known where it was published for that very day, or where we counted ourselves by then."""
    if history.on("genomes", day) is None and not own(board, day).last:
        return None
    found = genomes(board, history, day)
    return found if found.on == day else None


def _users(board: Board, history: History, as_of: date) -> dict[str, Figure]:
    here, rule = own(board, as_of), "users"
    if here.opened.get("all"):
        kinds = {name: here.opened.get(role, 0) for name, role in _ROLE_OF.items()}
        events = (here.first, here.last)
        return {
            "users": Figure(here.opened["all"], rule, "", as_of, events, True),
            "users_by_kind": Figure(kinds | {"others": here.opened["all"] - sum(kinds.values())}, rule, "", as_of,
                                    events, True),
        }  # fmt: skip
    total = _newest(history, "users", as_of, rule)
    told = [history.on(f"users.{name}", total.on) for name in USER_KINDS] if total.on else []
    if not told or any(one is None for one in told):
        why = total.because or f"no split of users was published for {total.on}"
        return {"users": total, "users_by_kind": Figure(None, rule, why)}
    values = {name: int(one.value) for name, one in zip(USER_KINDS, told, strict=True) if one is not None}
    printed = tuple(one.event for one in told if one is not None)
    return {"users": total, "users_by_kind": Figure(values, rule, "", total.on, printed)}


def hours_down(percent: Decimal, year: int) -> float:
    """Hours of a year without service: 99.2 % of 8,760 hours are 70.1 hours down."""
    hours = (date(year + 1, 1, 1) - date(year, 1, 1)).days * 24
    return float(((100 - percent) / 100 * hours).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _uptime(history: History, as_of: date, ledger: Ledger) -> dict[str, Figure]:
    """Of the year that the day is in, from the outage register; else the last published."""
    seen = indicators.uptime(ledger, as_of.year, as_of)
    if seen is not None:
        events = tuple(one.event for one in ledger.of("outage", as_of))
        down = float(seen.planned + seen.unplanned)
        parts = {"planned": float(seen.planned), "unplanned": float(seen.unplanned)}
        return {
            "uptime_percent": Figure(seen.percent, "uptime", "", as_of, events),
            "uptime_hours_down": Figure(down, "uptime", "", as_of, events),
            "uptime_hours_by_plan": Figure(parts, "uptime", "", as_of, events),
        }
    found = history.newest("uptime", as_of)
    if found is None:
        why = "no uptime was published by then, and no outage register covers the year"
        return {name: Figure(None, "uptime", why) for name in UPTIME}
    events = (found.event,)
    return {
        "uptime_percent": Figure(float(found.value), "uptime", "", found.on, events),
        "uptime_hours_down": Figure(hours_down(found.value, found.on.year), "uptime", "", found.on, events),
        "uptime_hours_by_plan": Figure(None, "uptime", "planned and unplanned hours were not published apart"),
    }


def _turnaround(ledger: Ledger, as_of: date, below: int) -> dict[str, Figure]:
    made = {}
    for one in indicators.turnaround(ledger, as_of.year, below=below, by=as_of):
        name = "turnaround_urgent_days" if one.urgent else "turnaround_days"
        value = None if one.p90 is None else {"p50": one.p50, "p90": one.p90, "goal": one.goal}
        why = "" if value else f"no table of days from receipt to data ready was entered for {as_of.year}"
        made[name] = Figure(value, "turnaround", why, as_of if value else None,
                            tuple(line.event for line in ledger.of("turnaround", as_of) if "group" not in line.says)
                            if value else ())  # fmt: skip
    return made


def _europe(board: Board, as_of: date, below: int, merged: Callable[[str, date], str]) -> dict[str, Figure]:
    """A counter of its own, never added to the others: its genomes are in them already."""
    seen = breakdown(board, "study", as_of, below=below, merged=merged)
    count = seen.cells.get(GENOME_OF_EUROPE)
    why = "" if count is not None else "no release has told of it: none was reported, or too few to be shown"
    return {"genome_of_europe": Figure(count, "goe", why, seen.on if count is not None else None)}


def _singles(history: History, as_of: date) -> dict[str, Figure]:
    table = history.newest("users", as_of)
    made = {name: _newest(history, measure, as_of, "published") for name, measure in SINGLE.items()}
    for name, one in made.items():
        if table is not None and one.on is not None and one.on < table.on:
            # The newest table prints a dash there: what an older one said does not hold any more.
            made[name] = Figure(None, "published", f"the table of {table.on} has no figure; the one of {one.on} had")
    clouds = [history.newest(f"clouds.{name}", as_of) for name in CLOUDS]
    values = {name: int(one.value) for name, one in zip(CLOUDS, clouds, strict=True) if one is not None}
    events = tuple(one.event for one in clouds if one is not None)
    on = clouds[0].on if clouds[0] is not None else None
    why = "" if values else "no clouds were published by then"
    return made | {"clouds": Figure(values or None, "published", why, on, events)}


def _rates(board: Board, as_of: date) -> dict[str, Figure]:
    here = own(board, as_of)
    why = "" if here.acceptance is not None else "no package has been judged here"
    events = (here.first, here.last) if here.last else ()
    return {
        "acceptance_percent": Figure(here.acceptance, "acceptance", why, as_of if not why else None, events, True),
        "monthly_production": Figure(
            dict(here.months) or None, "production", "" if here.months else "nothing was counted here by then",
            as_of if here.months else None, events, True,
        ),
    }  # fmt: skip


def _newest(history: History, measure: str, as_of: date, rule: str) -> Figure:
    found = history.newest(measure, as_of)
    if found is None:
        return Figure(None, rule, "no figure was published by then")
    return Figure(int(found.value), rule, "", found.on, (found.event,))
