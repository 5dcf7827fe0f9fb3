"""The small patterns that every reader shares: contig, number, separators, alleles; and a build named beside them."""

import re
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38

MAX_ALLELE: Final = 5_000

CONTIG: Final = r"(?P<contig>[A-Za-z0-9_.]{1,40}?)"
SEP: Final = r"(?:\s?[-:/|_,;]\s?|\s)"
BASES: Final = r"[ACGTNacgtn]"
ALT: Final = rf"<[A-Za-z0-9:_.*]{{1,60}}>|{BASES}+|\*|\.|{BASES}*[\[\]][^\[\]\s,]{{1,60}}[\[\]]{BASES}*"

_BUILD_NAME: Final = r"(?P<build>GRCh3[678]|hg1[789]|hg38|hs37d5|b3[78]|NCBI ?36|T2T(?:-CHM13)?|CHM13|hs1)"
_BUILD_FIRST: Final = re.compile(
    rf"(?:human\s)?{_BUILD_NAME}(?:\.?p\d+|v\d\.\d)?(?:\s?[:|/,;]\s?|\s|-(?=chr|\d))", re.IGNORECASE | re.ASCII
)
_BUILD_LAST: Final = re.compile(
    rf"\s?(?:[(\[]\s?{_BUILD_NAME}(?:\.?p\d+|v\d\.\d)?\s?[)\]]|(?<=\s){_BUILD_NAME.replace('build', 'bare')})\Z",
    re.IGNORECASE | re.ASCII,
)
# `chr21(hg19):g.45194641C>G`, `chr21, hg19:g.45194641C>G`: what stands behind a contig says its build.
_VERSION: Final = r"(?:\.?p\d+|v\d\.\d)?"
_BUILD_BESIDE: Final = re.compile(
    rf"(?<=[A-Za-z0-9_.])(?:\s?[(\[]\s?{_BUILD_NAME}{_VERSION}\s?[)\]](?=[\s:])"
    rf"|\s?[\s:,;]\s?{_BUILD_NAME.replace('build', 'bare')}{_VERSION}(?=\s?[\s:,;]\s?[gm]\.))",
    re.IGNORECASE | re.ASCII,
)
_OLD: Final = re.compile(r"NC_\d{6}\.\d{1,3}", re.IGNORECASE | re.ASCII)
_MINE: Final = ("grch38", "hg38", "b38")
_GRCH37: Final = ("grch37", "hg19", "hs37d5", "b37")
# Of a gene or transcript in brackets behind a contig.
NOT_COMPARED: Final = "The gene or transcript beside it was not compared: it is not loaded."
# What can be a contig's name at all; other words are not repeated in messages, as they may be a person's.
_CONTIG_SHAPE: Final = re.compile(
    r"chr\w{1,35}|\d{1,3}|[A-Z]{1,2}|(?:N[CTW]_|CM|CP|GL|K[A-Z]|J)\d{5,9}(?:\.\d{1,3})?|HLA.*", re.IGNORECASE | re.ASCII
)


def number(name: str, *, spaces: bool = False) -> str:
    """Pattern of a whole number with or without thousands separators.

    `spaces` allows blanks as separators where there are two or more: `100 200` could be two numbers.
    """
    marks = rf"(?P<{name}_mark>[,.'])\d{{3}}(?:(?P={name}_mark)\d{{3}})*"
    blanks = r"|\d{1,3}(?: \d{3}){2,3}" if spaces else ""
    return rf"(?P<{name}>\d{{1,3}}{marks}(?!\d){blanks}|\d{{1,12}})"


def to_int(text: str) -> int:
    """The value of what `number` matched."""
    return int(re.sub(r"\D", "", text))


def split_build(text: str) -> tuple[str | None, str]:
    """The build named before or after the rest (GRCh38, GRCh37 or as written; None for none), and the rest."""
    written, text = _builds(text)
    names = ["GRCh38" if one.lower() in _MINE else "GRCh37" if one.lower() in _GRCH37 else one for one in written]
    return next((name for name in names if name != "GRCh38"), names[0] if names else None), text


def without_build(text: str) -> str:
    """Cut off a build named before or after the rest; BadInput when it is not GRCh38's. `Chromosome 1` becomes chr1."""
    written, text = _builds(text)
    other = next((build for build in written if build.lower() not in _MINE), None)
    if other is not None:
        raise BadInput(
            f"this is a position of {other}; this database is GRCh38.",
            mend="Lift the position over to GRCh38 first.",
            reason="build",
        )
    return re.sub(r"^chr(?:omosome|\.)?\s?(?=\d|[XYM](?![A-Za-z])|MT)", "chr", text, flags=re.IGNORECASE)


def _builds(text: str) -> tuple[list[str], str]:
    """Every build named before, after or in brackets within the rest, as written, and the rest: `GRCh38/hg38 chr1:1000`
    names one twice."""
    written = []
    for find in (_BUILD_FIRST.match, _BUILD_FIRST.match, _BUILD_LAST.search, _BUILD_BESIDE.search):
        match = find(text)
        if match is not None:
            named = match.groupdict()
            written.append(named["build"] or named.get("bare") or "")
            text = text[: match.start()] + text[match.end() :]
    return written, text


def contig_of(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Our name for a contig as written, and a note where the two differ; None for a word that can be no contig.

    UnknownContig for what looks like a contig and is not one of GRCh38's primary 25.
    """
    contig = GRCH38.find(name)
    if contig is None:
        if not _CONTIG_SHAPE.fullmatch(name):
            return None
        contig = GRCH38.contig(name)
    return contig.name, () if name == contig.name else (f"{name} is {contig.name} of GRCh38.",)


def is_elsewhere(contig: str, beside: str) -> bool:
    """Whether what stands beside one of our contigs names another, or one of another build: `chr21(chr22):g.`."""
    there = GRCH38.find(beside)
    return there.name != contig if there is not None else _OLD.fullmatch(beside) is not None


def check_length(bases: int) -> None:
    """Alleles are spelled out only up to MAX_ALLELE bases."""
    if bases > MAX_ALLELE:
        raise BadInput(
            f"an allele of {bases:,} bases is too long to ask for; {MAX_ALLELE:,} are read.",
            mend="Ask for the region it covers.",
            reason="length",
        )


def miscounted(contig: str, first: int, last: int, given: int) -> BadInput:
    """The refusal of positions `first` to `last` (1-based, both included) beside another number of bases."""
    return BadInput(
        f"{contig}:{first}-{last} is {last - first + 1:,} bases long, but {given:,} are named.",
        mend="Check the positions and the bases.",
        reason="syntax",
    )


def check_event(contig: str, before: int, last: int) -> None:
    """BadInput unless an event after base `before` and up to base `last` lies on the contig; 0: it begins with base 1
    (VCF 4.4, POS: telomeres are indicated by 0)."""
    check_span(contig, max(before, 1), max(last, 1))


def check_span(contig: str, first: int, last: int) -> None:
    """BadInput unless bases `first` to `last` (1-based, both included) lie on the contig and run forwards."""
    length = GRCH38.contig(contig).length
    if last < first:
        raise BadInput(
            f"the positions run backwards: {first:,} to {last:,}.", mend="Give the smaller one first.", reason="region"
        )
    if first < 1 or last > length:
        bases = f"base {first:,}" if first == last else f"{first:,} to {last:,}"
        raise BadInput(
            f"{contig} of GRCh38 has bases 1 to {length:,}; {bases} is outside.",
            mend="Check the position and the build.",
            reason="outside",
        )
