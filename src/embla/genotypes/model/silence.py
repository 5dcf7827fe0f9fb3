"""What a file without a record, or with hardly any, means where its BED says that the genome was called there.

Of bases that were called and have no record, a genome counts as reference. That is true of a small panel, and never of
a megabase: a person differs from GRCh38 about once in a thousand bases, an exome tens of times per megabase of its
targets. There a failed caller, or a chromosome that was lost on the way, would make everybody's variants look rarer.

Nor is a genome with a hundredth of that: 4 to 5 million differences in 3,100 Mb, one in 600 to 800 bases (1000 Genomes
Project 2015, table 1), of an exome one in 1,500 to 2,000 of its targets. Homozygous stretches differ half as often.

Where files of single persons were put together (`bcftools merge`), everybody has `./.` at what the others carry, as the
files do not say more. A BED says that it was called, so exactly at variants only carriers would be left in AN: one
carrier among a hundred would be one of two alleles.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from embla.genome import GRCH38, copies
from embla.genotypes.model.pack import Callability

LEAST_IN_ALL: Final = 100_000
LEAST_OF_CONTIG: Final = 1_000_000
# From so many bases on, a genome has a call in at least so many of them: fifty times fewer than any exome has.
LEAST_FOR_DENSITY: Final = 10_000_000
MOST_PER_CALL: Final = 100_000
# Of two persons whose files were put together each lacks a third of all; callers leave a few in a hundred undecided.
LEAST_MISSING: Final = 10
MISSING_TO_CALLS: Final = 4


@dataclass(frozen=True)
class Silence:
    """Where a genome's file has no record. `called`: bases in all that its BED calls, on contigs that the person has.

    calls: its records that carry an ALT. looked: bases that its BED calls on 1-22 and X. empty: not a single record on
    1-22, X, Y, M. contigs: of a file with records, the autosomes and chrX of which the BED calls `LEAST_OF_CONTIG`
    bases or more and that have none. missing: its records without a genotype. plain: those of one like the reference.
    """

    callability: Callability
    called: int
    empty: bool
    contigs: tuple[str, ...]
    calls: int = 0
    looked: int = 0
    missing: int = field(default=0, compare=False)
    plain: int = field(default=0, compare=False)

    @property
    def merged(self) -> bool:
        """True where the file was put together of files that each have no word of what others carry: genotypes are
        missing, one for four calls or more, and none is like the reference. A gVCF says itself what was called."""
        many = self.missing >= LEAST_MISSING and self.missing * MISSING_TO_CALLS >= self.calls
        return self.callability != "gvcf" and many and not self.plain

    @property
    def sparse(self) -> bool:
        """True where there are records, and so few calls that no genome of a person can be that file's."""
        enough = self.callability == "bed" and self.looked >= LEAST_FOR_DENSITY
        return not self.empty and enough and self.calls * MOST_PER_CALL < self.looked

    @property
    def impossible(self) -> bool:
        """True where no genome can be that file's: it is empty, and no BED says that only a little was looked at."""
        return self.empty and (self.callability != "bed" or self.called >= LEAST_IN_ALL)


def silence_of(
    callability: Callability, karyotype: str, called: Mapping[str, int], recorded: Collection[str], calls: int,
    missing: int = 0, plain: int = 0,
) -> Silence:  # fmt: skip
    """`called`: bases per contig that the BED calls; `recorded`: contigs of which the file has a record, whatever it
    says; `calls`: records of this sample that carry an ALT; `missing` and `plain`: see `Silence`."""
    has_y = copies(karyotype, "y") != 0  # also where it is not known
    bases = sum(n for contig, n in called.items() if has_y or contig != "chrY")
    looked = {name: n for name, n in called.items() if name not in ("chrY", "chrM")}
    contigs = [
        contig.name
        for contig in GRCH38.contigs
        if looked.get(contig.name, 0) >= LEAST_OF_CONTIG and contig.name not in recorded
    ]
    lacking = tuple(contigs) if recorded else ()
    return Silence(callability, bases, not recorded, lacking, calls, sum(looked.values()), missing, plain)
