"""Genome equivalents and the counting sources, pure.

Genome equivalent (annual report 2023, note to the key figures): a germline genome of 30x is 1, a tumour genome of 90x
is 3, an RNA sample is 1. What no source gives a number for has none, with the reason: never 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

Source = Literal["clinical", "general", "research"]
SOURCES: Final[tuple[Source, ...]] = ("clinical", "general", "research")

GERMLINE_DEPTH: Final = 30
TUMOUR_DEPTH: Final = 90
TUMOUR_AT_MOST: Final = 3


@dataclass(frozen=True)
class Equivalent:
    """`value` is None when it is not computable; `because` says how it came about, or why not."""

    value: int | None
    because: str


def genome_equivalent(
    *, material: str, origin: str, assay: str, depth: float | None, counted_before: bool = False
) -> Equivalent:
    """The equivalent of one sample; `depth` is the mean depth in x, None unknown. A sample that was counted before
    (its calls came later than its reads) has none of its own."""
    if counted_before:
        return Equivalent(None, "counted already: the same sample was accepted before")
    if material == "rna":
        return Equivalent(1, "RNA: 1")
    if assay != "genome":
        return Equivalent(None, f"not computable: no equivalent is set for the assay {assay}")
    if depth is None:
        return Equivalent(None, "not computable: the depth is unknown")
    if origin == "tumour":
        # 90x is 3, so 30x each; one that was sequenced is never nothing.
        value = min(max(int(depth // GERMLINE_DEPTH), 1), TUMOUR_AT_MOST)
        return Equivalent(value, f"tumour at {depth:g}x: 1 for each {GERMLINE_DEPTH}x, {TUMOUR_AT_MOST} at most")
    return Equivalent(1, f"{origin} at {depth:g}x: 1")


@dataclass(frozen=True)
class Reported:
    """What had been reported by a moment: three measures that are never mixed, beside each other.

    samples: genomes and RNA samples in the database, by source. genomes: of them those with an accession. equivalents:
    their sum; not_computable: samples without one, which the sum says nothing about. specimens: not human, in none of
    the others.
    """

    samples: dict[str, int]
    genomes: int
    equivalents: int
    not_computable: int
    specimens: int = 0

    @property
    def total(self) -> int:
        """Samples of all sources."""
        return sum(self.samples.values())

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "samples": dict(self.samples), "total": self.total, "genomes": self.genomes,
            "equivalents": self.equivalents, "not_computable": self.not_computable, "specimens": self.specimens,
        }  # fmt: skip


def summed(rows: Iterable[tuple[str, int | None, bool]], specimens: int = 0) -> Reported:
    """Sum up (source, equivalent, has an accession), one for each sample."""
    samples: dict[str, int] = dict.fromkeys(SOURCES, 0)
    genomes = equivalents = unknown = 0
    for source, value, genome in rows:
        samples[source] = samples.get(source, 0) + 1
        genomes += genome
        equivalents += value or 0
        unknown += value is None
    return Reported(samples, genomes, equivalents, unknown, specimens)


@dataclass(frozen=True)
class Growth:
    """From one count to another; `percent` is None from nothing."""

    before: int
    after: int

    @property
    def more(self) -> int:
        """How many came."""
        return self.after - self.before

    @property
    def percent(self) -> float | None:
        """Growth in per cent, unrounded."""
        return 100 * self.more / self.before if self.before else None
