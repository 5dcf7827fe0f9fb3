"""Personal fields of events: sealed under a key per subject, gone when it is destroyed, and the log still verifies."""

from pathlib import Path

import pytest
from sqlalchemy import text

from embla.errors import Broken, NotFound
from embla.platform import (
    ERASED,
    Database,
    Event,
    Keyring,
    LogTable,
    Wrapping,
    append_event,
    audit,
    destroy_subject_key,
    events_of,
    read_personal,
    rewrap_subject_keys,
    subject_key,
    verify_chain,
)
from embla.platform.ledger.keeper import LogKeeper
from tests.support.homes import START, Ticking, counting_ids

REASON = {"reason": "unconscious, bleeding"}


@pytest.fixture
def wrapping(tmp_path: Path) -> Wrapping:
    made = Wrapping.of_home(tmp_path)
    made.prepare()
    return made


class Writer:
    """Writes events with personal fields about subjects."""

    def __init__(self, database: Database, wrapping: Wrapping, clock: Ticking) -> None:
        self.database, self.wrapping, self.clock, self.ids = database, wrapping, clock, counting_ids()

    def write(self, subject: str = "person:1") -> Event:
        with self.database.transaction() as connection:
            key = subject_key(connection, self.wrapping, subject, at=self.clock(), new_id=self.ids)
            return append_event(
                connection, at=self.clock(), actor="ann", kind="broken-glass", subject=subject,
                body={"hours": 4}, personal=REASON, subject_key=key,
            )  # fmt: skip

    def read(self, event: Event) -> object:
        with self.database.reading() as connection:
            return read_personal(connection, self.wrapping, event)


@pytest.fixture
def writer(database: Database, wrapping: Wrapping, clock: Ticking) -> Writer:
    return Writer(database, wrapping, clock)


def test_personal__comes_back_and_stands_nowhere_in_the_database(writer: Writer) -> None:
    event = writer.write()

    assert writer.read(event) == REASON
    with writer.database.reading() as connection:
        assert events_of(connection, "person:1")[0].body["hours"] == 4
        rows = connection.execute(text("SELECT body FROM events")).scalars().all()
        keys = connection.execute(text("SELECT wrapped FROM subject_keys")).scalars().all()
    assert not any("bleeding" in row for row in rows) and len(keys) == 1


def test_destroy__erases_one_subject_everywhere_and_no_other_and_the_log_still_verifies(
    writer: Writer, tmp_path: Path, clock: Ticking
) -> None:
    keyring = Keyring.of_home(tmp_path)
    keyring.prepare(START)
    keeper = LogKeeper(writer.database, keyring, tmp_path / "log")
    first, second, other = writer.write(), writer.write(), writer.write("person:2")
    keeper.checkpoint(clock())

    with writer.database.transaction() as connection:
        assert destroy_subject_key(connection, "person:1", at=clock())
        assert not destroy_subject_key(connection, "person:1", at=clock())

    assert [writer.read(event) for event in (first, second, other)] == [ERASED, ERASED, REASON]
    with writer.database.reading() as connection:
        assert verify_chain(connection) == 3
        assert audit(LogTable(connection), keyring.public).size == 3
        kept = connection.execute(text("SELECT subject, wrapped FROM subject_keys ORDER BY created")).all()
    assert [row.subject for row in kept] == [None, "person:2"] and kept[0].wrapped is None
    assert keeper.health(clock()).intact


def test_destroy__what_is_written_afterwards_has_a_key_of_its_own(writer: Writer, clock: Ticking) -> None:
    before = writer.write()
    with writer.database.transaction() as connection:
        destroy_subject_key(connection, "person:1", at=clock())

    after = writer.write()

    assert (writer.read(before), writer.read(after)) == (ERASED, REASON)


def test_personal__moved_to_another_event_does_not_open(writer: Writer) -> None:
    first, second = writer.write(), writer.write()
    moved = Event(**(vars(second) | {"body": first.body}))

    with pytest.raises(Broken):
        writer.read(moved)


def test_personal__a_key_that_is_lost_is_not_taken_for_one_that_was_destroyed(writer: Writer) -> None:
    event = writer.write()
    with writer.database.transaction() as connection:
        connection.execute(text("DELETE FROM subject_keys"))

    with pytest.raises(Broken, match="nobody destroyed it"):
        writer.read(event)


def test_personal__needs_the_key_of_the_home(writer: Writer, tmp_path: Path) -> None:
    event = writer.write()
    for file in (tmp_path / "keys" / "wrapping").iterdir():
        file.unlink()
    stranger = Wrapping.of_home(tmp_path)

    with pytest.raises(NotFound), writer.database.reading() as connection:
        read_personal(connection, stranger, event)


def test_rewrap__after_a_rotation_everything_opens_and_nothing_is_old(writer: Writer, clock: Ticking) -> None:
    events = [writer.write(f"person:{n}") for n in range(3)]
    with writer.database.transaction() as connection:
        destroy_subject_key(connection, "person:0", at=clock())
    writer.wrapping.rotate()

    with writer.database.transaction() as connection:
        assert rewrap_subject_keys(connection, writer.wrapping) == 2
        assert rewrap_subject_keys(connection, writer.wrapping) == 0

    assert [writer.read(event) for event in events] == [ERASED, REASON, REASON]


def test_event_without_personal_fields__has_none(writer: Writer, clock: Ticking) -> None:
    with writer.database.transaction() as connection:
        event = append_event(connection, at=clock(), actor="ann", kind="k", subject="s")
        with pytest.raises(ValueError, match="key of their subject"):
            append_event(connection, at=clock(), actor="ann", kind="k", subject="s", personal={"a": 1})

    assert writer.read(event) is None
