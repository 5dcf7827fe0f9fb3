"""An envelope as one short line, for a QR code: `EMBLA1:` and base45 of key, signature and the compressed payload.

Base45 (RFC 9285) is what a QR code holds most of. It is the same envelope: what is signed are the same bytes.
"""

import json
import zlib
from base64 import b64encode
from typing import Final

from embla.errors import BadInput
from embla.platform.envelope import Envelope, parse_envelope

PREFIX: Final = "EMBLA1:"
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE: Final = {letter: number for number, letter in enumerate(_ALPHABET)}
_KEY, _SIGNATURE, _MOST = 16, 64, 1 << 16


def compact(envelope: Envelope) -> str:
    """The envelope as one line."""
    inside = zlib.compress(envelope.kind.encode() + b"\n" + envelope.payload, 9)
    return PREFIX + _to_base45(bytes.fromhex(envelope.key) + envelope.signature + inside)


def parse_compact(text: str, *, path: str = "") -> Envelope:
    """Read such a line; BadInput when it is none. Nothing is checked against a key here."""
    try:
        if not text.startswith(PREFIX) or len(text) > 3 * _MOST:
            raise ValueError("prefix")
        data = _from_base45(text[len(PREFIX) :])
        if len(data) <= _KEY + _SIGNATURE:
            raise ValueError("short")
        squeezed = zlib.decompressobj()
        inside = squeezed.decompress(data[_KEY + _SIGNATURE :], _MOST)
        if not squeezed.eof or squeezed.unused_data:
            raise ValueError("length")
        kind, _, payload = inside.partition(b"\n")
        told = {
            "payloadType": f"application/vnd.embla.{kind.decode('ascii')}+json",
            "payload": b64encode(payload).decode(),
            "signatures": [{"keyid": data[:_KEY].hex(), "sig": b64encode(data[_KEY : _KEY + _SIGNATURE]).decode()}],
        }
    except (ValueError, zlib.error) as error:
        raise BadInput(
            "is not a code signed by Embla.", path=path, mend="Scan it again; a changed letter breaks it."
        ) from error
    return parse_envelope(json.dumps(told), path=path)


def _to_base45(data: bytes) -> str:
    letters = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            letters.append(_ALPHABET[digit])
    return "".join(letters)


def _from_base45(text: str) -> bytes:
    data = bytearray()
    for at in range(0, len(text), 3):
        part = text[at : at + 3]
        if any(letter not in _VALUE for letter in part) or len(part) == 1:
            raise ValueError("base45")
        number = sum(_VALUE[letter] * 45**place for place, letter in enumerate(part))
        if number >= 1 << 8 * (len(part) - 1):
            raise ValueError("base45")
        data += number.to_bytes(len(part) - 1, "big")
    return bytes(data)
