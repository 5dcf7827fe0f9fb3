"""Readers of the plain forms: contig, position and alleles with any separators, VCF lines, regions, places."""

import re
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38, Place, Region, Variant
from embla.reference.clean import EXAMPLES
from embla.reference.fasta import Reference

MAX_ALLELE: Final = 5_000

_CONTIG: Final = r"(?P<contig>[A-Za-z0-9_.]{1,40}?)"
_SEP: Final = r"(?:\s?[-:/|_,;]\s?|\s)"
_ALT: Final = r"<[A-Za-z0-9:_.*]{1,60}>|[ACGTNacgtn]+|\*|\.|[ACGTNacgtn]*[\[\]][^\[\]\s]{1,60}[\[\]][ACGTNacgtn]*"
_ALTS: Final = rf"(?P<alt>(?:{_ALT})(?:,(?:{_ALT}))*)"


def number(name: str, *, spaces: bool = False) -> str:
    """Pattern of a whole number with or without thousands separators; spaces only where nothing else can follow."""
    marks = "[,.' ]" if spaces else "[,.']"
    return rf"(?P<{name}>\d{{1,3}}(?:(?P<{name}_mark>{marks})\d{{3}})(?:(?P={name}_mark)\d{{3}})*(?!\d)|\d{{1,12}})"


def to_int(text: str) -> int:
    """The value of what `number` matched."""
    return int(re.sub(r"\D", "", text))


_VARIANT: Final = re.compile(
    rf"{_CONTIG}{_SEP}(?:g\.)?{number('pos')}{_SEP}?(?P<ref>[ACGTNacgtn]+)(?:\s?(?:[-=]?>|[-:/|_,;])\s?|\s){_ALTS}"
)
_EMPTY_ALLELE: Final = re.compile(
    rf"{_CONTIG}{_SEP}{number('pos')}(?:\s?[-:/|_>\s]\s?)(?:(?:[ACGTNacgtn]+|-)?[-:/|_>\s]+(?:[ACGTNacgtn]+|-)?)"
)
_REGION: Final = re.compile(
    rf"{_CONTIG}(?:\s?:\s?{number('start', spaces=True)}\s?(?:-|\.\.|_|to)\s?{number('end', spaces=True)}"
    rf"|{_SEP}{number('start2')}(?:\s?(?:-|\.\.|_|,)\s?|\s){number('end2')})"
)
_BED: Final = re.compile(r"(?P<contig>[A-Za-z0-9_.]{1,40})\t(?P<start>\d{1,12})\t(?P<end>\d{1,12})(?:\t.*)?")
_PLACE: Final = re.compile(rf"{_CONTIG}(?:\s?:\s?{number('pos', spaces=True)}|{_SEP}{number('pos2')})")
_BUILD: Final = re.compile(
    r"(?:human\s)?(?P<build>GRCh3[678]|hg1[89]|hg38|hs37d5|b3[78]|NCBI36|T2T(?:-CHM13)?|CHM13|hs1)(?:\.?p\d+|v\d\.\d)?(?:[\s:|/,;]|-(?=chr|\d))\s?",
    re.IGNORECASE,
)
_BUILD_LAST: Final = re.compile(
    r"\s?[(\[]\s?(?P<build>GRCh3[678]|hg1[89]|hg38|NCBI36|T2T-CHM13)\s?[)\]]", re.IGNORECASE
)
_GRCH38: Final = ("grch38", "hg38", "b38")

_NOT_HERE: Final = (
    (re.compile(r"rs\d+", re.I), "an rs number", "id"),
    (re.compile(r"(?:CA|CACN)\d+", re.I), "a ClinGen allele id", "id"),
    (re.compile(r"(?:VCV|RCV|SCV)\d+(?:\.\d+)?|(?:clinvar:?\s?)\d+", re.I), "a ClinVar accession", "id"),
    (re.compile(r"ga4gh:\w{2,5}\.[\w-]+"), "a VRS identifier", "id"),
    (
        re.compile(r"(?:[NX][MRP]_|ENS[TP]\d|LRG_|N[GTW]_).*", re.I),
        "a transcript, protein or gene sequence",
        "transcript",
    ),
    (
        re.compile(r"(?:[\w.()-]{1,60}\s?:\s?)?[cnpr]\..*", re.I),
        "a transcript or protein name (c., n., r., p.)",
        "transcript",
    ),
)


def without_build(text: str) -> str:
    """Cut off a leading or trailing build name; BadInput when it is not GRCh38's."""
    text = re.sub(r"^chr(?:omosome|\.)?\s(?=[\dXYM])", "chr", text, flags=re.IGNORECASE)
    text = re.sub(r"^chromosome(?=[\dXYM])", "chr", text, flags=re.IGNORECASE)
    for match in (_BUILD.match(text), _BUILD_LAST.search(text)):
        if match is None or (match.re is _BUILD_LAST and match.end() != len(text)):
            continue
        build = match["build"]
        if build.lower() not in _GRCH38:
            raise BadInput(
                f"this is a position of {build}; this database is GRCh38.",
                mend="Lift the position over to GRCh38 first.",
                reason="build",
            )
        text = text[: match.start()] + text[match.end() :]
    return re.sub(r"^chr(?:omosome|\.)?\s(?=[\dXYM])", "chr", text, flags=re.IGNORECASE)


def contig_of(name: str) -> tuple[str, tuple[str, ...]]:
    """Our name for a contig as written, and a note where the two differ."""
    contig = GRCH38.contig(name)
    return contig.name, () if name == contig.name else (f"{name} is {contig.name} of GRCh38.",)


def check_length(bases: int) -> None:
    """Alleles are spelled out only up to MAX_ALLELE bases."""
    if bases > MAX_ALLELE:
        raise BadInput(
            f"an allele of {bases:,} bases is too long to ask for; {MAX_ALLELE:,} are read.",
            mend="Ask for the region it covers.",
            reason="length",
        )


def read_vcf_line(text: str, reference: Reference | None) -> Variant | None:
    """The first five columns of a VCF line: contig, position, id (ignored), REF, ALT."""
    columns = text.split("\t") if text.count("\t") >= 4 else text.split()
    if len(columns) < 5 or not re.fullmatch(r"\d{1,12}", columns[1]) or not re.fullmatch(r"[A-Za-z]+", columns[3]):
        return None
    if not re.fullmatch(r"[A-Za-z0-9_.*:-]{1,60}", columns[0]) or not re.fullmatch(_ALTS, columns[4]):
        return None
    return _one_variant(columns[0], int(columns[1]), columns[3], columns[4])


def read_variant(text: str, reference: Reference | None) -> Variant | None:
    """Contig, position, REF, ALT with `-`, `:`, `/`, `>`, blanks between them."""
    match = _VARIANT.fullmatch(text)
    if match:
        return _one_variant(match["contig"], to_int(match["pos"]), match["ref"], match["alt"])
    match = _EMPTY_ALLELE.fullmatch(text)
    if match and GRCH38.find(match["contig"]):
        raise BadInput(
            f"an allele is empty at {match['contig']}:{to_int(match['pos']):,}, so it is not clear which base comes before it.",
            mend="Write insertions and deletions as in VCF, with the base before them: chr1-1000-GA-G.",
            reason="empty allele",
        )
    return None


def read_region(text: str, reference: Reference | None) -> Region | None:
    """`17:43044295-43125364` (1-based, both ends), or a line of a BED file (tabs; 0-based start)."""
    match = _BED.fullmatch(text)
    if match:
        contig, notes = contig_of(match["contig"])
        start, end = int(match["start"]), int(match["end"])
        _check_ends(start + 1, end)
        return Region(contig, start, end, (*notes, "Read as a line of a BED file, whose start is 0-based."))
    match = _REGION.fullmatch(text)
    if not match:
        return None
    contig, notes = contig_of(match["contig"])
    start, end = to_int(match["start"] or match["start2"]), to_int(match["end"] or match["end2"])
    _check_ends(start, end)
    return Region(contig, start - 1, end, notes)


def read_place(text: str, reference: Reference | None) -> Place | None:
    """One base: `17:43045712`."""
    match = _PLACE.fullmatch(text)
    if not match:
        return None
    contig, notes = contig_of(match["contig"])
    return Place(contig, to_int(match["pos"] or match["pos2"]), notes)


def read_contig(text: str, reference: Reference | None) -> Region | None:
    """A whole contig, by its name with `chr` or its accession; a bare number could be anything."""
    contig = GRCH38.find(text)
    if contig is None or text.lower() in (alias.lower() for alias in contig.aliases if len(alias) < 3):
        return None
    return Region(contig.name, 0, contig.length, contig_of(text)[1])


def refuse_other_names(text: str, reference: Reference | None) -> None:
    """Say what was recognised where it is not a genomic form."""
    for pattern, what, reason in _NOT_HERE:
        if pattern.fullmatch(text):
            raise BadInput(
                f"this is {what}, which cannot be placed on the genome without tables that are not loaded.",
                mend=f"Give the genomic form. {EXAMPLES}",
                reason=reason,
            )
    head = re.match(r"([A-Za-z]{2}_?\d{6,}(?:\.\d+)?)\s?:", text)
    if head:
        GRCH38.contig(head[1])


def _check_ends(start: int, end: int) -> None:
    if start < 1 or end < start:
        raise BadInput(
            f"a region must start at base 1 or later and end at or after its start; got {start:,} to {end:,}.",
            mend="Write it as 17:43044295-43125364.",
            reason="region",
        )


def _one_variant(written: str, pos: int, ref: str, alts: str) -> Variant:
    """A variant with exactly one real ALT; several are refused with the choices, never picked from."""
    contig, notes = contig_of(written)
    check_length(max(len(ref), len(alts)))
    ref = ref.upper()
    if set(ref) - set("ACGTN"):
        raise BadInput("REF must be of the bases A, C, G, T.", place=f"{contig}:{pos}", mend=EXAMPLES, reason="bases")
    given = [alt if not alt.isalpha() else alt.upper() for alt in alts.split(",")]
    real = [alt for alt in dict.fromkeys(given) if alt not in (".", "*", "<*>", "<NON_REF>") and alt != ref]
    if len(real) == 1:
        dropped = [alt for alt in given if alt not in real]
        if dropped:
            notes = (*notes, f"{', '.join(dropped)} beside {real[0]} is not a variant of its own.")
        return Variant(contig, pos, ref, real[0], notes)
    place = f"{contig}:{pos}"
    if real:
        choices = tuple(Variant(contig, pos, ref, alt) for alt in real)
        shown = ", ".join(str(choice) for choice in choices if len(str(choice)) <= 60)
        raise BadInput(
            f"there are {len(real)} ALT alleles.",
            place=place,
            mend=f"Ask for one of them: {shown}." if shown else "Ask for one of them.",
            reason="choices",
            choices=choices,
        )
    if "*" in given:
        raise BadInput(
            "ALT * stands for a deletion that starts further left.",
            place=place,
            mend="Ask for that deletion itself, or for the place.",
            reason="no variant",
        )
    raise BadInput(
        "there is no ALT that differs from REF, so this is not a variant.",
        place=place,
        mend=f"To see all variants at this base ask for {place}.",
        reason="no variant",
    )
