"""Classifications and their versions as rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from embla.classification.model.criteria import MEANINGS
from embla.classification.model.record import Content, Identity, Record, evidence_text, read_evidence
from embla.classification.tables import alleles, classification_names, classification_steps, classification_versions
from embla.classification.tables import classifications as records
from embla.errors import Conflict
from embla.genome import Variant
from embla.platform import Page, paged

CHUNK: Final = 500
PUBLISHING: Final = ("signed", "imported")  # steps by which a version becomes the one that is published
_SUBJECT: Final = ("laboratory", "allele", "condition", "inheritance", "origin", "axis")


@dataclass(frozen=True)
class Shown:
    """A record with one of its versions."""

    record: Record
    number: int
    content: Content
    created: datetime

    def to_json(self) -> dict[str, Any]:
        """Plain values; times and days as ISO 8601."""
        told = {"id": self.record.id, **vars(self.record.identity), "state": self.record.state, "number": self.number}
        said = {
            **vars(self.content),
            "evidence": [
                {**vars(one), "citations": list(one.citations), "meaning": MEANINGS.get(one.code, "")}
                for one in self.content.evidence
            ],
            "evaluated": self.content.evaluated.isoformat(),
            "created": self.created.isoformat(),
        }
        return told | {name.rstrip("_"): value for name, value in said.items()}


@dataclass(frozen=True)
class Step:
    """What happened to a version."""

    number: int
    kind: str
    by: str
    at: datetime
    verdict: str = ""
    text: str = ""


def add_alleles(connection: Connection, found: Iterable[tuple[Variant, bool, str | None]]) -> None:
    """Alleles with whether their REF was checked, and their VRS id; those that are here are left."""
    wanted = {str(variant): (variant, checked, vrs) for variant, checked, vrs in found}
    # In one order, so that two writers of the same alleles wait for each other and do not lock each other out.
    names = sorted(wanted)
    known: set[str] = set()
    for start in range(0, len(names), CHUNK):
        query = select(alleles.c.id).where(alleles.c.id.in_(names[start : start + CHUNK]))
        known.update(connection.execute(query).scalars())
    rows = [
        {"id": name, "contig": v.contig, "pos": v.pos, "ref": v.ref, "alt": v.alt, "vrs_id": vrs, "checked": checked}
        for name, (v, checked, vrs) in sorted(wanted.items())
        if name not in known
    ]
    if rows:
        new = postgres_insert if connection.dialect.name == "postgresql" else sqlite_insert
        connection.execute(new(alleles).on_conflict_do_nothing(), rows)


def find(connection: Connection, identity: Identity) -> Record | None:
    """The record about this."""
    said = vars(identity)
    query = select(records).where(*(records.c[name] == said[name] for name in _SUBJECT))
    row = connection.execute(query).one_or_none()
    return None if row is None else record_of(row)


def by_id(connection: Connection, classification: str) -> Record | None:
    """The record of this id."""
    row = connection.execute(select(records).where(records.c.id == classification[:40])).one_or_none()
    return None if row is None else record_of(row)


def of_alleles(connection: Connection, laboratory: str, names: Sequence[str]) -> list[Record]:
    """A laboratory's records of these alleles."""
    found = []
    for start in range(0, len(names), CHUNK):
        query = select(records).where(
            records.c.laboratory == laboratory, records.c.allele.in_(names[start : start + CHUNK])
        )
        found += [record_of(row) for row in connection.execute(query)]
    return found


def add_records(connection: Connection, new: Sequence[Record]) -> None:
    """New ones, before their first version."""
    if new:
        rows = [
            {"id": one.id, **vars(one.identity), "head": one.head, "published": one.published, "withdrawn": None}
            for one in new
        ]
        connection.execute(insert(records), rows)


def move(connection: Connection, record: Record, **values: Any) -> None:
    """Set pointers, if nobody has moved them since `record` was read; else Conflict."""
    query = update(records).where(
        records.c.id == record.id,
        records.c.head == record.head,
        records.c.published.is_not_distinct_from(record.published),
        records.c.withdrawn.is_(None),
    )
    if connection.execute(query.values(**values)).rowcount != 1:
        raise Conflict("Somebody saved this classification since you read it.", mend="Read it again and retry.")


def add_versions(connection: Connection, new: Sequence[tuple[str, int, Content]], at: datetime) -> None:
    """Versions, each of a record."""
    if new:
        connection.execute(insert(classification_versions), [_version(*one, at) for one in new])


def add_step(connection: Connection, classification: str, step: Step) -> None:
    """One more thing that happened."""
    last = connection.execute(
        select(func.max(classification_steps.c.position)).where(classification_steps.c.classification == classification)
    ).scalar()
    values = {"classification": classification, "position": (last or 0) + 1, **vars(step)}
    connection.execute(insert(classification_steps).values(**values))


def add_first_steps(connection: Connection, new: Sequence[tuple[str, Step]]) -> None:
    """The first steps of new records."""
    if new:
        rows = [{"classification": name, "position": 1, **vars(step)} for name, step in new]
        connection.execute(insert(classification_steps), rows)


def steps_of(connection: Connection, classification: str) -> list[Step]:
    """Everything that happened, oldest first."""
    query = select(classification_steps).where(classification_steps.c.classification == classification)
    rows = connection.execute(query.order_by(classification_steps.c.position))
    return [Step(row.number, row.kind, row.by, row.at, row.verdict, row.text) for row in rows]


def versions_of(connection: Connection, record: Record) -> list[Shown]:
    """Every version, newest first."""
    query = select(classification_versions).where(classification_versions.c.classification == record.id)
    rows = connection.execute(query.order_by(classification_versions.c.number.desc()))
    return [Shown(record, row.number, _content(row), row.created) for row in rows]


def _joined(which: Any) -> Select[Any]:
    version = classification_versions.c
    return select(records, *(column for column in version if column.name != "classification")).join(
        classification_versions, (version.classification == records.c.id) & (version.number == which)
    )


def published(shares: Sequence[str]) -> Select[Any]:
    """Versions that are published at these levels and stand."""
    query = _joined(records.c.published).where(records.c.withdrawn.is_(None))
    return query.where(classification_versions.c.share.in_(shares))


def published_about(connection: Connection, allele: str, shares: Sequence[str]) -> list[Shown]:
    """What stands about one allele at these levels."""
    rows = connection.execute(published(shares).where(records.c.allele == allele))
    found = [_shown(row) for row in rows]
    return sorted(found, key=lambda one: (one.record.identity.condition, one.record.identity.laboratory, one.record.id))


def positions_about(
    connection: Connection, names: Sequence[str], axes: Sequence[str], *, at: datetime | None = None
) -> list[Row[Any]]:
    """Who says what about these alleles: laboratory, allele, condition, origin, axis, class_, evaluated.

    As it stands, or as it stood at a time: records keep what is published now, steps when each version became that.
    """
    version, steps = classification_versions.c, classification_steps.c
    published: Any = records.c.published
    there: Any = records.c.withdrawn.is_(None)
    if at is not None:
        here = (steps.classification == records.c.id) & steps.kind.in_(PUBLISHING) & (steps.at <= at)
        published = select(func.max(steps.number)).where(here).correlate(records).scalar_subquery()
        there = there | (records.c.withdrawn > at)
    found: list[Row[Any]] = []
    for start in range(0, len(names), CHUNK):
        query = (
            select(
                records.c.laboratory, records.c.allele, records.c.condition, records.c.origin, records.c.axis,
                version.class_, version.evaluated,
            )
            .select_from(records)
            .join(classification_versions, (version.classification == records.c.id) & (version.number == published))
            .where(there, version.share.in_(("labs", "public")), records.c.axis.in_(axes),
                   records.c.allele.in_(names[start : start + CHUNK]))
        )  # fmt: skip
        found.extend(connection.execute(query))
    return found


@dataclass(frozen=True)
class Sought:
    """Which records are wanted. `kind` and `said`: what a text was taken for (gene, variant, region, words; "" for no
    text); `spans`: contig, 0-based start, end; `allele`: in normal form; `words`: a part of what was written."""

    kind: str = ""
    said: str = ""
    spans: tuple[tuple[str, int, int], ...] = ()
    allele: str = ""
    words: str = ""
    class_: str = ""
    laboratory: str = ""


def page_of(
    connection: Connection, laboratory: str, *, drafts: bool, wanted: Sought | None = None, reader: str = "",
    cursor: str | None = None, limit: int = 50,
) -> Page[Shown]:  # fmt: skip
    """A laboratory's records with their newest version; only those with a draft, when asked. A class is not looked for
    among blind drafts that somebody else than `reader` wrote."""
    version = classification_versions.c
    reads = wanted is not None and bool(wanted.class_ or wanted.words)
    query = (_ids(records.c.head) if reads else select(records.c.id)).where(records.c.laboratory == laboratory)
    unsigned = records.c.published.is_distinct_from(records.c.head)
    if drafts:
        query = query.where(records.c.withdrawn.is_(None), unsigned)
    if wanted is not None:
        query = _narrowed(query, wanted)
        if wanted.class_:
            query = query.where(~(version.blind & unsigned & (version.evaluator != reader)))
    return _page(connection, query, records.c.head, cursor, limit)


def shared_page(
    connection: Connection, shares: Sequence[str], wanted: Sought, *, cursor: str | None = None, limit: int = 50
) -> Page[Shown]:
    """What stands at these levels of every laboratory, or of the one that is wanted."""
    query = _ids(records.c.published).where(records.c.withdrawn.is_(None))
    query = _narrowed(query.where(classification_versions.c.share.in_(shares)), wanted)
    return _page(connection, query, records.c.published, cursor, limit)


def _ids(which: Any) -> Select[Any]:
    """Of a list only the ids are put in order: whole versions are wide, and a page shows few."""
    version = classification_versions.c
    return (
        select(records.c.id)
        .select_from(records)
        .join(classification_versions, (version.classification == records.c.id) & (version.number == which))
    )


def _page(connection: Connection, query: Select[Any], which: Any, cursor: str | None, limit: int) -> Page[Shown]:
    found = paged(connection, query, [records.c.id], lambda row: row.id, cursor=cursor, limit=limit, descending=True)
    rows = connection.execute(_joined(which).where(records.c.id.in_(found.items)))
    shown = {row.id: _shown(row) for row in rows}
    return Page(tuple(shown[name] for name in found.items), found.next)


def _narrowed(query: Select[Any], wanted: Sought) -> Select[Any]:
    version = classification_versions.c
    if wanted.laboratory:
        query = query.where(records.c.laboratory == wanted.laboratory)
    if wanted.class_:
        query = query.where(version.class_ == wanted.class_)
    if wanted.allele:
        query = query.where(records.c.allele == wanted.allele)
    if wanted.spans:
        there = (
            (alleles.c.contig == contig) & alleles.c.pos.between(start + 1, end) for contig, start, end in wanted.spans
        )
        query = query.where(records.c.allele.in_(select(alleles.c.id).where(or_(*there))))
    if wanted.words:
        written = (records.c.condition, version.condition_label, version.submitted)
        query = query.where(or_(*(column.icontains(wanted.words, autoescape=True) for column in written)))
    return query


def all_published(connection: Connection, shares: Sequence[str], *, laboratory: str | None = None) -> Iterable[Shown]:
    """Everything that stands at these levels, of one laboratory or of all, by allele."""
    query = published(shares).order_by(records.c.allele, records.c.id)
    if laboratory is not None:
        query = query.where(records.c.laboratory == laboratory)
    return (_shown(row) for row in connection.execute(query.execution_options(yield_per=CHUNK)))


def published_of(connection: Connection, found: Sequence[Record]) -> dict[str, Content]:
    """What is published of each record, by record; a draft beside it is none of that."""
    known: dict[str, Content] = {}
    names = [one.id for one in found]
    for start in range(0, len(names), CHUNK):
        query = _joined(records.c.published).where(records.c.id.in_(names[start : start + CHUNK]))
        known |= {row.id: _content(row) for row in connection.execute(query)}
    return known


def add_names(connection: Connection, laboratory: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Names that could not be resolved; a line that waits already, from the same list before, is left."""
    table = classification_names.c
    waiting: set[tuple[str, str, str]] = set()
    names = sorted({row["submitted"] for row in rows})
    for start in range(0, len(names), CHUNK):
        query = select(table.submitted, table.reason, table.line).where(
            table.laboratory == laboratory, table.settled.is_(None),
            table.submitted.in_(names[start : start + CHUNK]),
        )  # fmt: skip
        waiting.update((row.submitted, row.reason, row.line) for row in connection.execute(query))
    # A line with a personal number is kept by its place alone, which says not that it is the same.
    new = [row for row in rows if not row["submitted"] or (row["submitted"], row["reason"], row["line"]) not in waiting]
    if new:
        connection.execute(insert(classification_names), new)


def names_of(connection: Connection, laboratory: str, *, cursor: str | None = None, limit: int = 50) -> Page[Any]:
    """A laboratory's queue of unresolved names."""
    query = select(classification_names).where(
        classification_names.c.laboratory == laboratory, classification_names.c.settled.is_(None)
    )
    return paged(connection, query, [classification_names.c.id], lambda row: row, cursor=cursor, limit=limit)


def settle_name(connection: Connection, laboratory: str, name: str, at: datetime) -> bool:
    """A name of this laboratory waits no longer; False where none of that id did."""
    table = classification_names.c
    query = update(classification_names).where(
        table.id == name[:40], table.laboratory == laboratory, table.settled.is_(None)
    )
    return connection.execute(query.values(settled=at)).rowcount == 1


def record_of(row: Row[Any]) -> Record:
    """A record from its row."""
    told = row._mapping
    return Record(row.id, Identity(*(told[name] for name in _SUBJECT)), row.head, row.published, row.withdrawn)


def _shown(row: Row[Any]) -> Shown:
    return Shown(record_of(row), row.number, _content(row), row.created)


def _version(classification: str, number: int, content: Content, at: datetime) -> dict[str, Any]:
    return {
        **vars(content),
        "classification": classification,
        "number": number,
        "computed": json.dumps(content.computed, ensure_ascii=False),
        "evidence": evidence_text(content.evidence),
        "created": at,
    }


def _content(row: Row[Any]) -> Content:
    told = row._mapping
    evaluated: date = told["evaluated"]
    return Content(
        class_=told["class_"],
        evaluated=evaluated,
        computed=json.loads(told["computed"]),
        evidence=read_evidence(told["evidence"]),
        **{
            name: told[name]
            for name in ("evaluator", "condition_label", "subclass", "guideline", "rule_set", "override", "summary",
                         "share", "submitted", "method", "release", "af", "blind")
        },
    )  # fmt: skip
