"""The lines of a VCF, gVCF or BCF that speak of defining sites, for each of its samples.

One pass, whatever the file's size; only lines that touch a site are kept.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np

from embla.errors import BadInput
from embla.genome import GRCH38
from embla.genotypes import Source, open_source, read_header
from embla.pgx.bed import Listed
from embla.pgx.model.definition import Gene
from embla.pgx.model.evidence import MIN_DP, MIN_GQ, Genotype, Record, Seen

_MAX_LINE: Final = 64 << 20
_MAX_KEPT: Final = 20_000_000  # genotypes kept of one file: sites x samples, and some
_MEND: Final = "Write the file again with the program that called it, or mend the line."


@dataclass
class SampleLines:
    """One sample: per gene and site index the lines over it, in file order. `build` is None for GRCh38."""

    sample: str
    build: str | None
    lines: dict[str, dict[int, list[Seen]]] = field(default_factory=dict)


class _Places:
    """All sites of all genes by contig, to be asked which of them a stretch touches."""

    def __init__(self, genes: Sequence[Gene]) -> None:
        self.by_contig: dict[str, tuple[list[int], list[tuple[int, str, int]], int]] = {}
        for contig in {gene.contig for gene in genes}:
            rows = sorted(
                (site.pos, site.last, gene.name, at)
                for gene in genes
                if gene.contig == contig
                for at, site in enumerate(gene.sites)
            )
            width = max(last - pos for pos, last, _, _ in rows)
            self.by_contig[contig] = ([row[0] for row in rows], [row[1:] for row in rows], width)
        self.names: dict[bytes, str] = {}

    def contig(self, raw: bytes) -> str:
        """The contig a line is on, "" where no site is."""
        known = self.names.get(raw)
        if known is None:
            found = GRCH38.find(raw.decode("utf-8", "replace"))
            known = found.name if found is not None and found.name in self.by_contig else ""
            if len(self.names) < 10_000:
                self.names[raw] = known
        return known

    def touched(self, contig: str, pos: int, end: int) -> list[tuple[str, int]]:
        starts, rows, width = self.by_contig[contig]
        low, high = bisect_left(starts, pos - width), bisect_right(starts, end)
        return [(gene, at) for last, gene, at in rows[low:high] if last >= pos]

    def near(self, contig: str, pos: int) -> bool:
        """Whether a site lies so that a line of one base at `pos` could touch it."""
        starts, _, width = self.by_contig[contig]
        return bisect_left(starts, pos - width) < bisect_right(starts, pos)


def read_file(path: Path, genes: Sequence[Gene]) -> list[SampleLines]:
    """Every sample of a file with its lines over the genes' sites. BadInput where it cannot be read to its end."""
    with open_source(path) as source:
        return _read(source, str(path), genes)


def read_kept(kept: Mapping[str, bytes], name: str, genes: Sequence[Gene]) -> tuple[SampleLines, Listed]:
    """A stored genome from the lines that its pack keeps, by contig, and what its laboratory listed as callable."""
    sample = SampleLines(name, None, {gene.name: {} for gene in genes})
    places = _Places(genes)
    listed: dict[str, list[tuple[int, int]]] = {}
    for contig, text in kept.items():
        if contig not in places.by_contig:
            continue
        starts, _, width = places.by_contig[contig]
        behind = starts[-1] + width
        for line in text.splitlines():
            if line.startswith(b"#"):
                start, end = line.split(b"\t")[2:4]
                listed.setdefault(contig, []).append((int(start), int(end)))
                continue
            raw_pos = line.split(b"\t", 2)[1]
            if not raw_pos.isdigit() or int(raw_pos) <= behind:  # what begins behind the last site touches none
                _keep(line, contig, places, [sample], name, 0)
    return sample, Listed({contig: np.array(rows, np.uint32) for contig, rows in listed.items()})


def lines_by_site(text: bytes, gene: Gene) -> dict[int, list[str]]:
    """Kept lines of a contig by the site they touch, each in words: alleles, FILTER, and the fields of the genome."""
    places, found = _Places([gene]), dict[int, list[str]]()
    for raw in text.decode("utf-8", "replace").splitlines():
        fields = raw.split("\t")
        if raw.startswith("#") or len(fields) != 10:
            continue
        pos, ref, alt = int(fields[1]), fields[3], fields[4]
        end = _end(pos, ref.encode(), alt.encode(), fields[7].encode())
        values = zip(fields[8].split(":"), fields[9].split(":"), strict=False)
        shown = " ".join(f"{key}={value}" for key, value in values)
        where = f"{pos}-{end}" if end > pos + len(ref) - 1 else str(pos)
        for _, at in places.touched(gene.contig, pos, end):
            found.setdefault(at, []).append(f"{where} {ref}>{alt} {fields[6]} {shown}")
    return found


class _Pieces(Source):
    """VCF text that comes out of the store in pieces."""

    def __init__(self, pieces: Iterator[bytes], name: str) -> None:
        super().__init__(Path(name), BytesIO(), 0)
        self._pieces = pieces

    def next(self) -> bytes:
        return next((piece for piece in self._pieces if piece), b"")


def read_pieces(pieces: Iterator[bytes], name: str, genes: Sequence[Gene]) -> SampleLines:
    """The one genome of a text that the store gives; `name` stands in errors."""
    return _read(_Pieces(pieces, name), name, genes)[0]


def _read(source: Source, path: str, genes: Sequence[Gene]) -> list[SampleLines]:
    header = read_header(source)
    build = _build(header.contigs, header.declared)
    samples = [SampleLines(name, build, {gene.name: {} for gene in genes}) for name in header.samples]
    if build is not None:
        return samples
    places = _Places(genes)
    kept = 0
    for number, line in _lines(source, header.rest, header.lines, path):
        start = line.split(b"\t", 2)
        contig = places.contig(start[0])
        if not contig or len(start) < 3:
            if len(start) < 3 and line.strip():
                raise BadInput("the line has too few columns.", path=path, line=number, mend=_MEND)
            continue
        kept += _keep(line, contig, places, samples, path, number)
        if kept > _MAX_KEPT:
            raise BadInput("more genotypes at defining sites than are held.", path=path, mend="Split the file.")
    return samples


def _build(contigs: Mapping[str, int | None], declared: frozenset[str]) -> str | None:
    """None where the header declares GRCh38, else what is wrong."""
    said = {word for word in (GRCH38.recognise(contigs), *declared) if word}
    if said == {"GRCh38"}:
        return None
    if not said:
        return "the file does not declare its build (no ##contig with length or assembly, no ##reference)"
    return f"the file declares {' and '.join(sorted(said))}, where positions are on GRCh38"


def _lines(source: Source, rest: bytes, number: int, path: str) -> Iterator[tuple[int, bytes]]:
    held = bytearray(rest)
    while True:
        piece = source.next()
        held += piece
        if not piece:
            break
        if b"\n" not in piece:
            if len(held) > _MAX_LINE:
                raise BadInput(
                    "a line is longer than 64 MB.", path=path, line=number + 1, mend="Split the file by samples."
                )
            continue
        whole = bytes(held)
        cut = whole.rfind(b"\n")
        held = bytearray(whole[cut + 1 :])
        for line in whole[:cut].split(b"\n"):
            number += 1
            yield number, line
    for line in bytes(held).split(b"\n"):
        if line.strip():
            number += 1
            yield number, line


def _keep(line: bytes, contig: str, places: _Places, samples: list[SampleLines], path: str, number: int) -> int:
    """Put a line where it belongs; how many genotypes were kept."""
    chrom, raw_pos, _, raw_ref, raw_alt, rest = (*line.split(b"\t", 5), b"", b"", b"", b"")[:6]
    if not raw_pos.isdigit() or len(raw_pos) > 10:
        raise BadInput("POS is not a whole number.", path=path, line=number, mend=_MEND)
    pos = int(raw_pos)
    if len(raw_ref) == 1 and b"<" not in raw_alt and raw_alt != b"." and not places.near(contig, pos):
        return 0
    end = _end(pos, raw_ref, raw_alt, rest.split(b"\t", 3)[2] if rest.count(b"\t") >= 2 else b"")
    there = places.touched(contig, pos, end)
    if not there:
        return 0
    fields = line.rstrip(b"\r").decode("utf-8", "replace").split("\t")
    if len(fields) != 9 + len(samples):
        raise BadInput(
            f"{len(fields)} columns, where the #CHROM line has {9 + len(samples)}.", path=path, line=number, mend=_MEND
        )
    alts = tuple(fields[4].upper().split(","))
    record = Record(pos, end, fields[3].upper(), alts, fields[6] in ("PASS", "."))
    if not record.ref.isalpha() or not all(alts):
        raise BadInput("REF or ALT is not spelled in bases.", path=path, line=number, mend=_MEND)
    keys = fields[8].split(":")
    for sample, text in zip(samples, fields[9:], strict=True):
        genotype = _genotype(dict(zip(keys, text.split(":"), strict=False)), record, path, number)
        for gene, at in there:
            sample.lines[gene].setdefault(at, []).append((record, genotype))
    return len(there) * len(samples)


def _end(pos: int, ref: bytes, alt: bytes, info: bytes) -> int:
    """The last base that a line speaks of: REF's, or a block's or structural variant's END where it is a number."""
    end = pos + len(ref) - 1
    if b"<" in alt or alt == b".":
        for item in info.split(b";"):
            if item.startswith(b"END=") and item[4:].isdigit() and len(item) < 16:
                end = max(end, int(item[4:]))
    return end


@lru_cache(4096)
def _numbers(text: str) -> tuple[int | None, ...]:
    """Allele numbers of a GT; -1 for what is none."""
    return tuple(
        None if one == "." else int(one) if one.isascii() and one.isdigit() and len(one) < 5 else -1
        for one in text.replace("|", "/").split("/")
    )


def _genotype(values: Mapping[str, str], record: Record, path: str, number: int) -> Genotype:
    text = values.get("GT")
    if text is None:
        # VCF 4.3, 1.6.2: GT need not be there. The line then says nothing of what the genome has.
        return Genotype((None, None), False, None, "no genotype")
    alleles = _numbers(text)
    most = len(record.alts)
    for one in alleles:
        if one is not None and not 0 <= one <= most:
            raise BadInput("a GT is not made of the line's allele numbers.", path=path, line=number, mend=_MEND)
    if len(alleles) > 8:
        raise BadInput("a GT is of more than eight copies.", path=path, line=number, mend=_MEND)
    doubt, phase_set = _doubt(record, values), values.get("PS", ".")
    if "|" in text:
        return Genotype(alleles, True, None if phase_set == "." else phase_set, doubt)
    # GATK before 4.1 leaves GT unphased and says the phase in PGT, in the set that PID names.
    physical, named = values.get("PGT", "."), values.get("PID", ".")
    if named != "." and len(alleles) == 2 and None not in alleles:
        told = physical.split("|")
        if sorted(told) == sorted(text.split("/")):
            return Genotype((int(told[0]), int(told[1])), True, f"PID {named}", doubt)
    return Genotype(alleles, False, None, doubt)


def _doubt(record: Record, values: Mapping[str, str]) -> str:
    """Why a genotype is not used: FILTER, FT, depth or quality too low where they are given; "" when it is."""
    if not record.passed or values.get("FT", ".") not in (".", "PASS"):
        return "filtered"
    depth, quality = values.get("DP", "."), values.get("GQ", ".")
    if record.is_block:
        least = values.get("MIN_DP", ".")
        depth = depth if least == "." else least
    if depth != "." and not _number(depth) >= MIN_DP:
        return "low depth"
    if quality != "." and not _number(quality) >= MIN_GQ:
        return "low quality"
    return ""


def _number(text: str) -> float:
    """A depth or quality; one that is no number counts as none at all."""
    try:
        return float(text)
    except ValueError:
        return -1.0
