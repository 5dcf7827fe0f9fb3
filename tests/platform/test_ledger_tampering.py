"""Six ways to bend the log, at a hundred places each, on both engines: all are found, with the public keys alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from embla.errors import Broken
from embla.platform import (
    Database,
    Envelope,
    Keyring,
    LogFile,
    LogTable,
    append_event,
    audit,
    export_log,
    parse_envelope,
)
from embla.platform.ledger.keeper import LogKeeper
from tests.support import forger
from tests.support.homes import START, Ticking, fresh_database

SIZE, EVERY = 130, 20


@dataclass
class Honest:
    """A log of SIZE entries, signed every EVERY and at its end; and the last checkpoint, kept in a second place."""

    database: Database
    keyring: Keyring
    elsewhere: Envelope
    folder: Path

    @contextmanager
    def bent(self, how: Callable[[list[forger.Row], int], None], at: int, *, clever: bool) -> Iterator[Connection]:
        """The database after the forger was in it; honest again afterwards."""

        class Undo(Exception):
            pass

        with pytest.raises(Undo), self.database.transaction() as connection:
            forger.tamper(connection, how, at, clever=clever, sqlite=self.database.is_sqlite)
            yield connection
            raise Undo

    def found(self, connection: Connection, beside: list[Envelope]) -> Broken:
        """What an audit of the exported file says."""
        file = self.folder / "log.jsonl"
        with file.open("wb") as out:
            for piece in export_log(LogTable(connection), at=START):
                out.write(piece)
        with pytest.raises(Broken) as told:
            audit(LogFile(file), self.keyring.public, beside)
        return told.value


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def honest(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Honest]:
    """One for all tests on an engine: whatever is bent is undone."""
    with fresh_database(request) as database:
        yield an_honest_log(database, Ticking(), tmp_path_factory.mktemp("honest"))


def an_honest_log(database: Database, clock: Ticking, folder: Path) -> Honest:
    keyring = Keyring.of_home(folder)
    keyring.prepare(START)
    keeper = LogKeeper(database, keyring, folder / "log")
    for number in range(1, SIZE + 1):
        with database.transaction() as connection:
            append_event(
                connection,
                at=clock(),
                actor="ann",
                kind="k",
                subject=f"s{number % 7}",
                body={"i": number, "why": "\u00e6"},
            )
        if number % EVERY == 0:
            keeper.checkpoint(clock())
    keeper.checkpoint(clock())
    with database.reading() as connection:
        last = connection.execute(text("SELECT envelope FROM log_checkpoints ORDER BY size DESC")).scalar()
    assert last is not None
    return Honest(database, keyring, parse_envelope(last), folder)


def test_audit__of_an_honest_log_finds_nothing(honest: Honest) -> None:
    with honest.database.reading() as connection:
        told = audit(LogTable(connection), honest.keyring.public, [honest.elsewhere])

    assert (told.size, told.signed, told.checkpoints, told.beside) == (SIZE, SIZE, SIZE // EVERY + 1, 1)


@pytest.mark.parametrize(
    ("how", "kinds"),
    [
        (forger.edit, {"edited"}),
        (forger.delete, {"deleted"}),
        (forger.delete_and_close_up, {"deleted"}),
        (forger.reorder, {"reordered"}),
        (forger.swap, {"reordered"}),
        (forger.insert, {"inserted"}),
    ],
)
def test_audit__names_the_first_wrong_entry_and_what_was_done_to_it(
    honest: Honest, how: Callable[[list[forger.Row], int], None], kinds: set[str]
) -> None:
    for at in range(16, 116):
        with honest.bent(how, at, clever=False) as connection:
            told = honest.found(connection, [])

        assert (told.facts["fault"] in kinds, told.facts["number"]) == (True, at), (told, at)


@pytest.mark.parametrize("at", [1, 2, SIZE - 1, SIZE])
@pytest.mark.parametrize("how", [forger.edit, forger.delete, forger.reorder, forger.swap, forger.insert, forger.fork])
def test_audit__finds_it_at_the_ends_too(honest: Honest, how: Callable[[list[forger.Row], int], None], at: int) -> None:
    with honest.bent(how, at, clever=False) as connection:
        told = honest.found(connection, [])

    assert abs(int(str(told.facts["number"])) - at) <= 5


@pytest.mark.parametrize("how", [forger.edit, forger.delete, forger.reorder, forger.insert, forger.cut, forger.fork])
def test_audit__finds_a_log_rewritten_as_a_whole_by_the_checkpoint_kept_elsewhere(
    honest: Honest, how: Callable[[list[forger.Row], int], None]
) -> None:
    for at in range(16, 116):
        with honest.bent(how, at, clever=True) as connection:
            told = honest.found(connection, [honest.elsewhere])

        signed_before = (at - 1) // EVERY * EVERY
        assert signed_before < int(str(told.facts["number"])) <= at, (told, at)
        assert told.facts["fault"] in {"forked", "cut"}


@pytest.mark.parametrize("how", [forger.edit, forger.delete, forger.reorder, forger.insert, forger.fork])
def test_audit__a_rewritten_log_has_nobody_who_signed_it(
    honest: Honest, how: Callable[[list[forger.Row], int], None]
) -> None:
    with honest.bent(how, 50, clever=True) as connection:
        told = honest.found(connection, [])
        with pytest.raises(Broken) as here:
            audit(LogTable(connection), honest.keyring.public)

    assert (told.facts["fault"], told.facts["number"]) == ("unsigned", 41)
    assert here.value.facts == told.facts


def test_audit__a_rewritten_log_under_checkpoints_that_were_left_is_not_what_was_signed(honest: Honest) -> None:
    with honest.bent(forger.edit, 50, clever=True) as connection:
        connection.execute(
            text("INSERT INTO log_checkpoints (size, at, root, peaks, envelope) VALUES (:n, '', '', '', :e)"),
            {"n": SIZE, "e": honest.elsewhere.text()},
        )
        told = honest.found(connection, [])

    assert (told.facts["fault"], told.facts["number"]) == ("rewritten", 41)


def test_audit__a_tail_cut_clumsily_is_found_without_any_copy(honest: Honest) -> None:
    for at in range(16, 116):
        with honest.bent(forger.cut, at, clever=False) as connection:
            told = honest.found(connection, [])

        assert (told.facts["fault"], told.facts["number"]) == ("cut", at)


def test_audit__a_checkpoint_that_was_forged_signed_by_another_or_changed_is_found(
    honest: Honest, tmp_path: Path
) -> None:
    stranger = Keyring.of_home(tmp_path / "stranger")
    stranger.prepare(START)
    says = dict(honest.elsewhere.says)
    for envelope, kind in (
        (stranger.sign("checkpoint", says, at=START).text(), "unknown-key"),
        (honest.elsewhere.text().replace(honest.keyring.signing.id, "0" * 32), "unknown-key"),
        (honest.keyring.sign("greeting", says, at=START).text(), "forged"),
        (honest.keyring.sign("checkpoint", says | {"log": "another"}, at=START).text(), "other-log"),
        (honest.keyring.sign("checkpoint", says | {"root": "0" * 64}, at=START).text(), "rewritten"),
        ("{}", "forged"),
    ):
        with honest.bent(lambda rows, at: None, 1, clever=False) as connection:
            connection.execute(
                text("UPDATE log_checkpoints SET envelope = :e WHERE size = :n"), {"e": envelope, "n": 60}
            )
            told = honest.found(connection, [])

        assert (told.facts["fault"], told.facts["number"]) == (kind, 41), kind


def test_audit__after_a_rotation_needs_the_new_public_keys_and_believes_the_retired_key_no_longer(
    database: Database, clock: Ticking, tmp_path: Path
) -> None:
    honest = an_honest_log(database, clock, tmp_path)
    before = honest.keyring.public
    honest.keyring.rotate(clock())
    with honest.database.transaction() as connection:
        append_event(connection, at=clock(), actor="ann", kind="k", subject="s")
    LogKeeper(honest.database, honest.keyring, honest.folder / "log").checkpoint(clock())

    with honest.database.reading() as connection:
        assert audit(LogTable(connection), honest.keyring.public).size == SIZE + 1
        with pytest.raises(Broken) as told:
            audit(LogTable(connection), before)
    assert (told.value.facts["fault"], told.value.facts["number"]) == ("unknown-key", SIZE + 1)
