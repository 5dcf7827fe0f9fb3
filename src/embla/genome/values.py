"""A variant, a region, a place: what one can ask about. Frozen; equal when they name the same thing.

`notes` are sentences about how the value was read ("left-aligned from chr1-1002-CA-C"); they take no part in equality.
"""

from dataclasses import dataclass, field

from embla.errors import BadInput
from embla.genome.contig import NAMES

_INDEX = {name: index for index, name in enumerate(NAMES)}


@dataclass(frozen=True, slots=True)
class Variant:
    """One allele as in VCF: `pos` 1-based of the first base of `ref`; `alt` bases or a symbolic allele as `<DEL>`.

    `span`: of a symbolic allele, how many bases it removes, repeats, turns or puts in (SVLEN), where that is said; it
    changes those after `pos`. 0: not said.
    """

    contig: str
    pos: int
    ref: str
    alt: str
    notes: tuple[str, ...] = field(default=(), compare=False, repr=False)
    span: int = 0

    def __str__(self) -> str:
        if not self.span:
            return f"{self.contig}-{self.pos}-{self.ref}-{self.alt}"
        return f"{self.contig}-{self.pos}-{self.ref}-{self.alt}-{self.span if self.is_insertion else self.end}"

    @property
    def is_insertion(self) -> bool:
        """True for `<INS>` and its kinds: what is put in covers no base of the reference."""
        return self.alt.upper().startswith("<INS")

    @property
    def end(self) -> int:
        """1-based last base that the allele changes, as far as it is said: END of a symbolic one."""
        return self.pos + (0 if self.is_insertion else self.span) if self.span else self.pos + len(self.ref) - 1

    @property
    def is_symbolic(self) -> bool:
        """True for `<DEL>`, breakends and `*`: alleles not spelled out in bases."""
        return not self.alt.isalpha()

    @property
    def region(self) -> "Region":
        """The bases that REF covers; of an event that begins with base 1 (`pos` 0) that base."""
        return Region(self.contig, max(self.pos - 1, 0), max(self.pos - 1 + len(self.ref), 1))

    @property
    def place(self) -> "Place":
        """The first base of REF, or of the contig."""
        return Place(self.contig, max(self.pos, 1))

    def sort_key(self) -> tuple[int, int, str, str]:
        """Genome order: contig as in the assembly, then position, REF, ALT."""
        return (_INDEX.get(self.contig, len(NAMES)), self.pos, self.ref, self.alt)


@dataclass(frozen=True, slots=True)
class Region:
    """Bases `start` to `end` of a contig, 0-based half-open; written 1-based with both ends: `chr1:1001-2000`."""

    contig: str
    start: int
    end: int
    notes: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise BadInput(
                f"a region must start at base 1 or later and end at or after its start; got {self}.",
                mend="Write it as chr1:1001-2000.",
            )

    def __str__(self) -> str:
        return f"{self.contig}:{self.start + 1}-{self.end}"

    def __len__(self) -> int:
        return self.end - self.start

    def holds(self, contig: str, pos: int) -> bool:
        """True when the 1-based `pos` lies inside."""
        return contig == self.contig and self.start < pos <= self.end

    def overlaps(self, other: "Region") -> bool:
        """True when the two share at least one base."""
        return self.contig == other.contig and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Place:
    """One base, `pos` 1-based; written `chr1:1000`."""

    contig: str
    pos: int
    notes: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.contig}:{self.pos}"

    @property
    def region(self) -> Region:
        """The one base as a region."""
        return Region(self.contig, self.pos - 1, self.pos)
