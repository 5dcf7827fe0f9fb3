"""Addresses of parts: a capability sealed under the home's key, so that nobody reads, changes or makes one.

What stands in an address stands in the logs of every proxy. So it is encrypted (AES-256-GCM), and tells no region, no
account and no person. Clients of htsget follow it without their token, so for its minutes whoever has it gets the part:
its use is decided anew, and logged, for whom it was made for.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from embla.errors import NotPermitted
from embla.federation.delivery.model.part import Capability

if TYPE_CHECKING:
    from embla.platform import Wrapping

LIFE: Final = timedelta(minutes=15)
# Addresses are bounded at 4,096 letters.
LONGEST: Final = 3_800
_NONCE: Final = 12
_USE: Final = "delivery capability 1"


def sealed(wrapping: "Wrapping", capability: Capability, random: Callable[[int], bytes] = token_bytes) -> str:
    """The text that stands in an address."""
    nonce = random(_NONCE)
    plain = json.dumps(capability.to_json(), separators=(",", ":")).encode()
    text = nonce + AESGCM(wrapping.derived(_USE)).encrypt(nonce, plain, _USE.encode())
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def opened(wrapping: "Wrapping", text: str, at: datetime) -> Capability:
    """The inverse. NotPermitted for one that was changed, made up or is over."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)) if len(text) <= LONGEST else b""
        said = json.loads(AESGCM(wrapping.derived(_USE)).decrypt(raw[:_NONCE], raw[_NONCE:], _USE.encode()))
    except (ValueError, InvalidTag):
        raise NotPermitted("This address was not given by us.", rule="capability.sealed", mend=_MEND) from None
    found = Capability.from_json(said)
    if found is None or found.expires <= at:
        raise NotPermitted("This address is over.", rule="capability.expires", mend=_MEND)
    return found


_MEND: Final = "Ask for a new ticket."
