"""The one way an event is written as bytes: a JSON list, so that no two different events can read as one text. Pure.

`[number,"at","actor","kind","subject",version,"body","previous"]`, ASCII, no spaces. Its SHA-256 is the event's hash
and the next one's `previous`; with 0x00 before it, the leaf of the tree; and the line itself is what an export holds.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final

FIRST_HASH: Final = "0" * 64
# An entry's own bytes, at most: far above what any event says, far below what would hurt a checker.
LARGEST_ENTRY: Final = 1 << 20


def canonical_body(body: Mapping[str, Any]) -> str:
    """The body as text: keys in order, no spaces, ASCII."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def entry_bytes(row: Sequence[Any]) -> bytes:
    """The entry of (number, at, actor, kind, subject, version, body, previous); `at` and `body` as the columns hold
    them."""
    number, at, actor, kind, subject, version, body, previous = row
    return (
        f"[{number},{quoted(at)},{quoted(actor)},{quoted(kind)},{quoted(subject)},{version},"
        f"{quoted(body)},{quoted(previous)}]"
    ).encode("ascii")


def entry_hash(entry: bytes) -> str:
    """The event's hash, as hex."""
    return sha256(entry).hexdigest()


def number_of(entry: bytes) -> int | None:
    """The number an entry says it has; None when it is none."""
    head = entry[1:12].split(b",", 1)[0] if entry[:1] == b"[" else b""
    return int(head) if head.isdigit() else None


def previous_of(entry: bytes) -> str:
    """The hash of the entry before, as this one says it; "" when it says none."""
    said = entry[-67:]
    return said[1:65].decode("ascii", "replace") if len(said) == 67 and said[:1] == b'"' and said[65:] == b'"]' else ""


def numbered(entry: bytes, number: int) -> bytes:
    """The same entry under another number: what it was before somebody moved it."""
    comma = entry.find(b",")
    return b"[%d" % number + entry[comma:] if comma > 0 else entry
