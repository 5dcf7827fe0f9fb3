"""Submissions as rows: one per package hash, accepted or refused, for ever."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from embla.platform import Page, paged
from embla.submission.model.acknowledgement import Acknowledgement, Submission
from embla.submission.model.finding import Finding
from embla.submission.package import Package
from embla.submission.tables import submission_files, submissions


def find_submission(connection: Connection, submission: str) -> Submission | None:
    """The submission of this id."""
    return _one(connection, submissions.c.id == submission)


def find_by_hash(connection: Connection, package_hash: str) -> Submission | None:
    """The submission of exactly this package."""
    return _one(connection, submissions.c.package_hash == package_hash)


def accepted_package(connection: Connection, laboratory: str, package: str) -> Submission | None:
    """The accepted submission that a laboratory calls `package`; there is at most one."""
    where = (submissions.c.laboratory == laboratory) & (submissions.c.package == package)
    return _one(connection, where & (submissions.c.state == "accepted"))


def standing_packages(connection: Connection, laboratory: str, case: str) -> list[Submission]:
    """The accepted submissions of what a laboratory calls `case`, but for those that a correction took the place of."""
    here = submissions.c
    where = and_(
        here.laboratory == laboratory, here.case == case, here.state == "accepted", here.corrected_by.is_(None)
    )
    return [_submission(row) for row in connection.execute(select(submissions).where(where).order_by(here.decided_at))]


def list_submissions(
    connection: Connection,
    *,
    laboratory: str | None,
    state: str | None = None,
    group: str | None = None,
    begins: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Submission]:
    """A page, newest decision first; of one laboratory (None: of all, for those who may), in one state when given.

    `state` may also be "waiting", of one laboratory: refused, and none of the same id was accepted since. `begins`: how
    the id of the package or of the case begins.
    """
    query = select(submissions)
    if laboratory is not None:
        query = query.where(submissions.c.laboratory == laboratory)
    if state == "waiting":
        query = query.where(still_wrong(laboratory or ""))
    elif state is not None:
        query = query.where(submissions.c.state == state)
    if group:
        query = query.where(submissions.c.patient_group == group)
    if begins:
        names = (submissions.c.package, submissions.c.case)
        query = query.where(or_(*(name.startswith(begins, autoescape=True) for name in names)))
    key = [submissions.c.decided_at, submissions.c.id]
    return paged(connection, query, key, _submission, cursor=cursor, limit=limit, descending=True)


def still_wrong(laboratory: str) -> ColumnElement[bool]:
    """True of a refused package that its laboratory still has to mend: none of the same id was accepted or tested."""
    here, other = submissions.c, submissions.alias()
    good = select(other.c.id).where(
        other.c.laboratory == laboratory, other.c.package == here.package, other.c.state != "refused"
    )
    return and_(here.laboratory == laboratory, here.state == "refused", ~good.exists())


def save_accepted(
    connection: Connection, package: Package, acknowledgement: Acknowledgement, *, actor: str, received_at: datetime
) -> None:
    """Write the accepted package, its files and its acknowledgement; a row of an earlier refusal becomes this one. Of a
    test no file is on record: none was kept."""
    test = package.manifest.type == "test"
    _save(
        connection,
        package,
        acknowledgement.submission,
        state="tested" if test else "accepted",
        received_at=received_at,
        decided_at=acknowledgement.accepted_at,
        actor=actor,
        genomes=len(acknowledgement.genomes),
        findings="[]",
        acknowledgement=json.dumps(acknowledgement.to_json()),
    )
    for file in () if test else package.manifest.files:
        connection.execute(
            insert(submission_files).values(
                submission=acknowledgement.submission,
                path=file.path,
                sha256=file.sha256,
                format=file.format,
                size=file.size,
            )
        )


def save_refused(
    connection: Connection,
    package: Package,
    submission: str,
    findings: Sequence[Finding],
    *,
    actor: str,
    at: datetime,
    received_at: datetime,
    bare: bool = False,
) -> None:
    """Write the refused package with what was found; `bare`: and nothing of its manifest's text."""
    _save(
        connection,
        package,
        submission,
        state="refused",
        received_at=received_at,
        decided_at=at,
        actor=actor,
        genomes=0,
        bare=bare,
        findings=json.dumps([finding.to_json() for finding in findings]),
        acknowledgement=None,
    )


def mark_corrected(connection: Connection, submission: str, by: str) -> None:
    """Note which submission took this one's place."""
    connection.execute(update(submissions).where(submissions.c.id == submission).values(corrected_by=by))


def _save(connection: Connection, package: Package, submission: str, *, bare: bool = False, **values: Any) -> None:
    manifest = package.manifest
    known = find_by_hash(connection, package.hash)
    if known is not None:
        here = submissions.c.id == submission
        connection.execute(update(submissions).where(here).values(attempts=known.attempts + 1, **values))
        return
    connection.execute(
        insert(submissions).values(
            id=submission,
            package_hash=package.hash,
            laboratory=manifest.laboratory,
            package=manifest.package,
            kind=manifest.case.kind,
            type=manifest.type,
            case=manifest.case.id,
            patient_group=manifest.case.patient_group,
            attempts=1,
            # What breaks the schema may hold anything, a name too: of that only the findings are kept.
            manifest="" if bare else package.raw.decode("utf-8-sig"),
            **values,
        )
    )


def _one(connection: Connection, where: Any) -> Submission | None:
    row = connection.execute(select(submissions).where(where)).one_or_none()
    return None if row is None else _submission(row)


def _submission(row: Row[Any]) -> Submission:
    acknowledgement = json.loads(row.acknowledgement) if row.acknowledgement else None
    return Submission(
        id=row.id,
        package=row.package,
        package_hash=row.package_hash,
        laboratory=row.laboratory,
        kind=row.kind,
        type=row.type,
        case=row.case,
        patient_group=row.patient_group,
        state=row.state,
        received_at=row.received_at,
        decided_at=row.decided_at,
        actor=row.actor,
        genomes=row.genomes,
        attempts=row.attempts,
        corrected_by=row.corrected_by,
        findings=tuple(Finding(**item) for item in json.loads(row.findings)),
        acknowledgement=Acknowledgement.from_json(acknowledgement) if acknowledgement else None,
    )
