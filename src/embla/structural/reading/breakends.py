"""Breakends as VCF writes them (5.4 of the specification, CT of DELLY), brought to junctions that both mates share."""

import re
from dataclasses import dataclass
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38, Contig
from embla.structural.reading.lines import Line

_JOINED: Final = re.compile(r"([ACGTNacgtn.]*)([\[\]])([^\[\]:]+(?::[^\[\]:]+)*):([0-9]{1,9})([\[\]])([ACGTNacgtn.]*)")
# DELLY's CT: which ends of the two pieces are joined; 3' keeps what is left of the breakend.
_CT: Final = {"3to5": (True, False), "5to3": (False, True), "3to3": (True, True), "5to5": (False, False)}


@dataclass(frozen=True, order=True)
class End:
    """One side of a junction: contig by its place in the assembly, boundary (0-based), and whether what is left of it
    is kept."""

    contig: int
    boundary: int
    left: bool


@dataclass(frozen=True)
class Junction:
    """Two ends in the order of the genome, so that both mates give the same one; `inserted` bases between them;
    `first` False when the record stands at the second end."""

    low: End
    high: End
    inserted: int
    first: bool


def junction(line: Line, alt: str) -> Junction | None:
    """What a breakend joins. None for a single breakend, whose other side nobody knows, and for other contigs."""
    if alt in ("<BND>", "<TRA>"):
        return _by_ct(line)
    found = _JOINED.fullmatch(alt)
    if found is None:
        if alt.startswith(".") or alt.endswith("."):
            return None
        raise BadInput("ALT is no breakend.", line=line.number)
    before, bracket, name, pos, again, after = found.groups()
    if bracket != again or bool(before) == bool(after):
        raise BadInput("ALT is no breakend.", line=line.number)
    mate = _contig(name, line)
    if mate is None:
        return None
    left = bool(before)  # t[p[ and t]p] keep what is left of POS
    other = _end(line, mate, int(pos), left=bracket == "]")
    own = _end(line, line.contig, line.pos, left=left)
    return _ordered(own, other, len(before or after) - 1)


def _by_ct(line: Line) -> Junction | None:
    mate = _contig(line.said("CHR2"), line) if line.said("CHR2") else line.contig
    sides, place = _CT.get(line.said("CT")), line.said("POS2") or line.said("END")
    if mate is None:
        return None
    if sides is None or not place:
        raise BadInput("A translocation without CT and POS2 (or END).", line=line.number)
    pos = line.whole("POS2", place, 1)
    own, other = _end(line, line.contig, line.pos, left=sides[0]), _end(line, mate, pos, left=sides[1])
    return _ordered(own, other, 0)


def _contig(name: str, line: Line) -> Contig | None:
    found = GRCH38.find(name)
    if found is None and not GRCH38.is_other(name):
        raise BadInput("The mate is on a contig that GRCh38 has not.", line=line.number)
    return found


def _end(line: Line, contig: Contig, pos: int, *, left: bool) -> End:
    if pos > contig.length + 1:
        raise BadInput(f"The mate is past the end of {contig.name}.", line=line.number)
    return End(place_of(contig), pos if left else max(0, pos - 1), left)


def _ordered(own: End, other: End, inserted: int) -> Junction:
    low, high = sorted((own, other))
    return Junction(low, high, max(0, inserted), low == own)


def place_of(contig: Contig) -> int:
    """Place of a contig in the assembly."""
    return _PLACES[contig.name]


_PLACES: Final = {contig.name: number for number, contig in enumerate(GRCH38.contigs)}
