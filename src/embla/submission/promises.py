"""The promises to a laboratory, measured: the log's acknowledgements against what is on record, over the last days."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from embla.errors import EmblaError
from embla.platform import append_event, newest_events
from embla.registry import genomes_named
from embla.submission.model.promises import DAYS, CutOff, Kept, Taken, kept
from embla.submission.store import find_by_hash
from embla.submission.tables import submissions

if TYPE_CHECKING:
    from embla.platform import Actor, Event, House
    from embla.submission.package import Package

ACCEPTED: Final = "submission-accepted"
CUT_OFF: Final = "submission-cut-off"
_PAGE: Final = 500
_MOST: Final = 40_000  # entries looked at: more than R9's pace brings in the days


def note_cut_off(house: "House", actor: "Actor", packages: "Sequence[Package]", error: Exception) -> None:
    """Say in the log that packages could not be taken; what failed once they were is no loss of them. Where the log
    itself cannot be written nothing is said: the one who sent them was told."""
    at = house.clock()
    with suppress(OSError, SQLAlchemyError, EmblaError), house.database.transaction() as connection:
        for one in packages:
            known = find_by_hash(connection, one.hash)
            if known is not None and known.state == "accepted":
                continue
            append_event(
                connection, at=at, actor=actor.id, kind=CUT_OFF, subject=f"package:{one.hash}",
                body={"laboratory": one.manifest.laboratory, "package_hash": one.hash, "error": type(error).__name__},
            )  # fmt: skip


def promises_kept(connection: Connection, laboratory: str, now: datetime) -> Kept:
    """Over the last DAYS days."""
    since = now - timedelta(days=DAYS)
    taken, cut_off = [], []
    for event in _events(connection, since):
        if event.body.get("laboratory") != laboratory:
            continue
        if event.kind == CUT_OFF:
            cut_off.append(CutOff(event.number, str(event.body["package_hash"]), event.at))
            continue
        names = tuple(str(one["accession"]) for one in event.body.get("genomes", ()))
        submission = event.subject.partition(":")[2]
        taken.append(Taken(event.number, submission, str(event.body.get("package_hash", "")), event.at, names))
    table = submissions.c
    rows = connection.execute(
        select(table.id, table.received_at, table.decided_at).where(
            table.laboratory == laboratory, table.state == "accepted", table.decided_at >= since
        )
    )
    accepted = {row.id: (row.decided_at - row.received_at).total_seconds() for row in rows}
    found = genomes_named(connection, [name for one in taken for name in one.genomes])
    return kept(since.date(), taken, cut_off, (one.accession for one in found), accepted)


def _events(connection: Connection, since: datetime) -> "Iterator[Event]":
    cursor, seen = None, 0
    while seen < _MOST:
        page = newest_events(connection, kinds=(ACCEPTED, CUT_OFF), cursor=cursor, limit=_PAGE)
        for event in page.items:
            if event.at < since:
                return
            yield event
        seen, cursor = seen + len(page.items), page.next
        if cursor is None:
            return
