"""One line of a VCF at defining sites: which it touches, and what it says of each sample there.

Genomes of a nation repeat each other's lines: what a line says apart from its samples' values, and what a value says,
is worked out once and kept, in bounded tables.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeVar

from embla.errors import BadInput
from embla.genome import GRCH38
from embla.pgx.model.definition import Gene
from embla.pgx.model.evidence import MIN_BALANCE, MIN_DP, MIN_GQ, Genotype, Record, Seen

MEND: Final = "Write the file again with the program that called it, or mend the line."
_MOST: Final = 1 << 16  # lines, and values of samples, remembered at most
LONG: Final = 512  # bytes from which a line or value is not worth remembering
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
Touched = list[tuple[str, int]]  # gene, index of its site
_TOLD: Final[dict[tuple[bytes, bytes, int, bool, bool, bool], Genotype]] = {}


@dataclass
class SampleLines:
    """One sample: per gene and site index the lines over it, in file order. `build` is None for GRCh38."""

    sample: str
    build: str | None
    lines: dict[str, dict[int, list[Seen]]] = field(default_factory=dict)


class Places:
    """All sites of all genes by contig, to be asked which of them a stretch touches."""

    def __init__(self, genes: Sequence[Gene]) -> None:
        self.genes = tuple(gene.name for gene in genes)
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
        # Per contig, POS to ALT of lines that touch no site whatever their other columns say.
        self.dull: dict[str, dict[tuple[bytes, ...], None]] = {contig: {} for contig in self.by_contig}
        self.heads: dict[tuple[str, bytes, bytes, bytes, bytes, bytes], tuple[Record, Touched]] = {}

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


def keep(line: bytes, contig: str, places: Places, samples: list[SampleLines], path: str, number: int) -> int:
    """Put a line where it belongs; how many genotypes were kept."""
    parts = line.split(b"\t", 8)
    _, raw_pos, _, ref, alt = (*parts[:5], b"", b"", b"", b"")[:5]
    if not raw_pos.isdigit() or len(raw_pos) > 10:
        raise BadInput("POS is not a whole number.", path=path, line=number, mend=MEND)
    plain = is_plain(alt)
    if plain and len(ref) == 1 and not places.near(contig, int(raw_pos)):
        return 0
    passed, info = (*parts[6:8], b"", b"")[:2]
    key = (contig, raw_pos, ref, alt, passed, b"" if plain else info)
    known = places.heads.get(key)
    there = known[1] if known else places.touched(contig, int(raw_pos), end_of(int(raw_pos), ref, alt, info))
    if not there:
        return 0
    values = parts[8].rstrip(b"\r").split(b"\t") if len(parts) == 9 else []
    if len(values) != 1 + len(samples):
        columns = len(values) + min(len(parts), 8)
        raise BadInput(
            f"{columns} columns, where the #CHROM line has {9 + len(samples)}.", path=path, line=number, mend=MEND
        )
    if known is None:
        known = _record(*key[:5], info, path, number), there
        if sum(map(len, key)) < LONG:
            remember(places.heads, key, known)
    record, _ = known
    for sample, text in zip(samples, values[1:], strict=True):
        genotype = _told(values[0], text, record, path, number)
        for gene, at in there:
            sample.lines[gene].setdefault(at, []).append((record, genotype))
    return len(there) * len(samples)


def lay_across(sample: SampleLines, places: Places, contig: str, pos: int, end: int, kind: str, failed: bool) -> None:
    """Put an event that another caller found (DEL, DUP) over the sites from `pos`, the base before it, to `end`."""
    record = Record(pos, end, "N", (f"<{kind}>",), not failed)
    genotype = Genotype((0, 1), False, None, "filtered" if failed else "")
    for gene, at in places.touched(contig, pos, end) if contig in places.by_contig else ():
        sample.lines[gene].setdefault(at, []).append((record, genotype))


def is_plain(alt: bytes) -> bool:
    """Whether an ALT is bases only, so that POS and REF tell where the line ends."""
    return b"<" not in alt and alt != b"."


def _record(
    contig: str, pos: bytes, ref: bytes, alt: bytes, passed: bytes, info: bytes, path: str, number: int
) -> Record:
    alts = tuple(alt.decode("utf-8", "replace").upper().split(","))
    bases = ref.decode("utf-8", "replace").upper()
    if not bases.isalpha() or not all(alts):
        raise BadInput("REF or ALT is not spelled in bases.", path=path, line=number, mend=MEND)
    # Of mtDNA a share of the reads is a call, and RefCall no answer (docs/decisions/0059).
    ref_call = passed == b"RefCall" and contig != "chrM"
    return Record(int(pos), end_of(int(pos), ref, alt, info), bases, alts, passed in (b"PASS", b"."), ref_call)


def _told(keys: bytes, text: bytes, record: Record, path: str, number: int) -> Genotype:
    """What a sample's column says, by FORMAT's keys."""
    key = (keys, text, len(record.alts), record.passed, record.ref_call, record.is_block)
    known = _TOLD.get(key)
    if known is None:
        names, values = (raw.decode("utf-8", "replace").split(":") for raw in (keys, text))
        known = _genotype(dict(zip(names, values, strict=False)), record, path, number)
        if len(keys) + len(text) < LONG:
            remember(_TOLD, key, known)
    return known


def remember(table: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Keep what was worked out; all of it goes when the table is full."""
    if len(table) >= _MOST:
        table.clear()
    table[key] = value


def end_of(pos: int, ref: bytes, alt: bytes, info: bytes) -> int:
    """The last base that a line speaks of: REF's, or a block's or structural variant's END where it is a number."""
    end = pos + len(ref) - 1
    if b"<" in alt or alt == b".":
        for item in info.split(b";"):
            if item.startswith(b"END=") and item[4:].isdigit() and len(item) < 16:
                end = max(end, int(item[4:]))
            elif item.startswith(b"SVLEN=") and len(item) < 200 and not alt.startswith(b"<INS"):
                # VCF 4.4 says by SVLEN, one for each ALT, how far an event reaches; END may be missing.
                sizes = [one.lstrip(b"-") for one in item[6:].split(b",")]
                end = max(end, pos + max((int(one) for one in sizes if one.isdigit() and len(one) < 10), default=0))
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
            raise BadInput("a GT is not made of the line's allele numbers.", path=path, line=number, mend=MEND)
    if len(alleles) > 8:
        raise BadInput("a GT is of more than eight copies.", path=path, line=number, mend=MEND)
    doubt, phase_set = (
        _doubt(record, alleles, values) or _unbalanced(alleles, _depths(values, most)),
        values.get("PS", "."),
    )
    if "|" in text:
        return Genotype(alleles, True, None if phase_set == "." else phase_set, doubt)
    # GATK before 4.1 leaves GT unphased and says the phase in PGT, in the set that PID names.
    physical, named = values.get("PGT", "."), values.get("PID", ".")
    if named != "." and len(alleles) == 2 and None not in alleles:
        told = physical.split("|")
        if sorted(told) == sorted(text.split("/")):
            return Genotype((int(told[0]), int(told[1])), True, f"PID {named}", doubt)
    return Genotype(alleles, False, None, doubt)


def _doubt(record: Record, alleles: tuple[int | None, ...], values: Mapping[str, str]) -> str:
    """Why a genotype is not used: FILTER, FT, depth or quality too low where they are given; "" when it is."""
    passed = record.passed or (record.ref_call and not any(alleles))
    if not passed or values.get("FT", ".") not in (".", "PASS"):
        return "filtered"
    # Strelka has DPI for indels and GQX for blocks, GATK RGQ at sites without a variant (GenotypeGVCFs -all-sites).
    depth, quality = _given(values, "DP", "DPI"), _given(values, "GQ", "GQX", "RGQ")
    if record.is_block:
        least = values.get("MIN_DP", ".")
        depth = depth if least == "." else least
    if depth != "." and not _number(depth) >= MIN_DP:
        return "low depth"
    if quality != "." and not _number(quality) >= MIN_GQ:
        return "low quality"
    return ""


def _depths(values: Mapping[str, str], n_alts: int) -> list[str]:
    """Reads of REF and each ALT, as far as they are told. VarScan's AD is the ALT's alone, with RD for REF; freebayes
    and Torrent write RO and AO."""
    told = _given(values, "AD").split(",")
    if len(told) == n_alts == 1 and told != ["."]:
        return [_given(values, "RD"), *told]
    return [_given(values, "RO"), *_given(values, "AO").split(",")] if told == ["."] else told


def _given(values: Mapping[str, str], *keys: str) -> str:
    """The first of these fields that says something; `.` for none."""
    return next((values[key] for key in keys if values.get(key, ".") != "."), ".")


def _unbalanced(alleles: tuple[int | None, ...], told: list[str]) -> str:
    """Why a heterozygous call is not believed: hardly a read has one of its alleles; "" when it is."""
    called = {one for one in alleles if one is not None}
    if len(called) < 2 or max(called) >= len(told):
        return ""
    reads = [_number(told[one]) for one in called]
    if min(reads) < 0 or min(reads) >= MIN_BALANCE * sum(reads):
        return ""
    return "few reads for one allele"


def _number(text: str) -> float:
    """A depth or quality; one that is no number counts as none at all."""
    try:
        return float(text)
    except ValueError:
        return -1.0
