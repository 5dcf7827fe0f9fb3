"""The segments of a Crypt4GH body: 64 KiB each, ChaCha20-Poly1305, and bound to their place.

Crypt4GH 1.0 lets the writer choose each segment's nonce. Ours is the segment's index, which is safe because every body
has a session key of its own, and makes a segment that was dropped, swapped or doubled tell its wrong place; the body's
size, kept outside, tells a cut. Any Crypt4GH program reads these bodies, but finds none of that.
The package `crypt4gh` is not used here: its ranges from byte 65,536 on are wrong.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from embla.errors import Broken

SEGMENT: Final = 65_536
NONCE: Final = 12
CIPHER_SEGMENT: Final = SEGMENT + NONCE + 16
# Segments in a piece that goes through hashing and storage.
PER_BLOCK: Final = 16
BLOCK: Final = PER_BLOCK * SEGMENT
CIPHER_BLOCK: Final = PER_BLOCK * CIPHER_SEGMENT


def body_size(size: int) -> int:
    """Bytes of the body of a file of so many bytes. An empty file has an empty body."""
    return size + (CIPHER_SEGMENT - SEGMENT) * -(-size // SEGMENT)


def blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of exactly BLOCK, the last one shorter."""
    held = bytearray()
    for piece in pieces:
        if len(piece) == BLOCK and not held:  # as our own callers send them: no copy
            yield piece
            continue
        held += piece
        start = 0
        while len(held) - start >= BLOCK:
            yield bytes(memoryview(held)[start : start + BLOCK])
            start += BLOCK
        del held[:start]
    if held:
        yield bytes(held)


def encrypt(block: bytes, key: bytes, first: int) -> bytes:
    """The segments of a block that begins with segment `first`."""
    cipher, view = ChaCha20Poly1305(key), memoryview(block)
    sealed = bytearray(body_size(len(block)))
    out = memoryview(sealed)
    for number, start in enumerate(range(0, len(block), SEGMENT)):
        nonce, at = _nonce(first + number), number * CIPHER_SEGMENT
        out[at : at + NONCE] = nonce
        cipher.encrypt_into(nonce, view[start : start + SEGMENT], None, out[at + NONCE : at + CIPHER_SEGMENT])
    return bytes(sealed)


def decrypt(data: bytes | bytearray | memoryview, key: bytes, first: int, *, ours: bool = True) -> memoryview:
    """The plain bytes of whole segments, from number `first` on. Broken when one is damaged, or, of a body that we
    wrote (`ours`), in another's place."""
    cipher, view = ChaCha20Poly1305(key), memoryview(data)
    count = -(-len(view) // CIPHER_SEGMENT)
    if len(view) < count * (CIPHER_SEGMENT - SEGMENT):
        raise Broken("The last segment of a file in the vault is cut.", mend="Restore it.")
    plain = memoryview(bytearray(len(view) - count * (CIPHER_SEGMENT - SEGMENT)))
    for at in range(count):
        segment = view[at * CIPHER_SEGMENT : (at + 1) * CIPHER_SEGMENT]
        if ours and segment[:NONCE] != _nonce(first + at):
            raise Broken(f"Segment {first + at} of a file in the vault is in another's place.", mend="Restore it.")
        into = plain[at * SEGMENT : (at + 1) * SEGMENT]
        try:
            cipher.decrypt_into(segment[:NONCE], segment[NONCE:], None, into)
        except (InvalidTag, ValueError):
            raise Broken(f"Segment {first + at} of a file in the vault is damaged.", mend="Restore it.") from None
    return plain.toreadonly()


def span(start: int, length: int, size: int) -> tuple[int, int, int, int]:
    """Where a plain range lies: (first byte and bytes of the body, number of its first segment, bytes to leave out)."""
    end = min(start + length, size)
    if start >= end:
        return 0, 0, 0, 0
    first, last = start // SEGMENT, (end - 1) // SEGMENT
    return first * CIPHER_SEGMENT, (last - first + 1) * CIPHER_SEGMENT, first, start - first * SEGMENT


def cut(ranges: Sequence[tuple[int, int]], size: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Which segments hold these plain ranges, and the edit list that leaves just the ranges of them.

    ranges: (start, end) in order, 0-based half-open, none empty, none overlapping, within `size`. The segments come as
    runs (first, one past the last), each segment once. The list is empty where everything is kept.
    """
    runs: list[tuple[int, int]] = []
    edits: list[int] = []
    kept = said = 0  # segments before the last run; plain bytes of the cut body that the list has spoken of
    for start, end in ranges:
        first, past = start // SEGMENT, -(-end // SEGMENT)
        if runs and first < runs[-1][1]:
            runs[-1] = (runs[-1][0], max(past, runs[-1][1]))
        else:
            kept += runs[-1][1] - runs[-1][0] if runs else 0
            runs.append((first, past))
        base = (kept - runs[-1][0]) * SEGMENT
        edits += [base + start - said, end - start]
        said = base + end
    return runs, [] if list(ranges) == [(0, size)] else edits


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE, "little")
