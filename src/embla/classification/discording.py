"""Discordances: found again whenever something is published or withdrawn, and worked on by the laboratories."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, bindparam, case, delete, func, insert, select, update

from embla.classification import store
from embla.classification.model import discordance as rules
from embla.classification.model.axes import AXES
from embla.classification.model.discordance import Discordance, LabState, Position
from embla.classification.tables import discordance_labs, discordances
from embla.errors import NotFound
from embla.platform import Page, append_event, paged
from embla.policy import Action, permit
from embla.reference import refuse_personal_number

if TYPE_CHECKING:
    from datetime import datetime

    from embla.platform import Actor, House

COMPARED = tuple(axis.id for axis in AXES.values() if axis.compared)
Subject = tuple[str, str, str, str]


def refresh(
    connection: Connection, house: "House", names: Iterable[str], *, by: str, at: "datetime"
) -> dict[str, list[str]]:
    """Look at these alleles again, in the transaction that changed them; what happened, as ids, is in the log."""
    said: dict[Subject, list[Position]] = defaultdict(list)
    wanted = sorted(set(names))
    for row in store.positions_about(connection, wanted, COMPARED):
        subject = (row.allele, row.condition, row.origin, row.axis)
        said[subject].append(Position(row.laboratory, row.class_, row.evaluated))
    before = _about(connection, wanted)
    happened: dict[str, list[str]] = defaultdict(list)
    new: list[Discordance] = []
    moved: list[Discordance] = []
    for subject in sorted(said.keys() | before.keys()):
        positions = said.get(subject, [])
        if subject not in before and len({one.class_ for one in positions}) < 2:
            continue
        after, what = rules.settle(before.get(subject), subject, positions, "D" + house.new_id(), at)
        if after is None or not what:
            continue
        happened[what].append(after.id)
        (new if what == "opened" else moved).append(after)
    _save(connection, moved)
    _add(connection, new)
    if happened:
        append_event(
            connection, at=at, actor=by, kind="discordances-changed", subject="discordances", body=dict(happened)
        )
    return dict(happened)


def inbox(house: "House", actor: "Actor", laboratory: str, *, state: str = "open") -> list[Discordance]:
    """All of a laboratory's discordances in the order of work."""
    found: list[Discordance] = []
    cursor, more = None, True
    while more:
        part = inbox_page(house, actor, laboratory, state=state, cursor=cursor, limit=500)
        found += part.items
        cursor, more = part.next, part.next is not None
    return found


def inbox_page(
    house: "House", actor: "Actor", laboratory: str, *, state: str = "open", cursor: str | None = None, limit: int = 50
) -> Page[Discordance]:
    """A laboratory's discordances in the order of work: opposite first, then significant, then by due date."""
    _permit(house, actor, laboratory)
    rank = case({level: place for place, level in enumerate(rules.LEVELS)}, value=discordances.c.level).label("rank")
    with house.database.reading() as connection:
        mine = select(discordance_labs.c.discordance).where(discordance_labs.c.laboratory == laboratory)
        query = select(discordances, rank).where(discordances.c.id.in_(mine), discordances.c.state == state)
        key = [rank, discordances.c.due, discordances.c.id]
        found = paged(connection, query, key, lambda row: row, cursor=cursor, limit=limit)
        return Page(tuple(_with_labs(connection, found.items)), found.next)


def one_of(house: "House", actor: "Actor", laboratory: str, discordance: str) -> Discordance:
    """One of a laboratory's; another's is not found."""
    _permit(house, actor, laboratory)
    with house.database.reading() as connection:
        return _mine(connection, discordance, laboratory)


def triage(
    house: "House", actor: "Actor", laboratory: str, discordance: str, choice: str, text: str, expected: int
) -> Discordance:
    """Say what the laboratory means to do."""
    refuse_personal_number(text)

    def change(one: Discordance, at: "datetime") -> Discordance:
        return rules.triaged(one, laboratory, choice, text[:2000], actor.id, at, expected)

    return _step(house, actor, laboratory, discordance, "discordance-triaged", {"triage": choice}, change)


def close(house: "House", actor: "Actor", laboratory: str, discordance: str, reason: str, expected: int) -> Discordance:
    """Close it, agreed to continue."""
    return _step(
        house, actor, laboratory, discordance, "discordance-closed", {"reason": reason},
        lambda one, at: rules.closed(one, reason, at, expected),
    )  # fmt: skip


def register(house: "House", actor: "Actor", laboratory: str) -> dict[str, int]:
    """How a laboratory's discordances stand: open, overdue, continued, and by how each was resolved."""
    _permit(house, actor, laboratory)
    today = house.clock().date()
    with house.database.reading() as connection:
        mine = select(discordance_labs.c.discordance).where(discordance_labs.c.laboratory == laboratory)
        which = discordances.c.id.in_(mine)
        rows = connection.execute(
            select(discordances.c.state, discordances.c.reason, func.count())
            .where(which)
            .group_by(discordances.c.state, discordances.c.reason)
        )
        told = {"open": 0, "overdue": 0, rules.CONCORDANT: 0} | dict.fromkeys(rules.CONTINUED, 0)
        for state, reason, n in rows:
            told["open" if state == "open" else reason] += n
        late = select(func.count()).select_from(discordances)
        late = late.where(which, discordances.c.state == "open", discordances.c.due < today)
        told["overdue"] = int(connection.execute(late).scalar_one())
    return told


def open_about(connection: Connection, allele: str) -> list[Discordance]:
    """Open ones about an allele."""
    return [one for one in _about(connection, [allele]).values() if one.state == "open"]


def _step(
    house: "House", actor: "Actor", laboratory: str, discordance: str, kind: str, body: dict[str, str],
    change: Callable[[Discordance, "datetime"], Discordance],
) -> Discordance:  # fmt: skip
    _permit(house, actor, laboratory)
    at = house.clock()
    with house.database.transaction() as connection:
        # The event first: writers wait there for each other, so what is read after it nobody else is changing.
        subject = f"discordance:{discordance[:40]}"
        told = {"laboratory": laboratory, **body}
        append_event(connection, at=at, actor=actor.id, kind=kind, subject=subject, body=told)
        after = change(_mine(connection, discordance, laboratory), at)
        _save(connection, [after])
    return after


def _mine(connection: Connection, discordance: str, laboratory: str) -> Discordance:
    rows = list(connection.execute(select(discordances).where(discordances.c.id == discordance[:40])))
    found = _with_labs(connection, rows)
    if not found or laboratory not in [lab.laboratory for lab in found[0].labs]:
        raise NotFound("There is no such discordance.", mend="The inbox has them all.")
    return found[0]


def _about(connection: Connection, names: Sequence[str]) -> dict[Subject, Discordance]:
    rows: list[Row[Any]] = []
    for start in range(0, len(names), store.CHUNK):
        query = select(discordances).where(discordances.c.allele.in_(names[start : start + store.CHUNK]))
        rows += list(connection.execute(query))
    found = _with_labs(connection, rows)
    return {(one.allele, one.condition, one.origin, one.axis): one for one in found}


def _with_labs(connection: Connection, rows: Sequence[Row[Any]]) -> list[Discordance]:
    labs: dict[str, list[LabState]] = defaultdict(list)
    names = [row.id for row in rows]
    for start in range(0, len(names), store.CHUNK):
        query = select(discordance_labs).where(discordance_labs.c.discordance.in_(names[start : start + store.CHUNK]))
        for row in connection.execute(query.order_by(discordance_labs.c.laboratory)):
            labs[row.discordance].append(LabState(row.laboratory, row.class_, row.triage, row.text, row.by, row.at))
    return [
        Discordance(**{name: value for name, value in row._mapping.items() if name != "rank"}, labs=tuple(labs[row.id]))
        for row in rows
    ]


def _columns(one: Discordance) -> dict[str, Any]:
    return {name: value for name, value in vars(one).items() if name != "labs"}


def _add(connection: Connection, new: Sequence[Discordance]) -> None:
    if new:
        connection.execute(insert(discordances), [_columns(one) for one in new])
        _add_labs(connection, new)


def _add_labs(connection: Connection, found: Sequence[Discordance]) -> None:
    rows = [{"discordance": one.id, **vars(lab)} for one in found for lab in one.labs]
    if rows:
        connection.execute(insert(discordance_labs), rows)


def _save(connection: Connection, changed: Sequence[Discordance]) -> None:
    """Write what changed, all in a few statements: a list may change thousands."""
    if not changed:
        return
    table = discordances.c
    query = update(discordances).where(table.id == bindparam("which"))
    names = [name for name in _columns(changed[0]) if name != "id"]
    query = query.values({table[name]: bindparam(f"new_{name}") for name in names})
    rows = [{"which": one.id, **{f"new_{name}": getattr(one, name) for name in names}} for one in changed]
    connection.execute(query, rows)
    ids = [one.id for one in changed]
    for start in range(0, len(ids), store.CHUNK):
        gone = discordance_labs.c.discordance.in_(ids[start : start + store.CHUNK])
        connection.execute(delete(discordance_labs).where(gone))
    _add_labs(connection, changed)


def _permit(house: "House", actor: "Actor", laboratory: str) -> None:
    permit(house.database, actor, Action.CLASSIFY, purpose="care", clock=house.clock, laboratory=laboratory)
