"""Panels: defined by the operator, drafted and approved by laboratories of the net, put in force on a day."""

import json
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, insert, select, update

from embla.classification.model import panel as rules
from embla.classification.model.panel import Approval, Entry, Panel, PanelVersion
from embla.classification.tables import panel_approvals, panel_versions, panels
from embla.errors import BadInput, Conflict, NameTaken, NotFound, Refused
from embla.platform import append_event
from embla.policy import Action, permit
from embla.reference import refuse_personal_number
from embla.registry import laboratories, patient_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embla.platform import Actor, House


def define_panel(house: "House", actor: "Actor", one: Panel) -> Panel:
    """A new panel of a net, without a version yet."""
    permit(house.database, actor, Action.MANAGE_REGISTRY, purpose="operation", clock=house.clock)
    at = house.clock()
    with house.database.transaction() as connection:
        rules.checked_panel(one, [lab.id for lab in laboratories(connection, on=at.date())])
        if one.indication not in [group.code for group in patient_groups(connection)]:
            raise BadInput("There is no such patient group.", mend="`embla registry groups` lists them.")
        if _panel(connection, one.id) is not None:
            raise NameTaken("There is a panel of this id.", mend="Draft a version of it, or choose another id.")
        values = {**vars(one), "members": json.dumps(sorted(set(one.members)))}
        connection.execute(insert(panels).values(**values))
        append_event(
            connection, at=at, actor=actor.id, kind="panel-defined", subject=f"panel:{one.id}",
            body={"members": sorted(one.members), "needed": one.needed, "indication": one.indication},
        )  # fmt: skip
    return one


def draft_panel(
    house: "House", actor: "Actor", panel: str, entries: "Sequence[Entry]", why: str, *, expected: int
) -> PanelVersion:
    """One more version, to be approved. `expected`: the position of the newest that was read, 0 for none."""
    laboratory = _permit(house, actor)
    said = rules.checked_entries(entries)
    refuse_personal_number(why)
    if not why.strip() or len(why) > 2000:
        raise BadInput("A version says in at most 2000 letters why it is made.")
    at = house.clock()
    with house.database.transaction() as connection:
        known = _known(connection, panel)
        # The event first: writers wait there for each other, so what is read after it nobody else is changing.
        append_event(
            connection, at=at, actor=actor.id, kind="panel-drafted", subject=f"panel:{known.id}",
            body={"laboratory": laboratory, "position": expected + 1, "genes": len(said)},
        )  # fmt: skip
        versions = versions_of(connection, known.id)
        if (versions[0].position if versions else 0) != expected:
            raise Conflict("Another version was drafted since you read this panel.", mend="Read it again.")
        if laboratory not in known.members:
            raise _stranger()
        stands = next((one for one in versions if one.since is not None), None)
        made = PanelVersion(
            known.id, expected + 1, rules.next_number(stands, said), said, why.strip(), laboratory, actor.id, at
        )
        values = {
            name: getattr(made, name) for name in ("panel", "position", "number", "why", "laboratory", "by", "at")
        }
        told = json.dumps([asdict(one) for one in said], ensure_ascii=False)
        connection.execute(insert(panel_versions).values(**values, entries=told, since=None, until=None))
    return made


def approve_panel(house: "House", actor: "Actor", panel: str, position: int) -> PanelVersion:
    """A laboratory of the net says yes."""
    laboratory = _permit(house, actor)
    at = house.clock()
    with house.database.transaction() as connection:
        known = _known(connection, panel)
        append_event(
            connection, at=at, actor=actor.id, kind="panel-approved", subject=f"panel:{known.id}",
            body={"laboratory": laboratory, "position": position},
        )  # fmt: skip
        version = _version(connection, known.id, position)
        rules.may_approve(known, version, laboratory)
        approval = Approval(laboratory, actor.id, at)
        connection.execute(insert(panel_approvals).values(panel=known.id, position=position, **vars(approval)))
    return replace(version, approvals=(*version.approvals, approval))


def put_in_force(house: "House", actor: "Actor", panel: str, position: int, day: date) -> PanelVersion:
    """It holds from a day on, and the one before until the day before that."""
    laboratory = _permit(house, actor)
    at = house.clock()
    with house.database.transaction() as connection:
        known = _known(connection, panel)
        version = _version(connection, known.id, position)
        append_event(
            connection, at=at, actor=actor.id, kind="panel-in-force", subject=f"panel:{known.id}",
            body={"laboratory": laboratory, "position": position, "number": version.number, "since": day.isoformat()},
        )  # fmt: skip
        if laboratory not in known.members:
            raise _stranger()
        versions = versions_of(connection, known.id)
        before = next((one for one in versions if one.since is not None), None)
        if before is not None and position < before.position:
            raise Conflict("A newer version is in force.", mend="Draft another one.")
        version = _version(connection, known.id, position)
        rules.may_begin(known, version, day, at.date(), before)
        number = rules.next_number(before, version.entries)
        table = panel_versions.c
        if before is not None:
            here = (table.panel == known.id) & (table.position == before.position)
            connection.execute(update(panel_versions).where(here).values(until=day - timedelta(days=1)))
        here = (table.panel == known.id) & (table.position == position)
        connection.execute(update(panel_versions).where(here).values(since=day, number=number))
    return replace(version, since=day, number=number)


def all_panels(connection: Connection) -> list[Panel]:
    """Every panel, by id. What a net agreed on is for everybody."""
    return [_read(row) for row in connection.execute(select(panels).order_by(panels.c.id))]


def find_panel(connection: Connection, panel: str) -> Panel:
    """One by its id. NotFound."""
    return _known(connection, panel)


def versions_of(connection: Connection, panel: str) -> list[PanelVersion]:
    """Every version, newest first."""
    table, approvals = panel_versions, panel_approvals
    said: dict[int, list[Approval]] = {}
    for row in connection.execute(select(approvals).where(approvals.c.panel == panel).order_by(approvals.c.at)):
        said.setdefault(row.position, []).append(Approval(row.laboratory, row.by, row.at))
    query = select(table).where(table.c.panel == panel).order_by(table.c.position.desc())
    return [
        PanelVersion(row.panel, row.position, row.number, tuple(Entry(**one) for one in json.loads(row.entries)),
                     row.why, row.laboratory, row.by, row.at, tuple(said.get(row.position, ())), row.since, row.until)
        for row in connection.execute(query)
    ]  # fmt: skip


def panel_in_force(connection: Connection, panel: str, day: date) -> PanelVersion:
    """The version that holds on a day. NotFound for no such panel, and where none is in force."""
    _known(connection, panel)
    found = next((one for one in versions_of(connection, panel) if one.in_force_on(day)), None)
    if found is None:
        raise NotFound("No version of this panel is in force on this day.", mend="The panel's page has its versions.")
    return found


def newly_asked(connection: Connection, panel: str, position: int) -> tuple[PanelVersion, list[str]]:
    """A version with the symbols of genes that became minimum or recommended with it, or are inherited otherwise."""
    versions = {one.position: one for one in versions_of(connection, panel)}
    version = versions[position]
    before = max((one for one in versions.values() if one.since is not None and one.position < position),
                 key=lambda one: one.position, default=None)  # fmt: skip
    asked = ("minimum", "recommended")
    return version, [
        one.symbol for one in rules.difference(before, version) if one.after.startswith(asked)
        and not (one.before == one.after)
    ]  # fmt: skip


def _permit(house: "House", actor: "Actor") -> str:
    laboratory = actor.laboratory or "-"
    permit(house.database, actor, Action.CLASSIFY, purpose="care", clock=house.clock, laboratory=laboratory)
    return laboratory


def _panel(connection: Connection, panel: str) -> Panel | None:
    row = connection.execute(select(panels).where(panels.c.id == panel[:40])).one_or_none()
    return None if row is None else _read(row)


def _read(row: Row[Any]) -> Panel:
    return Panel(row.id, row.title, row.net, row.indication, tuple(json.loads(row.members)), row.needed)


def _known(connection: Connection, panel: str) -> Panel:
    found = _panel(connection, panel)
    if found is None:
        raise NotFound("There is no such panel.", mend="The list of panels has them all.")
    return found


def _version(connection: Connection, panel: str, position: int) -> PanelVersion:
    found = next((one for one in versions_of(connection, panel) if one.position == position), None)
    if found is None:
        raise NotFound("There is no such version of this panel.", mend="The panel's page has its versions.")
    return found


def _stranger() -> Refused:
    return Refused("Only laboratories of the net write its panels.")
