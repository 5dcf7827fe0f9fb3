"""Readers of the plain forms: contig, position and alleles with any separators, VCF lines, regions, places."""

import re
from dataclasses import replace
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38, Place, Region, Variant
from embla.reference.ask_hgvs import read_hgvs
from embla.reference.ask_words import (
    ALT,
    BASES,
    CONTIG,
    SEP,
    check_event,
    check_length,
    check_span,
    contig_of,
    miscounted,
    number,
    to_int,
)
from embla.reference.clean import EXAMPLES
from embla.reference.fasta import Reference
from embla.reference.normal import normalise

_LONGEST_SHOWN: Final = 200  # letters of a sentence with two alleles
_ALTS: Final = rf"(?P<alt>(?:{ALT})(?:,(?:{ALT}))*)"
_POS: Final = rf"(?:\s?:\s?(?:g\.)?{number('pos', spaces=True)}|{SEP}(?:g\.)?{number('pos2')})"
_CHANGE: Final = rf"(?P<ref>{BASES}+)(?:\s?(?:[-=]?>|[-:/|_,;])\s?|\s){_ALTS}"
_VARIANT: Final = re.compile(rf"{CONTIG}{_POS}{SEP}?{_CHANGE}", re.ASCII)
# A last base beside the position, as some programs write it: it must fit REF.
_SPANNED: Final = re.compile(rf"{CONTIG}{_POS}\s?(?:-|\.\.|_)\s?{number('last')}{SEP}?{_CHANGE}", re.ASCII)
# A symbolic allele with its last base (of an insertion its length), or with what INFO of a VCF says of it.
_SYMBOLIC: Final = re.compile(
    rf"{CONTIG}{_POS}{SEP}?(?P<ref>{BASES}+)\s?[-:/|_,;>\s]\s?(?P<alt><[A-Za-z0-9:_.]{{1,60}}>)"
    rf"\s?[-:/|_,;\s]\s?(?:(?P<word>END|SVLEN)\s?=\s?)?-?{number('size')}",
    re.ASCII,
)
# What this program calls an event: chr21-1001-2000-DEL, both ends 1-based; chr21-1000-INS-300 after base 1000.
_EVENT: Final = re.compile(
    rf"{CONTIG}{SEP}{number('start')}\s?(?:-|\.\.|_)\s?{number('end')}{SEP}?"
    r"(?P<word>DEL(?:ETION)?|DUP(?:LICATION)?|INV(?:ERSION)?)",
    re.ASCII | re.IGNORECASE,
)
_OWN_EVENT: Final = re.compile(r"[A-Za-z0-9_.]+[-:][^-]+-[^-]+-(?:DEL|DUP|INV)", re.ASCII | re.IGNORECASE)
_SMALLEST_EVENT: Final = 50  # bases, as lists of events have them; what is smaller is written out in bases
_INSERTION: Final = re.compile(rf"{CONTIG}[-:]{number('start')}-INS(?:-{number('size')})?", re.ASCII | re.IGNORECASE)
_SAID: Final = re.compile(r"(?:^|;)(?P<word>END|SVLEN)=-?(?P<size>\d{1,12})(?=[;,]|$)", re.ASCII)
_EMPTY_ALLELE: Final = re.compile(
    rf"{CONTIG}{_POS}(?:\s?[-:/|_>]\s?|\s)(?:{BASES}+|-)?(?:\s?[-:/|_>]\s?|\s)+(?:{BASES}+|-)?", re.ASCII
)
_REGION: Final = re.compile(
    rf"{CONTIG}(?:\s?:\s?{number('start', spaces=True)}\s?(?:-|\.\.|_|to)\s?{number('end', spaces=True)}(?::-?1)?"
    rf"|(?:{SEP}{number('start2')}\s?(?:-|\.\.|_)\s?|\s{number('start3')}\s){number('end2')})",
    re.ASCII,
)
_BED: Final = re.compile(r"(?P<contig>[A-Za-z0-9_.]{1,40})\t(?P<start>\d{1,12})\t(?P<end>\d{1,12})(?:\t.*)?", re.ASCII)
_PLACE: Final = re.compile(rf"{CONTIG}{_POS}", re.ASCII)

# What is recognised, but cannot be placed without tables of ids or transcripts.
_NOT_GENOMIC: Final = (
    (r"rs\d+", "an rs number", "id"),
    (r"(?:CA|CACN)\d+", "a ClinGen allele id", "id"),
    (r"(?:VCV|RCV|SCV)\d+(?:\.\d+)?|clinvar:?\s?\d+", "a ClinVar accession", "id"),
    (r"ga4gh:\w{2,5}\.[\w-]+", "a VRS identifier", "id"),
    (r"(?:[NX][MRP]_\d|ENS[TP]\d|LRG_\d|N[GTW]_\d).*", "a transcript, protein or gene sequence", "transcript"),
    (
        r"(?:(?:[\w.()-]{1,60}[\s:,;]\s?)?[\w.()-]{1,60}\s?:\s?)?[cnpr]\..*",
        "a transcript or protein name (c., n., r., p.)",
        "transcript",
    ),
)


def read_vcf_line(text: str, reference: Reference | None) -> Variant | None:
    """The first five columns of a VCF line: contig, position, id (ignored), REF, ALT."""
    tabs = text.count("\t") >= 4
    columns = text.split("\t") if tabs else text.split()
    if len(columns) < 5 or not re.fullmatch(r"\d{1,12}", columns[1], re.ASCII):
        return None
    if not tabs and re.fullmatch(rf"{BASES}+", columns[2]):
        return None  # contig pos ref alt and something else: which column is REF would be a guess
    if not re.fullmatch(r"[A-Za-z]+", columns[3]) or not re.fullmatch(_ALTS, columns[4]):
        return None
    pos, ref = int(columns[1]), columns[3]
    read = _one_variant(columns[0], pos, ref, columns[4].split(",")[0]) if columns[2].isdigit() else None
    if read is not None:
        _refuse_an_end(read, int(columns[2]), reference, several="," in columns[4])
    read = _one_variant(columns[0], pos, ref, columns[4])
    if read is not None and read.alt.startswith("<") and len(columns) >= 8:
        said = {found["word"]: int(found["size"]) for found in _SAID.finditer(columns[7])}
        if said:
            word = "SVLEN" if "SVLEN" in said and (read.is_insertion or "END" not in said) else "END"
            return _spanning(read, word, said[word]) if word in said else read
    return read


def _refuse_an_end(read: Variant, number: int, reference: Reference | None, *, several: bool) -> None:
    """BadInput where the third column is what the end of a BED-like line (0-based start, end, REF, ALT) would be.

    As ID of a VCF such a number is rare; read as one, a line of the other kind comes to the base before. `several`:
    there are more ALT alleles than the one of `read`.
    """
    if number <= read.pos or (number != read.pos + len(read.ref) and not read.is_symbolic):
        return
    other = replace(read, pos=read.pos + 1, span=number - read.pos - 1 if read.is_symbolic else 0)
    mend = f"As VCF it is {read}, with a 0-based start {other}. Ask for one of them."
    if several or len(mend) > _LONGEST_SHOWN:
        mend = "Write it as chr1-1000-A-G."
    raise BadInput(
        "the third column may be the ID of a VCF, or the end of a line whose start is 0-based.",
        place=f"{read.contig}:{read.pos}",
        mend=mend,
        reason="choices",
        choices=tuple(one for one in (read, other) if _can_be(one, reference)) if not several else (),
    )


def _can_be(variant: Variant, reference: Reference | None) -> bool:
    """False where the reference has other bases than REF there."""
    try:
        check_span(variant.contig, variant.pos, variant.pos + len(variant.ref) - 1)
        normalise(variant, reference)
    except BadInput:
        return False
    return True


def read_variant(text: str, reference: Reference | None) -> Variant | None:
    """Contig, position, REF, ALT with `-`, `:`, `/`, `>`, blanks between them."""
    match = _VARIANT.fullmatch(text)
    if match:
        return _one_variant(match["contig"], to_int(match["pos"] or match["pos2"]), match["ref"], match["alt"])
    match = _SPANNED.fullmatch(text)
    if match:
        pos, last, ref = to_int(match["pos"] or match["pos2"]), to_int(match["last"]), match["ref"]
        read = _one_variant(match["contig"], pos, ref, match["alt"])
        if read is not None and last != pos + len(ref) - 1:
            check_span(read.contig, pos, last)
            raise miscounted(read.contig, pos, last, len(ref))
        return read
    match = _SYMBOLIC.fullmatch(text)
    if match:
        read = _one_variant(match["contig"], to_int(match["pos"] or match["pos2"]), match["ref"], match["alt"])
        return read and _spanning(read, match["word"] or "", to_int(match["size"]))
    match = _EMPTY_ALLELE.fullmatch(text)
    found = contig_of(match["contig"]) if match else None
    if match and found:
        raise BadInput(
            f"an allele is empty at {found[0]}:{to_int(match['pos'] or match['pos2'])}, so its neighbour is not clear.",
            mend="Write insertions and deletions as in VCF, with the base before them: chr1-1000-GA-G.",
            reason="empty allele",
        )
    return None


def read_event(text: str, reference: Reference | None) -> Variant | None:
    """A structural event by the name that lists of a region give it."""
    match = _EVENT.fullmatch(text) or _INSERTION.fullmatch(text)
    found = contig_of(match["contig"]) if match else None
    if not match or not found:
        return None
    contig, notes = found
    start, groups = to_int(match["start"]), match.groupdict()
    if groups.get("word"):
        at, alt, span = start - 1, f"<{match['word'][:3].upper()}>", to_int(match["end"]) - start + 1
        if at < 0 or span < 1:
            raise BadInput(
                "an event must start at base 1 or later and end at or after its start.", mend=EXAMPLES, reason="syntax"
            )
        if span < _SMALLEST_EVENT and not _OWN_EVENT.fullmatch(text):
            # No event, but a name in bases without its `g.`: chr21:43774280-43774281del.
            named = read_hgvs(f"{contig}:g.{start}_{start + span - 1}{match['word'][:3].lower()}", reference)
            return replace(named, notes=(*notes, *named.notes)) if isinstance(named, Variant) else None
    else:
        at, alt, span = start, "<INS>", to_int(groups["size"]) if groups.get("size") else 0
    check_event(contig, at, at if alt == "<INS>" else at + span)
    ref = "N"
    if at and reference is not None and reference.has(contig):
        ref = reference.fetch(contig, at - 1, at)
    return Variant(contig, at, ref if ref in set("ACGT") else "N", alt, notes, span)


def read_region(text: str, reference: Reference | None) -> Region | None:
    """`17:43044295-43125364` (1-based, both ends), or a line of a BED file (tabs; 0-based start)."""
    bed = _BED.fullmatch(text)
    match = bed or _REGION.fullmatch(text)
    found = contig_of(match["contig"]) if match else None
    if not match or not found:
        return None
    contig, notes = found
    if bed:
        start, end = int(bed["start"]) + 1, int(bed["end"])
        notes = (*notes, "Read as a line of a BED file, whose start is 0-based.")
    else:
        start, end = to_int(match["start"] or match["start2"] or match["start3"]), to_int(match["end"] or match["end2"])
    check_span(contig, start, end)
    return Region(contig, start - 1, end, notes)


def read_place(text: str, reference: Reference | None) -> Place | None:
    """One base: `17:43045712`."""
    match = _PLACE.fullmatch(text)
    found = contig_of(match["contig"]) if match else None
    if not match or not found:
        return None
    return Place(found[0], to_int(match["pos"] or match["pos2"]), found[1])


def read_contig(text: str, reference: Reference | None) -> Region | None:
    """A whole contig, by its name with `chr` or its accession; a bare `17` or `X` could be anything."""
    contig = GRCH38.find(text)
    if contig is None or len(text) < 4:
        return None
    found = contig_of(text)
    return Region(contig.name, 0, contig.length, found[1] if found else ())


def refuse_other_names(text: str, reference: Reference | None) -> None:
    """Say what was recognised where it is not a genomic form."""
    for pattern, what, reason in _NOT_GENOMIC:
        if re.fullmatch(pattern, text, re.IGNORECASE | re.ASCII):
            raise BadInput(
                f"this is {what}, which cannot be placed on the genome without tables that are not loaded.",
                mend=f"Give the genomic form. {EXAMPLES}",
                reason=reason,
            )
    head = re.match(r"([A-Za-z0-9_.]{1,40})\s?:", text)
    if head:
        contig_of(head[1])


def _spanning(read: Variant, word: str, size: int) -> Variant:
    """With END or SVLEN; without a word it is what `str` of it writes: the last base, of an insertion its length."""
    if word == "SVLEN" or (not word and read.is_insertion):
        span = size
    else:
        span = 0 if read.is_insertion else size - read.pos
    if not read.is_insertion and span < 1:
        raise BadInput(
            "the event ends before it begins.",
            place=f"{read.contig}:{read.pos}",
            mend="Write its last base: chr1-1000-A-<DEL>-2000.",
            reason="outside",
        )
    spanning = replace(read, span=span)
    check_event(read.contig, read.pos, spanning.end)
    return spanning


def _one_variant(written: str, pos: int, ref: str, alts: str) -> Variant | None:
    """A variant with exactly one real ALT; several are refused with the choices, never picked from."""
    found = contig_of(written)
    if found is None:
        return None
    contig, notes = found
    ref = ref.upper()
    if set(ref) - set("ACGTN"):
        raise BadInput("REF must be of the bases A, C, G, T.", place=f"{contig}:{pos}", mend=EXAMPLES, reason="bases")
    given = [alt.upper() if alt.isalpha() or alt.startswith("<") else alt for alt in alts.split(",")]
    check_length(max(map(len, (ref, *given))))
    real = [alt for alt in dict.fromkeys(given) if alt not in (".", "*", "<*>", "<NON_REF>") and alt != ref]
    place = f"{contig}:{pos}"
    if len(real) == 1:
        dropped = list(dict.fromkeys(alt for alt in given if alt not in real))
        if dropped:
            notes = (*notes, f"ALT {', '.join(dropped)} beside {real[0]} is no variant of its own.")
        return Variant(contig, pos, ref, real[0], notes)
    if real:
        choices = tuple(Variant(contig, pos, ref, alt, notes) for alt in real)
        shown = ", ".join(str(choice) for choice in choices[:8] if len(str(choice)) <= 60)
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
