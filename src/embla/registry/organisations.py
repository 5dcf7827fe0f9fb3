"""Regions, laboratories and patient groups: registers with days of validity, filled from `data/registers.json`."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from embla.errors import NotFound, UsageError
from embla.platform import Actor, append_event
from embla.registry import tables
from embla.registry.model.values import Laboratory, PatientGroup, Region


def shipped_registers() -> dict[str, Any]:
    """What `data/registers.json` says: regions, laboratories, patient_groups."""
    made: dict[str, Any] = json.loads(files("embla.registry").joinpath("data/registers.json").read_text("utf-8"))
    return made


def seed(connection: Connection) -> bool:
    """Fill an empty registry from the shipped data; True when it did. A home that has regions is left alone."""
    if connection.execute(select(tables.regions.c.code).limit(1)).first() is not None:
        return False
    data = shipped_registers()
    connection.execute(insert(tables.regions), [_days(item) for item in data["regions"]])
    connection.execute(insert(tables.laboratories), [_days(item) for item in data["laboratories"]])
    groups = [item | {"position": position} for position, item in enumerate(data["patient_groups"], 1)]
    connection.execute(insert(tables.patient_groups), groups)
    return True


def regions(connection: Connection, on: date | None = None) -> list[Region]:
    """Every region by code, or those of one day."""
    found = [Region(**row._mapping) for row in connection.execute(select(tables.regions).order_by("code"))]
    return [region for region in found if on is None or region.valid_on(on)]


def region_on(known: Iterable[Region], code: str, day: date) -> str:
    """The code of the region that `code` belongs to on a day: itself, or what came in its place."""
    by_code = {region.code: region for region in known}
    seen: set[str] = set()
    while code in by_code and code not in seen:
        seen.add(code)
        region = by_code[code]
        if region.valid_to is None or day <= region.valid_to or region.succeeded_by is None:
            break
        code = region.succeeded_by
    return code


def days_in_region(known: Iterable[Region], code: str, asked: str) -> tuple[date, date | None] | None:
    """The first and the last day (None: no end) on which what belongs to `code` belongs to the region `asked`; None for
    never. On each of these days `region_on` gives `asked`."""
    by_code = {region.code: region for region in known}
    start, seen = date.min, set[str]()
    while code in by_code and code not in seen:
        seen.add(code)
        region = by_code[code]
        end = region.valid_to if region.succeeded_by is not None else None
        if code == asked:
            return (start, end) if end is None or start <= end else None
        if end is None or region.succeeded_by is None:
            return None
        start, code = max(start, end + timedelta(days=1)), region.succeeded_by
    return None


def regions_of(known: Iterable[Region], code: str, day: date) -> tuple[str, ...]:
    """The regions that an account of the region `code` may ask about on a day, by code: this one once it has begun,
    those that took its place, and those whose place it took itself.

    A region that takes the place of others has their records from that day on. An account of an earlier one keeps its
    own region's and gets the new one's, and never what was another region's before.
    """
    everything = list(known)

    def began(of: str, asked: str) -> bool:
        days = days_in_region(everything, of, asked)
        return days is not None and days[0] <= day

    begun = [region.code for region in everything if region.valid_from <= day]
    return tuple(other for other in begun if began(code, other) or (code in begun and began(other, code)))


def laboratories(connection: Connection, on: date | None = None) -> list[Laboratory]:
    """Every laboratory by id, or those that may report on one day."""
    found = [_laboratory(row) for row in connection.execute(select(tables.laboratories).order_by("id"))]
    return [laboratory for laboratory in found if on is None or laboratory.valid_on(on)]


def find_laboratory(connection: Connection, laboratory: str) -> Laboratory | None:
    """The laboratory of this id, also one that is not valid any more."""
    row = connection.execute(select(tables.laboratories).where(tables.laboratories.c.id == laboratory)).one_or_none()
    return None if row is None else _laboratory(row)


def add_laboratory(connection: Connection, laboratory: Laboratory, *, by: Actor, at: datetime) -> None:
    """Register a laboratory. UsageError for a bad or taken id, NotFound for an unknown region."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,30}", laboratory.id):
        raise UsageError("This is no laboratory id.", mend="2 to 31 of a-z 0-9 -.")
    if not 0 < len(laboratory.name) <= 200 or not laboratory.name.isprintable():
        raise UsageError("A laboratory's name has 1 to 200 visible characters.", mend="Give it a shorter, plain name.")
    if find_laboratory(connection, laboratory.id) is not None:
        raise UsageError(f"A laboratory {laboratory.id} is registered.", mend="Choose another id.")
    known = [region.code for region in regions(connection)]
    if laboratory.region not in known:
        raise NotFound(f"No region has the code {laboratory.region}.", mend=f"Known: {', '.join(known)}.")
    connection.execute(insert(tables.laboratories).values(**vars(laboratory)))
    append_event(
        connection,
        at=at,
        actor=by.id,
        kind="laboratory-added",
        subject=f"laboratory:{laboratory.id}",
        body={"region": laboratory.region, "valid_from": laboratory.valid_from.isoformat()},
    )


def accredit(
    connection: Connection, laboratory: str, *, name: str, since: date, until: date | None, by: Actor, at: datetime
) -> Laboratory:
    """Note a laboratory's accreditation and its days; a later one takes the place of the one before, which stays in the
    log. NotFound for an unknown laboratory, UsageError for days that make no stretch."""
    found = find_laboratory(connection, laboratory)
    if found is None:
        raise NotFound(f"No laboratory is called '{laboratory}'.", mend="`embla registry labs` lists the ids.")
    if until is not None and until < since:
        raise UsageError(f"An accreditation cannot end on {until}, before it began on {since}.")
    if not 0 < len(name) <= 200 or not name.isprintable():
        raise UsageError("An accreditation has a name of 1 to 200 visible characters.", mend="Write, say, ISO 15189.")
    values = {"accreditation": name, "accredited_from": since, "accredited_to": until}
    table = tables.laboratories
    connection.execute(update(table).where(table.c.id == laboratory).values(**values))
    append_event(
        connection,
        at=at,
        actor=by.id,
        kind="laboratory-accredited",
        subject=f"laboratory:{laboratory}",
        body={"accreditation": name, "since": since.isoformat(), "until": until.isoformat() if until else None},
    )
    return replace(found, **values)  # type: ignore[arg-type]


def patient_groups(connection: Connection) -> list[PatientGroup]:
    """Every patient group, in the national order."""
    columns = [tables.patient_groups.c[name] for name in ("code", "name_en", "name_da")]
    query = select(*columns).order_by(tables.patient_groups.c.position)
    return [PatientGroup(**row._mapping) for row in connection.execute(query)]


def _laboratory(row: Row[Any]) -> Laboratory:
    return Laboratory(**row._mapping)


def _days(item: dict[str, Any]) -> dict[str, Any]:
    days = {name: item[name] and date.fromisoformat(item[name]) for name in ("valid_from", "valid_to")}
    return item | days
