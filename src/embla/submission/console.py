"""A laboratory's console: counted in the database, for the own laboratory only."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Text, and_, case, func, literal_column, select, type_coerce

from embla.registry import fates_by_month, measures_of
from embla.submission.model.acknowledgement import Submission
from embla.submission.model.console import Month, Standing, Version, versions_of
from embla.submission.store import list_submissions, still_wrong
from embla.submission.tables import submissions

_PAGE = 500


def standing(connection: Connection, laboratory: str) -> Standing:
    """How many packages are in, and how many wait for the laboratory."""
    table = submissions.c
    by_state = select(table.state, func.count()).where(table.laboratory == laboratory).group_by(table.state)
    counts = {state: int(number) for state, number in connection.execute(by_state)}
    waiting = still_wrong(laboratory)
    rows, need = connection.execute(
        select(func.count(), func.count(table.package.distinct())).select_from(submissions).where(waiting)
    ).one()
    return Standing(counts.get("accepted", 0), need, counts.get("refused", 0) - rows, counts.get("tested", 0))


def reconciled(connection: Connection, laboratory: str) -> list[Month]:
    """Sent = accepted = counted, month by month, newest first, with every difference by its name."""
    table = submissions.c
    month = func.substr(type_coerce(table.decided_at, Text), literal_column("1"), literal_column("7")).label("month")
    wrong = case((still_wrong(laboratory), 1), else_=0)
    accepted = case((table.state == "accepted", 1), else_=0)
    query = (
        select(
            month, func.count(), func.sum(accepted), func.sum(wrong),
            func.coalesce(func.sum(case((table.state == "accepted", table.genomes), else_=0)), 0),
        )
        .where(and_(table.laboratory == laboratory, table.state != "tested"))
        .group_by(month)
    )  # fmt: skip
    fates = fates_by_month(connection, laboratory)
    found = {
        at: Month(at, sent, taken, waiting, sent - taken - waiting, told, fates.get(at, {}))
        for at, sent, taken, waiting, told in connection.execute(query)
    }
    for at in fates.keys() - found.keys():
        found[at] = Month(at, 0, 0, 0, 0, 0, fates[at])
    return [found[at] for at in sorted(found, reverse=True)]


def drift(connection: Connection, laboratory: str) -> list[Version]:
    """How well genomes were read by each version of each pipeline."""
    return versions_of(measures_of(connection, laboratory))


def rejected(connection: Connection, laboratory: str) -> Iterator[Submission]:
    """Every package that waits for the laboratory, newest first."""
    cursor: Any = None
    while True:
        page = list_submissions(connection, laboratory=laboratory, state="waiting", cursor=cursor, limit=_PAGE)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return
