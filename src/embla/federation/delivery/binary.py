"""A VCF's text as BCF, as it comes: htslib (pysam) turns a stretch of lines at a time, in memory, so nothing of a
person is ever in a file on the way.

No pipes: pysam closes a file that it writes while it holds the interpreter's lock, so a pipe that is full then stops
every thread of the process, and with them whoever would empty it.

BCF 2.2 (VCF specification 4.3, 6): a magic of five bytes, the length of the header's text, the text, records.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

import pysam

from embla.errors import Broken

_STRETCH: Final = 1 << 20  # bytes of text that are turned at once, to the end of a line
_HEAD: Final = struct.Struct("<5sI")


def bcf_of(text: Iterator[bytes], *, header: bool = True, body: bool = True) -> Iterator[bytes]:
    """Decompressed BCF of a VCF's text, which must begin with its header. Whatever fails on the way is raised here: a
    file that breaks off would look whole."""
    told, lines = _header_of(text)
    head, _ = _turned(told, b"")
    if header:
        yield head
    # Read to the end even where no record is wanted: only then is it known that nothing failed.
    for some in _stretches(lines, text):
        _, records = _turned(told, some)
        if body and records:
            yield records


def _header_of(text: Iterator[bytes]) -> tuple[bytes, bytes]:
    """The header to the end of its last line, and what came with it."""
    held = b""
    for piece in text:
        held += piece
        at = held.find(b"\n#CHROM")
        end = held.find(b"\n", at + 1) + 1 if at >= 0 else 0
        if end:
            return held[:end], held[end:]
    raise Broken("The calls could not be written as BCF: they have no header.")


def _stretches(held: bytes, text: Iterator[bytes]) -> Iterator[bytes]:
    """Whole lines, some _STRETCH bytes of them each time."""
    waiting, size = [held], len(held)
    for piece in text:
        waiting.append(piece)
        size += len(piece)
        if size >= _STRETCH and b"\n" in piece:
            whole, found, rest = b"".join(waiting).rpartition(b"\n")
            yield whole + found
            waiting, size = [rest], len(rest)
    if size:
        yield b"".join(waiting)


def _turned(header: bytes, lines: bytes) -> tuple[bytes, bytes]:
    """BCF's header and records of a header and whole lines."""
    with _in_memory() as source, _in_memory() as out:
        source.write(header)
        source.write(lines)
        source.seek(0)
        with pysam.VariantFile(source, "r") as read, pysam.VariantFile(out, "wb0", header=read.header) as written:
            for record in read:
                written.write(record)
        out.seek(0)
        plain = _decompressed(out.read())
    past = _HEAD.size + _HEAD.unpack_from(plain)[1] if len(plain) >= _HEAD.size else 0
    if not 0 < past <= len(plain):
        raise Broken("The calls could not be written as BCF.")
    return plain[:past], plain[past:]


def _in_memory() -> BinaryIO:
    return os.fdopen(os.memfd_create("embla-bcf", os.MFD_CLOEXEC), "w+b", buffering=0)


def _decompressed(data: bytes) -> bytes:
    """Of gzip members one behind the other."""
    found = []
    while data:
        member = zlib.decompressobj(31)
        found.append(member.decompress(data))
        data = member.unused_data
    return b"".join(found)
