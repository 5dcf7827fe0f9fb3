"""Personal fields of events, sealed under a key per subject: destroying the key erases them, and the chain still holds.

The log's hashes cover the sealed bytes, which never change. A subject's key is 32 random bytes, wrapped in the database
under the home's key-encryption key. Sealed fields are AES-256-GCM, bound to the event's number, kind and subject, so
they cannot be moved to another entry. Copies of the database made before (backups) hold the wrapped key as long as they
live.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from secrets import token_bytes
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, insert, select, update

from embla.errors import Broken
from embla.platform.clock import NewId
from embla.platform.ledger.entry import canonical_body
from embla.platform.tables import subject_keys
from embla.platform.wrapping import Wrapping

SEALED: Final = "sealed"
_NONCE = 12


class Erased(Enum):
    """What is read of a subject whose key was destroyed."""

    ERASED = "erased"


ERASED: Final = Erased.ERASED


@dataclass(frozen=True)
class SubjectKey:
    """The key of one subject. The secret stays out of repr."""

    id: str
    secret: bytes = field(repr=False)


def subject_key(connection: Connection, wrapping: Wrapping, subject: str, *, at: datetime, new_id: NewId) -> SubjectKey:
    """The key of a subject ("person:7Q..."), made when there is none. After an erasure a new one begins."""
    row = connection.execute(
        select(subject_keys.c.id, subject_keys.c.wrapped).where(subject_keys.c.subject == subject)
    ).one_or_none()
    if row is not None:
        return SubjectKey(row.id, wrapping.unwrap(row.wrapped, _context(row.id)))
    key = SubjectKey(new_id(), token_bytes(32))
    wrapped = wrapping.wrap(key.secret, _context(key.id))
    connection.execute(insert(subject_keys).values(id=key.id, subject=subject, wrapped=wrapped, created=at))
    return key


def destroy_subject_key(connection: Connection, subject: str, *, at: datetime) -> bool:
    """Erase everything personal that events say of a subject. False when nothing was sealed for it."""
    gone = (
        update(subject_keys).where(subject_keys.c.subject == subject).values(subject=None, wrapped=None, destroyed=at)
    )
    return connection.execute(gone).rowcount == 1


def rewrap_subject_keys(connection: Connection, wrapping: Wrapping) -> int:
    """Wrap anew what an older key-encryption key wrapped; returns how many."""
    rows = connection.execute(
        select(subject_keys.c.id, subject_keys.c.wrapped).where(subject_keys.c.wrapped.is_not(None))
    ).all()
    old = [row for row in rows if wrapping.is_old(row.wrapped)]
    for row in old:
        again = wrapping.wrap(wrapping.unwrap(row.wrapped, _context(row.id)), _context(row.id))
        connection.execute(update(subject_keys).where(subject_keys.c.id == row.id).values(wrapped=again))
    return len(old)


def sealed(key: SubjectKey, personal: Mapping[str, Any], *, number: int, kind: str, subject: str) -> dict[str, str]:
    """What the event's body keeps of its personal fields."""
    # A nonce for a test to name would be a nonce to use twice: this one randomness is not injected.
    nonce = token_bytes(_NONCE)
    data = AESGCM(key.secret).encrypt(nonce, canonical_body(personal).encode(), _bound(number, kind, subject))
    return {"key": key.id, "data": b64encode(nonce + data).decode()}


def opened(
    connection: Connection, wrapping: Wrapping, body: Mapping[str, Any], *, number: int, kind: str, subject: str
) -> dict[str, Any] | Erased | None:
    """The personal fields of an event: themselves, ERASED when their key was destroyed, None when it has none.

    Broken when the key is missing though nobody destroyed it, or the sealed bytes are not those of this event.
    """
    if SEALED not in body:
        return None
    try:
        key, data = str(body[SEALED]["key"]), b64decode(body[SEALED]["data"], validate=True)
    except (KeyError, TypeError, ValueError, NotBase64):
        raise Broken(f"The sealed part of event {number} is not whole.", number=number) from None
    row = connection.execute(
        select(subject_keys.c.wrapped, subject_keys.c.destroyed).where(subject_keys.c.id == key)
    ).one_or_none()
    if row is not None and row.wrapped is None and row.destroyed is not None:
        return ERASED
    if row is None or row.wrapped is None:
        raise Broken(
            f"The key of the sealed part of event {number} is missing, and nobody destroyed it.",
            mend="Restore the database from a backup.",
            number=number,
        )
    secret = wrapping.unwrap(row.wrapped, _context(key))
    try:
        text = AESGCM(secret).decrypt(data[:_NONCE], data[_NONCE:], _bound(number, kind, subject))
    except (InvalidTag, ValueError):
        raise Broken(f"The sealed part of event {number} is not the one that was written.", number=number) from None
    told: dict[str, Any] = json.loads(text)
    return told


def _context(key: str) -> str:
    return f"subject-key:{key}"


def _bound(number: int, kind: str, subject: str) -> bytes:
    return json.dumps([number, kind, subject], separators=(",", ":")).encode()
