"""Which variants a request for g_variants means. Beacon 2.2, "Variation queries": sequence, range, bracket, gene, short
form. Coordinates are 0-based half-open; N stands for any base; a range matches what shares a base with it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from embla.errors import UnknownContig, UsageError
from embla.genome import GRCH38, Variant

_BASES: Final = re.compile(r"[ACGTN]*")
_ASSEMBLY: Final = re.compile(r"(grch38|hg38)(\.p[0-9]+)?|gcf_000001405\.(2[6-9]|3[0-9]|40)", re.IGNORECASE)
# Kinds as clients write them -> how long REF and ALT are once trimmed.
_KINDS: Final = {
    "SNP": "SNV", "SNV": "SNV", "SO:0001483": "SNV", "DEL": "DEL", "SO:0000159": "DEL",
    "INS": "INS", "SO:0000667": "INS", "INDEL": "INDEL", "SO:1000032": "INDEL",
    "DELINS": "INDEL", "MNP": "MNP", "MNV": "MNP", "SO:0002007": "MNP",
    "DUP": "DUP", "SO:1000035": "DUP", "INV": "INV", "SO:1000036": "INV", "BND": "BND", "CNV": "CNV",
    "SO:0001019": "CNV", "EFO:0030067": "LOSS", "EFO:0030070": "GAIN",
}  # fmt: skip
# Events that no allele with bases is, and those that may be either. LOSS and GAIN are a copy-number caller's.
STRUCTURAL: Final = frozenset({"DUP", "INV", "BND", "CNV", "LOSS", "GAIN"})
_EITHER: Final = frozenset({"DEL", "INS"})
_CHANGE: Final = re.compile(r"(?:p\.)?\(?((?:[A-Z][a-z]{2}|[A-Z*])[0-9]{1,5}(?:[A-Z][a-z]{2}|[A-Z*]))\)?")
_KNOWN: Final = frozenset(
    "assemblyId referenceName start end referenceBases alternateBases variantType variantMinLength variantMaxLength"
    " geneId genomicAlleleShortForm aminoacidChange mateName datasets".split()
)
_MAX_TEXT: Final = 5_000
_MOST_DATASETS: Final = 100


class Event(NamedTuple):
    """A structural variant as a question sees it: boundaries 0-based, `starts` and `ends` from first to last place."""

    kind: str
    contig: str
    mate: str
    starts: tuple[int, int]
    ends: tuple[int, int]
    length: int


# Kind that is asked for -> kinds of events that are meant.
_EVENTS: Final = {
    **{kind: frozenset({kind}) for kind in ("INV", "BND", "INS", "LOSS", "GAIN")},
    "DEL": frozenset({"DEL", "LOSS"}), "DUP": frozenset({"DUP", "GAIN"}), "CNV": frozenset({"LOSS", "GAIN"}),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A question in one form. Bases `start` to `end` are looked through. `first` bounds where a match begins (0-based
    half-open) and `last` where it ends: above the first of the two, at most the second. A `gene` or a variant's `name`
    is to be found first. `change`: of an amino acid, in a gene. `mate`: the contig of a breakend's other side."""

    contig: str = ""
    start: int = 0
    end: int = 0
    first: tuple[int, int] | None = None
    last: tuple[int, int] | None = None
    ref: str | None = None
    alt: str | None = None
    kind: str = ""
    shortest: int = 0
    longest: int | None = None
    gene: str = ""
    name: str = ""
    change: str = ""
    mate: str = ""
    datasets: frozenset[str] = frozenset()

    @property
    def spelled(self) -> str:
        """The one allele that a sequence question spells out, as SPDI; empty where it leaves something open."""
        if self.first is None or self.last is not None or self.ref is None or self.alt is None:
            return ""
        if "N" in self.ref + self.alt or not self.ref + self.alt:
            return ""
        return f"{GRCH38.contig(self.contig).accession}:{self.start}:{self.ref}:{self.alt}"

    @property
    def asks_events(self) -> bool:
        """Whether structural variants and copy numbers are meant, too: their kind is asked for, and no bases."""
        return self.kind in STRUCTURAL | _EITHER and self.ref is None and self.alt is None and not self.name

    def matches_event(self, event: Event) -> bool:
        """True for an event that is meant. One that was found at several places lies at all of them."""
        if event.kind not in _EVENTS[self.kind] or (self.mate and self.mate not in (event.contig, event.mate)):
            return False
        if event.length < self.shortest or (self.longest is not None and event.length > self.longest):
            return False
        if self.gene or (self.first is None and self.last is None):
            return True  # where it lies was settled by looking it up
        low, high = event.starts
        fits = self.first is not None and low < self.first[1] and high >= self.first[0]
        return fits and (self.last is None or (event.ends[0] <= self.last[1] and event.ends[1] > self.last[0]))

    @property
    def looked_through(self) -> tuple[int, int]:
        """0-based half-open. An insertion stands, in VCF, at the base before it."""
        return (max(self.start - 1, 0), self.end) if self.first is not None else (self.start, self.end)

    def matches(self, variant: Variant) -> bool:
        """True for a variant, written as in VCF, that is meant."""
        if not any(self._fits(*form) for form in _forms(variant)):
            return False
        _, ref, alt = trimmed(variant)
        size = max(len(ref), len(alt))
        return (
            (not self.kind or kind_of(ref, alt) == self.kind)
            and size >= self.shortest
            and (self.longest is None or size <= self.longest)
        )

    def _fits(self, start: int, ref: str, alt: str) -> bool:
        if self.first is not None and not self.first[0] <= start < self.first[1]:
            return False
        if self.last is not None and not self.last[0] < start + len(ref) <= self.last[1]:
            return False
        return _like(self.ref, ref) and _like(self.alt, alt)


def read_question(sent: Mapping[str, Any]) -> Asked:
    """Request parameters as a question. Raises UsageError where they make none, or contradict each other."""
    unknown = sorted(set(sent) - _KNOWN)
    if unknown:
        raise UsageError("A request parameter is not known here.", mend=f"Known: {', '.join(sorted(_KNOWN))}.")
    assembly = _text(sent, "assemblyId")
    if assembly and not _ASSEMBLY.fullmatch(assembly):
        raise UsageError("This Beacon is of GRCh38.", mend="Ask with assemblyId GRCh38, in its coordinates.")
    kind, mate = _kind(_text(sent, "variantType")), _contig(_text(sent, "mateName"))
    if mate and kind not in ("", "BND"):
        raise UsageError("mateName is asked of breakends.", mend="Leave variantType out, or send BND.")
    kind = "BND" if mate else kind
    shortest, longest = _length(sent, "variantMinLength"), _length(sent, "variantMaxLength")
    if shortest is not None and longest is not None and shortest > longest:
        raise UsageError("variantMinLength is above variantMaxLength.")
    ref, alt = _bases(sent, "referenceBases"), _bases(sent, "alternateBases")
    bounds: dict[str, Any] = {
        "kind": kind,
        "shortest": shortest or 0,
        "longest": longest,
        "ref": ref,
        "alt": alt,
        "mate": mate,
    }
    bounds["datasets"] = data_sets_asked(sent)
    starts, ends = _places(sent, "start"), _places(sent, "end")
    gene, name = _text(sent, "geneId"), _text(sent, "genomicAlleleShortForm")
    contig = _contig(_text(sent, "referenceName"))
    change = _text(sent, "aminoacidChange")
    if change:
        read = _CHANGE.fullmatch(change)
        if read is None or not gene:
            raise UsageError("aminoacidChange is one amino acid for another in a gene.", mend="V600E, with geneId.")
        if starts or ends or name or ref is not None or alt is not None:
            raise UsageError("aminoacidChange stands with geneId alone.", mend="Leave out place, bases and short form.")
        return Asked(contig=contig, gene=gene, change=read[1], **bounds)
    if name:
        if starts or ends or gene or ref is not None or alt is not None:
            raise UsageError("genomicAlleleShortForm stands alone.", mend="Leave out place, bases and gene.")
        return Asked(name=name, contig=contig, **bounds)
    if gene:
        if starts or ends:
            raise UsageError("geneId and a place were given.", mend="Give one of them.")
        return Asked(contig=contig, gene=gene, **bounds)
    if not contig:
        raise UsageError(
            "Nothing is asked for.", mend="Give referenceName and start, geneId, or genomicAlleleShortForm."
        )
    if not starts:
        raise UsageError("start is missing.", mend="Give start, 0-based, with alternateBases or end.")
    return _placed(contig, starts, ends, bounds)


def _placed(contig: str, starts: list[int], ends: list[int], bounds: dict[str, Any]) -> Asked:
    length = GRCH38.contig(contig).length
    ref, alt = bounds["ref"], bounds["alt"]
    named = ref is not None and alt is not None and bool(ref + alt) and "N" not in ref + alt
    if named and len(starts) == 1 and ends == [starts[0] + len(ref)]:
        # Both ends of the bases that are named: one allele, in whatever spelling, and no range.
        ends = []
    if starts != sorted(starts) or ends != sorted(ends) or (ends and starts[0] >= ends[-1]):
        raise UsageError("A range ends before it starts.", mend="start and end are 0-based, end is not included.")
    if starts[-1] >= length or (ends and ends[-1] > length):
        raise UsageError(f"{contig} of GRCh38 has {length:,} bases; that is outside.")
    if len(starts) == 2 or len(ends) == 2:
        if len(starts) != 2 or len(ends) != 2:
            raise UsageError("A bracket has two values of start and two of end.")
        first, last = (starts[0], starts[1] + 1), (ends[0] - 1, ends[1])
        return Asked(contig=contig, start=starts[0], end=starts[1] + 1, first=first, last=last, **bounds)
    if ends:
        return Asked(contig=contig, start=starts[0], end=ends[0], **bounds)
    if bounds["alt"] is None and not bounds["kind"]:
        raise UsageError("alternateBases is missing.", mend="Give alternateBases, variantType, or end for a range.")
    first = (starts[0], starts[0] + 1)
    return Asked(contig=contig, start=starts[0], end=starts[0] + 1, first=first, **bounds)


def trimmed(variant: Variant) -> tuple[int, str, str]:
    """(start, REF, ALT) without the bases that both begin with: 0-based, either may be empty."""
    ref, alt, start = variant.ref, variant.alt, variant.pos - 1
    while ref and alt and ref[0] == alt[0]:
        ref, alt, start = ref[1:], alt[1:], start + 1
    return start, ref, alt


def kind_of(ref: str, alt: str) -> str:
    """SNV, MNP, INS, DEL or INDEL, of trimmed alleles."""
    if not ref or not alt:
        return "INS" if alt else "DEL"
    if len(ref) == len(alt):
        return "SNV" if len(ref) == 1 else "MNP"
    return "INDEL"


def _forms(variant: Variant) -> tuple[tuple[int, str, str], ...]:
    """As VCF writes it, and trimmed: clients use both."""
    return (variant.pos - 1, variant.ref, variant.alt), trimmed(variant)


def _like(asked: str | None, bases: str) -> bool:
    if asked is None:
        return True
    return len(asked) == len(bases) and all(a in ("N", b) for a, b in zip(asked, bases, strict=True))


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    if value is None:
        return ""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise UsageError(f"{name} is one text of at most {_MAX_TEXT:,} characters.")
    return value.strip()


def data_sets_asked(sent: Mapping[str, Any]) -> frozenset[str]:
    """The data sets that are asked; empty for all."""
    value = sent.get("datasets") or []
    value = value.split(",") if isinstance(value, str) else value
    if not isinstance(value, list) or len(value) > _MOST_DATASETS or not all(isinstance(one, str) for one in value):
        raise UsageError(f"datasets is a list of at most {_MOST_DATASETS} ids.")
    return frozenset(value)


def _contig(text: str) -> str:
    if not text:
        return ""
    try:
        return GRCH38.contig(text.removeprefix("refseq:")).name
    except UnknownContig as error:
        raise UsageError(error.message, mend=error.mend) from error


def _bases(sent: Mapping[str, Any], name: str) -> str | None:
    if sent.get(name) is None:
        return None
    text = _text(sent, name).upper().replace("-", "").replace(".", "")
    if not _BASES.fullmatch(text):
        raise UsageError(f"{name} is written in A, C, G, T, and N for any base.")
    return text


def _kind(text: str) -> str:
    if not text:
        return ""
    if text.upper() not in _KINDS:
        raise UsageError("This Beacon knows no such variantType.", mend=f"Known: {', '.join(_KINDS)}.")
    return _KINDS[text.upper()]


def _length(sent: Mapping[str, Any], name: str) -> int | None:
    values = _places(sent, name)
    return values[0] if values else None


def _places(sent: Mapping[str, Any], name: str) -> list[int]:
    value = sent.get(name)
    if value is None or value == "":
        return []
    parts = value if isinstance(value, list) else str(value).split(",")
    parts = [part for one in parts for part in str(one).split(",")]
    if not 1 <= len(parts) <= 2 or not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts):
        raise UsageError(f"{name} is one whole number from 0 on, or two.")
    return [int(part) for part in parts]
