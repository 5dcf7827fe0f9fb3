"""A secure processing environment as data may be sealed for it. Pure."""

import re
from base64 import b64decode
from dataclasses import dataclass
from datetime import date

from embla.errors import UsageError
from embla.registry.model.values import _Plain


@dataclass(frozen=True)
class EnvironmentKey(_Plain):
    """One public key of one environment. fingerprint: SHA-256 of the key, 64 hex digits. public_key: base64 of its 32
    bytes. ended: from this day on it is none any more; None while it stands."""

    fingerprint: str
    environment: str
    partner: str
    public_key: str
    registered: date
    ended: date | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,62}", self.environment):
            raise UsageError("This is no id of an environment.", mend="2 to 63 of a-z 0-9 -.")

    @property
    def key(self) -> bytes:
        """The 32 bytes."""
        return b64decode(self.public_key)

    def stands_on(self, day: date) -> bool:
        """True when data may be sealed for it on a day."""
        return self.registered <= day and (self.ended is None or day < self.ended)
