"""Who may come in: accounts, the demo's login, tokens. The database holds hashes only."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from embla.errors import NotFound, NotPermitted, UsageError
from embla.platform import (
    OPERATOR,
    Database,
    actor_of_token,
    close_account,
    create_account,
    events_since,
    issue_token,
    list_accounts,
    revoke_tokens,
    sign_in_demo,
    sign_out,
    who_is,
)
from embla.platform.accounts import find_account
from tests.support.homes import Ticking


def make_account(database: Database, clock: Ticking, name: str = "lab.north", **changes: object) -> None:
    given: dict = {"display": "Laboratory", "roles": ["lab"], "laboratory": "north"} | changes
    with database.transaction() as connection:
        create_account(connection, name, **given, by=OPERATOR, at=clock())


def sign_in(database: Database, clock: Ticking, name: str = "lab.north") -> str:
    with database.transaction() as connection:
        return sign_in_demo(connection, name, demo=True, at=clock()).token


def test_session__gives_the_actor_with_roles_and_laboratory(database: Database, clock: Ticking) -> None:
    make_account(database, clock)

    found = who_is(database, sign_in(database, clock), at=clock())

    assert found is not None
    assert (found.actor.id, found.actor.roles, found.actor.laboratory) == ("lab.north", {"lab"}, "north")


def test_sign_in__outside_the_demo_is_refused(database: Database, clock: Ticking) -> None:
    make_account(database, clock)

    with pytest.raises(NotPermitted) as told, database.transaction() as connection:
        sign_in_demo(connection, "lab.north", demo=False, at=clock())

    assert told.value.rule == "session.demo"


def test_session__ends_after_thirty_idle_minutes(database: Database, clock: Ticking) -> None:
    make_account(database, clock)
    token = sign_in(database, clock)

    clock.at += timedelta(minutes=29)
    still = who_is(database, token, at=clock())
    clock.at += timedelta(minutes=29)
    again = who_is(database, token, at=clock())
    clock.at += timedelta(minutes=31)
    gone = who_is(database, token, at=clock())

    assert still is not None and again is not None and gone is None


def test_session__ends_after_ten_hours_however_busy(database: Database, clock: Ticking) -> None:
    make_account(database, clock)
    token = sign_in(database, clock)

    lived = 0
    for _ in range(31):
        clock.at += timedelta(minutes=20)
        lived += who_is(database, token, at=clock()) is not None

    assert lived == 29


@pytest.mark.parametrize("token", [None, "", "x", "a" * 10_000, "\u00e6\u00f8\u00e5"])
def test_who_is__nobody_with_a_made_up_token(database: Database, clock: Ticking, token: str | None) -> None:
    assert who_is(database, token, at=clock()) is None


def test_sign_out__ends_the_session_and_can_be_repeated(database: Database, clock: Ticking) -> None:
    make_account(database, clock)
    token = sign_in(database, clock)

    for _ in range(2):
        with database.transaction() as connection:
            sign_out(connection, token)

    assert who_is(database, token, at=clock()) is None


def test_close_account__shuts_sessions_and_tokens_at_once(database: Database, clock: Ticking) -> None:
    make_account(database, clock)
    session = sign_in(database, clock)
    with database.transaction() as connection:
        token = issue_token(connection, "lab.north", label="machine", by=OPERATOR, at=clock())
        close_account(connection, "lab.north", by=OPERATOR, at=clock())

    with database.reading() as connection:
        with pytest.raises(NotPermitted):
            actor_of_token(connection, token, at=clock())
        assert list_accounts(connection) == []
    assert who_is(database, session, at=clock()) is None
    with pytest.raises(NotFound), database.transaction() as connection:
        sign_in_demo(connection, "lab.north", demo=True, at=clock())


def test_close_account__of_a_closed_one_keeps_its_time_and_writes_nothing(database: Database, clock: Ticking) -> None:
    make_account(database, clock)
    with database.transaction() as connection:
        close_account(connection, "lab.north", by=OPERATOR, at=clock())
        closed = find_account(connection, "lab.north")
        before = len(list(events_since(connection, 0)))
        close_account(connection, "lab.north", by=OPERATOR, at=clock() + timedelta(days=3))

        assert closed is not None and closed.closed is not None
        assert find_account(connection, "lab.north") == closed
        assert len(list(events_since(connection, 0))) == before


def test_token__opens_until_it_expires_or_is_revoked(database: Database, clock: Ticking) -> None:
    make_account(database, clock)
    with database.transaction() as connection:
        short = issue_token(connection, "lab.north", label="a", by=OPERATOR, at=clock(), days=1)
        long = issue_token(connection, "lab.north", label="b", by=OPERATOR, at=clock())

    with database.reading() as connection:
        assert actor_of_token(connection, short, at=clock()).laboratory == "north"
        with pytest.raises(NotPermitted):
            actor_of_token(connection, short, at=clock() + timedelta(days=1))
        assert actor_of_token(connection, long, at=clock() + timedelta(days=1)).id == "lab.north"
    with database.transaction() as connection:
        assert revoke_tokens(connection, "lab.north", by=OPERATOR, at=clock()) == 2
    with database.reading() as connection, pytest.raises(NotPermitted):
        actor_of_token(connection, long, at=clock())


def test_database__holds_no_token_that_opens_anything(database: Database, clock: Ticking) -> None:
    make_account(database, clock)
    session = sign_in(database, clock)
    with database.transaction() as connection:
        token = issue_token(connection, "lab.north", label="machine", by=OPERATOR, at=clock())

    with database.reading() as connection:
        rows = [
            str(row)
            for table in ("sessions", "api_tokens", "events", "accounts")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]

    assert not any(session in row or token in row for row in rows)


def test_csrf__only_the_sessions_own_token_passes(database: Database, clock: Ticking) -> None:
    make_account(database, clock)
    with database.transaction() as connection:
        new = sign_in_demo(connection, "lab.north", demo=True, at=clock())
    found = who_is(database, new.token, at=clock())
    assert found is not None

    found.check_csrf(new.csrf)
    for wrong in (None, "", "x", new.token, "\u00e6"):
        with pytest.raises(NotPermitted):
            found.check_csrf(wrong)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "A"},
        {"name": "operator"},
        {"name": "two words"},
        {"roles": ["king"]},
        {"roles": ["lab"], "laboratory": None},
        {"roles": ["clinician"], "laboratory": "north"},
    ],
)
def test_create_account__refuses_what_makes_no_sense(database: Database, clock: Ticking, changes: dict) -> None:
    with pytest.raises(UsageError):
        make_account(database, clock, **({"name": "lab.north"} | changes))


def test_create_account__again_changes_nothing_and_other_roles_are_refused(database: Database, clock: Ticking) -> None:
    make_account(database, clock)
    make_account(database, clock)
    with pytest.raises(UsageError):
        make_account(database, clock, laboratory="south")

    with database.reading() as connection:
        assert [event.kind for event in events_since(connection, 0)] == ["account-created"]
