"""Callers of structural variants (Manta, DELLY, Sniffles, GRIDSS and alike): each record to one call, mates to one.

A junction that removes what lies between its ends is a DEL, one that repeats it a DUP, so that callers which write
pairs of breakends (GRIDSS) say the same as those which write <DEL>; it is an INS where most of it was put in
(simpleEventType of StructuralVariantAnnotation). Where about as much came as went, spelled in bases or by a junction,
it is neither and is not counted, unless the caller says INV. Other junctions stay BND. An inversion of breakends
is two junctions.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import numpy as np

from embla.errors import BadInput
from embla.structural.model.values import (
    CALL,
    MAX_CI,
    MIN_LENGTH,
    Alleles,
    CallerSet,
    Rows,
    State,
    Type,
)  # fmt: skip
from embla.structural.reading.breakends import Junction, junction, place_of
from embla.structural.reading.lines import CallerFile, Line

MAX_CALLS: Final = 200_000
# Real callers give some dozens of one type in a thousand bases; more would make everybody's look-up slow.
MAX_CROWD: Final = 200
_BASES: Final = frozenset("ACGTNRYSWKMBDHV")  # GRCh38 has a few codes of several bases
_WORDS: Final = {"DEL": Type.DEL, "DUP": Type.DUP, "INV": Type.INV, "INS": Type.INS}
# Of what went and what came, the smaller this much of the larger: a replacement, as much in as out.
ALIKE: Final = 0.7
_OTHER_STRAND: Final = str.maketrans("ACGTRYKMBDHV", "TGCAYRMKVHDB")
Call = tuple[int, ...]


def read_structural(file: CallerFile) -> CallerSet:
    """Every call of the sample's column; GT `.` throughout means that the caller gives no genotypes."""
    header, skipped = file.header, Counter[str]()
    found: list[Call] = []
    silent = True
    for line in file.lines():
        gt = genotype(line)
        silent = silent and gt is None
        for number, alt in enumerate(line.alts, 1):
            for call in _calls(line, alt, number, gt, skipped, by_length=header.by_length):
                found.append(call)
                if len(found) > MAX_CALLS:
                    raise BadInput(f"More than {MAX_CALLS:,} structural variants in one sample.", line=line.number)
    if file.elsewhere:
        skipped["on other contigs"] = file.elsewhere
    # Both mates of a pair are one junction.
    rows = _rows(list(dict.fromkeys(found)))
    if silent and len(header.samples) == 1:
        # A caller that gives no genotypes (GRIDSS): each record is one that the sample has.
        rows["state"][rows["state"] == State.MISSING] = State.CARRIES
    return CallerSet("sv", uncrowded(rows), whole_contigs(header.contigs), header.source, dict(skipped))


def genotype(line: Line) -> tuple[int | None, ...] | None:
    """Alleles of GT, None for one that is not called; None when no allele is."""
    text = line.own("GT").replace("|", "/")
    if not text:
        return None
    called = tuple(None if part == "." else line.whole("GT", part, 0, 1000) for part in text.split("/"))
    if len(called) > 2:
        raise BadInput("GT has more than two alleles.", line=line.number)
    return called if any(allele is not None for allele in called) else None


def _calls(
    line: Line, alt: str, number: int, gt: tuple[int | None, ...] | None, skipped: Counter[str], *, by_length: bool
) -> Iterator[Call]:
    if gt is not None and number not in gt:
        return  # another allele, or called and not carried: in the denominator like whoever has no record
    if alt in (".", "*", "<NON_REF>", "<*>"):
        return
    where = _place(line, alt, number, skipped, by_length=by_length)
    if where is None:
        return
    state, alleles = State.CARRIES, Alleles.NOT_SAID
    if gt is None:
        state = State.MISSING
    elif len(gt) == 1:
        alleles = Alleles.ONE_COPY
    elif None not in gt:
        alleles = Alleles.TWO_OF_TWO if gt.count(number) == 2 else Alleles.ONE_OF_TWO
    if not line.passed:
        state = State.FAILED
    yield (int(where[0]), int(state), int(alleles), *where[1:])


def _place(
    line: Line, alt: str, number: int, skipped: Counter[str], *, by_length: bool
) -> tuple[int, ...] | None:  # fmt: skip
    """(type, strands, mate, contig, start, end, length, copies, four of ci)."""
    if "[" in alt or "]" in alt or alt in ("<BND>", "<TRA>") or alt.startswith(".") or alt.endswith("."):
        found = junction(line, alt)
        if found is None:
            skipped["with one known end"] += 1
            return None
        return _joined(line, found, skipped)
    own = place_of(line.contig)
    if not alt.startswith("<"):
        return _spelled(line, alt.upper(), own, skipped)
    word = alt.strip("<>").split(":")[0].upper()
    kind = _WORDS.get(word) or (_WORDS.get(line.said("SVTYPE").upper()) if word == "CNV" else None)
    if kind is None:
        skipped[f"of a type that is not counted ({word[:12]})"] += 1
        return None
    if kind is Type.INS:
        # Manta gives an insertion of unknown length what was read at both sides: the length is not known then, 0.
        length = length_of(line, number) or len(line.said("SVINSSEQ"))
        return _kept(line, kind, own, line.pos, line.pos, length, skipped)
    return _kept(line, kind, own, line.pos, end_of(line, number, by_length=by_length), 0, skipped)


def end_of(line: Line, number: int, *, by_length: bool) -> int:
    """Where the ALT of this number ends. `by_length` (VCF 4.4), and where several ALTs have a length each, its SVLEN
    says so: END is the longest ALT's, also of a record that was split by ALT. Else END, and SVLEN where there is none.
    """
    length, said = length_of(line, number), line.said("END")
    each = by_length or len(line.alts) > 1 and "," in line.said("SVLEN")
    end = line.whole("END", said, 0, line.contig.length) if said and not (each and length) else line.pos + length
    if not line.pos < end <= line.contig.length:
        raise BadInput("END (or SVLEN) is missing or not after POS.", line=line.number)
    return end


def length_of(line: Line, number: int) -> int:
    """SVLEN of the ALT of this number, from 1 (VCF 4.4: Number=A; one value alone is every ALT's); 0 where it is not
    said."""
    said = line.said("SVLEN").split(",")
    own = said[number - 1] if number <= len(said) else said[0]
    return 0 if own in ("", ".") else abs(line.whole("SVLEN", own))


def _spelled(line: Line, alt: str, own: int, skipped: Counter[str]) -> tuple[int, ...] | None:
    """REF and ALT in bases: what is left when both ends are trimmed."""
    ref, start, alt_said = line.ref, line.pos - 1, alt
    if not (ref and alt and _BASES.issuperset(ref) and _BASES.issuperset(alt)):
        raise BadInput("REF and ALT are no bases.", line=line.number)
    front = 0
    while front < min(len(ref), len(alt)) and ref[front] == alt[front]:
        front += 1
    ref, alt, start = ref[front:], alt[front:], start + front
    if start < 0 or start + len(ref) > line.contig.length:
        raise BadInput(f"REF is not within {line.contig.name}.", line=line.number)
    back = 0
    while back < min(len(ref), len(alt)) and ref[-1 - back] == alt[-1 - back]:
        back += 1
    gone, new = len(ref) - back, len(alt) - back
    said = line.said("SVTYPE").split(":")[0].upper()
    if said == "INV" and min(gone, new) >= ALIKE * max(gone, new):
        low, high = _turned(line, alt_said) or (start, start + gone)
        return _kept(line, Type.INV, own, low, high, 0, skipped)
    if said in ("CPX", "COMPLEX"):
        skipped[f"of a type that is not counted ({said})"] += 1
        return None
    if said == "DUP" and not gone and line.said("END") == str(start + new):
        return _kept(line, Type.DUP, own, start, start + new, 0, skipped)
    return _changed(line, own, start, gone, new, skipped) if gone or new else None


def _turned(line: Line, alt: str) -> tuple[int, int] | None:
    """Boundaries of what is read backwards, all of REF or all after its first base; trimming takes of its ends."""
    for before in (0, 1):
        if line.ref[:before] == alt[:before] and line.ref[before:].translate(_OTHER_STRAND)[::-1] == alt[before:]:
            return line.pos - 1 + before, line.pos - 1 + len(line.ref)
    return None


def _changed(
    line: Line, own: int, start: int, gone: int, new: int, skipped: Counter[str], ci: tuple[int, ...] | None = None
) -> tuple[int, ...] | None:
    """`gone` bases replaced by `new`: a deletion or an insertion where one is mostly what happened."""
    if MIN_LENGTH <= max(gone, new) and min(gone, new) >= ALIKE * max(gone, new):
        skipped["replaced by about as many other bases: neither deletion nor insertion, not counted"] += 1
        return None
    if gone >= new:
        return _kept(line, Type.DEL, own, start, start + gone, 0, skipped, ci)
    return _kept(line, Type.INS, own, start, start, new, skipped)


def _joined(line: Line, found: Junction, skipped: Counter[str]) -> tuple[int, ...] | None:
    low, high = found.low, found.high
    ci = _intervals(line)
    if not found.first:
        ci = (*ci[2:], *ci[:2])
    if low.contig == high.contig and low.left != high.left:
        span = high.boundary - low.boundary
        if low.left:
            return _changed(line, low.contig, low.boundary, span, found.inserted, skipped, ci)
        if found.inserted >= ALIKE * span and found.inserted:
            return _kept(line, Type.INS, low.contig, low.boundary, low.boundary, found.inserted, skipped)
        return _kept(line, Type.DUP, low.contig, low.boundary, high.boundary, 0, skipped, ci)
    strands = low.left | high.left << 1
    return (Type.BND, strands, high.contig, low.contig, low.boundary, high.boundary, 0, -1, *ci)


def _kept(
    line: Line, kind: Type, contig: int, start: int, end: int, length: int, skipped: Counter[str],
    ci: tuple[int, ...] | None = None,
) -> tuple[int, ...] | None:  # fmt: skip
    size = length if kind is Type.INS else end - start
    if size < MIN_LENGTH and not (kind is Type.INS and size == 0):
        skipped[f"shorter than {MIN_LENGTH} bases, counted as small variants"] += 1
        return None
    return (kind, 0, contig, contig, start, end, length, -1, *(ci or _intervals(line)))


def _intervals(line: Line) -> tuple[int, ...]:
    """CIPOS and CIEND; 0 where they are not given."""
    return (*_interval(line, "CIPOS"), *_interval(line, "CIEND"))


def _interval(line: Line, name: str) -> tuple[int, int]:
    parts = line.said(name).split(",")
    if len(parts) != 2:
        return 0, 0
    low, high = (line.whole(name, part) for part in parts)
    return max(-MAX_CI, min(0, low)), min(MAX_CI, max(0, high))


def _rows(found: list[Call]) -> Rows:
    rows = np.zeros(len(found), CALL)
    if found:
        table = np.array(found, np.int64)
        names = ("type", "state", "alleles", "strands", "mate", "contig", "start", "end", "length", "copies")
        for place, name in enumerate(names):
            rows[name] = table[:, place]
        rows["ci"] = table[:, 10:14]
    return rows


def uncrowded(rows: Rows) -> Rows:
    """The rows, in the order of the genome. BadInput where more than a person can have begin in a thousand bases."""
    order = np.lexsort((rows["end"], rows["start"], rows["type"], rows["contig"]))
    rows = rows[order]
    if len(rows) > MAX_CROWD:
        first, last = rows[:-MAX_CROWD], rows[MAX_CROWD:]
        near = last["start"].astype(np.int64) - first["start"] < 1000
        if (near & (last["type"] == first["type"]) & (last["contig"] == first["contig"])).any():
            raise BadInput(f"More than {MAX_CROWD} calls of one type begin within 1,000 bases.")
    return rows


def whole_contigs(said: dict[str, int | None]) -> Rows:
    """Primary contigs of a header as runs; all but chrM where it names none."""
    from embla.genome import GRCH38
    from embla.structural.model.values import RUN

    named = {found.name for name in said if (found := GRCH38.find(name)) is not None}
    wanted = [c for c in GRCH38.contigs if (c.name in named if named else c.name != "chrM")]
    return np.array([(place_of(contig), 0, contig.length) for contig in wanted], RUN)
