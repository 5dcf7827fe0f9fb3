"""How a region's laboratories report: decided, then counted out of the submissions; nothing of a case comes along."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Text, and_, func, literal_column, or_, select, type_coerce

from embla.errors import NotFound
from embla.policy import About, Action
from embla.registry import days_in_region, laboratories, permit, region_on, regions, regions_of
from embla.submission.model.regional import Counts, RegionReport, Share, Tally, broken_rules, summed
from embla.submission.tables import submissions

if TYPE_CHECKING:
    from embla.platform import Actor, House
    from embla.registry import Region

_ROWS: Final = 500


def region_report(house: "House", actor: "Actor", code: str, *, purpose: str = "reporting") -> RegionReport:
    """The packages that were received while their laboratory belonged to the region `code`, in numbers.

    A laboratory of a region that was merged counts for the old region until its last day (UTC) and for the new one from
    the next. NotPermitted for another region than the coordinator's; NotFound for one that there never was.
    """
    about = About(region=code)
    permit(house.database, actor, Action.SEE_REGION_SUBMISSIONS, purpose=purpose, clock=house.clock, about=about)
    at = house.clock()
    with house.database.reading() as connection:
        known = regions(connection)
        region = next((one for one in known if one.code == code), None)
        if region is None:
            raise NotFound(f"No region has the code {code[:20]}.", mend="`embla registry regions` lists them.")
        shares = _shares(connection, known, code, at.date())
        counts, months = summed(shares, _tallies(connection, shares))
        rules = broken_rules(_findings(connection, shares))
    total = Counts(**{name: sum(getattr(one, name) for one in counts.values()) for name in vars(Counts())})
    return RegionReport(
        region.code, region.name_en, region.name_da, region.valid_from, region.valid_to, region.succeeded_by, at,
        tuple((share, counts[share.laboratory]) for share in shares), tuple(months.items()), rules, total,
    )  # fmt: skip


def own_regions(house: "House", actor: "Actor") -> "tuple[list[Region], str | None]":
    """The regions that a coordinator may ask about today, and the code of the one that the own region is called now."""
    today = house.clock().date()
    with house.database.reading() as connection:
        known = regions(connection)
    if actor.region is None:
        return [], None
    mine = regions_of(known, actor.region, today)
    return [region for region in known if region.code in mine], region_on(known, actor.region, today)


def _shares(connection: Connection, known: "Sequence[Region]", code: str, today: date) -> list[Share]:
    found = []
    for one in laboratories(connection):
        days = days_in_region(known, one.region, code)
        if days is None or days[0] > today or (one.valid_to is not None and one.valid_to < days[0]):
            continue
        found.append(Share(one.id, one.name, None if days[0] == date.min else days[0], days[1]))
    return found


def _tallies(connection: Connection, shares: Sequence[Share]) -> Iterator[Tally]:
    table = submissions.c
    # Numbers that are written out: PostgreSQL takes two parameters of one value for two expressions.
    month = func.substr(type_coerce(table.received_at, Text), literal_column("1"), literal_column("7"))
    corrected = table.corrected_by.is_not(None)
    keys: list[ColumnElement[Any]] = [table.laboratory, month, table.state, corrected]
    names = ("laboratory", "month", "state", "corrected")
    told = [key.label(name) for key, name in zip(keys, names, strict=True)]
    sums = (func.count().label("packages"), func.sum(table.genomes).label("genomes"))
    query = select(*told, *sums).where(_within(shares), table.state != "tested").group_by(*keys)
    for row in connection.execute(query).mappings():
        accepted = row["state"] == "accepted"
        yield Tally(
            row["laboratory"], row["month"], accepted, accepted and bool(row["corrected"]), row["packages"],
            int(row["genomes"]) if accepted else 0,
        )  # fmt: skip


def _findings(connection: Connection, shares: Sequence[Share]) -> Iterator[set[str]]:
    """The rules that each refused package broke; nothing else of a finding leaves this function."""
    query = select(submissions.c.findings).where(_within(shares), submissions.c.state == "refused")
    for (text,) in connection.execute(query, execution_options={"yield_per": _ROWS}):
        yield {finding["rule"] for finding in json.loads(text) if finding.get("severity", "error") == "error"}


def _within(shares: Sequence[Share]) -> ColumnElement[bool]:
    """True of what a laboratory sent on a day on which it belonged to the region."""
    windows = []
    for share in shares:
        parts = [submissions.c.laboratory == share.laboratory]
        if share.since is not None:
            parts.append(submissions.c.received_at >= _midnight(share.since))
        if share.until is not None:
            parts.append(submissions.c.received_at < _midnight(share.until + timedelta(days=1)))
        windows.append(and_(*parts))
    return or_(*windows) if windows else submissions.c.id.is_(None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
