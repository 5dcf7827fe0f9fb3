"""The log's chain: every event is in it, and nobody can take one out or change one unseen."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from embla.errors import Broken, Conflict, Refused, UsageError
from embla.platform import (
    Database,
    append_event,
    event_rows,
    events,
    events_of,
    events_since,
    newest_events,
    verify_chain,
)
from tests.support.homes import Ticking


def fill(database: Database, clock: Ticking, n: int) -> None:
    with database.transaction() as connection:
        for i in range(n):
            append_event(connection, at=clock(), actor="ann", kind=f"k{i % 2}", subject=f"s{i % 3}", body={"i": i})


def break_open(database: Database, statement: str) -> None:
    """What somebody with the database's own rights can do: first switch the triggers off."""
    with database.transaction() as connection:
        if database.is_sqlite:
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("ALTER TABLE events DISABLE TRIGGER ALL")
        connection.exec_driver_sql(statement)


def test_append__numbers_events_and_versions_of_a_subject(database: Database, clock: Ticking) -> None:
    fill(database, clock, 5)

    with database.reading() as connection:
        seen = [(event.number, event.subject, event.version) for event in events_since(connection, 0)]
        history = [event.body["i"] for event in events_of(connection, "s1")]

    assert seen == [(1, "s0", 1), (2, "s1", 1), (3, "s2", 1), (4, "s0", 2), (5, "s1", 2)]
    assert history == [1, 4]


def test_event_rows__over_stretches_are_those_of_the_kinds_in_order(
    database: Database, clock: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database, clock, 7)

    with database.reading() as connection:
        whole = list(event_rows(connection, 1, ("k0",)))
        monkeypatch.setattr(events, "_STRETCH", 2)
        stretches = list(event_rows(connection, 1, ("k0",)))
        one = list(event_rows(connection, 1, ("k0", "k1"), subject="s0"))

    assert [(row[0], row[4]) for row in whole] == [(3, '{"i":2}'), (5, '{"i":4}'), (7, '{"i":6}')]
    assert stretches == whole
    assert [row[0] for row in one] == [4, 7]


def test_append__in_a_transaction_that_fails_leaves_no_gap(database: Database, clock: Ticking) -> None:
    with pytest.raises(KeyError), database.transaction() as connection:
        append_event(connection, at=clock(), actor="ann", kind="k", subject="s")
        raise KeyError
    fill(database, clock, 2)

    with database.reading() as connection:
        assert verify_chain(connection) == 2


def test_append__from_many_threads_makes_one_chain(database: Database, clock: Ticking) -> None:
    def run(subject: str) -> None:
        for _ in range(10):
            with database.transaction() as connection:
                append_event(connection, at=clock(), actor="ann", kind="k", subject=subject)

    threads = [threading.Thread(target=run, args=(f"s{i % 2}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as connection:
        assert verify_chain(connection) == 40


def test_append__on_a_stale_version_is_a_conflict(database: Database, clock: Ticking) -> None:
    fill(database, clock, 1)

    with pytest.raises(Conflict), database.transaction() as connection:
        append_event(connection, at=clock(), actor="ann", kind="k", subject="s0", expected_version=0)

    with database.transaction() as connection:
        append_event(connection, at=clock(), actor="ann", kind="k", subject="s0", expected_version=1)


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE events SET actor = 'eve' WHERE number = 3", 3),
        ("UPDATE events SET body = '{\"i\":9}' WHERE number = 2", 2),
        ("UPDATE events SET at = '2026-03-02T09:00:00.000999Z' WHERE number = 4", 4),
        ("DELETE FROM events WHERE number = 2", 2),
        ("DELETE FROM events WHERE number = 6", 6),
        ("UPDATE events SET hash = previous WHERE number = 6", 6),
    ],
)
def test_verify_chain__names_the_event_that_was_touched(
    database: Database, clock: Ticking, statement: str, number: int
) -> None:
    fill(database, clock, 6)
    break_open(database, statement)

    with pytest.raises(Broken) as told, database.reading() as connection:
        verify_chain(connection)

    assert told.value.facts["number"] == number


def test_verify_chain__of_an_empty_log_is_nothing(database: Database) -> None:
    with database.reading() as connection:
        assert verify_chain(connection) == 0


def test_newest__pages_through_everything_once(database: Database, clock: Ticking) -> None:
    fill(database, clock, 7)

    seen, cursor = [], None
    with database.reading() as connection:
        while True:
            page = newest_events(connection, cursor=cursor, limit=3)
            seen += [event.number for event in page.items]
            cursor = page.next
            if cursor is None:
                break
        some = [event.number for event in newest_events(connection, kinds=["k1"], actor="ann").items]

    assert seen == [7, 6, 5, 4, 3, 2, 1]
    assert some == [6, 4, 2]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIl0", "WzEsMl0", "W3RydWVd", "\u00e6", "e30", "bnVsbA"])
def test_page__a_made_up_cursor_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(UsageError), database.reading() as connection:
        newest_events(connection, cursor=cursor)


@given(st.text(max_size=30))
def test_page__no_cursor_is_a_traceback(cursor: str) -> None:
    from embla.platform.paging import _read
    from embla.platform.tables import events

    try:
        values = _read(cursor, [events.c.number])
    except UsageError:
        return
    assert isinstance(values[0], int)


def test_log__says_refused_when_somebody_rewrites_it(database: Database, clock: Ticking) -> None:
    fill(database, clock, 1)

    with pytest.raises(Refused, match="append-only"), database.transaction() as connection:
        connection.exec_driver_sql("UPDATE events SET actor = 'eve'")
