"""The manifest of a package, version 1: what a laboratory says about a case, its persons, samples and files.

The JSON Schema in `schema/submission-1.json` is made from these classes (a test holds that it is) and published. A new
field that may be absent keeps the version; anything else makes version 2 beside it, and version 1 stays readable. The
field set follows the public German genomDE GRZ submission model, in our words and without what is not asked yet.
"""

from collections.abc import Mapping
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

MAX_PERSONS = 3
MAX_FILES = 200


def _no_truth(value: Any) -> Any:
    """JSON's true is no 1, though Python's is."""
    if isinstance(value, bool):
        raise ValueError("a number was expected")
    return value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class File(_Part):
    """One file of the package."""

    path: Path
    size: Annotated[int, Field(ge=0, le=1 << 44, description="Bytes.")]
    sha256: Sha256
    format: Annotated[
        Literal["gvcf", "vcf", "bcf", "bed", "index", "other"],
        Field(description="What the file is. Indexes (.tbi, .csi) and other files are kept and not read."),
    ]


class Pipeline(_Part):
    """The program that made the calls."""

    name: Text
    version: Text


class Sample(_Part):
    """One specimen and the calls made from it."""

    id: Id
    tissue: Literal["blood", "saliva", "skin", "muscle", "bone_marrow", "other"] = "blood"
    collected: date | None = None
    origin: Annotated[Literal["germline"], Field(description="Tumour and foetal samples follow in a later version.")]
    assay: Literal["genome", "exome", "panel"]
    assembly: Literal["GRCh38"]
    callability: Annotated[
        Literal["gvcf", "bed", "assumed"],
        Field(
            description="Where the genome could be called: by the blocks of the gVCF, inside a BED, or assumed "
            "everywhere (such a genome counts in raw numbers only)."
        ),
    ]
    pipeline: Pipeline
    mean_depth: Annotated[float | None, Field(ge=0, le=100_000, description="Mean depth of coverage.")] = None
    calls: Annotated[Path, Field(description="The file with the calls, as listed under files.")]
    bed: Annotated[Path | None, Field(description="The BED of callable places, for callability bed.")] = None
    column: Annotated[
        Text | None, Field(description="The sample's name in the file of calls, where it differs from id.")
    ] = None


class Consent(_Part):
    """What the patient said yes to; facts only, the signed form stays with the requesting doctor."""

    form: Annotated[Text, Field(description="Version of the form.")]
    signed: date
    secondary_findings: Literal["all", "actionable", "none"]
    recontact: bool


class Person(_Part):
    """One person of the case, by the laboratory's own key or by the national pseudonym, never by CPR number or name."""

    key: Annotated[
        Id | None, Field(description="What the laboratory calls this person; the same in every package.")
    ] = None
    pseudonym: Annotated[
        Annotated[str, StringConstraints(pattern=r"^P[0-9A-Z]{16}$")] | None,
        Field(description="The national pseudonym, where the laboratory knows it."),
    ] = None
    role: Annotated[
        Literal["index", "mother", "father", "sibling"], Field(description="Place in the family; index is the patient.")
    ]
    karyotype: Literal["XX", "XY", "X0", "XXY", "XYY", "unknown"]
    region: Annotated[
        Slug | None, Field(description="Code of the home region; by default the laboratory's own region counts.")
    ] = None
    blood: Annotated[
        bool, Field(description="false for a parent by adoption or donation: known not to be of one blood.")
    ] = True
    consent: Consent | None = None
    sample: Sample


class Case(_Part):
    """One clinical question."""

    id: Id
    kind: Literal["single", "trio"]
    patient_group: Slug
    opened: date
    family: Annotated[
        Id | None,
        Field(description="What the laboratory calls the family; joins relatives who are reported in other packages."),
    ] = None
    clinicians: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]{1,63}$")]],
        Field(max_length=50, description="Accounts of the clinicians who treat the patient."),
    ] = []


class Manifest(_Part):
    """A package of one case, version 1."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        title="Embla submission package, version 1",
    )

    schema_version: Annotated[Literal[1], BeforeValidator(_no_truth), Field(description="Version of this schema.")]
    package: Annotated[Id, Field(description="The laboratory's id of the package; never used twice.")]
    type: Literal["initial", "correction"] = "initial"
    corrects: Annotated[Id | None, Field(description="For a correction: the package whose place it takes.")] = None
    laboratory: Annotated[Slug, Field(description="Id of the laboratory in the national register.")]
    case: Case
    persons: Annotated[list[Person], Field(min_length=1, max_length=MAX_PERSONS)]
    files: Annotated[list[File], Field(min_length=1, max_length=MAX_FILES)]

    def file(self, path: str) -> File | None:
        """The listed file of this path."""
        return next((file for file in self.files if file.path == path), None)


def holders_of(manifest: Manifest, accession: Mapping[str, str]) -> dict[str, set[str]]:
    """Path of each file -> accessions of those whose data it holds; `accession`: by id of the sample.

    A file of calls and a BED hold those whose sample names them, an index those of the file it is beside, and anything
    else everybody in the package: what it says of whom, nobody here knows.
    """
    named: dict[str, set[str]] = {}
    for person in manifest.persons:
        for path in filter(None, (person.sample.calls, person.sample.bed)):
            named.setdefault(path, set()).add(accession[person.sample.id])
    everybody = set(accession.values())
    return {
        file.path: named.get(file.path) or named.get(file.path.rpartition(".")[0]) or everybody
        for file in manifest.files
    }


def schema() -> dict[str, Any]:
    """The JSON Schema of a manifest, as published."""
    made = Manifest.model_json_schema()
    # $schema belongs first, for the reader of the file.
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:embla:submission:1",
        **made,
    }
