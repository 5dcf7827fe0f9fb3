"""What Embla signs: an envelope that says its kind, and the public keys that check it. Pure.

The envelope is DSSE 1.0 (github.com/secure-systems-lab/dsse): the signature covers the exact bytes of the payload and
its type, length before each, so that a signed checkpoint can never be taken for a signed certificate. The payload is
JSON: `{"says": {...}, "signed_at": "..."}`. Keys are Ed25519 (RFC 8032); a key's id is made of the key itself.
"""

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from embla.errors import BadInput, Broken
from embla.platform.clock import parse_time, time_text

LARGEST: Final = 16 << 20
PUBLIC_FORMAT: Final = "embla-public-keys/1"
_TYPE = re.compile(r"application/vnd\.embla\.([a-z][a-z0-9-]{0,40})\+json")
_KIND = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class Envelope:
    """Something signed: which `kind` of thing, what it `says`, when and by which key. Proof of nothing until checked
    against public keys."""

    kind: str
    says: Mapping[str, Any]
    signed_at: datetime
    key: str
    payload: bytes
    signature: bytes

    def signed_bytes(self) -> bytes:
        """What the signature covers."""
        return signed_bytes(self.kind, self.payload)

    def to_json(self) -> dict[str, Any]:
        """As DSSE writes it."""
        signature = {"keyid": self.key, "sig": b64encode(self.signature).decode()}
        return {
            "payloadType": f"application/vnd.embla.{self.kind}+json",
            "payload": b64encode(self.payload).decode(),
            "signatures": [signature],
        }

    def text(self) -> str:
        """One line of JSON, without the end of line."""
        return json.dumps(self.to_json(), separators=(",", ":"))


@dataclass(frozen=True)
class PublicKey:
    """One key that signs or has signed. `retired`: when it stopped, None while it signs."""

    id: str
    version: int
    public: bytes
    created: datetime
    retired: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Its entry in the file of public keys."""
        return {
            "id": self.id,
            "version": self.version,
            "algorithm": "Ed25519",
            "public": b64encode(self.public).decode(),
            "created": time_text(self.created),
            "retired": None if self.retired is None else time_text(self.retired),
        }


@dataclass(frozen=True)
class PublicKeys:
    """All a checker needs. Whoever is in here is believed: get the file from the database's owner, not with the log."""

    keys: tuple[PublicKey, ...]

    def find(self, key: str) -> PublicKey | None:
        """The key of this id."""
        return next((one for one in self.keys if one.id == key), None)

    def check(self, envelope: Envelope) -> PublicKey:
        """The key that signed it, or Broken: unknown key, wrong signature, or signed after the key had retired."""
        key = self.find(envelope.key)
        if key is None:
            raise Broken(
                f"The {envelope.kind} is signed by key {envelope.key}, which is not among the public keys given.",
                mend="Ask the owner of the database for the newest public keys.",
                fault="unknown-key",
            )
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(envelope.signature, envelope.signed_bytes())
        except InvalidSignature:
            raise Broken(
                f"The signature on the {envelope.kind} is not of key {key.id}: it was forged or changed.",
                fault="forged",
            ) from None
        if key.retired is not None and envelope.signed_at > key.retired:
            raise Broken(f"The {envelope.kind} says it was signed after key {key.id} had retired.", fault="retired-key")
        return key

    def text(self) -> str:
        """The file of public keys."""
        told = {"format": PUBLIC_FORMAT, "keys": [key.to_json() for key in self.keys]}
        return json.dumps(told, indent=1) + "\n"


def key_id(public: bytes) -> str:
    """A key's id: the first 16 bytes of its SHA-256, as hex. Nobody finds another key of the same id."""
    return sha256(public).hexdigest()[:32]


def signed_bytes(kind: str, payload: bytes) -> bytes:
    """DSSE 1.0, pre-authentication encoding: kind and payload, each with its length before it."""
    named = f"application/vnd.embla.{kind}+json".encode()
    return b"DSSEv1 %d %b %d %b" % (len(named), named, len(payload), payload)


def payload_of(says: Mapping[str, Any], at: datetime) -> bytes:
    """The bytes to sign: keys in order, no spaces, so that the same things said are the same bytes."""
    told = {"says": says, "signed_at": time_text(at)}
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def check_kind(kind: str) -> str:
    """The kind itself, when it can be one: small letters, digits and hyphens."""
    if not _KIND.fullmatch(kind):
        raise ValueError("a kind is small letters, digits and hyphens")
    return kind


def parse_envelope(data: bytes | str, *, path: str = "") -> Envelope:
    """Read an envelope; BadInput when it is none. Nothing is checked against a key here."""
    if len(data) > LARGEST:
        raise BadInput(f"is larger than {LARGEST >> 20} MB.", path=path, mend="No signed envelope is that large.")
    try:
        told = json.loads(data)
        (signature,) = told["signatures"]
        named = _TYPE.fullmatch(told["payloadType"])
        if named is None:
            raise ValueError("payloadType")
        payload = b64decode(told["payload"], validate=True)
        inner = json.loads(payload)
        if not isinstance(inner["says"], dict) or not isinstance(signature["keyid"], str):
            raise ValueError("says")
        return Envelope(
            kind=named[1],
            says=inner["says"],
            signed_at=parse_time(inner["signed_at"]),
            key=signature["keyid"],
            payload=payload,
            signature=b64decode(signature["sig"], validate=True),
        )
    except (ValueError, TypeError, KeyError, NotBase64, RecursionError) as error:
        raise BadInput(
            "is not an envelope signed by Embla.", path=path, mend="Give the file as it was made."
        ) from error


def parse_public_keys(data: bytes | str, *, path: str = "") -> PublicKeys:
    """Read a file of public keys; BadInput when it is none, or a key does not belong to its id."""
    try:
        if len(data) > LARGEST:
            raise ValueError("too large")
        told = json.loads(data)
        if told["format"] != PUBLIC_FORMAT:
            raise ValueError("format")
        keys = tuple(_public_key(one) for one in told["keys"])
    except (ValueError, TypeError, KeyError, NotBase64, RecursionError) as error:
        raise BadInput(
            "is not a file of Embla's public keys.", path=path, mend="`embla keys export` writes one."
        ) from error
    return PublicKeys(keys)


def _public_key(told: Mapping[str, Any]) -> PublicKey:
    public = b64decode(told["public"], validate=True)
    if told["algorithm"] != "Ed25519" or len(public) != 32 or key_id(public) != told["id"]:
        raise ValueError("key")
    retired = told["retired"]
    return PublicKey(
        id=told["id"],
        version=int(told["version"]),
        public=public,
        created=parse_time(told["created"]),
        retired=None if retired is None else parse_time(retired),
    )
