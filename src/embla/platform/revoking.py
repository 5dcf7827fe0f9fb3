"""Signed lists of documents that hold no longer. A document that can be revoked says its id under `revocable`.

The list names ids and nothing else. Whoever checks a document offline brings the newest list along; how old it is
stands in the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from embla.errors import BadInput, Broken
from embla.platform.clock import time_text
from embla.platform.envelope import Envelope, PublicKeys, parse_envelope

REVOCATIONS: Final = "revocations"
# In a home: the newest list, written whenever it changes.
REVOKED_FILE: Final = Path("log", "revoked.json")


@dataclass(frozen=True)
class Revocations:
    """Ids that are revoked, and ids that another document has replaced."""

    as_of: str
    revoked: frozenset[str]
    replaced: Mapping[str, str]

    def check(self, says: Mapping[str, Any]) -> str:
        """A sentence about a document; Broken where it is revoked."""
        own = says.get("revocable")
        if own is None:
            return ""
        if own in self.revoked:
            raise Broken("This document was revoked: it holds no longer.", fault="revoked")
        if own in self.replaced:
            return f"A newer version replaces it: {self.replaced[own]}."
        return f"It was not revoked by {self.as_of}."


def read_revocations(path: Path, keys: PublicKeys) -> Revocations:
    """A list from a file, its signature checked."""
    try:
        if path.stat().st_size > 16 << 20:
            raise BadInput("larger than a list of revoked documents.", path=str(path))
        envelope = parse_envelope(path.read_bytes(), path=str(path))
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", path=str(path)) from error
    keys.check(envelope)
    if envelope.kind != REVOCATIONS:
        raise BadInput(f"is a {envelope.kind}, not a list of revoked documents.", path=str(path))
    says = envelope.says
    try:
        return Revocations(time_text(envelope.signed_at), frozenset(says["revoked"]), dict(says["replaced"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("is not a list of revoked documents.", path=str(path)) from error


def tell_revocations(envelope: Envelope, path: Path) -> list[str]:
    """What such a list says, for `embla verify`."""
    return [f"{len(envelope.says['revoked'])} documents are revoked, {len(envelope.says['replaced'])} replaced."]
