"""Answers, follow-ups and triggers as rows. No rules."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update

from embla.answers import tables
from embla.answers.model.answer import Answer, Report, Version
from embla.answers.model.follow_up import LEVELS, FollowUp
from embla.answers.model.trigger import Answered, Seat, Trigger
from embla.errors import Conflict
from embla.platform import Page, paged

CHUNK: Final = 500
_FIELDS: Final = tuple(item.name for item in fields(FollowUp))
_SEAT: Final = ("allele", "condition", "origin", "axis", "laboratory")


def add_answer(connection: Connection, report: Report, version: Version) -> None:
    """A new answer with its first version."""
    content = version.content
    values = {name: getattr(report, name) for name in ("id", "case", "person", "laboratory")}
    connection.execute(insert(tables.answers).values(**values, **_heading(content, version.number)))
    _add_version(connection, version)


def add_version(connection: Connection, report: Report, version: Version) -> None:
    """One more; Conflict where another came first."""
    table = tables.answers
    here = (table.c.id == report.id) & (table.c.head == report.head)
    if connection.execute(update(table).where(here).values(**_heading(version.content, version.number))).rowcount != 1:
        raise Conflict("Another version was given since you read this answer.", mend="Read it again, then amend that.")
    _add_version(connection, version)


def _heading(content: Answer, number: int) -> dict[str, Any]:
    return {"head": number, "genome": content.genome, "panel": content.panel, "panel_version": content.panel_version}


def _add_version(connection: Connection, version: Version) -> None:
    connection.execute(
        insert(tables.answer_versions).values(
            answer=version.answer, number=version.number, at=version.at, by=version.by, follow_up=version.follow_up,
            content=json.dumps(version.content.to_json(), ensure_ascii=False), acknowledged_by="", receipt="",
            read_by="",
        )
    )  # fmt: skip
    found = tables.answer_findings
    connection.execute(delete(found).where(found.c.answer == version.answer))
    rows = [{"answer": version.answer, "allele": one.allele, "class_": one.class_}
            for one in version.content.findings if one.genotype != "absent"]  # fmt: skip
    if rows:
        connection.execute(insert(found), rows)


def note_delivery(connection: Connection, answer: str, number: int, **values: Any) -> None:
    """Acknowledged, or read: what became of a version."""
    table = tables.answer_versions
    here = (table.c.answer == answer) & (table.c.number == number)
    connection.execute(update(table).where(here).values(**values))


def report_of(connection: Connection, answer: str) -> Report | None:
    """An answer with its versions, newest first."""
    row = connection.execute(select(tables.answers).where(tables.answers.c.id == answer[:40])).one_or_none()
    return None if row is None else _report(connection, row)


def reports_of_case(connection: Connection, case: str) -> list[Report]:
    """Answers of a case, oldest first."""
    query = select(tables.answers).where(tables.answers.c.case == case).order_by(tables.answers.c.id)
    return [_report(connection, row) for row in connection.execute(query).all()]


def _report(connection: Connection, row: Row[Any]) -> Report:
    table = tables.answer_versions
    query = select(table).where(table.c.answer == row.id).order_by(table.c.number.desc())
    versions = tuple(
        Version(one.answer, one.number, Answer.of_json(json.loads(one.content)), one.at, one.by, one.follow_up,
                one.acknowledged, one.acknowledged_by, one.receipt, one.read, one.read_by)
        for one in connection.execute(query)
    )  # fmt: skip
    return Report(row.id, row.case, row.person, row.genome, row.laboratory, row.head, row.panel_version, versions)


def answered_about(connection: Connection, alleles: Sequence[str]) -> list[Answered]:
    """What newest versions say of these alleles."""
    table, versions = tables.answer_findings, tables.answer_versions
    found = []
    for start in range(0, len(alleles), CHUNK):
        query = select(table, versions.c.at).where(table.c.allele.in_(alleles[start : start + CHUNK]))
        query = query.join(tables.answers, tables.answers.c.id == table.c.answer).join(
            versions, (versions.c.answer == table.c.answer) & (versions.c.number == tables.answers.c.head)
        )
        rows = connection.execute(query.order_by(table.c.answer, table.c.allele))
        found += [Answered(row.answer, row.allele, row.class_, row.at) for row in rows]
    return found


def answered_alleles(connection: Connection) -> list[str]:
    """Every allele that a newest version speaks of."""
    table = tables.answer_findings
    return list(connection.execute(select(table.c.allele).distinct().order_by(table.c.allele)).scalars())


def answers_on(connection: Connection, *, genomes: Sequence[str] = (), panel: str = "") -> list[Report]:
    """Answers whose newest version stands on one of these genomes, or on a panel."""
    table = tables.answers
    query = select(table).order_by(table.c.id)
    query = query.where(table.c.panel == panel) if panel else query.where(table.c.genome.in_(list(genomes)))
    return [Report(row.id, row.case, row.person, row.genome, row.laboratory, row.head, row.panel_version)
            for row in connection.execute(query).all()]  # fmt: skip


def bare_reports(connection: Connection, names: Iterable[str]) -> dict[str, Report]:
    """Answers by id, without their versions."""
    wanted, found = sorted(set(names)), {}
    for start in range(0, len(wanted), CHUNK):
        query = select(tables.answers).where(tables.answers.c.id.in_(wanted[start : start + CHUNK]))
        for row in connection.execute(query):
            found[row.id] = Report(
                row.id, row.case, row.person, row.genome, row.laboratory, row.head, row.panel_version
            )
    return found


def add_follow_up(connection: Connection, one: FollowUp) -> None:
    """A new one."""
    connection.execute(insert(tables.follow_ups).values(**_row(one)))


def save_follow_up(connection: Connection, before: FollowUp, after: FollowUp) -> None:
    """Write what it became; Conflict where it moved meanwhile."""
    table = tables.follow_ups
    here = (table.c.id == before.id) & (table.c.revision == before.revision)
    if connection.execute(update(table).where(here).values(**_row(after))).rowcount != 1:
        raise Conflict("This follow-up has changed since it was read.", mend="Read it again and retry.")


def _row(one: FollowUp) -> dict[str, Any]:
    return {**vars(one), "standing": None if one.state == "closed" else standing_key(one.person, one.subject)}


def standing_key(person: str, subject: str) -> str:
    """Of one person about one subject there is one open follow-up."""
    return f"{person}|{subject}"


def follow_up(connection: Connection, name: str) -> FollowUp | None:
    """One by its id."""
    row = connection.execute(select(tables.follow_ups).where(tables.follow_ups.c.id == name[:40])).one_or_none()
    return None if row is None else _follow_up(row)


def standing(connection: Connection, keys: Sequence[str]) -> dict[str, FollowUp]:
    """Those that are open, by person and subject."""
    table, found = tables.follow_ups, {}
    for start in range(0, len(keys), CHUNK):
        query = select(table).where(table.c.standing.in_(keys[start : start + CHUNK]))
        found.update({row.standing: _follow_up(row) for row in connection.execute(query)})
    return found


def of_person(connection: Connection, person: str) -> list[FollowUp]:
    """Open ones of a person."""
    table = tables.follow_ups
    query = select(table).where(table.c.person == person, table.c.state != "closed").order_by(table.c.id)
    return [_follow_up(row) for row in connection.execute(query)]


def of_case(connection: Connection, case: str) -> list[FollowUp]:
    """All of a case, newest first."""
    table = tables.follow_ups
    return [_follow_up(row) for row in connection.execute(
        select(table).where(table.c.case == case).order_by(table.c.opened.desc(), table.c.id))]  # fmt: skip


def page_of_cases(
    connection: Connection, cases: Any, *, closed: bool = False, cursor: str | None = None, limit: int = 50
) -> Page[FollowUp]:
    """Those of cases (a query of their ids), by due date."""
    table = tables.follow_ups
    query = select(table).where(table.c.case.in_(cases))
    query = query.where(table.c.state == "closed" if closed else table.c.state != "closed")
    return paged(connection, query, [table.c.due, table.c.id], _follow_up, cursor=cursor, limit=limit)


def page_escalated(
    connection: Connection, laboratory: str | None, *, level: int, cursor: str | None = None, limit: int = 50
) -> Page[FollowUp]:
    """Open ones escalated at least so far: of a laboratory's cases, or of all."""
    table = tables.follow_ups
    query = select(table).where(table.c.state != "closed", table.c.level >= level)
    if laboratory is not None:
        query = query.where(table.c.laboratory == laboratory)
    return paged(connection, query, [table.c.due, table.c.id], _follow_up, cursor=cursor, limit=limit)


def late(connection: Connection, day: date, *, limit: int = 500) -> list[FollowUp]:
    """Open ones past their day that must go further; those that wait at their level take nobody's place."""
    table = tables.follow_ups
    query = select(table).where(table.c.state != "closed", or_(*(
        (table.c.level == level) & (table.c.due <= day - timedelta(days=days)) for level, (days, _) in enumerate(LEVELS)
    )))  # fmt: skip
    return [_follow_up(row) for row in connection.execute(query.order_by(table.c.due, table.c.id).limit(limit))]


def counted(connection: Connection, day: date) -> list[tuple[str, str, str, bool, int]]:
    """(laboratory, kind, state or how it closed, overdue, how many)."""
    table = tables.follow_ups
    over = (table.c.due < day) & (table.c.state != "closed")
    query = select(table.c.laboratory, table.c.kind, table.c.state, table.c.reason, over, func.count())
    rows = connection.execute(query.group_by(table.c.laboratory, table.c.kind, table.c.state, table.c.reason, over))
    return [(row[0], row[1], row[3] if row[2] == "closed" else row[2], bool(row[4]), row[5]) for row in rows]


def _follow_up(row: Row[Any]) -> FollowUp:
    return FollowUp(**{name: row._mapping[name] for name in _FIELDS})


def add_trigger(
    connection: Connection, one: Trigger, at: datetime, *, concerned: int, asked: int, refused: int
) -> None:
    """What was news, with how many it concerned."""
    said = {name: value for name, value in vars(one).items() if name != "carriers"}
    values = said | {"at": at, "concerned": concerned, "asked": asked, "refused": refused}
    connection.execute(insert(tables.triggers).values(**values))


def widen_trigger(
    connection: Connection, one: Trigger, at: datetime, *, concerned: int, asked: int, refused: int
) -> None:
    """News reached more than at first; `at` of the first time stays."""
    table = tables.triggers
    here = (table.c.id == one.id) & (table.c.concerned < concerned)
    connection.execute(update(table).where(here).values(concerned=concerned, asked=asked, refused=refused))


def persons_asked(connection: Connection, trigger: str) -> set[str]:
    """Whom news reached: persons with a follow-up that stands on it, whatever became of that."""
    query = select(tables.follow_ups.c.person).join(tables.causes, tables.causes.c.follow_up == tables.follow_ups.c.id)
    return set(connection.execute(query.where(tables.causes.c.trigger == trigger)).scalars())


def known_triggers(connection: Connection, names: Sequence[str]) -> set[str]:
    """Which of them were worked on already."""
    table = tables.triggers
    return set(connection.execute(select(table.c.id).where(table.c.id.in_(list(names)))).scalars())


def newest_triggers(connection: Connection, *, cursor: str | None = None, limit: int = 50) -> Page[Row[Any]]:
    """What was news, newest first; numbers alone."""
    table = tables.triggers
    query = select(table)
    return paged(connection, query, [table.c.event, table.c.id], lambda row: row, cursor=cursor, limit=limit,
                 descending=True)  # fmt: skip


def add_cause(connection: Connection, follow_up: str, trigger: str) -> None:
    """A trigger that a follow-up stands on."""
    connection.execute(insert(tables.causes).values(follow_up=follow_up, trigger=trigger))


def causes_of(connection: Connection, follow_up: str) -> list[Row[Any]]:
    """The news that a follow-up stands on, oldest first."""
    table, causes = tables.triggers, tables.causes
    query = select(table).join(causes, causes.c.trigger == table.c.id).where(causes.c.follow_up == follow_up)
    return list(connection.execute(query.order_by(table.c.event, table.c.id)))


def seen_classes(connection: Connection, alleles: Sequence[str]) -> dict[Seat, str]:
    """What laboratories said of these alleles at the last look."""
    table, found = tables.seen_classes, {}
    for start in range(0, len(alleles), CHUNK):
        rows = connection.execute(select(table).where(table.c.allele.in_(alleles[start : start + CHUNK])))
        found.update({_seat(row): row.class_ for row in rows})
    return found


def keep_classes(connection: Connection, alleles: Sequence[str], now: Mapping[Seat, str]) -> None:
    """What they say now takes its place."""
    table = tables.seen_classes
    for start in range(0, len(alleles), CHUNK):
        connection.execute(delete(table).where(table.c.allele.in_(alleles[start : start + CHUNK])))
    rows = [{**dict(zip(_SEAT, seat, strict=True)), "class_": class_} for seat, class_ in sorted(now.items())]
    for start in range(0, len(rows), CHUNK):
        connection.execute(insert(table), rows[start : start + CHUNK])


def _seat(row: Row[Any]) -> Seat:
    return (row.allele, row.condition, row.origin, row.axis, row.laboratory)


def read_until(connection: Connection) -> int:
    """How far the log was read."""
    return connection.execute(select(tables.fold.c.number)).scalar() or 0


def move_fold(connection: Connection, before: int, after: int) -> bool:
    """Go on; False where another process was faster."""
    here = func.coalesce(tables.fold.c.number, 0) == before
    return connection.execute(update(tables.fold).where(here).values(number=after)).rowcount == 1


def forget_person(connection: Connection, person: str, genomes: Sequence[str], at: datetime) -> None:
    """A person leaves: answers, follow-ups and questions about them go, in the caller's transaction."""
    mine = select(tables.follow_ups.c.id).where(tables.follow_ups.c.person == person)
    connection.execute(delete(tables.causes).where(tables.causes.c.follow_up.in_(mine)))
    connection.execute(delete(tables.follow_ups).where(tables.follow_ups.c.person == person))
    theirs = select(tables.answers.c.id).where(tables.answers.c.person == person)
    for table in (tables.answer_findings, tables.answer_versions):
        connection.execute(delete(table).where(table.c.answer.in_(theirs)))
    connection.execute(delete(tables.answers).where(tables.answers.c.person == person))
    # A question about them goes with its answers; where they were the other carrier, what was said of them goes.
    about = select(tables.questions.c.id).where(tables.questions.c.person == person)
    gone = tables.asked.c.question.in_(about) | (tables.asked.c.person == person)
    connection.execute(delete(tables.asked).where(gone))
    connection.execute(delete(tables.questions).where(tables.questions.c.person == person))


def case_states() -> dict[str, Select[Any]]:
    """Name -> a query of the ids of the cases in which something was answered, and of those where news wait."""
    return {
        "answered": select(tables.answers.c.case),
        "follow-up": select(tables.follow_ups.c.case).where(tables.follow_ups.c.state != "closed"),
    }
