"""What the plain reader holds of a file: its lines, one sample's rows of them, and the entries that come out."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from embla.genotypes.reading.report import ReadReport
from embla.genotypes.reading.samples import SampleSpec

# A call that was called and passed its filters: "calls" carry something, "blocks" and "plain" do not; what it has of GQ
# and DP.
Seen = tuple[str, frozenset[str]]


@dataclass
class Line:
    number: int
    contig: str
    pos: int
    ref: str
    alts: list[str]
    text: str
    filter: str
    end: int  # of the span, 0-based exclusive
    block_depth: str
    format: list[str]
    keys: dict[int, tuple[int, str, str]]  # ALT number -> normalised
    checked: bool
    is_block: bool


@dataclass
class Row:
    """One record of one sample."""

    line: Line
    n: int | None
    alleles: list[int | None]
    gt: tuple[int, int]
    phased: bool
    phase_set: int
    dp: int
    gq: int
    ad: list[int]
    failed: bool
    raw: int
    adj: int
    classes: dict[int, int]
    heteroplasmy: dict[int, int]
    counted: bool = True
    kept: bool = True
    failed_itself: bool = False  # FILTER passed, FT did not
    needed: bool = False  # kept for what it says against others, though a plain 0/0
    own: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # ALT -> copies, raw, adj at its key's place
    bases: dict[tuple[int, int], tuple[int, int, int, int]] = field(default_factory=dict)  # ALT, offset -> and class
    text: str = ""  # where it differs from the line's


@dataclass
class Entry:
    key: tuple[int, str, str]
    row: Row
    kind: int
    raw: int
    adj: int
    n: int
    adj_flag: bool
    failed: bool
    heteroplasmy: int
    derived: bool = False
    alone: list["Row"] = field(default_factory=list)  # the rows that say it, none of them kept otherwise
    members: list[tuple["Row", int, bool]] = field(default_factory=list)  # each row that says it, its raw, did it fail


@dataclass
class Person:
    spec: SampleSpec
    column: int
    bed: dict[str, Any] | None
    report: ReadReport = field(default_factory=ReadReport)
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    seen: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    blocks: dict[str, list[tuple[int, int, int, int, int]]] = field(default_factory=lambda: defaultdict(list))
