"""The promises to a laboratory, measured: the log's acknowledgements against what is on record, over the last days."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from embla.errors import EmblaError
from embla.platform import append_event, events_saying, number_before
from embla.registry import genomes_named
from embla.submission.model.promises import DAYS, CutOff, Decided, Kept, Taken, kept
from embla.submission.store import find_by_hash
from embla.submission.tables import submissions

if TYPE_CHECKING:
    from embla.platform import Actor, House
    from embla.submission.package import Package

ACCEPTED: Final = "submission-accepted"
CUT_OFF: Final = "submission-cut-off"
_CLOCKS: Final = timedelta(hours=1)  # what the clocks of machines that write one log may differ by


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
                body={"laboratory": one.manifest.laboratory, "package_hash": one.hash, "error": type(error).__name__,
                      "package": one.manifest.package},
            )  # fmt: skip


def promises_kept(connection: Connection, laboratory: str, now: datetime) -> Kept:
    """Over the last DAYS days. Costs what the laboratory has in them, and a look at the others' acknowledgements."""
    since = now - timedelta(days=DAYS)
    before = number_before(connection, since - _CLOCKS)
    taken, cut_off = [], []
    for number, at, subject, body in events_saying(connection, before, ACCEPTED, "laboratory", laboratory):
        if at >= since:
            names = tuple(str(one["accession"]) for one in body.get("genomes", ()))
            taken.append(Taken(number, subject.partition(":")[2], str(body.get("package_hash", "")), at, names))
    for number, at, _, body in events_saying(connection, before, CUT_OFF, "laboratory", laboratory):
        if at >= since:
            cut_off.append(CutOff(number, str(body["package_hash"]), at, str(body.get("package", ""))))
    table, accepted, decided = submissions.c, {}, []
    columns = (table.id, table.package, table.package_hash, table.state, table.received_at, table.decided_at)
    for row in connection.execute(select(*columns).where(table.laboratory == laboratory, table.decided_at >= since)):
        decided.append(Decided(row.package, row.package_hash, row.decided_at, row.state != "refused"))
        if row.state == "accepted":
            accepted[row.id] = (row.decided_at - row.received_at).total_seconds()
    found = genomes_named(connection, [name for one in taken for name in one.genomes])
    return kept(since.date(), taken, cut_off, (one.accession for one in found), accepted, decided)
