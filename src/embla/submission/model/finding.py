"""What the check has to say: one finding per thing that is wrong, each with the rule it broke."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from embla.errors import Refused
from embla.registry import without_cpr

if TYPE_CHECKING:
    from embla.submission.package import Package

# Every rule of the check, in the order in which a package is looked at. The documentation prints this table.
RULES: Final = {
    "manifest.missing": "The package folder holds manifest.json.",
    "manifest.json": "manifest.json is JSON in UTF-8, below 1 MB, and names no key twice.",
    "schema.missing": "Every field that the schema asks for is there.",
    "schema.unknown": "There is no field that the schema does not know.",
    "schema.value": "Every value is of the kind, form and range that the schema gives.",
    "name.cpr": "Nothing in the manifest reads as a CPR number; one that does is read no further, and not kept.",
    "date.future": "No date lies in the future (a day is allowed, for time zones).",
    "files.path": "File paths are relative, with / between, without .. and inside the package.",
    "files.twice": "Each file is listed once.",
    "files.missing": "Every listed file is in the package.",
    "files.unlisted": "Every file in the package is listed.",
    "files.size": "Every file has the size that the manifest says.",
    "files.sha256": "Every file has the SHA-256 that the manifest says.",
    "files.harmful": "The scanner for harmful files, where the operator has one, objects to no file.",
    "family.roles": "The persons are those of the kind of case; one reported alone names a family unless index.",
    "family.karyotype": "A mother has no Y chromosome, a father has one.",
    "family.same_person": "Each person and each sample is in the package once.",
    "family.blood": "Only a parent can be marked as not of one blood.",
    "family.kinship": "The calls of a child and of a parent fit together, unless the parent is not of one blood.",
    "family.same_genome": "No two persons of the package have the same genotypes.",
    "foetus.person": "A foetus is linked to the pregnant person: no pseudonym, consent or region of its own.",
    "foetus.sex": "Everybody has a karyotype, or unknown; only a foetus' may be left out.",
    "case.source": "Research names its study, and nothing else does.",
    "nonhuman.specimen": "Material that is not human has specimens, no persons, and no reads of a patient.",
    "sample.origin": "A sample's origin, material and assay are those of its person and of the kind of case.",
    "sample.rna": "RNA of a tumour names the tumour's DNA sample, in the package or reported before.",
    "sample.files": "A sample names calls or raw files, all listed, of formats that hold such things.",
    "sample.readgroup": "The read groups of a BAM or CRAM name the sample.",
    "tumour.normal": "A tumour and the normal sample beside it are of one person.",
    "files.reads": "FASTQ of short reads comes as R1 and R2 of each flow cell and lane.",
    "files.content": "A raw file begins as its format does.",
    "sample.calls": "Every sample of DNA that was sequenced names a listed file of calls.",
    "sample.bed": "A sample with callability bed names a listed BED, and only such a sample does.",
    "sample.structural": "Files of structural variants, copy numbers, repeats are listed VCFs of a sample with calls.",
    "structural.refused": "Such a file can be read: format, build, column, places, genotypes, and within its bounds.",
    "sample.column": "The file of calls has the sample's column.",
    "calls.refused": "The file of calls can be read: format, build, contigs, REF bases, order, genotypes.",
    "calls.callability": "A file that is said to be a gVCF has blocks.",
    "calls.empty": "The file of calls says something about the genome.",
    "calls.contig": "Where its BED calls a megabase or more of an autosome or of chrX, the file of calls has records.",
    "calls.quality": "Calls, and what says that a genome is like the reference, have both GQ and DP; on mtDNA DP.",
    "calls.merged": "A file without blocks says of a person what it is where others carry something.",
    "calls.sparse": "Where its BED calls 10 megabases or more, a person's file has a call in 100,000 bases or more.",
    "calls.karyotype": "The calls on X and Y fit the karyotype.",
    "quality.differs": "What was measured and what the files say differ by at most the tolerance of the rule set.",
    "quality.low": "Depth, coverage and quality reach what the rule set asks for such a sample.",
    "laboratory.known": "The laboratory is registered.",
    "laboratory.valid": "The laboratory may report on this day.",
    "laboratory.accredited": "The laboratory's accreditation is in force on this day.",
    "pipeline.validated": "The laboratory has validated this version of the pipeline.",
    "laboratory.agreement": "A data processing agreement about reporting is in force with the laboratory.",
    "group.known": "The patient group is one of the national ones.",
    "region.known": "A person's region is one of the national ones.",
    "package.taken": "A package's id is used once by its laboratory.",
    "correction.of": "A correction names an accepted package of the same laboratory, and only a correction does.",
    "follows.of": "An addition or a follow-up names an accepted package of the same laboratory, case and patient.",
    "person.unknown": "A pseudonym is one of ours.",
    "person.key": "A laboratory's key means one person.",
    "person.left": "Of a person who withdrew nothing is taken, unless a consent signed on a later day is told.",
    "person.karyotype": "A person keeps the karyotype of earlier genomes, unless a correction says otherwise.",
    "sample.person": "A sample stays with its person, unless a correction of its own package says otherwise.",
    "case.changed": "A case keeps patient and patient group, unless a correction of its own package says otherwise.",
    "genome.duplicate": "The calls are not in the database already.",
    "genome.alike": "The calls look like nobody else's who is here (but for identical twins).",
    "genome.unlike": "The calls look like the person's earlier genomes.",
}

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing. `file` is relative to the package; `line` 1-based, 0 where a line says nothing."""

    rule: str
    file: str
    line: int
    found: str
    mend: str
    severity: Severity = "error"

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"no rule is called {self.rule}")
        # A finding is kept, shown and sent back; whatever it quotes, it quotes no number of a person.
        object.__setattr__(self, "file", without_cpr(self.file))
        object.__setattr__(self, "found", without_cpr(self.found))

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.severity} [{self.rule}] {self.found} {self.mend}"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class PackageRefused(Refused):
    """The package has errors; `findings` are all of them, warnings too. Nothing of it was kept or counted.

    salvage: makes, of a manifest that breaks the schema, what can be read all the same, so that the other rules are
    asked, too.
    """

    salvage: "Callable[[], Package | None] | None" = None

    def __init__(self, findings: Sequence[Finding], package: str = "") -> None:
        errors = [finding for finding in findings if finding.severity == "error"]
        name = f"Package {package}" if package else "The package"
        many = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        first = f"First: {errors[0]}" if errors else ""
        super().__init__(f"{name} is refused: {many}. {first}".rstrip(), mend="`embla submission check` shows all.")
        self.findings = tuple(findings)

    @cached_property
    def rest(self) -> "Package | None":
        """What `salvage` saves; made when it is asked for, since most never do."""
        return self.salvage() if self.salvage is not None else None
