"""What is kept of a structural call, and how an array of them looks.

Coordinates are boundaries between bases, 0-based: `start` = bases before the first one that is changed, `end` =
bases up to and with the last. So a deletion of chr1:1001-2000 (VCF POS 1000, END 2000) has start 1000 and
end 2000, an insertion after base 1000 has start = end = 1000, and a breakend of a junction is the boundary at which the
sequence is joined. Confidence intervals (CIPOS, CIEND) are offsets from these, -500 to 500 bases: wider ones are cut,
as a caller's doubt is no reason to be taken for everything near.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["sv", "cnv", "str"]
KINDS: Final[tuple[Kind, ...]] = ("sv", "cnv", "str")
KIND_NAMES: Final = {"sv": "structural variants", "cnv": "copy numbers", "str": "repeats"}

MAX_CI: Final = 500
# The longest repeat in the reference: who asks for a region looks so far before it.
MAX_SPAN: Final = 100_000
# Shorter ones are counted as small variants; 50 bases is where databases of structural variants begin (dbVar, gnomAD).
MIN_LENGTH: Final = 50


class Type(IntEnum):
    """What happened to the sequence. Losses and gains of a copy-number caller are DEL and DUP of the kind cnv."""

    DEL = 1
    DUP = 2
    INV = 3
    INS = 4
    BND = 5


class State(IntEnum):
    """What a record says of its person: carries it; failed a filter; has no genotype where others of the file do."""

    CARRIES = 0
    FAILED = 1
    MISSING = 2


class Alleles(IntEnum):
    """How many of a carrier's copies are changed. NOT_SAID: the caller gives no genotypes; ONE_COPY: GT is `1`."""

    NOT_SAID = 0
    ONE_OF_TWO = 1
    TWO_OF_TWO = 2
    ONE_COPY = 3


# One structural call or copy-number segment. `strands`: 1 when the first breakend keeps the sequence left of it, 2 when
# the second does; `mate`: place of the other contig in the assembly (of BND; else the own); `length`: of an insertion,
# 0 = not known; `copies`: copy number, -1 = not said; `ci`: low and high of start, low and high of end.
CALL: Final = np.dtype(
    [
        ("type", "u1"), ("state", "u1"), ("alleles", "u1"), ("strands", "u1"), ("mate", "u1"), ("contig", "u1"),
        ("start", "<i4"), ("end", "<i4"), ("length", "<i4"), ("copies", "<i2"), ("ci", "<i2", (4,)),
    ]
)  # fmt: skip

# One repeat locus of one person: repeat counts of up to two alleles (`n` of them), each with its confidence interval.
REPEAT: Final = np.dtype(
    [
        ("contig", "u1"), ("state", "u1"), ("n", "u1"), ("start", "<i4"), ("end", "<i4"), ("motif", "S24"),
        ("name", "S24"), ("size", "<i4", (2,)), ("low", "<i4", (2,)), ("high", "<i4", (2,)),
    ]
)  # fmt: skip

# Where a caller could find something: contig, start, end (0-based half-open), sorted, not overlapping.
RUN: Final = np.dtype([("contig", "u1"), ("start", "<i4"), ("end", "<i4")])

Rows = NDArray[Any]


@dataclass(frozen=True)
class CallerSet:
    """What one caller found in one sample: `rows` of CALL or REPEAT, where it looked, and what was left out and why."""

    kind: Kind
    rows: Rows
    callable: Rows
    caller: str
    skipped: dict[str, int]

    @property
    def was_called(self) -> bool:
        """False where the caller of repeats genotyped nothing at all: its AN is what was genotyped, so that person is
        none of those for whom repeats were called."""
        return self.kind != "str" or bool((self.rows["state"] != State.MISSING).any())


def canonical_motif(motif: str) -> str:
    """The first of its rotations in letter order: callers begin one repeat at different bases (CAG, AGC, GCA)."""
    return min(motif[i:] + motif[:i] for i in range(len(motif)))
