"""Signed-in browsers: server-side rows, a random token in the cookie, a CSRF token in each form.

The development login takes an account without a password and exists only where `settings.demo` is on; OpenID Connect
(`oidc.py`) makes the same rows. What needs a fresh sign-in asks for one: `step_up` notes it and gives the session a new
token, so that one that was seen before opens nothing more. A session ends after 30 idle minutes or 10 hours (the
national eHealth platform's limits), at sign-out, and when its account is closed.
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
# How long a fresh sign-in counts as one, unless a setting says otherwise.
STEP_UP: Final = timedelta(minutes=10)
# `seen` is written at most this often, so that reading pages does not write on every click.
_SEEN_STEP: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class NewSession:
    """What the browser gets: `token` for an HttpOnly cookie, `csrf` for the forms. Neither is kept in readable form
    elsewhere but in the session's own row (csrf) and never in a log."""

    token: str
    csrf: str


@dataclass(frozen=True)
class Living:
    """One living session as its holder sees it. `handle` names it on a page and opens nothing; `own`: this very one."""

    handle: str
    begun: datetime
    seen: datetime
    own: bool


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


def _form_token(account: str) -> str:
    """A token for forms that says, to who knows the account, whose it was: also when the session is long gone."""
    random = secrets.token_urlsafe(32)
    return f"{random}.{_whose(random, account)}"


def typed_by_another(token: str, account: str) -> bool:
    """True where a form's token was of another account's session; False for one that was of nobody's."""
    random, dot, whose = token.partition(".")
    return bool(dot) and not hmac.compare_digest(whose.encode(), _whose(random, account).encode())


def _whose(random: str, account: str) -> str:
    return hash_token(f"form {random} of {account}")[:16]


def sign_in_demo(connection: Connection, account: str, *, demo: bool, at: datetime) -> NewSession:
    """Development login: a session for an account by its name alone. Refused unless `demo` (settings.demo)."""
    if not demo:
        raise NotPermitted(
            "Signing in without a password exists in the demo only.", rule="session.demo", mend="Set EMBLA_DEMO=1."
        )
    return start(connection, account, at=at)


def start(connection: Connection, account: str, *, at: datetime, stepped_up: datetime | None = None) -> NewSession:
    """A session for an account whose holder has proved who they are; `stepped_up`: when, if that counts as fresh."""
    found = find_account(connection, account)
    if found is None or found.closed is not None:
        raise NotFound("There is no open account of this name.", mend="Ask your administrator for one.")
    new = NewSession(secrets.token_urlsafe(32), _form_token(account))
    connection.execute(delete(sessions).where(sessions.c.created <= at - ABSOLUTE))
    connection.execute(
        insert(sessions).values(
            token_hash=hash_token(new.token), account=account, csrf=new.csrf, created=at, seen=at, stepped_up=stepped_up
        )
    )
    events.append_event(connection, at=at, actor=account, kind="signed-in", subject=f"account:{account}")
    return new


def step_up(connection: Connection, token: str, account: str, *, at: datetime, confirmed: datetime) -> NewSession:
    """Note that the holder of a living session has just proved again who they are; it goes on under a new token.

    NotPermitted when there is no such session, or when another account was proved: a stolen session stays what it is.
    """
    key = hash_token(token)
    row = connection.execute(select(sessions).where(sessions.c.token_hash == key)).one_or_none()
    if row is None or at - row.created >= ABSOLUTE or at - row.seen >= IDLE or row.account != account:
        raise NotPermitted("This is not who is signed in.", rule="session.step_up", mend="Sign in again.")
    new = NewSession(secrets.token_urlsafe(32), _form_token(account))
    values = {"token_hash": hash_token(new.token), "csrf": new.csrf, "seen": at, "stepped_up": confirmed}
    connection.execute(update(sessions).where(sessions.c.token_hash == key).values(**values))
    events.append_event(connection, at=at, actor=account, kind="signed-in-anew", subject=f"account:{account}")
    return new


def sign_out_everywhere(connection: Connection, account: str, *, by: Actor, at: datetime) -> int:
    """End every session of an account; returns how many there were."""
    ended = connection.execute(delete(sessions).where(sessions.c.account == account)).rowcount
    body = {"sessions": ended}
    subject = f"account:{account}"
    events.append_event(connection, at=at, actor=by.id, kind="signed-out-everywhere", subject=subject, body=body)
    return ended


def end_one(connection: Connection, account: str, handle: str, *, by: Actor, at: datetime) -> None:
    """End one session of this account, named by its handle; NotFound for one that is gone or another account's."""
    for key in connection.scalars(select(sessions.c.token_hash).where(sessions.c.account == account)).all():
        if hmac.compare_digest(_handle(key).encode(), handle.encode()):
            connection.execute(delete(sessions).where(sessions.c.token_hash == key))
            events.append_event(connection, at=at, actor=by.id, kind="session-ended", subject=f"account:{account}")
            return
    raise NotFound("You have no such session.", mend="It may have ended already.")


def sessions_of(connection: Connection, account: str, *, at: datetime, token: str = "") -> list[Living]:
    """Each living session of an account, newest first; `token` is that of the one who asks."""
    query = select(sessions).where(sessions.c.account == account).order_by(sessions.c.created.desc())
    return [
        Living(_handle(row.token_hash), row.created, row.seen, row.token_hash == hash_token(token))
        for row in connection.execute(query)
        if at - row.created < ABSOLUTE and at - row.seen < IDLE
    ]


def _handle(token_hash: str) -> str:
    return hash_token(f"session {token_hash}")[:24]


def who_is(database: Database, token: str | None, *, at: datetime, step_up: timedelta = STEP_UP) -> SignedIn | None:
    """The session behind a cookie, or None. Moves the idle clock."""
    if not token:
        return None
    key = hash_token(token)
    with database.reading() as connection:
        row = connection.execute(
            select(sessions, *(accounts.c[name] for name in ("display", "roles", "laboratory", "region", "closed")))
            .join(accounts, accounts.c.name == sessions.c.account)
            .where(sessions.c.token_hash == key)
        ).one_or_none()
    if row is None or row.closed is not None or at - row.created >= ABSOLUTE or at - row.seen >= IDLE:
        return None
    if at - row.seen >= _SEEN_STEP:
        with database.transaction() as connection:
            connection.execute(update(sessions).where(sessions.c.token_hash == key).values(seen=at))
    until = None if row.stepped_up is None else row.stepped_up + step_up
    roles = frozenset(json.loads(row.roles))
    actor = Actor(row.account, roles, row.laboratory, stepped_up_until=until, region=row.region)
    return SignedIn(actor, row.display, row.csrf)


def sign_out(connection: Connection, token: str) -> None:
    """End a session; a token that opens none is no error."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == hash_token(token)))
