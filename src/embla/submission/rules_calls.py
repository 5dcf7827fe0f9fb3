"""Rules that the calls themselves answer: whose they are, where they can be, and whether a family is one.

The genotype prints here speak only from 100 informative sites on: a panel or a small slice says nothing and is let be.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embla.registry import looks_like_cpr
from embla.submission.model.finding import Finding
from embla.submission.model.manifest import Person, Sample
from embla.submission.package import Package

if TYPE_CHECKING:
    from embla.genotypes import Pack, ReadReport, Silence

INFORMATIVE: Final = 100
# Opposite homozygotes between parent and child are errors of calling (below 1 %); between strangers about 16 % of the
# sites where one is homozygous for ALT, for a spectrum of 1/frequency; between siblings a quarter of that.
MAX_OPPOSITE: Final = 0.05
SAME_GENOME: Final = 0.98
SAME_GENOME_SITES: Final = 500
# Het calls on X outside PAR: more than half of the calls of XX; of XY, calls in places that look alike, a few per cent.
MAX_HET_ON_ONE_X: Final = 0.3
# Homozygous calls on X of XX: fewer than half, even of a person whose parents are cousins nine in ten are too many.
MAX_HOM_ON_TWO_X: Final = 0.95
Y_CALLS: Final = 20
_CHILDREN: Final = ("index", "foetus")


def check_column(package: Package, number: int, place: int, calls: Path) -> list[Finding]:
    """The file must have the sample's column: what is in the tube and what is in the file agree by name."""
    from embla.genotypes import specs_for

    sample = package.manifest.persons[number].samples[place]
    assert sample.calls is not None
    columns = [spec.name for spec in specs_for([calls])]
    named = [place for place, column in enumerate(columns, 10) if looks_like_cpr(column)]
    if named:
        found = f"Column {named[0]} of the file is named by what reads as a CPR number."
        return [Finding("name.cpr", sample.calls, 0, found, "Rename the samples, say with `bcftools reheader`.")]
    wanted = sample.column or sample.id
    if wanted in columns:
        return []
    field = ("persons", number, "samples", place, "column" if sample.column is not None else "id")
    shown = ", ".join(_shown(column) for column in columns[:5]) + (", ..." if len(columns) > 5 else "")
    found = f"The file {sample.calls} has no sample of this name; it has {shown}."
    mend = "Are files swapped? If it is this sample, give its name in the file as column."
    return [package.finding("sample.column", field, found, mend)]


def check_genome(package: Package, number: int, place: int, pack: "Pack", report: "ReadReport") -> Iterator[Finding]:
    """What one sample's calls say against the manifest."""
    person = package.manifest.persons[number]
    sample, here = person.samples[place], ("persons", number, "samples", place, "callability")
    assert sample.calls is not None
    blocks = sum(file.blocks for file in report.files.values())
    if sample.callability == "gvcf" and not blocks:
        found = "The file has no blocks, so it does not say where the genome is like the reference."
        mend = "Send the gVCF, or give a BED (callability bed), or say assumed (counts in raw numbers only)."
        yield package.finding("calls.callability", here, found, mend)
    if sample.callability == "assumed" and blocks:
        found = f"The file has {blocks:,} blocks that say where the genome could be called."
        yield package.finding("calls.callability", here, found, "Write callability gvcf.", "warning")
    if not any(len(calls.key) or len(calls.run_start) for calls in pack.contigs.values()):
        yield Finding(
            "calls.empty", sample.calls, 0, "It has no call and no block on 1-22, X, Y, M.", "Send the calls."
        )
    elif report.silence is not None:
        yield from _silence(sample.calls, report.silence, somatic=sample.origin == "tumour")
    yield from _quality(sample.calls, report)
    # A tumour may have lost its X; what it shows says nothing about the person.
    wrong = _karyotype(person.karyotype, pack, report) if person.karyotype and sample.origin != "tumour" else ""
    if wrong:
        mend = "Are samples swapped? If not, give the karyotype that the calls show, or unknown."
        yield package.finding("calls.karyotype", ("persons", number, "karyotype"), wrong, mend)


def _quality(path: str, report: "ReadReport") -> Iterator[Finding]:
    """Where carriers and others would be judged by different evidence, a genome counts in raw alone."""
    from embla.genotypes import by_lack

    for lack, contigs in by_lack(report.raw_alone):
        yield Finding("calls.quality", path, 0, *lack.told(contigs), "warning")


def _silence(path: str, silence: "Silence", *, somatic: bool) -> Iterator[Finding]:
    """Of a BED, bases count as reference wherever the file has no record: also where the caller failed. `somatic`: of a
    tumour, which may have few calls and is in no count of people."""
    if silence.impossible:
        found = f"It has no record on 1-22, X, Y, M: the {silence.called:,} bases of its BED would count as reference."
        yield Finding("calls.empty", path, 0, found, "Did the caller fail? Send the calls, or leave the sample out.")
    elif silence.empty:
        found = f"It has no record on 1-22, X, Y, M: the {silence.called:,} bases of its BED count as reference."
        yield Finding("calls.empty", path, 0, found, "Right for a panel that found nothing.", "warning")
    elif silence.merged and not somatic:
        found = (
            f"It has no genotype in {silence.missing:,} records, a call in {silence.calls:,}, and none like the "
            "reference: files of single persons were put together, and say nothing of what others carry."
        )
        mend = "Send each person's own file. Where all were called in the BED, bcftools merge --missing-to-ref says so."
        yield Finding("calls.merged", path, 0, found, mend)
    elif silence.sparse and not somatic:
        found = (
            f"It has {silence.calls:,} calls in the {silence.looked:,} bases of its BED on 1-22 and X, fewer than one "
            "in 100,000: nobody is so like the reference, and the rest would count as reference."
        )
        mend = "Was the file cut or filtered? Send all calls, or a BED of what was called."
        yield Finding("calls.sparse", path, 0, found, mend)
    elif silence.contigs:
        found = (
            f"It has no record on {', '.join(silence.contigs)}, where its BED calls a megabase or more: they count as "
            "reference."
        )
        mend = "Was a chromosome lost on its way? Send the whole file, or a BED of what was called."
        yield Finding("calls.contig", path, 0, found, mend, "warning")


def check_family(package: Package, genomes: Sequence[tuple[Person, Sample, "Pack"]]) -> Iterator[Finding]:
    """Parents and child must share an allele at every site, nobody may be there twice, and a tumour and the normal
    sample beside it must be of one person."""
    numbers = {id(person): number for number, person in enumerate(package.manifest.persons)}
    for (one, own, pack), (other, others, other_pack) in combinations(genomes, 2):
        here = ("persons", numbers[id(other)])
        if one is other:
            if {own.origin, others.origin} == {"tumour", "germline"} and (wrong := _two_people(pack, other_pack)):
                mend = "Are two patients' samples mixed up? Check which tumour belongs to which normal sample."
                yield package.finding("tumour.normal", here, wrong, mend)
            continue
        if "tumour" in (own.origin, others.origin):
            continue
        if _same_genome(pack, other_pack):
            if one.role == other.role == "foetus":
                continue  # identical twins
            found = f"Their genotypes are those of the {one.role} of this package."
            yield package.finding("family.same_genome", here, found, "Was one sample sequenced twice?")
            continue
        child, parent = sorted((one, other), key=lambda person: person.role not in _CHILDREN)
        if child.role not in _CHILDREN or parent.role not in ("mother", "father") or not parent.blood:
            continue
        opposite, informative = _opposite(pack, other_pack)
        if informative >= INFORMATIVE and opposite > MAX_OPPOSITE * informative:
            found = (
                f"{parent.role} and {child.role} share no allele at {opposite:,} of {informative:,} sites "
                f"({100 * opposite / informative:.0f} %)."
            )
            mend = 'Are samples swapped? If the parent is known not to be of one blood, write "blood": false.'
            yield package.finding("family.kinship", ("persons", numbers[id(parent)], "role"), found, mend)


def _two_people(tumour: "Pack", normal: "Pack") -> str:
    """Why two samples of one person cannot be, or "". A tumour loses alleles, so hets become homozygous; but it has
    next to no site where it is homozygous for one allele and the normal sample for the other."""
    opposite, informative = _opposite(tumour, normal)
    if informative < INFORMATIVE or opposite <= MAX_OPPOSITE * informative:
        return ""
    return f"The tumour and the normal sample share no allele at {opposite:,} of {informative:,} sites."


def _karyotype(karyotype: str, pack: "Pack", report: "ReadReport") -> str:
    """Why the calls cannot be of this karyotype, or ""."""
    from embla.submission.prints import count_classes_on_x

    het, hom, hemi = count_classes_on_x(pack)
    if karyotype in ("XY", "X0", "XYY"):
        split = report.het_on_one_copy
        if split + hemi >= INFORMATIVE and split > MAX_HET_ON_ONE_X * (split + hemi):
            return f"{split:,} of {split + hemi:,} calls on X and Y outside PAR are het; {karyotype} has one X."
    if karyotype == "XX" and het + hom >= INFORMATIVE and hom > MAX_HOM_ON_TWO_X * (het + hom):
        if report.y_absent >= Y_CALLS:
            return f"{hom:,} of {het + hom:,} calls on X are homozygous and {report.y_absent:,} calls are on Y."
    return ""


def _opposite(one: "Pack", other: "Pack") -> tuple[int, int]:
    from embla.submission.prints import opposite_homozygotes

    return opposite_homozygotes(one, other)


def _same_genome(one: "Pack", other: "Pack") -> bool:
    from embla.submission.prints import agreement

    same, seen = agreement(one, other)
    return seen >= SAME_GENOME_SITES and same >= SAME_GENOME * seen


def _shown(name: str) -> str:
    """A sample name as a finding may repeat it: not when it could be a person's number."""
    return "a name of ten digits or more" if sum(char.isdigit() for char in name) >= 10 else f"'{name[:40]}'"
