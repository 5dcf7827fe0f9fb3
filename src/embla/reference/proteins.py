"""p. names to alleles: a changed amino acid fits every codon of the new one, so most are ambiguous."""

import re
from collections.abc import Iterable
from typing import Final

from embla.genome import Variant
from embla.reference.edits import reverse_complement, settle
from embla.reference.fasta import Reference
from embla.reference.protein import THREE, code_of, coding
from embla.reference.resolved import Unplaced
from embla.reference.transcripts import TranscriptModel

_ONE: Final = (
    {name.upper(): letter for letter, name in THREE.items()} | {letter: letter for letter in THREE} | {"X": "*"}
)
_AA: Final = r"[A-Z][a-z]{2}|[A-Z*]"
_CHANGE: Final = re.compile(rf"\(?(?P<old>{_AA})(?P<at>\d{{1,5}})(?P<new>{_AA}|=)\)?")
_NAMES: Final = re.compile("|".join(THREE.values()), re.IGNORECASE)
_THREE_FIRST: Final = re.compile(rf"\(?(?:{_NAMES.pattern})\d", re.IGNORECASE | re.ASCII)
_ONE_LETTER: Final = re.compile(r"\(?[A-Z*]\d{1,5}[A-Z*]\)?", re.IGNORECASE | re.ASCII)


def in_case(what: str) -> str:
    """The amino acids of `val41met`, `VAL41MET` and `v41m` as the nomenclature writes them; anything else as it is."""
    if _THREE_FIRST.match(what):
        return _NAMES.sub(lambda name: name[0].capitalize(), what)
    return what.upper() if _ONE_LETTER.fullmatch(what) else what


def read_protein(what: str, models: Iterable[TranscriptModel], reference: Reference | None) -> Variant:
    """The allele of `(Val41Met)`; Unplaced with the candidates where several give it."""
    what = in_case(what)
    match = _CHANGE.fullmatch(what)
    if match is None:
        # HGVS 21.1, protein: `=` no change is expected, `?` it cannot be told, `0` no protein is made. None names a
        # change of bases, and none says that there is none.
        if what.endswith(("=", "=)")):
            raise Unplaced("protein_silent")
        if what.endswith(("?", "?)")):
            raise Unplaced("protein_unknown")
        if re.fullmatch(r"\(?0\)?", what):
            raise Unplaced("protein_not_placed")
        known = re.match(rf"\(?(?:{_AA})\d+", what)
        raise Unplaced("protein_not_placed" if known else "unreadable")
    old, new = _ONE.get(match["old"].upper()), _ONE.get(match["new"].upper())
    if match["new"] == "=":
        new = old
    if old is None or new is None:
        raise Unplaced("unreadable", "There is no such amino acid.")
    found: set[Variant] = set()
    split, other, refused = False, "", None
    for model in models:
        try:
            alleles, some_split, there = _alleles(model, int(match["at"]), old, new, reference)
        except Unplaced as error:
            refused = refused or error
            continue
        found |= alleles
        split, other = split or some_split, other or there
    if found and old == new:
        # Never taken for the one that is found: that the amino acid stays is said of changes elsewhere, too.
        raise Unplaced(
            "several_alleles",
            "The amino acid stays as it is: a silent change. These changes of its bases keep it; give the c. or g. "
            "name.",
            candidates=tuple(sorted(found, key=Variant.sort_key)),
        )
    if len(found) == 1 and not split:
        return next(iter(found))
    if found:
        raise Unplaced(
            "several_alleles",
            "Several changes of bases give this change of protein; give the c. or g. name.",
            candidates=tuple(sorted(found, key=Variant.sort_key)),
        )
    if other:
        raise Unplaced("amino_acid_mismatch", f"The protein has {THREE[other]} at {match['at']}.")
    if refused is None and old == new:
        raise Unplaced("protein_silent")
    raise refused or Unplaced("protein_not_placed")


def _alleles(
    model: TranscriptModel, at: int, old: str, new: str, reference: Reference | None
) -> tuple[set[Variant], bool, str]:
    """Alleles of one codon, whether some lie on both sides of an intron, and another amino acid that stands there."""
    bases, protein, reason = coding(model, reference)
    if model.cds is None or reason:
        raise Unplaced("not_coding" if model.cds is None else "protein_not_placed")
    if not 1 <= at <= len(protein):
        raise Unplaced("outside_transcript", f"The protein has {len(protein) - 1:,} amino acids.")
    if protein[at - 1] != old:
        return set(), False, protein[at - 1]
    first = model.cds[0] + 3 * (at - 1)
    codon = bases[first : first + 3]
    found: set[Variant] = set()
    split = False
    for other, letter in code_of(model.contig).items():
        if letter != new or codon == other:
            continue
        differ = [i for i in range(3) if codon[i] != other[i]]
        low, high = differ[0], differ[-1] + 1
        ends = sorted((model.genomic(str(first + low + 1), "n"), model.genomic(str(first + high), "n")))
        if ends[1] - ends[0] != high - low - 1:
            split = True
            continue
        before, after = codon[low:high], other[low:high]
        if model.strand < 0:
            before, after = reverse_complement(before), reverse_complement(after)
        found.add(settle(model.contig, ends[0], before, after, reference))
    return found, split, ""
