"""A question that was typed, sealed into an address: what a form asked, so that its answer has a page to come back to.

A form that was typed into is a POST, and the answer to a POST cannot be gone back to, nor loaded again. So the POST
leads on to an address that holds the question under the home's key (AES-256-GCM): who reads a history or a proxy's log
sees neither a variant nor a person. It opens for the account that asked, in the place where it asked, for half a day;
nobody else can make one, so no other site can have a question asked, and logged, in somebody's name.
"""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from embla.platform.wrapping import Wrapping

LIFE: Final = timedelta(hours=12)
# Addresses are bounded at 4,096 letters, and a path, a language and a page stand beside this.
LONGEST: Final = 3_000
# A zip bomb would need our key; the bound holds all the same.
_MOST: Final = 100_000
_NONCE: Final = 12
_USE: Final = "question in an address 1"


def seal_question(
    wrapping: "Wrapping", account: str, place: str, said: Mapping[str, Any], at: datetime,
    random: Callable[[int], bytes] = token_bytes,
) -> str | None:  # fmt: skip
    """The text for the address; None where the question is too long for one. `place`: the path that answers it."""
    nonce = random(_NONCE)
    until = int((at + LIFE).timestamp())
    plain = zlib.compress(json.dumps([until, dict(said)], separators=(",", ":")).encode(), 9)
    made = nonce + AESGCM(wrapping.derived(_USE)).encrypt(nonce, plain, _bound(account, place))
    text = urlsafe_b64encode(made).rstrip(b"=").decode()
    return text if len(text) <= LONGEST else None


def open_question(
    wrapping: "Wrapping", account: str, place: str, text: str | None, at: datetime
) -> dict[str, Any] | None:  # fmt: skip
    """What was asked; None for what was not sealed for this account and place, was changed, or is over."""
    if not text or len(text) > LONGEST:
        return None
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        plain = AESGCM(wrapping.derived(_USE)).decrypt(raw[:_NONCE], raw[_NONCE:], _bound(account, place))
        until, said = json.loads(zlib.decompressobj().decompress(plain, _MOST))
    except (ValueError, InvalidTag, zlib.error):
        return None
    return said if at.timestamp() <= until else None


def _bound(account: str, place: str) -> bytes:
    return json.dumps([_USE, account, place]).encode()
