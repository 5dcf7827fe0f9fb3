"""A file read by the path of common lines and by the other, and damage to its text."""

import random
from pathlib import Path

from embla.errors import EmblaError
from embla.genome import GRCH38
from embla.genotypes.files.packdigest import pack_digest
from embla.genotypes.model.policy import Policy
from embla.genotypes.reading import SampleSpec
from embla.genotypes.reading.file import FileReading
from embla.genotypes.reading.taking import Gathering
from embla.reference import Reference

HEAD = (
    "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n##contig=<ID=chrX,length=156040895>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tNOBODY\n"
)


def damaged(body: bytes, times: int, rng: random.Random) -> bytes:
    """The text with some of its bytes replaced, or others put between, so many times."""
    out = bytearray(body)
    for _ in range(times):
        at = rng.randrange(len(out))
        out[at : at + rng.choice((0, 1, 1, 1, 3))] = rng.choice(
            (b"", b"\t", b":", b"\n", b",", b";", b"9", b"1", b"A", b"\r\n", b".", b"/", bytes([rng.randrange(256)]))
        )
    return bytes(out)


def read(path: Path, reference: Reference | None, *, quick: bool) -> object:
    reading = FileReading(path, [SampleSpec("NOBODY", path)], GRCH38, reference, Policy(), None, Gathering)
    reading.quick = quick
    try:
        ((_, pack, report),) = reading.genomes()
    except EmblaError as error:
        return str(error)
    return pack_digest(pack), report
