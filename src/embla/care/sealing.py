"""Free text about somebody in the log: sealed under the key of whom it is about, so that erasure keeps the chain."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from embla.platform import ERASED, append_event, numbered_events, read_personal, subject_key

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from embla.platform import House


def append_sealed(
    connection: "Connection", house: "House", *, at: datetime, actor: str, kind: str, subject: str,
    body: Mapping[str, Any], sealed_for: str, personal: Mapping[str, str], expected_version: int | None = None,
) -> int:  # fmt: skip
    """Append an event of which `personal` can be read with the key of `sealed_for` only. Returns its number."""
    key = subject_key(connection, house.wrapping, sealed_for, at=at, new_id=house.new_id)
    event = append_event(
        connection, at=at, actor=actor, kind=kind, subject=subject, body=body, expected_version=expected_version,
        personal=personal, subject_key=key,
    )  # fmt: skip
    return event.number


def read_sealed(house: "House", event: int) -> dict[str, str]:
    """What was sealed; empty when the key was destroyed."""
    with house.database.reading() as connection:
        told = read_personal(connection, house.wrapping, numbered_events(connection, [event])[0])
    return {} if told is None or told is ERASED else {name: str(value) for name, value in told.items()}
