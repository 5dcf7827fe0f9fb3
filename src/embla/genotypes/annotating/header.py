"""The header of a VCF to annotate: kept byte for byte, except for the lines that are ours."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38
from embla.genotypes.annotating.splicing_kernels import FIELDS
from embla.genotypes.reading.header import check_named, declared_builds
from embla.genotypes.reading.source import Source

_COLUMNS: Final = b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
_LARGEST: Final = 256 << 20
_MEND: Final = "Give a VCF with its whole header."
_CONTIG: Final = re.compile(rb"##contig=<(.*)>\s*$")
_FIELD: Final = re.compile(rb'(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)')
_OURS: Final = re.compile(
    rb"##INFO=<ID=EMBLA_(?:" + "|".join(FIELDS).encode() + rb"),|##emblaAnnotation=", re.IGNORECASE
)

_DESCRIPTIONS: Final = (
    ("AC", "Integer", "Alleles seen in the cohort, in calls that pass the gates"),
    ("AN", "Integer", "Alleles called in the cohort, in calls that pass the gates"),
    ("AF", "Float", "EMBLA_AC / EMBLA_AN; missing where nobody is callable"),
    ("NHOMALT", "Integer", "Homozygous people"),
    ("NHEMI", "Integer", "Hemizygous people"),
    ("FAF95", "Float", "Filtering allele frequency, 95 % (Whiffin 2017); 0 for a singleton"),
    (
        "STATUS",
        "String",
        "observed, absent (callable, and in no call that passes), not_callable, not_loaded or suppressed",
    ),
    ("FAILED_ONLY", "Integer", "1: seen in calls that do not pass the gates alone; on lines with such an ALT"),
)


@dataclass(frozen=True)
class Top:
    """A header as it will be written, how many lines it had, and the text that was read beyond it."""

    text: bytes
    lines: int
    rest: bytes


def read_top(source: Source, about: dict[str, str]) -> Top:
    """Read up to #CHROM, check build and columns, put our lines in front of #CHROM. BadInput where it is no VCF."""
    path = str(source.path)
    data = bytearray(source.next())
    _check_start(path, bytes(data[:4096]))
    lines: list[bytes] = []
    at = 0
    while True:
        end = data.find(b"\n", at)
        if end < 0:
            piece = source.next()
            if not piece or len(data) > _LARGEST:
                raise BadInput(
                    "the header ends without a #CHROM line." if not piece else "the header is larger than 256 MB.",
                    path=path, line=len(lines) + 1, mend=_MEND,
                )  # fmt: skip
            data += piece
            continue
        line = bytes(data[at : end + 1])
        at = end + 1
        if line.startswith(b"#CHROM"):
            break
        lines.append(line)
        if not line.startswith(b"##") and line.strip():
            raise BadInput(
                "here a ## line or the #CHROM line was expected: this is not VCF, or its header is lost.",
                path=path, line=len(lines), mend=_MEND,
            )  # fmt: skip
    _check_columns(path, len(lines) + 1, line)
    contigs = _contigs(path, lines)
    GRCH38.check_header(contigs, path=path)
    check_named(declared_builds(one.decode("utf-8", "replace") for one in lines), contigs, GRCH38, path)
    ending = b"\r\n" if line.endswith(b"\r\n") else b"\n"
    kept = [one for one in lines if not _OURS.match(one)]
    ours = [text.encode() + ending for text in info_lines("A", about)]
    return Top(b"".join((*kept, *ours, line)), len(lines) + 1, bytes(data[at:]))


def info_lines(number: str, about: dict[str, str]) -> list[str]:
    """The header lines of our fields, and one that says what was asked."""
    lines = [
        f'##INFO=<ID=EMBLA_{name},Number={number},Type={kind},Description="{text}">'
        for name, kind, text in _DESCRIPTIONS
    ]
    facts = ",".join(f'{name}="{value}"' for name, value in about.items())
    return [*lines, f"##emblaAnnotation=<{facts}>"]


def _check_start(path: str, start: bytes) -> None:
    if start.startswith(b"##fileformat=VCF") or (start[:1] == b"#" and b"\0" not in start):
        return
    kind = "binary data" if b"\0" in start else "text of another kind"
    raise BadInput(f"this is not VCF: it begins with {kind}, not with ##fileformat=VCF.", path=path, line=1, mend=_MEND)


def _check_columns(path: str, number: int, line: bytes) -> None:
    if line.rstrip(b"\r\n") != _COLUMNS and not line.startswith(_COLUMNS + b"\t"):
        hint = " They are separated by spaces." if b" " in line and b"\t" not in line else ""
        raise BadInput(
            f"the #CHROM line must name the columns {_COLUMNS.decode().replace(chr(9), ' ')}, separated by tabs.{hint}",
            path=path, line=number, mend=_MEND,
        )  # fmt: skip


def _contigs(path: str, lines: list[bytes]) -> dict[str, int | None]:
    contigs: dict[str, int | None] = {}
    for number, line in enumerate(lines, 1):
        match = _CONTIG.match(line)
        if match is None:
            continue
        facts = {key: value.strip(b'"').decode("utf-8", "replace") for key, value in _FIELD.findall(match[1])}
        name, length = facts.get(b"ID", ""), facts.get(b"length", "")
        if length and not (length.isascii() and length.isdigit() and len(length) < 12):
            raise BadInput(f"a contig's length is not a number: {length[:40]!r}.", path=path, line=number, mend=_MEND)
        if name:
            contigs[name] = int(length) if length else None
    return contigs


def is_vcf_name(path: Path) -> bool:
    """True for a name of a VCF that we can write."""
    return path.name.endswith((".vcf", ".vcf.gz", ".vcf.bgz")) or not path.suffix
