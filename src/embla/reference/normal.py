"""One normal form for every allele: trimmed on the right, moved left as far as it goes, trimmed on the left.

Tan, Abecasis, Kang 2015, "Unified representation of genetic variants"; the same result as `bcftools norm`. One
difference by intent: nothing moves into a base that the reference does not give (N, IUPAC, outside the file), because
a slice has N where the laboratory's own reference had bases.
"""

from dataclasses import dataclass, replace
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38, Place, Variant
from embla.reference.fasta import Reference

_STEP: Final = 256  # bases fetched at a time while moving left
_KNOWN: Final = frozenset("ACGT")
_BASES: Final = frozenset("ACGTN")
_MOST_SHOWN: Final = 20  # bases of an allele in a sentence
_COMPLEMENT: Final = str.maketrans("ACGTN", "TGCAN")


@dataclass(frozen=True, slots=True)
class Normalised:
    """The normal form; `checked` is True when every base of REF was compared with a known base of the reference."""

    variant: Variant
    checked: bool


def normalise(variant: Variant, reference: Reference | None) -> Normalised:
    """Bring an allele to its normal form; contig under any name, alleles in any case.

    Symbolic alleles, breakends and `*` keep their place; their REF is checked all the same. MNPs stay whole. Without a
    reference the allele is only trimmed, as far as that needs none. BadInput when REF is not the reference's.
    """
    known = GRCH38.find(variant.contig)
    contig = known.name if known else variant.contig
    ref, alt, pos = variant.ref.upper(), variant.alt.upper(), variant.pos
    if pos == 0 and variant.is_symbolic:  # VCF 4.4, POS: 0 is before base 1, where no base is
        return Normalised(replace(variant, contig=contig, ref="N"), False)
    if known is not None and pos + len(ref) - 1 > known.length:
        raise BadInput(
            f"{contig} of GRCh38 has {known.length:,} bases; REF reaches beyond its end.",
            place=f"{contig}:{pos}",
            mend="Check the position and the build.",
            reason="outside",
        )
    checked = _check(contig, pos, ref, alt, reference)
    if not alt or not _BASES.issuperset(alt):
        return Normalised(replace(variant, contig=contig, ref=ref), checked)
    if ref == alt:
        raise BadInput("REF and ALT are the same.", place=f"{contig}:{pos}", mend="Give the base that differs.")
    if len(ref) != len(alt) or len(ref) > 1:
        pos, ref, alt = _shift(contig, pos, ref, alt, reference)
    return Normalised(replace(variant, contig=contig, pos=pos, ref=ref, alt=alt), checked)


def _check(contig: str, pos: int, ref: str, alt: str, reference: Reference | None) -> bool:
    """Compare REF with the reference; True when every base was known on both sides."""
    if not ref or pos < 1 or not ref.isalpha():
        raise BadInput(
            "a variant needs a position from 1 on and bases in REF.",
            place=f"{contig}:{pos}",
            mend="Write it as chr1-1000-A-G.",
        )
    if reference is None or not reference.has(contig):
        return False
    there = reference.fetch(contig, pos - 1, pos - 1 + len(ref))
    if there == ref:
        return _KNOWN.issuperset(ref)
    checked = True
    for offset, (given, known) in enumerate(zip(ref, there, strict=True)):
        if given not in _KNOWN or known not in _KNOWN:
            checked = False
        elif given != known:
            raise _mismatch(Variant(contig, pos, ref, alt), there, offset)
    return checked


def _mismatch(given: Variant, there: str, offset: int) -> BadInput:
    """What stands there instead, and which alleles of that place may have been meant: none is chosen."""
    pos, ref = given.pos, given.ref
    shown_there = there if len(there) <= _MOST_SHOWN else f"{there[offset]} at base {pos + offset:,}"
    shown_ref = ref if len(ref) <= _MOST_SHOWN else ref[offset]
    hint = ""
    turned = _turned(ref) == there
    if turned:
        hint = " It is the reverse complement: the alleles may be spelled on the other strand."
    mend = "Check the position and the build: a position of GRCh37 (hg19) must be lifted over to GRCh38 first."
    choices: tuple[Variant | Place, ...] = ()
    if given.is_symbolic or (len(given.alt) <= _MOST_SHOWN >= len(ref) and _KNOWN.issuperset(there + given.alt)):
        alts = (_turned(given.alt), given.alt) if turned and not given.is_symbolic else (given.alt,)
        # REF and ALT in each other's place: ALT is what stands there, so the variant is the other one.
        meant = dict.fromkeys(ref if alt == there else alt for alt in alts)
        choices = (*(Variant(given.contig, pos, there, alt) for alt in meant), Place(given.contig, pos))
        mend += f" If both are right, ask for one of these: {', '.join(map(str, choices))}."
    return BadInput(
        f"the reference (GRCh38) has {shown_there} here, not {shown_ref}.{hint}",
        place=f"{given.contig}:{pos}",
        mend=mend,
        reference=there,
        given=ref,
        reason="reference",
        choices=choices,
    )


def _turned(bases: str) -> str:
    return bases[::-1].translate(_COMPLEMENT)


def _shift(contig: str, pos: int, ref: str, alt: str, reference: Reference | None) -> tuple[int, str, str]:
    """Trim right and move left, then trim left. Positions 1-based."""
    # Work on lengths, not on strings: cutting one base at a time off a long allele would be quadratic.
    n_ref, n_alt = len(ref), len(alt)
    while n_ref > 1 and n_alt > 1 and ref[n_ref - 1] == alt[n_alt - 1]:
        n_ref, n_alt = n_ref - 1, n_alt - 1
    ref, alt = ref[:n_ref], alt[:n_alt]
    if min(n_ref, n_alt) == 1 and n_ref != n_alt and ref[-1] == alt[-1] and reference is not None:
        pos, ref, alt = _roll(contig, pos, ref, alt, reference)
    lead = 0
    most = min(len(ref), len(alt)) - 1
    while lead < most and ref[lead] == alt[lead]:
        lead += 1
    return pos + lead, ref[lead:], alt[lead:]


def _roll(contig: str, pos: int, ref: str, alt: str, reference: Reference) -> tuple[int, str, str]:
    """Move an insertion or deletion left while its last base equals the base before it.

    One allele is a single base, which the other ends with; the longer one turns like a wheel.
    """
    wheel, single = (ref, alt) if len(ref) > len(alt) else (alt, ref)
    size, taken = len(wheel), 0
    before: list[str] = []  # the bases that came in on the left, nearest to pos first
    window, low = "", pos - 1  # known bases before pos and the 0-based place where they start
    while pos > 1:
        last = wheel[size - 1 - taken] if taken < size else before[taken - size]
        if last != single:
            break
        if not window:
            start = max(low - _STEP, 0)
            window, low = reference.fetch(contig, start, low), start
        base, window = window[-1], window[:-1]
        if base not in _KNOWN:
            break
        before.append(base)
        single = base
        taken += 1
        pos -= 1
    wheel = ("".join(reversed(before)) + wheel)[:size]
    return (pos, wheel, single) if len(ref) > len(alt) else (pos, single, wheel)
