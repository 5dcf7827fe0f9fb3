"""One database, two engines: what is inside a transaction is all there or not at all."""

import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from embla.errors import Conflict, Refused, Unavailable, UsageError, WrongFormat
from embla.platform import Database, database_version, metadata, newest_version, sqlite_url
from embla.platform import database as database_module
from embla.platform.migrate import MIGRATIONS
from embla.platform.tables import accounts, events
from tests.support.homes import START, Ticking

ROW = {"name": "ann", "display": "Ann", "roles": "[]", "created": START}


def test_transaction__error_inside_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyError), database.transaction() as connection:
        connection.execute(insert(accounts).values(**ROW))
        raise KeyError

    with database.reading() as connection:
        assert connection.execute(select(accounts)).all() == []


def test_reading__sees_one_state_whatever_others_commit(database: Database) -> None:
    with database.reading() as connection:
        before = connection.execute(select(accounts)).all()
        with database.transaction() as writer:
            writer.execute(insert(accounts).values(**ROW))
        after = connection.execute(select(accounts)).all()

    assert before == after == []


def test_reading__cannot_write(database: Database) -> None:
    with pytest.raises((DBAPIError, Unavailable)), database.reading() as connection:
        connection.execute(insert(accounts).values(**ROW))

    with database.transaction() as connection:
        connection.execute(insert(accounts).values(**ROW))


def test_times__come_back_as_they_went_in(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(insert(accounts).values(**ROW))

    with database.reading() as connection:
        assert connection.execute(select(accounts.c.created)).scalar() == START


def test_same_key_twice__is_a_conflict(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(insert(accounts).values(**ROW))

    with pytest.raises(Conflict), database.transaction() as connection:
        connection.execute(insert(accounts).values(**ROW))


def test_foreign_keys__are_on(database: Database) -> None:
    with pytest.raises(Conflict), database.transaction() as connection:
        connection.execute(
            text("INSERT INTO sessions (token_hash, account, csrf, created, seen) VALUES ('h', 'nobody', 'c', '', '')")
        )


def test_two_writers__wait_for_each_other_and_lose_nothing(database: Database) -> None:
    def count_up(times: int) -> None:
        for _ in range(times):
            with database.transaction() as connection:
                connection.execute(text("UPDATE event_head SET id = id"))
                seen = connection.execute(text("SELECT number FROM event_head")).scalar()
                connection.execute(text("UPDATE event_head SET number = :n"), {"n": (seen or 0) + 1})

    threads = [threading.Thread(target=count_up, args=(20,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as connection:
        assert connection.execute(text("SELECT number FROM event_head")).scalar() == 80


def test_sqlite__keeps_commits_through_a_power_cut(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "a.db"))

    with database.transaction() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name", "not a url"])
def test_database__url_it_cannot_use_is_told_how_to_mend(url: str) -> None:
    with pytest.raises(UsageError) as told:
        Database(url)

    assert told.value.mend


def test_database__never_shows_its_password() -> None:
    database = Database("postgresql://ann:secret@host/name")

    assert "secret" not in repr(database)


def test_database__that_is_down_is_unavailable_not_absent() -> None:
    database = Database("postgresql://ann:secret@127.0.0.1:1/name")

    with pytest.raises(Unavailable) as told, database.reading():
        pass

    assert "secret" not in str(told.value)


def test_sqlite__on_a_full_disk_says_which_disk_and_what_to_do(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "embla.db"))
    database.migrate()

    with pytest.raises(Unavailable) as told, database.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.execute(insert(accounts).values(ROW | {"display": "x" * 100_000}))

    assert f"{tmp_path}/embla.db is full" in str(told.value) and told.value.mend
    with database.reading() as connection:
        assert connection.execute(select(accounts)).all() == []


@pytest.mark.parametrize(("free", "said"), [(0, "is full"), (1 << 30, "disk I/O error")])
def test_sqlite__that_finds_no_room_beside_its_file_says_that_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, said: str
) -> None:
    error = OperationalError("BEGIN", {}, sqlite3.OperationalError("disk I/O error"))
    monkeypatch.setattr(database_module, "disk_usage", lambda _: (1 << 40, 1 << 40, free))

    told = database_module._ours(error, f" {tmp_path}/embla.db")

    assert isinstance(told, Unavailable) and said in str(told) and str(tmp_path) in str(told) and told.mend


def test_sqlite__that_cannot_be_opened_says_which_file(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as told, Database(sqlite_url(tmp_path / "none" / "embla.db")).reading():
        pass

    assert f"{tmp_path}/none/embla.db does not answer" in str(told.value) and told.value.mend


def test_migrations__make_exactly_the_tables_that_the_rooms_declare(database: Database) -> None:
    import embla.registry.tables
    import embla.submission.tables  # noqa: F401

    with database.reading() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), metadata)

    # Rooms that this test does not load have tables of their own.
    missing_here = [
        item for item in difference if not (isinstance(item, tuple) and item[0] in ("remove_table", "remove_index"))
    ]
    assert missing_here == []


def test_migrate__again_does_nothing(database: Database) -> None:
    assert database.migrate() == 0
    assert database_version(database) == newest_version()


def test_migrate__from_many_processes_at_once_happens_once(database_url: str) -> None:
    taken: list[int] = []

    def run() -> None:
        taken.append(Database(database_url).migrate())

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [0, 0, 0, int(newest_version())]


def test_migrate__refuses_a_database_of_a_newer_program(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(WrongFormat):
        database.migrate()


def test_migrate__that_fails_half_way_leaves_the_database_as_it_was(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url)
    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            database.migrate()

    with database.reading() as connection:
        assert inspect(connection).get_table_names() == []
    assert database.migrate() == int(newest_version())


def test_migrations__are_one_chain_without_a_gap() -> None:
    numbers = sorted(path.name[1:5] for path in (MIGRATIONS / "versions").glob("v*.py"))

    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("statement", ["UPDATE events SET kind = 'x'", "DELETE FROM events"])
def test_events__cannot_be_changed_even_by_hand(database: Database, clock: Ticking, statement: str) -> None:
    from embla.platform import append_event

    with database.transaction() as connection:
        append_event(connection, at=clock(), actor="ann", kind="k", subject="s")

    with pytest.raises(Refused), database.transaction() as connection:
        connection.exec_driver_sql(statement)

    with database.reading() as connection:
        assert len(connection.execute(select(events)).all()) == 1


def test_events__cannot_be_replaced_or_truncated(database: Database, clock: Ticking) -> None:
    from embla.platform import append_event

    with database.transaction() as connection:
        append_event(connection, at=clock(), actor="ann", kind="k", subject="s")
    columns = "number, at, actor, kind, subject, version, body, previous, hash"
    by_hand = (
        f"INSERT OR REPLACE INTO events ({columns}) SELECT number, at, 'eve', kind, subject, version, body, previous, "
        "hash FROM events"
        if database.is_sqlite
        else "TRUNCATE events"
    )

    with pytest.raises(Refused), database.transaction() as connection:
        connection.exec_driver_sql(by_hand)
