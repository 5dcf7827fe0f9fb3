"""Secure processing environments of partners, by the public keys under which single persons' data may be sent there.

A key is somebody's door: data sealed for it open there and nowhere else. So a key is registered by those who keep the
agreements, belongs to one partner, and is ended rather than changed; an ended key never comes back.
"""

from base64 import b64encode
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from sqlalchemy import Connection, insert, select, update

from embla.errors import BadInput, Conflict, NotFound
from embla.platform import Actor, append_event
from embla.policy import Action, permit
from embla.registry import tables
from embla.registry.agreements import find_partner
from embla.registry.model.environment import EnvironmentKey

if TYPE_CHECKING:
    from embla.platform import House


def add_environment_key(house: "House", actor: Actor, environment: str, partner: str, key: bytes) -> EnvironmentKey:
    """Register a public key (32 bytes) of a partner's environment. The same again changes nothing; Conflict where it
    was another's, or was ended, or where another partner has an environment of that name. BadInput for a key that keeps
    no secret."""
    permit(house.database, actor, Action.MANAGE_AGREEMENTS, purpose="operation", clock=house.clock)
    _sound(key)
    at = house.clock()
    made = EnvironmentKey(
        sha256(key).hexdigest(), environment, partner, b64encode(key).decode(), registered=at.date(), ended=None
    )
    with house.database.transaction() as connection:
        if find_partner(connection, partner) is None:
            raise NotFound("There is no such partner.", mend="`embla registry agreement add` registers one.")
        known = find_environment_key(connection, made.fingerprint)
        if known is not None:
            if (known.environment, known.partner, known.ended) != (environment, partner, None):
                raise Conflict("This key was registered before, otherwise.", mend="Let the environment make a new one.")
            return known
        table = tables.environment_keys
        others = select(table.c.partner).where(table.c.environment == environment, table.c.partner != partner)
        if connection.execute(others.limit(1)).first() is not None:
            # A data set says by name where its people's data may go.
            raise Conflict("Another partner has an environment of that name.", mend="Give this one a name of its own.")
        connection.execute(insert(tables.environment_keys).values(**vars(made)))
        body = {"environment": environment, "key": made.fingerprint}
        append_event(
            connection, at=at, actor=actor.id, kind="environment-key-added", subject=f"partner:{partner}", body=body
        )
    return made


def end_environment_key(house: "House", actor: Actor, fingerprint: str, *, on: date) -> None:
    """Take a key back: from this day on nothing is sealed for it."""
    permit(house.database, actor, Action.MANAGE_AGREEMENTS, purpose="operation", clock=house.clock)
    table = tables.environment_keys
    with house.database.transaction() as connection:
        known = find_environment_key(connection, fingerprint)
        if known is None or (known.ended is not None and known.ended <= on):
            raise NotFound("There is no such key to end.", mend="`embla registry environment list` shows them.")
        connection.execute(update(table).where(table.c.fingerprint == fingerprint).values(ended=on))
        append_event(
            connection, at=house.clock(), actor=actor.id, kind="environment-key-ended",
            subject=f"partner:{known.partner}", body={"key": fingerprint, "on": on.isoformat()},
        )  # fmt: skip


def find_environment_key(connection: Connection, fingerprint: str) -> EnvironmentKey | None:
    """The key with this SHA-256."""
    table = tables.environment_keys
    row = connection.execute(select(table).where(table.c.fingerprint == fingerprint)).one_or_none()
    return None if row is None else EnvironmentKey(**row._mapping)


def environment_keys(connection: Connection) -> list[EnvironmentKey]:
    """Every key, ended ones too, by environment and day."""
    table = tables.environment_keys
    query = select(table).order_by(table.c.environment, table.c.registered, table.c.fingerprint)
    return [EnvironmentKey(**row._mapping) for row in connection.execute(query)]


def _sound(key: bytes) -> None:
    try:
        # A point of small order gives everybody the same shared secret; the exchange refuses it (RFC 7748, 6.1).
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(key))
    except ValueError:
        raise BadInput("is no X25519 public key that keeps a secret.", mend="Let the environment make one.") from None
