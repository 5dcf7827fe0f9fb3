"""A whole small file sealed for one reader, header and body together: what leaves for somebody's own key."""

import io
from secrets import token_bytes

from embla.vault.headers import KEY_BYTES, make_header, read_header
from embla.vault.segments import decrypt, encrypt


def seal_message(data: bytes, reader: bytes) -> bytes:
    """A Crypt4GH file for the reader's public key (32 bytes); any program that speaks Crypt4GH opens it."""
    key = token_bytes(KEY_BYTES)
    return make_header(key, [reader]) + encrypt(data, key, 0)


def open_message(sealed: bytes, private: bytes) -> bytes:
    """What `seal_message` sealed. Broken when it was changed, or this key (32 bytes) is not its reader's."""
    stream = io.BytesIO(sealed)
    key = read_header(stream, private)
    return bytes(decrypt(stream.read(), key, 0))
