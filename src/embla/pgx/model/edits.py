"""The smallest form of a change, so that one change spelled in several ways is one value.

A VCF may spell the same insertion with a longer REF, further right in a repeat, or with other alleles in the record.
`Edit` is REF and ALT without the bases they share; `Spread` is how far right inside its repeat an indel may be spelled.
Positions are 1-based as in VCF.
"""

import re
from dataclasses import dataclass
from typing import Final

_PLACES: Final = re.compile(r"g\.(\d+)(?:_(\d+))?(del|dup|ins)")
_REPEAT: Final = re.compile(r"g\.(\d+)([ACGT]+)\[")


@dataclass(frozen=True, slots=True)
class Edit:
    """A change at `pos`: `ref` becomes `alt`; indels keep one base before them, as VCF wants it."""

    pos: int
    ref: str
    alt: str

    @property
    def gain(self) -> int:
        """Bases gained; negative for a deletion."""
        return len(self.alt) - len(self.ref)

    @property
    def is_indel(self) -> bool:
        """An insertion or deletion after one anchoring base, and nothing else."""
        return self.gain != 0 and min(len(self.ref), len(self.alt)) == 1 and self.ref[0] == self.alt[0]

    def touches(self, start: int, end: int) -> bool:
        """Whether a base from `start` to `end` (both included) is replaced or deleted."""
        first = self.pos + 1 if self.is_indel else self.pos
        return first <= end and start <= self.pos + len(self.ref) - 1


def trim(pos: int, ref: str, alt: str) -> Edit:
    """Take away what REF and ALT share: at the end first, then at the start, one base staying with an indel."""
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    at = 0
    while at + 1 < min(len(ref), len(alt)) and ref[at] == alt[at]:
        at += 1
    ref, alt = ref[at:], alt[at:]
    if len(ref) == len(alt) and len(ref) > 1 and ref[0] == alt[0]:
        return Edit(pos + at + 1, ref[1:], alt[1:])
    return Edit(pos + at, ref, alt)


def last_place(edit: Edit, hgvs: str, copies: int) -> int:
    """The rightmost VCF position at which a defined indel may be spelled; its own for anything else.

    HGVS names the rightmost place of a change in a repeat (3' rule), VCF the leftmost: between them lies the repeat, so
    no reference sequence is needed. `copies` is the reference's number of units where `hgvs` is written `g.5TA[6]`.
    """
    if not edit.is_indel:
        return edit.pos
    repeat, place = _REPEAT.match(hgvs), _PLACES.match(hgvs)
    if repeat is not None:
        end = int(repeat[1]) + len(repeat[2]) * copies - 1
        return max(edit.pos, end + min(edit.gain, 0))
    if place is None or "delins" in hgvs:
        return edit.pos
    first, end = int(place[1]), int(place[2] or place[1])
    return max(edit.pos, {"del": first - 1, "dup": end, "ins": first}[place[3]])


def shifted(edit: Edit, known: Edit, last: int) -> bool:
    """Whether `edit` is `known` spelled further right, up to `last`: same length, its bases rotated."""
    if not (edit.is_indel and known.is_indel) or edit.gain != known.gain or not known.pos <= edit.pos <= last:
        return False
    mine = (edit.alt if edit.gain > 0 else edit.ref)[1:]
    theirs = (known.alt if known.gain > 0 else known.ref)[1:]
    turn = (edit.pos - known.pos) % len(theirs)
    return mine == theirs[turn:] + theirs[:turn]
