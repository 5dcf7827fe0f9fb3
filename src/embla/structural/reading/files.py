"""Reading one caller's file for one sample."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from embla.errors import BadInput
from embla.genome import GRCH38, Karyotype
from embla.genotypes import read_bed
from embla.structural.model.values import RUN, CallerSet, Kind, Rows
from embla.structural.reading.breakends import place_of
from embla.structural.reading.copies import joined, read_copies
from embla.structural.reading.lines import CallerFile
from embla.structural.reading.repeats import read_repeats
from embla.structural.reading.structural import read_structural


def read_caller_file(
    path: Path, column: str, kind: Kind, karyotype: Karyotype | str, bed: Path | None = None
) -> CallerSet:
    """What a caller found in one sample, and where it looked; `bed` (of an exome or a panel) narrows that.

    Raises BadInput, with the line, for what is no such file.
    """
    file, person = CallerFile(path, column), Karyotype(karyotype)
    try:
        if kind == "sv":
            found = read_structural(file)
        elif kind == "cnv":
            found = read_copies(file, person)
        else:
            found = read_repeats(file, person)
    except BadInput as error:
        error.path = str(path)
        raise
    return found if bed is None else replace(found, callable=_inside(found.callable, _bed(bed)))


def _bed(path: Path) -> Rows:
    """The intervals of a BED, 0-based half-open, joined."""
    intervals, _ = read_bed(path, GRCH38)
    found = [(place_of(GRCH38.contig(name)), *interval) for name, own in intervals.items() for interval in own.tolist()]
    return joined(np.array(found, RUN))


def _inside(runs: Rows, others: Rows) -> Rows:
    """Where both are."""
    made, i, j = [], 0, 0
    one, other = runs.tolist(), others.tolist()
    while i < len(one) and j < len(other):
        low, high = max(one[i][:2], other[j][:2]), min((one[i][0], one[i][2]), (other[j][0], other[j][2]))
        if low[0] == high[0] and low[1] < high[1]:
            made.append((low[0], low[1], high[1]))
        if (one[i][0], one[i][2]) <= (other[j][0], other[j][2]):
            i += 1
        else:
            j += 1
    return np.array(made, RUN) if made else np.zeros(0, RUN)
