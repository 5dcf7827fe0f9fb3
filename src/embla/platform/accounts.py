"""Accounts and their roles, and the API tokens of machines.

An account's name is what the event log calls its actor; it is a user name, never a patient's. The database holds only
hashes of tokens, so a copy of it opens no door.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from embla.errors import NotFound, NotPermitted, UsageError
from embla.platform import events
from embla.platform.actor import ROLES, Actor
from embla.platform.tables import accounts, api_tokens

if TYPE_CHECKING:
    from embla.platform.database import Database

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_REGION: Final = re.compile(r"[A-Za-z0-9-]{1,20}")
TOKEN_DAYS: Final = 365
# The door that a token opens unless it is made for another.
API: Final = "api"
# `used` is written at most this often, so that reading does not write each time.
_USED_STEP: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Account:
    """Somebody, or a laboratory's machine, that may sign in."""

    name: str
    display: str
    roles: frozenset[str]
    laboratory: str | None
    created: datetime
    closed: datetime | None = None
    region: str | None = None

    @property
    def actor(self) -> Actor:
        """The account as one who acts."""
        return Actor(self.name, self.roles, self.laboratory, region=self.region)


@dataclass(frozen=True)
class Token:
    """What may be shown of a token: everything but itself. `id` names it, and opens nothing."""

    id: str
    account: str
    label: str
    audience: str
    scopes: tuple[str, ...] | None
    created: datetime
    expires: datetime
    used: datetime | None
    revoked: datetime | None


def create_account(
    connection: Connection,
    name: str,
    *,
    display: str,
    roles: Iterable[str],
    laboratory: str | None = None,
    region: str | None = None,
    by: Actor,
    at: datetime,
) -> Account:
    """Add an account; the same one again changes nothing. A `lab` account needs the laboratory it reports for, a
    `coordinator` the code of the region it is for."""
    wanted = frozenset(roles)
    if not _NAME.fullmatch(name) or name in ("operator", "anonymous", "system"):
        raise UsageError("This is no account name.", mend="2 to 64 of a-z 0-9 . _ @ -, not operator or anonymous.")
    if not 0 < len(display) <= 200 or not display.isprintable():
        raise UsageError("An account is shown by 1 to 200 visible characters.", mend="Give it a shorter, plain name.")
    if unknown := sorted(wanted - set(ROLES)):
        raise UsageError(f"No role is called '{unknown[0]}'.", mend=f"Known: {', '.join(ROLES)}.")
    if ("lab" in wanted) != (laboratory is not None):
        raise UsageError("The role lab and a laboratory go together.", mend="Give both or neither.")
    if ("coordinator" in wanted) != (region is not None):
        raise UsageError("The role coordinator and a region go together.", mend="Give both or neither.")
    if region is not None and not _REGION.fullmatch(region):
        raise UsageError("This is no code of a region.", mend="`embla registry regions` lists them.")
    account = Account(name, display, wanted, laboratory, at, region=region)
    existing = find_account(connection, name)
    if existing is not None:
        if (existing.roles, existing.laboratory, existing.region, existing.closed) != (
            wanted,
            laboratory,
            region,
            None,
        ):
            raise UsageError(f"An account {name} exists with other roles.", mend="Choose another name.")
        return existing
    connection.execute(
        insert(accounts).values(
            name=name,
            display=display,
            roles=json.dumps(sorted(wanted)),
            laboratory=laboratory,
            created=at,
            region=region,
        )
    )
    body = {"roles": sorted(wanted), "laboratory": laboratory} | ({"region": region} if region is not None else {})
    events.append_event(connection, at=at, actor=by.id, kind="account-created", subject=f"account:{name}", body=body)
    return account


def find_account(connection: Connection, name: str) -> Account | None:
    """The account of this name, closed ones too."""
    row = connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
    return None if row is None else _account(row)


def known_account(connection: Connection, name: str) -> Account:
    """An account, open or closed; NotFound for a name that none has: whoever mistyped it must not think it is done."""
    found = find_account(connection, name)
    if found is None:
        raise NotFound("There is no account of this name.", mend="`embla home accounts` lists them.")
    return found


def list_accounts(connection: Connection) -> list[Account]:
    """Every open account, by name: what the demo's sign-in page offers."""
    rows = connection.execute(select(accounts).where(accounts.c.closed.is_(None)).order_by(accounts.c.name))
    return [_account(row) for row in rows]


def close_account(connection: Connection, name: str, *, by: Actor, at: datetime) -> None:
    """Close an account: its sessions and tokens open nothing from this commit on. One that is closed stays as it is."""
    found = find_account(connection, name)
    if found is None:
        raise NotFound(f"There is no account {name}.")
    if found.closed is not None:
        return
    connection.execute(update(accounts).where(accounts.c.name == name).values(closed=at))
    events.append_event(connection, at=at, actor=by.id, kind="account-closed", subject=f"account:{name}")


def issue_token(
    connection: Connection,
    account: str,
    *,
    label: str,
    by: Actor,
    at: datetime,
    days: int = TOKEN_DAYS,
    audience: str = API,
    scopes: Iterable[str] | None = None,
) -> str:
    """A new API token of an account, shown once and kept as a hash only.

    `audience`: the one door it opens. `scopes`: the only actions it may ask for; None for all that the roles allow.
    """
    found = find_account(connection, account)
    if found is None or found.closed is not None:
        raise NotFound(f"There is no open account {account}.")
    token = "embla_" + secrets.token_urlsafe(32)
    kept = hash_token(token)
    told = None if scopes is None else sorted(set(scopes))
    connection.execute(
        insert(api_tokens).values(
            token_hash=kept,
            account=account,
            label=label,
            created=at,
            expires=at + timedelta(days=days),
            id=token_id(token),
            audience=audience,
            scopes=None if told is None else json.dumps(told),
        )
    )
    body = {"label": label, "days": days, "token": token_id(token), "audience": audience, "scopes": told}
    events.append_event(connection, at=at, actor=by.id, kind="token-issued", subject=f"account:{account}", body=body)
    return token


def actor_of_token(connection: Connection, token: str, *, at: datetime, audience: str = API) -> Actor:
    """Who holds this API token; NotPermitted when it is unknown, expired, revoked, made for another door, or its
    account is closed."""
    return _holder(connection, api_tokens.c.token_hash == hash_token(token), at, audience)


def actor_of_issued(connection: Connection, identifier: str, *, at: datetime, audience: str = API) -> Actor:
    """The same by a token's id, which shows nothing: for what was given before to somebody who had shown the token."""
    return _holder(connection, api_tokens.c.id == identifier, at, audience)


def _holder(connection: Connection, which: ColumnElement[bool], at: datetime, audience: str) -> Actor:
    row = connection.execute(
        select(api_tokens.c.expires, api_tokens.c.revoked, api_tokens.c.audience, api_tokens.c.scopes, *accounts.c)
        .join(accounts, accounts.c.name == api_tokens.c.account)
        .where(which)
    ).one_or_none()
    living = row is not None and row.revoked is None and row.closed is None and row.expires > at
    if row is None or not living or row.audience != audience:
        raise NotPermitted("This token is unknown, expired or revoked.", rule="token.valid", mend="Ask for a new one.")
    scopes = None if row.scopes is None else frozenset(json.loads(row.scopes))
    return replace(_account(row).actor, scopes=scopes)


def note_use(database: "Database", token: str, *, at: datetime) -> None:
    """Keep when a token last opened something, to the hour."""
    this = api_tokens.c.token_hash == hash_token(token)
    with database.reading() as connection:
        used = connection.execute(select(api_tokens.c.used).where(this)).scalar_one_or_none()
    if used is None or at - used >= _USED_STEP:
        with database.transaction() as connection:
            connection.execute(update(api_tokens).where(this).values(used=at))


def list_tokens(connection: Connection, account: str | None = None) -> list[Token]:
    """Tokens, newest first, revoked and expired ones too; of one account only, when given."""
    query = select(api_tokens).order_by(api_tokens.c.created.desc())
    if account is not None:
        query = query.where(api_tokens.c.account == account)
    return [
        Token(
            row.id, row.account, row.label, row.audience, None if row.scopes is None else tuple(json.loads(row.scopes)),
            row.created, row.expires, row.used, row.revoked,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def revoke_tokens(connection: Connection, account: str, *, by: Actor, at: datetime, only: str | None = None) -> int:
    """Revoke every token of an account, or the one whose id is `only`; returns how many there were."""
    living = (api_tokens.c.account == account) & api_tokens.c.revoked.is_(None)
    if only is not None:
        living &= api_tokens.c.id == only
    done = connection.execute(update(api_tokens).where(living).values(revoked=at)).rowcount
    events.append_event(
        connection, at=at, actor=by.id, kind="tokens-revoked", subject=f"account:{account}", body={"tokens": done}
    )
    return done


def token_id(token: str) -> str:
    """What names a token and opens nothing."""
    return hash_token(token)[:12]


def hash_token(token: str) -> str:
    """What the database keeps of a token. Tokens hold 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def _account(row: Row[Any]) -> Account:
    roles = frozenset(json.loads(row.roles))
    return Account(row.name, row.display, roles, row.laboratory, row.created, row.closed, row.region)
