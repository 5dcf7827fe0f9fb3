"""The header of a VCF: who is in it, which build it speaks of, which program called it."""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Final

from embla.errors import BadInput
from embla.genome import Assembly
from embla.genotypes.reading.source import Source

_FIXED: Final = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
_MAX_HEADER: Final = 64 << 20
_MOST_SAMPLES: Final = 1_000_000
_MAX_CONTIG: Final = 4_096  # letters of a ##contig line
_MAX_MATCHED: Final = 1 << 16  # letters of a line that are searched for a program's version
_MEND: Final = "Give a VCF, gVCF or BCF file with its whole header."
_CONTIG: Final = re.compile(r"##contig=<(.*)>\s*")
_FIELD: Final = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)')

# Program and version from header lines; never the command line itself, which names files and persons.
_PIPELINES: Final = (
    (re.compile(r"##DRAGENVersion=<.{0,200}?Version=\"?[^\"]{0,200}?(?<![0-9])([0-9]+(?:\.[0-9]+)+)"), "DRAGEN {}"),
    (re.compile(r"##DeepVariant_version=([\w.]+)"), "DeepVariant {}"),
    (re.compile(r"##GATKCommandLine=<ID=HaplotypeCaller,.*?Version=\"?([\w.]+)"), "GATK HaplotypeCaller {}"),
    (re.compile(r"##GATKCommandLine=<ID=GenotypeGVCFs,.*?Version=\"?([\w.]+)"), "GATK GenotypeGVCFs {}"),
    (re.compile(r"##GATKCommandLine=<ID=Mutect2,.*?Version=\"?([\w.]+)"), "GATK Mutect2 {}"),
    (re.compile(r"##GATKCommandLine\.HaplotypeCaller=<.*?Version=\"?([\w.]+)"), "GATK HaplotypeCaller {}"),
    (re.compile(r"##source=(?:.*/)?[Ss]trelka.*"), "Strelka"),
    (re.compile(r"##bcftools_callVersion=([\w.]+)"), "bcftools call {}"),
    (re.compile(r"##source=([\w][\w .+-]{0,60})\s*$"), "{}"),
)
# A build that the header names in words, as many files give no lengths.
_NAMED: Final = re.compile(r"##(?:reference|assembly)=(.*)|##contig=<.*?\bassembly=([^,>]*)", re.IGNORECASE)
# Short words only by themselves (hs1 stands in `paths1`), and no number as a part of a longer one.
_BUILDS: Final = tuple(
    (build, re.compile(rf"(?:{long}|(?<![a-z0-9])(?:{short}))(?![0-9])", re.IGNORECASE))
    for build, long, short in (
        (
            "GRCh38",
            r"grch38|assembly38|GCA_000001405\.(?:1[5-9]|2\d)|GCF_000001405\.(?:2[6-9]|[34]\d)",
            "hg38|hs38|b38",
        ),
        (
            "GRCh37",
            r"grch37|assembly19|g1k_?v37|GCA_000001405\.(?:[1-9]|1[0-4])|GCF_000001405\.(?:1[3-9]|2[0-5])",
            "hg19|hs37|b37",
        ),
        ("NCBI36", r"ncbi36|GCF_000001405\.12", "hg18|b36"),
        ("T2T-CHM13", r"chm13|GC[AF]_009914755", "hs1(?![a-z])"),
    )
)
_FORMAT: Final = re.compile(r"##FORMAT=<(?:[^\">]*,)?ID=([^,>]+)")
_RAW_ALONE: Final = "##emblaRawAlone="
_STRELKA_VERSION: Final = re.compile(r"##source_version=([\w.]+)")


@dataclass(frozen=True)
class Header:
    """`samples` in column order; `lines` is the line number of #CHROM; `rest` is body text that was read too far."""

    samples: tuple[str, ...]
    contigs: dict[str, int | None]
    pipeline: str
    lines: int
    rest: bytes
    formats: frozenset[str] = frozenset()  # keys that ##FORMAT lines declare
    raw_alone: frozenset[str] | None = None  # of a genome that was given back: contigs on which it counts in raw alone
    declared: frozenset[str] = frozenset()  # builds that ##reference, ##assembly or a contig's assembly names


def read_header(source: Source) -> Header:
    """Read up to the #CHROM line. BadInput when the text is not VCF or its columns cannot be what they say."""
    path = str(source.path)
    data = bytearray()
    lines: list[str] = []
    at = searched = 0
    while True:
        end = data.find(b"\n", max(at, searched))
        if end < 0:
            searched = len(data)
            piece = source.next()
            if piece:
                data += piece
                if not lines:
                    _check_start(path, data)
                if len(data) > _MAX_HEADER:
                    raise BadInput("the header is larger than 64 MB.", path=path, mend=_MEND)
                continue
            end = len(data)
        if end == at and at == len(data):
            raise BadInput("the header ends without a #CHROM line.", path=path, line=len(lines) or 1, mend=_MEND)
        text = bytes(data[at:end]).rstrip(b"\r").decode("utf-8", "replace")
        at = min(end + 1, len(data))
        lines.append(text)
        if text.startswith("##") or not text.strip():
            continue
        if not text.startswith("#CHROM"):
            raise BadInput(
                "here a ## line or the #CHROM line was expected: this is not VCF, or its header is lost.",
                path=path,
                line=len(lines),
                mend=_MEND,
            )
        samples = _samples(path, len(lines), text)
        return Header(
            samples,
            _contigs(path, lines),
            _pipeline(lines),
            len(lines),
            bytes(data[at:]),
            frozenset(match[1] for match in (_FORMAT.match(text, 0, _MAX_MATCHED) for text in lines) if match),
            next((frozenset(t[len(_RAW_ALONE) :].split(",")) for t in lines if t.startswith(_RAW_ALONE)), None),
            declared_builds(lines),
        )


def check_build(header: Header, assembly: Assembly, path: str) -> None:
    """Refuse a header with contigs of another build, with other lengths than the assembly's, or that names another
    build. Raises BadInput or UnknownContig."""
    assembly.check_header(header.contigs, path=path)
    check_named(header.declared, header.contigs, assembly, path)


def check_named(declared: Set[str], contigs: Mapping[str, int | None], assembly: Assembly, path: str) -> None:
    """Refuse a header that names another build. What the lengths of its contigs show no word in a path overrules."""
    others = sorted(declared - {assembly.name})
    if not others or assembly.recognise(contigs) == assembly.name:
        return
    both = f"both {assembly.name} and {others[0]}" if assembly.name in declared else others[0]
    raise BadInput(
        f"the header names {both} (##reference, ##assembly or ##contig), and no contig's length shows {assembly.name}.",
        path=path,
        mend=f"Lift it over to {assembly.name} at the laboratory, or align and call it again on {assembly.name}. "
        "If only its header is wrong: bcftools reheader --fai GRCh38.fa.fai writes the lengths.",
        build=others[0],
    )


def _check_start(path: str, data: bytearray) -> None:
    start = bytes(data[:16])
    if start.startswith(b"##fileformat=VCF"[: len(start)]):
        return
    if start[:1] == b"#" and b"\0" not in data[:4096]:
        return  # a header without its first line is still read; #CHROM decides
    kind = "binary data" if b"\0" in data[:4096] else "text of another kind"
    raise BadInput(f"this is not VCF: it begins with {kind}, not with ##fileformat=VCF.", path=path, line=1, mend=_MEND)


def _samples(path: str, number: int, text: str) -> tuple[str, ...]:
    columns = text.split("\t", 9 + _MOST_SAMPLES)
    if len(columns) > 9 + _MOST_SAMPLES:
        raise BadInput(
            f"the #CHROM line names more than {_MOST_SAMPLES:,} samples.",
            path=path,
            line=number,
            mend="Split the file: bcftools view -S NAMES -Oz -o PART.vcf.gz FILE",
        )
    if tuple(columns[:8]) != _FIXED:
        hint = " They are separated by spaces." if " " in text and "\t" not in text else ""
        raise BadInput(
            f"the #CHROM line must name the columns {' '.join(_FIXED)}, separated by tabs.{hint}",
            path=path,
            line=number,
            mend=_MEND,
        )
    if len(columns) < 10 or columns[8] != "FORMAT":
        raise BadInput(
            "the file has no genotypes: its #CHROM line has no FORMAT column with samples after it.",
            path=path,
            line=number,
            mend="Give the file with the genotypes, not a list of sites.",
        )
    samples = tuple(columns[9:])
    for place, name in enumerate(samples):
        if not name.strip() or not name.isprintable():
            raise BadInput(
                f"column {place + 10} has no sample name that can be printed.", path=path, line=number, mend=_MEND
            )
        if "\N{REPLACEMENT CHARACTER}" in name:  # two names could become one
            raise BadInput(
                f"the sample name of column {place + 10} is not UTF-8.",
                path=path,
                line=number,
                mend="Rename it with `bcftools reheader`.",
            )
    if len(set(samples)) != len(samples):
        met: dict[str, int] = {}
        twice = next(place for place, name in enumerate(samples) if met.setdefault(name, place) != place)
        raise BadInput(
            f"columns {met[samples[twice]] + 10} and {twice + 10} have the same sample name.",
            path=path,
            line=number,
            mend="Rename one of them with `bcftools reheader`.",
        )
    return samples


def _contigs(path: str, lines: list[str]) -> dict[str, int | None]:
    contigs: dict[str, int | None] = {}
    for number, text in enumerate(lines, 1):
        if not text.startswith("##contig="):
            continue
        if len(text) > _MAX_CONTIG:
            raise BadInput(
                f"a ##contig line is longer than {_MAX_CONTIG:,} letters.", path=path, line=number, mend=_MEND
            )
        match = _CONTIG.match(text)
        if match is None:
            continue
        fields = {key: value.strip('"') for key, value in _FIELD.findall(match[1])}
        name, length = fields.get("ID", ""), fields.get("length", "")
        if not name:
            continue
        if length and not (length.isascii() and length.isdigit() and len(length) < 12):
            raise BadInput(f"a contig's length is not a number: {length[:40]!r}.", path=path, line=number, mend=_MEND)
        bases = int(length) if length else None
        if contigs.get(name, bases) != bases:
            raise BadInput(
                f"contig {name[:60]!r} is there a second time, with another length.", path=path, line=number, mend=_MEND
            )
        contigs[name] = bases
    return contigs


def declared_builds(lines: Iterable[str]) -> frozenset[str]:
    """Builds that the lines of a header name in words."""
    named = (match[1] or match[2] or "" for match in map(_NAMED.match, lines) if match)
    return frozenset(build for text in named for build in _builds_in(text[:_MAX_MATCHED]))


def _builds_in(text: str) -> set[str]:
    """Which builds a value names: of a path its file's name says it, and only where that says nothing its folders."""
    for part in (text.rstrip('">').rpartition("/")[2], text):
        found = {build for build, words in _BUILDS if words.search(part)}
        if found:
            return found
    return set()


def _pipeline(lines: list[str]) -> str:
    for pattern, shape in _PIPELINES:
        for text in lines:
            match = pattern.match(text, 0, _MAX_MATCHED)
            if match is None:
                continue
            if shape == "Strelka":
                version = next((m[1] for m in map(_STRELKA_VERSION.match, lines) if m), "")
                return f"Strelka {version}".strip()
            return shape.format(*match.groups()).strip()
    return ""
