"""The manifest of a package, version 2: what a laboratory says about a case, its persons, samples and files.

The JSON Schemas in `schema/` are made from these classes (a test holds that they are) and published. A new field that
may be absent keeps the version; anything else makes a version beside it, and the older ones stay readable
(manifest_v1.py). The field set follows the public German genomDE GRZ submission model, in our words.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Id = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
    Field(description="1 to 64 letters, digits, dots, underscores, dashes; no CPR number, no name."),
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
Path = Annotated[
    str,
    StringConstraints(min_length=1, max_length=240),
    Field(description="Relative to the package folder, with / between folders."),
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Code = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9.]{1,20}:[A-Za-z0-9._-]{1,40}$"),
    Field(description="A code of an ontology, as HP:0001250 or UBERON:0000178."),
]
Account = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]{1,63}$")]
Karyotype = Literal["XX", "XY", "X0", "XXY", "XYY", "unknown"]
Assay = Literal["genome", "exome", "panel", "transcriptome", "array", "other"]

MAX_PERSONS = 6
MAX_SAMPLES = 12
MAX_FILES = 200
# What is read as a callset and becomes a genome; everything else is kept, and counted as a sample only.
CALLED_ASSAYS = ("genome", "exome", "panel")


def no_truth(value: Any) -> Any:
    """JSON's true is no 1, though Python's is."""
    if isinstance(value, bool):
        raise ValueError("a number was expected")
    return value


class Part(BaseModel):
    """What every part of a manifest has: no unknown field, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class File(Part):
    """One file of the package."""

    path: Path
    size: Annotated[int, Field(ge=0, le=1 << 44, description="Bytes.")]
    sha256: Sha256
    format: Annotated[
        Literal["gvcf", "vcf", "bcf", "bed", "fastq", "bam", "cram", "counts", "index", "other"],
        Field(description="What the file is. Indexes, tables of counts and other files are kept and not read."),
    ]
    read: Annotated[Literal["R1", "R2"] | None, Field(description="Which read of a pair a FASTQ file holds.")] = None
    flowcell: Id | None = None
    lane: Annotated[int | None, Field(ge=1, le=64)] = None


class Pipeline(Part):
    """The program that made the calls."""

    name: Text
    version: Text


class Measured(Part):
    """What the laboratory measured. What the files tell of it is measured again, with a tolerance of 10 %."""

    mean_depth: Annotated[float | None, Field(ge=0, le=100_000, description="Mean depth of coverage.")] = None
    covered_20x: Annotated[float | None, Field(ge=0, le=100, description="Per cent of the bases at 20x or more.")] = (
        None
    )
    q30: Annotated[float | None, Field(ge=0, le=100, description="Per cent of the bases read with Q30 or more.")] = None
    het_hom: Annotated[float | None, Field(ge=0, le=1000, description="Het calls per homozygous ALT, autosomes.")] = (
        None
    )
    het_balance: Annotated[float | None, Field(ge=0, le=1, description="Mean share of reads with ALT, het calls.")] = (
        None
    )


class Sample(Part):
    """One specimen and what was made from it: calls, raw files, or both."""

    id: Id
    tissue: Literal[
        "blood", "saliva", "skin", "muscle", "bone_marrow", "tumour", "amniotic_fluid", "chorionic_villi", "other"
    ] = "blood"
    tissue_code: Code | None = None
    collected: date | None = None
    conservation: Literal["fresh", "frozen", "ffpe"] | None = None
    material: Literal["dna", "rna"] = "dna"
    origin: Annotated[
        Literal["germline", "tumour", "foetal"], Field(description="Only germline is counted in frequencies.")
    ]
    assay: Assay
    technology: Annotated[Literal["short", "long", "array"], Field(description="Short or long reads, or an array.")] = (
        "short"
    )
    kit: Text | None = None
    sequencer: Text | None = None
    tumour_cells: Annotated[int | None, Field(ge=0, le=100, description="Per cent of the cells.")] = None
    of_tumour: Annotated[
        Id | None, Field(description="For RNA of a tumour: the tumour's DNA sample, here or reported before.")
    ] = None
    assembly: Literal["GRCh38"] | None = None
    callability: Annotated[
        Literal["gvcf", "bed", "assumed"] | None,
        Field(
            description="Where the genome could be called: by the blocks of the gVCF, inside a BED, or assumed "
            "everywhere (such a genome counts in raw numbers only)."
        ),
    ] = None
    pipeline: Pipeline | None = None
    measured: Measured = Measured()
    calls: Annotated[Path | None, Field(description="The file with the calls, as listed under files.")] = None
    bed: Annotated[Path | None, Field(description="The BED of callable places, for callability bed.")] = None
    structural: Annotated[
        Path | None, Field(description="VCF of structural variants, where they were called: an empty one says so.")
    ] = None
    copy_numbers: Annotated[Path | None, Field(description="VCF of copy-number segments, where they were called.")] = (
        None
    )
    repeats: Annotated[Path | None, Field(description="VCF of repeat counts, where they were called.")] = None
    column: Annotated[
        Text | None, Field(description="The sample's name in its files of calls, where it differs from id.")
    ] = None
    files: Annotated[
        list[Path], Field(max_length=MAX_FILES, description="Raw files: FASTQ, BAM, CRAM, tables of counts.")
    ] = []

    @property
    def callset(self) -> bool:
        """True when its calls are read and become a genome."""
        return self.calls is not None and self.material == "dna" and self.assay in CALLED_ASSAYS

    @property
    def called(self) -> dict[str, str]:
        """Kind (sv, cnv, str) -> its file, of what was called beside small variants."""
        named = {"sv": self.structural, "cnv": self.copy_numbers, "str": self.repeats}
        return {kind: path for kind, path in named.items() if path is not None}

    @property
    def paths(self) -> list[str]:
        """Every file that the sample names, each once."""
        return list(dict.fromkeys(filter(None, (self.calls, self.bed, *self.called.values(), *self.files))))


class Consent(Part):
    """What the patient said yes to; facts only, the signed form stays with the requesting doctor."""

    form: Annotated[Text, Field(description="Version of the form.")]
    signed: date
    secondary_findings: Literal["all", "actionable", "none"]
    recontact: bool


class Phenotype(Part):
    """One sign or symptom, present or looked for and absent."""

    code: Code
    label: Text
    excluded: bool = False


class Disease(Part):
    """A diagnosis, as asked about or as made."""

    code: Code
    label: Text


class Person(Part):
    """One person of the case, by the laboratory's own key or by the national pseudonym, never by CPR number or name. A
    foetus is linked to the pregnant person (the mother of a foetal case) and has no pseudonym of its own."""

    key: Annotated[
        Id | None, Field(description="What the laboratory calls this person; the same in every package.")
    ] = None
    pseudonym: Annotated[
        Annotated[str, StringConstraints(pattern=r"^P[0-9A-Z]{16}$")] | None,
        Field(description="The national pseudonym, where the laboratory knows it."),
    ] = None
    role: Annotated[
        Literal["index", "mother", "father", "sibling", "child", "foetus"],
        Field(description="Place in the family; index is the patient."),
    ]
    karyotype: Annotated[Karyotype | None, Field(description="May be left out of a foetus only.")] = None
    gestation_days: Annotated[int | None, Field(ge=1, le=310, description="Age of a foetus at sampling.")] = None
    region: Annotated[
        Slug | None, Field(description="Code of the home region; by default the laboratory's own region counts.")
    ] = None
    blood: Annotated[
        bool, Field(description="false for a parent by adoption or donation: known not to be of one blood.")
    ] = True
    consent: Consent | None = None
    phenotypes: Annotated[list[Phenotype], Field(max_length=200)] = []
    diseases: Annotated[list[Disease], Field(max_length=50)] = []
    samples: Annotated[list[Sample], Field(max_length=MAX_SAMPLES)] = []


class Specimen(Part):
    """Material that is not human (a virus, a bacterium): kept with its case, never a genome of a person."""

    id: Id
    taxon: Annotated[int, Field(ge=1, le=1 << 31, description="NCBI taxonomy number, as 562.")]
    organism: Text
    host_reads_removed: Annotated[bool, Field(description="Whether reads of the patient were taken out.")]
    files: Annotated[list[Path], Field(min_length=1, max_length=MAX_FILES)]


class Case(Part):
    """One clinical question."""

    id: Id
    kind: Literal["single", "duo", "trio", "foetal", "tumour", "tumour_normal", "nonhuman"]
    source: Annotated[
        Literal["clinical", "general", "research"],
        Field(description="Whether a patient's care, a region's own sequencing, or a study paid for it."),
    ] = "clinical"
    study: Annotated[Id | None, Field(description="For source research: what the study is called.")] = None
    patient_group: Slug
    opened: date
    family: Annotated[
        Id | None,
        Field(description="What the laboratory calls the family; joins relatives who are reported in other packages."),
    ] = None
    clinicians: Annotated[
        list[Account], Field(max_length=50, description="Accounts of the clinicians who treat the patient.")
    ] = []


class Manifest(Part):
    """A package of one case, version 2: every kind of submission."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        title="Embla submission package, version 2",
    )

    schema_version: Annotated[Literal[2], BeforeValidator(no_truth), Field(description="Version of this schema.")]
    package: Annotated[Id, Field(description="The laboratory's id of the package; never used twice.")]
    type: Annotated[
        Literal["initial", "correction", "addition", "followup", "test"],
        Field(
            description="A correction takes another's place, an addition brings more samples to its case, a followup "
            "tells news of it; a test is checked like any other, and nothing of it is kept or counted."
        ),
    ] = "initial"
    corrects: Annotated[Id | None, Field(description="For a correction: the package whose place it takes.")] = None
    follows: Annotated[Id | None, Field(description="For addition and followup: an earlier package of the case.")] = (
        None
    )
    laboratory: Annotated[Slug, Field(description="Id of the laboratory in the national register.")]
    case: Case
    persons: Annotated[list[Person], Field(max_length=MAX_PERSONS)]
    specimens: Annotated[list[Specimen], Field(max_length=MAX_SAMPLES)] = []
    files: Annotated[list[File], Field(max_length=MAX_FILES)]

    def file(self, path: str) -> File | None:
        """The listed file of this path."""
        return next((file for file in self.files if file.path == path), None)

    def samples(self) -> Iterator[tuple[int, int, Person, Sample]]:
        """Every sample with its place: number of the person, number of the sample of that person."""
        for number, person in enumerate(self.persons):
            for place, sample in enumerate(person.samples):
                yield number, place, person, sample


def patient_of(manifest: Manifest) -> int:
    """Number of the person whom the case is about: the index; of a foetal case the pregnant person; else the first."""
    wanted = "mother" if manifest.case.kind == "foetal" else "index"
    return next((number for number, person in enumerate(manifest.persons) if person.role == wanted), 0)


def holders_of(manifest: Manifest, name: Mapping[str, str]) -> dict[str, set[str]]:
    """Path of each file -> names of those whose data it holds; `name`: by id of the sample.

    A file that a sample names holds that sample's person's data, an index that of the file it is beside, and anything
    else everybody's in the package: what it says of whom, nobody here knows. Files of specimens hold nobody's.
    """
    named: dict[str, set[str]] = {}
    for _, _, _, sample in manifest.samples():
        for path in sample.paths:
            named.setdefault(path, set()).add(name[sample.id])
    nobody = {path for specimen in manifest.specimens for path in specimen.files}
    everybody = set(name.values())
    return {
        file.path: named.get(file.path)
        or (set() if file.path in nobody else named.get(file.path.rpartition(".")[0]) or everybody)
        for file in manifest.files
    }
