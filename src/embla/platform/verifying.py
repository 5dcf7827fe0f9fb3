"""`embla verify`: what a signed file says, checked offline with nothing but public keys.

Rooms sign things of their own kinds; each kind has a function that checks what the envelope says beyond its signature
(files beside it, sums) and tells it in sentences. The edge `cli.py` lists them, so this room knows no other.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from embla.errors import BadInput, EmblaError
from embla.platform.clock import time_text
from embla.platform.compact import PREFIX, parse_compact
from embla.platform.envelope import LARGEST, Envelope, PublicKeys, parse_envelope, parse_public_keys

# Sentences about what an envelope says; `path` is its file, for what lies beside it. Broken where it does not hold.
Tell = Callable[[Envelope, Path], list[str]]
_LONGEST_LINE: Final = LARGEST


@dataclass(frozen=True)
class Verified:
    """One envelope whose signature is good. `known`: this program knows the kind, and `told` is what it checked."""

    kind: str
    key: str
    key_version: int
    signed_at: str
    says: Mapping[str, Any]
    told: tuple[str, ...]
    known: bool

    def to_json(self) -> dict[str, Any]:
        """Stable keys."""
        names = ("kind", "key", "key_version", "signed_at", "says", "known")
        return {"verified": True} | {name: getattr(self, name) for name in names}


def read_public_keys(path: Path) -> PublicKeys:
    """The public keys in this file."""
    return parse_public_keys(_read(path, 1 << 20), path=str(path))


def verify_envelopes(path: Path, keys: PublicKeys, kinds: Mapping[str, Tell]) -> Iterator[Verified]:
    """Every envelope in a file (one, or one a line); Broken or BadInput at the first that is not good."""
    for line, envelope in read_envelopes(path):
        try:
            yield verify_envelope(envelope, keys, kinds, path)
        except EmblaError as error:
            error.facts.setdefault("line", line)
            raise


def verify_envelope(envelope: Envelope, keys: PublicKeys, kinds: Mapping[str, Tell], path: Path) -> Verified:
    """Check the signature, then what the kind's own function checks."""
    key = keys.check(envelope)
    tell = kinds.get(envelope.kind)
    told = tuple(tell(envelope, path)) if tell is not None else ()
    signed = time_text(envelope.signed_at)
    return Verified(envelope.kind, key.id, key.version, signed, envelope.says, told, tell is not None)


def read_envelopes(path: Path) -> Iterator[tuple[int, Envelope]]:
    """(line, envelope) of a file: one envelope over any number of lines, or one a line."""
    try:
        with path.open("rb") as file:
            first = file.readline(_LONGEST_LINE + 1)
            if first.startswith(PREFIX.encode()):
                yield 1, parse_compact(first.decode("utf-8", "replace").rstrip("\r\n"), path=str(path))
                return
            if not _whole(first):
                yield 1, parse_envelope(first + file.read(_LONGEST_LINE + 1), path=str(path))
                return
            line, text = 1, first
            while text:
                if text.strip():
                    yield line, parse_envelope(text, path=f"{path}")
                line, text = line + 1, file.readline(_LONGEST_LINE + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", path=str(path)) from error


def _whole(line: bytes) -> bool:
    """Is an envelope complete in this line?"""
    return line.rstrip().endswith(b"}") and line.lstrip().startswith(b"{") and len(line.strip()) > 2


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", path=str(path)) from error
