"""Where in a gene a variant lies: exon, coding part, UTR, splice site, intron. By position alone, for orientation.

This is no consequence prediction: it says which part of the drawn transcript the first changed base touches.
"""

from typing import TYPE_CHECKING

from embla.frequency.pages.words import Say

if TYPE_CHECKING:
    from embla.genotypes import Count
    from embla.reference import Transcript

# VEP's splice_region_variant reaches 8 bases into the intron; its two first and last bases are the splice sites.
SITE, NEAR = 2, 8


def span_of(pos: int, ref: str | None, alt: str | None) -> tuple[int, int]:
    """The bases that change, 0-based half-open: an indel's anchor base does not; an insertion touches its two sides."""
    start, end = max(pos - 1, 0), max(pos - 1 + len(ref or "N"), 1)
    if ref and alt and len(ref) != len(alt) and alt[:1] == ref[:1]:
        return (start + 1, end) if len(ref) > 1 else (start, start + 2)
    return start, end


def place_in(transcript: "Transcript", start: int, end: int, _: Say) -> str:
    """In words; "" outside the transcript. The most telling part that is touched wins: coding, splice site, UTR, ..."""
    if end <= transcript.start or start >= transcript.end:
        return ""
    exons = transcript.exons if transcript.strand == "+" else transcript.exons[::-1]
    for number, (a, b) in enumerate(exons, 1):
        if start < b and a < end:
            if any(start < d and c < end for c, d in transcript.cds):
                return _("exon %(n)s, coding") % {"n": number}
            exon: str = _("exon %(n)s") % {"n": number}
            return f"{exon}, {_utr(transcript, start, _)}" if transcript.cds else exon
    for number, (left, right) in enumerate(_introns(transcript), 1):
        if start < right and left < end:
            # Distance to the nearest exon, 1 for the first intronic base.
            distance = min(max(start, left) - left + 1, right - min(end, right) + 1)
            if distance <= SITE:
                return _("intron %(n)s, splice site") % {"n": number}
            if distance <= NEAR:
                return _("intron %(n)s, near the splice site") % {"n": number}
            return _("intron %(n)s") % {"n": number}
    return ""


def is_coding_or_splice(transcript: "Transcript", count: "Count") -> bool:
    """True where coding bases, or the bases near a splice site, are touched."""
    start, end = span_of(count.pos, count.ref, count.alt)
    coding = any(start < b and a < end for a, b in transcript.cds)
    return coding or any(
        left < end and start < right and min(max(start, left) - left, right - min(end, right)) < NEAR
        for left, right in _introns(transcript)
    )


def place_of(transcript: "Transcript | None", count: "Count", _: Say) -> str:
    """The same for a counted variant."""
    return "" if transcript is None else place_in(transcript, *span_of(count.pos, count.ref, count.alt), _)


def _introns(transcript: "Transcript") -> list[tuple[int, int]]:
    """Introns in reading order."""
    between = [(a[1], b[0]) for a, b in zip(transcript.exons, transcript.exons[1:], strict=False)]
    return between if transcript.strand == "+" else between[::-1]


def _utr(transcript: "Transcript", start: int, _: Say) -> str:
    before = start < transcript.cds[0][0]
    return _("5′ UTR") if before == (transcript.strand == "+") else _("3′ UTR")
