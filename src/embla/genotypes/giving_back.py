"""A pack back as VCF: the records as they were written, and for a gVCF the stretches that were called.

Adding the output to a store gives the same counts for this person. Blocks carry the policy's thresholds, not measured
depths: a pack knows that a base passed, not by how much, and the header says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np
from deflate import deflate_compress

from embla.errors import Unavailable
from embla.genome import GRCH38, Region
from embla.genotypes.annotating.output import BLOCK, END_OF_FILE, block
from embla.genotypes.checking import check_name
from embla.genotypes.giving_lines import PASSES, GivenBack, Giver, entry_bases
from embla.genotypes.model import codes
from embla.genotypes.model.filters import FAILED_ITSELF
from embla.genotypes.model.pack import ContigCalls
from embla.genotypes.model.policy import Policy
from embla.reference import Reference
from embla.storage import begin_file

if TYPE_CHECKING:
    from embla.genotypes.files.packfile import PackFile

_HEADER: Final = """##fileformat=VCFv4.3
##FILTER=<ID=PASS,Description="All filters passed">
{filters}##ALT=<ID=NON_REF,Description="Any other allele">
##INFO=<ID=END,Number=1,Type=Integer,Description="Last base of a block">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allele depths">
##FORMAT=<ID=FT,Number=1,Type=String,Description="FAIL where the call failed its own filter">
##FORMAT=<ID=AF,Number=A,Type=Float,Description="Heteroplasmy">
##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">
##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="In blocks: the threshold they pass, or 0; not measured">
##source=embla store genome
{raw_alone}{contigs}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{name}
"""


def write_genome(
    pack: PackFile, name: str, out: Path, *, policy: Policy, reference: Reference | None, bed: Path | None = None
) -> GivenBack:
    """Write a genome as VCF; bgzipped for .gz and .bgz, `-` for stdout. `bed` also gets what was called.

    Records come out with the alleles, phase, FILTER, DP, GQ and AD they had. Blocks are written for gvcf genomes.
    """
    check_name(name)
    report, giver = GivenBack(callability=pack.callability), Giver(pack, policy, reference)
    with _writing(out) as file, _maybe(bed) as regions:
        file.write(_header(pack, name, policy))
        for contig in GRCH38.contigs:
            calls = pack.contig(contig.name)
            if calls is None:
                if pack.callability == "assumed" and regions:
                    regions.write(f"{contig.name}\t0\t{contig.length}\n".encode())
                continue
            for lines in giver.lines(calls, contig, report):
                file.write(lines)
            if regions:
                for start, end in _called(calls, contig.length):
                    regions.write(f"{contig.name}\t{start}\t{end}\n".encode())
    return report


def genome_text(
    pack: PackFile, name: str, *, policy: Policy, reference: Reference | None, region: Region | None = None
) -> Iterator[bytes]:
    """The same text in pieces of up to 256 kB, so that a whole genome leaves with little memory.

    With a `region`: the records that touch it, whole, and the blocks cut to it.
    """
    check_name(name)
    yield _header(pack, name, policy)
    giver = Giver(pack, policy, reference, None if region is None else (region.start, region.end))
    report = GivenBack(callability=pack.callability)
    for contig in GRCH38.contigs:
        if region is not None and contig.name != region.contig:
            continue
        calls = pack.contig(contig.name)
        if calls is not None:
            yield from giver.lines(calls, contig, report)


def write_pieces(out: Path, pieces: Iterable[bytes]) -> None:
    """Write text as a file, whole or not at all; bgzipped when the name ends in .gz or .bgz, `-` for stdout."""
    with _writing(out) as file:
        for piece in pieces:
            file.write(piece)


def bgzipped(pieces: Iterable[bytes], *, end: bool = True) -> Iterator[bytes]:
    """Bytes as BGZF (SAM specification 4.1): blocks of 65,280 bytes, and with `end` the empty one that marks a whole
    file."""
    waiting = b""
    for piece in pieces:
        packed, waiting = _blocks(waiting + piece)
        if packed:
            yield packed
    if waiting:
        yield block(waiting, _squeeze)
    if end:
        yield END_OF_FILE


def _blocks(text: bytes) -> tuple[bytes, bytes]:
    """Text as whole blocks, and what is left of it."""
    whole = len(text) // BLOCK * BLOCK
    return b"".join(block(text[at : at + BLOCK], _squeeze) for at in range(0, whole, BLOCK)), text[whole:]


class _Bgzf:
    """A file that packs what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._waiting = b""

    def write(self, text: bytes) -> None:
        packed, self._waiting = _blocks(self._waiting + text)
        self._file.write(packed)

    def finish(self) -> None:
        self._file.write((block(self._waiting, _squeeze) if self._waiting else b"") + END_OF_FILE)


def _squeeze(text: bytes | bytearray | memoryview) -> bytes:
    return bytes(deflate_compress(text, 4))


def _header(pack: PackFile, name: str, policy: Policy) -> bytes:
    return _HEADER.format(
        filters="".join(_filter_lines(pack.filters)),
        name=name,
        # How it was judged is said, too, where nothing counts in raw alone: not every 0/0 that had a GQ is given back.
        raw_alone=f"##emblaRawAlone={','.join(pack.raw_alone)}\n" if policy.version > 1 else "",
        contigs="".join(f"##contig=<ID={c.name},length={c.length}>\n" for c in GRCH38.contigs),
    ).encode()


def _filter_lines(filters: Sequence[str]) -> Iterator[str]:
    known = sorted(
        {
            word
            for text in filters
            if text not in FAILED_ITSELF
            for word in text.split(";")
            if word and word not in PASSES
        }
    )
    return (f'##FILTER=<ID={word},Description="As the laboratory wrote it">\n' for word in known)


def _called(calls: ContigCalls, length: int) -> Iterator[tuple[int, int]]:
    """Stretches of a contig where something was called, 0-based half-open. A half-call's is one: its record says how
    much. Places in no run were called in full. A base at which nothing was called but a key has an entry is one too:
    only what lies inside a BED counts."""
    since = 0
    bases = entry_bases(calls)
    for start, end, state in zip(
        calls.run_start.tolist(), calls.run_end.tolist(), calls.run_state.tolist(), strict=True
    ):
        if state // 3 == codes.NOTHING:
            first, last = np.searchsorted(bases, (start, end)).tolist()
            for base in bases[first:last].tolist():
                if since < start:
                    yield since, start
                since, start = base, base + 1
            if since < start:
                yield since, start
            since = end
    if since < length:
        yield since, length


@contextmanager
def _writing(out: Path) -> Iterator[Any]:
    """A file under a temporary name, renamed when whole; BGZF for .gz and .bgz; stdout for `-`."""
    if str(out) == "-":
        import sys

        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    temporary: Path | None = None
    try:
        handle, temporary = begin_file(out)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        with os.fdopen(handle, "wb") as file:
            packed = _Bgzf(file) if out.suffix in (".gz", ".bgz") else None
            yield packed or file
            if packed is not None:
                packed.finish()
            file.flush()
            os.replace(temporary, out)
    except OSError as error:
        raise Unavailable(
            f"cannot write {out}: {os.strerror(error.errno or 5)}.", mend="Check folder and disk."
        ) from error
    finally:
        with suppress(OSError):
            if temporary is not None:
                temporary.unlink(missing_ok=True)


@contextmanager
def _maybe(bed: Path | None) -> Iterator[IO[bytes] | None]:
    if bed is None:
        yield None
        return
    with _writing(bed) as file:
        yield file
