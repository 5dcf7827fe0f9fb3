"""Entries of the log that could not be worked out: set aside in the log itself, told, and tried again each run.

A fault in one entry must neither stop everybody else's follow-up nor be forgotten; a file of the store that cannot be
read is one, as other entries need other files. What passes by itself (the database away, another writer; of writing, a
disk that refuses as well) is no such fault: the entry is read again as if nothing had happened.
"""

from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from embla.answers import store
from embla.errors import Conflict, Unavailable
from embla.platform import OPERATOR, append_event, events_since

if TYPE_CHECKING:
    from embla.platform import Event, House

ASIDE: Final = "follow-up-entry-aside"
TAKEN_UP: Final = "follow-up-entry-done"
AWAY: Final = (SQLAlchemyError, Conflict, MemoryError)
PASSING: Final = (OSError, SQLAlchemyError, Unavailable, Conflict, MemoryError)


def fault_of(error: Exception) -> str:
    """The kind of a fault and where it came from; never its text, which may hold what a log may not."""
    frames = extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where


def set_aside(house: "House", event: "Event", begun: int, error: Exception) -> bool:
    """Read on behind this entry, and say in the log that it waits. False where another process was faster."""
    with house.database.transaction() as connection:
        if not store.move_fold(connection, begun, event.number):
            return False
        append_event(
            connection, at=house.clock(), actor=OPERATOR.id, kind=ASIDE, subject=f"event:{event.number}",
            body={"kind": event.kind, "error": type(error).__name__},
        )  # fmt: skip
    return True


def wait_for_rest(connection: Connection, house: "House", event: "Event") -> None:
    """An entry of which a part is worked out waits for the rest; said once."""
    if event.number not in waiting(connection):
        append_event(
            connection, at=house.clock(), actor=OPERATOR.id, kind=ASIDE, subject=f"event:{event.number}",
            body={"kind": event.kind, "error": "unread"},
        )  # fmt: skip


def waiting(connection: Connection) -> list[int]:
    """Numbers of the entries that wait, oldest first."""
    found: dict[int, None] = {}
    for event in events_since(connection, 0, kinds=(ASIDE, TAKEN_UP)):
        number = int(event.subject.partition(":")[2])
        if event.kind == ASIDE:
            found[number] = None
        else:
            found.pop(number, None)
    return sorted(found)


def take_up(connection: Connection, house: "House", event: "Event") -> bool:
    """An entry that waited is worked out now. False where another process was faster."""
    if event.number not in waiting(connection):
        return False
    append_event(connection, at=house.clock(), actor=OPERATOR.id, kind=TAKEN_UP, subject=f"event:{event.number}")
    return True
