"""Callers of copy numbers (DRAGEN, GATK-gCNV, CNVnator and alike): segments with CN, or <DEL> and <DUP> alone.

What is normal depends on the person: one X of XY is no loss. A segment at the normal copy number says where the caller
could see; a file without such segments is taken to have looked at the contigs that its header names.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from embla.errors import BadInput
from embla.genome import GRCH38, Karyotype, copies
from embla.structural.model.values import CALL, RUN, Alleles, CallerSet, Rows, State, Type
from embla.structural.reading.breakends import place_of
from embla.structural.reading.lines import CallerFile, Line
from embla.structural.reading.structural import MAX_CALLS, end_of, genotype, uncrowded, whole_contigs

MAX_COPIES: Final = 1000
_KINDS: Final = {"DEL": Type.DEL, "DUP": Type.DUP}


def read_copies(file: CallerFile, karyotype: Karyotype) -> CallerSet:
    """Every segment that is not normal, and where there were segments at all."""
    header, skipped = file.header, Counter[str]()
    found: list[tuple[Any, ...]] = []
    seen: list[tuple[int, int, int]] = []
    normal = False
    for line in file.lines():
        # After POS for a symbolic allele (VCF 4.3, POS), which all of these are; each ALT has its own end.
        ends = [end_of(line, number, by_length=header.by_length) for number in range(1, len(line.alts) + 1)]
        calls, is_normal = _calls(line, ends, karyotype, skipped, alone=len(header.samples) == 1)
        normal = normal or is_normal
        if line.passed:
            seen.append((place_of(line.contig), line.pos, max(ends)))
        found += calls
        if len(found) > MAX_CALLS:
            raise BadInput(f"More than {MAX_CALLS:,} segments in one sample.", line=line.number)
    if file.elsewhere:
        skipped["on other contigs"] = file.elsewhere
    rows = np.array(found, CALL) if found else np.zeros(0, CALL)
    where = joined(np.array(seen, RUN)) if normal else whole_contigs(header.contigs)
    return CallerSet("cnv", uncrowded(rows), where, header.source, dict(skipped))


def _calls(
    line: Line, ends: Sequence[int], karyotype: Karyotype, skipped: Counter[str], *, alone: bool
) -> tuple[list[tuple[Any, ...]], bool]:
    """The calls, none for a normal segment; and whether it is a normal one. `ends`: of each ALT."""
    expected = copies(karyotype, GRCH38.piece_at(line.contig.name, line.pos + 1).kind)
    said = line.own("CN") or line.said("CN") or _of_symbol(line)
    number = line.whole("CN", said, 0, MAX_COPIES) if said.isdecimal() else -1
    gt = genotype(line)
    carried = _carried(line, ends, gt)
    if number >= 0 and expected:
        kind = Type.DEL if number < expected else Type.DUP if number > expected else None
        if kind is None:
            return [], True
        own = [end for found, end in carried if found is kind] or [end for _, end in carried]
        changes = {(kind, max(own, default=max(ends)))}
    elif number >= 0 and expected is None:
        skipped["on a sex chromosome of an unknown karyotype"] += 1
        return [], False
    elif gt is not None and not any(gt):
        return [], True
    else:
        changes = {(found, end) for found, end in carried if found is not None}
        if not changes:
            return [], all(alt == "." for alt in line.alts)
    state = State.CARRIES if line.passed else State.FAILED
    if gt is None and number < 0 and not alone:
        state = State.MISSING  # other columns of the file may have it
    place = place_of(line.contig)
    made = []
    for kind, end in sorted(changes):
        alleles = _alleles(kind, number, expected, gt if len(changes) == 1 or gt is None else (0, 1))
        made.append((kind, state, alleles, 0, place, place, line.pos, end, 0, number, (0, 0, 0, 0)))
    return made, False


def _of_symbol(line: Line) -> str:
    """<CN3> of older files."""
    first = line.alts[0].strip("<>").upper()
    return first[2:] if first.startswith("CN") and first[2:].isdecimal() else ""


def _carried(line: Line, ends: Sequence[int], gt: tuple[int | None, ...] | None) -> list[tuple[Type | None, int]]:
    """What change each ALT that the sample has is, and to where; of all ALTs where no genotype is given."""
    return [
        (_KINDS.get(alt.strip("<>").split(":")[0].upper()), end)
        for number, (alt, end) in enumerate(zip(line.alts, ends, strict=True), 1)
        if gt is None or number in gt
    ]


def _alleles(kind: Type, number: int, expected: int | None, gt: tuple[int | None, ...] | None) -> Alleles:
    """How many copies are changed. A gain of two or more may lie on one chromosome or on both: not said."""
    if expected == 1:
        return Alleles.ONE_COPY
    if number >= 0:
        changed = 2 - number if kind is Type.DEL else number - 2
        if changed == 1:
            return Alleles.ONE_OF_TWO
        return Alleles.TWO_OF_TWO if kind is Type.DEL else Alleles.NOT_SAID
    if gt is None or None in gt or len(gt) == 1:
        return Alleles.NOT_SAID
    return Alleles.TWO_OF_TWO if all(gt) else Alleles.ONE_OF_TWO


def joined(runs: Rows) -> Rows:
    """Runs sorted, those that touch or overlap made one."""
    if not len(runs):
        return runs
    runs = runs[np.lexsort((runs["end"], runs["start"], runs["contig"]))]
    made: list[list[int]] = []
    for contig, start, end in runs.tolist():
        # One base between segments is the anchor of VCF's symbolic alleles.
        if made and made[-1][0] == contig and start <= made[-1][2] + 1:
            made[-1][2] = max(made[-1][2], end)
        else:
            made.append([contig, start, end])
    return np.array([tuple(run) for run in made], RUN)
