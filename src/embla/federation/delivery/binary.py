"""A VCF's text as BCF, as it comes: htslib (pysam) reads one pipe and writes another, so nothing of a person is ever in
a file on the way.

BCF 2.2 (VCF specification 4.3, 6): a magic of five bytes, the length of the header's text, the text, records.
"""

import os
import struct
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from itertools import chain
from threading import Thread
from typing import Final

import pysam

from embla.errors import Broken

_PIECE: Final = 1 << 16
_HEAD: Final = struct.Struct("<5sI")


def bcf_of(text: Iterator[bytes], *, header: bool = True, body: bool = True) -> Iterator[bytes]:
    """Decompressed BCF of a VCF's text, which must begin with its header. Whatever fails on the way is raised here: a
    file that breaks off would look whole."""
    plain = _decompressed(_converted(text))
    with closing(plain):
        held = b""
        for piece in plain:
            held += piece
            if len(held) >= _HEAD.size and len(held) >= (past := _HEAD.size + _HEAD.unpack_from(held)[1]):
                break
        else:
            raise Broken("The calls could not be written as BCF.")
        if header:
            yield held[:past]
        # Read to the end even where no record is wanted: only then is it known that nothing failed.
        for piece in chain([held[past:]], plain):
            if body and piece:
                yield piece


def _converted(text: Iterator[bytes]) -> Generator[bytes, None, None]:
    """BCF in BGZF frames that are not compressed."""
    (take_text, give_text), (take_bcf, give_bcf) = os.pipe(), os.pipe()
    faults: list[BaseException] = []

    def fed() -> None:
        with os.fdopen(give_text, "wb") as out:
            for piece in text:
                out.write(piece)

    def converted() -> None:
        with os.fdopen(take_text, "rb") as source, os.fdopen(give_bcf, "wb") as out:
            with pysam.VariantFile(source, "r") as read, pysam.VariantFile(out, "wb0", header=read.header) as written:
                for record in read:
                    written.write(record)

    threads = [Thread(target=_noting, args=(faults, work), name="embla-bcf", daemon=True) for work in (fed, converted)]
    for thread in threads:
        thread.start()
    try:
        with os.fdopen(take_bcf, "rb", buffering=0) as out:
            while piece := out.read(_PIECE):
                yield piece
    finally:
        # Whoever hangs up closes the pipe, on which both threads end by themselves.
        for thread in threads:
            thread.join()
    if faults:
        # A pipe that broke is what follows from the other's fault.
        raise next((fault for fault in faults if not isinstance(fault, BrokenPipeError)), faults[0])


def _noting(faults: list[BaseException], work: Callable[[], None]) -> None:
    try:
        work()
    except BaseException as fault:  # it is raised again where the bytes are read
        faults.append(fault)


def _decompressed(pieces: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """Of gzip members one behind the other."""
    with closing(pieces):
        member = zlib.decompressobj(31)
        for piece in pieces:
            rest = piece
            while rest:
                plain = member.decompress(rest)
                if plain:
                    yield plain
                rest = member.unused_data
                if member.eof:
                    member = zlib.decompressobj(31)
