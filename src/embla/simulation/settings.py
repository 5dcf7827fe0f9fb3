"""What decides the bytes of a nation, checked once."""

from dataclasses import dataclass
from typing import Final

from embla.errors import UsageError
from embla.genome import GRCH38, Region

FORMATS: Final = ("gvcf", "vcf", "joint")
ENGINES: Final = ("plain", "msprime")
CALLABILITIES: Final = ("gvcf", "bed", "assumed")
MOST_PEOPLE: Final = 30_000
MOST_RECORDS: Final = 20_000_000
HUMAN: Final = 1_000

# A file of n records: one record in 80 bases, ten times as dense as a person's, so that it needs little sequence.
_BASES_PER_RECORD: Final = 80
_DENSE: Final = 9_200
_SPARE_PERCENT: Final = 25
_ONE_CONTIG_BELOW: Final = 60_000
_FROM: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """`density` is sites per base, per mille of a human population's; `band` the mean length of blocks in bases;
    `level` the compression, 1-12; `records` the exact number of records when there is one person."""

    seed: int = 1
    people: int = 100
    format: str = "gvcf"
    families: int | None = None
    engine: str = "plain"
    karyotypes: dict[str, int] | None = None
    callability: str | None = None
    density: int = HUMAN
    band: int = 1_200
    level: int = 4
    records: int | None = None

    def __post_init__(self) -> None:
        for value, known, option in (
            (self.format, FORMATS, "--format"),
            (self.engine, ENGINES, "--engine"),
            (self.callability or "gvcf", CALLABILITIES, "--callability"),
        ):
            if value not in known:
                raise UsageError(f"{option} {value!r} is not known.", mend=f"Known: {', '.join(known)}.")
        for number, least, most, what in (
            (self.people, 1, MOST_PEOPLE, "people"),
            (self.density, 1, 50_000, "as density (1,000 is human)"),
            (self.level, 1, 12, "as compression level"),
            (self.records or 1, 1, MOST_RECORDS, "records"),
            (self.families or 0, 0, MOST_PEOPLE, "families"),
        ):
            if not least <= number <= most:
                raise UsageError(f"{number:,} {what} cannot be made.", mend=f"Ask for {least:,} to {most:,}.")
        if self.callability is not None and (self.format == "gvcf") != (self.callability == "gvcf"):
            raise UsageError(
                f"files of format {self.format} cannot have callability {self.callability}.",
                mend="gvcf goes with gvcf; vcf and joint go with assumed or bed.",
            )

    @staticmethod
    def band_of(records: int | None) -> int:
        """Mean length of blocks: in a dense file short ones, so that a gVCF has five lines for a record as real ones
        do."""
        return 1_200 if records is None else 30

    @property
    def claimed(self) -> str:
        """The callability that samples.tsv claims."""
        return self.callability or ("gvcf" if self.format == "gvcf" else "assumed")


def dense(records: int) -> tuple[tuple[Region, ...], int]:
    """Regions and density that give one person at least `records` records."""
    bases = records * _BASES_PER_RECORD * (100 + _SPARE_PERCENT) // 100 + 20_000
    contigs = (
        [c for c in GRCH38.contigs if c.kind == "autosome"]
        if records >= _ONE_CONTIG_BELOW
        else [GRCH38.contig("chr22")]
    )
    whole = sum(contig.length for contig in contigs)
    regions = []
    for contig in contigs:
        share = min(bases * contig.length // whole + 1_000, contig.length - _FROM)
        regions.append(Region(contig.name, _FROM, _FROM + share))
    return tuple(regions), _DENSE
