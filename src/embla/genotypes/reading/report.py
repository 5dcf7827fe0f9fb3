"""What reading skipped, dropped or turned into a no-call, in numbers and in sentences for the one who adds the file."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Final

from embla.genotypes.model.raw_alone import Lack
from embla.genotypes.model.silence import Silence


@dataclass
class FileReport:
    """What is said once per file, however many of its samples were asked for."""

    records: int = 0  # record lines
    blocks: int = 0  # of them without a real ALT
    symbolic: int = 0  # records with a symbolic allele or breakend, which is not counted
    bed_other: int = 0  # BED intervals on other contigs
    other_contigs: Counter[str] = field(default_factory=Counter)  # lines per contig outside 1-22, X, Y, M


@dataclass
class ReadReport:
    """Counts of one sample; add reports with `+`. A *call* is one record of one sample that carries a real ALT."""

    samples: int = 0
    calls: int = 0
    unchecked: int = 0
    y_par: int = 0
    y_absent: int = 0
    het_on_one_copy: int = 0
    unknown_sex: int = 0
    many_alleles: int = 0
    conflicts: int = 0
    duplicates: int = 0
    mnps: int = 0
    low_heteroplasmy: int = 0
    outside_bed: int = 0
    half_calls: int = 0
    bad_numbers: int = 0
    filters_folded: int = 0
    assumed: int = 0
    missing: int = field(default=0, compare=False)  # records without a genotype, where no block says more
    plain: int = field(default=0, compare=False)  # records of 0/0 there
    files: dict[str, FileReport] = field(default_factory=dict)
    silence: Silence | None = None  # of one sample; a sum has none
    raw_alone: dict[str, Lack] = field(default_factory=dict)  # of one sample: contigs on which it counts in raw alone

    def __add__(self, other: "ReadReport") -> "ReadReport":
        total = ReadReport()
        for spot in fields(ReadReport):
            if spot.name not in ("files", "silence", "raw_alone"):
                setattr(total, spot.name, getattr(self, spot.name) + getattr(other, spot.name))
        total.files = {**self.files, **other.files}
        return total

    def lines(self) -> list[str]:
        """Plain sentences, each with its number; none for a zero."""
        said = [
            f"{_shown(getattr(self, name))} {one if getattr(self, name) == 1 else many}"
            for name, one, many in _SENTENCES
            if getattr(self, name)
        ]
        symbolic = sum(report.symbolic for report in self.files.values())
        if symbolic:
            what = "record has" if symbolic == 1 else "records have"
            said.append(f"{_shown(symbolic)} {what} a symbolic or structural allele (<DEL>), which is not counted yet.")
        others: Counter[str] = Counter()
        for report in self.files.values():
            others += report.other_contigs
        if others:
            named = ", ".join(f"{name[:60]} ({_shown(n)})" for name, n in sorted(others.items())[:8])
            more = f" and {len(others) - 8} more contigs" if len(others) > 8 else ""
            total = sum(others.values())
            what = "record" if total == 1 else "records"
            said.append(f"{_shown(total)} {what} outside 1-22, X, Y, M skipped: {named}{more}.")
        beds = sum(report.bed_other for report in self.files.values())
        if beds:
            said.append(f"{_shown(beds)} BED intervals outside 1-22, X, Y, M skipped.")
        return said


def _shown(number: int) -> str:
    return f"{number:,}" if number >= 10_000 else str(number)


_SENTENCES: Final = (
    (
        "assumed",
        "sample has assumed callability: it counts in raw only, in neither AC nor AN of adj.",
        "samples have assumed callability: they count in raw only, in neither AC nor AN of adj.",
    ),
    (
        "unchecked",
        "call is unchecked: there is no reference base to compare its REF with.",
        "calls are unchecked: there is no reference base to compare their REF with.",
    ),
    (
        "conflicts",
        "record is in conflict with another of the same variant in its file: both are no-calls.",
        "records are in conflict with another of the same variant in their file: they are no-calls.",
    ),
    (
        "duplicates",
        "record repeats an equal call of the same variant: it was counted once.",
        "records repeat an equal call of the same variant: each was counted once.",
    ),
    (
        "het_on_one_copy",
        "het call on a single copy (chrX or chrY outside PAR) became a no-call.",
        "het calls on a single copy (chrX or chrY outside PAR) became no-calls.",
    ),
    (
        "y_par",
        "call in the PAR of chrY dropped: these bases are counted on chrX.",
        "calls in the PAR of chrY dropped: these bases are counted on chrX.",
    ),
    (
        "y_absent",
        "call on chrY of a person without one (XX, X0) is not counted.",
        "calls on chrY of persons without one (XX, X0) are not counted.",
    ),
    (
        "unknown_sex",
        "call on chrX or chrY outside PAR is not counted, as the karyotype is unknown.",
        "calls on chrX or chrY outside PAR are not counted, as the karyotype is unknown.",
    ),
    ("outside_bed", "call outside the BED is not counted.", "calls outside the BED are not counted."),
    (
        "many_alleles",
        "genotype of more than two alleles became a no-call.",
        "genotypes of more than two alleles became no-calls.",
    ),
    ("half_calls", "half-call counts AC and AN of one allele.", "half-calls count AC and AN of one allele each."),
    ("mnps", "MNP is also counted as its single bases.", "MNPs are also counted as their single bases."),
    (
        "low_heteroplasmy",
        "mtDNA call below 10 % heteroplasmy is not counted.",
        "mtDNA calls below 10 % heteroplasmy are not counted.",
    ),
    (
        "bad_numbers",
        "GQ, DP or AD is not a number and was read as missing.",
        "values of GQ, DP or AD are not numbers and were read as missing.",
    ),
    (
        "filters_folded",
        "record has a FILTER beyond the 255 different ones a contig may have; it is kept as OTHER.",
        "records have a FILTER beyond the 255 different ones a contig may have; they are kept as OTHER.",
    ),
)
