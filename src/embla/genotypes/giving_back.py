"""A pack back as VCF: the records as they were written, and for a gVCF the stretches that were called.

Adding the output to a store gives the same counts for this person. Blocks carry the policy's thresholds, not measured
depths: a pack knows that a base passed, not by how much, and the header says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np
from deflate import deflate_compress

from embla.errors import BadInput, Unavailable
from embla.genome import GRCH38, Region, Variant, copies
from embla.genotypes.annotating.output import block
from embla.genotypes.checking import check_name
from embla.genotypes.model import codes, keys
from embla.genotypes.model.pack import ContigCalls
from embla.genotypes.model.policy import Policy
from embla.reference import Reference, normalise

if TYPE_CHECKING:
    from embla.genotypes.files.packfile import PackFile

_BASES: Final = frozenset("ACGTN")
_PASSES: Final = ("PASS", ".")
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
{contigs}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{name}
"""
PIECE: Final = 1 << 16
_BLOCK: Final = 65_280
_END_OF_FILE: Final = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
Line = tuple[int, int, str]  # position, 1 for a block (after a record of the same base), text


@dataclass
class GivenBack:
    """What was written."""

    records: int = 0
    blocks: int = 0
    callability: str = ""


def write_genome(
    pack: PackFile, name: str, out: Path, *, policy: Policy, reference: Reference | None, bed: Path | None = None
) -> GivenBack:
    """Write a genome as VCF; bgzipped when the name ends in .gz, `-` for stdout. `bed` also gets what was callable.

    Records come out with the alleles, phase, FILTER, DP, GQ and AD they had. Blocks are written for gvcf genomes.
    """
    check_name(name)
    report = GivenBack(callability=pack.callability)
    with _writing(out) as file, _maybe(bed) as regions:
        file.write(_header(pack, name))
        for contig in GRCH38.contigs:
            calls = pack.contig(contig.name)
            if calls is None:
                if pack.callability == "assumed" and regions:
                    regions.write(f"{contig.name}\t0\t{contig.length}\n".encode())
                continue
            for _, _, text in _lines(calls, contig.name, contig.length, pack, policy, reference, report):
                file.write(text.encode("latin-1"))
            if regions:
                for start, end, state in _called(calls, contig.length):
                    if state // 3 == codes.FULL:
                        regions.write(f"{contig.name}\t{start}\t{end}\n".encode())
    return report


def genome_text(
    pack: PackFile, name: str, *, policy: Policy, reference: Reference | None, region: Region | None = None
) -> Iterator[bytes]:
    """The same text in pieces of some 64 kB, so that a whole genome leaves with little memory.

    With a `region`: the records that touch it, whole, and the blocks cut to it.
    """
    check_name(name)
    report = GivenBack(callability=pack.callability)
    waiting = bytearray(_header(pack, name))
    for contig in GRCH38.contigs:
        if region is not None and contig.name != region.contig:
            continue
        calls = pack.contig(contig.name)
        if calls is None:
            continue
        within = None if region is None else (region.start, region.end)
        for _, _, text in _lines(calls, contig.name, contig.length, pack, policy, reference, report, within):
            waiting += text.encode("latin-1")
            if len(waiting) >= PIECE:
                yield bytes(waiting)
                waiting.clear()
    yield bytes(waiting)


def write_pieces(out: Path, pieces: Iterable[bytes]) -> None:
    """Write text as a file, whole or not at all; bgzipped when the name ends in .gz, `-` for stdout."""
    with _writing(out) as file:
        for piece in pieces:
            file.write(piece)


def bgzipped(pieces: Iterable[bytes], *, end: bool = True) -> Iterator[bytes]:
    """Bytes as BGZF (SAM specification 4.1): blocks of 65,280 bytes, and with `end` the empty one that marks a whole
    file."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= _BLOCK:
            yield block(bytes(waiting[:_BLOCK]), _squeeze)
            del waiting[:_BLOCK]
    if waiting:
        yield block(bytes(waiting), _squeeze)
    if end:
        yield _END_OF_FILE


def _squeeze(text: bytes | bytearray | memoryview) -> bytes:
    return bytes(deflate_compress(text, 4))


def _header(pack: PackFile, name: str) -> bytes:
    return _HEADER.format(
        filters="".join(_filter_lines(pack.filters)),
        name=name,
        contigs="".join(f"##contig=<ID={c.name},length={c.length}>\n" for c in GRCH38.contigs),
    ).encode()


def _lines(
    calls: ContigCalls,
    contig: str,
    length: int,
    pack: PackFile,
    policy: Policy,
    reference: Reference | None,
    report: GivenBack,
    within: tuple[int, int] | None = None,
) -> Iterable[Line]:
    """Records and, for gvcf genomes, blocks of one contig in order; `within`: only those that touch these bases."""
    records = _records(calls, contig, pack, reference, report, within)
    if pack.callability != "gvcf":
        return records
    blocks = _blocks(calls, contig, length, pack, policy, reference, report, within)
    return merge(records, blocks, key=lambda line: line[:2])


def _filter_lines(filters: Sequence[str]) -> Iterator[str]:
    known = sorted({word for text in filters for word in text.split(";") if word and word not in _PASSES})
    return (f'##FILTER=<ID={word},Description="As the laboratory wrote it">\n' for word in known)


def _records(
    calls: ContigCalls,
    contig: str,
    pack: PackFile,
    reference: Reference | None,
    report: GivenBack,
    within: tuple[int, int] | None = None,
) -> Iterator[Line]:
    records = calls.records
    filters = pack.filters
    by_key = {int(key): i for i, key in enumerate(calls.key)} if len(calls.key) else {}
    text_start = ad_start = 0
    for i in range(len(records.pos)):
        pos = int(records.pos[i])
        text, text_start = (
            records.text[text_start : int(records.text_end[i])].decode("latin-1"),
            int(records.text_end[i]),
        )
        ad, ad_start = records.ad[ad_start : int(records.ad_end[i])], int(records.ad_end[i])
        ref, alt = text.split("\t")
        if within is not None and not (pos - 1 < within[1] and within[0] < pos - 1 + len(ref)):
            continue
        passed = filters[int(records.filter[i])]
        own = [_entry(calls, by_key, contig, pos, ref, a, reference) for a in alt.split(",")]
        failed = passed in _PASSES and any(at is not None and int(calls.entry[at]) & codes.FAILED for at in own)
        values = {
            "GT": _gt(records.gt[i], bool(records.phased[i])),
            "DP": _number(records.dp[i]),
            "GQ": _number(records.gq[i]),
            "AD": ",".join(_number(x) for x in ad),
            "FT": "FAIL" if failed else "",
            "AF": _shares(calls, own) if contig == "chrM" else "",
            "PS": _number(records.phase_set[i], ""),
        }
        written = {key: value for key, value in values.items() if value}
        report.records += 1
        fields = [contig, str(pos), ".", ref, alt, ".", passed, ".", ":".join(written), ":".join(written.values())]
        yield pos, 0, "\t".join(fields) + "\n"


def _entry(
    calls: ContigCalls, by_key: dict[int, int], contig: str, pos: int, ref: str, alt: str, reference: Reference | None
) -> int | None:
    """Number of the entry that this allele of a record became, None if it became none."""
    if not _BASES.issuperset(alt) or not _BASES.issuperset(ref):
        return None
    try:
        v = normalise(Variant(contig, pos, ref, alt), reference).variant
    except BadInput:
        return None
    for salt in range(1 if keys.is_short(v.ref, v.alt) else keys.MAX_SALT + 1):
        at = by_key.get(keys.make_key(v.pos, v.ref, v.alt, salt=salt))
        if at is not None and calls.long_alleles.get(int(calls.key[at]), (v.ref, v.alt)) == (v.ref, v.alt):
            return at
    return None


def _shares(calls: ContigCalls, own: list[int | None]) -> str:
    """Heteroplasmy of each ALT; "" when none is known."""
    if all(at is None for at in own):
        return ""
    return ",".join("." if at is None else f"{int(calls.heteroplasmy[at]) / 10_000:.4f}" for at in own)


def _gt(gt: Any, phased: bool) -> str:
    first, second = ("." if a == -1 else str(int(a)) for a in gt)
    return first if int(gt[1]) == -2 else first + ("|" if phased else "/") + second


def _number(value: Any, missing: str = ".") -> str:
    return missing if int(value) < 0 else str(int(value))


def _called(calls: ContigCalls, length: int) -> Iterator[tuple[int, int, int]]:
    """(start, end, state) over the whole contig, STATE_FULL where no run speaks."""
    at = 0
    for start, end, state in zip(
        calls.run_start.tolist(), calls.run_end.tolist(), calls.run_state.tolist(), strict=True
    ):
        if at < start:
            yield at, start, codes.STATE_FULL
        yield start, end, state
        at = end
    if at < length:
        yield at, length, codes.STATE_FULL


def _blocks(
    calls: ContigCalls,
    contig: str,
    length: int,
    pack: PackFile,
    policy: Policy,
    reference: Reference | None,
    report: GivenBack,
    within: tuple[int, int] | None = None,
) -> Iterator[Line]:
    """Reference blocks for what was called, less the spans of the records, which say it themselves."""
    first, last = within or (0, length)
    spans = _spans(calls)
    for piece in GRCH38.pieces(contig):
        if copies(pack.karyotype, piece.kind) == 0:
            continue
        for start, end, state in _called(calls, length):
            raw, adj = divmod(state, 3)
            a, b = max(start, piece.start, first), min(end, piece.end, last)
            if a >= b or raw == codes.NOTHING:
                continue
            for low, high in _without(a, b, spans):
                gt = "0/0" if raw == codes.FULL else "0/."
                good = adj != codes.NOTHING
                ref = reference.fetch(contig, low, low + 1) if reference is not None and reference.has(contig) else "N"
                depth, quality = (policy.min_dp, policy.min_gq) if good else (0, 0)
                report.blocks += 1
                yield (
                    low + 1,
                    1,
                    (
                        f"{contig}\t{low + 1}\t.\t{ref}\t<NON_REF>\t.\t.\tEND={high}\t"
                        f"GT:DP:GQ:MIN_DP\t{gt}:{depth}:{quality}:{depth}\n"
                    ),
                )


def _spans(calls: ContigCalls) -> np.ndarray[Any, Any]:
    """Merged spans of the records, (n, 2) 0-based half-open, sorted."""
    records = calls.records
    if not len(records.pos):
        return np.empty((0, 2), np.int64)
    ends = records.text_end.tolist()
    begins = [0, *ends[:-1]]
    lengths = np.array([records.text.index(b"\t", a) - a for a in begins], dtype=np.int64)
    start = records.pos.astype(np.int64) - 1
    order = np.argsort(start, kind="stable")
    start, end = start[order], np.maximum.accumulate((start + lengths)[order])
    fresh = np.concatenate(([True], start[1:] > end[:-1]))
    last = np.concatenate((fresh[1:], [True]))
    return np.stack([start[fresh], end[last]], axis=1)


def _without(a: int, b: int, spans: np.ndarray[Any, Any]) -> Iterator[tuple[int, int]]:
    """The parts of a..b that no span covers."""
    first = int(np.searchsorted(spans[:, 1], a, side="right"))
    for start, end in spans[first:]:
        if start >= b:
            break
        if a < start:
            yield a, int(start)
        a = max(a, int(end))
    if a < b:
        yield a, b


@contextmanager
def _writing(out: Path) -> Iterator[Any]:
    """A file under a temporary name, renamed when whole; BGZF for .gz; stdout for `-`."""
    if str(out) == "-":
        import sys

        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    import pysam

    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        file: Any = pysam.BGZFile(str(temporary), "wb", None) if out.suffix == ".gz" else temporary.open("wb")
        with file:
            yield file
        os.replace(temporary, out)
    except OSError as error:
        raise Unavailable(
            f"cannot write {out}: {os.strerror(error.errno or 5)}.", mend="Check folder and disk."
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def _maybe(bed: Path | None) -> Iterator[IO[bytes] | None]:
    if bed is None:
        yield None
        return
    with _writing(bed) as file:
        yield file
