"""Crypt4GH headers: the session key of a body, encrypted for readers. Made and read with the package `crypt4gh`.

A header is small and lies apart from its body: who else may read, and which key the vault uses, change the header only.
"""

import io
import logging
from base64 import b64decode
from collections.abc import Sequence
from typing import BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from embla.errors import BadInput, Broken

KEY_BYTES: Final = 32
_LARGEST: Final = 1 << 16
_METHOD: Final = 0  # X25519, ChaCha20-Poly1305

# At the level debug that package writes secret keys into the log.
logging.getLogger("crypt4gh").setLevel(logging.CRITICAL)


_BEGIN: Final = "-----BEGIN CRYPT4GH PUBLIC KEY-----"
_END: Final = "-----END CRYPT4GH PUBLIC KEY-----"


def public_key_of(text: str) -> bytes:
    """A public key as it travels in a header of a request: base64 of its 32 bytes. BadInput when it is none."""
    try:
        key = b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadInput("is no Crypt4GH public key.", mend="Give base64 of its 32 bytes.")
    return key


def read_public_key(text: str) -> bytes:
    """The 32 bytes of a Crypt4GH public key file. BadInput when it is none."""
    try:
        key = b64decode("".join(text.split(_BEGIN, 1)[1].split(_END, 1)[0].split()), validate=True)
    except (IndexError, ValueError):
        raise BadInput("is no Crypt4GH public key file.", mend="It begins with " + _BEGIN) from None
    if len(key) != KEY_BYTES:
        raise BadInput("is a Crypt4GH key of the wrong length.")
    return key


def make_header(session_key: bytes, readers: Sequence[bytes], edits: Sequence[int] = ()) -> bytes:
    """A header for these public keys (32 bytes each). The sender's key is made for this header and thrown away.

    edits: an edit list (Crypt4GH 1.0, 3.3.2): plain bytes to leave out, to keep, to leave out, ... in turns.
    """
    from crypt4gh import header

    sender = X25519PrivateKey.generate().private_bytes_raw()
    for reader in readers:
        if len(reader) != KEY_BYTES:
            raise BadInput("A Crypt4GH public key has 32 bytes.", mend="Give the reader's public key file.")
    packets = [header.make_packet_data_enc(_METHOD, session_key)]
    if edits:
        packets.append(header.make_packet_data_edit_list(edits))
    keys = [(_METHOD, sender, reader) for reader in readers]
    try:
        made: bytes = header.serialize([sealed for packet in packets for sealed in header.encrypt(packet, keys)])
    except ValueError:
        # A point of small order: whoever knows no key would read it.
        raise BadInput("That Crypt4GH public key keeps no secret.", mend="Let the reader make a new one.") from None
    return made


def open_header(data: bytes, private: bytes) -> bytes:
    """The session key. Broken when the header is damaged or for another key."""
    if len(data) > _LARGEST:
        raise Broken("A Crypt4GH header is larger than any can be.", mend="Restore it from a backup.")
    return read_header(io.BytesIO(data), private)


def read_header(stream: BinaryIO, private: bytes) -> bytes:
    """The session key; the stream is then at the first byte of the body."""
    from crypt4gh import header

    try:
        keys, edits = header.deconstruct(stream, [(_METHOD, private, None)])
    except (ValueError, TypeError, IndexError):
        raise Broken(
            "A Crypt4GH header does not open: it is damaged, or the key is not its key.",
            mend="Restore the folder `keys`, or the database, from a backup.",
        ) from None
    if len(keys) != 1 or len(keys[0]) != KEY_BYTES or edits is not None:
        raise Broken("A Crypt4GH header of the vault is not as the vault writes them.", mend="Restore it.")
    return bytes(keys[0])
