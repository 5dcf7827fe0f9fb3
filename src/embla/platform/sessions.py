"""Signed-in browsers: server-side rows, a random token in the cookie, a CSRF token in each form.

The development login takes an account without a password and exists only where `settings.demo` is on; a real one
(OpenID Connect) will make the same rows. A session ends after 30 idle minutes or 10 hours (the national eHealth
platform's limits), at sign-out, and when its account is closed.
"""

import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from embla.errors import NotFound, NotPermitted
from embla.platform import events
from embla.platform.accounts import find_account, hash_token
from embla.platform.actor import Actor
from embla.platform.database import Database
from embla.platform.tables import accounts, sessions

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=10)
# `seen` is written at most this often, so that reading pages does not write on every click.
_SEEN_STEP: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class NewSession:
    """What the browser gets: `token` for an HttpOnly cookie, `csrf` for the forms. Neither is kept in readable form
    elsewhere but in the session's own row (csrf) and never in a log."""

    token: str
    csrf: str


@dataclass(frozen=True)
class SignedIn:
    """A living session."""

    actor: Actor
    display: str
    csrf: str

    def check_csrf(self, given: str | None) -> None:
        """NotPermitted unless the form carried this session's token."""
        if not given or not hmac.compare_digest(given.encode(), self.csrf.encode()):
            raise NotPermitted("This form is out of date.", rule="session.csrf", mend="Load the page again.")


def sign_in_demo(connection: Connection, account: str, *, demo: bool, at: datetime) -> NewSession:
    """Development login: a session for an account by its name alone. Refused unless `demo` (settings.demo)."""
    if not demo:
        raise NotPermitted(
            "Signing in without a password exists in the demo only.", rule="session.demo", mend="Set EMBLA_DEMO=1."
        )
    found = find_account(connection, account)
    if found is None or found.closed is not None:
        raise NotFound(f"There is no open account {account}.")
    new = NewSession(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    connection.execute(delete(sessions).where(sessions.c.created <= at - ABSOLUTE))
    connection.execute(
        insert(sessions).values(token_hash=hash_token(new.token), account=account, csrf=new.csrf, created=at, seen=at)
    )
    events.append_event(connection, at=at, actor=account, kind="signed-in", subject=f"account:{account}")
    return new


def who_is(database: Database, token: str | None, *, at: datetime) -> SignedIn | None:
    """The session behind a cookie, or None. Moves the idle clock."""
    if not token:
        return None
    key = hash_token(token)
    with database.reading() as connection:
        row = connection.execute(
            select(sessions, accounts.c.display, accounts.c.roles, accounts.c.laboratory, accounts.c.closed)
            .join(accounts, accounts.c.name == sessions.c.account)
            .where(sessions.c.token_hash == key)
        ).one_or_none()
    if row is None or row.closed is not None or at - row.created >= ABSOLUTE or at - row.seen >= IDLE:
        return None
    if at - row.seen >= _SEEN_STEP:
        with database.transaction() as connection:
            connection.execute(update(sessions).where(sessions.c.token_hash == key).values(seen=at))
    actor = Actor(row.account, frozenset(json.loads(row.roles)), row.laboratory)
    return SignedIn(actor, row.display, row.csrf)


def sign_out(connection: Connection, token: str) -> None:
    """End a session; a token that opens none is no error."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == hash_token(token)))
