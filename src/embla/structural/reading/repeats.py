"""Callers of repeats (ExpansionHunter, STRipy, GangSTR): repeat counts of each allele at each locus of the catalogue.

A locus is contig, start, end and motif, whichever base the motif begins at. Where REF is one base it stands before the
repeat (ExpansionHunter); where it is longer it is the repeat itself (GangSTR), and POS its first base.
"""

import re
from collections import Counter
from typing import Final

import numpy as np

from embla.errors import BadInput
from embla.genome import GRCH38, Karyotype, copies
from embla.structural.model.repeats import is_locus_name
from embla.structural.model.values import MAX_SPAN, REPEAT, CallerSet, State, canonical_motif
from embla.structural.reading.breakends import place_of
from embla.structural.reading.lines import CallerFile, Line
from embla.structural.reading.structural import whole_contigs

MAX_LOCI: Final = 500_000
MAX_SIZE: Final = 100_000
_MOTIF: Final = re.compile(r"[ACGTNRYSWKMBDHV]{1,24}")
_Locus = tuple[int, int, int, str]
_Seen = tuple[int, tuple[tuple[int, int, int], ...]]


def read_repeats(file: CallerFile, karyotype: Karyotype) -> CallerSet:
    """Every locus that has a record. One without repeat counts, or with a GT of nothing but dots, was looked at and not
    genotyped: in no denominator. A file of nothing else says of nobody that repeats were called."""
    header, skipped = file.header, Counter[str]()
    found: dict[_Locus, _Seen] = {}
    names: dict[_Locus, str] = {}
    for line in file.lines():
        locus = _locus(line)
        if locus is None:
            skipped["with a motif that is no word of bases up to 24 long"] += 1
            continue
        seen = _seen(line, karyotype, skipped)
        before = found.get(locus)
        found[locus] = seen if before is None else _both(before, seen, skipped)
        names.setdefault(locus, _name(line))
        if len(found) > MAX_LOCI:
            raise BadInput(f"More than {MAX_LOCI:,} repeats in one sample.", line=line.number)
    if file.elsewhere:
        skipped["on other contigs"] = file.elsewhere
    rows = np.zeros(len(found), REPEAT)
    for place, (locus, (state, alleles)) in enumerate(sorted(found.items())):
        row = rows[place]
        row["contig"], row["start"], row["end"] = locus[:3]
        row["motif"], row["name"], row["state"], row["n"] = locus[3], names[locus], state, len(alleles)
        for nth, (size, low, high) in enumerate(alleles):
            row["size"][nth], row["low"][nth], row["high"][nth] = size, low, high
    if len(rows) and (rows["state"] == State.MISSING).all():
        why = "without a genotype, and the file has no other: repeats count as not called for this genome"
        skipped[why] = len(rows)
    return CallerSet("str", rows, whole_contigs(header.contigs), header.source, dict(skipped))


def _locus(line: Line) -> _Locus | None:
    motif = (line.said("RU") or line.said("MOTIF")).upper()
    if not _MOTIF.fullmatch(motif):
        return None
    start = line.pos if len(line.ref) == 1 else line.pos - 1
    if line.said("END"):
        end = line.whole("END", line.said("END"), 0, line.contig.length)
    else:
        end = start + (len(line.ref) if len(line.ref) > 1 else 0)
    if not 0 <= start < end <= line.contig.length:
        raise BadInput("A repeat without END, or END not after POS.", line=line.number)
    if end - start > MAX_SPAN:
        raise BadInput(f"A repeat of more than {MAX_SPAN:,} bases of the reference.", line=line.number)
    return place_of(line.contig), start, end, canonical_motif(motif)


def _name(line: Line) -> str:
    """What the file calls it. What could be anything else than a name of a locus is left out; what one of few files
    gives is told nobody (`Locus.names`)."""
    return next((name for name in (line.said("VARID"), line.said("REPID"), line.ident) if is_locus_name(name)), "")


def _seen(line: Line, karyotype: Karyotype, skipped: Counter[str]) -> _Seen:
    sizes = _numbers(line, "REPCN")
    # VCF 4.4, 1.6.2: a GT of `.` alleles is no call, whatever stands beside it.
    if not sizes or re.fullmatch(r"\.(?:[/|]\.)*", line.own("GT")):
        return State.MISSING, ()
    if not line.passed:
        return State.FAILED, ()
    intervals = _ranges(line, sizes)
    alleles = tuple(sorted((size, *interval) for size, interval in zip(sizes, intervals, strict=True)))
    kind = GRCH38.piece_at(line.contig.name, line.pos).kind
    n = copies(karyotype, kind)
    if not n:
        skipped["where the karyotype has no copy or is not known"] += 1
        return State.MISSING, ()
    if n == 1 and len(alleles) == 2:
        # A caller that was not told the sex writes one copy twice; two different ones cannot be.
        if alleles[0][0] != alleles[1][0]:
            skipped["with two alleles where there is one copy"] += 1
            return State.MISSING, ()
        alleles = alleles[:1]
    return State.CARRIES, alleles


def _both(one: _Seen, other: _Seen, skipped: Counter[str]) -> _Seen:
    """Two records of a locus (as `bcftools norm -m-` leaves them) say the same, or nothing is known."""
    if one == other or other[0] == State.MISSING:
        return one
    if one[0] == State.MISSING:
        return other
    skipped["with two records that differ"] += 1
    return State.MISSING, ()


def _numbers(line: Line, name: str) -> list[int]:
    parts = [part for part in re.split(r"[/,|]", line.own(name)) if part not in ("", ".")]
    if len(parts) > 2:
        raise BadInput(f"{name} has more than two alleles.", line=line.number)
    return [line.whole(name, part, 0, MAX_SIZE) for part in parts]


def _ranges(line: Line, sizes: list[int]) -> list[tuple[int, int]]:
    """REPCI, the size itself where it is not given."""
    parts = [part for part in re.split(r"[/,|]", line.own("REPCI")) if part not in ("", ".")]
    if len(parts) != len(sizes):
        return [(size, size) for size in sizes]
    found = []
    for size, part in zip(sizes, parts, strict=True):
        low, dash, high = part.partition("-")
        ends = [line.whole("REPCI", text, 0, MAX_SIZE) for text in (low, high if dash else low)]
        found.append((min(size, *ends), max(size, *ends)))
    return found
