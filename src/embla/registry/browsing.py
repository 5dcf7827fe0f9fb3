"""The registry leafed through: persons listed, filtered and counted; one person with all that is on record.

Decided and logged before anything is read. A laboratory sees what it reported itself and nothing that another did of
the same person. Who left is not there any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from embla.errors import NotFound, UsageError
from embla.platform import paged
from embla.policy import About, Action, permit
from embla.registry import tables
from embla.registry.model.pipeline import UNKNOWN, Key, Step, states_on
from embla.registry.model.sheet import AssayLine, CaseLine, FileLine, PersonLine, SampleLine, Sheet
from embla.registry.pipelines import pipeline_steps

if TYPE_CHECKING:
    from embla.platform import Actor, House

_SHOWN: Final = ("accepted", "replaced")
_LONGEST: Final = 64


@dataclass(frozen=True)
class Wanted:
    """Which persons: those of whom an assay is on record that fits everything that is given. `begins`: how the
    laboratory's name of the person, or of one of their cases or samples, begins."""

    laboratory: str | None = None
    group: str = ""
    assay: str = ""
    origin: str = ""
    material: str = ""
    source: str = ""
    state: str = ""
    begins: str = ""


@dataclass(frozen=True)
class Listing:
    """A page, the cursor of the next (None on the last), and how many persons, samples and assays fit in all."""

    items: tuple[PersonLine, ...]
    next: str | None
    persons: int
    samples: int
    assays: int


def persons_listed(
    house: "House", actor: "Actor", wanted: Wanted, *, cursor: str | None = None, limit: int = 50
) -> Listing:
    """A page of persons, by pseudonym, and how many fit. Of a laboratory's account its own only, whatever `wanted`
    says."""
    wanted = _permitted(house, actor, wanted)
    table = tables.assays
    query = select(table.c.person).where(*_fitting(wanted)).group_by(table.c.person)
    counts = (func.count(table.c.person.distinct()), func.count(table.c.sample.distinct()), func.count())
    with house.database.reading() as connection:
        page = paged(connection, query, [table.c.person], lambda row: str(row.person), cursor=cursor, limit=limit)
        persons, samples, assays = connection.execute(select(*counts).where(*_fitting(wanted))).one()
        lines = tuple(_lines(connection, wanted.laboratory, page.items))
    return Listing(lines, page.next, int(persons), int(samples), int(assays))


def person_sheet(house: "House", actor: "Actor", person: str) -> Sheet:
    """Everything on record of one person. NotFound for one of whom the asking laboratory has nothing on record: what
    others reported, or whether they did, is not told."""
    mine = actor.laboratory
    person = person[:100]
    with house.database.reading() as connection:
        there = connection.execute(select(tables.assays.c.id).where(*_of(person, mine)).limit(1)).first() is not None
    about = About(laboratory=mine, person=person) if there else About(laboratory=mine)
    permit(house.database, actor, Action.BROWSE_REGISTRY, purpose=_purpose(actor), clock=house.clock, about=about)
    if not there:
        raise NotFound("Nothing is on record of such a person.", mend="`embla registry persons` lists them.")
    with house.database.reading() as connection:
        return _sheet(connection, person, mine, house.clock().date())


def _permitted(house: "House", actor: "Actor", wanted: Wanted) -> Wanted:
    mine = actor.laboratory or wanted.laboratory
    about = About(laboratory=mine)
    permit(house.database, actor, Action.BROWSE_REGISTRY, purpose=_purpose(actor), clock=house.clock, about=about)
    if wanted.state and wanted.state not in _SHOWN:
        raise UsageError("There is no such state.", mend=f"Known: {', '.join(_SHOWN)}.")
    return Wanted(**(vars(wanted) | {"laboratory": mine, "begins": wanted.begins.strip()[:_LONGEST]}))


def _purpose(actor: "Actor") -> str:
    return "reporting" if actor.laboratory is not None else "operation"


def _of(person: str, laboratory: str | None) -> list[ColumnElement[bool]]:
    table = tables.assays.c
    own = [table.laboratory == laboratory] if laboratory is not None else []
    return [table.person == person, table.state.in_(_SHOWN), *own]


def _fitting(wanted: Wanted) -> list[ColumnElement[bool]]:
    table, cases = tables.assays.c, tables.cases.c
    found: list[ColumnElement[bool]] = [table.state == wanted.state if wanted.state else table.state.in_(_SHOWN)]
    for name in ("laboratory", "assay", "origin", "material", "source"):
        if value := getattr(wanted, name):
            found.append(table[name] == value)
    if wanted.group:
        found.append(table.case.in_(select(cases.id).where(cases.patient_group == wanted.group)))
    if wanted.begins:
        found.append(or_(*(_beginning(one, wanted) for one in ("person_keys", "cases", "samples"))))
    return found


def _beginning(name: str, wanted: Wanted) -> ColumnElement[bool]:
    """Of whom the laboratory's name begins so: the person's, a case's, a sample's."""
    table, assays = getattr(tables, name).c, tables.assays.c
    mine = {"person_keys": assays.person, "cases": assays.case, "samples": assays.sample}[name]
    query: Select[Any] = select(table.person if name == "person_keys" else table.id)
    query = query.where(table.key.startswith(wanted.begins, autoescape=True))
    if wanted.laboratory is not None:
        query = query.where(table.laboratory == wanted.laboratory)
    return mine.in_(query)


def _lines(connection: Connection, laboratory: str | None, persons: tuple[str, ...]) -> list[PersonLine]:
    table = tables.assays.c
    columns = (func.count(table.case.distinct()), func.count(table.sample.distinct()), func.count(),
               func.count(table.genome.distinct()), func.max(table.accepted))  # fmt: skip
    query = select(table.person, *columns).where(table.person.in_(persons), table.state.in_(_SHOWN))
    if laboratory is not None:
        query = query.where(table.laboratory == laboratory)
    rows = {row[0]: row for row in connection.execute(query.group_by(table.person))}
    keys = _keys(connection, laboratory, persons)
    return [PersonLine(one, keys.get(one, ()), *rows[one][1:]) for one in persons]


def _keys(connection: Connection, laboratory: str | None, persons: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What laboratories call these persons: of all laboratories with the laboratory before it."""
    table = tables.person_keys.c
    query = select(table.person, table.laboratory, table.key).where(table.person.in_(persons))
    if laboratory is not None:
        query = query.where(table.laboratory == laboratory)
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(query.order_by(table.laboratory, table.key)):
        name = row.key if laboratory is not None else f"{row.laboratory}:{row.key}"
        found[row.person] = (*found.get(row.person, ()), name)
    return found


def _sheet(connection: Connection, person: str, laboratory: str | None, today: Any) -> Sheet:
    assays, cases, samples = tables.assays, tables.cases, tables.samples
    rows = list(
        connection.execute(select(assays).where(*_of(person, laboratory)).order_by(assays.c.accepted, assays.c.id))
    )
    files: dict[str, list[FileLine]] = {}
    held = tables.assay_files
    query = select(held).where(held.c.assay.in_([row.id for row in rows])).order_by(held.c.path)
    for row in connection.execute(query):
        files.setdefault(row.assay, []).append(FileLine(row.path, row.sha256, row.format))
    known = states_on(pipeline_steps(connection, laboratory), today)
    of = {row.id: row for row in connection.execute(select(samples).where(samples.c.id.in_({r.sample for r in rows})))}
    query = select(cases).where(cases.c.id.in_({row.case for row in rows})).order_by(cases.c.opened, cases.c.id)
    made = []
    for case in connection.execute(query):
        mine: dict[str, list[AssayLine]] = {}
        for row in rows:
            if row.case == case.id:
                mine.setdefault(row.sample, []).append(_assay(row, known, tuple(files.get(row.id, ()))))
        held_samples = tuple(
            SampleLine(name, of[name].key, of[name].laboratory, of[name].tissue, of[name].material, of[name].origin,
                       of[name].collected, of[name].of_tumour, tuple(lines)) for name, lines in mine.items()
        )  # fmt: skip
        made.append(
            CaseLine(case.id, case.key, case.laboratory, case.patient_group, case.person == person, case.opened,
                     case.closed, held_samples)
        )  # fmt: skip
    region = connection.execute(select(tables.persons.c.region).where(tables.persons.c.id == person)).scalar()
    return Sheet(person, _keys(connection, laboratory, (person,)).get(person, ()), region, tuple(made))


def _assay(row: Any, known: Mapping[Key, Step], files: tuple[FileLine, ...]) -> AssayLine:
    step = known.get((row.laboratory, row.pipeline or "", row.pipeline_version or ""))
    names = [name for name in AssayLine.__dataclass_fields__ if name not in ("validation", "files")]
    values = {name: getattr(row, name) for name in names}
    return AssayLine(**values, validation=step.state if step else UNKNOWN, files=files)
