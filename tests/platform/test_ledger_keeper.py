"""The keeper: signs when it is time, copies, and gives a bent log no signature but a red light."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from embla.errors import Broken
from embla.platform import (
    Database,
    House,
    Keyring,
    LogTable,
    Settings,
    append_event,
    audit,
    log_health,
    sqlite_url,
    verify_chain,
    verify_envelopes,
)
from embla.platform.ledger.entry import entry_bytes, entry_hash
from embla.platform.ledger.keeper import LogKeeper
from embla.platform.migrate import migrate_to
from embla.platform.verifying import read_envelopes
from tests.support import forger
from tests.support.homes import START, Ticking

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def keeper(database: Database, tmp_path: Path) -> LogKeeper:
    keyring = Keyring.of_home(tmp_path)
    keyring.prepare(START)
    made = LogKeeper(database, keyring, tmp_path / "log", [tmp_path / "elsewhere"])
    database.after_events = made.after
    return made


def write(database: Database, clock: Ticking, n: int = 1) -> None:
    for _ in range(n):
        with database.transaction() as connection:
            append_event(connection, at=clock(), actor="ann", kind="k", subject="s")


def signed(database: Database) -> list[int]:
    with database.reading() as connection:
        return list(connection.execute(text("SELECT size FROM log_checkpoints ORDER BY size")).scalars())


def again(keeper: LogKeeper) -> LogKeeper:
    """Another process on the same home."""
    return LogKeeper(keeper.database, keeper.keyring, keeper.own, keeper.folders[1:])


def bend(database: Database, how: object, at: int, *, clever: bool) -> None:
    with database.transaction() as connection:
        forger.tamper(connection, how, at, clever=clever, sqlite=database.is_sqlite)  # type: ignore[arg-type]


def test_keeper__signs_the_first_event_then_after_a_minute_or_a_thousand(
    database: Database, keeper: LogKeeper, clock: Ticking
) -> None:
    write(database, clock, 3)
    assert signed(database) == [1]

    clock.at += timedelta(seconds=61)
    write(database, clock, 2)
    assert signed(database) == [1, 4]

    with database.transaction() as connection:
        for _ in range(1000):
            append_event(connection, at=clock(), actor="ann", kind="k", subject="many")
    assert signed(database) == [1, 4, 1005]


def test_keeper__copies_every_checkpoint_to_both_places(database: Database, keeper: LogKeeper, clock: Ticking) -> None:
    for _ in range(4):
        clock.at += timedelta(minutes=2)
        write(database, clock)

    for folder in keeper.folders:
        (file,) = folder.glob("*.jsonl")
        assert [envelope.says["size"] for _, envelope in read_envelopes(file)] == signed(database) == [1, 2, 3, 4]
        assert len(list(verify_envelopes(file, keeper.keyring.public, {}))) == 4


def test_keeper__a_second_place_that_was_away_gets_what_it_missed_also_after_a_torn_line(
    database: Database, keeper: LogKeeper, clock: Ticking
) -> None:
    write(database, clock)
    elsewhere = keeper.folders[1]
    (file,) = elsewhere.glob("*.jsonl")
    kept = file.read_bytes()
    elsewhere.rename(elsewhere.with_name("unplugged"))
    elsewhere.write_text("not a folder")
    clock.at += timedelta(minutes=2)
    write(database, clock)

    away = keeper.health(clock())
    assert away.intact and [one.reachable for one in away.copies] == [True, False]

    elsewhere.unlink()
    elsewhere.with_name("unplugged").rename(elsewhere)
    file.write_bytes(kept + kept[:100])
    keeper.checkpoint(clock())
    assert [envelope.says["size"] for _, envelope in read_envelopes(file)] == [1, 2]


def test_health__says_what_is_signed_and_how_old_that_is(database: Database, keeper: LogKeeper, clock: Ticking) -> None:
    write(database, clock, 5)
    told = keeper.health(clock.at + timedelta(seconds=30))

    assert (told.intact, told.size, told.signed, [one.size for one in told.copies]) == (True, 5, 1, [1, 1])
    assert told.age is not None and 29 < told.age < 31
    assert told.read_again_at is not None


def test_health__of_an_empty_log_is_green(keeper: LogKeeper, clock: Ticking) -> None:
    told = keeper.health(clock())

    assert (told.intact, told.size, told.last_checkpoint) == (True, 0, None)
    assert keeper.checkpoint(clock()) is None


@pytest.mark.parametrize("how", [forger.edit, forger.delete, forger.reorder, forger.insert, forger.cut, forger.fork])
@pytest.mark.parametrize("clever", [False, True])
def test_health__goes_red_for_what_a_forger_does_in_the_database(
    database: Database, keeper: LogKeeper, clock: Ticking, how: object, clever: bool
) -> None:
    write(database, clock, 40)
    keeper.checkpoint(clock())
    bend(database, how, 20, clever=clever)

    running = keeper.health(clock())
    restarted = again(keeper).health(clock())

    assert not running.intact and not restarted.intact, (running, restarted)


@pytest.mark.parametrize("how", [forger.edit, forger.delete, forger.reorder, forger.insert, forger.cut, forger.fork])
def test_checkpoint__is_not_given_to_a_log_that_was_rewritten(
    database: Database, keeper: LogKeeper, clock: Ticking, how: object
) -> None:
    write(database, clock, 40)
    keeper.checkpoint(clock())
    bend(database, how, 20, clever=True)

    for one in (keeper, again(keeper)):
        with pytest.raises(Broken):
            one.checkpoint(clock())


def test_checkpoint__after_a_change_long_ago_goes_on_from_what_was_signed_and_so_convicts_it(
    database: Database, keeper: LogKeeper, clock: Ticking
) -> None:
    write(database, clock, 40)
    keeper.checkpoint(clock())
    bend(database, forger.edit, 20, clever=False)
    write(database, clock)

    again(keeper).checkpoint(clock())

    with database.reading() as connection, pytest.raises(Broken) as told:
        audit(LogTable(connection), keeper.keyring.public)
    assert (told.value.facts["fault"], told.value.facts["number"]) == ("edited", 20)


def test_health__reads_old_entries_again_a_piece_at_a_look(
    database: Database, keeper: LogKeeper, clock: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embla.platform.ledger.keeper._AGAIN", 100)
    with database.transaction() as connection:
        for _ in range(250):
            append_event(connection, at=clock(), actor="ann", kind="k", subject="s")
    keeper.checkpoint(clock())
    first = keeper.health(clock())
    with database.transaction() as connection:
        rows = forger.rows_of(connection)
        rows[149]["actor"] = "eve"
        forger.write(connection, rows, sqlite=database.is_sqlite)

    looks = [keeper.health(clock()) for _ in range(2)]

    assert (first.again, first.intact) == (100, True)
    assert (looks[0].intact, looks[0].fault, looks[0].first_wrong) == (False, "edited", 150)


def test_after__a_log_that_cannot_be_signed_stops_nobody_from_working(
    database: Database, keeper: LogKeeper, clock: Ticking, caplog: pytest.LogCaptureFixture
) -> None:
    write(database, clock, 3)
    keeper.checkpoint(clock())
    bend(database, forger.edit, 2, clever=True)
    clock.at += timedelta(minutes=2)

    write(database, clock)

    assert "was not signed" in caplog.text and signed(database) == [1]


def test_another_log_under_the_same_home__is_not_signed(database: Database, keeper: LogKeeper, clock: Ticking) -> None:
    write(database, clock)
    with database.transaction() as connection:
        connection.execute(text("UPDATE event_head SET log = 'another'"))
        connection.execute(text("DELETE FROM log_checkpoints"))

    assert again(keeper).health(clock()).fault == "forked"


def test_many_writers__make_one_chain_that_is_signed_as_they_go(
    database: Database, keeper: LogKeeper, clock: Ticking
) -> None:
    lock = threading.Lock()

    def later() -> object:
        with lock:
            clock.at += timedelta(seconds=20)
            return clock()

    def run(subject: str) -> None:
        for _ in range(3):
            with database.transaction() as connection:
                append_event(connection, at=later(), actor="ann", kind="k", subject=subject)  # type: ignore[arg-type]

    # Who finds that another is signing leaves it to them, so that only a round as a whole is sure to be signed once.
    for done in range(1, 5):
        threads = [threading.Thread(target=run, args=(f"s{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(signed(database)) >= done
    keeper.checkpoint(clock())

    with database.reading() as connection:
        assert verify_chain(connection) == 48
        assert audit(LogTable(connection), keeper.keyring.public).size == 48
    assert signed(database)[-1] == 48


def test_two_processes__sign_the_same_log_beside_each_other(
    database: Database, keeper: LogKeeper, clock: Ticking
) -> None:
    other = again(keeper)
    for n in range(6):
        write(database, clock)
        (keeper if n % 2 else other).checkpoint(clock())
        (other if n % 2 else keeper).checkpoint(clock())

    assert signed(database) == [1, 2, 3, 4, 5, 6]
    assert other.health(clock()).intact and keeper.health(clock()).intact


_WRITER = """
import sys
from pathlib import Path
from embla.composition import open_home
from embla.platform import Settings, append_event, random_id
house = open_home(Settings(home=Path(sys.argv[1]), database_url=sys.argv[2]))
print("ready", flush=True)
while True:
    with house.database.transaction() as connection:
        event = append_event(connection, at=house.clock(), actor="ann", kind="k", subject=random_id())
    print(event.number, flush=True)
    house.log.checkpoint(house.clock())
"""


def test_kill__between_append_and_checkpoint_leaves_a_log_that_goes_on(house_on_both: House) -> None:
    house = house_on_both
    url = "" if house.database.is_sqlite else house.database.url.render_as_string(hide_password=False)
    told = 0
    for round_ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(house.home), url],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(PROJECT / "src")},
        )
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        time.sleep(0.05 + 0.03 * round_)
        process.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in process.stdout.read().split(b"\n")[:-1] if line)])
        process.wait()

        keeper = LogKeeper(house.database, house.keyring, house.home / "log")
        keeper.checkpoint(house.clock())
        with house.database.reading() as connection:
            found = audit(LogTable(connection), house.keyring.public)
        assert found.size >= told
        assert keeper.health(house.clock()).intact
    assert told > 0


def test_log_health__of_a_home_knows_its_second_places(house: House, tmp_path: Path) -> None:
    with house.database.transaction() as connection:
        append_event(connection, at=house.clock(), actor="ann", kind="k", subject="s")

    told = log_health(house)

    assert told.intact and told.signed == told.size == 1
    assert [Path(one.place) for one in told.copies] == [house.home / "log"]
    assert Settings(checkpoint_copies="/a:/b").checkpoint_copies == "/a:/b"


@pytest.mark.parametrize("events", [0, 1, 700])
def test_migration__computes_the_tree_of_a_log_made_before(
    tmp_path: Path, database_url: str, clock: Ticking, events: int
) -> None:
    database = Database(database_url)
    migrate_to(database, "0006")
    rows, previous = [], "0" * 64
    for number in range(1, events + 1):
        at = f"2026-03-02T09:00:00.{number:06d}Z"
        row = (number, at, "ann", "k", "s", number, '{"a":"\\u00e6"}', previous)
        previous = entry_hash(entry_bytes(row))
        rows.append(dict(zip(forger.COLUMNS, (*row, previous), strict=True)))
    with database.transaction() as connection:
        if rows:
            named = ", ".join(f":{name}" for name in forger.COLUMNS)
            connection.execute(text(f"INSERT INTO events ({', '.join(forger.COLUMNS)}) VALUES ({named})"), rows)
        connection.execute(text("UPDATE event_head SET number = :n, hash = :h"), {"n": events, "h": previous})

    with database.reading() as connection:
        assert verify_chain(connection) == events

    database.migrate()

    keyring = Keyring.of_home(tmp_path)
    keyring.prepare(START)
    keeper = LogKeeper(database, keyring, tmp_path / "log")
    with database.transaction() as connection:
        append_event(connection, at=clock(), actor="ann", kind="k", subject="after")
    keeper.checkpoint(clock())
    with database.reading() as connection:
        assert verify_chain(connection) == events + 1
        assert audit(LogTable(connection), keyring.public).size == events + 1
        nodes = connection.execute(text("SELECT count(*) FROM event_nodes")).scalar()
    assert nodes == events // 256 + events // 512
    database.close()


def test_sqlite_file__opened_by_a_raw_connection_is_found_out_too(house: House, tmp_path: Path) -> None:
    import sqlite3

    with house.database.transaction() as connection:
        for _ in range(5):
            append_event(connection, at=house.clock(), actor="ann", kind="k", subject="s")
    house.log.checkpoint(house.clock())
    raw = sqlite3.connect(house.home / "embla.db")
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute("UPDATE events SET actor = 'eve' WHERE number = 3")
    raw.commit()
    raw.close()

    fresh = LogKeeper(Database(sqlite_url(house.home / "embla.db")), house.keyring, house.home / "log")

    assert (fresh.health(house.clock()).fault, fresh.health(house.clock()).first_wrong) == ("edited", 3)
