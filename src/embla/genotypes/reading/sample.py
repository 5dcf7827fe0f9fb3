"""What settling must know about one sample of a file, and the report it adds to."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model.pack import Callability
from embla.genotypes.model.policy import Policy
from embla.genotypes.reading.bed import Intervals
from embla.genotypes.reading.report import ReadReport

_NONE: Final = np.zeros(0, np.int32)


@dataclass
class Sample:
    """`index` counts among the samples read together; `bed` is set where callability is "bed"."""

    index: int
    callability: Callability
    bed: Intervals | None
    policy: Policy
    report: ReadReport = field(default_factory=ReadReport)


def bases_of(bed: Intervals | None) -> dict[str, int]:
    """How many bases of each contig a BED covers."""
    return {contig: int((pairs[:, 1] - pairs[:, 0]).sum()) for contig, pairs in (bed or {}).items()}


def bed_of(sample: Sample, contig: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Starts and ends of the kit's intervals on a contig, 0-based half-open; empty where it has none."""
    intervals = sample.bed.get(contig) if sample.bed is not None else None
    if intervals is None:
        return _NONE, _NONE
    pairs = intervals.astype(np.int32)
    return np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])
